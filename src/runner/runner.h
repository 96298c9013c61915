/*
 * git jci runner: asks the server for jobs and runs each in a container of Docker
 * (git-jci-runner(1)). One thread owns the jobs: it polls, lists the containers, and stops and
 * removes them; threads of their own start containers (starter.h) and listen to Docker (watch.h).
 *
 * Whenever it is killed it goes on where it was: containers run by themselves and are found again
 * by their labels; what those can't tell is in the store.
 */
#ifndef JCI_RUNNER_RUNNER_H
#define JCI_RUNNER_RUNNER_H

#include "runner/settings.h"

/* How it is told to end: the first signal drains, the second cancels, the third ends it at once. */
struct runner_control {
	int fd;             /* an eventfd, readable when a signal has come */
	int (*count)(void); /* of signals so far */
};

struct runner;
/*
 * Opens all that it needs, on this host. What is wrong with the configuration is a problem of env,
 * as much as can be found out at once; then, as after other errors, it is <0.
 */
int runner_open(struct runner **out, const struct runner_settings *s, struct env *env,
		const struct runner_control *control, struct jci_error *err);
void runner_close(struct runner *r);
DEFINE_CLEANUP(runner, struct runner *, runner_close)
#define cleanup_runner cleanup(runner_cleanup)

/* Until it has drained (0), or the third signal (1). */
int runner_run(struct runner *r, struct jci_error *err);

/*
 * Tests the settings, this host and the server: calls told() for each fact, with a line for people;
 * returns how many are wrong. It disturbs no runner that works with the same settings.
 */
int runner_check(const struct runner_settings *s,
		 void (*told)(void *ctx, bool right, const char *line), void *ctx);

#endif
