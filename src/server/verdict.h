/*
 * How a job ended, by what its run stored at Gitea, or, where there is nothing, by what its runner
 * said. Nothing here asks anybody.
 */
#ifndef JCI_SERVER_VERDICT_H
#define JCI_SERVER_VERDICT_H

#include <stdbool.h>

#include "server/queue.h"
#include "util/strbuf.h"

struct verdict {
	enum job_reason reason;
	struct strbuf detail; /* for people: "failed: exit status 2 after 12.3 s" */
};
#define VERDICT_INIT                   \
	{                              \
		.detail = STRBUF_INIT, \
	}
void verdict_release(struct verdict *verdict);
#define cleanup_verdict cleanup(verdict_release)

/* By a run's files; run_json NULL: there is none. False: that is no result (yet). */
bool verdict_of_run(struct verdict *verdict, const struct strbuf *status_txt,
		    const struct strbuf *run_json);
/* By the runner, of one that is exited; the job's timeout is for the text. */
void verdict_of_runner(struct verdict *verdict, const struct job *job, int64_t timeout_us);

#endif
