/* Where on the screen everything is: arithmetic only. Rules in tui/tui.h. */
#ifndef JCI_TUI_LAYOUT_H
#define JCI_TUI_LAYOUT_H

#include "tui/tui.h"

struct rect {
	int y, x, h, w; /* h 0: not shown */
};

enum layout_mode { LAYOUT_TOO_SMALL, LAYOUT_ONE, LAYOUT_STACKED, LAYOUT_WIDE };

struct layout_in {
	int lines, cols;
	int focus; /* PANE_... */
	int third; /* PANE_FILES or PANE_VIEWER: what stands in the third column */
	bool zoom;
};

struct layout {
	enum layout_mode mode;
	struct rect title[PANE_MAX]; /* a row above each pane that is shown */
	struct rect body[PANE_MAX];
	int rules[2]; /* columns of vertical lines, above the status line */
	int n_rules;
	struct rect status;
};

void layout_compute(struct layout *l, const struct layout_in *in);
bool layout_equal(const struct layout *a, const struct layout *b);

/*
 * The place of something above the panes that would like to have h rows and w columns (0: as many
 * as there are): its frame and, within, its body. On small screens it is all but the status line,
 * with a title row and no lines around it.
 */
struct layout_overlay {
	struct rect frame, body;
	bool boxed;
};
void layout_overlay(struct layout_overlay *o, int lines, int cols, int h, int w);

static inline bool rect_has(const struct rect *r, int y, int x)
{
	return y >= r->y && y < r->y + r->h && x >= r->x && x < r->x + r->w;
}

#endif
