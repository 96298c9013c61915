/* The text mode: lines with a margin, times, numbers, colours. */
#include "tui/viewerpriv.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "tui/draw.h"
#include "tui/term.h"
#include "tui/wrap.h"
#include "util/alloc.h"
#include "util/gettext.h"
#include "util/text.h"

/* The margin has a mark and a blank; times and numbers a blank behind them. */
enum { MARGIN = 2, TIME_WIDTH = 10, CLOCK_WIDTH = 8, NUMBER_MIN = 3, TEXT_MIN = 20 };
/* Bytes in which a group's word begins; matches in a line that are shown. */
enum { HEADING_MAX = 64, MATCHES_MAX = 4096 };

struct columns {
	int time, number, text; /* where they begin; time and number are left out if text is at 2 */
	int time_width, number_width, width;
};

/* ---- the line ---- */

/* "::group::TITLE" is shown as its title: where that begins. */
static size_t heading(const char *bytes, size_t len)
{
	static const char *const words[] = {"::group::", "##[group]"};
	const size_t head = len < HEADING_MAX ? len : HEADING_MAX;

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		const char *word = memmem(bytes, head, words[i], strlen(words[i]));

		if (word)
			return (size_t)(word - bytes) + strlen(words[i]);
	}
	return 0;
}

static const struct doc_group *group_from(const struct viewer *v, uint64_t line)
{
	const struct doc_group *group = doc_group_at(v->doc, line);

	return group && group->start == line ? group : NULL;
}

static void find_matches(struct viewer *v)
{
	const struct strbuf *text = &v->line.text;
	struct view_match m = {0};

	v->n_matches = 0;
	if (!v->search.pattern)
		return;
	while (v->n_matches < MATCHES_MAX &&
	       pattern_find(v->search.pattern, text->buf, text->len, m.end, &m.start, &m.end)) {
		ARRAY_GROW(v->matches, v->n_matches + 1, v->cap_matches);
		v->matches[v->n_matches++] = m;
	}
}

void viewtext_load(struct viewer *v, uint64_t line)
{
	const char *bytes;
	size_t len, from = 0;

	if (v->line_valid && v->line_at == line)
		return;
	bytes = doc_line(v->doc, line, &len);
	if (group_from(v, line))
		from = heading(bytes, len);
	line_render(&v->line, bytes + from, len - from, v->pane.tui->options.tab_width);
	find_matches(v);
	v->line_at = line;
	v->line_valid = true;
}

void viewtext_forget(struct viewer *v)
{
	v->line_valid = false;
}

/* ---- columns ---- */

static int digits(uint64_t n)
{
	int count = 1;

	for (; n >= 10; n /= 10)
		count++;
	return count;
}

static int number_width(struct viewer *v)
{
	uint64_t most = doc_lines(v->doc);
	int width;

	if (!most)
		most = doc_number(v->doc, v->at.cursor) + 1000;
	width = digits(most);
	return width < NUMBER_MIN ? NUMBER_MIN : width;
}

static struct columns columns_of(struct viewer *v)
{
	const struct tui_options *options = &v->pane.tui->options;
	const int width = view_width(v);
	struct columns c = {.text = width > MARGIN ? MARGIN : 0};

	if (options->times != TIMES_NONE && doc_is_log(v->doc))
		c.time_width = options->times == TIMES_CLOCK ? CLOCK_WIDTH : TIME_WIDTH;
	if (options->numbers)
		c.number_width = number_width(v);
	if (c.time_width && width - c.text - c.time_width - 1 >= TEXT_MIN) {
		c.time = c.text;
		c.text += c.time_width + 1;
	} else {
		c.time_width = 0;
	}
	if (c.number_width && width - c.text - c.number_width - 1 >= TEXT_MIN) {
		c.number = c.text;
		c.text += c.number_width + 1;
	} else {
		c.number_width = 0;
	}
	c.width = width - c.text > 0 ? width - c.text : 1;
	return c;
}

size_t viewtext_width(struct viewer *v)
{
	return (size_t)columns_of(v).width;
}

size_t viewtext_rows(struct viewer *v, uint64_t line)
{
	if (!v->pane.tui->options.wrap)
		return 1;
	viewtext_load(v, line);
	return wrap_rows(v->line.text.buf, v->line.text.len, viewtext_width(v));
}

/* ---- one row of text ---- */

struct brush {
	attr_t attrs;
	int pair;
};

