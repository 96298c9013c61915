/*
 * A line of a log as it is to be shown: from bytes with control characters to printable text with
 * styles. Untrusted input; whatever it holds, the text holds printable UTF-8 characters only.
 *
 * - SGR sequences (ECMA-48, with 256 colours and RGB) set styles, from the default at the start of
 *   each line; OSC 8 links show their text; all other control sequences are left out.
 * - Carriage return writes over the line from its first column as a terminal does, so that of a
 *   progress display its last state is left; backspace goes back one; EL (erase in line) erases.
 * - Tabs go to the next multiple of tab_width columns.
 * - Other controls, bytes that are not UTF-8, and bidirectional overrides: visible, as \033, \x80,
 *   \u202e, in the style LINE_ESCAPE.
 * - Wide and combining characters take the columns that the terminal gives them (wcwidth(3)); what
 *   this locale can't show is '?' in that style; what would combine with nothing is an escape.
 */
#ifndef JCI_TUI_LINE_H
#define JCI_TUI_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/strbuf.h"

enum {
	LINE_BOLD = 1 << 0,
	LINE_DIM = 1 << 1,
	LINE_ITALIC = 1 << 2,
	LINE_UNDERLINE = 1 << 3,
	LINE_REVERSE = 1 << 4,
	LINE_STRIKE = 1 << 5,
	LINE_ESCAPE = 1 << 6,
};

struct line_style {
	uint8_t flags;
	int32_t foreground, background; /* as in theme_pair() */
};

/* Text from `start` on, up to the next span. */
struct line_span {
	size_t start; /* byte in text */
	struct line_style style;
};

struct line {
	struct strbuf text;
	struct line_span *spans;
	size_t n_spans, cap_spans;
	size_t columns;
	/* the rest is line.c's */
	struct line_cell *cells;
	size_t n_cells, cap_cells;
	struct strbuf chars;
};
#define LINE_INIT                                                   \
	{                                                           \
		STRBUF_INIT, NULL, 0, 0, 0, NULL, 0, 0, STRBUF_INIT \
	}
void line_release(struct line *line);
#define cleanup_line cleanup(line_release)

/* Replaces what line held. The newline at the end, and a CR before it, are no part of it. */
void line_render(struct line *line, const char *bytes, size_t len, int tab_width);

/*
 * The byte in text at which column `column` is, or the next character begins; *at is the column
 * that this one has (a wide character may begin before).
 */
size_t line_byte_at(const struct line *line, size_t column, size_t *at);
/* Columns of one character, 0 of one that combines with that before it; returns its bytes. */
size_t line_char(const char *text, size_t len, int *columns);

#endif
