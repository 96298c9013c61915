#include "tui/tui.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "tui/act.h"
#include "tui/commits.h"
#include "tui/draw.h"
#include "tui/files.h"
#include "tui/live.h"
#include "tui/overlay.h"
#include "tui/runs.h"
#include "tui/screen.h"
#include "tui/task.h"
#include "tui/term.h"
#include "tui/viewer.h"
#include "tui/watch.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/gettext.h"

static const int64_t SECOND_US = 1000000;
enum { SECONDS_IDLE = 60, FIRST_PAINT_US = 30000 };

/* ---- between panes ---- */

void tui_select_commit(struct tui *tui, const git_oid *commit)
{
	runs_set_commit(tui->panes[PANE_RUNS], commit);
}

void tui_select_run(struct tui *tui, const struct jci_record *run)
{
	files_set_run(tui->panes[PANE_FILES], run);
}

void tui_focus(struct tui *tui, int pane)
{
	struct screen *s = tui->screen;

	if (pane == tui->focus || (pane == PANE_VIEWER && !s->viewer_open))
		return;
	tui->panes[tui->focus]->focused = false;
	pane_dirty(tui->panes[tui->focus]);
	tui->focus = pane;
	tui->panes[pane]->focused = true;
	pane_dirty(tui->panes[pane]);
	if (pane == PANE_FILES || pane == PANE_VIEWER)
		s->third = pane;
	s->lay_out = true;
	s->status_dirty = true;
}

void tui_open(struct tui *tui, const struct jci_record *run, const char *path)
{
	struct screen *s = tui->screen;

	if (tui->focus != PANE_VIEWER)
		s->back = tui->focus;
	s->viewer_open = true;
	viewer_open(tui->panes[PANE_VIEWER], run, path);
	tui_focus(tui, PANE_VIEWER);
}

void tui_close_viewer(struct tui *tui)
{
	struct screen *s = tui->screen;

	if (!s->viewer_open)
		return;
	if (tui->focus == PANE_VIEWER)
		tui_focus(tui, s->back);
	s->viewer_open = false;
	s->third = PANE_FILES;
	s->lay_out = true;
	viewer_close(tui->panes[PANE_VIEWER]);
}

bool tui_viewer_is_open(const struct tui *tui)
{
	return tui->screen->viewer_open;
}

static void set_tick(struct tui *tui);

void tui_changed(struct tui *tui, const struct change *change)
{
	struct screen *s = tui->screen;

	for (int i = 0; i < PANE_MAX; i++)
		if (tui->panes[i] && tui->panes[i]->ops->changed)
			tui->panes[i]->ops->changed(tui->panes[i], change);
	for (struct above *a = s->top; a; a = a->below)
		if (a->pane->ops->changed)
			a->pane->ops->changed(a->pane, change);
	s->status_dirty = true;
	if (change->what & CHANGED_LIVE && s->started)
		set_tick(tui);
}

void tui_redraw(struct tui *tui)
{
	tui->screen->clear = true;
}

void tui_quit(struct tui *tui)
{
	tui->screen->quits = true;
	loop_quit(tui->loop);
}

/* ---- above the panes ---- */

void screen_push(struct tui *tui, struct pane *p, int want_h, int want_w)
{
	struct screen *s = tui->screen;
	struct above *a = xcalloc(1, sizeof(*a));

	p->tui = tui;
	p->focused = true;
	p->dirty = true;
	*a = (struct above){.pane = p, .want_h = want_h, .want_w = want_w, .below = s->top};
	if (s->top) {
		s->top->pane->focused = false;
		pane_dirty(s->top->pane);
	}
	s->top = a;
	s->lay_out = true;
	s->status_dirty = true;
}

void tui_push(struct tui *tui, struct pane *p)
{
	screen_push(tui, p, 0, 0);
}

/* It may be one of its own functions that called: it is freed before the loop sleeps. */
void tui_pop(struct tui *tui)
{
	struct screen *s = tui->screen;
	struct above *a = s->top;

	if (!a)
		return;
	s->top = a->below;
	if (s->top) {
		s->top->pane->focused = true;
		pane_dirty(s->top->pane);
	}
	if (a->pane->win)
		delwin(a->pane->win);
	if (a->frame)
		delwin(a->frame);
	a->pane->win = a->frame = NULL;
	a->below = s->dead;
	s->dead = a;
	s->uncover = true;
	s->status_dirty = true;
}

static void bury(struct tui *tui)
{
	struct above *a;

	while ((a = tui->screen->dead)) {
		tui->screen->dead = a->below;
		a->pane->ops->release(a->pane);
		free(a);
	}
}

/* ---- what is said ---- */

void tui_say(struct tui *tui, const char *fmt, ...)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	status_say(&tui->screen->status, text.buf, false);
	tui->screen->status_dirty = true;
}

/* A message that the status line has no room for would be swallowed there. */
static bool fits_status_line(const struct screen *s, const char *message)
{
	return !strchr(message, '\n') && (!s->started || draw_width(message, DRAW_ALL) <= COLS);
}

