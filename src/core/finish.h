/*
 * Commands that are run after a run has been stored: the values of jci.onFinish, in the order in
 * which git reads them. They come from the configuration as it was when the repository was opened,
 * before the run's script began, and never from the tree of a commit. git-jci-config(5) tells what
 * they get in their environment.
 */
#ifndef JCI_CORE_FINISH_H
#define JCI_CORE_FINISH_H

#include "core/record.h"

struct jci_finish {
	int out; /* descriptor that gets all that they print */
	/* Called for a command that failed, or took longer than jci.onFinishTimeout. */
	void (*failed)(void *ctx, const struct jci_error *e);
	/* Asked every few milliseconds: true ends the command, and leaves out the others. */
	bool (*stop)(void *ctx);
	void *ctx;
};

/*
 * Runs them one after the other, and waits. Fails only where the configuration is wrong. Does
 * nothing within one of these commands: what it runs has none of its own, so that there is an end.
 */
int jci_finish(const struct jci_repo *repo, const struct jci_record *r,
	       const struct jci_finish *finish, struct jci_error *err);

/*
 * The status of the last run that passed or failed before this one: of the same commit, or else of
 * the nearest one behind it that has any. NONE where there is none in the last thousand commits.
 */
enum jci_status jci_finish_previous(const struct jci_repo *repo, const struct jci_record *r);

#endif
