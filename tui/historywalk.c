#include "tui/historywalk.h"

#include <string.h>

#include "core/refs.h"
#include "core/walk.h"
#include "tui/commitinfo.h"
#include "util/alloc.h"
#include "util/gettext.h"

enum {
	PATIENCE_MS = 40,
	LOOK_AT = 512, /* commits that a filter may drop before it says HISTORY_LATER */
};

struct history_walk {
	struct history_start start;
	struct history_place place;
	struct jci_repo repo;
	struct jci_walk *walk; /* NULL: not open yet */
	struct jci_refs runs;  /* of filters by runs, sorted by commit */
	size_t left;           /* commits with runs that have not come yet */
	bool has_ended;
};

void history_start_release(struct history_start *start)
{
	free(start->rev);
	commit_filter_release(&start->filter);
	free(start->running);
	*start = (struct history_start){0};
}

struct history_walk *history_walk_new(struct history_start *start)
{
	struct history_walk *walk = xcalloc(1, sizeof(*walk));

	walk->start = *start;
	*start = (struct history_start){0};
	walk->repo = (struct jci_repo)JCI_REPO_INIT;
	return walk;
}

void history_walk_free(struct history_walk *walk)
{
	if (walk->walk)
		jci_walk_free(walk->walk);
	jci_repo_release(&walk->repo);
	jci_refs_release(&walk->runs);
	history_start_release(&walk->start);
	free(walk->place.label);
	free(walk->place.ref);
	free(walk);
}

const struct history_start *history_walk_start(const struct history_walk *walk)
{
	return &walk->start;
}

bool history_walk_is_open(const struct history_walk *walk)
{
	return walk->walk || walk->place.is_empty;
}

const struct history_place *history_walk_place(const struct history_walk *walk)
{
	return &walk->place;
}

const struct jci_repo *history_walk_repo(const struct history_walk *walk)
{
	return &walk->repo;
}

/* ---- where it begins ---- */

static bool is_ref(const struct jci_repo *repo, const char *name)
{
	cleanup_error struct jci_error missing = JCI_ERROR_INIT;
	git_oid oid;

	return jci_ref_resolve(repo, name, &oid, &missing) == 0;
}

/* The full name of a branch as git would take the short one; NULL: it is none. */
static char *branch_ref(const struct jci_repo *repo, const char *rev)
{
	static const char *const forms[] = {"refs/", "refs/heads/", "refs/remotes/"};

	if (strncmp(rev, "refs/", 5) == 0)
		return is_ref(repo, rev) ? xstrdup(rev) : NULL;
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		cleanup_free char *name = xasprintf("%s%s", forms[i], rev);

		if (is_ref(repo, name))
			return steal_ptr(name);
	}
	return NULL;
}

static int place_head(struct history_walk *walk, struct jci_error *err)
{
	struct history_place *place = &walk->place;
	cleanup_free char *branch = jci_repo_head_branch(&walk->repo);

	place->ref = branch ? xasprintf("refs/heads/%s", branch) : NULL;
	place->label = branch ? steal_ptr(branch) : xstrdup("HEAD");
	if (jci_repo_head(&walk->repo, &place->tip, err) == 0)
		return 0;
	if (err->code != JCI_ENOTFOUND)
		return err->code;
	jci_error_clear(err);
	place->is_empty = true;
	return 0;
}

static int find_place(struct history_walk *walk, struct jci_error *err)
{
	struct history_place *place = &walk->place;
	const char *rev = walk->start.rev;

	if (!rev || strcmp(rev, "HEAD") == 0)
		return place_head(walk, err);
	place->label = xstrdup(rev);
	if (strstr(rev, ".."))
		return 0;
	place->ref = branch_ref(&walk->repo, rev);
	return jci_repo_commit(&walk->repo, rev, &place->tip, err);
}

/* ---- filters by runs ---- */

static void list_running(struct history_walk *walk)
{
	for (size_t i = 0; i < walk->start.n_running; i++) {
		struct jci_ref ref = {.commit = walk->start.running[i]};

		jci_refs_add(&walk->runs, &ref);
	}
}

static int list_runs(struct history_walk *walk, struct jci_error *err)
{
	struct jci_refs *runs = &walk->runs;

	if (!commit_filter_is_of_runs(walk->start.filter.kind))
		return 0;
	if (walk->start.filter.kind == FILTER_RUNNING)
		list_running(walk);
	else if (jci_refs_list(&walk->repo, NULL, runs, err) < 0)
		return err->code;
	jci_refs_sort(runs);
	for (size_t i = 0; i < runs->n; i++)
		walk->left +=
			!i || !git_oid_equal(&runs->items[i].commit, &runs->items[i - 1].commit);
	return 0;
}

static bool has_failed(const struct history_walk *walk, const git_oid *commit)
{
	struct commit_info *info = commit_info_new(commit);
	bool failed;

	commit_info_read_runs(info, &walk->repo);
	failed = info->status == JCI_STATUS_ERR;
	commit_info_free(info);
	return failed;
}

static bool passes(struct history_walk *walk, const git_oid *commit)
{
	if (!commit_filter_is_of_runs(walk->start.filter.kind))
		return true;
	if (!jci_refs_has(&walk->runs, commit))
		return false;
	walk->left--;
	return walk->start.filter.kind != FILTER_FAILED || has_failed(walk, commit);
}

/* ---- one after the other ---- */

static int start_walk(struct history_walk *walk, struct jci_error *err)
{
	const struct commit_filter *filter = &walk->start.filter;
	const char *rev = walk->start.rev;
	struct jci_walk *w = NULL;
	int code = jci_walk_new(&w, &walk->repo, false, err);

	if (filter->kind == FILTER_AUTHOR)
		jci_walk_limit(w, filter->pattern, NULL);
	else if (filter->kind == FILTER_PATH)
		jci_walk_limit(w, NULL, filter->pattern);
	jci_walk_set_patience(w, PATIENCE_MS);
	if (!git_oid_is_zero(&walk->place.tip))
		rev = git_oid_tostr_s(&walk->place.tip);
	if (code == 0)
		code = jci_walk_push(w, rev, err);
	if (code < 0)
		jci_walk_free(w);
	else
		walk->walk = w;
	return code;
}

int history_walk_open(struct history_walk *walk, struct jci_error *err)
{
	if (jci_repo_open(&walk->repo, err) < 0 || find_place(walk, err) < 0)
		return err->code;
	if (walk->place.is_empty)
		return 0;
	return list_runs(walk, err) < 0 ? err->code : start_walk(walk, err);
}

int history_walk_next(struct history_walk *walk, git_oid *commit, struct jci_error *err)
{
	if (commit_filter_is_of_runs(walk->start.filter.kind) && !walk->left)
		walk->has_ended = true;
	for (int i = 0; i < LOOK_AT && walk->walk && !walk->has_ended; i++) {
		int code = jci_walk_next(walk->walk, commit, err);

		if (code == JCI_WALK_LATER)
			return HISTORY_LATER;
		if (code <= 0)
			walk->has_ended = true;
		if (code < 0)
			return code;
		if (code == 1 && passes(walk, commit))
			return 1;
	}
	return walk->walk && !walk->has_ended ? HISTORY_LATER : 0;
}
