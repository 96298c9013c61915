/* What a job's container is to be: the body of Docker's ContainerCreate. No secret is in it. */
#ifndef JCI_RUNNER_SPEC_H
#define JCI_RUNNER_SPEC_H

#include "runner/poll.h"
#include "runner/settings.h"

/* To be deleted. It is removed if it still runs at deadline_s (UTC). */
cJSON *container_spec(const struct runner_settings *s, const char *uuid, const struct poll_job *job,
		      const char *image, int64_t deadline_s);

#endif
