#include "core/prune.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/freed.h"
#include "core/live.h"
#include "util/alloc.h"
#include "util/gettext.h"
#include "util/process.h"

/* Younger than this, a run of which nothing is known, or was heard since, may still go on. */
#define YOUNG_US (INT64_C(24) * 60 * 60 * 1000000)

void jci_prune_release(struct jci_prune *prune)
{
	for (size_t i = 0; i < prune->n; i++)
		free(prune->items[i].message);
	free(prune->items);
	jci_refs_release(&prune->there);
}

/* ---- libgit2's memory ---- */

/*
 * Windows into packs, so that reading all of a large one does not keep all of it in memory; nothing
 * is read twice.
 */
enum { WINDOW = 4 * 1024 * 1024, MAX_MAPPED = 32 * 1024 * 1024 };

struct limits {
	size_t window, mapped;
};

static void limits_restore(const struct limits *l)
{
	git_libgit2_opts(GIT_OPT_SET_MWINDOW_SIZE, l->window);
	git_libgit2_opts(GIT_OPT_SET_MWINDOW_MAPPED_LIMIT, l->mapped);
	git_libgit2_opts(GIT_OPT_ENABLE_CACHING, 1);
}

static void limits_set(struct limits *l)
{
	git_libgit2_opts(GIT_OPT_GET_MWINDOW_SIZE, &l->window);
	git_libgit2_opts(GIT_OPT_GET_MWINDOW_MAPPED_LIMIT, &l->mapped);
	git_libgit2_opts(GIT_OPT_SET_MWINDOW_SIZE, (size_t)WINDOW);
	git_libgit2_opts(GIT_OPT_SET_MWINDOW_MAPPED_LIMIT, (size_t)MAX_MAPPED);
	git_libgit2_opts(GIT_OPT_ENABLE_CACHING, 0);
}

/* ---- the rules ---- */

/* By age and place, whatever else speaks for it. */
static enum jci_prune_why surplus(const struct jci_prune_rules *rules,
				  const struct jci_prune_facts *facts)
{
	bool old = rules->older_us > 0 && rules->now_us - facts->start_us > rules->older_us;
	bool many = rules->keep >= 0 && facts->rank >= (size_t)rules->keep;

	if (rules->older_us > 0 && (!old || (rules->keep >= 0 && !many)))
		return JCI_PRUNE_NOTHING;
	if (old)
		return JCI_PRUNE_OLD;
	return many ? JCI_PRUNE_MANY : JCI_PRUNE_NOTHING;
}

static enum jci_prune_why by_commit(const struct jci_prune_rules *rules,
				    const struct jci_prune_facts *facts)
{
	if (facts->commit == JCI_COMMIT_FOUND)
		return JCI_PRUNE_NOTHING;
	if (facts->commit == JCI_COMMIT_UNREACHABLE || !facts->elsewhere)
		return JCI_PRUNE_GONE;
	return rules->missing ? JCI_PRUNE_MISSING : JCI_PRUNE_NEVER_HERE;
}

enum jci_prune_why jci_prune_judge(const struct jci_prune_rules *rules,
				   const struct jci_prune_facts *facts)
{
	enum jci_prune_why why = by_commit(rules, facts);
	bool by_surplus = !jci_prune_goes(why);

	if (by_surplus && surplus(rules, facts) != JCI_PRUNE_NOTHING)
		why = surplus(rules, facts);
	if (!jci_prune_goes(why))
		return why;
	if (facts->live ||
	    (facts->status == JCI_STATUS_RUNNING && rules->now_us - facts->news_us < YOUNG_US))
		return JCI_PRUNE_RUNNING;
	if (!facts->known && by_surplus && (rules->keep >= 0 || rules->keep_failed))
		return JCI_PRUNE_UNKNOWN;
	if (!facts->known && !by_surplus && rules->now_us - facts->start_us < YOUNG_US)
		return JCI_PRUNE_UNKNOWN;
	if (by_surplus && rules->keep_failed && facts->status == JCI_STATUS_ERR)
		return JCI_PRUNE_FAILED;
	return why;
}

/* ---- facts ---- */

