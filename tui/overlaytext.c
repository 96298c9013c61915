/* Text above the panes: wrapped at words, scrolled and searched like the panes. */
#include "tui/draw.h"
#include "tui/list.h"
#include "tui/overlay.h"
#include "tui/screen.h"
#include "util/alloc.h"
#include "util/gettext.h"
#include "util/pattern.h"
#include "util/text.h"

enum { WIDTH_MAX = 100, TAB_WIDTH = 8, HEADING = '\1', KEYS = '\2', INDENT_STEP = 2 };

struct text_line {
	size_t start, len; /* in text */
	enum style style;
	size_t keys; /* its first bytes are keys */
};

/* A part of a line, as wide as the window at most. */
struct text_row {
	size_t start, len;
	size_t line;
	int indent;
};

struct text_view {
	struct pane pane;
	struct overlay_text given; /* without title and text */
	char *title;
	struct strbuf text;
	struct text_line *lines;
	size_t n_lines, lines_cap;
	struct text_row *rows;
	size_t n_rows, rows_cap;
	int width;        /* that the rows are made for */
	struct list list; /* its cursor is the row at the top */
	bool placed;      /* at_end has been heeded */
	struct pattern *pattern;
	bool searching;
	size_t search_from; /* row where the search began */
	size_t found;       /* row of the last match */
};

static struct text_view *view_of(const struct pane *p)
{
	return (struct text_view *)p;
}

/* ---- rows ---- */

/* Columns up to what stands behind the last gap of a line: where the text of a table begins. */
static int hanging_indent(const char *line, size_t len, int width)
{
	size_t at = 0;
	int columns;

	for (size_t i = 2; i < len; i++)
		if (line[i] != ' ' && line[i - 1] == ' ' && line[i - 2] == ' ')
			at = i;
	columns = at ? draw_width(line, at) : 0;
	if (columns && columns <= width / 2)
		return columns;
	at = 0;
	while (at < len && line[at] == ' ')
		at++;
	return (int)at + INDENT_STEP < width / 2 ? (int)at + INDENT_STEP : 0;
}

/* How much of the line goes into `width` columns, ended at a blank if there is one. */
static size_t fitting(const char *line, size_t len, int width)
{
	size_t at = 0, blank = 0;
	int columns = 0;

	while (at < len) {
		size_t n = utf8_sequence(line + at, len - at);

		n = n ? n : 1;
		columns += draw_width(line + at, n);
		if (columns > width)
			break;
		if (line[at] == ' ')
			blank = at;
		at += n;
	}
	if (at == len || line[at] == ' ')
		return at;
	if (blank && strspn(line, " ") < blank)
		return blank;
	return at ? at : 1;
}

static void wrap_line(struct text_view *v, size_t i)
{
	const struct text_line *line = &v->lines[i];
	struct text_row row = {line->start, 0, i, 0};
	size_t end = line->start + line->len;
	int hanging = hanging_indent(v->text.buf + line->start, line->len, v->width);

	do {
		row.len = fitting(v->text.buf + row.start, end - row.start, v->width - row.indent);
		ARRAY_GROW(v->rows, v->n_rows + 1, v->rows_cap);
		v->rows[v->n_rows++] = row;
		row.start += row.len;
		while (row.start < end && v->text.buf[row.start] == ' ')
			row.start++;
		row.indent = hanging;
	} while (row.start < end);
}

/* The list's rows are the places where the top can be. */
static void set_height(struct text_view *v, int height)
{
	size_t shown = height > 0 ? (size_t)height : 1;

	v->list.n = v->n_rows > shown ? v->n_rows - shown + 1 : 1;
	v->list.height = height;
	if (!v->placed && v->given.at_end)
		v->list.cursor = v->list.n - 1;
	v->placed = true;
	list_adjust(&v->list);
}

/* After the size changed; the same line stays at the top. */
static void wrap(struct text_view *v, int height, int width)
{
	size_t line = v->list.cursor < v->n_rows ? v->rows[v->list.cursor].line : 0, row = 0;

	if (width != v->width) {
		v->width = width;
		v->n_rows = 0;
		for (size_t i = 0; i < v->n_lines; i++)
			wrap_line(v, i);
		while (row + 1 < v->n_rows && v->rows[row].line < line)
			row++;
		v->list.cursor = row;
	}
	set_height(v, height);
}

/* ---- text ---- */

