#include "web/pagelist.h"

#include <stdlib.h>
#include <string.h>

#include "core/gitclean.h"
#include "core/packedrefs.h"
#include "core/remote.h"
#include "util/alloc.h"
#include "util/gettext.h"
#include "web/commits.h"
#include "web/find.h"
#include "web/runjson.h"

enum { HISTORY_STEP = 1000, SHORT_HASH = 7 };

/* ---- which commits ---- */

static int find_branch(const struct jci_repo *repo, const char *prefix, const char *name,
		       git_oid *oid)
{
	cleanup_error struct jci_error missing = JCI_ERROR_INIT;
	cleanup_free char *ref = xasprintf("%s%s", prefix, name);

	return jci_ref_resolve(repo, ref, oid, &missing);
}

static bool is_hash(const char *s, git_oid *oid)
{
	return strlen(s) == GIT_OID_HEXSZ && strspn(s, "0123456789abcdef") == GIT_OID_HEXSZ &&
	       git_oid_fromstr(oid, s) == 0;
}

int web_branch_resolve(const struct jci_repo *repo, const char *name, git_oid *commit,
		       struct jci_error *err)
{
	static const char *const places[] = {"refs/heads/", "refs/remotes/", "refs/tags/"};
	cleanup_git_object git_object *object = NULL, *peeled = NULL;
	bool found = strcmp(name, "HEAD") == 0 && find_branch(repo, "", name, commit) == 0;

	for (size_t i = 0; i < ARRAY_SIZE(places) && !found; i++)
		found = find_branch(repo, places[i], name, commit) == 0;
	if (!found && !is_hash(name, commit))
		return jci_error_set(err, JCI_ENOTFOUND, _("there is no branch '%s'"), name);
	if (git_object_lookup(&object, repo->git, commit, GIT_OBJECT_ANY) < 0 ||
	    git_object_peel(&peeled, object, GIT_OBJECT_COMMIT) < 0)
		return jci_error_set(err, JCI_ENOTFOUND, _("'%s' leads to no commit here"), name);
	git_oid_cpy(commit, git_object_id(peeled));
	return 0;
}

/* ---- names of branches and tags at commits ---- */

struct name {
	git_oid oid;
	char *name;
};

struct names {
	struct name *items;
	size_t n, cap;
};

static void names_release(struct names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->items[i].name);
	free(names->items);
}

static int add_name(void *ctx, const char *name, const git_oid *oid, const git_oid *peeled)
{
	struct names *names = ctx;

	ARRAY_GROW(names->items, names->n + 1, names->cap);
	names->items[names->n++] = (struct name){
		.oid = peeled ? *peeled : *oid,
		.name = xstrdup(strchr(name + strlen("refs/"), '/') + 1),
	};
	return 0;
}

static int by_oid(const void *x, const void *y)
{
	const struct name *a = x, *b = y;
	int cmp = git_oid_cmp(&a->oid, &b->oid);

	return cmp ? cmp : strcmp(a->name, b->name);
}

static int read_names(const struct jci_repo *repo, struct names *names, struct jci_error *err)
{
	static const char *const places[] = {"refs/heads/", "refs/remotes/", "refs/tags/"};

	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		if (jci_refs_each(repo, places[i], add_name, names, err) < 0)
			return err->code;
	if (names->n)
		qsort(names->items, names->n, sizeof(*names->items), by_oid);
	return 0;
}

static void set_names(cJSON *json, const struct names *names, const git_oid *oid)
{
	cJSON *list = cJSON_AddArrayToObject(json, "refs");
	size_t low = 0, high = names->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (git_oid_cmp(&names->items[middle].oid, oid) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < names->n && git_oid_equal(&names->items[low].oid, oid); low++) {
		cleanup_json cJSON *item = cJSON_CreateObject();

		/* as text, like all names in lists of plain strings */
		json_set_string(item, "name", names->items[low].name);
		cJSON_AddItemToArray(list, cJSON_DetachItemFromObject(item, "name"));
	}
}

