/*
 * A body that is no poll is refused with a message; of one that is, all that the queue gets is
 * within its limits.
 */
#include "server/poll.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
	if (!ok)
		abort();
}

static bool is_plain(const char *s, size_t max)
{
	size_t len = s ? strlen(s) : 0;

	for (size_t i = 0; i < len; i++)
		if ((unsigned char)s[i] < ' ')
			return false;
	return len >= 1 && len <= max;
}

static void check_job(const struct polled_job *job)
{
	check(job->id >= 1 && job->id <= INT64_C(1) << 53 && job->attempt >= 1);
	check(job->exit_status >= -1 && job->exit_status <= 255);
	check(job->exited == (job->exit_reason != NULL));
	check(!job->detail || strlen(job->detail) <= 1000);
}

static void check_poll(const struct poll *poll)
{
	size_t labels = 0;

	check(poll->runner && strlen(poll->runner) == 36);
	check(is_plain(poll->name, 255) && is_plain(poll->version, 64));
	check(poll->slots >= 0 && poll->slots <= 10000);
	while (poll->labels[labels])
		check(is_plain(poll->labels[labels++], 63));
	check(labels <= POLL_MAX_LABELS && poll->n <= POLL_MAX_JOBS);
	for (size_t i = 0; i < poll->n; i++)
		check_job(&poll->jobs[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_poll struct poll_request request = {0};
	cleanup_error struct jci_error err = JCI_ERROR_INIT;

	if (poll_parse(&request, size > 0 ? (const char *)data : "", size, &err) < 0)
		check(err.code == JCI_EINVALID && err.message);
	else
		check_poll(&request.poll);
	return 0;
}
