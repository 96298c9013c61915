/*
 * Executes a script in a process group of its own and follows it to its end: its output, standard
 * output and error on one pipe, goes to the log, the log's index and, at its own pace, to the
 * caller's terminal. The script has /dev/null as standard input.
 */
#ifndef JCI_CORE_EXECUTE_H
#define JCI_CORE_EXECUTE_H

#include "core/live.h"
#include "core/secrets.h"

struct jci_execute {
	const char *script; /* path that is executed */
	const char *dir;    /* working folder */
	char *const *env;   /* whole environment, NULL at the end */
	bool pty;           /* a pseudo-terminal instead of a pipe */
	int64_t timeout_us; /* 0: none */
	int64_t grace_us;   /* between TERM and KILL */
	int cancel_fd;      /* becoming readable cancels (a second time: kills); -1: none */
	int echo_fd;        /* a copy of the output goes here; -1: nowhere. SIGPIPE is to be
			       ignored; a reader that goes away or is slow does no harm */
	struct jci_secrets *secrets; /* masked in all of that (core/secrets.h); NULL: none */
	const struct jci_live *live; /* where log, log.index and log.timing are written; its
					`cancel` cancels too */
};

/*
 * Runs it. On return r has status, reason, exit status or signal, end, duration, log_bytes and
 * log_lines. Fails, without anything having run, as JCI_ENOTFOUND (no such script) or JCI_ENOEXEC
 * (no execute permission, interpreter missing, ...) with a message that names the command that
 * mends it; JCI_EFAIL where the log could not be written: then the script was stopped, and r says
 * so.
 */
int jci_execute(const struct jci_execute *x, struct jci_record *r, struct jci_error *err);

/* The check before: is there something at `script` that can be executed? Same codes as above. */
int jci_execute_check(const char *script, const char *shown, struct jci_error *err);

#endif
