/*
 * Text from others (file names, branch names, commit messages, logs) on its way to a terminal
 * or into JSON. File names are bytes; nothing here assumes that they are UTF-8.
 */
#ifndef JCI_UTIL_TEXT_H
#define JCI_UTIL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/strbuf.h"

/* Length of the valid UTF-8 sequence (RFC 3629) at s, 1 to 4; 0 where there is none. */
size_t utf8_sequence(const char *s, size_t len);
bool utf8_is_valid(const char *s, size_t len);
/* The length of a text that was cut at len, without half a character at its end. */
size_t utf8_whole(const char *s, size_t len);
/* The character of a valid sequence of n bytes. */
uint32_t utf8_decode(const char *s, size_t n);

/*
 * Appends s as one line that is safe on a terminal: C0 and C1 controls, DEL and the bidirectional
 * override characters become a visible escape (\n, \t, \033, \u202e); bytes that are not UTF-8
 * become \xNN. A plain name comes out as it is.
 */
void text_add_safe(struct strbuf *sb, const char *s, size_t len);
/* Whether that escapes the character, and how. */
bool text_is_unsafe(uint32_t c);
void text_add_escape(struct strbuf *sb, uint32_t c);

/*
 * Appends s for HTML text and attribute values: & < > " ' escaped; controls other than newline and
 * tab, and wrong bytes, as U+FFFD.
 */
void text_add_html(struct strbuf *sb, const char *s, size_t len);

/* Appends s as valid UTF-8: each wrong byte becomes U+FFFD. */
void text_add_utf8(struct strbuf *sb, const char *s, size_t len);

/* Appends s to be pasted into a shell: as it is where that is safe, else in single quotes. */
void text_add_shell(struct strbuf *sb, const char *s);
/* The same, in single quotes in any case. */
void text_add_quoted(struct strbuf *sb, const char *s);

/* Whether this locale's characters are UTF-8, so that more than ASCII can be drawn. */
bool text_locale_is_utf8(void);
/* Columns that s takes on the terminal in this locale; a wrong byte counts as one. */
size_t text_width(const char *s, size_t len);

/*
 * A filter for log bytes on their way to a terminal. It lets through text, newline, tab, carriage
 * return, backspace and SGR (colours: ESC [ ... m); every other control sequence (ECMA-48: CSI,
 * OSC, DCS and the rest, in 7 and in 8 bits) is left out. It keeps its state between calls, so a
 * sequence may be split anywhere.
 */
struct term_filter {
	int state;    /* 0 at the start */
	char seq[64]; /* the sequence so far, for SGR */
	size_t seq_len;
	unsigned utf8_left; /* continuation bytes still to come of a UTF-8 character */
};
#define TERM_FILTER_INIT     \
	{                    \
		0, {0}, 0, 0 \
	}
void term_filter_add(struct term_filter *f, struct strbuf *out, const char *s, size_t len);

#endif
