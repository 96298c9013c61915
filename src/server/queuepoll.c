/* What runners say, and what they are told. Where there is no news, the database is not asked. */
#include <string.h>

#include "server/queuepriv.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/gettext.h"

struct visit {
	const struct poll *poll;
	struct runner *runner;
	struct orders *orders;
	int64_t now; /* monotonic */
};

static void add_ref(struct job_ref **refs, size_t *n, size_t *cap, const struct polled_job *said)
{
	ARRAY_GROW(*refs, *n + 1, *cap);
	(*refs)[(*n)++] = (struct job_ref){said->id, said->attempt};
}

static void cancel(struct orders *orders, const struct polled_job *said)
{
	add_ref(&orders->cancel, &orders->n_cancel, &orders->cancel_cap, said);
}

static void forget(struct orders *orders, const struct polled_job *said)
{
	add_ref(&orders->forget, &orders->n_forget, &orders->forget_cap, said);
}

/* ---- jobs that the runner has ---- */

static int take_over(struct queue *queue, struct live *live, const struct polled_job *said,
		     struct jci_error *err)
{
	if (queue_tell(queue,
		       "UPDATE jobs SET state = 'exited', exit_reason = ?, exit_status = ?, "
		       "detail = CASE cancelled WHEN 0 THEN ? ELSE detail END WHERE id = ?",
		       DB_VALUES(DB_TEXT(said->exit_reason), DB_INT(said->exit_status),
				 DB_TEXT(said->detail), DB_INT(live->id)),
		       err) < 0)
		return err->code;
	queue_live_take(&queue->memory, live);
	live->state = JOB_EXITED;
	live->not_before_us = 0;
	queue_live_put(&queue->memory, live);
	/* stopped because it was told to: there is nothing to look for */
	if (live->cancelled && said->exit_reason && strcmp(said->exit_reason, "cancelled") == 0)
		return queue_job_end_stopped(queue, live, err);
	return 0;
}

static int hear(struct queue *queue, struct visit *visit, const struct polled_job *said,
		struct jci_error *err)
{
	struct live *live = queue_live_find(&queue->memory, said->id);
	const bool is_its = live && live->attempt == said->attempt &&
			    live->runner == visit->runner && live->state != JOB_PENDING;

	if (said->exited) {
		forget(visit->orders, said);
		return is_its && live->state == JOB_ASSIGNED ? take_over(queue, live, said, err)
							     : 0;
	}
	if (!is_its) {
		cancel(visit->orders, said);
		return 0;
	}
	live->lease_us = visit->now + queue->options.lease_us;
	if (queue_job_check_time(queue, live, visit->now, err) < 0)
		return err->code;
	if (live->cancelled)
		cancel(visit->orders, said);
	return 0;
}

/* ---- the job that it gets ---- */

static int read_key(struct queue *queue, int64_t job, struct orders *orders, struct jci_error *err)
{
	struct db_row *row = queue_ask(
		queue, "SELECT secret, url FROM keys WHERE job = ? AND secret IS NOT NULL",
		DB_VALUES(DB_INT(job)), err);
	int code = db_next(row, err);

	if (code > 0) {
		orders->key = xstrdup(db_text(row, 0));
		orders->key_url = db_is_null(row, 1) ? NULL : xstrdup(db_text(row, 1));
	}
	db_end(row);
	return code < 0 ? code : 0;
}

static int answer(struct queue *queue, struct visit *visit, struct live *live,
		  struct jci_error *err)
{
	if (queue_job_read(queue, live->id, &visit->orders->job, err) < 0 ||
	    read_key(queue, live->id, visit->orders, err) < 0)
		return err->code;
	visit->orders->has_job = true;
	live->lease_us = visit->now + queue->options.lease_us;
	return 0;
}

static int assign(struct queue *queue, struct visit *visit, struct live *live,
		  struct jci_error *err)
{
	cleanup_free char *text = xasprintf(_("running on %s"), visit->runner->host);

	if (queue_tell(queue,
		       "UPDATE jobs SET state = 'assigned', runner = ?, runner_name = ?, "
		       "assigned_us = ? WHERE id = ?",
		       DB_VALUES(DB_TEXT(visit->runner->named.name), DB_TEXT(visit->runner->host),
				 DB_INT(clock_now_us()), DB_INT(live->id)),
		       err) < 0 ||
	    queue_runner_write(queue, visit->runner, err) < 0 ||
	    queue_status_add(queue, live->id, STATUS_RUNNING, "pending", text, err) < 0)
		return err->code;
	queue_live_take(&queue->memory, live);
	live->state = JOB_ASSIGNED;
	live->runner = visit->runner;
	live->not_before_us = 0;
	live->deadline_us = visit->now + queue->options.timeout_us + queue->options.lease_us;
	live->repository->served_at = ++queue->memory.served;
	queue_live_put(&queue->memory, live);
	return answer(queue, visit, live, err);
}

static bool is_named(const struct poll *poll, const struct live *live)
{
	for (size_t i = 0; i < poll->n; i++)
		if (poll->jobs[i].id == live->id && poll->jobs[i].attempt == live->attempt)
			return true;
	return false;
}

/*
 * Jobs that it has but does not name: the answer that gave it one was lost, so it gets that again;
 * or it forgot one that was cancelled, then nothing has to be stopped. 1: there is one to answer.
 */
static int look_for_lost(struct queue *queue, struct visit *visit, struct live **lost,
			 struct jci_error *err)
{
	const struct live_set *jobs = &visit->runner->jobs;

	for (size_t i = jobs->n; i-- > 0;) {
		struct live *live = jobs->v[i];

		if (is_named(visit->poll, live))
			continue;
		if (!live->cancelled)
			*lost = live;
		else if (queue_job_end_stopped(queue, live, err) < 0)
			return err->code;
	}
	return 0;
}

static int poll_jobs(struct queue *queue, struct visit *visit, struct jci_error *err)
{
	const struct poll *poll = visit->poll;
	struct live *live = NULL;

	for (size_t i = 0; i < poll->n; i++)
		if (hear(queue, visit, &poll->jobs[i], err) < 0)
			return err->code;
	if (look_for_lost(queue, visit, &live, err) < 0)
		return err->code;
	if (poll->slots <= 0)
		return 0;
	if (live)
		return answer(queue, visit, live, err);
	if (visit->runner->jobs.n >= (size_t)queue->options.max_jobs)
		return 0;
	live = queue_live_choose(&queue->memory, visit->runner);
	return live ? assign(queue, visit, live, err) : 0;
}

int queue_poll(struct queue *queue, const struct poll *poll, struct orders *orders,
	       struct jci_error *err)
{
	struct visit visit = {.poll = poll, .orders = orders};
	int code;

	*orders = (struct orders){0};
	if (queue_begin(queue, err) < 0)
		return err->code;
	visit.now = clock_monotonic_us();
	queue->sum.polls++;
	visit.runner = queue_runner_polls(queue, poll, err);
	code = visit.runner ? poll_jobs(queue, &visit, err) : err->code;
	code = queue_end(queue, code, err);
	if (code < 0)
		orders_release(orders);
	return code;
}
