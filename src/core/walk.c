#include "core/walk.h"

#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"
#include "util/gettext.h"
#include "util/process.h"

enum { LINE = GIT_OID_HEXSZ + 1 };

struct jci_walk {
	const struct jci_repo *repo;
	bool oldest_first, by_git, started;
	char **revs; /* hashes and ranges */
	size_t n, cap;
	git_revwalk *walk;
	char *author, *path; /* limits; the option, the pathspec */
	int patience;
	struct process_stream *git;
	char buf[512 * LINE]; /* of what git rev-list printed */
	size_t at, len;
};

int jci_walk_new(struct jci_walk **out, const struct jci_repo *repo, bool oldest_first,
		 struct jci_error *err)
{
	struct jci_walk *walk = xcalloc(1, sizeof(*walk));
	int shallow = git_repository_is_shallow(repo->git);

	walk->repo = repo;
	walk->oldest_first = oldest_first;
	walk->by_git = oldest_first || shallow == 1;
	walk->patience = -1;
	*out = walk;
	return shallow < 0 ? jci_error_git(err, JCI_EFAIL, _("cannot walk the history")) : 0;
}

void jci_walk_free(struct jci_walk *walk)
{
	if (!walk)
		return;
	git_revwalk_free(walk->walk);
	for (size_t i = 0; i < walk->n; i++)
		free(walk->revs[i]);
	free(walk->revs);
	if (walk->git)
		process_close(walk->git);
	free(walk->author);
	free(walk->path);
	free(walk);
}

int jci_walk_push(struct jci_walk *walk, const char *rev, struct jci_error *err)
{
	bool range = strstr(rev, "..") != NULL;
	git_oid commit;

	if (!range && jci_repo_commit(walk->repo, rev, &commit, err) < 0)
		return err->code;
	ARRAY_GROW(walk->revs, walk->n + 1, walk->cap);
	walk->revs[walk->n++] = xstrdup(range ? rev : git_oid_tostr_s(&commit));
	walk->by_git |= range;
	return 0;
}

void jci_walk_limit(struct jci_walk *walk, const char *author, const char *path)
{
	free(walk->author);
	free(walk->path);
	walk->author = author ? xasprintf("--author=%s", author) : NULL;
	walk->path = path ? xstrdup(path) : NULL;
	walk->by_git |= author || path;
}

void jci_walk_set_patience(struct jci_walk *walk, int ms)
{
	walk->patience = ms;
}

static int start_git(struct jci_walk *walk, struct jci_error *err)
{
	cleanup_free const char **argv = xcalloc(walk->n + 12, sizeof(*argv));
	const struct process git = {.argv = argv, .out = -1};
	size_t n = 0;

	argv[n++] = "git";
	argv[n++] = "--git-dir";
	argv[n++] = walk->repo->git_dir;
	argv[n++] = "rev-list";
	if (walk->oldest_first) {
		argv[n++] = "--topo-order";
		argv[n++] = "--reverse";
	}
	if (walk->author) {
		argv[n++] = "--regexp-ignore-case";
		argv[n++] = walk->author;
	}
	argv[n++] = "--end-of-options";
	for (size_t i = 0; i < walk->n; i++)
		argv[n++] = walk->revs[i];
	argv[n++] = "--";
	argv[n] = walk->path;
	return process_open(&walk->git, &git, err);
}

static int start_libgit2(struct jci_walk *walk, struct jci_error *err)
{
	if (git_revwalk_new(&walk->walk, walk->repo->git) < 0)
		return jci_error_git(err, JCI_EFAIL, _("cannot walk the history"));
	for (size_t i = 0; i < walk->n; i++) {
		git_oid commit;

		if (git_oid_fromstr(&commit, walk->revs[i]) < 0 ||
		    git_revwalk_push(walk->walk, &commit) < 0)
			return jci_error_git(err, JCI_EFAIL, _("cannot walk the history"));
	}
	return 0;
}

/* 1 once a whole line is there, else as jci_walk_next(). */
static int read_line(struct jci_walk *walk, struct jci_error *err)
{
	while (walk->len - walk->at < LINE) {
		ssize_t n;

		memmove(walk->buf, walk->buf + walk->at, walk->len - walk->at);
		walk->len -= walk->at;
		walk->at = 0;
		n = process_read(walk->git, walk->buf + walk->len, sizeof(walk->buf) - walk->len,
				 walk->patience, err);
		if (n == PROCESS_LATER)
			return JCI_WALK_LATER;
		if (n <= 0)
			return (int)n;
		walk->len += (size_t)n;
	}
	return 1;
}

/* Of a range whose ends are no revisions: which of them is none, in place of what git says of it.
 */
static int explain(const struct jci_walk *walk, struct jci_error *err)
{
	for (size_t i = 0; i < walk->n; i++) {
		const char *dots = strstr(walk->revs[i], "..");
		size_t len = dots ? (size_t)(dots - walk->revs[i]) : 0;
		const char *end = dots ? dots + strspn(dots, ".") : "";
		cleanup_free char *begin = xstrndup(walk->revs[i], len);
		const char *const ends[] = {begin, end};

		for (size_t j = 0; j < ARRAY_SIZE(ends); j++) {
			cleanup_error struct jci_error why = JCI_ERROR_INIT;
			git_oid commit;

			if (*ends[j] && jci_repo_commit(walk->repo, ends[j], &commit, &why) < 0)
				return jci_error_set(err, why.code, "%s", why.message);
		}
	}
	return err->code;
}

static int next_by_git(struct jci_walk *walk, git_oid *commit, struct jci_error *err)
{
	int code = read_line(walk, err);

	if (code < 0)
		return explain(walk, err);
	if (code != 1)
		return code;
	if (git_oid_fromstrn(commit, walk->buf + walk->at, GIT_OID_HEXSZ) < 0)
		return jci_error_set(err, JCI_EFAIL, _("'git rev-list' printed no commit"));
	walk->at += LINE;
	return 1;
}

int jci_walk_next(struct jci_walk *walk, git_oid *commit, struct jci_error *err)
{
	int code;

	if (!walk->started && (walk->by_git ? start_git(walk, err) : start_libgit2(walk, err)) < 0)
		return err->code;
	walk->started = true;
	if (walk->by_git)
		return next_by_git(walk, commit, err);
	code = git_revwalk_next(commit, walk->walk);
	if (code == GIT_ITEROVER)
		return 0;
	return code < 0 ? jci_error_git(err, JCI_EFAIL, _("cannot walk the history")) : 1;
}