/* Tabs as blanks, so that columns stay; a carriage return at the end of a line is left out. */
static void add_text(struct strbuf *sb, const char *s, size_t len)
{
	size_t start = sb->len;

	if (len && s[len - 1] == '\r')
		len--;
	for (size_t i = 0; i < len; i++) {
		if (s[i] != '\t') {
			strbuf_addch(sb, s[i]);
			continue;
		}
		do
			strbuf_addch(sb, ' ');
		while ((sb->len - start) % TAB_WIDTH);
	}
}

static void add_line(struct text_view *v, const char *s, size_t len)
{
	struct text_line line = {v->text.len, 0, STYLE_NORMAL, 0};
	const char *end;

	if (len && *s == HEADING) {
		line.style = STYLE_GROUP;
		s++;
		len--;
	} else if (len && *s == KEYS && (end = memchr(s + 1, KEYS, len - 1))) {
		line.keys = (size_t)(end - s - 1);
		add_text(&v->text, s + 1, line.keys);
		len -= line.keys + 2;
		s = end + 1;
	}
	add_text(&v->text, s, len);
	line.len = v->text.len - line.start;
	ARRAY_GROW(v->lines, v->n_lines + 1, v->lines_cap);
	v->lines[v->n_lines++] = line;
}

static void add_lines(struct text_view *v, const char *s)
{
	while (*s) {
		size_t len = strcspn(s, "\n");

		add_line(v, s, len);
		s += len + (s[len] == '\n');
	}
}

/* ---- operations ---- */

static void title(const struct pane *p, struct strbuf *left, struct strbuf *right)
{
	const struct text_view *v = view_of(p);
	size_t last = v->list.cursor + (v->list.height > 0 ? (size_t)v->list.height : 0);

	strbuf_addf(left, " %s", v->title);
	if (v->given.accept && v->given.accept_hint)
		strbuf_addf(left, "  (%s)", v->given.accept_hint);
	if (v->n_rows && v->list.n > 1)
		strbuf_addf(right, "%zu%% ",
			    (last < v->n_rows ? last : v->n_rows) * 100 / v->n_rows);
}

static void mark_matches(struct text_view *v, int y, const struct text_row *row, int x)
{
	const char *text = v->text.buf + row->start;
	size_t from = 0, start, end;

	while (v->pattern && pattern_find(v->pattern, text, row->len, from, &start, &end)) {
		int at = x + draw_width(text, start), width = draw_width(text + start, end - start);

		draw_restyle(v->pane.win, y, at, width, STYLE_MATCH);
		from = end;
	}
}

static void draw_row(struct text_view *v, int y, const struct text_row *row)
{
	const struct text_line *line = &v->lines[row->line];
	const char *text = v->text.buf + row->start;
	size_t keys = row->start == line->start ? line->keys : 0;

	keys = keys < row->len ? keys : row->len;
	draw_text(v->pane.win, y, row->indent, v->width - row->indent, line->style, text, row->len);
	if (keys)
		draw_restyle(v->pane.win, y, row->indent, draw_width(text, keys), STYLE_KEY);
	mark_matches(v, y, row, row->indent);
}

static void draw(struct pane *p)
{
	struct text_view *v = view_of(p);
	int height, width;

	getmaxyx(p->win, height, width);
	wrap(v, height, width);
	werase(p->win);
	for (int y = 0; y < height && v->list.cursor + (size_t)y < v->n_rows; y++)
		draw_row(v, y, &v->rows[v->list.cursor + (size_t)y]);
}

static bool row_matches(struct text_view *v, size_t i)
{
	size_t start, end;

	return pattern_find(v->pattern, v->text.buf + v->rows[i].start, v->rows[i].len, 0, &start,
			    &end);
}

/* Puts the next row that matches at the top, from `row` on, around the end. */
static bool find(struct text_view *v, size_t row, bool forward)
{
	for (size_t i = 0; v->pattern && i < v->n_rows; i++) {
		size_t at = (row + (forward ? i : v->n_rows - i)) % v->n_rows;

		if (!row_matches(v, at))
			continue;
		v->found = at;
		if (at < v->list.cursor || at >= v->list.cursor + (size_t)v->list.height)
			list_goto(&v->list, at);
		return true;
	}
	return false;
}

static void find_next(struct text_view *v, bool forward)
{
	size_t n = v->n_rows;

	if (!n || !find(v, (v->found + (forward ? 1 : n - 1)) % n, forward))
		tui_say(v->pane.tui, "%s", _("no match"));
	pane_dirty(&v->pane);
}