struct planning {
	const struct jci_repo *repo;
	const struct jci_prune_rules *rules;
	const struct jci_remote *remote; /* NULL: the runs here */
	struct jci_refs refs;            /* all, sorted */
	struct jci_prune_facts *facts;   /* of each */
	enum jci_reason *reasons;
	bool *asked;             /* has its result been read, or looked for? */
	struct jci_refs fetched; /* sorted: came from a remote */
	struct jci_records live;
	char host[HOST_NAME_MAX + 1];
};

static void planning_release(struct planning *p)
{
	jci_refs_release(&p->refs);
	jci_refs_release(&p->fetched);
	jci_records_release(&p->live);
	free(p->facts);
	free(p->reasons);
	free(p->asked);
}

/* Reads the result of a run once; r is the caller's to release. False where it is not here. */
static bool read_result(struct planning *p, size_t i, struct jci_record *r)
{
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;

	p->asked[i] = true;
	if (jci_record_read(p->repo, &p->refs.items[i], r, &ignored) < 0) {
		p->facts[i].known = !p->remote; /* broken, but there is no more to know */
		return false;
	}
	p->facts[i].known = true;
	p->facts[i].status = r->status;
	p->facts[i].news_us = r->end_us;
	p->reasons[i] = r->reason;
	return true;
}

/*
 * A commit that is not here may never have been: then its run came from somewhere else. That it was
 * fetched tells so, or that it was made on another host.
 */
static bool is_elsewhere(struct planning *p, size_t i)
{
	cleanup_record struct jci_record r;

	jci_record_init(&r);
	if (p->remote || jci_refs_find(&p->fetched, &p->refs.items[i]) ||
	    git_repository_is_shallow(p->repo->git))
		return true;
	return read_result(p, i, &r) && r.host && *r.host && strcmp(r.host, p->host) != 0;
}

static bool is_live(const struct planning *p, const struct jci_ref *ref)
{
	for (size_t i = 0; i < p->live.n; i++)
		if (jci_ref_cmp(&p->live.items[i].ref, ref) == 0)
			return true;
	return false;
}

static int find_commits(struct planning *p, struct jci_gone *gone, struct jci_error *err)
{
	cleanup_free enum jci_presence *presence = xcalloc(p->refs.n + 1, sizeof(*presence));
	bool absent = false;

	if (jci_gone_find(gone, &p->refs, presence, err) < 0)
		return err->code;
	for (size_t i = 0; i < p->refs.n; i++) {
		p->facts[i].commit = presence[i];
		p->facts[i].start_us = jci_run_id_us(&p->refs.items[i].id);
		p->facts[i].live = is_live(p, &p->refs.items[i]);
		p->facts[i].known = true; /* until it is asked for */
		absent |= presence[i] == JCI_COMMIT_ABSENT;
	}
	if (absent && !p->remote && jci_fetched_list(p->repo, &p->fetched, err) < 0)
		return err->code;
	for (size_t i = 0; absent && i < p->refs.n; i++)
		p->facts[i].elsewhere = presence[i] == JCI_COMMIT_ABSENT && is_elsewhere(p, i);
	return 0;
}

/* ---- places in a branch ---- */

struct place {
	char *branch; /* "": none */
	int64_t start_us;
	struct jci_run_id id;
	size_t index;
};

/* By branch, newest first. */
static int cmp_places(const void *x, const void *y)
{
	const struct place *a = x, *b = y;
	int cmp = strcmp(a->branch, b->branch);

	if (cmp)
		return cmp;
	if (a->start_us != b->start_us)
		return a->start_us > b->start_us ? -1 : 1;
	return jci_run_id_cmp(&b->id, &a->id);
}

/* Only runs that do not go for their commit have a place; those of which nothing is known have
 * none. */
static void find_places(struct planning *p)
{
	struct place *places = xcalloc(p->refs.n + 1, sizeof(*places));
	size_t n = 0, rank = 0;

	for (size_t i = 0; i < p->refs.n; i++) {
		cleanup_record struct jci_record r;

		jci_record_init(&r);
		if (jci_prune_goes(by_commit(p->rules, &p->facts[i])))
			continue;
		if (!read_result(p, i, &r) && p->remote)
			continue;
		places[n++] = (struct place){
			.branch = r.branch ? steal_ptr(r.branch) : xstrdup(""),
			.start_us = r.start_us ? r.start_us : p->facts[i].start_us,
			.id = p->refs.items[i].id,
			.index = i,
		};
	}
	qsort(places, n, sizeof(*places), cmp_places);
	for (size_t i = 0; i < n; i++, rank++) {
		if (i > 0 && strcmp(places[i].branch, places[i - 1].branch) != 0)
			rank = 0;
		p->facts[places[i].index].rank = rank;
	}
	for (size_t i = 0; i < n; i++)
		free(places[i].branch);
	free(places);
}

