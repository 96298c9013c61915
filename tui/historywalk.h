/*
 * The commits that the pane shows, as they come: a walk from a revision with a filter. It has a
 * repository of its own and is used by one job at a time.
 */
#ifndef JCI_TUI_HISTORYWALK_H
#define JCI_TUI_HISTORYWALK_H

#include "core/repo.h"
#include "tui/commitfilter.h"

struct history_start {
	char *rev; /* a revision or range; NULL: HEAD */
	struct commit_filter filter;
	git_oid *running; /* commits of runs that go on, for FILTER_RUNNING */
	size_t n_running;
};
void history_start_release(struct history_start *start);

/* What was found when it was opened. */
struct history_place {
	char *label;   /* for people: the branch of HEAD, or the revision as it was given */
	char *ref;     /* the full name of the branch; NULL: it is none */
	git_oid tip;   /* zero of a range */
	bool is_empty; /* a branch without a commit yet */
};

struct history_walk;
/* Takes over what start holds. Reads nothing. */
struct history_walk *history_walk_new(struct history_start *start);
void history_walk_free(struct history_walk *walk);
const struct history_start *history_walk_start(const struct history_walk *walk);

int history_walk_open(struct history_walk *walk, struct jci_error *err);
bool history_walk_is_open(const struct history_walk *walk);
/* Of an open one. Neither changes. */
const struct history_place *history_walk_place(const struct history_walk *walk);
const struct jci_repo *history_walk_repo(const struct history_walk *walk);
/*
 * 1 and the next commit, 0 at the end, <0 on failure; HISTORY_LATER after some milliseconds without
 * one, so that the caller can look whether it is still wanted.
 */
enum { HISTORY_LATER = 2 };
int history_walk_next(struct history_walk *walk, git_oid *commit, struct jci_error *err);

#endif
