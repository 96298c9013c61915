/* The hexadecimal mode: offset, bytes, and what of them is ASCII. */
#include "tui/viewerpriv.h"

#include "tui/draw.h"

enum { HEX_MOST = 16 };

static int offset_digits(const struct viewer *v)
{
	return doc_size(v->doc) > UINT32_MAX ? 12 : 8;
}

/* Where the first byte is, the gap in the middle counted in; where its character is. */
static int byte_column(const struct viewer *v, uint64_t n, uint64_t at)
{
	return offset_digits(v) + 2 + (int)at * 3 + (n > 4 && at >= n / 2);
}

static int char_column(const struct viewer *v, uint64_t n, uint64_t at)
{
	return byte_column(v, n, n) + 1 + (int)at;
}

uint64_t viewhex_bytes(const struct viewer *v)
{
	uint64_t n = HEX_MOST;

	while (n > 4 && char_column(v, n, n) > view_width(v))
		n /= 2;
	return n;
}

static void add_bytes(struct strbuf *sb, const unsigned char *bytes, uint64_t have, uint64_t n)
{
	for (uint64_t i = 0; i < n; i++) {
		if (n > 4 && i == n / 2)
			strbuf_addch(sb, ' ');
		if (i < have)
			strbuf_addf(sb, "%02x ", bytes[i]);
		else
			strbuf_addstr(sb, "   ");
	}
	strbuf_addch(sb, ' ');
	for (uint64_t i = 0; i < have; i++)
		strbuf_addch(sb, bytes[i] >= 0x20 && bytes[i] < 0x7f ? (char)bytes[i] : '.');
}

void viewhex_add_row(struct strbuf *sb, const struct viewer *v, uint64_t offset)
{
	const uint64_t n = viewhex_bytes(v);
	unsigned char bytes[HEX_MOST];
	const size_t have = doc_read(v->doc, offset, bytes, n);

	strbuf_addf(sb, "%0*llx  ", offset_digits(v), (unsigned long long)offset);
	add_bytes(sb, bytes, have, n);
}

static enum style style_of_row(const struct viewer *v, uint64_t offset)
{
	const uint64_t a = v->anchor, b = v->at.cursor;

	if (offset == v->at.cursor)
		return v->pane.focused ? STYLE_CURSOR : STYLE_CURSOR_IDLE;
	if (v->selecting && offset >= (a < b ? a : b) && offset <= (a < b ? b : a))
		return STYLE_SELECTED;
	return STYLE_NORMAL;
}

static void draw_found(struct viewer *v, int y, uint64_t offset)
{
	const uint64_t n = viewhex_bytes(v);

	if (!v->search.pattern)
		return;
	for (uint64_t i = 0; i < n; i++) {
		if (offset + i < v->search.start || offset + i >= v->search.end)
			continue;
		draw_restyle(v->pane.win, y, byte_column(v, n, i), 2, STYLE_MATCH);
		draw_restyle(v->pane.win, y, char_column(v, n, i), 1, STYLE_MATCH);
	}
}

static void draw_row(struct viewer *v, int y, uint64_t offset)
{
	const int digits = offset_digits(v), width = view_width(v);
	const enum style style = style_of_row(v, offset);
	cleanup_strbuf struct strbuf text = STRBUF_INIT;

	draw_blank(v->pane.win, y, 0, width, style);
	viewhex_add_row(&text, v, offset);
	draw_text(v->pane.win, y, 0, width, style, text.buf, text.len);
	if (style == STYLE_NORMAL)
		draw_restyle(v->pane.win, y, 0, digits < width ? digits : width, STYLE_LINE_NUMBER);
	draw_found(v, y, offset);
}

void viewhex_draw(struct viewer *v)
{
	uint64_t offset;
	bool more = doc_size(v->doc) > 0;

	view_adjust(v);
	offset = v->at.top.line;
	for (int y = 0; y < view_height(v); y++) {
		if (more)
			draw_row(v, y, offset);
		else
			draw_blank(v->pane.win, y, 0, view_width(v), STYLE_NORMAL);
		more = more && view_next(v, &offset);
	}
}
