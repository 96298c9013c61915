/* Jobs in the database: reading, making and ending them. */
#include <stdlib.h>
#include <string.h>

#include "server/queuepriv.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/duration.h"
#include "util/gettext.h"

/* ---- reading ---- */

static enum job_state state_of(const char *name)
{
	enum job_state state = JOB_PENDING;

	while (state < JOB_DONE && strcmp(job_state_name(state), name) != 0)
		state++;
	return state;
}

static enum job_reason reason_of(const char *name)
{
	enum job_reason reason = JOB_PASSED;

	while (name && reason < JOB_BROKEN && strcmp(job_reason_name(reason), name) != 0)
		reason++;
	return reason;
}

static char *copy(struct db_row *row, int column)
{
	const char *text = db_text(row, column);

	return text ? xstrdup(text) : NULL;
}

static void copy_into(char *out, size_t size, struct db_row *row, int column)
{
	snprintf(out, size, "%s", db_text(row, column));
}

void queue_job_from_row(struct job *job, struct db_row *row)
{
	*job = (struct job){
		.id = db_int(row, 0),
		.attempt = (int)db_int(row, 1),
		.state = state_of(db_text(row, 2)),
		.reason = reason_of(db_text(row, 3)),
		.prepared = db_int(row, 4) != 0,
		.cancelled = db_int(row, 5) != 0,
		.repository = copy(row, 6),
		.ref = copy(row, 7),
		.trigger = copy(row, 8),
		.pull = (int)db_int(row, 11),
		.labels = copy(row, 12),
		.image = copy(row, 13),
		.runner = copy(row, 14),
		.runner_name = copy(row, 15),
		.exit_reason = copy(row, 16),
		.exit_status = (int)db_int(row, 17),
		.detail = copy(row, 18),
		.created_us = db_int(row, 19),
		.assigned_us = db_int(row, 20),
		.ended_us = db_int(row, 21),
	};
	copy_into(job->commit, sizeof(job->commit), row, 9);
	copy_into(job->run_id, sizeof(job->run_id), row, 10);
}

int queue_job_read(struct queue *queue, int64_t id, struct job *job, struct jci_error *err)
{
	struct db_row *row = queue_ask(queue, "SELECT " JOB_COLUMNS " FROM jobs WHERE id = ?",
				       DB_VALUES(DB_INT(id)), err);
	int code = db_next(row, err);

	if (code > 0)
		queue_job_from_row(job, row);
	db_end(row);
	if (code == 0)
		return jci_error_set(err, JCI_ENOTFOUND, _("there is no job %lld"), (long long)id);
	return code < 0 ? code : 0;
}

/* ---- making ---- */

int queue_run_id(struct queue *queue, const char *last, char out[JCI_RUN_ID_SIZE],
		 struct jci_error *err)
{
	struct jci_run_id id = {0}, old = {-1, 0};
	int64_t now = clock_now_us() / 1000000;
	int code = 1;

	if (last && jci_run_id_parse(&old, last, strlen(last)) && now <= old.seconds)
		now = old.seconds + 1;
	/* (There are 65,536 a second.) */
	for (int tries = 0; code > 0; tries++) {
		jci_run_id_new(&id, now + tries / 64);
		jci_run_id_format(out, &id);
		code = queue_ask_exists(queue, "SELECT 1 FROM jobs WHERE run_id = ?",
					DB_VALUES(DB_TEXT(out)), err);
	}
	return code;
}

struct repository *queue_repository(struct queue *queue, const char *name, struct jci_error *err)
{
	struct repository *repository = known_repository_find(&queue->memory, name);

	if (repository)
		return repository;
	if (queue_tell(queue, "INSERT INTO repositories (name) VALUES (?)",
		       DB_VALUES(DB_TEXT(name)), err) < 0)
		return NULL;
	repository = known_repository_new(&queue->memory, name);
	/* what it had before was never seen */
	repository->looked_to = queue->pushes;
	return repository;
}

static void remember(struct queue *queue, struct repository *repository, int64_t id)
{
	struct live *live = queue_live_new(&queue->memory, id);

	live->repository = repository;
	queue_live_put(&queue->memory, live);
}

int queue_job_insert(struct queue *queue, const struct new_job *new, int64_t *id,
		     struct jci_error *err)
{
	struct repository *repository = queue_repository(queue, new->repository, err);
	char run_id[JCI_RUN_ID_SIZE];

	if (!repository || queue_run_id(queue, NULL, run_id, err) < 0 ||
	    queue_tell(queue,
		       "INSERT INTO jobs (repository, ref, commit_id, cause, pull, run_id, "
		       "created_us) "
		       "VALUES (?, ?, ?, ?, ?, ?, ?)",
		       DB_VALUES(DB_TEXT(new->repository), DB_TEXT(new->ref), DB_TEXT(new->commit),
				 DB_TEXT(new->trigger), DB_INT(new->pull), DB_TEXT(run_id),
				 DB_INT(clock_now_us())),
		       err) < 0)
		return err->code;
	*id = db_last_id(queue->db);
	remember(queue, repository, *id);
	return queue_status_add(queue, *id, STATUS_QUEUED, "pending", _("queued"), err);
}