/* ---- a page in the making ---- */

struct run {
	const struct jci_ref *ref;
	const struct jci_record *live; /* NULL: stored */
	struct web_run known;
	struct strbuf json;
};

struct page {
	const struct web_pagelist *list;
	git_oid commits[WEB_PAGE_SIZE + 1];
	size_t n;
	bool more;
	struct jci_refs refs; /* runs of all of them, by commit */
	struct names names;
	struct jci_packed seen; /* runs that the remote had when it was last seen */
};

static void page_release(struct page *page)
{
	jci_refs_release(&page->refs);
	names_release(&page->names);
	jci_packed_release(&page->seen);
}

/* Runs of one commit, stored and live. */
struct runs {
	struct run *items;
	size_t n;
};

static void runs_release(struct runs *runs)
{
	for (size_t i = 0; i < runs->n; i++)
		strbuf_release(&runs->items[i].json);
	free(runs->items);
}

static bool is_stored(const struct jci_ref *refs, size_t n, const struct jci_run_id *id)
{
	for (size_t i = 0; i < n; i++)
		if (jci_run_id_cmp(&refs[i].id, id) == 0)
			return true;
	return false;
}

/* In the order of core/find.h, the other way round. */
static int oldest_first(const void *x, const void *y)
{
	const struct run *a = x, *b = y;

	if (a->ref->id.seconds != b->ref->id.seconds)
		return a->ref->id.seconds < b->ref->id.seconds ? -1 : 1;
	if (a->known.start_us != b->known.start_us)
		return a->known.start_us < b->known.start_us ? -1 : 1;
	return jci_run_id_cmp(&a->ref->id, &b->ref->id);
}

static void read_runs(const struct web_pagelist *list, const git_oid *commit,
		      const struct jci_ref *refs, size_t n, struct runs *runs)
{
	const struct jci_records *live = list->live;

	runs->items = xcalloc(n + live->n + 1, sizeof(*runs->items));
	for (size_t i = 0; i < n; i++) {
		struct run *run = &runs->items[runs->n++];

		*run = (struct run){.ref = &refs[i], .json = STRBUF_INIT};
		web_runcache_get(list->runs, list->repo, &refs[i], &run->known, &run->json);
	}
	for (size_t i = 0; i < live->n; i++) {
		const struct jci_record *r = &live->items[i];
		struct run *run = &runs->items[runs->n];

		if (!git_oid_equal(&r->ref.commit, commit) || is_stored(refs, n, &r->ref.id))
			continue;
		*run = (struct run){.ref = &r->ref, .live = r, .json = STRBUF_INIT};
		run->known = (struct web_run){.status = r->status, .start_us = r->start_us};
		web_run_add_json(&run->json, r);
		runs->n++;
	}
	if (runs->n > 1)
		qsort(runs->items, runs->n, sizeof(*runs->items), oldest_first);
}

/* ---- as JSON ---- */

/* Whether the remote had the newest stored run when it was last seen. */
static bool is_pushed(const struct page *page, const struct runs *runs)
{
	for (size_t i = runs->n; i > 0; i--) {
		cleanup_strbuf struct strbuf name = STRBUF_INIT;
		git_oid ignored;

		if (runs->items[i - 1].live)
			continue;
		jci_ref_name(&name, runs->items[i - 1].ref);
		return jci_packed_find(&page->seen, name.buf, &ignored);
	}
	return false;
}

static void set_commit(cJSON *json, const struct jci_repo *repo, const git_oid *oid)
{
	cleanup_git_commit git_commit *commit = NULL;
	const char *subject;

	if (git_commit_lookup(&commit, repo->git, oid) < 0)
		return;
	subject = git_commit_summary(commit);
	json_set_string(json, "message", subject ? subject : "");
	json_set_string(json, "author", git_commit_author(commit)->name);
	json_set_number(json, "date", (double)git_commit_committer(commit)->when.time);
}

