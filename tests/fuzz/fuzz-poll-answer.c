/*
 * Whatever a server answers to a poll: what is taken is of the forms that are promised, and the
 * text for the container is JSON that says the same.
 */
#include "runner/poll.h"

#include <stdlib.h>
#include <string.h>

#include "runner/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
	if (!ok)
		abort();
}

static void check_keys(const struct poll_keys *keys)
{
	for (size_t i = 0; i < keys->n; i++)
		check(keys->keys[i].id > 0 && keys->keys[i].attempt > 0);
}

static void check_image(const char *text)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_free char *name = NULL;

	if (image_parse(&name, text, &err) < 0)
		check(err.code == JCI_EINVALID && err.message && !name);
	else if (name)
		check(strlen(name) <= 255 && !strpbrk(name, " \t\r\n?#%") && !strstr(name, "/.."));
}

static void check_job(const struct poll_job *job)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_json cJSON *json = NULL;

	check(job->key.id > 0 && job->key.attempt > 0);
	if (job->wrong) {
		check(!job->json);
		return;
	}
	check(strspn(job->commit, "0123456789abcdef") == strlen(job->commit));
	check(strchr(job->repository, '/') && job->timeout_s > 0);
	check(json_parse(&json, job->json, strlen(job->json), &err) == 0);
	check(strcmp(json_string(json, "run_id"), job->run_id) == 0);
	if (job->image)
		check_image(job->image);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_poll_answer struct poll_answer answer = POLL_ANSWER_INIT;
	cleanup_error struct jci_error err = JCI_ERROR_INIT;

	if (poll_answer_parse(&answer, size > 0 ? (const char *)data : "", size, &err) < 0) {
		check(err.code == JCI_EINVALID && err.message);
		return 0;
	}
	check(answer.max_jobs >= 0);
	check_keys(&answer.cancel);
	check_keys(&answer.forget);
	if (answer.job)
		check_job(answer.job);
	return 0;
}
