#include "util/shellwords.h"

#include <ctype.h>
#include <stdlib.h>

#include "util/alloc.h"
#include "util/text.h"

/* ---- taking quotes away ---- */

struct splitter {
	struct shell_words *words;
	const char *breaks;
	struct strbuf word;
	bool in_word;
};

static void end_word(struct splitter *s)
{
	struct shell_words *words = s->words;

	ARRAY_GROW(words->items, words->n + 1, words->cap);
	words->items[words->n++] = strbuf_detach(&s->word, NULL);
	s->word = (struct strbuf)STRBUF_INIT;
	s->in_word = false;
}

static void open_quote(struct splitter *s, enum shell_quote quote)
{
	s->words->open = quote;
	s->words->kept = s->word.len;
	s->in_word = true;
}

/* Up to three octal, or two hexadecimal, digits. */
static size_t take_number(struct strbuf *sb, const char *digits, int base, size_t max)
{
	char text[4] = "";
	size_t n = 0;

	while (n < max && digits[n] &&
	       (base == 16 ? isxdigit((unsigned char)digits[n]) != 0
			   : digits[n] >= '0' && digits[n] <= '7')) {
		text[n] = digits[n];
		n++;
	}
	if (n > 0 && strtol(text, NULL, base) != 0)
		strbuf_addch(sb, (char)strtol(text, NULL, base));
	return n;
}

/* What follows a backslash in $'...'; how many bytes that took. */
static size_t take_escape(struct strbuf *sb, const char *s)
{
	static const char names[] = "abefnrtvE", values[] = "\a\b\033\f\n\r\t\v\033";
	const char *name = strchr(names, *s);

	if (*s == 'x')
		return 1 + take_number(sb, s + 1, 16, 2);
	if (*s >= '0' && *s <= '7')
		return take_number(sb, s, 8, 3);
	strbuf_addch(sb, name ? values[name - names] : *s);
	return 1;
}

/* A backslash within double quotes, or outside all; how many bytes it and what it quotes are. */
static size_t take_backslash(struct splitter *s, const char *at)
{
	s->in_word = true;
	if (!at[1])
		return 1;
	if (s->words->open == SHELL_DOUBLE && !strchr("$`\"\\\n", at[1]))
		strbuf_addch(&s->word, '\\');
	if (at[1] != '\n')
		strbuf_addch(&s->word, at[1]);
	return 2;
}

static size_t take_quoted(struct splitter *s, const char *at)
{
	enum shell_quote open = s->words->open;

	if (*at == (open == SHELL_DOUBLE ? '"' : '\'')) {
		s->words->open = SHELL_PLAIN;
		return 1;
	}
	if (*at == '\\' && open == SHELL_DOUBLE)
		return take_backslash(s, at);
	if (*at == '\\' && open == SHELL_ANSI && at[1])
		return 1 + take_escape(&s->word, at + 1);
	strbuf_addch(&s->word, *at);
	return 1;
}

/* kept_plain: where the last break outside quotes was, which counts again once they are closed. */
static size_t take_plain(struct splitter *s, const char *at, size_t *kept_plain)
{
	if (*at == ' ' || *at == '\t' || *at == '\n') {
		if (s->in_word)
			end_word(s);
		*kept_plain = 0;
		return 1;
	}
	if (*at == '\\')
		return take_backslash(s, at);
	if (*at == '$' && at[1] == '\'') {
		open_quote(s, SHELL_ANSI);
		return 2;
	}
	if (*at == '\'' || *at == '"') {
		open_quote(s, *at == '"' ? SHELL_DOUBLE : SHELL_SINGLE);
		return 1;
	}
	strbuf_addch(&s->word, *at);
	s->in_word = true;
	if (strchr(s->breaks, *at))
		*kept_plain = s->word.len;
	return 1;
}

void shell_words_split(struct shell_words *words, const char *line, const char *breaks)
{
	struct splitter s = {words, breaks, STRBUF_INIT, false};
	size_t kept_plain = 0;

	while (*line) {
		line += words->open == SHELL_PLAIN ? take_plain(&s, line, &kept_plain)
						   : take_quoted(&s, line);
		if (words->open == SHELL_PLAIN)
			words->kept = kept_plain;
	}
	end_word(&s);
}

void shell_words_release(struct shell_words *words)
{
	for (size_t i = 0; i < words->n; i++)
		free(words->items[i]);
	free(words->items);
	*words = (struct shell_words)SHELL_WORDS_INIT;
}

/* ---- putting them back ---- */

/* The character at s, of *n bytes, can be typed and shown as it is; others go into $'...' alone. */
static bool is_typeable_at(const char *s, size_t len, size_t *n)
{
	*n = utf8_sequence(s, len);
	if (*n > 0)
		return !text_is_unsafe(utf8_decode(s, *n));
	*n = 1;
	return false;
}

static bool is_typeable(const char *text)
{
	const size_t len = strlen(text);

	for (size_t i = 0, n; i < len; i += n)
		if (!is_typeable_at(text + i, len - i, &n))
			return false;
	return true;
}

static void add_ansi(struct strbuf *sb, const char *text)
{
	const size_t len = strlen(text);

	for (size_t i = 0, n; i < len; i += n) {
		if (!is_typeable_at(text + i, len - i, &n)) {
			for (size_t k = 0; k < n; k++)
				strbuf_addf(sb, "\\%03o", (unsigned char)text[i + k]);
			continue;
		}
		if (text[i] == '\'' || text[i] == '\\')
			strbuf_addch(sb, '\\');
		strbuf_add(sb, text + i, n);
	}
}

static void add_plain(struct strbuf *sb, const char *text)
{
	for (const char *c = text; *c; c++) {
		if (strchr(" \"'\\$`!&;|<>()*?[]{}^", *c) ||
		    ((*c == '~' || *c == '#') && c == text))
			strbuf_addch(sb, '\\');
		strbuf_addch(sb, *c);
	}
}

static void add_in_single(struct strbuf *sb, const char *text)
{
	for (; *text; text++) {
		if (*text == '\'')
			strbuf_addstr(sb, text[1] ? "'\\''" : "'\\'");
		else
			strbuf_addch(sb, *text);
	}
}

static void add_in_double(struct strbuf *sb, const char *text)
{
	for (; *text; text++) {
		if (strchr("$`\"\\", *text))
			strbuf_addch(sb, '\\');
		strbuf_addch(sb, *text);
		if (*text == '"' && !text[1])
			strbuf_addch(sb, '"');
	}
}

bool shell_add_quoted(struct strbuf *sb, const char *text, enum shell_quote open)
{
	const bool typeable = is_typeable(text);

	switch (open) {
	case SHELL_PLAIN:
		if (typeable) {
			add_plain(sb, text);
		} else {
			strbuf_addstr(sb, "$'");
			add_ansi(sb, text);
			strbuf_addch(sb, '\'');
		}
		return true;
	case SHELL_SINGLE:
		if (typeable)
			add_in_single(sb, text);
		return typeable;
	case SHELL_DOUBLE:
		/* within double quotes nothing takes the '!' of the history away */
		if (!typeable || strchr(text, '!'))
			return false;
		add_in_double(sb, text);
		return true;
	case SHELL_ANSI:
		add_ansi(sb, text);
		if (*text && text[strlen(text) - 1] == '\'')
			strbuf_addch(sb, '\'');
		return true;
	}
	return false;
}
