/* What `push` and `pull` have in common: their options, and telling what became of runs. */
#ifndef JCI_CMD_TRANSFER_H
#define JCI_CMD_TRANSFER_H

#include "core/remote.h"

/*
 * What a command does with a remote from now on: git's progress goes to standard error where that is
 * a terminal, jci.remoteTimeout counts, and a signal ends it; remote->name is the caller's. Returns
 * the descriptor of interrupt_begin().
 */
int transfer_begin(const struct jci_repo *repo, struct jci_remote *remote, struct jci_error *err);
/* As cmd_fail(), but what failed because of a signal is not told; and the end by that signal. */
int transfer_fail(const struct jci_error *err);
/* The remote's name: `given`, or the default; false after an error has been filled. */
int transfer_remote(const struct jci_repo *repo, const char *given, char **name,
		    struct jci_error *err);

struct transfer_words {                                                   /* translated */
	void (*add_sum)(struct strbuf *sb, enum jci_fate fate, size_t n); /* "3 runs sent" */
	const char *done; /* the word in front of a run: "sent" */
};
/*
 * Prints the runs that moved or were refused, a line each (not more than some dozens for people),
 * and one line of sums: or all of them as JSON. Returns STATUS_RED where any was refused.
 */
int transfer_report(const struct jci_transfer *t, const struct transfer_words *words, bool json);

#endif
