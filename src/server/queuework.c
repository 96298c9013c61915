/* Work for the inspector: jobs to prepare, and results to look for. */
#include <stdlib.h>

#include "server/queuepriv.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/gettext.h"

/* Whoever got a job has it for so long, unless he says something of it before. */
static const int64_t CLAIM_US = INT64_C(5) * 60 * 1000000;

/* ---- handing out ---- */

/* An assigned job: whether its runner is gone, or does not stop it. */
static bool is_lost(const struct queue *queue, const struct live *live, int64_t now)
{
	return now >= live->lease_us ||
	       (live->cancelled && now >= live->stopping_since_us + queue->options.lease_us);
}

/* 1: the first job of the set that is to be looked at; 0: none. */
static int hand_out(struct queue *queue, const struct live_set *set, struct job *job,
		    struct jci_error *err)
{
	const int64_t now = clock_monotonic_us();

	for (size_t i = 0; i < set->n; i++) {
		struct live *live = set->v[i];

		if (now < live->not_before_us ||
		    (live->state == JOB_ASSIGNED && !is_lost(queue, live, now)))
			continue;
		if (queue_job_read(queue, live->id, job, err) < 0)
			return err->code;
		live->not_before_us = now + CLAIM_US;
		return 1;
	}
	return 0;
}

/* Those that run too long are to be stopped, whether their runner asks or not. */
static int stop_overdue(struct queue *queue, struct jci_error *err)
{
	const struct live_set *busy = &queue->memory.busy;
	const int64_t now = clock_monotonic_us();

	for (size_t i = 0; i < busy->n; i++)
		if (queue_job_check_time(queue, busy->v[i], now, err) < 0)
			return err->code;
	return 0;
}

int queue_unprepared(struct queue *queue, struct job *job, struct jci_error *err)
{
	*job = (struct job){0};
	if (queue_begin(queue, err) < 0)
		return err->code;
	return queue_end(queue, hand_out(queue, &queue->memory.unprepared, job, err), err);
}

int queue_to_inspect(struct queue *queue, struct job *job, struct jci_error *err)
{
	int code;

	*job = (struct job){0};
	if (queue_begin(queue, err) < 0)
		return err->code;
	code = stop_overdue(queue, err);
	if (code == 0)
		code = hand_out(queue, &queue->memory.busy, job, err);
	return queue_end(queue, code, err);
}

void queue_postpone(struct queue *queue, int64_t id, int64_t until_us)
{
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;
	struct live *live;

	if (queue_begin(queue, &ignored) < 0)
		return;
	live = queue_live_find(&queue->memory, id);
	if (live)
		live->not_before_us = until_us;
	queue_end(queue, 0, &ignored);
}

/* ---- prepared ---- */

static int keep_key(struct queue *queue, int64_t id, const char *repository,
		    const struct job_key *key, bool wanted, struct jci_error *err)
{
	if (wanted && queue_tell(queue, "UPDATE keys SET secret = NULL WHERE job = ?",
				 DB_VALUES(DB_INT(id)), err) < 0)
		return err->code;
	if (queue_tell(queue,
		       "INSERT OR REPLACE INTO keys (repository, id, job, secret, url) "
		       "VALUES (?, ?, ?, ?, ?)",
		       DB_VALUES(DB_TEXT(repository), DB_INT(key->id), DB_INT(id),
				 DB_TEXT(wanted ? key->secret : NULL), DB_TEXT(key->url)),
		       err) < 0)
		return err->code;
	if (!wanted)
		return 0;
	return queue_tell(queue, "UPDATE jobs SET key_id = ? WHERE id = ?",
			  DB_VALUES(DB_INT(key->id), DB_INT(id)), err);
}

static int set_prepared(struct queue *queue, struct live *live, const char *labels,
			const char *image, bool prepared, struct jci_error *err)
{
	if (queue_tell(
		    queue, "UPDATE jobs SET labels = ?, image = ?, prepared = ? WHERE id = ?",
		    DB_VALUES(DB_TEXT(labels), DB_TEXT(image), DB_INT(prepared), DB_INT(live->id)),
		    err) < 0)
		return err->code;
	queue_live_take(&queue->memory, live);
	free(live->labels);
	live->labels = labels ? xstrdup(labels) : NULL;
	live->prepared = prepared;
	live->not_before_us = 0;
	queue_live_put(&queue->memory, live);
	return 0;
}

static int prepared(struct queue *queue, int64_t id, const char *labels, const char *image,
		    const struct job_key *key, struct jci_error *err)
{
	struct live *live = queue_live_find(&queue->memory, id);
	const bool wanted = live && live->state == JOB_PENDING && !live->prepared;
	cleanup_job struct job job = {0};

	if (queue_job_read(queue, id, &job, err) < 0)
		return err->code;
	/* also one that came too late has to be deleted at Gitea */
	if (key && keep_key(queue, id, job.repository, key, wanted, err) < 0)
		return err->code;
	if (!wanted)
		return 0;
	return set_prepared(queue, live, labels && *labels ? labels : NULL, image,
			    key || !queue->options.deploy_keys, err);
}

