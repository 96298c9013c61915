#include "server/jobjson.h"

#include <string.h>

static void set_time(cJSON *json, const char *key, int64_t us)
{
	if (us)
		json_set_number(json, key, (double)us / 1e6);
	else
		json_set_string(json, key, NULL);
}

const char *job_word(const struct job *job)
{
	return job->state == JOB_DONE ? job_reason_name(job->reason) : job_state_name(job->state);
}

int job_state_parse(const char *name)
{
	for (int state = JOB_PENDING; state <= JOB_DONE; state++)
		if (strcmp(job_state_name(state), name) == 0)
			return state;
	return -1;
}

bool job_has_run(const struct job *job)
{
	return job->assigned_us && job->run_id[0];
}

cJSON *job_to_json(const struct job *job)
{
	cJSON *json = cJSON_CreateObject();

	json_set_number(json, "id", (double)job->id);
	json_set_number(json, "attempt", job->attempt);
	json_set_string(json, "state", job_state_name(job->state));
	json_set_string(json, "reason",
			job->state == JOB_DONE ? job_reason_name(job->reason) : NULL);
	json_set_bool(json, "prepared", job->prepared);
	json_set_bool(json, "cancelled", job->cancelled);
	json_set_string(json, "repository", job->repository);
	json_set_bytes(json, "ref", job->ref, strlen(job->ref));
	json_set_string(json, "commit", job->commit);
	json_set_string(json, "run_id", job->run_id[0] ? job->run_id : NULL);
	json_set_string(json, "trigger", job->trigger);
	if (job->pull)
		json_set_number(json, "pull", job->pull);
	else
		json_set_string(json, "pull", NULL);
	json_set_string(json, "labels", job->labels);
	json_set_string(json, "image", job->image);
	json_set_string(json, "runner", job->runner);
	json_set_string(json, "runner_name", job->runner_name);
	json_set_string(json, "exit_reason", job->exit_reason);
	if (job->exit_reason)
		json_set_number(json, "exit_status", job->exit_status);
	else
		json_set_string(json, "exit_status", NULL);
	json_set_string(json, "detail", job->detail);
	set_time(json, "created", job->created_us);
	set_time(json, "assigned", job->assigned_us);
	set_time(json, "ended", job->ended_us);
	return json;
}

cJSON *runner_to_json(const struct runner_info *runner)
{
	cJSON *json = cJSON_CreateObject();

	json_set_string(json, "id", runner->id);
	json_set_string(json, "name", runner->name);
	json_set_string(json, "version", runner->version);
	json_set_string(json, "labels", runner->labels);
	json_set_number(json, "slots", runner->slots);
	json_set_number(json, "running", runner->running);
	set_time(json, "first_seen", runner->first_seen_us);
	set_time(json, "last_seen", runner->last_seen_us);
	return json;
}
