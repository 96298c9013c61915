/*
 * The jobs that the runner knows of: those that are being started, those that run, and those that
 * are over, until the server has their results (`told`) and their containers are gone. After a
 * start they come from the verdicts in the store, and from the labels of the containers.
 */
#ifndef JCI_RUNNER_JOBS_H
#define JCI_RUNNER_JOBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/runid.h"
#include "runner/docker.h"
#include "runner/store.h"

/* Labels of a container. */
#define LABEL_RUNNER     "git-jci.runner"
#define LABEL_JOB        "git-jci.job"
#define LABEL_ATTEMPT    "git-jci.attempt"
#define LABEL_RUN        "git-jci.run"
#define LABEL_REPOSITORY "git-jci.repository"
#define LABEL_COMMIT     "git-jci.commit"
#define LABEL_DEADLINE   "git-jci.deadline" /* UTC, seconds since 1970 */

enum runner_job_state { RUNNER_STARTING, RUNNER_RUNNING, RUNNER_ENDED };

struct starter;

struct runner_job {
	int64_t id;
	int attempt;
	char run_id[JCI_RUN_ID_SIZE]; /* "": unknown, of a verdict without a container */
	enum runner_job_state state;
	char *container;         /* its id; NULL: none */
	struct starter *starter; /* while starting */
	int64_t deadline_s;      /* UTC */
	int64_t kill_us;         /* when SIGKILL follows SIGTERM, monotonic; 0: none was sent */
	bool seen;               /* in the last list of containers */

	/* How it is over, or will be once it is. */
	enum runner_reason reason;
	bool verdict; /* that is in the store */
	int exit;     /* -1: unknown */
	char *detail; /* for people; NULL: nothing to say */
	int64_t end_us;
	bool told; /* the server has that */
};

struct runner_jobs {
	struct runner_job **jobs;
	size_t n, cap;
};
#define RUNNER_JOBS_INIT   \
	{                  \
		NULL, 0, 0 \
	}
void runner_jobs_release(struct runner_jobs *jobs);

/* NULL: unknown. */
struct runner_job *runner_jobs_find(const struct runner_jobs *jobs, int64_t id, int attempt);
/* One that is starting. */
struct runner_job *runner_jobs_add(struct runner_jobs *jobs, int64_t id, int attempt);
void runner_jobs_drop(struct runner_jobs *jobs, struct runner_job *job);
/* Those that take up a slot. */
size_t runner_jobs_active(const struct runner_jobs *jobs);
/* Those that are over and that the server does not know. */
size_t runner_jobs_untold(const struct runner_jobs *jobs);

/* For people; NULL takes it away. */
void runner_job_set_detail(struct runner_job *job, const char *detail);
/* Reads id and attempt from a container's labels; false: it is none of ours. */
bool runner_labels_key(const cJSON *labels, int64_t *id, int *attempt);
/* Fills in what the labels tell besides. */
void runner_job_read_labels(struct runner_job *job, const struct docker_container *container);
/* "jci-<8 of the uuid>-<id>-<attempt>": the same job never has two containers. */
char *runner_container_name(const char *uuid, int64_t id, int attempt);

#endif
