/* What the types of queue.h are made of, and their names. */
#include "server/queue.h"

#include <stdlib.h>
#include <string.h>

const char *job_state_name(enum job_state state)
{
	static const char *const names[] = {
		[JOB_PENDING] = "pending",
		[JOB_ASSIGNED] = "assigned",
		[JOB_EXITED] = "exited",
		[JOB_DONE] = "done",
	};

	return names[state];
}

const char *job_reason_name(enum job_reason reason)
{
	static const char *const names[] = {
		[JOB_PASSED] = "passed",
		[JOB_FAILED] = "failed",
		[JOB_TIMEOUT] = "timeout",
		[JOB_CANCELLED] = "cancelled",
		[JOB_SUPERSEDED] = "superseded",
		[JOB_LOST] = "lost",
		[JOB_BROKEN] = "broken",
	};

	return names[reason];
}

const char *job_branch(const struct job *job)
{
	static const char prefix[] = "refs/heads/";

	return job->ref && strncmp(job->ref, prefix, strlen(prefix)) == 0
		       ? job->ref + strlen(prefix)
		       : NULL;
}

void job_release(struct job *job)
{
	free(job->repository);
	free(job->ref);
	free(job->trigger);
	free(job->labels);
	free(job->image);
	free(job->runner);
	free(job->runner_name);
	free(job->exit_reason);
	free(job->detail);
	*job = (struct job){0};
}

void job_list_release(struct job_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		job_release(&list->jobs[i]);
	free(list->jobs);
	*list = (struct job_list){0};
}

void name_list_release(struct name_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->names[i]);
	free(list->names);
	*list = (struct name_list){0};
}

void runner_list_release(struct runner_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		free(list->runners[i].id);
		free(list->runners[i].name);
		free(list->runners[i].version);
		free(list->runners[i].labels);
	}
	free(list->runners);
	*list = (struct runner_list){0};
}

void orders_release(struct orders *orders)
{
	job_release(&orders->job);
	free(orders->key);
	free(orders->key_url);
	free(orders->cancel);
	free(orders->forget);
	*orders = (struct orders){0};
}

void queue_status_release(struct status *status)
{
	free(status->repository);
	free(status->context);
	free(status->description);
	free(status->target_url);
	*status = (struct status){0};
}

void key_ref_release(struct key_ref *key)
{
	free(key->repository);
	*key = (struct key_ref){0};
}