/* Characters of one look on their way to the window. */
struct painter {
	WINDOW *win;
	int y, x, end; /* x: behind what was put; end: behind the last column */
	struct brush brush;
	wchar_t buf[256];
	int n, at; /* characters in buf, and the column of the first */
};

static void paint_flush(struct painter *p)
{
	if (p->n == 0)
		return;
	wattr_set(p->win, p->brush.attrs, (short)p->brush.pair, &p->brush.pair);
	mvwaddnwstr(p->win, p->y, p->at, p->buf, p->n);
	wattr_set(p->win, A_NORMAL, 0, NULL); /* or blanks would get it too */
	p->n = 0;
	p->at = p->x;
}

static void paint_char(struct painter *p, struct brush brush, wchar_t c, int columns)
{
	if (brush.attrs != p->brush.attrs || brush.pair != p->brush.pair ||
	    p->n == (int)ARRAY_SIZE(p->buf))
		paint_flush(p);
	p->brush = brush;
	p->buf[p->n++] = c;
	p->x += columns;
}

static wchar_t decode(const char *s, size_t len)
{
	static const unsigned char first[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	wchar_t c = (unsigned char)*s & first[len <= 4 ? len : 0];

	for (size_t i = 1; i < len; i++)
		c = (wchar_t)((unsigned)c << 6 | ((unsigned char)s[i] & 0x3f));
	return wcwidth(c) >= 0 ? c : L'?';
}

static struct brush brush_of(enum style style)
{
	struct brush b;

	theme_get(style, &b.attrs, &b.pair);
	return b;
}

/* What a log's own colours make of the style that the line has. */
static struct brush brush_of_span(const struct line_style *s, enum style base)
{
	static const struct {
		uint8_t flag;
		attr_t attr;
	} attrs[] = {
		{LINE_BOLD, A_BOLD},           {LINE_DIM, A_DIM},         {LINE_ITALIC, A_ITALIC},
		{LINE_UNDERLINE, A_UNDERLINE}, {LINE_REVERSE, A_REVERSE},
	};
	struct brush b = brush_of(s->flags & LINE_ESCAPE ? STYLE_HINT : base);

	for (size_t i = 0; i < ARRAY_SIZE(attrs); i++)
		if (s->flags & attrs[i].flag)
			b.attrs |= attrs[i].attr;
	if (s->foreground != -1 || s->background != -1)
		b.pair = theme_pair(s->foreground, s->background);
	return b;
}

struct row {
	int y;
	enum style style; /* of all of it, but for matches; NORMAL: the log's own */
	size_t from, to;  /* bytes of the line's text */
};

/* Returns whether all of it went into the columns. */
static bool paint_text(struct viewer *v, struct painter *p, const struct row *row, enum style base)
{
	const struct line *line = &v->line;
	const struct brush match = brush_of(STYLE_MATCH), all = brush_of(row->style);
	struct brush own = brush_of(base);
	size_t span = 0, m = 0, at = row->from;

	while (at < row->to) {
		int columns;
		const size_t len = line_char(line->text.buf + at, line->text.len - at, &columns);
		struct brush brush;

		for (; span < line->n_spans && line->spans[span].start <= at; span++)
			own = brush_of_span(&line->spans[span].style, base);
		while (m < v->n_matches && v->matches[m].end <= at)
			m++;
		brush = row->style == STYLE_NORMAL ? own : all;
		if (m < v->n_matches && v->matches[m].start <= at)
			brush = match;
		if (p->x + columns > p->end)
			break;
		/* a mark without its letter would join the cell on its left */
		if (columns > 0 || at > row->from)
			paint_char(p, brush, decode(line->text.buf + at, len), columns);
		at += len;
	}
	paint_flush(p);
	return at >= row->to;
}

/* ---- what stands in front of it ---- */

static void add_since(struct strbuf *sb, int64_t us)
{
	const long long ms = us / 1000, s = ms / 1000;

	if (s < 3600)
		strbuf_addf(sb, "%02lld:%02lld.%03lld", s / 60, s % 60, ms % 1000);
	else if (s < 360000)
		strbuf_addf(sb, "%lld:%02lld:%02lld.%lld", s / 3600, s / 60 % 60, s % 60,
			    ms % 1000 / 100);
	else
		strbuf_addf(sb, "%lld:%02lld:%02lld", s / 3600, s / 60 % 60, s % 60);
}

static void add_clock(struct strbuf *sb, int64_t us)
{
	const time_t t = (time_t)(us / 1000000);
	struct tm tm;

	if (localtime_r(&t, &tm))
		strbuf_addf(sb, "%02d:%02d:%02d", tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* Since the line before; nothing where they came together. */
static void add_delta(struct strbuf *sb, struct viewer *v, uint64_t line, int64_t us)
{
	uint64_t before = line;
	int64_t then = doc_prev(v->doc, &before) ? doc_time(v->doc, before) : 0;

	if (then >= 0 && us > then)
		strbuf_addf(sb, "+%lld.%03lld", (long long)((us - then) / 1000000),
			    (long long)((us - then) / 1000 % 1000));
}

static void add_time(struct strbuf *sb, struct viewer *v, uint64_t line)
{
	const int64_t us = doc_time(v->doc, line);

	if (us < 0)
		return;
	switch (v->pane.tui->options.times) {
	case TIMES_CLOCK:
		add_clock(sb, v->run.start_us + us);
		break;
	case TIMES_START:
		add_since(sb, us);
		break;
	case TIMES_DELTA:
		add_delta(sb, v, line, us);
		break;
	case TIMES_NONE:
		break;
	}
}

static char letter_of(const struct viewer *v, uint64_t line)
{
	for (int i = 0; i < VIEW_MARKS; i++)
		if (v->marks[i] == line)
			return (char)(i < 26 ? 'a' + i : 'A' + i - 26);
	return 0;
}

/* Of a folded group: whether it hides an error. */
static bool hides_error(const struct viewer *v, const struct doc_group *group)
{
	uint64_t line = group->start;

	return group->folded && doc_next_error(v->doc, &line) && line < group->end;
}

static void draw_mark(struct viewer *v, const struct row *row, uint64_t line,
		      const struct doc_group *group)
{
	const char letter = letter_of(v, line);
	const bool error = doc_is_error(v->doc, line) || (group && hides_error(v, group));
	enum style style = row->style;

	if (style == STYLE_NORMAL)
		style = letter ? STYLE_KEY : error ? STYLE_ERR : STYLE_GROUP;
	if (letter)
		draw_text(v->pane.win, row->y, 0, 1, style, &letter, 1);
	else if (group && text_locale_is_utf8())
		draw_text(v->pane.win, row->y, 0, 1, style, group->folded ? "▸" : "▾", DRAW_ALL);
	else if (group)
		draw_text(v->pane.win, row->y, 0, 1, style, group->folded ? "+" : "-", DRAW_ALL);
	else if (error)
		draw_text(v->pane.win, row->y, 0, 1, style, theme_status_mark(JCI_STATUS_ERR),
			  DRAW_ALL);
}

static void draw_front(struct viewer *v, const struct columns *c, const struct row *row,
		       uint64_t line)
{
	const enum style style = row->style == STYLE_NORMAL ? STYLE_LINE_NUMBER : row->style;
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	uint64_t number;

	if (c->text >= MARGIN)
		draw_mark(v, row, line, group_from(v, line));
	if (c->time_width) {
		add_time(&text, v, line);
		draw_right(v->pane.win, row->y, c->time, c->time_width, style, text.buf);
	}
	number = c->number_width ? doc_number(v->doc, line) : 0;
	if (number) {
		strbuf_reset(&text);
		strbuf_addf(&text, "%llu", (unsigned long long)number);
		draw_right(v->pane.win, row->y, c->number, c->number_width, style, text.buf);
	}
}

/* Behind a heading: how many lines it hides. */
static void draw_hidden(const struct viewer *v, struct painter *p, const struct row *row,
			const struct doc_group *group)
{
	enum style style = row->style == STYLE_NORMAL ? STYLE_HINT : row->style;
	cleanup_strbuf struct strbuf text = STRBUF_INIT;

	if (!group->folded || !group->lines || p->x + 2 >= p->end)
		return;
	strbuf_addf(&text, Q_("%llu line", "%llu lines", group->lines),
		    (unsigned long long)group->lines);
	if (hides_error(v, group)) {
		strbuf_addstr(&text, _(", with an error"));
		style = row->style == STYLE_NORMAL ? STYLE_ERR : row->style;
	}
	draw_text(p->win, p->y, p->x + 2, p->end - p->x - 2, style, text.buf, text.len);
}

/* In the last column: the line goes on. */
static void draw_more(const struct painter *p, const struct row *row)
{
	const enum style style = row->style == STYLE_NORMAL ? STYLE_HINT : row->style;

	draw_text(p->win, p->y, p->end - 1, 1, style, ">", 1);
}

/* ---- the screen ---- */

static enum style style_of_line(const struct viewer *v, uint64_t line)
{
	const uint64_t a = v->anchor, b = v->at.cursor;

	if (line == v->at.cursor)
		return v->pane.focused ? STYLE_CURSOR : STYLE_CURSOR_IDLE;
	if (v->selecting && line >= (a < b ? a : b) && line <= (a < b ? b : a))
		return STYLE_SELECTED;
	return STYLE_NORMAL;
}

static void place_row(struct viewer *v, const struct view_place *place, const struct columns *c,
		      struct row *row, size_t *column)
{
	const struct strbuf *text = &v->line.text;

	if (v->pane.tui->options.wrap) {
		row->from = wrap_byte(text->buf, text->len, (size_t)c->width, place->row);
		row->to = wrap_next(text->buf, text->len, row->from, (size_t)c->width);
		*column = 0;
	} else {
		row->from = line_byte_at(&v->line, v->at.left, column);
		row->to = text->len;
		*column = *column > v->at.left ? *column - v->at.left : 0;
	}
}

/* Headings stand out, the ends of groups step back. */
static enum style base_style(const struct viewer *v, const struct doc_group *group)
{
	const struct strbuf *text = &v->line.text;

	if (group)
		return STYLE_GROUP;
	if (strncmp(text->buf, "::endgroup::", 12) == 0 ||
	    strncmp(text->buf, "##[endgroup]", 12) == 0)
		return STYLE_HINT;
	return STYLE_NORMAL;
}

static void draw_row(struct viewer *v, const struct view_place *place, const struct columns *c,
		     int y)
{
	const struct doc_group *group = group_from(v, place->line);
	struct row row = {.y = y, .style = style_of_line(v, place->line)};
	struct painter p = {.win = v->pane.win, .y = y, .end = c->text + c->width};
	size_t column;

	draw_blank(v->pane.win, y, 0, view_width(v), row.style);
	if (place->row == 0)
		draw_front(v, c, &row, place->line);
	viewtext_load(v, place->line);
	place_row(v, place, c, &row, &column);
	p.x = p.at = c->text + (int)column;
	if (!paint_text(v, &p, &row, base_style(v, group)))
		draw_more(&p, &row);
	else if (group && row.to == v->line.text.len)
		draw_hidden(v, &p, &row, group);
}

void viewtext_draw(struct viewer *v)
{
	const struct columns c = columns_of(v);
	const int height = view_height(v);
	struct view_place place;
	bool more = true;

	view_adjust(v);
	place = v->at.top;
	for (int y = 0; y < height; y++) {
		if (more)
			draw_row(v, &place, &c, y);
		else
			draw_blank(v->pane.win, y, 0, view_width(v), STYLE_NORMAL);
		more = more && view_place_next(v, &place);
	}
}

/* ---- columns to the left and to the right ---- */

static void show_columns(struct viewer *v, size_t start, size_t end, size_t width)
{
	if (start >= v->at.left && end <= v->at.left + width)
		return;
	v->at.left = end <= width ? 0 : start - (start < width / 2 ? start : width / 2);
}

void viewtext_show_match(struct viewer *v)
{
	const char *text;
	size_t width, row;

	viewtext_load(v, v->at.cursor);
	if (v->n_matches == 0)
		return;
	text = v->line.text.buf;
	width = viewtext_width(v);
	if (!v->pane.tui->options.wrap) {
		show_columns(v, wrap_columns(text, v->matches[0].start),
			     wrap_columns(text, v->matches[0].end), width);
		return;
	}
	row = wrap_row(text, v->line.text.len, width, v->matches[0].start);
	if (view_rows(v, v->at.cursor) > (size_t)view_height(v))
		v->at.top = (struct view_place){.line = v->at.cursor, .row = row};
}

/* The widest line on the screen. */
static size_t widest(struct viewer *v)
{
	struct view_place place = v->at.top;
	size_t most = 0;

	for (int y = 0; y < view_height(v); y++) {
		viewtext_load(v, place.line);
		if (v->line.columns > most)
			most = v->line.columns;
		if (!view_place_next(v, &place))
			break;
	}
	return most;
}

bool viewtext_scroll_columns(struct viewer *v, bool right)
{
	const size_t width = viewtext_width(v), half = width / 2 ? width / 2 : 1;

	if (v->pane.tui->options.wrap)
		return false;
	if (right ? v->at.left + width >= widest(v) : v->at.left == 0)
		return false;
	if (right)
		v->at.left += half;
	else
		v->at.left -= v->at.left < half ? v->at.left : half;
	pane_dirty(&v->pane);
	return true;
}
