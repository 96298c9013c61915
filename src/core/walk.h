/*
 * A walk over commits, newest first. From plain revisions it is lazy: nothing older is read before
 * it is asked for. Ranges, other orders, limits, and shallow clones, whose borders libgit2 1.5 does
 * not know, are left to `git rev-list`, which is read as it prints.
 */
#ifndef JCI_CORE_WALK_H
#define JCI_CORE_WALK_H

#include "core/repo.h"

struct jci_walk;

/* oldest_first: in the order in which the commits were made; this reads all of them first. */
int jci_walk_new(struct jci_walk **out, const struct jci_repo *repo, bool oldest_first,
		 struct jci_error *err);
/* Adds a revision, or any range that git knows (gitrevisions(7)), before the first step. */
int jci_walk_push(struct jci_walk *walk, const char *rev, struct jci_error *err);
/*
 * Before the first step: only commits whose author matches (git-log(1), --author, case ignored), or
 * that change a path (a pathspec of gitglossary(7), from the top of the work tree). NULL: any.
 */
void jci_walk_limit(struct jci_walk *walk, const char *author, const char *path);
/* How long jci_walk_next() may wait for git before it says JCI_WALK_LATER; -1, the default: ever.
 */
void jci_walk_set_patience(struct jci_walk *walk, int ms);
/* 1 and the next commit, 0 at the end, <0 on failure. */
enum { JCI_WALK_LATER = 2 };
int jci_walk_next(struct jci_walk *walk, git_oid *commit, struct jci_error *err);
void jci_walk_free(struct jci_walk *walk);

DEFINE_CLEANUP(walk, struct jci_walk *, jci_walk_free)
#define cleanup_walk cleanup(walk_cleanup)

#endif
