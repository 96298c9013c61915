#include "tui/layout.h"

#include <string.h>

enum {
	MIN_LINES = 6,
	MIN_COLS = 30,
	STACK_LINES = 15, /* below: one pane, if they can't stand side by side */
	STACK_COLS = 60,
	WIDE_COLS = 100,  /* from here on side by side */
	SHARE_COLS = 160, /* from here on the viewer leaves some for the lists */
};

static enum layout_mode mode_of(const struct layout_in *in)
{
	if (in->lines < MIN_LINES || in->cols < MIN_COLS)
		return LAYOUT_TOO_SMALL;
	if (in->zoom || (in->focus == PANE_VIEWER && in->cols < SHARE_COLS))
		return LAYOUT_ONE;
	if (in->cols >= WIDE_COLS)
		return LAYOUT_WIDE;
	if (in->lines < STACK_LINES || in->cols < STACK_COLS)
		return LAYOUT_ONE;
	return LAYOUT_STACKED;
}

static void place(struct layout *l, int pane, struct rect r)
{
	l->title[pane] = (struct rect){r.y, r.x, 1, r.w};
	l->body[pane] = (struct rect){r.y + 1, r.x, r.h - 1, r.w};
}

static void stack(struct layout *l, const struct layout_in *in)
{
	int h = in->lines - 1, commits = h * 42 / 100, runs = h * 24 / 100;

	place(l, PANE_COMMITS, (struct rect){0, 0, commits, in->cols});
	place(l, PANE_RUNS, (struct rect){commits, 0, runs, in->cols});
	place(l, PANE_FILES, (struct rect){commits + runs, 0, h - commits - runs, in->cols});
}

static void side_by_side(struct layout *l, const struct layout_in *in)
{
	int w = in->cols - 2, h = in->lines - 1; /* two lines between the columns */
	int third = in->focus == PANE_VIEWER ? w * 60 / 100 : w * 28 / 100;
	int runs = (w - third) * 32 / (40 + 32), commits = w - third - runs;

	place(l, PANE_COMMITS, (struct rect){0, 0, h, commits});
	place(l, PANE_RUNS, (struct rect){0, commits + 1, h, runs});
	place(l, in->focus == PANE_VIEWER ? PANE_VIEWER : in->third,
	      (struct rect){0, commits + runs + 2, h, third});
	l->rules[0] = commits;
	l->rules[1] = commits + runs + 1;
	l->n_rules = 2;
}

void layout_compute(struct layout *l, const struct layout_in *in)
{
	memset(l, 0, sizeof(*l));
	l->mode = mode_of(in);
	if (l->mode == LAYOUT_TOO_SMALL)
		return;
	l->status = (struct rect){in->lines - 1, 0, 1, in->cols};
	if (l->mode == LAYOUT_ONE)
		place(l, in->focus, (struct rect){0, 0, in->lines - 1, in->cols});
	else if (l->mode == LAYOUT_STACKED)
		stack(l, in);
	else
		side_by_side(l, in);
}

static bool rect_equal(const struct rect *a, const struct rect *b)
{
	return a->y == b->y && a->x == b->x && a->h == b->h && a->w == b->w;
}

bool layout_equal(const struct layout *a, const struct layout *b)
{
	for (int i = 0; i < PANE_MAX; i++)
		if (!rect_equal(&a->body[i], &b->body[i]))
			return false;
	return a->mode == b->mode && rect_equal(&a->status, &b->status);
}

static int at_most(int wanted, int limit)
{
	return wanted > 0 && wanted < limit ? wanted : limit;
}

void layout_overlay(struct layout_overlay *o, int lines, int cols, int h, int w)
{
	struct rect *f = &o->frame;

	o->boxed = lines >= STACK_LINES && cols >= STACK_COLS;
	if (!o->boxed) {
		*f = (struct rect){0, 0, lines > 1 ? lines - 1 : 1, cols};
		o->body = (struct rect){1, 0, f->h - 1, cols};
		return;
	}
	f->h = at_most(h + (h > 0 ? 2 : 0), lines - 3);
	f->w = at_most(w + (w > 0 ? 4 : 0), cols - 4);
	f->y = (lines - 1 - f->h) / 2;
	f->x = (cols - f->w) / 2;
	o->body = (struct rect){f->y + 1, f->x + 2, f->h - 2, f->w - 4};
}
