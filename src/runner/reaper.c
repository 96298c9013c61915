/* Containers that shall end, or go. */
#include <stdlib.h>
#include <string.h>

#include "runner/runnerpriv.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/fault.h"
#include "util/gettext.h"

static const int64_t second = 1000 * 1000;

/* ---- signals ---- */

void runner_cancel(struct runner *r, struct runner_job *job, const char *detail)
{
	if (job->state == RUNNER_ENDED || job->verdict)
		return;
	runner_set_verdict(r, job, REASON_CANCELLED, detail);
	runner_log_job(r, "job.cancel", job, detail);
	if (job->starter)
		starter_stop(job->starter);
}

/* SIGTERM, so that it stores and pushes what it has; after the grace SIGKILL, again and again. */
static void send_signal(struct runner *r, struct runner_job *job, int64_t now)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	int code =
		docker_kill(r->docker, job->container, job->kill_us ? "SIGKILL" : "SIGTERM", &err);

	if (code == 0) {
		runner_log_job(r, job->kill_us ? "job.kill" : "job.term", job, NULL);
	} else if (code == JCI_EFAIL) {
		runner_docker_failed(r, "docker.failed", job, &err);
		if (!r->docker)
			return;
	}
	r->list_due = r->list_due || code < 0; /* it is not running any more */
	job->kill_us = now + r->set->grace_us;
}

/* ---- deadlines ---- */

static int64_t now_s(void)
{
	return clock_now_us() / second;
}

static void time_out(struct runner *r, struct runner_job *job)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	int code;

	if (!job->verdict)
		runner_set_verdict(r, job, REASON_TIMEOUT,
				   _("it ran past its deadline and was removed"));
	fault_point("runner-timeout");
	code = docker_remove(r->docker, job->container, true, &err);
	fault_point("runner-removed");
	if (code < 0 && code != JCI_ENOTFOUND) {
		runner_docker_failed(r, "docker.failed", job, &err);
		job->deadline_s = now_s() + (r->set->reap_us + second - 1) / second;
		return;
	}
	free(job->container);
	job->container = NULL;
	runner_end_job(r, job);
}

static bool is_cancelled(const struct runner_job *job)
{
	return job->verdict && job->reason == REASON_CANCELLED;
}

void runner_enforce(struct runner *r)
{
	int64_t now = clock_monotonic_us();

	for (size_t i = 0; r->docker && i < r->jobs.n; i++) {
		struct runner_job *job = r->jobs.jobs[i];

		if (job->state != RUNNER_RUNNING)
			continue;
		if (now_s() >= job->deadline_s)
			time_out(r, job);
		else if (is_cancelled(job) && job->kill_us <= now)
			send_signal(r, job, now);
	}
}

/* By the clock of the host, which may be set meanwhile: looked at again once in a while. */
static int64_t deadline_us(const struct runner_job *job, int64_t now)
{
	int64_t left = job->deadline_s - now_s();

	return now + (left <= 0 ? 0 : left > 60 ? 60 : left) * second;
}

int64_t runner_next_due(const struct runner *r)
{
	int64_t now = clock_monotonic_us(), due = INT64_MAX;

	for (size_t i = 0; r->docker && i < r->jobs.n; i++) {
		const struct runner_job *job = r->jobs.jobs[i];
		int64_t at;

		if (job->state != RUNNER_RUNNING)
			continue;
		at = deadline_us(job, now);
		if (is_cancelled(job) && job->kill_us < at)
			at = job->kill_us;
		if (at < due)
			due = at;
	}
	return due;
}

/* ---- old ones ---- */

/* The newest first. */
static int by_end(const void *a, const void *b)
{
	const struct runner_job *const *x = a, *const *y = b;

	if ((*x)->end_us != (*y)->end_us)
		return (*x)->end_us > (*y)->end_us ? -1 : 1;
	return ((*x)->id < (*y)->id) - ((*x)->id > (*y)->id);
}

static void prune_one(struct runner *r, struct runner_job *job)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	int code = docker_remove(r->docker, job->container, false, &err);

	if (code < 0 && code != JCI_ENOTFOUND) {
		runner_docker_failed(r, "docker.failed", job, &err);
		return;
	}
	runner_log_job(r, "container.removed", job, NULL);
	runner_jobs_drop(&r->jobs, job);
}

/* Those whose results the server does not have yet stay in any case. */
void runner_prune(struct runner *r)
{
	cleanup_free struct runner_job **old =
		xcalloc(r->jobs.n + 1, sizeof(*old)); /* all that may go */
	int64_t now = clock_now_us();
	size_t n = 0;

	r->reap_us = clock_monotonic_us() + r->set->reap_us;
	for (size_t i = 0; i < r->jobs.n; i++) {
		struct runner_job *job = r->jobs.jobs[i];

		if (job->state == RUNNER_ENDED && job->told && job->container)
			old[n++] = job;
	}
	qsort(old, n, sizeof(old[0]), by_end);
	for (size_t i = 0; r->docker && i < n; i++)
		if (i >= (size_t)r->set->keep ||
		    (r->set->keep_us && old[i]->end_us < now - r->set->keep_us))
			prune_one(r, old[i]);
}
