/*
 * The Test Anything Protocol, 12 to 14. What is indented below or above a test (YAML, subtests) and
 * its diagnostics are its message; a subtest's own points are not counted, as its parent stands for
 * them. Tests that were planned and did not come count as one error.
 */
#include "core/resultspriv.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "util/alloc.h"
#include "util/gettext.h"

struct tap {
	struct jci_results *results;
	uint64_t line;
	bool open;           /* a test was read: what follows is about it */
	struct strbuf above; /* a subtest's lines: the test they belong to comes later */
	struct strbuf about; /* message of the test that was read last */
	bool yaml;
	uint64_t planned, seen; /* planned: UINT64_MAX where there is no plan */
	bool bailed;
};

static bool starts_with(const char *s, size_t len, const char *prefix)
{
	const size_t n = strlen(prefix);

	return len >= n && memcmp(s, prefix, n) == 0;
}

static size_t skip_blanks(const char *s, size_t len)
{
	size_t i = 0;

	while (i < len && (s[i] == ' ' || s[i] == '\t'))
		i++;
	return i;
}

static void add_line(struct strbuf *sb, const char *s, size_t len)
{
	if (sb->len + len >= JCI_RESULT_MESSAGE_MAX)
		return;
	strbuf_add(sb, s, len);
	strbuf_addch(sb, '\n');
}

static uint64_t parse_number(const char *s, size_t len, size_t *used)
{
	uint64_t n = 0;

	for (*used = 0; *used < len && isdigit((unsigned char)s[*used]); ++*used)
		if (n < UINT64_MAX / 20)
			n = n * 10 + (uint64_t)(s[*used] - '0');
	return n;
}

/* What was collected goes to the test that is complete now. */
static void close_test(struct tap *tap)
{
	if (tap->open && tap->results->n > 0) {
		struct jci_result *r = &tap->results->items[tap->results->n - 1];

		free(r->message);
		r->message = jci_results_message(&tap->about);
	}
	tap->open = false;
	strbuf_reset(&tap->about);
}

/* ---- a test ---- */

/* Where " # SKIP" or " # TODO" begins; len where it has neither. A "\#" is just a '#'. */
static size_t find_directive(const char *s, size_t len, bool *todo)
{
	for (size_t i = 0; i + 5 <= len; i++) {
		size_t word;

		if (s[i] != '#' || (i > 0 && s[i - 1] == '\\'))
			continue;
		word = i + 1 + skip_blanks(s + i + 1, len - i - 1);
		if (len - word < 4)
			continue;
		*todo = strncasecmp(s + word, "todo", 4) == 0;
		if (*todo || strncasecmp(s + word, "skip", 4) == 0)
			return i;
	}
	return len;
}

static void add_name(struct strbuf *sb, const char *s, size_t len, uint64_t number)
{
	while (len > 0 && (s[len - 1] == ' ' || s[len - 1] == '\t'))
		len--;
	for (size_t i = 0; i < len; i++)
		if (s[i] != '\\' || i + 1 == len || (s[i + 1] != '#' && s[i + 1] != '\\'))
			strbuf_addch(sb, s[i]);
		else
			strbuf_addch(sb, s[++i]);
	if (sb->len == 0)
		strbuf_addf(sb, _("test %llu"), (unsigned long long)number);
}

/* s: what stands behind "ok" or "not ok". */
static int read_test(struct tap *tap, bool ok, const char *s, size_t len, struct jci_error *err)
{
	cleanup_strbuf struct strbuf name = STRBUF_INIT;
	enum jci_result_kind kind = ok ? JCI_RESULT_PASSED : JCI_RESULT_FAILED;
	size_t at = skip_blanks(s, len), used, end;
	bool todo = false;
	uint64_t number;

	close_test(tap);
	tap->seen++;
	number = parse_number(s + at, len - at, &used);
	at += used;
	at += skip_blanks(s + at, len - at);
	if (at < len && s[at] == '-')
		at += 1 + skip_blanks(s + at + 1, len - at - 1);
	end = at + find_directive(s + at, len - at, &todo);
	/* what fails and is to be done does not count; what passes although it was, does */
	if (end < len && (!todo || !ok))
		kind = JCI_RESULT_SKIPPED;
	add_name(&name, s + at, end - at, used ? number : tap->seen);
	if (!jci_results_add(tap->results, kind, name.buf, name.len, tap->line))
		return jci_results_too_many(err);
	tap->open = true;
	if (end < len) {
		end += 1 + skip_blanks(s + end + 1, len - end - 1);
		add_line(&tap->about, s + end, len - end);
	}
	strbuf_add(&tap->about, tap->above.buf, tap->above.len);
	strbuf_reset(&tap->above);
	return 0;
}

