/*
 * Which of the tested commits are still there? Gone are those that nothing but the garbage
 * collector would find: no branch, tag, remote branch or other ref (those of runs aside), no HEAD
 * of any work tree, no reflog of any of them. git-rev-list(1) knows these things.
 */
#ifndef JCI_CORE_GONE_H
#define JCI_CORE_GONE_H

#include "core/refs.h"

enum jci_presence {
	JCI_COMMIT_FOUND,
	JCI_COMMIT_UNREACHABLE, /* its object is here, but nothing leads to it */
	JCI_COMMIT_ABSENT,      /* there is no such object */
};

/* Starts git, which looks while the caller does something else. */
struct jci_gone;
int jci_gone_begin(struct jci_gone **out, const struct jci_repo *repo, struct jci_error *err);
/*
 * presence[i] for refs->items[i], which are sorted by commit. The history is read no further back
 * than to the last of them. Beyond the border of a shallow clone as far as the objects are here.
 */
int jci_gone_find(struct jci_gone *gone, const struct jci_refs *refs, enum jci_presence *presence,
		  struct jci_error *err);
void jci_gone_free(struct jci_gone *gone);
DEFINE_CLEANUP(gone, struct jci_gone *, jci_gone_free)
#define cleanup_gone cleanup(gone_cleanup)

#endif
