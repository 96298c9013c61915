/* /api/search: commits by their hash, message or author, newest first. */
#include <stdlib.h>
#include <string.h>

#include "core/find.h"
#include "core/gitclean.h"
#include "core/walk.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/pattern.h"
#include "web/commits.h"
#include "web/find.h"
#include "web/respond.h"
#include "web/routes.h"

enum {
	MAX_FOUND = 100,
	MAX_TIPS = 1000, /* branches that are searched where none is named */
	MIN_HASH = 4,
	SEARCH_US = 1000 * 1000,
	PATIENCE_MS = 100,
};

struct search {
	struct web_request *rq;
	struct jci_walk *walk;
	struct pattern *pattern;
	const char *text;
	cJSON *found;
	git_oid first; /* found by its hash; zero: none was */
	bool any;      /* there is a commit to begin with */
};

/* ---- where to look ---- */

struct tip {
	git_oid oid;
	int64_t time;
};

struct tips {
	struct search *search;
	struct tip *items;
	size_t n, cap;
};

static void tips_release(struct tips *tips)
{
	free(tips->items);
}

/* A ref that leads to no commit is passed over. */
static int add_tip(struct tips *tips, const git_oid *oid)
{
	cleanup_git_commit git_commit *commit = NULL;

	if (git_commit_lookup(&commit, tips->search->rq->repo->git, oid) < 0)
		return 0;
	ARRAY_GROW(tips->items, tips->n + 1, tips->cap);
	tips->items[tips->n++] = (struct tip){*oid, git_commit_time(commit)};
	return tips->n >= MAX_TIPS;
}

static int add_branch(void *ctx, const char *name, const git_oid *oid, const git_oid *peeled)
{
	(void)name;
	return add_tip(ctx, peeled ? peeled : oid);
}

static int add_tips(struct tips *tips)
{
	const struct web_request *rq = tips->search->rq;
	const char *branch = http_param(rq->http, "branch");
	struct jci_error *err = &tips->search->rq->err;
	git_oid oid;

	if (branch && web_branch_resolve(rq->repo, branch, &oid, err) < 0)
		return err->code;
	if (branch)
		return add_tip(tips, &oid);
	if (jci_repo_head(rq->repo, &oid, err) == 0)
		add_tip(tips, &oid);
	jci_error_clear(err); /* HEAD's branch may have no commit yet */
	return jci_refs_each(rq->repo, "refs/heads/", add_branch, tips, err);
}

static int newest_first(const void *x, const void *y)
{
	const struct tip *a = x, *b = y;

	return a->time < b->time ? 1 : -(a->time > b->time);
}

/* A walk goes on by date, but begins in the order in which it was told where. */
static int push_tips(struct search *s)
{
	cleanup(tips_release) struct tips tips = {.search = s};

	if (add_tips(&tips) < 0)
		return s->rq->err.code;
	if (tips.n)
		qsort(tips.items, tips.n, sizeof(*tips.items), newest_first);
	for (size_t i = 0; i < tips.n; i++)
		if (jci_walk_push(s->walk, git_oid_tostr_s(&tips.items[i].oid), &s->rq->err) < 0)
			return s->rq->err.code;
	s->any = tips.n > 0;
	return 0;
}

/* ---- what is found ---- */

static enum jci_status newest_status(const struct jci_repo *repo, const git_oid *commit)
{
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;
	cleanup_run_list struct jci_run_list *list = NULL;
	cleanup_record struct jci_record r;

	jci_record_init(&r);
	if (jci_run_list_new(&list, repo, commit, &ignored) == 0)
		jci_run_list_next(list, &r, &ignored);
	return r.status;
}

static void add_found(struct search *s, const git_oid *oid, git_commit *commit)
{
	const char *hash = git_oid_tostr_s(oid), *subject = git_commit_summary(commit);
	const char *author = git_commit_author(commit)->name;
	cJSON *item = cJSON_CreateObject();
	char brief[8];

	git_oid_tostr(brief, sizeof(brief), oid);
	json_set_string(item, "hash", hash);
	json_set_string(item, "shortHash", brief);
	json_set_bytes(item, "message", subject ? subject : "", subject ? strlen(subject) : 0);
	json_set_bytes(item, "author", author, strlen(author));
	json_set_number(item, "date", (double)git_commit_time(commit));
	json_set_string(item, "ciStatus", web_status_name(newest_status(s->rq->repo, oid)));
	cJSON_AddItemToArray(s->found, item);
}

static bool has_text(struct search *s, const char *text)
{
	size_t start, end;

	return text && pattern_find(s->pattern, text, strlen(text), 0, &start, &end);
}

static void look_at(struct search *s, const git_oid *oid)
{
	cleanup_git_commit git_commit *commit = NULL;
	const git_signature *author;

	if (git_oid_equal(oid, &s->first) || git_commit_lookup(&commit, s->rq->repo->git, oid) < 0)
		return;
	author = git_commit_author(commit);
	if (has_text(s, git_commit_message(commit)) || has_text(s, author->name) ||
	    has_text(s, author->email))
		add_found(s, oid, commit);
}

/* Wherever it is: a hash is looked for in the whole repository. */
static void look_for_hash(struct search *s)
{
	cleanup_error struct jci_error none = JCI_ERROR_INIT;
	cleanup_git_commit git_commit *commit = NULL;
	const size_t len = strlen(s->text);
	git_oid oid;

	if (len < MIN_HASH || strspn(s->text, "0123456789abcdef") != len ||
	    jci_find_commit(s->rq->repo, s->text, &oid, &none) < 0 ||
	    git_commit_lookup(&commit, s->rq->repo->git, &oid) < 0)
		return;
	add_found(s, &oid, commit);
	s->first = oid;
}

/* 1: there is more, but not the time or the room for it. */
static int walk(struct search *s)
{
	const int64_t deadline = clock_monotonic_us() + SEARCH_US;
	git_oid commit;
	int code;

	jci_walk_set_patience(s->walk, PATIENCE_MS);
	while ((code = jci_walk_next(s->walk, &commit, &s->rq->err)) > 0) {
		if (code != JCI_WALK_LATER)
			look_at(s, &commit);
		if (cJSON_GetArraySize(s->found) >= MAX_FOUND || clock_monotonic_us() >= deadline)
			return 1;
	}
	return code;
}

int serve_search(struct web_request *rq)
{
	cleanup_json cJSON *json = cJSON_CreateObject();
	cleanup_walk struct jci_walk *walker = NULL;
	cleanup_pattern struct pattern *pattern = NULL;
	struct search s = {.rq = rq, .text = http_param(rq->http, "q")};
	int code;

	s.text = s.text ? s.text : "";
	if (pattern_compile(&pattern, s.text, false, true, &rq->err) < 0 ||
	    jci_walk_new(&walker, rq->repo, false, &rq->err) < 0)
		return rq->err.code;
	s.pattern = pattern;
	s.walk = walker;
	s.found = cJSON_AddArrayToObject(json, "commits");
	if (push_tips(&s) < 0)
		return rq->err.code;
	look_for_hash(&s);
	code = s.any ? walk(&s) : 0;
	if (code < 0)
		return code;
	json_set_bool(json, "more", code > 0);
	return respond_json(rq, json);
}
