/* What is known of the jobs, and what Docker has of them. */
#include <string.h>

#include "runner/dockerpriv.h"
#include "runner/runnerpriv.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/gettext.h"

enum { EXIT_KILLED = 137 };

/* ---- from the store ---- */

static void load_verdict(void *ctx, int64_t id, int attempt, enum runner_reason reason,
			 const char *detail)
{
	struct runner *r = ctx;
	struct runner_job *job = runner_jobs_add(&r->jobs, id, attempt);

	job->state = RUNNER_ENDED;
	job->reason = reason;
	job->verdict = true;
	job->exit = reason == REASON_EXITED ? EXIT_KILLED : -1;
	runner_job_set_detail(job, detail);
}

int runner_load(struct runner *r, struct jci_error *err)
{
	return runner_store_each(r->store, load_verdict, r, err);
}

/* ---- one container ---- */

/* What it said last, or why it was killed. */
static void add_detail(struct runner *r, struct runner_job *job, const struct docker_end *end)
{
	cleanup_strbuf struct strbuf log = STRBUF_INIT, words = STRBUF_INIT;
	cleanup_error struct jci_error none = JCI_ERROR_INIT;

	if (end->oom)
		strbuf_addstr(&words, _("out of memory (see JCI_MEMORY of the runner)"));
	else if (docker_log_tail(r->docker, job->container, &log, &none) == 0)
		docker_add_words(&words, log.buf);
	runner_job_set_detail(job, words.buf);
}

/*
 * Whether it has ended; the list that called it running may be too old: Docker tells of an end
 * before its lists have it. <0: Docker could not tell; the next list comes back to it.
 */
static int see_end(struct runner *r, struct runner_job *job)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	struct docker_end end;
	int code = docker_inspect(r->docker, job->container, &end, &err);

	if (code < 0) {
		if (code != JCI_ENOTFOUND)
			runner_docker_failed(r, "docker.failed", job, &err);
		return code;
	}
	if (end.state != DOCKER_EXITED)
		return 0;
	job->exit = end.exit;
	job->end_us = end.end_us;
	if (!job->verdict && (end.exit != 0 || end.oom))
		add_detail(r, job, &end);
	runner_end_job(r, job);
	return 0;
}

/* Made, and never started: by a start that was cut short. One that runs by now stays. */
static void remove_leftover(struct runner *r, const struct docker_container *c)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	int code = docker_remove(r->docker, c->id, false, &err);

	if (code == 0)
		event_log(&r->set->log, "container.removed", EVENT_TEXT("container", c->id),
			  EVENT_TEXT("why", "never started"));
	else if (code == JCI_EFAIL)
		runner_docker_failed(r, "docker.failed", NULL, &err);
}

/* `told`: of an end; of which container, is not known. */
static void see_container(struct runner *r, const struct docker_container *c, bool told)
{
	struct runner_job *job;
	bool fresh;
	int64_t id;
	int attempt;

	if (!r->docker || !runner_labels_key(c->labels, &id, &attempt))
		return;
	job = runner_jobs_find(&r->jobs, id, attempt);
	if (job && job->state == RUNNER_STARTING)
		return;
	if (c->state == DOCKER_CREATED) {
		remove_leftover(r, c);
		return;
	}
	if (!job)
		job = runner_jobs_add(&r->jobs, id, attempt);
	fresh = !job->container || strcmp(job->container, c->id) != 0;
	job->seen = true;
	if (fresh) {
		runner_job_read_labels(job, c);
		job->state = RUNNER_RUNNING;
		event_log(&r->set->log, "job.found", EVENT_INT("job", id),
			  EVENT_INT("attempt", attempt), EVENT_TEXT("run", job->run_id));
	}
	if (job->state == RUNNER_RUNNING && (told || c->state == DOCKER_EXITED))
		see_end(r, job);
}

/* ---- all of them ---- */

static void see_missing(struct runner *r, struct runner_job *job)
{
	if (job->state == RUNNER_STARTING || job->seen || !job->container)
		return;
	free(job->container);
	job->container = NULL;
	if (job->state == RUNNER_RUNNING) {
		if (!job->verdict)
			runner_set_verdict(r, job, REASON_EXITED,
					   _("its container was removed by somebody else"));
		job->exit = EXIT_KILLED;
		runner_end_job(r, job);
	} else if (job->told) {
		runner_jobs_drop(&r->jobs, job);
	}
}

/* At most once in so long, while it is away. */
static bool open_docker(struct runner *r)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;

	if (r->docker)
		return true;
	if (clock_monotonic_us() < r->docker_us)
		return false;
	r->docker_us = clock_monotonic_us() + r->set->poll_us;
	if (docker_open(&r->docker, &r->host, NULL, NULL, &err) < 0)
		return false;
	event_log(&r->set->log, "docker.back", EVENT_TEXT("version", docker_version(r->docker)));
	return true;
}

void runner_sync(struct runner *r)
{
	cleanup_docker_list struct docker_list list = DOCKER_LIST_INIT;
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	bool told = r->list_due;

	r->list_due = false;
	if (!open_docker(r))
		return;
	if (docker_list(r->docker, r->label, &list, &err) < 0) {
		runner_docker_failed(r, "docker.failed", NULL, &err);
		return;
	}
	for (size_t i = 0; i < r->jobs.n; i++)
		r->jobs.jobs[i]->seen = false;
	for (size_t i = 0; i < list.n; i++)
		see_container(r, &list.containers[i], told);
	for (size_t i = r->jobs.n; r->docker && i > 0; i--)
		see_missing(r, r->jobs.jobs[i - 1]);
}

/* ---- starts ---- */

static void take_start(struct runner *r, struct runner_job *job)
{
	struct starter_result result;

	starter_end(steal_ptr(job->starter), &result);
	switch (result.end) {
	case STARTER_STARTED:
		free(job->container);
		job->container = steal_ptr(result.container);
		job->deadline_s = result.deadline_s;
		job->state = RUNNER_RUNNING;
		r->list_due = true; /* it may have ended before the events told of it */
		runner_log_job(r, "job.started", job, NULL);
		break;
	case STARTER_POSTPONED:
		runner_log_job(r, "job.postponed", job, result.detail);
		runner_jobs_drop(&r->jobs, job); /* the server will offer it again */
		break;
	case STARTER_FAILED:
		runner_set_verdict(r, job, REASON_FAILED, result.detail);
		runner_end_job(r, job);
		break;
	case STARTER_STOPPED:
		runner_end_job(r, job);
		break;
	}
	free(result.container);
	free(result.detail);
}

void runner_collect(struct runner *r)
{
	for (size_t i = r->jobs.n; i > 0; i--) {
		struct runner_job *job = r->jobs.jobs[i - 1];

		if (job->state == RUNNER_STARTING && starter_is_done(job->starter))
			take_start(r, job);
	}
}
