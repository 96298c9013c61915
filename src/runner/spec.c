#include "runner/spec.h"

#include <inttypes.h>
#include <stdio.h>

static void add_strings(cJSON *object, const char *key, const char *const *strings)
{
	cJSON *array = cJSON_AddArrayToObject(object, key);

	for (; *strings; strings++)
		cJSON_AddItemToArray(array, cJSON_CreateString(*strings));
}

static void set_label(cJSON *labels, const char *name, int64_t n)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, n);
	json_set_string(labels, name, text);
}

static void add_labels(cJSON *spec, const char *uuid, const struct poll_job *job,
		       int64_t deadline_s)
{
	cJSON *labels = cJSON_AddObjectToObject(spec, "Labels");

	json_set_string(labels, LABEL_RUNNER, uuid);
	set_label(labels, LABEL_JOB, job->key.id);
	set_label(labels, LABEL_ATTEMPT, job->key.attempt);
	json_set_string(labels, LABEL_RUN, job->run_id);
	json_set_string(labels, LABEL_REPOSITORY, job->repository);
	json_set_string(labels, LABEL_COMMIT, job->commit);
	set_label(labels, LABEL_DEADLINE, deadline_s);
}

/* However much a job prints, the disk of the host holds no more than 100 MB of it. */
static void add_log(cJSON *host)
{
	cJSON *log = cJSON_AddObjectToObject(host, "LogConfig");
	cJSON *config = cJSON_AddObjectToObject(log, "Config");

	json_set_string(log, "Type", "json-file");
	json_set_string(config, "max-size", "50m");
	json_set_string(config, "max-file", "2");
}

/* (Memory with the same limit for it and swap together: no swap besides.) */
static void add_host(cJSON *spec, const struct runner_settings *s)
{
	cJSON *host = cJSON_AddObjectToObject(spec, "HostConfig");

	if (s->memory) {
		json_set_number(host, "Memory", (double)s->memory);
		json_set_number(host, "MemorySwap", (double)s->memory);
	}
	if (s->nano_cpus)
		json_set_number(host, "NanoCpus", (double)s->nano_cpus);
	json_set_number(host, "PidsLimit", (double)s->pids);
	if (s->network)
		json_set_string(host, "NetworkMode", s->network);
	json_set_bool(host, "AutoRemove", false);
	json_set_string(cJSON_AddObjectToObject(host, "RestartPolicy"), "Name", "no");
	add_log(host);
}

cJSON *container_spec(const struct runner_settings *s, const char *uuid, const struct poll_job *job,
		      const char *image, int64_t deadline_s)
{
	static const char *const entry[] = {"/jci/bundle/bin/git-jci", NULL};
	static const char *const command[] = {"job", "/jci/job.json", NULL};
	static const char *const none[] = {"NONE", NULL};
	cJSON *spec = cJSON_CreateObject();

	json_set_string(spec, "Image", image);
	add_strings(spec, "Entrypoint", entry);
	add_strings(spec, "Cmd", command);
	json_set_string(spec, "WorkingDir", "/jci/work");
	/* The image's own may mean another program. */
	json_set_string(spec, "StopSignal", "SIGTERM");
	json_set_number(spec, "StopTimeout", (double)((s->grace_us + 999999) / 1000000));
	add_strings(cJSON_AddObjectToObject(spec, "Healthcheck"), "Test", none);
	add_labels(spec, uuid, job, deadline_s);
	add_host(spec, s);
	return spec;
}