/* ---- ending ---- */

static const char *status_state(enum job_reason reason)
{
	switch (reason) {
	case JOB_PASSED:
		return "success";
	case JOB_FAILED:
	case JOB_TIMEOUT:
		return "failure";
	default:
		return "error";
	}
}

static const char *reason_text(enum job_reason reason)
{
	static const char *const texts[] = {
		[JOB_PASSED] = N_("passed"),
		[JOB_FAILED] = N_("failed"),
		[JOB_TIMEOUT] = N_("timed out"),
		[JOB_CANCELLED] = N_("cancelled"),
		[JOB_SUPERSEDED] = N_("superseded by a newer commit"),
		[JOB_LOST] = N_("lost: no runner came back with a result"),
		[JOB_BROKEN] = N_("ended without a result"),
	};

	return _(texts[reason]);
}

int queue_job_end(struct queue *queue, struct live *live, enum job_reason reason,
		  const char *detail, struct jci_error *err)
{
	const int64_t id = live->id;

	if (queue_tell(queue,
		       "UPDATE jobs SET state = 'done', reason = ?, detail = ?, ended_us = ? "
		       "WHERE id = ? AND state <> 'done'",
		       DB_VALUES(DB_TEXT(job_reason_name(reason)), DB_TEXT(detail),
				 DB_INT(clock_now_us()), DB_INT(id)),
		       err) < 0 ||
	    queue_tell(queue, "UPDATE keys SET secret = NULL WHERE job = ?", DB_VALUES(DB_INT(id)),
		       err) < 0)
		return err->code;
	queue_live_drop(&queue->memory, live);
	queue->sum.done[reason]++;
	return queue_status_add(queue, id, STATUS_FINAL, status_state(reason),
				detail && *detail ? detail : reason_text(reason), err);
}

int queue_job_end_stopped(struct queue *queue, struct live *live, struct jci_error *err)
{
	cleanup_job struct job job = {0};

	if (queue_job_read(queue, live->id, &job, err) < 0)
		return err->code;
	return queue_job_end(queue, live, job.reason, job.detail, err);
}

int queue_job_stop(struct queue *queue, struct live *live, enum job_reason reason,
		   const char *detail, struct jci_error *err)
{
	if (live->cancelled)
		return 0;
	if (queue_tell(
		    queue, "UPDATE jobs SET cancelled = 1, reason = ?, detail = ? WHERE id = ?",
		    DB_VALUES(DB_TEXT(job_reason_name(reason)), DB_TEXT(detail), DB_INT(live->id)),
		    err) < 0)
		return err->code;
	live->cancelled = true;
	live->stopping_since_us = clock_monotonic_us();
	return 0;
}

int queue_job_check_time(struct queue *queue, struct live *live, int64_t now_us,
			 struct jci_error *err)
{
	cleanup_strbuf struct strbuf duration = STRBUF_INIT;
	cleanup_free char *detail = NULL;

	if (live->state != JOB_ASSIGNED || live->cancelled || now_us < live->deadline_us)
		return 0;
	duration_add(&duration, queue->options.timeout_us);
	detail = xasprintf(_("timed out after %s"), duration.buf);
	return queue_job_stop(queue, live, JOB_TIMEOUT, detail, err);
}

/* ---- what people ask for ---- */

int queue_job(struct queue *queue, int64_t id, struct job *job, struct jci_error *err)
{
	*job = (struct job){0};
	if (queue_begin(queue, err) < 0)
		return err->code;
	return queue_end(queue, queue_job_read(queue, id, job, err), err);
}

static int cancel(struct queue *queue, int64_t id, struct jci_error *err)
{
	struct live *live = queue_live_find(&queue->memory, id);
	cleanup_job struct job job = {0};

	if (!live)
		return queue_job_read(queue, id, &job, err) < 0
			       ? err->code
			       : jci_error_set(err, JCI_EINVALID, _("job %lld is done already"),
					       (long long)id);
	if (live->state == JOB_ASSIGNED)
		return queue_job_stop(queue, live, JOB_CANCELLED, NULL, err);
	return queue_job_end(queue, live, JOB_CANCELLED, NULL, err);
}

int queue_cancel(struct queue *queue, int64_t id, struct jci_error *err)
{
	if (queue_begin(queue, err) < 0)
		return err->code;
	return queue_end(queue, cancel(queue, id, err), err);
}

static int retry(struct queue *queue, int64_t id, int64_t *new_id, struct jci_error *err)
{
	cleanup_job struct job job = {0};
	struct new_job new;

	if (queue_job_read(queue, id, &job, err) < 0)
		return err->code;
	if (job.state != JOB_DONE)
		return jci_error_set(err, JCI_EINVALID, _("job %lld is not done yet"),
				     (long long)id);
	new = (struct new_job){job.repository, job.ref, job.commit, "retry", job.pull};
	return queue_job_insert(queue, &new, new_id, err);
}

int queue_retry(struct queue *queue, int64_t id, int64_t *new_id, struct jci_error *err)
{
	if (queue_begin(queue, err) < 0)
		return err->code;
	return queue_end(queue, retry(queue, id, new_id, err), err);
}
