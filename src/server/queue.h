/*
 * The queue: everything that the server must not forget, in one SQLite database (schema.sql), of
 * which this module is the only user. Every function may be called from any thread, and what it
 * changed is on disk when it returns 0; commits of concurrent calls are made together.
 *
 * A job is one wish to run CI on a commit:
 *
 *	pending --poll--> assigned --the runner says so--> exited --result read--> done
 *	   ^------------------'  (lease over, and no result at Gitea: the next attempt)
 *
 * A pending job is `prepared` once its labels and image are known (server/inspector); only then a
 * runner gets it. Any state but done may also go to done by a cancellation or a newer push.
 * Each attempt has a run id of its own, so that two attempts never write the same ref.
 *
 * Leases and deadlines are kept in memory alone, by the monotonic clock: polls that bring no news
 * write nothing. After a start of the server every assigned job has a whole lease again.
 *
 * Every change of state that Gitea shall show puts a row into the outbox in the same transaction.
 *
 * A job that is assigned can't just end: it is `cancelled`, with the reason that it shall end with,
 * until its runner has stopped it, or is gone. So end those that people cancel, that run longer
 *than the timeout and a lease, and (SUPERSEDE_RUNNING) those of older commits. One that has passed
 *all the same has passed.
 */
#ifndef JCI_SERVER_QUEUE_H
#define JCI_SERVER_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/runid.h"
#include "server/event.h"
#include "util/error.h"

struct queue;

enum queue_supersede { SUPERSEDE_PENDING, SUPERSEDE_RUNNING, SUPERSEDE_NONE };

struct queue_options {
	const char *path;               /* of the database */
	int64_t lease_us;               /* without a poll that names the job */
	int64_t timeout_us;             /* of a job, from its assignment on */
	int max_attempts, max_jobs;     /* the latter for each runner */
	enum queue_supersede supersede; /* what a newer push of the same ref ends */
	const char *web_url;            /* JCI_WEB_URL, for target URLs; NULL: none */
	bool deploy_keys;               /* a job is prepared only once it has a key too */
};

/* JCI_EBUSY: another server has the database. */
int queue_open(struct queue **out, const struct queue_options *options, struct jci_error *err);
void queue_close(struct queue *queue);

/*
 * For threads that work on what is in the queue: waits until something has changed since `seen`, or
 * timeout_us have passed, or queue_stop(); returns the number to give as `seen` next time.
 */
uint64_t queue_wait(struct queue *queue, uint64_t seen, int64_t timeout_us);
void queue_stop(struct queue *queue); /* from now on nobody waits */

/* ---- jobs ---- */

enum job_state { JOB_PENDING, JOB_ASSIGNED, JOB_EXITED, JOB_DONE };
enum job_reason {
	JOB_PASSED,
	JOB_FAILED,
	JOB_TIMEOUT,
	JOB_CANCELLED,
	JOB_SUPERSEDED,
	JOB_LOST,   /* no runner came back with a result */
	JOB_BROKEN, /* the container ended without pushing one: detail tells */
};
/* As in the database and in JSON; not translated. */
const char *job_state_name(enum job_state state);
const char *job_reason_name(enum job_reason reason);

struct job {
	int64_t id;
	int attempt; /* from 1 */
	enum job_state state;
	enum job_reason reason;   /* of one that is done */
	bool prepared, cancelled; /* cancelled: asked for, the runner still has to stop it */
	char *repository, *ref, *trigger; /* push, tag, pull_request, catch-up, retry */
	char commit[JCI_OID_HEX_SIZE];
	char run_id[JCI_RUN_ID_SIZE];
	int pull;                   /* 0: none */
	char *labels;               /* wanted, separated by blanks; NULL: any runner will do */
	char *image;                /* NULL: the runner's own */
	char *runner, *runner_name; /* NULL: none yet */
	char *exit_reason;          /* what the runner said (poll.h); NULL: nothing yet */
	int exit_status;
	char *detail;                              /* why, for people; NULL: nothing to say */
	int64_t created_us, assigned_us, ended_us; /* since 1970; 0: not yet */
};
void job_release(struct job *job);
#define cleanup_job cleanup(job_release)
/* The branch of its ref; NULL for a tag. Borrowed. */
const char *job_branch(const struct job *job);

struct job_list {
	struct job *jobs;
	size_t n, cap;
};
void job_list_release(struct job_list *list);
#define cleanup_job_list cleanup(job_list_release)

