/*
 * What the runner must not forget, in its database: who it is, and how jobs ended whose containers
 * can't tell (any more): verdicts. All else is told by the labels of its containers.
 *
 * A verdict is written before the container is stopped or removed, and goes when the server has it;
 * so no job starts twice, and none is reported as another thing than it was, wherever the runner is
 * killed.
 */
#ifndef JCI_RUNNER_STORE_H
#define JCI_RUNNER_STORE_H

#include <stdint.h>

#include "util/error.h"

/* Why a job is over, as it is told to the server. */
enum runner_reason {
	REASON_EXITED,    /* by itself: its exit status tells */
	REASON_TIMEOUT,   /* removed at its deadline */
	REASON_CANCELLED, /* by the server, or a second signal */
	REASON_REFUSED,   /* not allowed here */
	REASON_FAILED     /* could not be started */
};
/* As in the protocol; not translated. */
const char *runner_reason_name(enum runner_reason reason);

struct runner_store;

/* JCI_EBUSY: another runner has it open. */
int runner_store_open(struct runner_store **out, const char *path, struct jci_error *err);
void runner_store_close(struct runner_store *store);
DEFINE_CLEANUP(runner_store, struct runner_store *, runner_store_close)
#define cleanup_runner_store cleanup(runner_store_cleanup)

/* A random UUID (RFC 9562), made once. */
const char *runner_store_uuid(const struct runner_store *store);

int runner_store_put(struct runner_store *store, int64_t job, int attempt,
		     enum runner_reason reason, const char *detail, struct jci_error *err);
int runner_store_drop(struct runner_store *store, int64_t job, int attempt, struct jci_error *err);
/* Calls found() for each. */
int runner_store_each(struct runner_store *store,
		      void (*found)(void *ctx, int64_t job, int attempt, enum runner_reason reason,
				    const char *detail),
		      void *ctx, struct jci_error *err);

#endif
