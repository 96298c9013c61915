#define PCRE2_CODE_UNIT_WIDTH 8
#include "util/pattern.h"

#include <string.h>
#include <wchar.h>
#include <wctype.h>

#include <pcre2.h>

#include "util/alloc.h"
#include "util/gettext.h"
#include "util/text.h"

/*
 * How much is tried at one place of the text; a pattern that needs more has no match there. JIT
 * counts what it goes back to, the interpreter its steps.
 */
enum { MATCH_LIMIT = 200000, HEAP_LIMIT_KIB = 16 * 1024, JIT_STACK = 512 * 1024 };

struct pattern {
	pcre2_code *code; /* NULL: the text below, as it is */
	pcre2_match_data *found;
	pcre2_match_context *context;
	pcre2_jit_stack *stack;
	char *text;
	size_t len;
};

/* ---- making ---- */

static bool is_plain(const char *text)
{
	return !text[strcspn(text, "\\^$.|?*+()[]{}")];
}

static bool is_ascii(const char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text >= 0x80)
			return false;
	}
	return true;
}

static bool is_capital(const char *p, size_t n)
{
	return n == 1 ? *p >= 'A' && *p <= 'Z' : iswupper((wint_t)utf8_decode(p, n));
}

/* What stands behind a backslash is no letter: \S, \x1B, \p{Lu}. */
static size_t skip_escape(const char *p)
{
	size_t n = p[1] ? 2 : 1;

	if (n == 2 && strchr("pPxNogk", p[1]) && p[2] == '{')
		n += strcspn(p + 2, "}");
	else if (p[1] == 'x')
		n += strspn(p + 2, "0123456789abcdefABCDEF");
	return n;
}

static bool has_capital(const char *text, bool plain)
{
	size_t n, left = strlen(text);

	for (const char *p = text; left; p += n, left -= n) {
		if (*p == '\\' && !plain) {
			n = skip_escape(p);
			continue;
		}
		n = utf8_sequence(p, left);
		if (n && is_capital(p, n))
			return true;
		n = n ? n : 1;
	}
	return false;
}

/* NULL, and pcre2's number for why. */
static pcre2_code *compile(const char *text, uint32_t options, int *error)
{
	pcre2_compile_context *context = pcre2_compile_context_create(NULL);
	pcre2_code *code;
	PCRE2_SIZE offset;

	if (!context)
		out_of_memory();
	pcre2_set_newline(context, PCRE2_NEWLINE_ANYCRLF);
	code = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, options, error, &offset,
			     context);
	pcre2_compile_context_free(context);
	return code;
}

/* Case of other letters than ASCII's takes Unicode's rules, which are slower. */
static pcre2_code *compile_plain(const char *text, bool caseless)
{
	uint32_t options = PCRE2_LITERAL;
	int ignored;

	if (caseless)
		options |= PCRE2_CASELESS;
	if (caseless && !is_ascii(text) && utf8_is_valid(text, strlen(text)))
		options |= PCRE2_UTF | PCRE2_MATCH_INVALID_UTF;
	return compile(text, options, &ignored);
}

static pcre2_code *compile_regex(const char *text, bool caseless, int *error)
{
	uint32_t options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_MULTILINE |
			   PCRE2_NEVER_BACKSLASH_C | PCRE2_NO_AUTO_CAPTURE;

	return compile(text, caseless ? options | PCRE2_CASELESS : options, error);
}

/* `code` NULL: the text is searched for byte by byte. */
static struct pattern *make(const char *text, pcre2_code *code)
{
	struct pattern *p = xcalloc(1, sizeof(*p));

	p->text = xstrdup(text);
	p->len = strlen(text);
	p->code = code;
	if (!code)
		return p;
	pcre2_jit_compile(p->code, PCRE2_JIT_COMPLETE);
	p->found = pcre2_match_data_create(1, NULL);
	p->context = pcre2_match_context_create(NULL);
	p->stack = pcre2_jit_stack_create(32 * 1024, JIT_STACK, NULL);
	if (!p->found || !p->context)
		out_of_memory();
	pcre2_set_match_limit(p->context, MATCH_LIMIT);
	pcre2_set_heap_limit(p->context, HEAP_LIMIT_KIB);
	if (p->stack)
		pcre2_jit_stack_assign(p->context, NULL, p->stack);
	return p;
}