/* ---- other lines ---- */

static int bail_out(struct tap *tap, const char *s, size_t len, struct jci_error *err)
{
	close_test(tap);
	tap->bailed = true;
	return jci_results_add(tap->results, JCI_RESULT_ERROR, s, len, tap->line)
		       ? 0
		       : jci_results_too_many(err);
}

static void read_plan(struct tap *tap, const char *s, size_t len)
{
	size_t used;
	const uint64_t n = parse_number(s, len, &used);

	if (used)
		tap->planned = n;
}

static void read_duration(struct tap *tap, const char *s, size_t len)
{
	char *end, number[32];
	double ms;
	struct jci_result *r = &tap->results->items[tap->results->n - 1];

	if (!starts_with(s, len, "duration_ms:"))
		return;
	snprintf(number, sizeof(number), "%.*s", (int)(len - 12 < 31 ? len - 12 : 31), s + 12);
	ms = strtod(number, &end);
	if (end != number && ms >= 0 && ms < 1e12)
		r->seconds = ms / 1000;
}

/* YAML belongs to the test above it, all else to one that is still to come. */
static void read_indented(struct tap *tap, const char *s, size_t len)
{
	const size_t blanks = skip_blanks(s, len);

	if (tap->open && len - blanks == 3 && memcmp(s + blanks, "---", 3) == 0 && blanks < 4)
		tap->yaml = true;
	else if (tap->yaml && len - blanks == 3 && memcmp(s + blanks, "...", 3) == 0)
		tap->yaml = false;
	else if (tap->yaml) {
		read_duration(tap, s + blanks, len - blanks);
		add_line(&tap->about, s, len);
	} else if (blanks < len)
		add_line(&tap->above, s, len);
}

static bool is_test(const char *s, size_t len, bool *ok, size_t *head)
{
	*ok = starts_with(s, len, "ok");
	*head = *ok ? 2 : 6;
	if (!*ok && !starts_with(s, len, "not ok"))
		return false;
	return len == *head || s[*head] == ' ' || s[*head] == '\t';
}

static int read_line(struct tap *tap, const char *s, size_t len, struct jci_error *err)
{
	size_t head;
	bool ok;

	if (len > 0 && (*s == ' ' || *s == '\t')) {
		read_indented(tap, s, len);
		return 0;
	}
	tap->yaml = false;
	if (is_test(s, len, &ok, &head))
		return read_test(tap, ok, s + head, len - head, err);
	if (starts_with(s, len, "Bail out!"))
		return bail_out(tap, s, len, err);
	if (starts_with(s, len, "1.."))
		read_plan(tap, s + 3, len - 3);
	else if (tap->open && starts_with(s, len, "#"))
		add_line(&tap->about, s + 1, len - 1);
	return 0;
}

static int check_plan(struct tap *tap, struct jci_error *err)
{
	cleanup_strbuf struct strbuf name = STRBUF_INIT;
	unsigned long long missing;

	if (tap->bailed || tap->planned == UINT64_MAX || tap->planned <= tap->seen)
		return 0;
	missing = tap->planned - tap->seen;
	strbuf_addf(&name,
		    Q_("%llu planned test did not run", "%llu planned tests did not run",
		       (unsigned long)missing),
		    missing);
	return jci_results_add(tap->results, JCI_RESULT_ERROR, name.buf, name.len, tap->line)
		       ? 0
		       : jci_results_too_many(err);
}

static int read_lines(struct tap *tap, const char *data, size_t len, struct jci_error *err)
{
	for (size_t at = 0; at < len;) {
		const char *newline = memchr(data + at, '\n', len - at);
		const size_t n = newline ? (size_t)(newline - data) - at : len - at;
		const bool cr = n > 0 && data[at + n - 1] == '\r';

		tap->line++;
		if (read_line(tap, data + at, n - cr, err) < 0)
			return err->code;
		at += n + 1;
	}
	close_test(tap);
	return check_plan(tap, err);
}

int jci_results_parse_tap(struct jci_results *results, const char *data, size_t len,
			  struct jci_error *err)
{
	struct tap tap = {
		.results = results,
		.above = STRBUF_INIT,
		.about = STRBUF_INIT,
		.planned = UINT64_MAX,
	};
	const int ret = read_lines(&tap, data, len, err);

	strbuf_release(&tap.above);
	strbuf_release(&tap.about);
	return ret;
}
