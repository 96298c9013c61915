#include "tui/line.h"

#include <string.h>
#include <wchar.h>

#include "tui/theme.h"
#include "util/alloc.h"
#include "util/text.h"

enum {
	CELLS_MAX = 512 * 1024,  /* what is further right is left out */
	CELLS_KEPT = 128 * 1024, /* from one line to the next */
	TAB_MAX = 64,
	JOINED_MAX = 4, /* curses shows no more with one character (CCHARW_MAX) */
	PARAMS_MAX = 32,
};

/* A column. */
struct line_cell {
	uint32_t at, len; /* of its bytes in line.chars; len 0: erased */
	uint8_t columns;  /* 1, 2, or 0: the second half of a wide one */
	uint8_t joined;   /* characters that combine with it */
	struct line_style style;
};

static const struct line_style plain = {0, -1, -1}, escaped = {LINE_ESCAPE, -1, -1};

struct render {
	struct line *line;
	const char *p, *end;
	size_t cursor; /* at most line->n_cells */
	int tab_width;
	struct line_style style;
	bool no_st, no_bel; /* none behind p */
};

static bool same_style(const struct line_style *a, const struct line_style *b)
{
	return a->flags == b->flags && a->foreground == b->foreground &&
	       a->background == b->background;
}

/* ---- cells ---- */

static void erase_cell(struct line_cell *cell)
{
	*cell = (struct line_cell){.columns = 1, .style = plain};
}

/* A wide character of which a half is about to go leaves a blank. */
static void cut_at(struct line *line, size_t column)
{
	if (column == 0 || column >= line->n_cells || line->cells[column].columns > 0)
		return;
	erase_cell(&line->cells[column - 1]);
	erase_cell(&line->cells[column]);
}

static void erase_cells(struct line *line, size_t from, size_t to)
{
	cut_at(line, from);
	cut_at(line, to);
	for (size_t i = from; i < to && i < line->n_cells; i++)
		erase_cell(&line->cells[i]);
}

static void truncate_cells(struct line *line, size_t column)
{
	cut_at(line, column);
	line->n_cells = column;
}

/* Room for so many columns at the cursor; false where the line is too long already. */
static bool make_room(struct render *r, size_t columns)
{
	struct line *line = r->line;
	size_t end = r->cursor + columns;

	if (end > CELLS_MAX)
		return false;
	cut_at(line, r->cursor);
	cut_at(line, end);
	ARRAY_GROW(line->cells, end, line->cap_cells);
	if (line->n_cells < end)
		line->n_cells = end;
	return true;
}

static void put(struct render *r, const char *bytes, size_t len, uint8_t columns,
		const struct line_style *style)
{
	struct line *line = r->line;
	struct line_cell *cell;

	if (!make_room(r, columns))
		return;
	cell = &line->cells[r->cursor];
	*cell = (struct line_cell){(uint32_t)line->chars.len, (uint32_t)len, columns, 0, *style};
	if (columns == 2)
		cell[1] = (struct line_cell){0, 0, 0, 0, *style};
	strbuf_add(&line->chars, bytes, len);
	r->cursor += columns;
}

/* Printable ASCII. */
static void put_ascii(struct render *r, const char *bytes, size_t len,
		      const struct line_style *style)
{
	struct line *line = r->line;
	uint32_t at = (uint32_t)line->chars.len;

	if (len > CELLS_MAX - r->cursor)
		len = CELLS_MAX - r->cursor;
	if (!make_room(r, len))
		return;
	for (size_t i = 0; i < len; i++)
		line->cells[r->cursor + i] = (struct line_cell){at + (uint32_t)i, 1, 1, 0, *style};
	strbuf_add(&line->chars, bytes, len);
	r->cursor += len;
}

/* Adds a combining character to the cell before the cursor; false where there is none. */
static bool join(struct render *r, const char *bytes, size_t len)
{
	struct line *line = r->line;
	struct line_cell *cell;

	if (r->cursor == 0)
		return false;
	cell = &line->cells[r->cursor - 1];
	if (cell->columns == 0)
		cell--;
	if (cell->len == 0)
		return false;
	if (cell->joined++ >= JOINED_MAX) {
		cell->joined = JOINED_MAX;
		return true;
	}
	if (cell->at + cell->len != line->chars.len) {
		strbuf_grow(&line->chars, cell->len);
		strbuf_add(&line->chars, line->chars.buf + cell->at, cell->len);
		cell->at = (uint32_t)(line->chars.len - cell->len);
	}
	strbuf_add(&line->chars, bytes, len);
	cell->len += (uint32_t)len;
	return true;
}

