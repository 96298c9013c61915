/*
 * Jobs behind tui/runs.h: which runs a commit has, and what is known of them. A commit can have ten
 * thousand runs; their names cost little, their records are read as they are needed.
 */
#ifndef JCI_TUI_RUNLOAD_H
#define JCI_TUI_RUNLOAD_H

#include <pthread.h>

#include "core/record.h"
#include "tui/worker.h"

struct run_row {
	struct jci_record record; /* the ref and the start by its id alone, until it is read */
	bool read;
};
void run_rows_release(struct run_row *rows, size_t n);

enum script {
	SCRIPT_THERE,
	SCRIPT_NOT_HERE,      /* HEAD, and the work tree has none */
	SCRIPT_NOT_IN_COMMIT, /* another commit that has none */
};

/* The names, newest first; records of live runs and of the first `n_first` that aren't known. */
struct run_load {
	struct job job;
	void *ctx;
	void (*done)(struct run_load *load);
	git_oid commit;
	size_t n_first;
	struct jci_ref *known; /* read already; the job frees them */
	size_t n_known;
	/* the result; done() may take the rows out */
	struct run_row *rows;
	size_t n, cap;
	enum script script; /* looked for only where there are no runs */
};
struct run_load *run_load_new(void *ctx, void (*done)(struct run_load *load));

/* Records of some runs. got() is called for each of them, in the loop's thread, then done(). */
struct run_read {
	struct job job;
	void *ctx;
	void (*got)(struct run_read *read, size_t row, struct jci_record *record);
	void (*done)(struct run_read *read);
	struct jci_ref *refs;
	size_t *rows; /* where the run was in the list when the job began */
	size_t n, cap, rows_cap;
	/* under the lock */
	pthread_mutex_t lock;
	struct jci_record *records;
	size_t n_read;
	size_t n_taken; /* of the loop's thread */
};
struct run_read *run_read_new(void *ctx);
void run_read_add(struct run_read *read, const struct jci_ref *ref, size_t row);

#endif
