/* Moving about in text and in hexadecimal: lines, rows, pages. */
#include "tui/viewerpriv.h"

#include <stdlib.h>
#include <string.h>

/* ---- lines of either mode ---- */

bool view_next(struct viewer *v, uint64_t *line)
{
	if (v->mode != VIEWER_HEX)
		return doc_next(v->doc, line);
	if (*line + viewhex_bytes(v) >= doc_size(v->doc))
		return false;
	*line += viewhex_bytes(v);
	return true;
}

bool view_prev(struct viewer *v, uint64_t *line)
{
	if (v->mode != VIEWER_HEX)
		return doc_prev(v->doc, line);
	if (*line == 0)
		return false;
	*line -= *line < viewhex_bytes(v) ? *line : viewhex_bytes(v);
	return true;
}

uint64_t view_last(struct viewer *v)
{
	const uint64_t size = doc_size(v->doc);

	if (v->mode != VIEWER_HEX)
		return doc_last(v->doc);
	return size ? (size - 1) / viewhex_bytes(v) * viewhex_bytes(v) : 0;
}

uint64_t view_line_at(struct viewer *v, uint64_t offset)
{
	const uint64_t last = view_last(v);

	if (offset >= last)
		return last;
	if (v->mode != VIEWER_HEX)
		return doc_line_at(v->doc, offset);
	return offset / viewhex_bytes(v) * viewhex_bytes(v);
}

size_t view_rows(struct viewer *v, uint64_t line)
{
	return v->mode == VIEWER_HEX ? 1 : viewtext_rows(v, line);
}

/* ---- rows ---- */

bool view_place_next(struct viewer *v, struct view_place *place)
{
	if (place->row + 1 < view_rows(v, place->line)) {
		place->row++;
		return true;
	}
	if (!view_next(v, &place->line))
		return false;
	place->row = 0;
	return true;
}

static bool place_prev(struct viewer *v, struct view_place *place)
{
	if (place->row > 0) {
		place->row--;
		return true;
	}
	if (!view_prev(v, &place->line))
		return false;
	place->row = view_rows(v, place->line) - 1;
	return true;
}

static void place_move(struct viewer *v, struct view_place *place, long rows)
{
	for (; rows > 0 && view_place_next(v, place); rows--)
		;
	for (; rows < 0 && place_prev(v, place); rows++)
		;
}

static bool place_is_behind(const struct view_place *a, const struct view_place *b)
{
	return a->line > b->line || (a->line == b->line && a->row > b->row);
}

/* No blank rows below the end while there is text above. */
static void limit_top(struct viewer *v)
{
	struct view_place most = {.line = view_last(v)};

	if (v->at.top.line == 0 && v->at.top.row == 0)
		return;
	most.row = view_rows(v, most.line) - 1;
	place_move(v, &most, -(long)(view_height(v) - 1));
	if (place_is_behind(&v->at.top, &most))
		v->at.top = most;
}

/*
 * Rows from the top of the screen to the first one of the cursor's line; negative where that begins
 * above it, the height where it is further down.
 */
static long cursor_row(struct viewer *v)
{
	struct view_place place = v->at.top;
	const long height = view_height(v);
	long y = 0;

	if (v->at.cursor == place.line)
		return -(long)place.row;
	if (v->at.cursor < place.line)
		return -(long)view_rows(v, v->at.cursor);
	while (y < height && place.line < v->at.cursor && view_place_next(v, &place))
		y++;
	return y;
}

static void show_cursor(struct viewer *v)
{
	const long height = view_height(v), rows = (long)view_rows(v, v->at.cursor);
	const long y = cursor_row(v);
	const bool high = rows > height;
	struct view_place top = {.line = v->at.cursor};

	if (high ? y < height && y + rows > 0 : y >= 0 && y + rows <= height)
		return;
	if (v->center)
		place_move(v, &top, high ? 0 : -(height - rows) / 2);
	else if (y < 0)
		top.row = high ? (size_t)(rows - height) : 0;
	else
		place_move(v, &top, high ? -(height - 1) : -(height - rows));
	v->at.top = top;
}

void view_adjust(struct viewer *v)
{
	struct view_spot *at = &v->at;
	const uint64_t top = view_line_at(v, at->top.line);
	size_t rows;

	if (top != at->top.line)
		at->top = (struct view_place){.line = top};
	rows = view_rows(v, top);
	if (at->top.row >= rows)
		at->top.row = rows - 1;
	at->cursor = v->follow && at->at_end ? view_last(v) : view_line_at(v, at->cursor);
	show_cursor(v);
	limit_top(v);
	v->center = false;
}

/* ---- moving ---- */

void view_moved(struct viewer *v)
{
	v->at.at_end = !doc_is_complete(v->doc) && v->at.cursor == view_last(v);
	v->want_line = 0;
	view_search_stop(v);
	pane_dirty(&v->pane);
}

