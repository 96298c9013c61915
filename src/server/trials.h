/* How often something failed, and for how long, in memory alone. From any thread. */
#ifndef JCI_SERVER_TRIALS_H
#define JCI_SERVER_TRIALS_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

struct trial {
	int64_t id;
	unsigned failures;
	int64_t first_us, last_us; /* clock_monotonic_us() */
};
struct trials {
	pthread_mutex_t lock;
	struct trial *trials;
	size_t n, cap;
};
void trials_init(struct trials *trials);
void trials_release(struct trials *trials);

/* Once more; returns how often by now, and how long after the first time. */
unsigned trials_failed(struct trials *trials, int64_t id, int64_t *since_us);
void trials_forget(struct trials *trials, int64_t id);

#endif
