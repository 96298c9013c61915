/*
 * The cursor in a list of rows and the part of it that is shown. Rows are numbered from 0; there
 * may be more of them later.
 */
#ifndef JCI_TUI_LIST_H
#define JCI_TUI_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "tui/action.h"

struct list {
	size_t n;      /* rows */
	size_t cursor; /* < n, or 0 */
	size_t top;    /* first row shown */
	int height;    /* rows that can be shown */
};

/* Moves by one of the actions UP ... LAST; false for any other action. */
bool list_act(struct list *list, enum action_id id);
/* To a row, scrolled as little as shows it. */
void list_goto(struct list *list, size_t row);
/* After n or the height changed: keeps the cursor in it, and visible. */
void list_adjust(struct list *list);
/* The wheel: scrolls by lines, the cursor stays in view. */
void list_scroll(struct list *list, int lines);

#endif
