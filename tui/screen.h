/* What the browser's own files share: state of the screen, and the steps of a turn of its loop. */
#ifndef JCI_TUI_SCREEN_H
#define JCI_TUI_SCREEN_H

#include "tui/layout.h"
#include "tui/prompt.h"
#include "tui/status.h"

/* Something above the panes. */
struct above {
	struct pane *pane;
	int want_h, want_w; /* 0: as much as there is */
	struct layout_overlay place;
	WINDOW *frame;
	struct above *below; /* the one under it */
};

struct screen {
	/* what is where (paint.c) */
	struct layout layout;
	WINDOW *status_win;
	bool started;      /* curses is on */
	bool lay_out;      /* the layout may have to change */
	bool clear;        /* what the terminal shows is not known */
	bool uncover;      /* something above the panes went away */
	bool status_dirty;
	bool waits_for_poll, was_polled; /* for the terminal to take more */
	struct loop_timer patience;
	int64_t first_paint_us; /* not before, by the monotonic clock; 0: it has been */
	int cursor_shown; /* -1: not known */
	/* what has the keys */
	bool zoom, viewer_open;
	int third, back; /* in the third column; where the keys were before the viewer opened */
	struct above *top, *dead; /* dead: closed in this turn, freed before the loop sleeps */
	struct prompt *prompt;    /* NULL: none is open */
	struct prompt_history *history;
	bool pasting, quits;
	bool by_escape; /* what is done now is done for <Esc> */
	char *last_search;
	/* what is said */
	struct status status;
	/* time */
	struct loop_timer tick;
	bool ticks_seconds;
	bool slept; /* now_us is of the turn before */
	/* the start */
	char *commands; /* still to be done, a line each; NULL: none */
	struct loop_timer next_command;
	int idle_fd;
	/* mouse.c */
	int64_t click_us;
	int click_y, click_x;
};

/* ---- paint.c ---- */

/* Before the loop sleeps: draws what changed, once the terminal takes it. */
void screen_paint(struct tui *tui);
bool screen_is_dirty(const struct tui *tui);
/* Deletes the windows; the panes stay. */
void screen_release_windows(struct tui *tui);

/* ---- dispatch.c ---- */

/* What gets the keys when no prompt is open. */
struct pane *screen_target(const struct tui *tui);
void screen_key(struct tui *tui, key k);

/* ---- mouse.c ---- */

void screen_mouse(struct tui *tui);

/* ---- tui.c ---- */

/* As tui_push(), for what does not need all of the screen. */
void screen_push(struct tui *tui, struct pane *p, int want_h, int want_w);
/* Sets now_us if this is a new turn of the loop. */
void screen_turn(struct tui *tui);

/* ---- prompt.c ---- */

/* Keys and the status line's window while a prompt is open. */
void prompt_take_key(struct tui *tui, key k);
void prompt_draw(struct tui *tui, WINDOW *win);
/* Gives up the prompt that is open, if any. */
void prompt_close(struct tui *tui);
void prompt_history_free(struct prompt_history *history);

#endif
