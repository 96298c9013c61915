/*
 * The refs of runs, read where git keeps them (gitrepository-layout(5): loose files and the
 * sorted file packed-refs, git-pack-refs(1)). libgit2 reads all of packed-refs before it answers
 * anything, 100 ms for 100,000 refs; here the file is mapped and searched by halves as git does it.
 */
#ifndef JCI_CORE_REFS_H
#define JCI_CORE_REFS_H

#include "core/repo.h"
#include "core/runid.h"

struct jci_ref {
	git_oid commit; /* the commit that was tested */
	struct jci_run_id id;
	git_oid target; /* the commit that holds the result */
};

struct jci_refs {
	struct jci_ref *items;
	size_t n, cap;
};
#define JCI_REFS_INIT      \
	{                  \
		NULL, 0, 0 \
	}
void jci_refs_release(struct jci_refs *refs);
void jci_refs_add(struct jci_refs *refs, const struct jci_ref *ref);
/* Sorts them by jci_ref_cmp(), for jci_refs_find() and for those that ask for a commit. */
void jci_refs_sort(struct jci_refs *refs);
/* Of sorted ones that of this commit and run id, borrowed; NULL: none. */
struct jci_ref *jci_refs_find(const struct jci_refs *refs, const struct jci_ref *ref);
/* Of sorted ones: which of a million commits have any. */
bool jci_refs_has(const struct jci_refs *refs, const git_oid *commit);
/* Of sorted ones the *n of the commit, which stand side by side; NULL: none. */
const struct jci_ref *jci_refs_of(const struct jci_refs *refs, const git_oid *commit, size_t *n);
/* Whether this very run is among them, in any order. */
bool jci_refs_contain(const struct jci_refs *refs, const struct jci_ref *ref);
#define cleanup_refs cleanup(jci_refs_release)

/*
 * All runs, or those of one commit (NULL: all), in no particular order. A loose ref wins over a
 * packed one. Names that are not of our form are skipped; refs that can't be read are errors.
 */
int jci_refs_list(const struct jci_repo *repo, const git_oid *commit, struct jci_refs *refs,
		  struct jci_error *err);
/* The same of several commits, by name order: packed-refs is opened once for all. */
int jci_refs_list_of(const struct jci_repo *repo, const git_oid *commits, size_t n,
		     struct jci_refs *refs, struct jci_error *err);
/* One of them: JCI_ENOTFOUND (without a message to translate) where it isn't there. */
int jci_refs_lookup(const struct jci_repo *repo, const git_oid *commit, const struct jci_run_id *id,
		    git_oid *target, struct jci_error *err);
/* Makes a ref that must not exist yet (JCI_EEXISTS). */
int jci_refs_create(const struct jci_repo *repo, const struct jci_ref *ref, struct jci_error *err);
/*
 * Removes the lock that a process left which died in jci_refs_create(). Only for who owns the run's
 * live entry: nobody else makes this ref.
 */
void jci_refs_unlock(const struct jci_repo *repo, const struct jci_ref *ref);
/*
 * Any ref by its full name, symbolic ones followed, and names that are the work tree's own (HEAD)
 * looked up there. JCI_ENOTFOUND without a message for the user where it isn't there.
 */
int jci_ref_resolve(const struct jci_repo *repo, const char *name, git_oid *oid,
		    struct jci_error *err);
/* refs/jci-runs/<commit>/<run id> */
void jci_ref_name(struct strbuf *sb, const struct jci_ref *ref);
/* The other way round, of exactly len bytes; the target stays as it is. */
bool jci_ref_parse(struct jci_ref *ref, const char *name, size_t len);
/* By commit, then by run id; for qsort() and bsearch(). */
int jci_ref_cmp(const void *a, const void *b);
/*
 * Removes refs that are as they are given here, all or none (git-update-ref(1)). One that is gone
 * already, or has changed, is JCI_EFAIL in git's words.
 */
int jci_refs_delete(const struct jci_repo *repo, const struct jci_refs *refs,
		    struct jci_error *err);
/* Any instructions of `git update-ref --stdin`, done all or none. */
int jci_refs_update(const struct jci_repo *repo, const struct strbuf *instructions,
		    struct jci_error *err);

/*
 * Any refs whose full names begin with `prefix` ("refs/heads/"), in no particular order, symbolic
 * ones followed, broken ones left out. peeled: what an annotated tag points to in the end, NULL
 * where it is none. A non-zero return of `each` stops and is returned.
 */
typedef int jci_ref_fn(void *ctx, const char *name, const git_oid *oid, const git_oid *peeled);
int jci_refs_each(const struct jci_repo *repo, const char *prefix, jci_ref_fn *each, void *ctx,
		  struct jci_error *err);

/*
 * The names of refs that begin with `prefix`, loose or packed, without a look at what they point
 * to: about max of them, and always the first and the last of all there are, so that the beginning
 * that those have in common is that of all.
 */
typedef void jci_name_fn(void *ctx, const char *name, size_t len);
int jci_refs_names(const struct jci_repo *repo, const char *prefix, size_t max, jci_name_fn *each,
		   void *ctx, struct jci_error *err);
/*
 * The `max` (at least one) newest runs whose ids begin with `prefix`, by their ids, and behind them
 * the oldest one, where there are more: one pass over the names, nothing is sorted. commit NULL: of
 * all commits.
 */
int jci_refs_newest(const struct jci_repo *repo, const git_oid *commit, const char *prefix,
		    size_t max, struct jci_refs *refs, struct jci_error *err);

/* About how many refs of runs are loose: a count of two folders, nothing is read. */
size_t jci_refs_loose_estimate(const struct jci_repo *repo, const git_oid *commit);

#endif
