/*
 * What works in the background is made of steps: each takes one thing from the queue, asks or tells
 * Gitea, and puts into the queue what came of it. A step that is killed anywhere is taken again.
 */
#ifndef JCI_SERVER_BACKGROUNDPRIV_H
#define JCI_SERVER_BACKGROUNDPRIV_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "server/gitea.h"
#include "server/server.h"
#include "server/trials.h"

struct worker;

struct worker_kind {
	int threads;
	/* 1: did something, and there may be more; 0: there is nothing to do; <0: the queue failed.
	 */
	int (*step)(struct worker *w, struct jci_error *err);
	int64_t interval_us; /* how often it looks even if nobody changed the queue */
};
extern const struct worker_kind reporter, inspector, catch_up, key_keeper;

struct background {
	const struct server_options *options;
	struct queue *queue;
	atomic_bool stopping;
	pthread_mutex_t lock;   /* for the three below */
	pthread_cond_t changed; /* stopping, or Gitea is back */
	bool away;              /* no call to Gitea did better since */
	uint64_t returns;       /* how often it came back */
	struct trials jobs, statuses;
	struct trials looks; /* for statuses that may be at Gitea */
	/* Held for reading while a deploy key is at Gitea but not yet in the queue. */
	pthread_rwlock_t adding;
	struct worker *workers;
	size_t n;
};

/* One thread. */
struct worker {
	struct background *b;
	const struct worker_kind *kind;
	pthread_t thread;
	struct gitea *gitea;
	const struct eventlog *log;
	unsigned failures; /* in a row, with Gitea away */
	int64_t rest_us;   /* it takes nothing new for so long */
	int64_t due_us;    /* of what is done by the clock: clock_monotonic_us() */
};

/* Ends early when the server stops, or when Gitea comes back. */
void worker_rest(struct worker *w, int64_t us);
/*
 * After a call to Gitea: whether it was there. The worker rests for a while if it was not, longer
 * each time, and at least for as long as Gitea said.
 */
void worker_called(struct worker *w, const struct jci_error *err);
/*
 * How long to leave alone what just failed for the nth time: from a second to five minutes, and
 * never shorter than Gitea asked for.
 */
int64_t worker_backoff_us(const struct worker *w, unsigned failures);
/*
 * Whether it is time to give up something in which Gitea says 404 for so long already: not while
 * that may be because of the token.
 */
bool worker_gives_up(struct worker *w, int64_t since_us);

int prepare_next(struct worker *w, struct jci_error *err);
int inspect_next(struct worker *w, struct jci_error *err);

/* Ends the job, and logs that. */
int finish_job(struct worker *w, const struct job *job, enum job_reason reason, const char *detail,
	       struct jci_error *err);
/*
 * Leaves it alone for a while, for what `why` says, which is logged; of a repository that is not
 * there for long it is lost.
 */
int postpone_job(struct worker *w, const struct job *job, const char *event,
		 const struct jci_error *why, struct jci_error *err);

/* Names of deploy keys at Gitea begin so. */
#define KEY_TITLE "git-jci job "

#endif
