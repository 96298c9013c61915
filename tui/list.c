#include "tui/list.h"

static size_t rows_shown(const struct list *list)
{
	return list->height > 0 ? (size_t)list->height : 1;
}

static size_t last_top(const struct list *list)
{
	size_t shown = rows_shown(list);

	return list->n > shown ? list->n - shown : 0;
}

static size_t minus(size_t a, size_t b)
{
	return a > b ? a - b : 0;
}

void list_adjust(struct list *list)
{
	size_t shown = rows_shown(list);

	if (list->cursor >= list->n)
		list->cursor = minus(list->n, 1);
	if (list->top > list->cursor)
		list->top = list->cursor;
	else if (list->cursor - list->top >= shown)
		list->top = list->cursor - shown + 1;
	if (list->top > last_top(list))
		list->top = last_top(list);
}

void list_goto(struct list *list, size_t row)
{
	list->cursor = row;
	list_adjust(list);
}

/* The cursor stays at its height on the screen while there is more to scroll to. */
static void page(struct list *list, size_t rows, bool down)
{
	rows = rows > 0 ? rows : 1;
	list->top = down ? list->top + rows : minus(list->top, rows);
	if (list->top > last_top(list))
		list->top = last_top(list);
	list_goto(list, down ? list->cursor + rows : minus(list->cursor, rows));
}

bool list_act(struct list *list, enum action_id id)
{
	switch (id) {
	case ACT_UP:
		list_goto(list, minus(list->cursor, 1));
		return true;
	case ACT_DOWN:
		list_goto(list, list->cursor + 1);
		return true;
	case ACT_PAGE_UP:
	case ACT_PAGE_DOWN:
		page(list, rows_shown(list), id == ACT_PAGE_DOWN);
		return true;
	case ACT_HALF_UP:
	case ACT_HALF_DOWN:
		page(list, rows_shown(list) / 2, id == ACT_HALF_DOWN);
		return true;
	case ACT_FIRST:
		list_goto(list, 0);
		return true;
	case ACT_LAST:
		list_goto(list, minus(list->n, 1));
		return true;
	default:
		return false;
	}
}

void list_scroll(struct list *list, int lines)
{
	size_t shown = rows_shown(list);

	list->top = lines < 0 ? minus(list->top, (size_t)-lines) : list->top + (size_t)lines;
	if (list->top > last_top(list))
		list->top = last_top(list);
	if (list->cursor < list->top)
		list->cursor = list->top;
	else if (list->cursor - list->top >= shown)
		list->cursor = list->top + shown - 1;
	list_adjust(list);
}
