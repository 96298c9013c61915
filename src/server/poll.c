/* POST /poll: a runner says what it has, and is told what to do. */
#include "server/poll.h"

#include <string.h>

#include "server/request.h"
#include "util/clock.h"

static void count(struct request *rq, enum poll_count what)
{
	struct counts *counts = server_counts(rq->server);

	count_add(&counts->polls[what], 1);
	durations_add(&counts->poll, clock_monotonic_us() - rq->begin_us);
}

static const struct polled_job *find(const struct poll *poll, const struct job_ref *ref)
{
	for (size_t i = 0; i < poll->n; i++)
		if (poll->jobs[i].id == ref->id && poll->jobs[i].attempt == ref->attempt)
			return &poll->jobs[i];
	return NULL;
}

static void log_exited(const struct request *rq, const struct poll *poll,
		       const struct orders *orders)
{
	for (size_t i = 0; i < orders->n_forget; i++) {
		const struct polled_job *job = find(poll, &orders->forget[i]);

		if (job && job->exited)
			event_log(&rq->options->log, "job.exited", EVENT_INT("job", job->id),
				  EVENT_INT("attempt", job->attempt),
				  EVENT_TEXT("reason", job->exit_reason),
				  EVENT_INT("exit", job->exit_status),
				  EVENT_TEXT("detail", job->detail),
				  EVENT_TEXT("runner", poll->runner),
				  EVENT_TEXT("name", poll->name));
	}
}

static void log_assigned(const struct request *rq, const struct poll *poll,
			 const struct orders *orders)
{
	const struct job *job = &orders->job;

	if (orders->has_job)
		event_log(&rq->options->log, "job.assigned", EVENT_INT("job", job->id),
			  EVENT_INT("attempt", job->attempt),
			  EVENT_TEXT("repository", job->repository), EVENT_TEXT("ref", job->ref),
			  EVENT_TEXT("commit", job->commit), EVENT_TEXT("run", job->run_id),
			  EVENT_TEXT("runner", poll->runner), EVENT_TEXT("name", poll->name));
}

static int fail(struct request *rq, const struct poll *poll)
{
	count(rq, POLL_FAILED);
	event_log(&rq->options->log, "poll.failed", EVENT_TEXT("runner", poll->runner),
		  EVENT_TEXT("name", poll->name), EVENT_TEXT("why", rq->err.message));
	http_add_header(rq->http, "Retry-After", "5");
	return answer_error(rq, 503, rq->err.message);
}

static int refuse_invalid(struct request *rq)
{
	count(rq, POLL_INVALID);
	event_log(&rq->options->log, "poll.invalid", EVENT_TEXT("why", rq->err.message));
	return answer_error(rq, 400, rq->err.message);
}

int handle_poll(struct request *rq)
{
	cleanup_poll struct poll_request request = {0};
	cleanup_orders struct orders orders = {0};
	cleanup_strbuf struct strbuf answer = STRBUF_INIT;
	size_t len;
	const char *body = http_body(rq->http, &len);

	if (poll_parse(&request, body, len, &rq->err) < 0)
		return refuse_invalid(rq);
	if (queue_poll(rq->queue, &request.poll, &orders, &rq->err) < 0)
		return fail(rq, &request.poll);
	log_exited(rq, &request.poll, &orders);
	log_assigned(rq, &request.poll, &orders);
	poll_print(&answer, &orders, rq->options);
	count(rq, orders.has_job ? POLL_JOB : POLL_EMPTY);
	return answer_text(rq, 200, "application/json", answer.buf, answer.len);
}
