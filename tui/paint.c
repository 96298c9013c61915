/*
 * Drawing. What changed is collected while input is handled and drawn once, before the loop
 * sleeps, and only when the terminal has taken what was drawn before: however fast keys come, no
 * more than one screen is on its way.
 */
#include <poll.h>
#include <unistd.h>

#include "tui/draw.h"
#include "tui/screen.h"
#include "tui/term.h"
#include "util/clock.h"
#include "util/gettext.h"
#include "util/text.h"

enum { PATIENCE_US = 10000, ROUNDS_MAX = 3 };

/* ---- windows ---- */

static void window_free(WINDOW **win)
{
	if (*win)
		delwin(*win);
	*win = NULL;
}

static WINDOW *window_new(const struct rect *r)
{
	WINDOW *win = r->h > 0 && r->w > 0 ? newwin(r->h, r->w, r->y, r->x) : NULL;

	if (win)
		leaveok(win, TRUE); /* no bytes for a cursor that nobody sees */
	return win;
}

void screen_release_windows(struct tui *tui)
{
	struct screen *s = tui->screen;

	for (int i = 0; i < PANE_MAX; i++)
		if (tui->panes[i])
			window_free(&tui->panes[i]->win);
	for (struct above *a = s->top; a; a = a->below) {
		window_free(&a->pane->win);
		window_free(&a->frame);
	}
	window_free(&s->status_win);
}

static void begin_border(WINDOW *win)
{
	attr_t attrs;
	int pair;

	theme_get(STYLE_BORDER, &attrs, &pair);
	wattr_set(win, attrs, (short)pair, &pair);
}

/* As characters, not by the terminal's other set: some would show letters. */
static void draw_rules(const struct layout *l)
{
	begin_border(stdscr);
	for (int i = 0; i < l->n_rules; i++)
		if (text_locale_is_utf8())
			mvwvline_set(stdscr, 0, l->rules[i], WACS_VLINE, l->status.y);
		else
			mvwvline(stdscr, 0, l->rules[i], '|', l->status.y);
	wattr_set(stdscr, A_NORMAL, 0, NULL);
}

static void say_too_small(void)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;

	strbuf_addf(&text, _("%dx%d is too small; 30x6 will do"), COLS, LINES);
	draw_text(stdscr, 0, 0, COLS, STYLE_NORMAL, text.buf, text.len);
}

