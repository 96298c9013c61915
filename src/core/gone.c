#include "core/gone.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "core/gitclean.h"
#include "core/oidset.h"
#include "util/alloc.h"
#include "util/gettext.h"
#include "util/io.h"
#include "util/process.h"

enum { MAX_SHALLOW = 64 * 1024 * 1024, CHUNK = 64 * 1024, LINE = GIT_OID_HEXSZ + 1 };

struct jci_gone {
	const struct jci_repo *repo;
	struct process_stream *git;
	/* The commits that are asked about, sorted, each once; and what is known of each. */
	git_oid *commits;
	enum jci_presence *presence;
	size_t n;
	size_t left; /* that are here, and not found yet */
};

void jci_gone_free(struct jci_gone *gone)
{
	if (gone->git)
		process_close(gone->git);
	free(gone->commits);
	free(gone->presence);
	free(gone);
}

/*
 * --all: every ref, and the HEAD of every work tree; as `git gc` looks, without replace refs.
 * Broken ones are no reason to stop.
 */
int jci_gone_begin(struct jci_gone **out, const struct jci_repo *repo, struct jci_error *err)
{
	const char *const argv[] = {"git",
				    "--git-dir",
				    repo->git_dir,
				    "--no-replace-objects",
				    "rev-list",
				    "--ignore-missing",
				    "--exclude=refs/jci-*",
				    "--all",
				    "--reflog",
				    NULL};
	/* git(1): many lines at a time; it would write each by itself, and wake us for it */
	static const char *const vars[] = {"GIT_FLUSH=0", NULL};
	const struct process p = {.argv = argv, .out = -1, .vars = vars};
	cleanup_gone struct jci_gone *gone = xcalloc(1, sizeof(*gone));

	gone->repo = repo;
	if (process_open(&gone->git, &p, err) < 0)
		return err->code;
	*out = steal_ptr(gone);
	return 0;
}

static int cmp_oids(const void *a, const void *b)
{
	return git_oid_cmp(a, b);
}

/* Returns whether it was one of those that are looked for. */
static bool found(struct jci_gone *gone, const git_oid *oid)
{
	const git_oid *at = NULL;
	enum jci_presence *presence;

	if (gone->n > 0)
		at = bsearch(oid, gone->commits, gone->n, sizeof(*oid), cmp_oids);
	if (!at)
		return false;
	presence = &gone->presence[at - gone->commits];
	gone->left -= *presence == JCI_COMMIT_UNREACHABLE;
	*presence = JCI_COMMIT_FOUND;
	return true;
}

static int ask(struct jci_gone *gone, const struct jci_refs *refs, struct jci_error *err)
{
	cleanup_git_odb git_odb *odb = NULL;

	if (git_repository_odb(&odb, gone->repo->git) < 0)
		return jci_error_git(err, JCI_EFAIL, _("cannot open the object database"));
	git_odb_refresh(odb); /* once, and not for each that is missing */
	gone->commits = xcalloc(refs->n + 1, sizeof(*gone->commits));
	gone->presence = xcalloc(refs->n + 1, sizeof(*gone->presence));
	for (size_t i = 0; i < refs->n; i++) {
		const git_oid *oid = &refs->items[i].commit;
		bool is_here;

		if (i > 0 && git_oid_equal(oid, &refs->items[i - 1].commit))
			continue;
		is_here = git_odb_exists_ext(odb, oid, GIT_ODB_LOOKUP_NO_REFRESH);
		gone->commits[gone->n] = *oid;
		gone->presence[gone->n++] = is_here ? JCI_COMMIT_UNREACHABLE : JCI_COMMIT_ABSENT;
		gone->left += is_here;
	}
	return 0;
}

/* Reads hashes, a line each, until the end or until all are found. */
static int read_reachable(struct jci_gone *gone, struct jci_error *err)
{
	cleanup_free char *buf = xmalloc(CHUNK);
	size_t have = 0;
	git_oid oid;

	while (gone->left > 0) {
		ssize_t n = process_read(gone->git, buf + have, CHUNK - have, -1, err);
		size_t at = 0;

		if (n < 0)
			return jci_error_prefix(err, _("cannot tell which commits are gone"));
		if (n == 0)
			break;
		for (have += (size_t)n; have - at >= LINE; at += LINE)
			if (git_oid_fromstrn(&oid, buf + at, GIT_OID_HEXSZ) == 0)
				found(gone, &oid);
		have -= at;
		memmove(buf, buf + at, have);
	}
	return 0;
}

/* ---- shallow clones ---- */

static void push_parents(struct jci_oidset *seen, git_repository *git, const git_oid *oid)
{
	cleanup_git_commit git_commit *commit = NULL;

	if (git_commit_lookup(&commit, git, oid) < 0)
		return;
	for (unsigned i = 0; i < git_commit_parentcount(commit); i++)
		jci_oidset_add(seen, git_commit_parent_id(commit, i), NULL);
}

/*
 * git does not look beyond the border of a shallow clone (gitrepository-layout(5), shallow). What
 * lies there is not gone; its objects may be here from before.
 */
static int read_beyond(struct jci_gone *gone, struct jci_error *err)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	cleanup_oidset struct jci_oidset seen = JCI_OIDSET_INIT;
	cleanup_free char *path = xasprintf("%s/shallow", gone->repo->common_dir);
	git_oid oid;

	if (read_file_at(AT_FDCWD, path, &text, MAX_SHALLOW) < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot read '%s'"), path);
	for (size_t at = 0; at + GIT_OID_HEXSZ <= text.len; at += LINE)
		if (git_oid_fromstrn(&oid, text.buf + at, GIT_OID_HEXSZ) == 0)
			push_parents(&seen, gone->repo->git, &oid);
	for (size_t i = 0; i < seen.n; i++) {
		oid = seen.oids[i];
		found(gone, &oid);
		push_parents(&seen, gone->repo->git, &oid);
	}
	return 0;
}

int jci_gone_find(struct jci_gone *gone, const struct jci_refs *refs, enum jci_presence *presence,
		  struct jci_error *err)
{
	size_t at = 0;

	if (ask(gone, refs, err) < 0 || read_reachable(gone, err) < 0 ||
	    (gone->left > 0 && git_repository_is_shallow(gone->repo->git) &&
	     read_beyond(gone, err) < 0))
		return err->code;
	for (size_t i = 0; i < refs->n; i++) {
		if (i > 0 && !git_oid_equal(&refs->items[i].commit, &refs->items[i - 1].commit))
			at++;
		presence[i] = gone->presence[at];
	}
	return 0;
}
