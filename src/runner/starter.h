/* Starts one job's container in a thread: pulling its image may take minutes. */
#ifndef JCI_RUNNER_STARTER_H
#define JCI_RUNNER_STARTER_H

#include "runner/poll.h"
#include "runner/settings.h"

/* What all of them share; it outlives them. */
struct starter_base {
	const struct runner_settings *settings;
	const struct docker_host *host;
	const char *uuid;
	int bundle_fd; /* bundle_tar() */
	int wake_fd;   /* an eventfd that is written to when one is done */
};

enum starter_end {
	STARTER_STARTED,
	STARTER_FAILED,    /* for good: detail tells */
	STARTER_STOPPED,   /* starter_stop() came first */
	STARTER_POSTPONED, /* Docker is away: the job has to wait until it is back */
};
struct starter_result {
	enum starter_end end;
	char *container;    /* of one that is started; to be freed */
	int64_t deadline_s; /* UTC */
	char *detail;       /* why not; to be freed */
};

struct starter;
/* Takes over job and image (its name). */
int starter_new(struct starter **out, const struct starter_base *base, struct poll_job *job,
		char *image, struct jci_error *err);
/* Have it end soon, without a container. */
void starter_stop(struct starter *s);
bool starter_is_done(struct starter *s);
/* Waits for it, and frees it. */
void starter_end(struct starter *s, struct starter_result *result);

#endif