/* The object's text, with room for one more member at its end. */
static void open_object(struct strbuf *sb, const cJSON *json)
{
	json_print(sb, json, false);
	strbuf_setlen(sb, sb->len - strlen("}\n"));
}

static void add_commit(const struct page *page, const git_oid *oid, const struct runs *runs,
		       struct strbuf *sb)
{
	cleanup_json cJSON *json = cJSON_CreateObject();
	const char *hash = git_oid_tostr_s(oid);
	cleanup_free char *short_hash = xstrndup(hash, SHORT_HASH);

	json_set_string(json, "hash", hash);
	json_set_string(json, "shortHash", short_hash);
	json_set_string(json, "message", "");
	set_commit(json, page->list->repo, oid);
	json_set_bool(json, "hasCI", runs->n > 0);
	json_set_string(json, "ciStatus",
			runs->n ? web_status_name(runs->items[runs->n - 1].known.status) : "");
	json_set_bool(json, "ciPushed", is_pushed(page, runs));
	set_names(json, &page->names, oid);
	open_object(sb, json);
	strbuf_addstr(sb, ",\"runs\":[");
	for (size_t i = 0; i < runs->n; i++) {
		strbuf_addstr(sb, i ? "," : "");
		strbuf_add(sb, runs->items[i].json.buf, runs->items[i].json.len);
	}
	strbuf_addstr(sb, "]}");
}

static void add_page(const struct page *page, struct strbuf *sb)
{
	cleanup_json cJSON *json = cJSON_CreateObject();
	const char *branch = page->list->branch;

	json_set_bytes(json, "branch", branch, strlen(branch));
	json_set_number(json, "page", (double)page->list->page);
	json_set_number(json, "pageSize", WEB_PAGE_SIZE);
	json_set_bool(json, "hasMore", page->more);
	open_object(sb, json);
	strbuf_addstr(sb, ",\"commits\":[");
	for (size_t i = 0; i < page->n; i++) {
		cleanup(runs_release) struct runs runs = {NULL, 0};
		size_t n;
		const struct jci_ref *refs = jci_refs_of(&page->refs, &page->commits[i], &n);

		read_runs(page->list, &page->commits[i], refs, n, &runs);
		strbuf_addstr(sb, i ? "," : "");
		add_commit(page, &page->commits[i], &runs, sb);
	}
	strbuf_addstr(sb, "]}\n");
}

/* ---- filters ---- */

static bool newest_failed(const struct web_pagelist *list, const git_oid *commit,
			  const struct jci_ref *refs, size_t n)
{
	cleanup(runs_release) struct runs runs = {NULL, 0};
	enum jci_status status;

	read_runs(list, commit, refs, n, &runs);
	status = runs.n ? runs.items[runs.n - 1].known.status : JCI_STATUS_NONE;
	return status == JCI_STATUS_ERR || status == JCI_STATUS_LOST;
}

static bool fits(const struct web_pagelist *list, const struct jci_refs *all, const git_oid *commit)
{
	size_t n;
	const struct jci_ref *refs = jci_refs_of(all, commit, &n);
	bool live = false;

	for (size_t i = 0; i < list->live->n && !live; i++)
		live = git_oid_equal(&list->live->items[i].ref.commit, commit);
	if (!n && !live)
		return false;
	return list->filter != WEB_FILTER_FAILED || newest_failed(list, commit, refs, n);
}

/* Commits number `skip` to skip + want - 1 of those that fit. */
static int filter_commits(struct page *page, const git_oid *tip, size_t skip, size_t want,
			  struct jci_error *err)
{
	cleanup_free git_oid *step = xreallocarray(NULL, HISTORY_STEP, sizeof(*step));
	cleanup_refs struct jci_refs all = JCI_REFS_INIT;
	ssize_t n = HISTORY_STEP;