static void put_tab(struct render *r)
{
	size_t width = (size_t)r->tab_width, to = (r->cursor / width + 1) * width;

	if (to > CELLS_MAX)
		to = CELLS_MAX;
	if (r->cursor < r->line->n_cells)
		r->cursor = to < r->line->n_cells ? to : r->line->n_cells;
	for (; r->cursor < to; r->cursor++) {
		ARRAY_GROW(r->line->cells, r->cursor + 1, r->line->cap_cells);
		erase_cell(&r->line->cells[r->line->n_cells++]);
	}
}

/* ---- characters ---- */

static void put_escape(struct render *r, uint32_t c)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;

	text_add_escape(&text, c);
	put_ascii(r, text.buf, text.len, &escaped);
}

static void put_wrong_byte(struct render *r, unsigned char byte)
{
	static const char digits[] = "0123456789abcdef";
	const char text[] = {'\\', 'x', digits[byte >> 4], digits[byte & 15]};

	put_ascii(r, text, sizeof(text), &escaped);
}

static size_t put_wide(struct render *r)
{
	size_t n = utf8_sequence(r->p, (size_t)(r->end - r->p));
	uint32_t c = n ? utf8_decode(r->p, n) : 0;
	int columns;

	if (n == 0) {
		put_wrong_byte(r, (unsigned char)*r->p);
		return 1;
	}
	columns = text_is_unsafe(c) ? -1 : wcwidth((wchar_t)c);
	if (text_is_unsafe(c) || (columns == 0 && !join(r, r->p, n)))
		put_escape(r, c);
	else if (columns < 0)
		put_ascii(r, "?", 1, &escaped);
	else if (columns > 0)
		put(r, r->p, n, (uint8_t)columns, &r->style);
	return n;
}

static size_t ascii_run(const char *p, const char *end)
{
	const char *start = p;

	while (p < end && *p >= ' ' && *p <= '~')
		p++;
	return (size_t)(p - start);
}

/* ---- SGR ---- */

struct params {
	int value[PARAMS_MAX];
	bool sub[PARAMS_MAX]; /* behind a colon: it belongs to the one before */
	size_t n;
};

static void parse_params(struct params *params, const char *p, const char *end)
{
	int value = 0;
	bool sub = false;

	params->n = 0;
	for (;; p++) {
		if (p < end && *p >= '0' && *p <= '9') {
			value = value < 100000 ? value * 10 + (*p - '0') : value;
			continue;
		}
		params->value[params->n] = value;
		params->sub[params->n++] = sub;
		if (p >= end || params->n == PARAMS_MAX)
			return;
		value = 0;
		sub = *p == ':';
	}
}

static int param(const struct params *params, size_t i)
{
	return i < params->n ? params->value[i] : 0;
}

static int byte_param(const struct params *params, size_t i)
{
	return param(params, i) & 0xff;
}

/* 38 and its kin at i: 38;5;N, 38;2;R;G;B, and with colons; *color stays where it is neither. */
static size_t parse_color(const struct params *params, size_t i, int32_t *color)
{
	size_t subs = 0, at = i + 2, used;

	while (i + 1 + subs < params->n && params->sub[i + 1 + subs])
		subs++;
	used = subs;
	if (param(params, i + 1) == 5) {
		*color = byte_param(params, at);
		used = subs ? subs : 2;
	} else if (param(params, i + 1) == 2) {
		at += subs >= 5; /* 38:2:SPACE:R:G:B */
		*color = THEME_RGB | byte_param(params, at) << 16 |
			 byte_param(params, at + 1) << 8 | byte_param(params, at + 2);
		used = subs ? subs : 4;
	}
	return i + used;
}

