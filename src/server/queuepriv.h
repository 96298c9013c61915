/*
 * What the parts of the queue share.
 *
 * Every function of queue.h is one *call*: queue_begin(), work, queue_end(). One thread works at a
 * time. What a call writes is in a savepoint of its own within a transaction that all calls share
 * until nobody waits for his turn any more: the last one commits for all, and until then nobody
 * returns, readers no more than writers. So what a call has seen or done is on disk when it
 * returns, and many threads cost one fsync(2).
 *
 * Jobs that are not done are in memory as well (struct memory), for polls and for those who look
 * for work. It is changed only together with the database: when a call or a commit fails, memory is
 * read anew. Leases and the like are in memory alone.
 */
#ifndef JCI_SERVER_QUEUEPRIV_H
#define JCI_SERVER_QUEUEPRIV_H

#include <pthread.h>
#include <semaphore.h>

#include "server/queue.h"
#include "util/db.h"

/* ---- memory (queuelive.c) ---- */

/* Borrowed pointers, sorted by id. */
struct live_set {
	struct live **v;
	size_t n, cap;
};

/* Repositories and runners, sorted by name. */
struct named {
	char *name;
};
struct named_set {
	struct named **v;
	size_t n, cap;
};

struct repository {
	struct named named;
	bool looked_at;     /* by the catch-up */
	int64_t looked_to;  /* number of the last push that the last look may have missed */
	int assigned;       /* jobs that runners have now */
	uint64_t served_at; /* memory.served, when it got its last one */
};

/* A runner's jobs are those in state assigned. */
struct runner {
	struct named named; /* its id */
	char *host, *version, *labels;
	int slots;
	int64_t first_seen_us, last_seen_us; /* since 1970 */
	int64_t seen_us;                     /* monotonic; 0: not since the start */
	struct live_set jobs;
};

struct live { /* a job that is not done */
	int64_t id;
	int attempt;
	enum job_state state;
	bool prepared, cancelled;
	struct repository *repository;
	char *labels;              /* NULL: any runner will do */
	struct runner *runner;     /* of an assigned or exited one */
	int64_t lease_us;          /* all these monotonic: until then its runner has it */
	int64_t deadline_us;       /* then it is to be stopped */
	int64_t stopping_since_us; /* of a cancelled one */
	int64_t not_before_us;     /* nobody shall look at it */
};

/* Prepared jobs of a repository that want the same labels. Never empty. */
struct lane {
	struct repository *repository;
	char *labels;
	struct live_set jobs;
};

struct memory {
	struct live_set all, unprepared, busy; /* busy: assigned or exited */
	struct lane **lanes;
	size_t n_lanes, lanes_cap;
	struct named_set repositories, runners;
	uint64_t served;
};

void queue_memory_release(struct memory *memory);
struct live *queue_live_find(const struct memory *memory, int64_t id);
/* A new one, in `all` only; memory owns it. Ids may come in any order. */
struct live *queue_live_new(struct memory *memory, int64_t id);
/* Into the sets of its state, and out of them: taken out before state, labels or runner change. */
void queue_live_put(struct memory *memory, struct live *live);
void queue_live_take(struct memory *memory, struct live *live);
/* It is done. */
void queue_live_drop(struct memory *memory, struct live *live);
/* The job for this runner to do next; NULL: none. */
struct live *queue_live_choose(const struct memory *memory, const struct runner *runner);

struct repository *known_repository_find(const struct memory *memory, const char *name);
struct repository *known_repository_new(struct memory *memory, const char *name);
struct runner *known_runner_find(const struct memory *memory, const char *id);
struct runner *known_runner_new(struct memory *memory, const char *id);

/* ---- calls (queue.c) ---- */

struct call { /* on the stack */
	struct call *next;
	struct jci_error *err;
	sem_t done;
};

struct queue {
	struct queue_options options;
	char *web_url;
	struct db *db;
	pthread_mutex_t lock; /* of all that follows, but where it says otherwise */
	int waiting;          /* calls that wait for the lock; atomic */
	bool open;            /* there is a transaction */
	bool writing;         /* and a savepoint, of the call that has the lock */
	struct call *calls;   /* those that wait for the commit */
	struct memory memory;
	int64_t pushes;           /* number of the last push in table heads */
	int64_t key_cursor;       /* queue_key_to_delete() */
	struct queue_numbers sum; /* what is counted; the rest is 0 */
	bool stale;               /* memory could not be read anew */

	pthread_mutex_t wait_lock; /* of what follows */
	pthread_cond_t changed;
	uint64_t changes;
	bool stopped;
};

/* Not to be in a call already. If it fails, there is no call. */
int queue_begin(struct queue *queue, struct jci_error *err);
/* `code`: how it went, <0: what it wrote is undone. Returns that, or how the commit went. */
int queue_end(struct queue *queue, int code, struct jci_error *err);
/* As db_query(): of the call. */
struct db_row *queue_ask(struct queue *queue, const char *sql, const struct db_value *values,
			 struct jci_error *err);
