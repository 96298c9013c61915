/*
 * A run from its beginning to its end: register, execute, store, clean up. Commands and the user
 * interfaces start runs through this module alone.
 */
#ifndef JCI_CORE_RUN_H
#define JCI_CORE_RUN_H

#include "core/live.h"
#include "core/secrets.h"

struct jci_run_options {
	git_oid commit;
	const char *branch; /* NULL: none */
	bool worktree;      /* in a clean temporary work tree, not in the user's */
	const char *run_id; /* NULL: a new one */
	const char *trigger;
	bool pty;
	int64_t timeout_us; /* 0: none */
	int64_t grace_us;   /* core/execute.h; 0: as jci.gracePeriod says */
	int cancel_fd;      /* core/execute.h */
	int echo_fd;
	struct jci_secrets *secrets;                            /* core/execute.h; NULL: none */
	void (*started)(void *ctx, const struct jci_record *r); /* registered now; may be NULL */
	void *ctx;
};

/*
 * Runs CI for options->commit and stores the result; r tells how it went. Fails without a run as
 * JCI_ENOTFOUND and JCI_ENOEXEC (core/execute.h) or JCI_EEXISTS (run_id); with JCI_EFAIL after one
 * where the result could not be stored: then the live entry and the output folder stay, the message
 * names the folder, and jci_recover() stores it later.
 */
int jci_run(const struct jci_repo *repo, const struct jci_run_options *options,
	    struct jci_record *r, struct jci_error *err);

/*
 * Stores that CI could not be run, for who looks at the commit: a run of no duration with the
 * status err, the reason, an exit status (-1: none), and the text as its log.
 */
int jci_run_refuse(const struct jci_repo *repo, const struct jci_run_options *options,
		   enum jci_reason reason, int exit_status, const char *text, struct jci_record *r,
		   struct jci_error *err);

/*
 * Its last steps, for core/recover too: stores the result of a run that has ended, and cleans up;
 * or only cleans up: folders, then the live entry.
 */
int jci_run_store(const struct jci_repo *repo, struct jci_live *live, struct jci_record *r,
		  struct jci_error *err);
int jci_run_clean_up(const struct jci_repo *repo, struct jci_live *live, struct jci_record *r,
		     struct jci_error *err);

/*
 * The newest green run of this very tree in a clean work tree: JCI_ENOTFOUND where nothing proves
 * that it passes.
 */
int jci_run_proof(const struct jci_repo *repo, const git_oid *commit, struct jci_record *r,
		  struct jci_error *err);
/* Whether the commit has a .jci/run.sh, of whatever kind. */
bool jci_run_has_script(const struct jci_repo *repo, const git_oid *commit);

#endif