int queue_prepared(struct queue *queue, int64_t id, const char *labels, const char *image,
		   const struct job_key *key, struct jci_error *err)
{
	if (queue_begin(queue, err) < 0)
		return err->code;
	return queue_end(queue, prepared(queue, id, labels, image, key, err), err);
}

/* ---- results ---- */

static int finish(struct queue *queue, int64_t id, int attempt, enum job_reason reason,
		  const char *detail, struct jci_error *err)
{
	struct live *live = queue_live_find(&queue->memory, id);

	if (!live || live->attempt != attempt)
		return 0;
	/* it was told to stop, and did not pass before it could */
	if (live->cancelled && reason != JOB_PASSED)
		return queue_job_end_stopped(queue, live, err);
	return queue_job_end(queue, live, reason, detail, err);
}

int queue_finish(struct queue *queue, int64_t id, int attempt, enum job_reason reason,
		 const char *detail, struct jci_error *err)
{
	if (queue_begin(queue, err) < 0)
		return err->code;
	return queue_end(queue, finish(queue, id, attempt, reason, detail, err), err);
}

/* The commit of a newer job of its ref; "": there is none. */
static int newer_commit(struct queue *queue, const struct job *job, char out[JCI_OID_HEX_SIZE],
			struct jci_error *err)
{
	struct db_row *row =
		queue_ask(queue,
			  "SELECT commit_id FROM jobs INDEXED BY jobs_ref WHERE repository = ? "
			  "AND ref = ? AND id > ? AND commit_id <> ? AND cause <> 'retry' "
			  "AND (state <> 'done' OR reason NOT IN ('superseded', 'cancelled')) "
			  "ORDER BY id DESC LIMIT 1",
			  DB_VALUES(DB_TEXT(job->repository), DB_TEXT(job->ref), DB_INT(job->id),
				    DB_TEXT(job->commit)),
			  err);
	int code = db_next(row, err);

	snprintf(out, JCI_OID_HEX_SIZE, "%s", code > 0 ? db_text(row, 0) : "");
	db_end(row);
	return code < 0 ? code : 0;
}

static int next_attempt(struct queue *queue, struct live *live, const struct job *job,
			struct jci_error *err)
{
	cleanup_free char *text = xasprintf(_("queued again, attempt %d"), live->attempt + 1);
	char run_id[JCI_RUN_ID_SIZE];

	if (queue_run_id(queue, job->run_id, run_id, err) < 0 ||
	    queue_tell(queue,
		       "UPDATE jobs SET state = 'pending', attempt = attempt + 1, run_id = ?, "
		       "runner = NULL, runner_name = NULL, assigned_us = 0, exit_reason = NULL, "
		       "exit_status = 0, detail = NULL WHERE id = ?",
		       DB_VALUES(DB_TEXT(run_id), DB_INT(live->id)), err) < 0)
		return err->code;
	queue_live_take(&queue->memory, live);
	live->state = JOB_PENDING;
	live->attempt++;
	live->runner = NULL;
	live->not_before_us = 0;
	queue_live_put(&queue->memory, live);
	return queue_status_add(queue, live->id, STATUS_QUEUED, "pending", text, err);
}

/* One that has to be run again is, as to what supersedes it, one that waits. */
static int try_again_or_end(struct queue *queue, struct live *live, struct jci_error *err)
{
	cleanup_job struct job job = {0};
	cleanup_free char *detail = NULL;
	char newer[JCI_OID_HEX_SIZE] = "";

	if (queue_job_read(queue, live->id, &job, err) < 0 ||
	    (queue->options.supersede != SUPERSEDE_NONE &&
	     newer_commit(queue, &job, newer, err) < 0))
		return err->code;
	if (*newer) {
		detail = queue_superseded_text(newer);
		return queue_job_end(queue, live, JOB_SUPERSEDED, detail, err);
	}
	if (live->attempt < queue->options.max_attempts)
		return next_attempt(queue, live, &job, err);
	detail = xasprintf(Q_("lost: no result after %d attempt",
			      "lost: no result after %d attempts", (unsigned long)live->attempt),
			   live->attempt);
	return queue_job_end(queue, live, JOB_LOST, detail, err);
}

static int try_again(struct queue *queue, int64_t id, int attempt, struct jci_error *err)
{
	struct live *live = queue_live_find(&queue->memory, id);

	if (!live || live->attempt != attempt || live->state == JOB_PENDING)
		return 0;
	if (live->cancelled)
		return queue_job_end_stopped(queue, live, err);
	/* its runner came back meanwhile */
	if (live->state == JOB_ASSIGNED && clock_monotonic_us() < live->lease_us) {
		live->not_before_us = 0;
		return 0;
	}
	return try_again_or_end(queue, live, err);
}

int queue_try_again(struct queue *queue, int64_t id, int attempt, struct jci_error *err)
{
	if (queue_begin(queue, err) < 0)
		return err->code;
	return queue_end(queue, try_again(queue, id, attempt, err), err);
}
