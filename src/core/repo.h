/*
 * The repository that a command works in. A handle is used by one thread; other threads open
 * their own. Opening starts libgit2.
 */
#ifndef JCI_CORE_REPO_H
#define JCI_CORE_REPO_H

#include <stdbool.h>
#include <stdint.h>

#include <git2.h>

#include "util/cleanup.h"
#include "util/error.h"
#include "util/strbuf.h"

struct jci_repo {
	git_repository *git;
	struct jci_config *config; /* core/config.h; as it was when the repository was opened */
	char *git_dir;             /* no slash at the end, as all of these */
	char *common_dir; /* where refs and objects are; the main one's in a linked worktree */
	char *work_tree;  /* NULL in a bare repository */
	char *jci_dir;    /* <common_dir>/jci: live registry, log cache */
};

/*
 * Finds the repository as git does: GIT_DIR and GIT_WORK_TREE, else upwards from the working
 * folder (GIT_CEILING_DIRECTORIES obeyed). JCI_ENOREPO where there is none.
 */
int jci_repo_open(struct jci_repo *repo, struct jci_error *err);
void jci_repo_release(struct jci_repo *repo);

#define JCI_REPO_INIT                              \
	{                                          \
		NULL, NULL, NULL, NULL, NULL, NULL \
	}
#define cleanup_repo cleanup(jci_repo_release)

/* Sets err from libgit2's last error: "WHAT: its message". */
int jci_error_git(struct jci_error *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The commit that HEAD is at; JCI_ENOTFOUND, saying so, on a branch without one. */
int jci_repo_head(const struct jci_repo *repo, git_oid *commit, struct jci_error *err);
/* Short name of HEAD's branch; NULL on a detached HEAD. The caller frees it. */
char *jci_repo_head_branch(const struct jci_repo *repo);
/*
 * Any revision that git understands (gitrevisions(7)), peeled to a commit. Plain names, hashes and
 * what is counted from them (`HEAD~2`) cost the same however many refs there are.
 */
int jci_repo_commit(const struct jci_repo *repo, const char *rev, git_oid *commit,
		    struct jci_error *err);
/* The tree of a commit. */
int jci_repo_tree(const struct jci_repo *repo, const git_oid *commit, git_oid *tree,
		  struct jci_error *err);
/* First line of a commit's message, "" where the commit is not here. The caller frees it. */
char *jci_repo_subject(const struct jci_repo *repo, const git_oid *commit);
/*
 * Whether `git status` would list anything: a change against HEAD, staged or not, or an untracked
 * file that isn't ignored. Stops at the first.
 */
int jci_repo_is_dirty(const struct jci_repo *repo, bool *dirty, struct jci_error *err);

#endif