/* ---- the plan ---- */

static int cmp_items(const void *x, const void *y)
{
	const struct jci_prune_item *a = x, *b = y;

	if (a->why != b->why)
		return a->why < b->why ? -1 : 1;
	if (jci_run_id_cmp(&a->ref.id, &b->ref.id) != 0)
		return jci_run_id_cmp(&b->ref.id, &a->ref.id);
	return git_oid_cmp(&a->ref.commit, &b->ref.commit);
}

/* What a run's result says is read only of those that seem to go. */
static enum jci_prune_why judge(struct planning *p, size_t i)
{
	enum jci_prune_why why = jci_prune_judge(p->rules, &p->facts[i]);
	cleanup_record struct jci_record r;

	jci_record_init(&r);
	if (why == JCI_PRUNE_NOTHING || p->asked[i])
		return why;
	read_result(p, i, &r);
	return jci_prune_judge(p->rules, &p->facts[i]);
}

static void make_items(struct planning *p, struct jci_prune *prune)
{
	prune->total = p->refs.n;
	for (size_t i = 0; i < p->refs.n; i++) {
		enum jci_prune_why why = judge(p, i);

		if (why == JCI_PRUNE_NOTHING)
			continue;
		ARRAY_GROW(prune->items, prune->n + 1, prune->cap);
		prune->items[prune->n++] = (struct jci_prune_item){
			.ref = p->refs.items[i],
			.why = why,
			.status = p->facts[i].status,
			.reason = p->reasons[i],
		};
	}
	if (prune->n > 1)
		qsort(prune->items, prune->n, sizeof(*prune->items), cmp_items);
}

/* The refs of the items that go; their order is that of the items. */
static void list_going(const struct jci_prune *prune, struct jci_refs *refs)
{
	for (size_t i = 0; i < prune->n; i++)
		if (jci_prune_goes(prune->items[i].why))
			jci_refs_add(refs, &prune->items[i].ref);
}

/* HEAD's commit, and those tested by runs that go which stay themselves. */
static git_oid *staying_commits(const struct planning *p, const struct jci_refs *sorted, size_t *n)
{
	cleanup_error struct jci_error unborn = JCI_ERROR_INIT;
	git_oid *commits = xcalloc(sorted->n + 1, sizeof(*commits));

	*n = jci_repo_head(p->repo, &commits[0], &unborn) == 0;
	for (size_t i = 0; i < p->refs.n; i++)
		if (p->facts[i].commit == JCI_COMMIT_FOUND && jci_refs_find(sorted, &p->refs.items[i]))
			commits[(*n)++] = p->refs.items[i].commit;
	return commits;
}

static int find_sizes(const struct planning *p, struct jci_prune *prune, struct jci_error *err)
{
	cleanup_refs struct jci_refs going = JCI_REFS_INIT, sorted = JCI_REFS_INIT;
	cleanup_refs struct jci_refs staying = JCI_REFS_INIT;
	cleanup_free uint64_t *bytes = NULL;
	cleanup_free git_oid *commits = NULL;
	struct jci_staying stays = {.runs = &staying};

	list_going(prune, &going);
	list_going(prune, &sorted);
	jci_refs_sort(&sorted);
	for (size_t i = 0; i < p->refs.n; i++)
		if (!jci_refs_find(&sorted, &p->refs.items[i]))
			jci_refs_add(&staying, &p->refs.items[i]);
	stays.commits = commits = staying_commits(p, &sorted, &stays.n_commits);
	bytes = xcalloc(going.n + 1, sizeof(*bytes));
	if (jci_freed(p->repo, &going, &stays, bytes, err) < 0)
		return err->code;
	for (size_t i = 0; i < going.n; i++) { /* they come first */
		prune->items[i].has_bytes = true;
		prune->items[i].bytes = bytes[i];
	}
	return 0;
}