	if (jci_refs_list(page->list->repo, NULL, &all, err) < 0)
		return err->code;
	jci_refs_sort(&all);
	for (size_t at = 0; n == HISTORY_STEP && page->n < want; at += HISTORY_STEP) {
		n = web_history_get(page->list->histories, tip, at, HISTORY_STEP, step, err);
		if (n < 0)
			return (int)n;
		for (ssize_t i = 0; i < n && page->n < want; i++) {
			if (!fits(page->list, &all, &step[i]))
				continue;
			if (skip)
				skip--;
			else
				page->commits[page->n++] = step[i];
		}
	}
	return 0;
}

/* One more than is shown: whether there is more. */
static int choose_commits(struct page *page, const git_oid *tip, struct jci_error *err)
{
	const size_t from = page->list->page * WEB_PAGE_SIZE, want = WEB_PAGE_SIZE + 1;
	ssize_t n;

	if (page->list->filter == WEB_FILTER_ALL) {
		n = web_history_get(page->list->histories, tip, from, want, page->commits, err);
		if (n < 0)
			return (int)n;
		page->n = (size_t)n;
	} else if (filter_commits(page, tip, from, want, err) < 0) {
		return err->code;
	}
	page->more = page->n == want;
	page->n -= page->more;
	return 0;
}

/* ---- what it depends on ---- */

static void stamp(struct web_stamps *stamps, const char *dir, const char *name)
{
	cleanup_free char *path = xasprintf("%s/%s", dir, name);

	web_stamps_add(stamps, path);
}

static void stamp_refs(struct web_stamps *stamps, const struct jci_repo *repo)
{
	static const char *const folders[] = {"refs/heads", "refs/remotes", "refs/tags"};
	static const char *const files[] = {"packed-refs", "refs/jci-runs", "jci/remotes", "config",
					    "shallow"};

	stamp(stamps, repo->git_dir, "HEAD");
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		stamp(stamps, repo->common_dir, files[i]);
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		cleanup_free char *path = xasprintf("%s/%s", repo->common_dir, folders[i]);

		web_stamps_add_folders(stamps, path);
	}
}

/* Folders of loose refs; where there is none, one that is made changes the folder above. */
static void stamp_runs(struct web_stamps *stamps, const struct jci_repo *repo, const git_oid *oids,
		       size_t n)
{
	for (size_t i = 0; i < n; i++) {
		cleanup_free char *path = xasprintf("%s/" JCI_REF_PREFIX "%s", repo->common_dir,
						    git_oid_tostr_s(&oids[i]));

		if (access(path, F_OK) == 0)
			web_stamps_add(stamps, path);
	}
}

static void open_seen(const struct jci_repo *repo, struct jci_packed *seen)
{
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT, unreadable = JCI_ERROR_INIT;
	cleanup_free char *remote = NULL;

	if (jci_remote_default(repo, &remote, &ignored) == 0)
		jci_remote_seen_open(repo, remote, seen, &unreadable);
}

int web_pagelist_make(const struct web_pagelist *list, struct web_stamps *stamps,
		      struct strbuf *json, struct jci_error *err)
{
	cleanup(page_release) struct page page = {
		.list = list, .refs = JCI_REFS_INIT, .seen = JCI_PACKED_INIT};
	git_oid tip;

	stamp_refs(stamps, list->repo);
	if (web_branch_resolve(list->repo, list->branch, &tip, err) < 0 ||
	    choose_commits(&page, &tip, err) < 0)
		return err->code;
	stamp_runs(stamps, list->repo, page.commits, page.n);
	if (jci_refs_list_of(list->repo, page.commits, page.n, &page.refs, err) < 0 ||
	    read_names(list->repo, &page.names, err) < 0)
		return err->code;
	open_seen(list->repo, &page.seen);
	add_page(&page, json);
	return 0;
}
