/*
 * Work away from the event loop: threads with a repository handle each, and jobs whose results come
 * back to the loop's thread. Threads are started as they are needed (a job that waits for a child
 * must not hold up the next key's), up to WORKER_MAX.
 *
 * A job is the first member of its user's struct:
 *
 *	struct load { struct job job; struct pane *pane; git_oid commit; struct rows rows; };
 *
 * Of a job that was cancelled done() is not called; release() always is, last, in the loop's
 * thread, once run() has returned.
 */
#ifndef JCI_TUI_WORKER_H
#define JCI_TUI_WORKER_H

#include <stdatomic.h>
#include <stdbool.h>

#include "core/repo.h"
#include "tui/loop.h"

enum { WORKER_MAX = 8 };

struct job;
struct job_ops {
	/*
	 * In a worker's thread. `repo` is the thread's own. What keeps libgit2 objects from one job
	 * to the next has a jci_repo of its own, and no two jobs at once with it. What takes long
	 * asks job_cancelled() every few milliseconds. Failures go into job->error.
	 */
	void (*run)(struct job *job, struct jci_repo *repo);
	/* In the loop's thread, soon after job_publish(); what both threads use is under a lock of
	   the job's own. May be NULL. */
	void (*progress)(struct job *job);
	/* In the loop's thread, after run(). May be NULL. */
	void (*done)(struct job *job);
	/* Frees what the job holds, and the job. */
	void (*release)(struct job *job);
};

struct job {
	const struct job_ops *ops;
	struct jci_error error;
	struct workers *workers;
	atomic_bool cancelled;
	bool published, finished;
	struct job *next;
};

struct workers;
struct workers *workers_new(struct loop *loop);
/* Cancels all jobs and waits for the threads. */
void workers_free(struct workers *workers);
/* Jobs that have not ended; cancelled ones count until they are released. */
unsigned workers_busy(const struct workers *workers);

/* The job is zero but for ops and its user's own members. It belongs to the workers from now on. */
void job_start(struct workers *workers, struct job *job);
/* *job may be NULL; it becomes NULL. In the loop's thread, before its done() was called. */
void job_cancel(struct job **job);
static inline bool job_cancelled(const struct job *job)
{
	return atomic_load_explicit(&job->cancelled, memory_order_relaxed);
}
/* From run(): have progress() called; several calls before that are one. */
void job_publish(struct job *job);

#endif