/* A name of `git remote`, or what can only be a URL or a path: a slip is neither. */
static int check_remote(const struct jci_repo *repo, const char *name, struct jci_error *err)
{
	git_strarray names = {NULL, 0};
	bool known = strchr(name, '/') || strchr(name, ':');

	if (git_remote_list(&names, repo->git) < 0)
		return jci_error_git(err, JCI_EFAIL, _("cannot read the remotes"));
	for (size_t i = 0; i < names.count; i++)
		known |= strcmp(names.strings[i], name) == 0;
	git_strarray_dispose(&names);
	if (known && name[0] != '-')
		return 0;
	return jci_error_set(err, JCI_EINVALID,
			     _("there is no remote '%s'; which there are: git remote"), name);
}

static int check(const struct planning *p, struct jci_error *err)
{
	if (p->rules->missing && git_repository_is_shallow(p->repo->git))
		return jci_error_set(err, JCI_EINVALID,
				     _("in a shallow clone nobody can tell which commits are "
				       "missing; get all of them with: git fetch --unshallow"));
	return p->remote ? check_remote(p->repo, p->remote->name, err) : 0;
}

/*
 * git looks for the commits while the remote is asked. Live runs are read before the refs: one that
 * is stored meanwhile is then seen in both places.
 */
static int gather(struct planning *p, struct jci_error *err)
{
	cleanup_gone struct jci_gone *gone = NULL;

	if (check(p, err) < 0 || jci_gone_begin(&gone, p->repo, err) < 0 ||
	    jci_live_list(p->repo, &p->live, err) < 0 ||
	    (p->remote ? jci_remote_list(p->repo, p->remote, &p->refs, err)
		       : jci_refs_list(p->repo, NULL, &p->refs, err)) < 0)
		return err->code;
	jci_refs_sort(&p->refs);
	p->facts = xcalloc(p->refs.n + 1, sizeof(*p->facts));
	p->reasons = xcalloc(p->refs.n + 1, sizeof(*p->reasons));
	p->asked = xcalloc(p->refs.n + 1, sizeof(*p->asked));
	return find_commits(p, gone, err);
}

int jci_prune_plan(const struct jci_repo *repo, const struct jci_prune_rules *rules,
		   const struct jci_remote *remote, struct jci_prune *prune, struct jci_error *err)
{
	cleanup(limits_restore) struct limits limits = {0, 0};
	cleanup(planning_release) struct planning p = {
		.repo = repo,
		.rules = rules,
		.remote = remote,
	};

	limits_set(&limits);
	gethostname(p.host, sizeof(p.host) - 1);
	if (gather(&p, err) < 0)
		return err->code;
	if (rules->keep >= 0)
		find_places(&p);
	make_items(&p, prune);
	if (!remote && find_sizes(&p, prune, err) < 0)
		return err->code;
	if (remote) {
		prune->there = p.refs;
		p.refs = (struct jci_refs)JCI_REFS_INIT;
	}
	return 0;
}

/* ---- git gc ---- */

/* Of `git count-objects -v`: what loose objects and packs take, in bytes. */
static int count_bytes(const struct jci_repo *repo, int64_t *bytes, struct jci_error *err)
{
	const char *const argv[] = {"git", "--git-dir", repo->git_dir, "count-objects", "-v", NULL};
	const struct process git = {.argv = argv};
	cleanup_strbuf struct strbuf out = STRBUF_INIT;
	const char *loose, *packs;

	if (process_capture(&git, &out, err) < 0)
		return err->code;
	loose = strstr(out.buf, "\nsize: ");
	packs = strstr(out.buf, "\nsize-pack: ");
	*bytes = 1024 * ((loose ? strtoll(loose + 7, NULL, 10) : 0) +
			 (packs ? strtoll(packs + 12, NULL, 10) : 0));
	return 0;
}

int jci_prune_gc(const struct jci_repo *repo, int64_t *freed, struct jci_error *err)
{
	const char *const argv[] = {"git", "--git-dir", repo->git_dir, "gc", "--quiet", NULL};
	const struct process git = {.argv = argv, .out = -1, .config = true};
	int64_t before, after;

	if (count_bytes(repo, &before, err) < 0 || process_run(&git, err) < 0 ||
	    count_bytes(repo, &after, err) < 0)
		return err->code;
	*freed = before - after;
	return 0;
}