static void draw_frame(const struct above *a)
{
	if (!a->place.boxed)
		return;
	begin_border(a->frame);
	if (text_locale_is_utf8())
		wborder_set(a->frame, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
	else
		wborder(a->frame, '|', '|', '-', '-', '+', '+', '+', '+');
	wattr_set(a->frame, A_NORMAL, 0, NULL);
}

static void place_above(struct above *a)
{
	layout_overlay(&a->place, LINES, COLS, a->want_h, a->want_w);
	window_free(&a->pane->win);
	window_free(&a->frame);
	a->frame = window_new(&a->place.frame);
	a->pane->win = window_new(&a->place.body);
	a->pane->dirty = true;
	if (a->frame)
		draw_frame(a);
}

static struct layout compute(const struct tui *tui)
{
	const struct screen *s = tui->screen;
	struct layout_in in = {LINES, COLS, tui->focus, s->third, s->zoom};
	struct layout l;

	layout_compute(&l, &in);
	return l;
}

static void lay_out_panes(struct tui *tui, const struct layout *l)
{
	struct screen *s = tui->screen;

	s->layout = *l;
	screen_release_windows(tui);
	werase(stdscr);
	for (int i = 0; i < PANE_MAX; i++) {
		tui->panes[i]->win = window_new(&l->body[i]);
		tui->panes[i]->dirty = true;
	}
	s->status_win = window_new(&l->status);
	s->status_dirty = true;
	if (l->mode == LAYOUT_TOO_SMALL)
		say_too_small();
	else
		draw_rules(l);
}

/* Overlays that were opened have no windows yet; all lose theirs when the screen's size changes. */
static void lay_out(struct tui *tui)
{
	struct screen *s = tui->screen;
	struct layout l = compute(tui);

	s->lay_out = false;
	if (!s->status_win || s->clear || !layout_equal(&l, &s->layout))
		lay_out_panes(tui, &l);
	else
		for (int i = 0; i < PANE_MAX; i++)
			tui->panes[i]->dirty = true; /* the title, and how the cursor looks */
	if (l.mode == LAYOUT_TOO_SMALL)
		return;
	for (struct above *a = s->top; a; a = a->below)
		if (!a->pane->win)
			place_above(a);
}

/* ---- drawing ---- */

static void draw_title(const struct pane *p, WINDOW *win, const struct rect *r, bool focused)
{
	cleanup_strbuf struct strbuf left = STRBUF_INIT, right = STRBUF_INIT;
	enum style style = focused ? STYLE_TITLE_FOCUS : STYLE_TITLE;
	int width;

	p->ops->title(p, &left, &right);
	width = right.len ? draw_width(right.buf, right.len) + 1 : 0;
	if (width > r->w / 2)
		width = 0;
	draw_blank(win, r->y, r->x, r->w, style);
	draw_text(win, r->y, r->x, r->w - width, style, left.buf, left.len);
	if (width)
		draw_right(win, r->y, r->x + r->w - width, width, style, right.buf);
}

static bool paint_panes(struct tui *tui)
{
	struct screen *s = tui->screen;
	bool painted = false;

	for (int i = 0; i < PANE_MAX; i++) {
		struct pane *p = tui->panes[i];

		if (!p->win || !p->dirty)
			continue;
		p->ops->draw(p);
		p->dirty = false;
		draw_title(p, stdscr, &s->layout.title[i], p->focused);
		painted = true;
	}
	if (is_wintouched(stdscr)) {
		wnoutrefresh(stdscr);
		painted = true;
	}
	for (int i = 0; i < PANE_MAX; i++)
		if (tui->panes[i]->win)
			wnoutrefresh(tui->panes[i]->win);
	return painted;
}

/* From the lowest up. */
static void paint_above(struct tui *tui, struct above *a, bool covered)
{
	struct pane *p;

	if (!a)
		return;
	paint_above(tui, a->below, covered);
	p = a->pane;
	if (!p->win || !a->frame)
		return;
	if (p->dirty) {
		struct rect title = {0, a->place.boxed ? 1 : 0, 1,
				     a->place.frame.w - (a->place.boxed ? 2 : 0)};

		p->ops->draw(p);
		p->dirty = false;
		draw_title(p, a->frame, &title, true);
	} else if (!covered && a == tui->screen->top) {
		return;
	}
	touchwin(a->frame);
	touchwin(p->win);
	wnoutrefresh(a->frame);
	wnoutrefresh(p->win);
}

static void show_cursor(struct screen *s, int shown)
{
	if (s->cursor_shown == shown)
		return;
	curs_set(shown);
	leaveok(s->status_win, !shown);
	s->cursor_shown = shown;
}

static void paint_status(struct tui *tui)
{
	struct screen *s = tui->screen;

	if (!s->status_win)
		return;
	show_cursor(s, s->prompt != NULL);
	if (s->status_dirty && s->prompt)
		prompt_draw(tui, s->status_win);
	else if (s->status_dirty)
		status_draw(tui, s->status_win);
	s->status_dirty = false;
	wnoutrefresh(s->status_win); /* the last one places the cursor */
}

/* What was beneath an overlay is still in the panes' windows. */
static void uncover(struct tui *tui)
{
	struct screen *s = tui->screen;

	touchwin(stdscr);
	for (int i = 0; i < PANE_MAX; i++)
		if (tui->panes[i]->win)
			touchwin(tui->panes[i]->win);
	if (s->status_win)
		touchwin(s->status_win);
	s->uncover = false;
}

static void paint_round(struct tui *tui)
{
	struct screen *s = tui->screen;
	bool clear = s->clear, painted;

	if (clear)
		s->lay_out = true;
	if (s->lay_out)
		lay_out(tui);
	if (clear)
		clearok(curscr, TRUE);
	s->clear = false;
	if (s->uncover)
		uncover(tui);
	painted = paint_panes(tui);
	s->status_dirty = s->status_dirty || painted; /* branch, filter and hints are the panes' */
	paint_above(tui, s->top, painted);
	paint_status(tui);
}

bool screen_is_dirty(const struct tui *tui)
{
	const struct screen *s = tui->screen;

	if (s->lay_out || s->clear || s->uncover || (s->status_dirty && s->status_win))
		return true;
	for (int i = 0; i < PANE_MAX; i++)
		if (tui->panes[i]->win && tui->panes[i]->dirty)
			return true;
	for (const struct above *a = s->top; a; a = a->below)
		if (a->pane->win && a->pane->dirty)
			return true;
	return false;
}

/* ---- when ---- */

static void stop_waiting(struct tui *tui)
{
	struct screen *s = tui->screen;

	if (s->waits_for_poll)
		loop_unwatch(tui->loop, STDOUT_FILENO);
	s->waits_for_poll = false;
	loop_timer_stop(tui->loop, &s->patience);
}

static void now_writable(void *ctx, short revents)
{
	struct tui *tui = ctx;

	(void)revents;
	stop_waiting(tui);
	tui->screen->was_polled = true;
}

static void waited(void *ctx)
{
	struct tui *tui = ctx;

	tui->screen->was_polled = false;
}

/* poll(2) may call a terminal writable that has bytes queued still: then time has to pass. */
static void wait_until_writable(struct tui *tui)
{
	struct screen *s = tui->screen;

	if (s->waits_for_poll || s->patience.due_us)
		return;
	if (s->was_polled) {
		s->patience.fn = waited;
		s->patience.ctx = tui;
		loop_timer_set(tui->loop, &s->patience, PATIENCE_US);
		return;
	}
	s->waits_for_poll = true;
	loop_watch(tui->loop, STDOUT_FILENO, POLLOUT, now_writable, tui);
}

/* The first screen comes with what is on it, where that is a matter of a few milliseconds. */
static bool waits_for_content(struct tui *tui)
{
	struct screen *s = tui->screen;
	int64_t now = clock_monotonic_us();

	if (!s->first_paint_us || !workers_busy(tui->workers) || now >= s->first_paint_us) {
		s->first_paint_us = 0;
		loop_timer_stop(tui->loop, &s->patience);
		return false;
	}
	s->patience.fn = waited;
	s->patience.ctx = tui;
	if (!s->patience.due_us)
		loop_timer_set(tui->loop, &s->patience, s->first_paint_us - now);
	return true;
}

void screen_paint(struct tui *tui)
{
	struct screen *s = tui->screen;

	if (!s->started || !screen_is_dirty(tui))
		return;
	if (s->first_paint_us && waits_for_content(tui))
		return;
	if (!term_writable()) {
		wait_until_writable(tui);
		return;
	}
	stop_waiting(tui);
	s->was_polled = false;
	for (int i = 0; i < ROUNDS_MAX && screen_is_dirty(tui); i++)
		paint_round(tui);
	term_update();
}
