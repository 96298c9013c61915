/*
 * A pane: operations and state. The four panes of the browser and what opens above them (menu,
 * text, help) are all this. A pane draws into its window, whose size it takes from there each time,
 * and never blocks; what it can't know at once it gets by a job (tui/worker.h) and draws without it
 * until then, keeping what was there before rather than flickering.
 */
#ifndef JCI_TUI_PANE_H
#define JCI_TUI_PANE_H

#include <curses.h>

#include "tui/action.h"
#include "tui/keys.h"
#include "util/error.h"
#include "util/strbuf.h"

struct tui;
struct pane;

/* What became of something outside; more than one bit at once. */
enum {
	CHANGED_LIVE = 1 << 0,    /* runs that go on: began, ended, were lost (tui/live.h) */
	CHANGED_RUNS = 1 << 1,    /* refs of stored runs: of change.commit, or anywhere if zero */
	CHANGED_REFS = 1 << 2,    /* HEAD, branches, tags */
	CHANGED_FILE = 1 << 3,    /* a file under tui/watch.h's watch_file() */
	CHANGED_OPTIONS = 1 << 4, /* tui->options */
	CHANGED_ALL = 1 << 5,     /* read everything once more */
};
struct change {
	unsigned what;
	git_oid commit;
};

enum search_step {
	SEARCH_TYPED,  /* the pattern so far: show its first match from where the search began */
	SEARCH_ACCEPT, /* Enter: stay there; n and N go on from it */
	SEARCH_CANCEL, /* Esc: back to where it began; also ends a search in the background */
};

struct pane_ops {
	const char *name; /* as in jci.bind */
	unsigned scope;
	/* The line above the pane: what it shows, and at its right where in it the cursor is. */
	void (*title)(const struct pane *p, struct strbuf *left, struct strbuf *right);
	void (*draw)(struct pane *p); /* all of p->win, without wnoutrefresh() */
	/* 1 done, 0 not an action of this pane, <0 it failed. */
	int (*act)(struct pane *p, const struct call *call, struct jci_error *err);
	/* Actions that matter now, ACT_NONE at the end, for hints in the status line. */
	const enum action_id *(*hints)(const struct pane *p);
	/* All below may be NULL. Rows and columns are those of p->win. */
	int (*key)(struct pane *p, key k); /* before its binding: 1 taken, 0 not */
	void (*click)(struct pane *p, int y, int x, bool twice);
	void (*wheel)(struct pane *p, int lines); /* < 0: up */
	void (*search)(struct pane *p, const char *pattern, enum search_step step);
	void (*changed)(struct pane *p, const struct change *change);
	void (*tick)(struct pane *p); /* ages and durations may have changed: pane_dirty() if so */
	void (*release)(struct pane *p); /* frees it; its jobs are cancelled by itself */
};

/* The first member of each pane's own struct. */
struct pane {
	const struct pane_ops *ops;
	struct tui *tui;
	WINDOW *win; /* NULL while it is not shown */
	bool focused;
	bool dirty; /* to be drawn before the loop sleeps */
};

static inline void pane_dirty(struct pane *p)
{
	p->dirty = true;
}

#endif
