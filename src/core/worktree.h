/*
 * Clean temporary work trees: linked worktrees with a detached HEAD, made by `git worktree add`,
 * because only git knows the filters, attributes and sparse patterns that a checkout goes
 * through. Hooks of the repository don't run.
 */
#ifndef JCI_CORE_WORKTREE_H
#define JCI_CORE_WORKTREE_H

#include "core/repo.h"

/* Checks `commit` out to `path`, which must not exist; its parent must. */
int jci_worktree_add(const struct jci_repo *repo, const git_oid *commit, const char *path,
		     struct jci_error *err);
/* Removes it, also when half of it is gone already. */
int jci_worktree_remove(const struct jci_repo *repo, const char *path, struct jci_error *err);

#endif
