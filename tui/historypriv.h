/*
 * What the model and its walks in workers share: history.c is the loop's thread, historyrun.c the
 * workers'.
 */
#ifndef JCI_TUI_HISTORYPRIV_H
#define JCI_TUI_HISTORYPRIV_H

#include <pthread.h>

#include "tui/history.h"

enum { HISTORY_CHUNK = 4096 }; /* rows */

enum goal { GOAL_NONE, GOAL_ROWS, GOAL_ALL, GOAL_FIND, GOAL_SEARCH };

/* What a job shall reach. */
struct want {
	enum goal goal;
	size_t until;  /* GOAL_ROWS */
	git_oid oid;   /* GOAL_FIND */
	char *pattern; /* GOAL_SEARCH */
	size_t from;
	bool backward;
};

/* What a job hands over to the loop's thread; under the source's lock. */
struct fresh {
	git_oid *rows;
	size_t n, cap;
	struct commit_info *infos;
	unsigned generation; /* of the infos */
	bool opened, ended;
};

/*
 * A walk and its rows. Rows are in chunks, which never move nor change, so that a search can read
 * them while more are added. References are counted in the loop's thread.
 */
struct source {
	struct history *history; /* NULL: no longer shown */
	unsigned refs;
	bool busy; /* a job has the walk */
	struct history_walk *walk;
	git_oid **chunks;
	size_t n_chunks, cap_chunks, n;
	bool ended;
	pthread_mutex_t lock;
	struct fresh fresh;
};

struct shared_decor {
	unsigned refs;
	struct decor *decor;
};

struct walk_job {
	struct job job;
	struct source *source;
	struct want want;
	/* the rows there were when it started, and those it added */
	git_oid **chunks;
	size_t n_old;
	git_oid *added;
	size_t n_added, cap_added;
	int64_t published_us;
	_Atomic size_t looked_at;
	struct shared_decor *decor; /* of a search */
	bool has_found;
	struct history_found found;
	/* of one that opens */
	size_t screen;
	unsigned generation;
	bool keeps;
	git_oid keep;
	size_t keep_limit;
	struct history_place *old; /* NULL: open it in any case */
	bool unchanged;
};

/* job_ops.run() of a walk_job. */
void history_run_walk(struct job *job, struct jci_repo *repo);

#endif