/* JCI_ENOTFOUND where there is none. */
int queue_job(struct queue *queue, int64_t id, struct job *job, struct jci_error *err);

/* Newest first. */
struct job_filter {
	const char *repository, *ref, *commit; /* NULL: any */
	int state;                             /* -1: any */
	int64_t before;                        /* only ids below; 0: any */
	int limit;
};
int queue_list(struct queue *queue, const struct job_filter *filter, struct job_list *list,
	       struct jci_error *err);

/*
 * JCI_EINVALID where the job is done already, or, for retry, not yet. A retry is a new job: the
 * same repository, ref and commit. It supersedes nothing.
 */
int queue_cancel(struct queue *queue, int64_t id, struct jci_error *err);
int queue_retry(struct queue *queue, int64_t id, int64_t *new_id, struct jci_error *err);

/* ---- what Gitea tells (server/webhook, server/heads) ---- */

enum accept_outcome {
	ACCEPT_QUEUED,    /* a new job */
	ACCEPT_DUPLICATE, /* this delivery, or a body like it, was here before */
	ACCEPT_KNOWN,     /* nothing to do: the commit has its job, or the catch-up saw it first */
	ACCEPT_SKIPPED,   /* [skip ci] */
	ACCEPT_STALE,     /* an older push that came late: a job that is superseded already */
	ACCEPT_DONE,      /* a deletion, or a pull request that was closed: acted upon */
};
struct accepted {
	enum accept_outcome outcome;
	int64_t job;    /* the new one; 0: none */
	int superseded; /* how many jobs ended by it */
};
/*
 * Not for EVENT_IGNORED.
 *
 * A push gets a job and ends the older ones of its ref (queue_options.supersede), unless that
 * commit of that ref is waiting already, or the catch-up or its pull request came first. With [skip
 * ci] it ends none: the older one is still the newest that is to run. Webhooks may come in the
 * wrong order: a push that led to the commit from where a later one went on is ACCEPT_STALE; where
 * that can't be told, the next catch-up mends it.
 *
 * A pull request that was opened or has new commits gets a job only if its commit has none, of
 * whatever ref.
 */
int queue_accept(struct queue *queue, const struct event *event, struct accepted *out,
		 struct jci_error *err);

/* Names of all repositories that ever had a job, plus those of queue_add_repository(). */
struct name_list {
	char **names;
	size_t n, cap;
};
void name_list_release(struct name_list *list);
#define cleanup_name_list cleanup(name_list_release)
int queue_repositories(struct queue *queue, struct name_list *list, struct jci_error *err);
int queue_add_repository(struct queue *queue, const char *repository, struct jci_error *err);
/*
 * The heads of all branches of a repository as Gitea has them now: whose commit has no job (but for
 * superseded ones) and was not skipped gets one, trigger "catch-up"; jobs of branches that are gone
 * end. A repository that was never looked at only has its heads noted down, because otherwise every
 * branch that ever was would be run. (One of which a webhook told before is compared.)
 *
 * The heads were read after the last call of this for the repository: branches of which webhooks
 * told since then are left alone, because these may be the newer ones.
 */
struct head {
	char *ref;
	char commit[JCI_OID_HEX_SIZE];
	bool skip_ci;
};
int queue_catch_up(struct queue *queue, const char *repository, const struct head *heads, size_t n,
		   int *queued, struct jci_error *err);

/* ---- preparing and results (server/inspector) ---- */

/*
 * The next pending job that is not prepared, and was not asked for within its backoff; 1, or 0 for
 * none. Whoever gets a job is the only one who does for 5 minutes, or until he says what came of
 * it. queue_postpone(): not before `until_us` of clock_monotonic_us() (in memory).
 */
int queue_unprepared(struct queue *queue, struct job *job, struct jci_error *err);
/*
 * The same for exited ones, and for assigned ones whose lease is over, or that were told to stop
 * one lease ago. What runs too long is told so here, so this is to be called now and then.
 */
int queue_to_inspect(struct queue *queue, struct job *job, struct jci_error *err);
void queue_postpone(struct queue *queue, int64_t id, int64_t until_us);

/* `key`: the deploy key that the job gets; NULL: none. */
struct job_key {
	int64_t id;         /* Gitea's */
	const char *secret; /* the private key, in PEM */
	const char *url;    /* to clone from by SSH */
};
int queue_prepared(struct queue *queue, int64_t id, const char *labels, const char *image,
		   const struct job_key *key, struct jci_error *err);
