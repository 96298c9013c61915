/* One poll of the server, and what follows from its answer. */
#include <string.h>
#include <sys/random.h>

#include "runner/image.h"
#include "runner/poll.h"
#include "runner/runnerpriv.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/gettext.h"

enum { MAX_DOUBLINGS = 4, MAX_POLLS = 12 }; /* a minute, with the usual interval */

static const int64_t poll_timeout_us = INT64_C(30) * 1000 * 1000;

/* ---- when ---- */

/* From nothing to 40 % of it more, so that runners don't come all at once. */
static int64_t with_jitter(int64_t us)
{
	uint32_t n = 0;

	if (getrandom(&n, sizeof(n), 0) < 0)
		n = (uint32_t)clock_monotonic_us();
	return us + (int64_t)((double)us * 0.4 * n / UINT32_MAX);
}

static void poll_later(struct runner *r, int64_t us)
{
	r->poll_us = clock_monotonic_us() + with_jitter(us);
}

/* As long as it does not answer: twice as long each time, up to twelve times. */
static void back_off(struct runner *r, bool slowly, int64_t at_least_us)
{
	int64_t max = r->set->poll_us * MAX_POLLS, us = max;

	if (!slowly && r->failures < MAX_DOUBLINGS)
		us = r->set->poll_us << r->failures;
	if (us > max)
		us = max;
	if (us < at_least_us)
		us = at_least_us < 10 * max ? at_least_us : 10 * max;
	r->failures++;
	poll_later(r, us);
}

/* ---- a job ---- */

/* NULL: it may not have what it wants, which is the verdict then. */
static char *choose_image(struct runner *r, struct runner_job *job, const struct poll_job *offer)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_free char *wanted = NULL, *usual = NULL, *why = NULL;

	if (image_parse(&usual, r->set->image, &err) < 0)
		usual = xstrdup(r->set->image);
	if (offer->image && image_parse(&wanted, offer->image, &err) < 0) {
		why = xasprintf(_(".jci/image: %s"), err.message);
		runner_set_verdict(r, job, REASON_REFUSED, why);
		return NULL;
	}
	if (!wanted || strcmp(wanted, usual) == 0)
		return steal_ptr(usual);
	if (image_is_allowed(r->set->images, wanted))
		return steal_ptr(wanted);
	why = xasprintf(_(".jci/image: the image '%s' is not allowed on the runner '%s'; its "
			  "operator can allow it with JCI_IMAGES"),
			wanted, r->set->name);
	runner_set_verdict(r, job, REASON_REFUSED, why);
	return NULL;
}

/* Another job had these numbers, for another server or an earlier database: its container goes. */
static bool make_room(struct runner *r, const struct poll_job *offer)
{
	struct runner_job *job = runner_jobs_find(&r->jobs, offer->key.id, offer->key.attempt);
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	int code;

	if (!job)
		return true;
	if (job->state != RUNNER_ENDED || !job->told || offer->wrong || !job->container ||
	    strcmp(job->run_id, offer->run_id) == 0)
		return false; /* the same, which it will be told of */
	code = docker_remove(r->docker, job->container, true, &err);
	if (code < 0 && code != JCI_ENOTFOUND) {
		runner_docker_failed(r, "docker.failed", job, &err);
		return false;
	}
	runner_jobs_drop(&r->jobs, job);
	return true;
}

static int slots(const struct runner *r)
{
	int max = r->max_jobs < 0 ? 1 : r->max_jobs, left;

	if (r->set->slots && r->set->slots < max)
		max = r->set->slots;
	left = max - (int)runner_jobs_active(&r->jobs);
	return runner_is_draining(r) || !r->docker || left < 0 ? 0 : left;
}

static void start_job(struct runner *r, struct runner_job *job, struct poll_job *offer)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	char *image;

	if (offer->wrong) {
		runner_set_verdict(r, job, REASON_FAILED, offer->wrong);
		poll_job_free(offer);
		runner_end_job(r, job);
		return;
	}
	snprintf(job->run_id, sizeof(job->run_id), "%s", offer->run_id);
	event_log(&r->set->log, "job.taken", EVENT_INT("job", job->id),
		  EVENT_INT("attempt", job->attempt), EVENT_TEXT("run", job->run_id),
		  EVENT_TEXT("repository", offer->repository), EVENT_TEXT("commit", offer->commit));
	image = choose_image(r, job, offer);
	if (!image) {
		poll_job_free(offer);
		runner_end_job(r, job);
	} else if (starter_new(&job->starter, &r->base, offer, image, &err) < 0) {
		runner_set_verdict(r, job, REASON_FAILED, err.message);
		runner_end_job(r, job);
	}
}