/* A line higher than the screen is scrolled through before the cursor leaves it. */
static bool scroll_within(struct viewer *v, int dir)
{
	const long height = view_height(v), rows = (long)view_rows(v, v->at.cursor);
	long y;

	if (rows <= height)
		return false;
	y = cursor_row(v);
	if (dir > 0 ? y + rows <= height : y >= 0)
		return false;
	place_move(v, &v->at.top, dir);
	return true;
}

static void step(struct viewer *v, int dir)
{
	if (scroll_within(v, dir))
		return;
	if (dir > 0)
		view_next(v, &v->at.cursor);
	else
		view_prev(v, &v->at.cursor);
}

static void page(struct viewer *v, long rows)
{
	const struct view_place before = v->at.top;
	struct view_place place;
	long y = cursor_row(v);

	if (y < 0)
		y = 0;
	place_move(v, &v->at.top, rows);
	limit_top(v);
	if (v->at.top.line == before.line && v->at.top.row == before.row) {
		v->at.cursor = rows > 0 ? view_last(v) : view_line_at(v, 0);
		return;
	}
	place = v->at.top;
	place_move(v, &place, y);
	v->at.cursor = place.line;
}

void view_goto_end(struct viewer *v)
{
	v->jumped = v->at.cursor;
	v->at.cursor = view_last(v);
	view_moved(v);
}

bool view_move(struct viewer *v, enum action_id id)
{
	const long height = view_height(v);

	view_adjust(v);
	switch (id) {
	case ACT_UP:
		step(v, -1);
		break;
	case ACT_DOWN:
		step(v, 1);
		break;
	case ACT_PAGE_UP:
		page(v, -height);
		break;
	case ACT_PAGE_DOWN:
		page(v, height);
		break;
	case ACT_HALF_UP:
		page(v, -((height + 1) / 2));
		break;
	case ACT_HALF_DOWN:
		page(v, (height + 1) / 2);
		break;
	case ACT_FIRST:
		v->jumped = v->at.cursor;
		v->at.cursor = view_line_at(v, 0);
		v->at.top = (struct view_place){.line = v->at.cursor};
		break;
	case ACT_LAST:
		view_goto_end(v);
		break;
	default:
		return false;
	}
	view_moved(v);
	return true;
}

bool view_line_of_row(struct viewer *v, int y, uint64_t *line)
{
	struct view_place place = v->at.top;

	for (; y > 0; y--)
		if (!view_place_next(v, &place))
			return false;
	*line = place.line;
	return true;
}

void view_scroll(struct viewer *v, int rows)
{
	long y;

	view_adjust(v);
	place_move(v, &v->at.top, rows);
	limit_top(v);
	y = cursor_row(v);
	if (y < 0)
		v->at.cursor = v->at.top.line;
	else if (y >= view_height(v))
		view_line_of_row(v, view_height(v) - 1, &v->at.cursor);
	/* a wrapped line that is not all on the screen would scroll it back */
	if (rows > 0 && cursor_row(v) < 0)
		view_next(v, &v->at.cursor);
	else if (rows < 0 && v->at.cursor > v->at.top.line &&
		 cursor_row(v) + (long)view_rows(v, v->at.cursor) > view_height(v))
		view_prev(v, &v->at.cursor);
	view_moved(v);
}

/* ---- going far ---- */

void view_goto(struct viewer *v, uint64_t line)
{
	v->jumped = v->at.cursor;
	v->fold_known = true;
	if (v->mode == VIEWER_TEXT)
		doc_reveal(v->doc, line);
	v->at.cursor = view_line_at(v, line);
	v->center = true;
	viewtext_forget(v);
	view_moved(v);
}

void view_goto_number(struct viewer *v, uint64_t number)
{
	uint64_t line;

	if (doc_by_number(v->doc, number, &line)) {
		view_goto(v, line);
		return;
	}
	v->want_line = number;
	pane_dirty(&v->pane);
}

static void goto_percent(struct viewer *v, uint64_t percent)
{
	const uint64_t size = doc_size(v->doc);

	if (percent >= 100)
		view_goto_end(v);
	else
		view_goto(v, view_line_at(v, size / 100 * percent + size % 100 * percent / 100));
}

int view_goto_text(struct viewer *v, const char *text)
{
	char *end;
	uint64_t n;

	if (!strchr("0123456789", *text) || !*text)
		return 0;
	n = strtoull(text, &end, v->mode == VIEWER_HEX ? 0 : 10);
	if (strcmp(end, "%") == 0)
		goto_percent(v, n);
	else if (*end)
		return 0;
	else if (v->mode == VIEWER_HEX)
		view_goto(v, n);
	else
		view_goto_number(v, n ? n : 1);
	return 1;
}