struct pattern *pattern_new(const char *text)
{
	bool plain = is_plain(text);
	pcre2_code *code = NULL;
	int ignored;

	if (!text[0])
		return NULL;
	if (!plain)
		code = compile_regex(text, !has_capital(text, false), &ignored);
	if (!code)
		code = compile_plain(text, !has_capital(text, true));
	return make(text, code);
}

int pattern_compile(struct pattern **out, const char *text, bool regex, bool caseless,
		    struct jci_error *err)
{
	PCRE2_UCHAR why[128];
	pcre2_code *code;
	int error = 0;

	if (!text[0])
		return jci_error_set(err, JCI_EINVALID, _("nothing to search for"));
	code = regex ? compile_regex(text, caseless, &error) : compile_plain(text, caseless);
	if (regex && !code) {
		pcre2_get_error_message(error, why, sizeof(why));
		return jci_error_set(err, JCI_EINVALID, _("'%s' is no regular expression: %s"),
				     text, (const char *)why);
	}
	*out = make(text, code);
	return 0;
}

void pattern_free(struct pattern *p)
{
	if (!p)
		return;
	pcre2_jit_stack_free(p->stack);
	pcre2_match_context_free(p->context);
	pcre2_match_data_free(p->found);
	pcre2_code_free(p->code);
	free(p->text);
	free(p);
}

/* ---- finding ---- */

enum outcome { FOUND, NONE, TOO_MUCH };

static enum outcome find_text(const struct pattern *p, const char *text, size_t len, size_t from,
			      size_t *start, size_t *end)
{
	const char *at = memmem(text + from, len - from, p->text, p->len);

	if (!at)
		return NONE;
	*start = (size_t)(at - text);
	*end = *start + p->len;
	return FOUND;
}

/* A look-ahead with \K can end before it starts: such a match is none. */
static enum outcome find(struct pattern *p, const char *text, size_t len, size_t from,
			 size_t *start, size_t *end)
{
	const PCRE2_SIZE *ovector;
	int ret;

	if (!p->code)
		return find_text(p, text, len, from, start, end);
	ret = pcre2_match(p->code, (PCRE2_SPTR)text, len, from, PCRE2_NOTEMPTY, p->found,
			  p->context);
	if (ret == PCRE2_ERROR_NOMATCH)
		return NONE;
	if (ret < 0)
		return TOO_MUCH;
	ovector = pcre2_get_ovector_pointer(p->found);
	*start = ovector[0];
	*end = ovector[1];
	return *start < *end && *start >= from ? FOUND : TOO_MUCH;
}

bool pattern_find(struct pattern *p, const char *text, size_t len, size_t from, size_t *start,
		  size_t *end)
{
	return from < len && find(p, text, len, from, start, end) == FOUND;
}

static size_t line_end(const char *block, size_t len, size_t from)
{
	const char *newline = memchr(block + from, '\n', len - from);

	return newline ? (size_t)(newline - block) : len;
}

/* Each line for itself, from the one that `from` is in. */
static bool find_by_line(struct pattern *p, const char *block, size_t len, size_t from,
			 size_t *start, size_t *end)
{
	while (from < len) {
		size_t to = line_end(block, len, from);

		if (pattern_find(p, block, to, from, start, end))
			return true;
		from = to + 1;
	}
	return false;
}

bool pattern_find_in_lines(struct pattern *p, const char *block, size_t len, size_t from,
			   size_t *start, size_t *end)
{
	size_t to;

	while (from < len) {
		switch (find(p, block, len, from, start, end)) {
		case NONE:
			return false;
		case TOO_MUCH:
			return find_by_line(p, block, len, from, start, end);
		case FOUND:
			break;
		}
		if (!memchr(block + *start, '\n', *end - *start))
			return true;
		/* perhaps a shorter one, in the line that it begins in */
		to = line_end(block, len, *start);
		if (pattern_find(p, block, to, from, start, end) &&
		    !memchr(block + *start, '\n', *end - *start))
			return true;
		from = to + 1;
	}
	return false;
}
