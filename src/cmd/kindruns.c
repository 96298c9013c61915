#include "cmd/kindruns.h"

#include "cmd/print.h"
#include "core/find.h"
#include "core/gitclean.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/gettext.h"
#include "util/text.h"

enum {
	MAX_RUNS = 20,             /* each is read for its description */
	MAX_SUBJECT = 200,         /* bytes of it */
	MAX_PATHS = 1000,          /* of a folder */
	MAX_TREE = 4 * 1024 * 1024 /* bytes; a folder that is larger is not read */
};

/* Names that take no look at the whole history, as `:/text` and `^{/text}` do. */
static bool is_quick(const char *rev)
{
	return !strchr(rev, ':') && !strchr(rev, '{');
}

/* ---- runs ---- */

/* "passed, 3 minutes ago, fix the build" */
static void describe(struct strbuf *sb, const struct jci_repo *repo, const struct jci_record *r)
{
	cleanup_free char *subject = jci_repo_subject(repo, &r->ref.commit);

	strbuf_addf(sb, "%s, ", print_word(r));
	time_add_age(sb, r->start_us, clock_now_us());
	if (*subject) {
		strbuf_addstr(sb, ", ");
		text_add_safe(sb, subject, utf8_whole(subject, strnlen(subject, MAX_SUBJECT)));
	}
}

static void add_record(struct complete *c, const struct jci_record *r)
{
	cleanup_strbuf struct strbuf about = STRBUF_INIT;
	char id[JCI_RUN_ID_SIZE];

	describe(&about, &c->repo, r);
	jci_run_id_format(id, &r->ref.id);
	candidates_add(c->list, id, strlen(id), about.buf);
}

static int newest_first(const void *a, const void *b)
{
	const struct jci_record *x = a, *y = b;

	if (x->start_us != y->start_us)
		return x->start_us > y->start_us ? -1 : 1;
	return jci_run_id_cmp(&y->ref.id, &x->ref.id);
}

static void add_records(struct complete *c, struct jci_records *records, const git_oid *commit)
{
	if (records->n > 1)
		qsort(records->items, records->n, sizeof(*records->items), newest_first);
	for (size_t i = 0; i < records->n; i++)
		if (!commit || git_oid_equal(commit, &records->items[i].ref.commit))
			add_record(c, &records->items[i]);
}

void kind_add_live(struct complete *c)
{
	const struct jci_repo *repo = kinds_repo(c);
	cleanup_records struct jci_records live = JCI_RECORDS_INIT;
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;

	if (repo && jci_live_list(repo, &live, &ignored) == 0)
		add_records(c, &live, NULL);
}

/* Of one that can't be read, its name alone. */
static void read_record(const struct jci_repo *repo, const struct jci_ref *ref,
			struct jci_record *r)
{
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;

	jci_record_init(r);
	if (jci_record_read(repo, ref, r, &ignored) == 0)
		return;
	jci_record_release(r);
	r->ref = *ref;
	r->start_us = jci_run_id_us(&ref->id);
}

/* prefix: of their ids. */
static void read_stored(const struct complete *c, const git_oid *commit, const char *prefix,
			struct jci_records *to)
{
	cleanup_refs struct jci_refs refs = JCI_REFS_INIT;
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;

	if (jci_refs_newest(&c->repo, commit, prefix, MAX_RUNS, &refs, &ignored) < 0)
		return;
	/* where nothing is typed there is no beginning to have in common: the oldest is no use */
	if (refs.n > MAX_RUNS && !*prefix)
		refs.n = MAX_RUNS;
	for (size_t i = 0; i < refs.n; i++) {
		ARRAY_GROW(to->items, to->n + 1, to->cap);
		read_record(&c->repo, &refs.items[i], &to->items[to->n++]);
	}
}

/* Live ones are listed first, as one that is stored meanwhile is then in both lists. */
static void add_all(struct complete *c, const git_oid *commit)
{
	cleanup_records struct jci_records records = JCI_RECORDS_INIT;
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;

	candidates_add(c->list, "latest", strlen("latest"), _("the newest run"));
	candidates_add(c->list, "latest-ok", strlen("latest-ok"), _("the newest green run"));
	jci_live_list(&c->repo, &records, &ignored);
	read_stored(c, commit, candidates_typed(c->list), &records);
	add_records(c, &records, commit);
}

/* `REVISION/`, whose name may have slashes too. */
static void add_runs_of(struct complete *c, const char *slash)
{
	const char *typed = candidates_typed(c->list);
	cleanup_free char *rev = xstrndup(typed, (size_t)(slash - typed));
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;
	const size_t head = c->list->head;
	git_oid commit;

	if (!is_quick(rev) || jci_find_commit(&c->repo, rev, &commit, &ignored) < 0)
		return;
	c->list->head += strlen(rev) + 1;
	add_all(c, &commit);
	c->list->head = head;
}