static void set_flag(struct line_style *style, int param)
{
	static const uint8_t on[] = {
		[1] = LINE_BOLD,    [2] = LINE_DIM,    [3] = LINE_ITALIC,     [4] = LINE_UNDERLINE,
		[7] = LINE_REVERSE, [9] = LINE_STRIKE, [21] = LINE_UNDERLINE,
	};
	static const uint8_t off[] = {
		[2] = LINE_BOLD | LINE_DIM, [3] = LINE_ITALIC, [4] = LINE_UNDERLINE,
		[7] = LINE_REVERSE,         [9] = LINE_STRIKE,
	};

	if (param >= 0 && param <= 21)
		style->flags |= on[param];
	else if (param >= 22 && param <= 29)
		style->flags &= (uint8_t)~off[param - 20];
}

static void set_style(struct line_style *style, int value)
{
	if (value == 0)
		*style = plain;
	else if (value >= 30 && value <= 37)
		style->foreground = value - 30;
	else if (value == 39)
		style->foreground = -1;
	else if (value >= 40 && value <= 47)
		style->background = value - 40;
	else if (value == 49)
		style->background = -1;
	else if (value >= 90 && value <= 97)
		style->foreground = value - 90 + 8;
	else if (value >= 100 && value <= 107)
		style->background = value - 100 + 8;
	else
		set_flag(style, value);
}

static void apply_sgr(struct line_style *style, const char *p, const char *end)
{
	struct params params;
	int32_t underline;

	parse_params(&params, p, end);
	for (size_t i = 0; i < params.n; i++) {
		int value = params.value[i];

		if (params.sub[i])
			continue;
		if (value == 38)
			i = parse_color(&params, i, &style->foreground);
		else if (value == 48)
			i = parse_color(&params, i, &style->background);
		else if (value == 58)
			i = parse_color(&params, i, &underline);
		else if (value == 4 && i + 1 < params.n && params.sub[i + 1] &&
			 params.value[i + 1] == 0)
			style->flags &= (uint8_t)~LINE_UNDERLINE;
		else
			set_style(style, value);
	}
}

/* ---- control sequences: each function gets p at ESC, and returns its length, 0: it is none ----
 */

static void erase_in_line(struct render *r, const char *p, const char *end)
{
	struct params params;

	parse_params(&params, p, end);
	if (params.value[0] == 0)
		truncate_cells(r->line, r->cursor);
	else if (params.value[0] == 1)
		erase_cells(r->line, 0, r->cursor + 1);
	else if (params.value[0] == 2)
		erase_cells(r->line, 0, r->line->n_cells);
}

static size_t csi(struct render *r)
{
	const char *p = r->p + 2, *more, *final;

	for (more = p; more < r->end && *more >= 0x30 && *more <= 0x3f; more++)
		;
	for (final = more; final < r->end && *final >= 0x20 && *final <= 0x2f; final++)
		;
	if (final == r->end || *final < 0x40 || *final > 0x7e)
		return 0;
	if (final == more && !(p < more && *p >= '<')) {
		if (*final == 'm')
			apply_sgr(&r->style, p, more);
		else if (*final == 'K')
			erase_in_line(r, p, more);
	}
	return (size_t)(final + 1 - r->p);
}

/* DCS, SOS, PM, APC, and OSC, which BEL may end, too. */
static size_t string(struct render *r)
{
	const char *p = r->p + 2, *st = NULL, *bel = NULL;

	if (!r->no_st) {
		st = memmem(p, (size_t)(r->end - p), "\033\\", 2);
		r->no_st = !st;
	}
	if (r->p[1] == ']' && !r->no_bel) {
		bel = memchr(p, '\a', (size_t)((st ? st : r->end) - p));
		r->no_bel = !bel && !st;
	}
	if (bel)
		return (size_t)(bel + 1 - r->p);
	return st ? (size_t)(st + 2 - r->p) : 0;
}

static size_t escape_sequence(const struct render *r)
{
	const char *p = r->p + 1;

	while (p < r->end && *p >= 0x20 && *p <= 0x2f)
		p++;
	return p < r->end && *p >= 0x30 && *p <= 0x7e ? (size_t)(p + 1 - r->p) : 0;
}

static size_t escape(struct render *r)
{
	char kind = r->end - r->p > 1 ? r->p[1] : '\0';
	size_t n;

	if (kind == '[')
		n = csi(r);
	else if (kind && strchr("]PX^_", kind))
		n = string(r);
	else
		n = escape_sequence(r);
	if (n > 0)
		return n;
	put_escape(r, '\033');
	return 1;
}

/* ---- the line ---- */

