#include "tui/draw.h"

#include <limits.h>
#include <wchar.h>

#include "tui/term.h"
#include "util/text.h"

/* ---- characters ---- */

/* A character as it is shown, and its columns: 0 for a combining one. */
struct cell {
	wchar_t c;
	int width;
};

static wchar_t decode(const char *s, size_t n)
{
	const unsigned char *u = (const unsigned char *)s;
	unsigned c = n == 1 ? u[0] : u[0] & (0xffu >> (n + 1));

	for (size_t i = 1; i < n; i++)
		c = c << 6 | (u[i] & 0x3f);
	return (wchar_t)c;
}

static bool locale_has(wchar_t c)
{
	char bytes[MB_LEN_MAX];
	mbstate_t state = {0};

	return text_locale_is_utf8() || wcrtomb(bytes, c, &state) != (size_t)-1;
}

/* Takes a character off text that is safe already (util/text.h). */
static struct cell take_cell(const char **s, const char *end)
{
	struct cell cell = {(unsigned char)**s, 1};
	size_t n = 1;

	if ((unsigned char)**s >= 0x80) {
		n = utf8_sequence(*s, (size_t)(end - *s));
		cell.c = n ? decode(*s, n) : '?';
		cell.width = wcwidth(cell.c);
		if (cell.width < 0 || !locale_has(cell.c))
			cell = (struct cell){'?', 1};
	}
	*s += n ? n : 1;
	return cell;
}

static int safe_width(const struct strbuf *safe)
{
	const char *s = safe->buf, *end = s + safe->len;
	int width = 0;

	while (s < end)
		width += take_cell(&s, end).width;
	return width;
}

static size_t text_length(const char *text, size_t len)
{
	return len == DRAW_ALL ? strlen(text) : len;
}

int draw_width(const char *text, size_t len)
{
	cleanup_strbuf struct strbuf safe = STRBUF_INIT;

	text_add_safe(&safe, text, text_length(text, len));
	return safe_width(&safe);
}

/* ---- cells ---- */

/* The part of the columns that is in the window; false where there is none. */
static bool clip(WINDOW *win, int y, int x, int *width)
{
	if (y < 0 || x < 0 || y >= getmaxy(win) || x >= getmaxx(win))
		return false;
	if (*width > getmaxx(win) - x)
		*width = getmaxx(win) - x;
	return *width > 0;
}

/* One character with those that combine with it, taken off the text. */
static int take_cluster(wchar_t text[CCHARW_MAX + 1], const char **s, const char *end)
{
	struct cell cell = take_cell(s, end);
	const char *next = *s;
	size_t n = 0;
	int width = cell.width;

	text[n++] = cell.c;
	while (next < end && (cell = take_cell(&next, end)).width == 0) {
		if (n < CCHARW_MAX)
			text[n++] = cell.c;
		*s = next;
	}
	text[n] = L'\0';
	return width;
}

/* Draws up to `width` columns; returns how many. What combines with nothing is left out. */
static int put_text(WINDOW *win, int y, int x, int width, enum style style, const char *s,
		    const char *end)
{
	wchar_t text[CCHARW_MAX + 1];
	int used = 0, columns, pair;
	attr_t attrs;
	cchar_t cell;

	theme_get(style, &attrs, &pair);
	while (s < end) {
		columns = take_cluster(text, &s, end);
		if (used + columns > width)
			break;
		if (!columns)
			continue;
		setcchar(&cell, text, attrs, (short)pair, NULL);
		mvwadd_wchnstr(win, y, x + used, &cell, 1);
		used += columns;
	}
	return used;
}

/* More bytes than that don't fit, but for heaps of combining characters. */
static size_t useful_length(const char *text, size_t len, int width)
{
	size_t max = (size_t)width * 16 + 64;

	if (len == DRAW_ALL)
		return strnlen(text, max);
	return len < max ? len : max;
}

int draw_text(WINDOW *win, int y, int x, int width, enum style style, const char *text, size_t len)
{
	cleanup_strbuf struct strbuf safe = STRBUF_INIT;
	const char *more = text_locale_is_utf8() ? "\xe2\x80\xa6" : "~"; /* ellipsis */
	const char *end;
	int used;

	if (!clip(win, y, x, &width))
		return 0;
	text_add_safe(&safe, text, useful_length(text, len, width));
	end = safe.buf + safe.len;
	if (safe_width(&safe) <= width)
		return put_text(win, y, x, width, style, safe.buf, end);
	used = put_text(win, y, x, width - 1, style, safe.buf, end);
	return used + put_text(win, y, x + used, 1, style, more, more + strlen(more));
}

int draw_right(WINDOW *win, int y, int x, int width, enum style style, const char *text)
{
	int used = draw_width(text, DRAW_ALL);

	if (used > width)
		used = width;
	return draw_text(win, y, x + width - used, used, style, text, DRAW_ALL);
}

void draw_blank(WINDOW *win, int y, int x, int width, enum style style)
{
	attr_t attrs;
	cchar_t cell;
	int pair;

	if (!clip(win, y, x, &width))
		return;
	theme_get(style, &attrs, &pair);
	setcchar(&cell, L" ", attrs, (short)pair, NULL);
	mvwhline_set(win, y, x, &cell, width);
}

void draw_gap(WINDOW *win, int y, int x, int width, enum style style)
{
	const attr_t unseen = A_BOLD | A_DIM | A_ITALIC;
	int pair, foreground, background = -1;
	attr_t attrs;

	theme_get(style, &attrs, &pair);
	if (pair)
		extended_pair_content(pair, &foreground, &background);
	if (!(attrs & ~unseen) && background < 0)
		draw_blank(win, y, x, width, style);
}

void draw_restyle(WINDOW *win, int y, int x, int width, enum style style)
{
	attr_t attrs;
	int pair;

	if (!clip(win, y, x, &width))
		return;
	theme_get(style, &attrs, &pair);
	mvwchgat(win, y, x, width, attrs, (short)pair, NULL);
}

/* ---- paragraphs ---- */

/* Bytes of the line that begins the text: whole words, as many as fit, at least one. */
static size_t line_length(const char *text, int width)
{
	size_t end = 0, next;

	while (text[end] && text[end] != '\n') {
		next = end + strspn(text + end, " ");
		next += strcspn(text + next, " \n");
		if (end && draw_width(text, next) > width)
			break;
		end = next;
	}
	return end;
}

int draw_paragraph(WINDOW *win, int y, int x, int width, enum style style, const char *text)
{
	int lines = 0;

	if (!clip(win, y, x, &width))
		return 0;
	while (*text && y + lines < getmaxy(win)) {
		size_t len = line_length(text, width);

		draw_text(win, y + lines++, x, width, style, text, len);
		text += len;
		if (*text == '\n')
			text++;
		else
			text += strspn(text, " ");
	}
	return lines;
}
