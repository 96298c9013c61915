/* The mouse: a click gives the keys to a pane and selects, a double click opens, the wheel scrolls
   what is below the pointer. */
#include "tui/screen.h"
#include "util/clock.h"

enum { WHEEL_LINES = 3, DOUBLE_CLICK_US = 400000 };

/* curses' own detection of clicks would hold back the first one. */
static bool is_second_click(struct tui *tui, int y, int x)
{
	struct screen *s = tui->screen;
	int64_t now = clock_monotonic_us();
	bool twice = s->click_us && now - s->click_us <= DOUBLE_CLICK_US && s->click_y == y &&
		     s->click_x == x;

	s->click_us = twice ? 0 : now; /* a third one is a first one again */
	s->click_y = y;
	s->click_x = x;
	return twice;
}

static void click_in(struct pane *p, const struct rect *body, int y, int x, bool twice)
{
	if (p->ops->click && rect_has(body, y, x))
		p->ops->click(p, y - body->y, x - body->x, twice);
}

static int pane_at(const struct tui *tui, int y, int x)
{
	const struct layout *l = &tui->screen->layout;

	for (int i = 0; i < PANE_MAX; i++)
		if (rect_has(&l->body[i], y, x) || rect_has(&l->title[i], y, x))
			return i;
	return -1;
}

static void click(struct tui *tui, int y, int x, bool twice)
{
	struct screen *s = tui->screen;
	struct rect body;
	int i;

	if (s->top) {
		click_in(s->top->pane, &s->top->place.body, y, x, twice);
		return;
	}
	i = pane_at(tui, y, x);
	if (i < 0)
		return;
	body = s->layout.body[i]; /* where it was when the user aimed */
	tui_focus(tui, i);
	click_in(tui->panes[i], &body, y, x, twice);
}

static void wheel(struct tui *tui, int y, int x, int lines)
{
	struct screen *s = tui->screen;
	int i = pane_at(tui, y, x);
	struct pane *p = s->top ? s->top->pane : i >= 0 ? tui->panes[i] : NULL;

	if (p && p->ops->wheel)
		p->ops->wheel(p, lines);
}

void screen_mouse(struct tui *tui)
{
	struct screen *s = tui->screen;
	MEVENT event;

	if (getmouse(&event) != OK || s->prompt)
		return;
	if (status_forget(&s->status))
		s->status_dirty = true;
	if (event.bstate & BUTTON4_PRESSED)
		wheel(tui, event.y, event.x, -WHEEL_LINES);
	else if (event.bstate & BUTTON5_PRESSED)
		wheel(tui, event.y, event.x, WHEEL_LINES);
	else if (event.bstate & BUTTON1_DOUBLE_CLICKED)
		click(tui, event.y, event.x, true);
	else if (event.bstate & (BUTTON1_PRESSED | BUTTON1_CLICKED))
		click(tui, event.y, event.x, is_second_click(tui, event.y, event.x));
}