/* Returns the bytes used. */
static size_t render_some(struct render *r)
{
	size_t n = ascii_run(r->p, r->end);

	if (n > 0) {
		put_ascii(r, r->p, n, &r->style);
		return n;
	}
	switch (*r->p) {
	case '\033':
		return escape(r);
	case '\r':
		r->cursor = 0;
		return 1;
	case '\b':
		r->cursor -= r->cursor > 0;
		return 1;
	case '\t':
		put_tab(r);
		return 1;
	default:
		if ((unsigned char)*r->p >= 0x80)
			return put_wide(r);
		put_escape(r, (unsigned char)*r->p);
		return 1;
	}
}

static void add_span(struct line *line, const struct line_style *style)
{
	if (line->n_spans && same_style(&line->spans[line->n_spans - 1].style, style))
		return;
	ARRAY_GROW(line->spans, line->n_spans + 1, line->cap_spans);
	line->spans[line->n_spans++] = (struct line_span){line->text.len, *style};
}

/* How many columns from this one on have the same style and follow each other in line.chars. */
static size_t run_length(const struct line *line, size_t from, size_t end, size_t *bytes)
{
	const struct line_cell *first = &line->cells[from];
	size_t i = from;

	*bytes = 0;
	for (; i < end; i++) {
		const struct line_cell *cell = &line->cells[i];

		if (cell->columns == 0)
			continue;
		if (cell->len == 0 || cell->at != first->at + *bytes ||
		    !same_style(&cell->style, &first->style))
			break;
		*bytes += cell->len;
	}
	return i - from;
}

static void flatten(struct line *line)
{
	size_t end = line->n_cells, n, bytes;

	while (end > 0 && line->cells[end - 1].columns == 1 && line->cells[end - 1].len == 0)
		end--;
	line->columns = end;
	strbuf_grow(&line->text, line->chars.len + end);
	for (size_t i = 0; i < end; i += n) {
		add_span(line, &line->cells[i].style);
		n = run_length(line, i, end, &bytes);
		if (n > 0) {
			strbuf_add(&line->text, line->chars.buf + line->cells[i].at, bytes);
		} else {
			strbuf_addch(&line->text, ' ');
			n = 1;
		}
	}
}

static size_t without_newline(const char *bytes, size_t len)
{
	if (len > 0 && bytes[len - 1] == '\n')
		len--;
	while (len > 0 && bytes[len - 1] == '\r')
		len--;
	return len;
}

static void reset(struct line *line)
{
	strbuf_reset(&line->text);
	strbuf_reset(&line->chars);
	line->n_spans = line->n_cells = line->columns = 0;
	if (line->cap_cells > CELLS_KEPT) {
		free(steal_ptr(line->cells));
		line->cap_cells = 0;
	}
}

void line_render(struct line *line, const char *bytes, size_t len, int tab_width)
{
	struct render r = {.line = line, .p = bytes, .style = plain};

	reset(line);
	len = without_newline(bytes, len);
	if (ascii_run(bytes, bytes + len) == len) {
		if (len > 0)
			add_span(line, &plain);
		strbuf_add(&line->text, bytes, len);
		line->columns = len;
		return;
	}
	r.end = bytes + len;
	r.tab_width = tab_width < 1 ? 1 : tab_width > TAB_MAX ? TAB_MAX : tab_width;
	while (r.p < r.end)
		r.p += render_some(&r);
	flatten(line);
}

void line_release(struct line *line)
{
	strbuf_release(&line->text);
	strbuf_release(&line->chars);
	free(line->spans);
	free(line->cells);
	*line = (struct line)LINE_INIT;
}

size_t line_char(const char *text, size_t len, int *columns)
{
	size_t n = utf8_sequence(text, len);

	*columns = 1;
	if (n > 1)
		*columns = wcwidth((wchar_t)utf8_decode(text, n));
	if (*columns < 0)
		*columns = 1;
	return n ? n : 1;
}

size_t line_byte_at(const struct line *line, size_t column, size_t *at)
{
	const struct strbuf *text = &line->text;
	size_t i = 0, n;
	int columns;

	*at = 0;
	if (text->len == line->columns) {
		*at = column < text->len ? column : text->len;
		return *at;
	}
	for (; i < text->len; i += n, *at += (size_t)columns) {
		n = line_char(text->buf + i, text->len - i, &columns);
		if (*at >= column && columns > 0)
			break;
	}
	return i;
}
