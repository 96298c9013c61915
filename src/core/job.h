/*
 * A job from its beginning to its end, in a container or not: clone, check out, run, push. What the
 * remote gets is one ref, that of the run, whatever became of it.
 */
#ifndef JCI_CORE_JOB_H
#define JCI_CORE_JOB_H

#include "core/jobfile.h"
#include "core/record.h"

struct jci_job_options {
	int64_t start_us; /* monotonic: when its time began to count */
	int cancel_fd;    /* core/execute.h */
	int echo_fd;
	/*
	 * How many signals have asked it to end: the first ends the clone or cancels the run, whose
	 * result is pushed all the same; two more while that goes on end it.
	 */
	int (*signals)(void);
	/* Ends the processes that the script left behind, before the push. */
	void (*kill_others)(void);
	void (*note)(void *ctx, const char *text); /* what it does now, for people */
	void *ctx;
};

/*
 * Does it, in a new folder below the working folder, which becomes the clone. HOME, TMPDIR and PATH
 * of this process are set to what the script gets. r, initialised, tells of the run; it is stored
 * where jci_record_is_stored(), and pushed too where 0 is returned. Messages have no credentials in
 * them.
 *
 * A commit that can't be run (no .jci/run.sh, no interpreter for it, a checkout that fails) has a
 * run all the same, which says why.
 */
int jci_job_run(const struct jci_job *job, const struct jci_job_options *o, struct jci_record *r,
		struct jci_error *err);

#endif
