/*
 * Child processes other than the CI script (that one is core/execute): the `git` command, where
 * libgit2 can't do what git does, and crontab(1), which alone may write a user's crontab.
 */
#ifndef JCI_UTIL_PROCESS_H
#define JCI_UTIL_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/cleanup.h"
#include "util/error.h"
#include "util/strbuf.h"

struct process {
	/* NULL at the end; found in the bundle that this program is of (util/program.h), or else
	   along PATH */
	const char *const *argv;
	const char *dir; /* working folder, NULL: this one */
	int out;         /* descriptor for its standard output, -1: /dev/null */
	bool config;     /* what `git -c` set counts for it too, as for all of git's own */
	/* "NAME=VALUE" in its environment, "NAME" to take it away; NULL at the end; NULL: none */
	const char *const *vars;
	const int *fds; /* it gets these as 3, 4, ...; themselves behind those numbers */
	size_t n_fds;
	const struct strbuf *input; /* its standard input; NULL: /dev/null */
	/* Gets what it writes to standard error, as it comes. NULL: nobody. */
	void (*errors)(void *ctx, const char *data, size_t len);
	/* Asked every few milliseconds: true ends it (SIGTERM), which is a failure. NULL: nobody.
	 */
	bool (*stop)(void *ctx);
	void *ctx;
};

/*
 * Runs it to its end. The last of what it writes to standard error goes into the message when it
 * fails (status other than 0, or a signal).
 */
int process_run(const struct process *p, struct jci_error *err);
/* As process_run, and its standard output is appended to sb. */
int process_capture(const struct process *p, struct strbuf *sb, struct jci_error *err);
/*
 * Runs it to its end in a process group of its own, with both its output streams on p->out. After
 * limit_us (0: none), or once p->stop says so, the group is told to end (SIGTERM), and two seconds
 * later it is killed: a failure.
 */
int process_run_group(const struct process *p, int64_t limit_us, struct jci_error *err);
/* Starts it on its own: a new session, no standard streams, nobody waits for it. */
int process_detach(const struct process *p, struct jci_error *err);

/*
 * A child whose standard output is read as it comes; it waits while nobody reads. It is over once
 * process_read() has returned 0, or less than 0.
 */
struct process_stream;
int process_open(struct process_stream **out, const struct process *p, struct jci_error *err);
/*
 * Up to len bytes, at least one; 0 at the end of a child that ended well; <0 as process_run(). It
 * waits for at most wait_ms (-1: for ever) and says PROCESS_LATER if nothing came by then.
 */
enum { PROCESS_LATER = -100 };
ssize_t process_read(struct process_stream *s, void *buf, size_t len, int wait_ms,
		     struct jci_error *err);
/* Ends the child, if it hasn't ended, and waits for it. */
void process_close(struct process_stream *s);
DEFINE_CLEANUP(process_stream, struct process_stream *, process_close)
#define cleanup_process cleanup(process_stream_cleanup)

/*
 * Whether a program is found along `path`, folders parted by colons. Relative ones don't count:
 * what they mean depends on where it will be started.
 */
bool process_is_on_path(const char *path, const char *name);

/* The variables that tie a process to one repository (git rev-parse --local-env-vars). */
extern const char *const git_local_env_vars[]; /* NULL at the end */

#endif
