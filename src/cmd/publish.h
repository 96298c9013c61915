/* `git jci run --publish`: what it does beside a run, and after it. */
#ifndef JCI_CMD_PUBLISH_H
#define JCI_CMD_PUBLISH_H

#include "core/publish.h"

struct publish {
	const struct jci_repo *repo;
	char *remote; /* NULL: nothing is published */
	int64_t interval_us, timeout_us;
	int signals; /* that had come when the run was over */
	struct jci_publisher *publisher; /* of the run that goes on */
};
void publish_release(struct publish *publish);

/* remote: "" is the default; the rest comes from the configuration. */
int publish_init(struct publish *publish, const struct jci_repo *repo, const char *remote,
		 struct jci_error *err);
/* The run has begun. A remote that can't be reached is told, and tried again. */
void publish_begin(struct publish *publish, const struct jci_record *r);
/*
 * It is over: a result that is stored is sent; what nothing came of is taken back; a run that ended
 * and could not be stored stays there as it was, until it is recovered and pushed. Returns
 * STATUS_OK, or STATUS_FAILED where the remote does not have the result now, which has been told.
 */
int publish_end(struct publish *publish, const struct jci_record *r);

#endif
