/*
 * Publishing a run while it goes on: every few seconds its ref on a remote gets a state with the
 * status `running` and the log so far (core/chunks.h). Each state's commit has the one before as
 * its parent, so that git sends what is new alone; no state has a ref in this repository. The
 * result, whose commit has no parent, then replaces them all: nothing of them stays on the remote.
 *
 * This works in a thread of its own, with git processes: a remote that is slow, or gone, never
 * slows the run.
 */
#ifndef JCI_CORE_PUBLISH_H
#define JCI_CORE_PUBLISH_H

#include "core/remote.h"

struct jci_publish {
	const char *remote; /* as in struct jci_remote */
	int64_t timeout_us; /* of one push; 0: none */
	int64_t interval_us;
	/* Called from the thread for the first failure of a row; then it is tried again. May be
	 * NULL */
	void (*failed)(void *ctx, const struct jci_error *err);
	/* Asked while its end is waited for: true ends the last push at once. May be NULL */
	bool (*hurry)(void *ctx);
	void *ctx;
};

/*
 * Begins with the run, which is registered as live; what is in it and in `publish` is copied. The
 * repository of this process's working folder is opened anew.
 */
struct jci_publisher;
int jci_publisher_start(struct jci_publisher **out, const struct jci_publish *publish,
			const struct jci_record *run, struct jci_error *err);

/* Ends it; waits for a push that is under way, and ends that if it takes longer than 10 seconds. */
void jci_publisher_stop(struct jci_publisher *publisher);
/*
 * Once it is ended: the newest state that the remote is known to have; false where it may have
 * none. It may have a newer one, if the last push was ended.
 */
bool jci_publisher_sent(const struct jci_publisher *publisher, git_oid *state);

/* Once it is ended: removes the run from the remote, where nothing came of it. */
int jci_publisher_retract(struct jci_publisher *publisher, struct jci_error *err);

void jci_publisher_free(struct jci_publisher *publisher); /* stops it first */
DEFINE_CLEANUP(jci_publisher, struct jci_publisher *, jci_publisher_free)
#define cleanup_publisher cleanup(jci_publisher_cleanup)

#endif
