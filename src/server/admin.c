/* The API below /api/: for scripts and `git jci jobs`. */
#include "server/request.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "server/jobjson.h"
#include "util/gettext.h"

enum { DEFAULT_LIMIT = 50, MAX_LIMIT = 1000 };

/* ---- what is asked for ---- */

/* A number of the query; false with rq->err: it is none. */
static bool read_number(struct request *rq, const char *name, int64_t max, int64_t *out)
{
	const char *text = http_param(rq->http, name);
	char *end;

	if (!text || !*text)
		return true;
	errno = 0;
	*out = strtoll(text, &end, 10);
	if (*end || errno || *text < '0' || *text > '9' || *out > max) {
		jci_error_set(&rq->err, JCI_EINVALID, _("'%s' is no number from 0 to %lld: %s"),
			      text, (long long)max, name);
		return false;
	}
	return true;
}

static bool read_state(struct request *rq, int *state)
{
	const char *text = http_param(rq->http, "state");

	*state = -1;
	if (!text || !*text)
		return true;
	*state = job_state_parse(text);
	if (*state < 0)
		jci_error_set(&rq->err, JCI_EINVALID,
			      _("'%s' is no state; it is pending, assigned, exited or done"), text);
	return *state >= 0;
}

static const char *given(const struct request *rq, const char *name)
{
	const char *text = http_param(rq->http, name);

	return text && *text ? text : NULL;
}

static bool read_filter(struct request *rq, struct job_filter *filter)
{
	int64_t limit = DEFAULT_LIMIT;

	filter->repository = given(rq, "repository");
	filter->ref = given(rq, "ref");
	filter->commit = given(rq, "commit");
	if (!read_state(rq, &filter->state) ||
	    !read_number(rq, "before", INT64_C(1) << 53, &filter->before) ||
	    !read_number(rq, "limit", MAX_LIMIT, &limit))
		return false;
	filter->limit = (int)limit;
	return true;
}

/* ---- lists ---- */

int handle_jobs(struct request *rq)
{
	cleanup_job_list struct job_list list = {0};
	cleanup_json cJSON *json = cJSON_CreateArray();
	struct job_filter filter = {0};

	if (!read_filter(rq, &filter) || queue_list(rq->queue, &filter, &list, &rq->err) < 0)
		return rq->err.code;
	for (size_t i = 0; i < list.n; i++)
		cJSON_AddItemToArray(json, job_to_json(&list.jobs[i]));
	return answer_json(rq, 200, json);
}

int handle_runners(struct request *rq)
{
	cleanup_runner_list struct runner_list list = {0};
	cleanup_json cJSON *json = cJSON_CreateArray();

	if (queue_runners(rq->queue, &list, &rq->err) < 0)
		return rq->err.code;
	for (size_t i = 0; i < list.n; i++)
		cJSON_AddItemToArray(json, runner_to_json(&list.runners[i]));
	return answer_json(rq, 200, json);
}

/* ---- one job ---- */

static int answer_job(struct request *rq, unsigned status, int64_t id)
{
	cleanup_job struct job job = {0};
	cleanup_json cJSON *json = NULL;

	if (queue_job(rq->queue, id, &job, &rq->err) < 0)
		return rq->err.code;
	json = job_to_json(&job);
	return answer_json(rq, status, json);
}

int handle_job(struct request *rq)
{
	return answer_job(rq, 200, rq->id);
}

/* What can't be done to a job as it stands is a conflict with that. */
static int refuse_as_it_stands(struct request *rq)
{
	return rq->err.code == JCI_EINVALID ? answer_error(rq, 409, rq->err.message) : rq->err.code;
}

int handle_job_cancel(struct request *rq)
{
	if (queue_cancel(rq->queue, rq->id, &rq->err) < 0)
		return refuse_as_it_stands(rq);
	event_log(&rq->options->log, "job.cancel", EVENT_INT("job", rq->id),
		  EVENT_TEXT("why", "admin"));
	return answer_job(rq, 200, rq->id);
}

int handle_job_retry(struct request *rq)
{
	int64_t id;

	if (queue_retry(rq->queue, rq->id, &id, &rq->err) < 0)
		return refuse_as_it_stands(rq);
	event_log(&rq->options->log, "job.retry", EVENT_INT("job", id), EVENT_INT("of", rq->id));
	return answer_job(rq, 201, id);
}
