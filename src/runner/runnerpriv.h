/* What the files of the loop share; not for others. All of it is the loop's thread's. */
#ifndef JCI_RUNNER_RUNNERPRIV_H
#define JCI_RUNNER_RUNNERPRIV_H

#include "http/client.h"
#include "runner/jobs.h"
#include "runner/runner.h"
#include "runner/starter.h"
#include "runner/watch.h"

struct runner {
	const struct runner_settings *set;
	const struct runner_control *control;
	struct runner_store *store;
	struct docker_host host;
	struct docker *docker; /* NULL: away */
	struct http_client *http;
	struct runner_jobs jobs;
	struct docker_watch *watch;
	struct starter_base base;
	char *label;  /* that all containers of this runner have */
	char *labels; /* of this runner, as jobs want them */
	int max_jobs; /* of the last answer; -1: none yet */

	int signals; /* that were heeded */
	bool list_due;
	bool connected;           /* the last poll was answered */
	unsigned failures;        /* of polls, since the last that was */
	int64_t poll_us, reap_us; /* when the next is due, monotonic */
	int64_t docker_us;        /* when Docker is looked for again */
	int64_t drained_us;       /* since when no job is active while draining; 0: not yet */
};

static inline bool runner_is_draining(const struct runner *r)
{
	return r->signals > 0;
}

/* An event about a job, with the error or the detail, which may be NULL. */
void runner_log_job(const struct runner *r, const char *event, const struct runner_job *job,
		    const char *text);
/* Has the server told of news at once, unless it can't be reached. */
void runner_poll_soon(struct runner *r);

/* ---- runner.c ---- */

/* Docker, and what is wrong with it or with what the settings want of it. NULL: it is away. */
void runner_open_docker(struct docker **out, const struct runner_settings *s,
			const struct docker_host *host, struct env *env);
/* Sets and stores how the job is to be told; a store that fails is logged. */
void runner_set_verdict(struct runner *r, struct runner_job *job, enum runner_reason reason,
			const char *detail);
/* The job is over: it is logged, and told soon. */
void runner_end_job(struct runner *r, struct runner_job *job);
/* What Docker can't do: logs it, and gives it up for a while if it is away. Clears err. */
void runner_docker_failed(struct runner *r, const char *event, const struct runner_job *job,
			  struct jci_error *err);

/* ---- sync.c ---- */

/* Takes over the verdicts of the store. */
int runner_load(struct runner *r, struct jci_error *err);
/* Brings the table up to date with Docker's containers; opens Docker again if need be. */
void runner_sync(struct runner *r);
/* Takes over what starters have done. */
void runner_collect(struct runner *r);

/* ---- reaper.c ---- */

/* The job shall end, and be told as cancelled. */
void runner_cancel(struct runner *r, struct runner_job *job, const char *detail);
/* Sends the signals that are due, and removes containers past their deadlines. */
void runner_enforce(struct runner *r);
/* When the next of that is due, monotonic; INT64_MAX: nothing. */
int64_t runner_next_due(const struct runner *r);
/* Removes old containers. */
void runner_prune(struct runner *r);

/* ---- turn.c ---- */

/* One poll, and what follows from its answer; sets r->poll_us. */
void runner_poll(struct runner *r);

#endif
