/* Memory, from what is in the database. */
#include <string.h>

#include "server/queuepriv.h"
#include "util/alloc.h"
#include "util/clock.h"

static int load_repositories(struct queue *queue, struct jci_error *err)
{
	struct db_row *row = queue_ask(
		queue, "SELECT name, looked_at FROM repositories ORDER BY name", DB_NONE, err);
	int code;

	while ((code = db_next(row, err)) > 0) {
		struct repository *repository =
			known_repository_new(&queue->memory, db_text(row, 0));

		repository->looked_at = db_int(row, 1) != 0;
		repository->looked_to = queue->pushes;
	}
	return code;
}

static int load_runners(struct queue *queue, struct jci_error *err)
{
	struct db_row *row =
		queue_ask(queue,
			  "SELECT id, name, version, labels, first_seen_us, last_seen_us "
			  "FROM runners ORDER BY id",
			  DB_NONE, err);
	int code;

	while ((code = db_next(row, err)) > 0) {
		struct runner *runner = known_runner_new(&queue->memory, db_text(row, 0));

		runner->host = xstrdup(db_text(row, 1));
		runner->version = xstrdup(db_text(row, 2));
		runner->labels = xstrdup(db_text(row, 3));
		runner->first_seen_us = db_int(row, 4);
		runner->last_seen_us = db_int(row, 5);
	}
	return code;
}

/* A clock that jumped makes it neither endless nor longer than it was. */
static int64_t deadline(const struct queue *queue, const struct job *job)
{
	const int64_t whole = queue->options.timeout_us + queue->options.lease_us;
	int64_t left = whole - (clock_now_us() - job->assigned_us);

	if (left < 0)
		left = 0;
	return clock_monotonic_us() + (left < whole ? left : whole);
}

static int load_job(struct queue *queue, const struct job *job, struct jci_error *err)
{
	struct repository *repository = known_repository_find(&queue->memory, job->repository);
	struct runner *runner = job->runner ? known_runner_find(&queue->memory, job->runner) : NULL;
	struct live *live;

	if (!repository || (job->state != JOB_PENDING && !runner))
		return jci_error_set(err, JCI_EFAIL,
				     "job %lld has no repository or runner in the database",
				     (long long)job->id);
	live = queue_live_new(&queue->memory, job->id);
	live->attempt = job->attempt;
	live->state = job->state;
	live->prepared = job->prepared;
	live->cancelled = job->cancelled;
	live->repository = repository;
	live->labels = job->labels ? xstrdup(job->labels) : NULL;
	live->runner = runner;
	live->lease_us = clock_monotonic_us() + queue->options.lease_us;
	live->deadline_us = deadline(queue, job);
	live->stopping_since_us = job->cancelled ? clock_monotonic_us() : 0;
	queue_live_put(&queue->memory, live);
	return 0;
}

static int load_jobs(struct queue *queue, struct jci_error *err)
{
	struct db_row *row =
		queue_ask(queue,
			  "SELECT " JOB_COLUMNS
			  " FROM jobs INDEXED BY jobs_live WHERE state <> 'done' ORDER BY id",
			  DB_NONE, err);
	int code;

	while ((code = db_next(row, err)) > 0) {
		cleanup_job struct job job = {0};

		queue_job_from_row(&job, row);
		if (load_job(queue, &job, err) < 0) {
			db_end(row);
			return err->code;
		}
	}
	return code;
}

static int load_pushes(struct queue *queue, struct jci_error *err)
{
	struct db_row *row = queue_ask(queue, "SELECT max(number) FROM heads", DB_NONE, err);
	int code = db_next(row, err);

	if (code > 0)
		queue->pushes = db_int(row, 0);
	db_end(row);
	return code < 0 ? code : 0;
}

int queue_memory_load(struct queue *queue, struct jci_error *err)
{
	queue_memory_release(&queue->memory);
	if (load_pushes(queue, err) < 0 || load_repositories(queue, err) < 0 ||
	    load_runners(queue, err) < 0 || load_jobs(queue, err) < 0)
		return err->code;
	return 0;
}
