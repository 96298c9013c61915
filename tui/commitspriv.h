/* Shared by the files of the commits pane alone. */
#ifndef JCI_TUI_COMMITSPRIV_H
#define JCI_TUI_COMMITSPRIV_H

#include "tui/commits.h"
#include "tui/history.h"
#include "tui/list.h"
#include "util/pattern.h"

/* A row as it was drawn last. */
struct shown_commit {
	git_oid oid;
	enum jci_status status;
};

struct commits {
	struct pane pane;
	struct history *history;
	struct list list;
	git_oid selected; /* zero: none */
	bool moved;       /* by the user, since it was opened */
	bool is_new;      /* what is being opened is not what was shown before */
	bool reload_due;  /* once nothing goes on that the user waits for */
	bool to_end;      /* the cursor, once all rows are there */
	git_oid wanted;   /* commits_goto(), until it is found; zero: none */
	struct strbuf filter;
	char *problem; /* nothing could be opened, and why; NULL: none */
	/* searching */
	char *searched, *accepted; /* accepted: what an abandoned search goes back to */
	struct pattern *pattern;   /* the same, to show what matched */
	bool typing;
	size_t before_cursor, before_top; /* typing */
	/* what is on the screen */
	struct shown_commit *shown;
	size_t n_shown, cap_shown;
	int64_t drawn_us;
	/* what opens above */
	struct job *listing; /* names for the chooser */
	struct job *naming;  /* what `goto` was given */
};

static inline struct commits *commits_of(const struct pane *p)
{
	return (struct commits *)p;
}

/* Of a commit, with runs that go on; for what is drawn, as it was while that is being read. */
enum jci_status commits_status(const struct commits *c, const git_oid *oid, unsigned *n_runs);

/* commitsdraw.c */
void commits_draw(struct pane *p);
void commits_title(const struct pane *p, struct strbuf *left, struct strbuf *right);
void commits_tick(struct pane *p);

/* commitschoose.c: `filter`, `branch` and `goto`, as pane_ops.act() */
int commits_act_filter(struct commits *c, const char *arg, struct jci_error *err);
int commits_act_branch(struct commits *c, const char *arg);
int commits_act_goto(struct commits *c, const char *arg);

/* Opens a revision (NULL: what is shown now) with a filter. */
void commits_open(struct commits *c, const char *rev, const struct commit_filter *filter);
/* To a row that the user chose. */
void commits_move_to(struct commits *c, size_t row);

#endif