/* Ends it, if it still is at this attempt; one that is cancelled ends as that, unless it passed. */
int queue_finish(struct queue *queue, int64_t id, int attempt, enum job_reason reason,
		 const char *detail, struct jci_error *err);
/*
 * Its next attempt, with a new run id; JOB_LOST if that was the last one. Nothing, if its runner
 * has come back; JOB_SUPERSEDED, if there is a newer one of its ref.
 */
int queue_try_again(struct queue *queue, int64_t id, int attempt, struct jci_error *err);

/* ---- runners (server/poll) ---- */

struct polled_job { /* what a runner says of one of its jobs */
	int64_t id;
	int attempt;
	bool exited;
	int exit_status;
	const char *exit_reason, *detail; /* of an exited one */
};
struct poll {
	const char *runner, *name, *version; /* runner: its UUID */
	const char *const *labels;           /* NULL at the end */
	int slots;
	const struct polled_job *jobs;
	size_t n;
};
struct job_ref {
	int64_t id;
	int attempt;
};
struct orders { /* the answer */
	bool has_job;
	struct job job;
	char *key, *key_url; /* its deploy key, if it has one, and where that is good */
	struct job_ref *cancel, *forget;
	size_t n_cancel, n_forget, cancel_cap, forget_cap;
};
void orders_release(struct orders *orders);
#define cleanup_orders cleanup(orders_release)
/*
 * Renews leases, takes over what has exited, tells what to cancel and forget, and assigns the next
 * job that the runner may have: one whose labels it has, of the repository with the fewest jobs
 * running, then of the one that waited longest, then the oldest.
 */
int queue_poll(struct queue *queue, const struct poll *poll, struct orders *orders,
	       struct jci_error *err);

struct runner_info {
	char *id, *name, *version, *labels; /* labels separated by blanks */
	int slots, running;
	int64_t first_seen_us, last_seen_us; /* since 1970 */
};
struct runner_list {
	struct runner_info *runners;
	size_t n, cap;
};
void runner_list_release(struct runner_list *list);
#define cleanup_runner_list cleanup(runner_list_release)
int queue_runners(struct queue *queue, struct runner_list *list, struct jci_error *err);

/* ---- outbox (server/reporter) ---- */

struct status {
	int64_t id, job;
	char *repository;
	char commit[JCI_OID_HEX_SIZE];
	const char *state;                        /* Gitea's: pending, success, failure, error */
	char *context, *description, *target_url; /* the last may be NULL */
	bool uncertain; /* it may have been sent before: look at Gitea first */
};
void queue_status_release(struct status *status);
#define cleanup_status cleanup(queue_status_release)
/*
 * The next one that is due, marked as being sent: 1; 0: none is. Of one job, older ones that were
 * not sent are dropped for newer ones, and never is one sent after a newer one.
 */
int queue_next_status(struct queue *queue, struct status *status, struct jci_error *err);
int queue_status_sent(struct queue *queue, int64_t id, struct jci_error *err);
/*
 * It was not sent, for all that is known (or `maybe`), and is due again at `again_us` (since 1970);
 * 0: never, Gitea will not have it.
 */
int queue_status_failed(struct queue *queue, int64_t id, bool maybe, int64_t again_us,
			const char *why, struct jci_error *err);

/* ---- deploy keys (server/keys) ---- */

struct key_ref {
	char *repository;
	int64_t id; /* Gitea's */
};
/*
 * The next key whose job is done or has another one now: 1; 0: that was all, and the next call
 * begins again. queue_key_gone() forgets it.
 */
int queue_key_to_delete(struct queue *queue, struct key_ref *key, struct jci_error *err);
int queue_key_gone(struct queue *queue, const struct key_ref *key, struct jci_error *err);
/* Whether a key of Gitea's is one that a job still needs. */
int queue_key_is_used(struct queue *queue, const struct key_ref *key, bool *used,
		      struct jci_error *err);
void key_ref_release(struct key_ref *key);
#define cleanup_key_ref cleanup(key_ref_release)

/* ---- health (GET /healthz, GET /metrics) ---- */

/* Whether the database can be written: it is tried. */
int queue_check(struct queue *queue, struct jci_error *err);

struct queue_numbers {
	int64_t pending, unprepared, assigned, exited, outbox, runners, runners_alive;
	int64_t accepted, duplicates, done[JOB_BROKEN + 1], statuses_sent, statuses_failed, polls;
	int64_t oldest_pending_us;   /* age */
	int64_t commits, statements; /* of the database */
};
void queue_numbers(struct queue *queue, struct queue_numbers *out);

#endif