/* As db_run(), within the call's savepoint. */
int queue_tell(struct queue *queue, const char *sql, const struct db_value *values,
	       struct jci_error *err);
/* 1 or 0: whether there is such a row. */
int queue_ask_exists(struct queue *queue, const char *sql, const struct db_value *values,
		     struct jci_error *err);

/* ---- loading (queueload.c) ---- */

/* Fills memory from the database, whatever was in it. */
int queue_memory_load(struct queue *queue, struct jci_error *err);

/* ---- jobs (queuejobs.c) ---- */

/* Columns of a whole job, and the job from a row of them; no pointer of `job` is freed. */
#define JOB_COLUMNS                                                                            \
	"id, attempt, state, reason, prepared, cancelled, repository, ref, cause, commit_id, " \
	"run_id, pull, labels, image, runner, runner_name, exit_reason, exit_status, detail, " \
	"created_us, assigned_us, ended_us"
void queue_job_from_row(struct job *job, struct db_row *row);
int queue_job_read(struct queue *queue, int64_t id, struct job *job, struct jci_error *err);

/* A new pending job, with its status. */
struct new_job {
	const char *repository, *ref, *commit, *trigger;
	int pull;
};
int queue_job_insert(struct queue *queue, const struct new_job *new, int64_t *id,
		     struct jci_error *err);
/* It ends here, with its final status. detail: NULL: nothing to say. */
int queue_job_end(struct queue *queue, struct live *live, enum job_reason reason,
		  const char *detail, struct jci_error *err);
/* The same with what queue_job_stop() said. */
int queue_job_end_stopped(struct queue *queue, struct live *live, struct jci_error *err);
/* An assigned one: its runner is told, and it ends with this once that has stopped it. */
int queue_job_stop(struct queue *queue, struct live *live, enum job_reason reason,
		   const char *detail, struct jci_error *err);
/* The same, if it has run too long. now_us: monotonic. */
int queue_job_check_time(struct queue *queue, struct live *live, int64_t now_us,
			 struct jci_error *err);
/* An id for the next attempt: no other job has it, and it is younger than `last`. */
int queue_run_id(struct queue *queue, const char *last, char out[JCI_RUN_ID_SIZE],
		 struct jci_error *err);
/* That of memory; a new one is noted down. NULL: failed. */
struct repository *queue_repository(struct queue *queue, const char *name, struct jci_error *err);

/* ---- heads (queueheads.c) ---- */

struct head_row {
	bool there;
	char commit[JCI_OID_HEX_SIZE], before[JCI_OID_HEX_SIZE];
	bool pushed, caught_up; /* who told: a push, the catch-up; neither: a pull request */
	int64_t number;
};
int queue_head_read(struct queue *queue, const char *repository, const char *ref,
		    struct head_row *row, struct jci_error *err);
int queue_head_write(struct queue *queue, const char *repository, const char *ref,
		     const char *commit, const char *before, const char *source,
		     struct jci_error *err);
int queue_head_remove(struct queue *queue, const char *repository, const char *ref,
		      struct jci_error *err);
/* "superseded by 1a2b3c4"; to be freed. */
char *queue_superseded_text(const char *commit);
/* Jobs of the ref that are older than `id` and of other commits end, as the options say. */
int queue_supersede_older(struct queue *queue, const struct new_job *newer, int64_t id, int *n,
			  struct jci_error *err);
/* Pending jobs of a ref that is gone. */
int queue_cancel_deleted(struct queue *queue, const char *repository, const char *ref, int *n,
			 struct jci_error *err);
/* Those of a pull request. */
int queue_cancel_pull(struct queue *queue, const char *repository, int pull, int *n,
		      struct jci_error *err);
int queue_skip_commit(struct queue *queue, const char *repository, const char *commit,
		      struct jci_error *err);
int queue_is_skipped(struct queue *queue, const char *repository, const char *commit,
		     struct jci_error *err);

/* ---- runners (queuerunners.c) ---- */

/* The one that polls; new or different ones are noted down. NULL: failed. */
struct runner *queue_runner_polls(struct queue *queue, const struct poll *poll,
				  struct jci_error *err);
/* Notes down when it, or each of them, was seen last. */
int queue_runner_write(struct queue *queue, const struct runner *runner, struct jci_error *err);
int queue_runners_write(struct queue *queue, struct jci_error *err);

/* ---- outbox (queueoutbox.c) ---- */

enum status_kind { STATUS_QUEUED, STATUS_RUNNING, STATUS_FINAL };
/* `text`: the description without its job's number. Older ones that wait are dropped. */
int queue_status_add(struct queue *queue, int64_t job, enum status_kind kind, const char *state,
		     const char *text, struct jci_error *err);

#endif
