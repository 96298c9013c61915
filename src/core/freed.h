/*
 * How much would the removal of runs free? Objects are shared: the log of a run may be that of
 * another, an artifact may be a file of the repository.
 */
#ifndef JCI_CORE_FREED_H
#define JCI_CORE_FREED_H

#include "core/refs.h"

/* What stays, and keeps the objects that it holds. */
struct jci_staying {
	const struct jci_refs *runs;
	const git_oid *commits; /* each with all files of its tree */
	size_t n_commits;
};

/*
 * bytes[i]: of runs->items[i], the sizes on disk (as git-cat-file(1) tells them) of the objects
 * that are in no run that stays and in no tree of a commit that stays. What several of the runs
 * share counts for the first of them, so that the sum is right.
 *
 * A file of a run that is byte for byte one that only other commits hold counts as freed.
 */
int jci_freed(const struct jci_repo *repo, const struct jci_refs *runs,
	      const struct jci_staying *staying, uint64_t *bytes, struct jci_error *err);

#endif