void tui_fail(struct tui *tui, struct jci_error *err)
{
	cleanup_free char *message = steal_ptr(err->message);
	size_t len = message ? strlen(message) : 0;

	jci_error_clear(err);
	while (len && message[len - 1] == '\n')
		message[--len] = '\0';
	if (!len)
		return;
	status_say(&tui->screen->status, message, true);
	tui->screen->status_dirty = true;
	if (!fits_status_line(tui->screen, message))
		overlay_text(tui, &(struct overlay_text){.title = _("Failed"), .text = message});
}

void tui_progress(struct tui *tui, const char *text)
{
	struct strbuf *progress = &tui->screen->status.progress;

	strbuf_reset(progress);
	strbuf_addstr(progress, text ? text : "");
	tui->screen->status_dirty = true;
}

const char *tui_messages(const struct tui *tui)
{
	return tui->screen->status.log.buf;
}

/* ---- time ---- */

void screen_turn(struct tui *tui)
{
	if (!tui->screen->slept)
		return;
	tui->screen->slept = false;
	tui->now_us = clock_now_us();
}

static void tick(void *ctx)
{
	struct tui *tui = ctx;
	struct screen *s = tui->screen;

	screen_turn(tui);
	for (int i = 0; i < PANE_MAX; i++)
		if (tui->panes[i]->ops->tick)
			tui->panes[i]->ops->tick(tui->panes[i]);
	for (struct above *a = s->top; a; a = a->below)
		if (a->pane->ops->tick)
			a->pane->ops->tick(a->pane);
	if (s->ticks_seconds && !s->prompt)
		s->status_dirty = true;
	s->ticks_seconds = false;
	set_tick(tui);
}

/* The only clock there is: once a second while a duration is shown that grows, else for ages. */
static void set_tick(struct tui *tui)
{
	struct screen *s = tui->screen;
	bool seconds = live_running(tui->live) > 0;
	int64_t period = seconds ? SECOND_US : SECONDS_IDLE * SECOND_US;

	if (s->tick.due_us && s->ticks_seconds == seconds)
		return;
	s->ticks_seconds = seconds;
	s->tick.fn = tick;
	s->tick.ctx = tui;
	loop_timer_set(tui->loop, &s->tick, period - clock_now_us() % period);
}

/* ---- turns of the loop ---- */

/*
 * JCI_IDLE_FD: for tests. A byte is written to that descriptor whenever the browser has nothing
 * left to do but to wait: nothing to draw, no job under way, all commands of the start done.
 */
static int take_idle_fd(void)
{
	const char *text = getenv("JCI_IDLE_FD");
	int fd = text && *text ? atoi(text) : -1;

	unsetenv("JCI_IDLE_FD");
	if (fd < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return -1;
	return fd;
}

static void do_next_command(void *ctx)
{
	struct tui *tui = ctx;
	struct screen *s = tui->screen;
	size_t len = strcspn(s->commands, "\n");
	cleanup_free char *command = xstrndup(s->commands, len);

	screen_turn(tui);
	if (s->commands[len])
		memmove(s->commands, s->commands + len + 1, strlen(s->commands + len + 1) + 1);
	else
		free(steal_ptr(s->commands));
	if (*command)
		tui_command(tui, command);
}

static void when_idle(struct tui *tui)
{
	struct screen *s = tui->screen;

	if (workers_busy(tui->workers) || screen_is_dirty(tui))
		return;
	if (s->commands) {
		s->next_command.fn = do_next_command;
		s->next_command.ctx = tui;
		if (!s->next_command.due_us)
			loop_timer_set(tui->loop, &s->next_command, 0);
		return;
	}
	if (s->idle_fd >= 0 && !term_is_behind() && write(s->idle_fd, ".", 1) < 0)
		s->idle_fd = -1;
}

static void before_sleep(void *ctx)
{
	struct tui *tui = ctx;

	bury(tui);
	screen_turn(tui);
	screen_paint(tui);
	when_idle(tui);
	tui->screen->slept = true;
}

/* ---- the terminal ---- */

/* Does Alt with a key mean anything now? Else it is Esc, and the key right behind it. */
static bool takes_alt(const struct tui *tui, key k)
{
	return tui->screen->prompt || keymap_find(tui->keys, screen_target(tui)->ops->scope, k);
}

/* Has curses tell the keys with Alt that are bound, and those of prompts, from Esc and a key. */
static void define_alt_keys(const struct tui *tui)
{
	static const char prompt_keys[] = "bfd"; /* tui/lineedit.h */

	for (char c = '!'; c <= '~'; c++) {
		const char sequence[] = {'[' & 0x1f, c, '\0'};

		if (strchr(prompt_keys, c) || keymap_find(tui->keys, SCOPE_ALL, KEY_ALT | (key)c))
			define_key(sequence, KEY_CURSES_ALT + c);
	}
}

static void on_key(void *ctx, int code, bool is_key)
{
	struct tui *tui = ctx;
	struct screen *s = tui->screen;
	key k;

	if (s->quits) /* what was typed ahead is for the shell, not for us */
		return;
	screen_turn(tui);
	if (is_key && code == KEY_MOUSE) {
		screen_mouse(tui);
		return;
	}
	if (is_key && (code == TERM_PASTE_BEGIN || code == TERM_PASTE_END)) {
		s->pasting = code == TERM_PASTE_BEGIN;
		return;
	}
	k = key_from_curses(code, is_key);
	if (k & KEY_ALT && !takes_alt(tui, k)) {
		screen_key(tui, key_from_curses('[' & 0x1f, false));
		k &= ~(key)KEY_ALT;
	}
	if (k != KEY_NONE)
		screen_key(tui, k);
}

static void on_resize(void *ctx)
{
	struct tui *tui = ctx;

	screen_turn(tui);
	screen_release_windows(tui);
	tui->screen->lay_out = true;
}

static void on_resume(void *ctx)
{
	struct tui *tui = ctx;
	struct change all = {.what = CHANGED_LIVE | CHANGED_REFS | CHANGED_RUNS};

	screen_turn(tui);
	tui->screen->cursor_shown = -1;
	tui_redraw(tui);
	tui_changed(tui, &all);
}

static void on_hangup(void *ctx)
{
	tui_quit(ctx);
}

static const struct term_ops term_ops = {
	.key = on_key,
	.resized = on_resize,
	.resumed = on_resume,
	.hangup = on_hangup,
};

/* ---- start and end ---- */

/* A wrong value is shown, and its default holds: it must not keep anyone from looking. */
static void read_configuration(struct tui *tui)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;

	if (tui_options_read(&tui->options, tui->repo, &err) < 0)
		tui_fail(tui, &err);
	if (keymap_new(&tui->keys, tui->repo, &err) < 0)
		tui_fail(tui, &err);
}

