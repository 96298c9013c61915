/*
 * Child processes other than the CI script (that one is core/execute). Only for the `git`
 * command, where libgit2 can't do what git does.
 */
#ifndef JCI_UTIL_PROCESS_H
#define JCI_UTIL_PROCESS_H

#include "util/error.h"
#include "util/strbuf.h"

struct process {
	const char *const *argv; /* NULL at the end; found along PATH */
	const char *dir;         /* working folder, NULL: this one */
	int out;                 /* descriptor for its standard output, -1: /dev/null */
};

/*
 * Runs it to its end with standard input from /dev/null. What it writes to standard error goes
 * into the message when it fails (status other than 0, or a signal).
 */
int process_run(const struct process *p, struct jci_error *err);
/* As process_run, and its standard output is appended to sb. */
int process_capture(const struct process *p, struct strbuf *sb, struct jci_error *err);
/* Starts it on its own: a new session, no standard streams, nobody waits for it. */
int process_detach(const struct process *p, struct jci_error *err);

/* The variables that tie a process to one repository (git rev-parse --local-env-vars). */
extern const char *const git_local_env_vars[]; /* NULL at the end */

#endif