void kind_add_runs(struct complete *c)
{
	const char *slash = strrchr(candidates_typed(c->list), '/');

	if (!kinds_repo(c))
		return;
	if (slash)
		add_runs_of(c, slash);
	else
		add_all(c, NULL);
}

/* ---- artifacts ---- */

static int read_tree(git_tree **tree, const struct jci_repo *repo, const git_oid *oid)
{
	cleanup_git_odb git_odb *odb = NULL;
	git_object_t type;
	size_t size;

	if (git_repository_odb(&odb, repo->git) < 0 ||
	    git_odb_read_header(&size, &type, odb, oid) < 0 || size > MAX_TREE)
		return -1;
	return git_tree_lookup(tree, repo->git, oid);
}

/* Replaces *tree by its sub folder of that name. */
static bool enter(git_tree **tree, const struct jci_repo *repo, const char *name)
{
	const git_tree_entry *entry = git_tree_entry_byname(*tree, name);
	git_tree *folder = NULL;

	if (!entry || git_tree_entry_type(entry) != GIT_OBJECT_TREE ||
	    read_tree(&folder, repo, git_tree_entry_id(entry)) < 0)
		return false;
	git_tree_free(*tree);
	*tree = folder;
	return true;
}

/* The folder of the run that is typed so far, "" or "dir/sub/"; NULL: there is none. */
static git_tree *open_folder(const struct jci_repo *repo, const git_oid *run, const char *folder)
{
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;
	cleanup_git_tree git_tree *tree = NULL;
	git_oid oid;

	if (jci_repo_tree(repo, run, &oid, &ignored) < 0 || read_tree(&tree, repo, &oid) < 0)
		return NULL;
	while (*folder) {
		cleanup_free char *name = xstrndup(folder, strcspn(folder, "/"));

		if (!enter(&tree, repo, name))
			return NULL;
		folder += strlen(name) + 1;
	}
	return steal_ptr(tree);
}

/*
 * The run of an operand. `latest` and what begins one id are found without sorting all runs, as
 * jci_find_run() does it for the rest.
 */
static bool find_run(const struct complete *c, const char *name, struct jci_record *r)
{
	const bool latest = strcmp(name, "latest") == 0;
	cleanup_records struct jci_records records = JCI_RECORDS_INIT;
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;

	if (latest)
		jci_live_list(&c->repo, &records, &ignored);
	if (latest || strspn(name, "0123456789") >= 4)
		read_stored(c, NULL, latest ? "" : name, &records);
	if (records.n == 0 || (records.n > 1 && !latest))
		return is_quick(name) && jci_find_run(&c->repo, name, r, &ignored) == 0;
	qsort(records.items, records.n, sizeof(*records.items), newest_first);
	jci_record_copy(r, &records.items[0]);
	return true;
}

/* What is ours, and names that start with a dot, are offered once a dot is typed. */
static void add_entry(struct complete *c, const git_tree_entry *entry, const char *folder)
{
	const char *name = git_tree_entry_name(entry);
	const bool is_tree = git_tree_entry_type(entry) == GIT_OBJECT_TREE;
	cleanup_free char *path = xasprintf("%s%s%s", folder, name, is_tree ? "/" : "");

	if (*name == '.' && candidates_typed(c->list)[strlen(folder)] != '.')
		return;
	if (is_tree || git_tree_entry_type(entry) == GIT_OBJECT_BLOB)
		candidates_add(c->list, path, strlen(path), NULL);
}

/* Of too many the first, and the last: what these begin with, all begin with. */
static void add_tree(struct complete *c, const git_tree *tree, const char *folder)
{
	const size_t before = c->list->n;
	size_t n = git_tree_entrycount(tree), i = 0;

	while (i < n && c->list->n - before < MAX_PATHS)
		add_entry(c, git_tree_entry_byindex(tree, i++), folder);
	while (i < n && c->list->n - before == MAX_PATHS)
		add_entry(c, git_tree_entry_byindex(tree, --n), folder);
}

void kind_add_paths(struct complete *c)
{
	const struct jci_repo *repo = kinds_repo(c);
	const char *typed = candidates_typed(c->list), *slash = strrchr(typed, '/');
	cleanup_free char *folder = xstrndup(typed, slash ? (size_t)(slash + 1 - typed) : 0);
	cleanup_git_tree git_tree *tree = NULL;
	cleanup_record struct jci_record r;

	jci_record_init(&r);
	if (!repo || c->n == 0 || !find_run(c, c->operands[c->n - 1], &r))
		return;
	/* of one that goes on, or is published meanwhile, the log is no file of the tree */
	if (!slash)
		candidates_add(c->list, "run.output.txt", strlen("run.output.txt"), NULL);
	tree = jci_record_is_stored(&r) ? open_folder(repo, &r.ref.target, folder) : NULL;
	if (tree)
		add_tree(c, tree, folder);
}