static void search(struct pane *p, const char *pattern, enum search_step step)
{
	struct text_view *v = view_of(p);

	if (!v->searching) {
		v->search_from = v->list.cursor;
		v->searching = true;
	}
	pattern_free(v->pattern);
	v->pattern = step == SEARCH_CANCEL ? NULL : pattern_new(pattern);
	list_goto(&v->list, v->search_from);
	if (!find(v, v->search_from, true) && step == SEARCH_ACCEPT)
		tui_say(p->tui, _("no match for '%s'"), pattern);
	if (step != SEARCH_TYPED)
		v->searching = false;
	pane_dirty(p);
}

static void accept(struct text_view *v)
{
	struct tui *tui = v->pane.tui;
	void (*call)(struct tui * tui, void *ctx) = v->given.accept;

	tui_pop(tui);
	if (call)
		call(tui, v->given.ctx);
}

static int act(struct pane *p, const struct call *call, struct jci_error *err)
{
	struct text_view *v = view_of(p);

	(void)err;
	if (list_act(&v->list, call->id)) {
		pane_dirty(p);
		return 1;
	}
	switch (call->id) {
	case ACT_OPEN:
		accept(v);
		return 1;
	case ACT_NEXT:
	case ACT_PREV:
		find_next(v, call->id == ACT_NEXT);
		return 1;
	default:
		return 0;
	}
}

static void wheel(struct pane *p, int lines)
{
	struct text_view *v = view_of(p);
	size_t by = (size_t)(lines < 0 ? -lines : lines);

	list_goto(&v->list, lines > 0             ? v->list.cursor + by
			    : v->list.cursor > by ? v->list.cursor - by
						  : 0);
	pane_dirty(p);
}

static const enum action_id *hints(const struct pane *p)
{
	static const enum action_id text_hints[] = {ACT_CLOSE, ACT_SEARCH, ACT_NEXT, ACT_NONE};
	static const enum action_id accept_hints[] = {ACT_OPEN, ACT_CLOSE, ACT_SEARCH, ACT_NONE};

	return view_of(p)->given.accept ? accept_hints : text_hints;
}

static void release(struct pane *p)
{
	struct text_view *v = view_of(p);

	if (v->given.release)
		v->given.release(v->given.ctx);
	pattern_free(v->pattern);
	strbuf_release(&v->text);
	free(v->title);
	free(v->lines);
	free(v->rows);
	free(v);
}

static const struct pane_ops text_ops = {
	.name = "text",
	.scope = SCOPE_VIEWER, /* keys of a viewer, where the user changed some */
	.title = title,
	.draw = draw,
	.act = act,
	.hints = hints,
	.wheel = wheel,
	.search = search,
	.release = release,
};

static bool is_open(const struct tui *tui, const char *name)
{
	const struct above *top = tui->screen->top;

	return top && top->pane->ops == &text_ops && strcmp(view_of(top->pane)->title, name) == 0;
}

/* Columns of the longest line, or of the title. */
static int widest(const struct text_view *v)
{
	int width = draw_width(v->title, DRAW_ALL) + 8;

	if (v->given.accept && v->given.accept_hint)
		width += draw_width(v->given.accept_hint, DRAW_ALL) + 4;
	for (size_t i = 0; i < v->n_lines; i++) {
		int w = draw_width(v->text.buf + v->lines[i].start, v->lines[i].len);

		width = w > width ? w : width;
	}
	return width < WIDTH_MAX ? width : WIDTH_MAX;
}

/* Rows in the width that it will get. */
static int wrapped_height(struct text_view *v, int width)
{
	struct layout_overlay place;

	layout_overlay(&place, LINES, COLS, 0, width);
	wrap(v, place.body.h, place.body.w > 0 ? place.body.w : 1);
	v->placed = false;
	return v->n_rows < (size_t)LINES ? (int)v->n_rows : LINES;
}

void overlay_text(struct tui *tui, const struct overlay_text *text)
{
	struct text_view *v = xcalloc(1, sizeof(*v));
	int width;

	*v = (struct text_view){.pane = {.ops = &text_ops}, .given = *text, .text = STRBUF_INIT};
	v->title = xstrdup(text->title);
	v->given.title = v->given.text = NULL;
	add_lines(v, text->text);
	if (is_open(tui, text->title))
		tui_pop(tui);
	width = widest(v);
	screen_push(tui, &v->pane, tui->screen->started ? wrapped_height(v, width) : 0, width);
}
