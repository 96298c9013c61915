#include "runner/jobs.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "util/alloc.h"

static void job_free(struct runner_job *job)
{
	free(job->container);
	free(job->detail);
	free(job);
}

void runner_jobs_release(struct runner_jobs *jobs)
{
	for (size_t i = 0; i < jobs->n; i++)
		job_free(jobs->jobs[i]);
	free(jobs->jobs);
	*jobs = (struct runner_jobs)RUNNER_JOBS_INIT;
}

struct runner_job *runner_jobs_find(const struct runner_jobs *jobs, int64_t id, int attempt)
{
	for (size_t i = 0; i < jobs->n; i++)
		if (jobs->jobs[i]->id == id && jobs->jobs[i]->attempt == attempt)
			return jobs->jobs[i];
	return NULL;
}

struct runner_job *runner_jobs_add(struct runner_jobs *jobs, int64_t id, int attempt)
{
	struct runner_job *job = xcalloc(1, sizeof(*job));

	job->id = id;
	job->attempt = attempt;
	job->exit = -1;
	ARRAY_GROW(jobs->jobs, jobs->n + 1, jobs->cap);
	jobs->jobs[jobs->n++] = job;
	return job;
}

void runner_jobs_drop(struct runner_jobs *jobs, struct runner_job *job)
{
	for (size_t i = 0; i < jobs->n; i++) {
		if (jobs->jobs[i] != job)
			continue;
		memmove(&jobs->jobs[i], &jobs->jobs[i + 1],
			(--jobs->n - i) * sizeof(jobs->jobs[0]));
		job_free(job);
		return;
	}
}

size_t runner_jobs_active(const struct runner_jobs *jobs)
{
	size_t n = 0;

	for (size_t i = 0; i < jobs->n; i++)
		n += jobs->jobs[i]->state != RUNNER_ENDED;
	return n;
}

size_t runner_jobs_untold(const struct runner_jobs *jobs)
{
	size_t n = 0;

	for (size_t i = 0; i < jobs->n; i++)
		n += jobs->jobs[i]->state == RUNNER_ENDED && !jobs->jobs[i]->told;
	return n;
}

void runner_job_set_detail(struct runner_job *job, const char *detail)
{
	char *copy = detail && *detail ? xstrdup(detail) : NULL;

	free(job->detail);
	job->detail = copy;
}

static bool label_number(const cJSON *labels, const char *name, int64_t *n)
{
	const char *s = json_string(labels, name);
	char *end;

	if (!s || *s < '0' || *s > '9')
		return false;
	errno = 0;
	*n = strtoll(s, &end, 10);
	return !*end && !errno;
}

bool runner_labels_key(const cJSON *labels, int64_t *id, int *attempt)
{
	int64_t n;

	if (!label_number(labels, LABEL_JOB, id) || !label_number(labels, LABEL_ATTEMPT, &n) ||
	    n > INT_MAX)
		return false;
	*attempt = (int)n;
	return *id > 0 && n > 0;
}

void runner_job_read_labels(struct runner_job *job, const struct docker_container *container)
{
	const char *run = json_string(container->labels, LABEL_RUN);
	struct jci_run_id id;

	free(job->container);
	job->container = xstrdup(container->id);
	if (run && jci_run_id_parse(&id, run, strlen(run)))
		jci_run_id_format(job->run_id, &id);
	if (!label_number(container->labels, LABEL_DEADLINE, &job->deadline_s))
		job->deadline_s = INT64_MAX;
}

char *runner_container_name(const char *uuid, int64_t id, int attempt)
{
	return xasprintf("jci-%.8s-%" PRId64 "-%d", uuid, id, attempt);
}
