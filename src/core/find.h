/*
 * Which run does the user mean? And which runs are there, in which order?
 *
 * Names of runs: `latest` and `latest-ok`, the newest (green) run of all; a run id or the beginning
 * of one; a revision, for its newest run; `REVISION/latest`, `REVISION/latest-ok`,
 * `REVISION/RUN-ID`; the full ref. What fits two runs is JCI_EAMBIGUOUS.
 */
#ifndef JCI_CORE_FIND_H
#define JCI_CORE_FIND_H

#include "core/live.h"

/* r may be a live run: its status is RUNNING or LOST. */
int jci_find_run(const struct jci_repo *repo, const char *name, struct jci_record *r,
		 struct jci_error *err);

/* A revision or, of a commit that is not here but has runs, its hash or the beginning of it. */
int jci_find_commit(const struct jci_repo *repo, const char *rev, git_oid *commit,
		    struct jci_error *err);

/*
 * Runs, newest first, stored and live ones together, as one lazy sequence: what a run's commit says
 * is read when jci_run_list_next() comes to it.
 */
struct jci_run_list;
/* commit NULL: of all commits. */
int jci_run_list_new(struct jci_run_list **out, const struct jci_repo *repo, const git_oid *commit,
		     struct jci_error *err);
/* 1 and the next run in r (released by the caller), 0 at the end, <0 on failure. */
int jci_run_list_next(struct jci_run_list *list, struct jci_record *r, struct jci_error *err);
void jci_run_list_free(struct jci_run_list *list);
DEFINE_CLEANUP(run_list, struct jci_run_list *, jci_run_list_free)
#define cleanup_run_list cleanup(run_list_cleanup)

#endif
