/*
 * Listens to Docker's events in a thread, so that the end of a container is noticed at once. Where
 * it can't, what it misses is found by the list that goes with each poll.
 */
#ifndef JCI_RUNNER_WATCH_H
#define JCI_RUNNER_WATCH_H

#include "runner/docker.h"

struct docker_watch;
/* Writes to the eventfd when there is something to look at; `host` stays the caller's. */
int docker_watch_start(struct docker_watch **out, const struct docker_host *host, const char *label,
		       int wake_fd, int64_t retry_us, struct jci_error *err);
void docker_watch_stop(struct docker_watch *watch);

#endif