/* One that there is no room for is not ours: the server offers it again, to us or another. */
static void take_job(struct runner *r, struct poll_answer *answer)
{
	struct poll_job *offer = answer->job;

	if (!offer || slots(r) == 0 || !make_room(r, offer))
		return;
	answer->job = NULL;
	start_job(r, runner_jobs_add(&r->jobs, offer->key.id, offer->key.attempt), offer);
	runner_poll_soon(r);
}

/* ---- what else an answer says ---- */

static void forget(struct runner *r, const struct poll_key *key)
{
	struct runner_job *job = runner_jobs_find(&r->jobs, key->id, key->attempt);
	cleanup_error struct jci_error err = JCI_ERROR_INIT;

	if (!job || job->state != RUNNER_ENDED || job->told)
		return;
	if (job->verdict && runner_store_drop(r->store, job->id, job->attempt, &err) < 0) {
		runner_log_job(r, "store.failed", job, err.message);
		return; /* it is told again */
	}
	job->verdict = false;
	job->told = true;
	runner_log_job(r, "job.told", job, NULL);
	if (job->container)
		r->reap_us = 0; /* one more that may be too much */
	else
		runner_jobs_drop(&r->jobs, job);
}

static void cancel(struct runner *r, const struct poll_key *key)
{
	struct runner_job *job = runner_jobs_find(&r->jobs, key->id, key->attempt);

	if (job)
		runner_cancel(r, job, _("the server cancelled it"));
}

static void obey(struct runner *r, struct poll_answer *answer)
{
	r->max_jobs = answer->max_jobs;
	for (size_t i = 0; i < answer->forget.n; i++)
		forget(r, &answer->forget.keys[i]);
	for (size_t i = 0; i < answer->cancel.n; i++)
		cancel(r, &answer->cancel.keys[i]);
	take_job(r, answer);
}

/* ---- the call ---- */

/* A second signal does not wait for a server that hangs. */
static bool is_urgent(void *ctx)
{
	const struct runner *r = ctx;

	return r->control->count() > 1 && r->control->count() > r->signals;
}

static int call_server(struct runner *r, struct http_answer *answer, struct jci_error *err)
{
	cleanup_free char *url = xasprintf("%s/poll", r->set->server);
	cleanup_free char *bearer = xasprintf("Authorization: Bearer %s", r->set->secret);
	const char *headers[] = {bearer, "Content-Type: application/json", NULL};
	cleanup_strbuf struct strbuf body = STRBUF_INIT;
	const struct poll_me me = {
		.uuid = r->base.uuid, .name = r->set->name, .labels = r->labels, .slots = slots(r)};

	poll_add_request(&body, &me, &r->jobs);
	return http_call(r->http,
			 &(struct http_call){
				 .method = "POST",
				 .url = url,
				 .ca_file = r->set->ca_file,
				 .headers = headers,
				 .body = body.buf,
				 .body_len = body.len,
				 .stop = is_urgent,
				 .ctx = r,
				 .timeout_us = poll_timeout_us,
				 .max_body = POLL_MAX_ANSWER,
			 },
			 answer, err);
}

/* Which nobody but an operator mends. */
static bool is_refusal(unsigned status)
{
	return status == 401 || status == 403;
}

static int refused(const struct runner *r, unsigned status, struct jci_error *err)
{
	if (is_refusal(status))
		return jci_error_set(err, JCI_EFAIL,
				     _("'%s' refuses JCI_RUNNER_SECRET; it has to be the same here "
				       "and there"),
				     r->set->server);
	return jci_error_set(err, JCI_EFAIL, _("'%s' answers a poll with status %u"),
			     r->set->server, status);
}

/* Answers that nothing was understood of change nothing either. */
static int read_answer(struct runner *r, const struct http_answer *http, struct poll_answer *answer,
		       struct jci_error *err)
{
	if (http->status != 200)
		return refused(r, http->status, err);
	if (poll_answer_parse(answer, http->body.buf, http->body.len, err) < 0)
		return jci_error_prefix(err, _("the answer of '%s' is not understood"),
					r->set->server);
	return 0;
}

void runner_poll(struct runner *r)
{
	cleanup_http_answer struct http_answer http = HTTP_ANSWER_INIT;
	cleanup_poll_answer struct poll_answer answer = POLL_ANSWER_INIT;
	cleanup_error struct jci_error err = JCI_ERROR_INIT;

	if (call_server(r, &http, &err) < 0 || read_answer(r, &http, &answer, &err) < 0) {
		back_off(r, is_refusal(http.status), http.retry_after_us);
		r->connected = false;
		event_log(&r->set->log, "server.away", EVENT_TEXT("error", err.message),
			  EVENT_INT("retry_ms", (r->poll_us - clock_monotonic_us()) / 1000));
		return;
	}
	if (!r->connected)
		event_log(&r->set->log, "server.connected", EVENT_TEXT("server", r->set->server),
			  EVENT_INT("max_jobs", answer.max_jobs));
	r->connected = true;
	r->failures = 0;
	poll_later(r, r->set->poll_us);
	obey(r, &answer);
}
