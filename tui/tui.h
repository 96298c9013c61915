/*
 * The browser: layout, keys to actions, and what panes tell each other. Selecting goes from left to
 * right: the commits pane tells which commit, the runs pane which run, the artifacts pane which
 *file is to be opened in the viewer.
 *
 *	wide (100 columns and more)	commits | runs | artifacts or viewer
 *	narrower			commits / runs / artifacts, one above the other; the viewer
 *					alone
 *	small (below 60x15)		the pane that has the keys, alone
 *	below 30x6			a line that says so
 *
 * `z` gives the pane the whole screen. Below all of it is the status line, where prompts open.
 */
#ifndef JCI_TUI_TUI_H
#define JCI_TUI_TUI_H

#include "core/record.h"
#include "tui/keys.h"
#include "tui/loop.h"
#include "tui/options.h"
#include "tui/pane.h"
#include "tui/worker.h"

enum { PANE_COMMITS, PANE_RUNS, PANE_FILES, PANE_VIEWER, PANE_MAX };

struct tui {
	const struct jci_repo
		*repo; /* the loop thread's: for what costs nothing, not for objects */
	struct loop *loop;
	struct workers *workers;
	struct keymap *keys;
	struct tui_options options;
	struct live *live;   /* tui/live.h */
	struct watch *watch; /* tui/watch.h */
	struct acts *acts;   /* tui/act.h */
	struct pane *panes[PANE_MAX];
	int focus;      /* PANE_...; what is above the panes gets the keys first */
	int64_t now_us; /* UTC, of this turn of the loop: the same for all that is drawn */
	/* the rest is tui.c's */
	struct screen *screen;
};

struct tui_start {
	const char *rev;              /* branch or revision to begin with; NULL: HEAD */
	const struct jci_record *run; /* a run to begin at; NULL: none */
	const char *path;             /* of it, opened at once; NULL: none */
	const char *keys; /* commands separated by newlines, done after the start; NULL: none */
};
/* Runs the browser until the user quits. */
int tui_run(const struct jci_repo *repo, const struct tui_start *start, struct jci_error *err);
void tui_quit(struct tui *tui);

/* ---- between panes ---- */

void tui_select_commit(struct tui *tui, const git_oid *commit);     /* NULL: none */
void tui_select_run(struct tui *tui, const struct jci_record *run); /* NULL: none */
/* Opens a file of a run in the viewer, and gives it the keys. */
void tui_open(struct tui *tui, const struct jci_record *run, const char *path);
void tui_focus(struct tui *tui, int pane);
/* The viewer is left: its place is the artifacts' again. */
void tui_close_viewer(struct tui *tui);
bool tui_viewer_is_open(const struct tui *tui);
/* To all panes, and to what is above them. */
void tui_changed(struct tui *tui, const struct change *change);
/* All is drawn anew. */
void tui_redraw(struct tui *tui);

/* Does a command (tui/command.h), as if typed at `:`; failures are shown. */
void tui_command(struct tui *tui, const char *command);
void tui_act(struct tui *tui, enum action_id id, const char *arg);

/* ---- what is said ---- */

/* In the status line, until the next key or message; kept for `messages`. */
void tui_say(struct tui *tui, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A failure: in the status line, or above the panes where it has several lines. Clears err. */
void tui_fail(struct tui *tui, struct jci_error *err);
/* What goes on in the background, in the status line; "" or NULL: nothing more. */
void tui_progress(struct tui *tui, const char *text);
/* All messages so far, a line each, newest last. Borrowed. */
const char *tui_messages(const struct tui *tui);

/* ---- above the panes (tui/overlay.h) ---- */

/* The pane gets the keys until it is closed; it belongs to the tui from now on. */
void tui_push(struct tui *tui, struct pane *p);
/* Closes the topmost one. */
void tui_pop(struct tui *tui);

#endif