/* Before curses starts, so that jobs run while it does. */
static void begin(struct tui *tui, const struct tui_start *start)
{
	struct screen *s = tui->screen;

	s->third = PANE_FILES;
	s->cursor_shown = -1;
	s->lay_out = true;
	s->idle_fd = take_idle_fd();
	s->commands = start->keys ? xstrdup(start->keys) : NULL;
	s->slept = true;
	screen_turn(tui);
	tui->loop = loop_new();
	tui->workers = workers_new(tui->loop);
	tui->live = live_new(tui);
	tui->watch = watch_new(tui);
	tui->panes[PANE_COMMITS] = commits_new(tui, start->rev);
	tui->panes[PANE_RUNS] = runs_new(tui);
	tui->panes[PANE_FILES] = files_new(tui);
	tui->panes[PANE_VIEWER] = viewer_new(tui);
	tui->acts = acts_new(tui);
	tui->panes[tui->focus]->focused = true;
	read_configuration(tui);
}

static void begin_at(struct tui *tui, const struct tui_start *start)
{
	const struct jci_record *run = start->run;

	if (!run)
		return;
	commits_goto(tui->panes[PANE_COMMITS], &run->ref.commit);
	runs_set_commit(tui->panes[PANE_RUNS], &run->ref.commit);
	runs_goto(tui->panes[PANE_RUNS], &run->ref.id);
	files_set_run(tui->panes[PANE_FILES], run);
	tui_focus(tui, start->path ? PANE_FILES : PANE_RUNS);
	if (start->path)
		tui_open(tui, run, start->path);
}

static int begin_screen(struct tui *tui, struct jci_error *err)
{
	cleanup_error struct jci_error theme_err = JCI_ERROR_INIT;

	if (term_begin(tui->loop, &term_ops, tui, tui->options.mouse, err) < 0)
		return err->code;
	tui->screen->started = true;
	tui->screen->first_paint_us = clock_monotonic_us() + FIRST_PAINT_US;
	define_alt_keys(tui);
	if (theme_init(tui->repo, &theme_err) < 0)
		tui_fail(tui, &theme_err);
	loop_before_sleep(tui->loop, before_sleep, tui);
	set_tick(tui);
	return 0;
}

static void screen_release(struct tui *tui)
{
	struct screen *s = tui->screen;

	while (s->top)
		tui_pop(tui);
	bury(tui);
	prompt_close(tui);
	prompt_history_free(s->history);
	status_release(&s->status);
	free(s->last_search);
	free(s->commands);
}

static void end(struct tui *tui)
{
	screen_release_windows(tui);
	tui->screen->started = false;
	screen_release(tui);
	acts_free(tui->acts);
	for (int i = 0; i < PANE_MAX; i++)
		tui->panes[i]->ops->release(tui->panes[i]);
	watch_free(tui->watch);
	live_free(tui->live);
	workers_free(tui->workers);
	keymap_free(tui->keys);
	loop_free(tui->loop);
}

int tui_run(const struct jci_repo *repo, const struct tui_start *start, struct jci_error *err)
{
	struct screen screen = {.status = STATUS_INIT};
	struct tui tui = {.repo = repo, .screen = &screen};
	int code;

	begin(&tui, start);
	code = begin_screen(&tui, err);
	if (code == 0) {
		begin_at(&tui, start);
		loop_run(tui.loop);
	}
	term_end();
	end(&tui);
	return code;
}
