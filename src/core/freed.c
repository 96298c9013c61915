#include "core/freed.h"

#include <stdlib.h>
#include <string.h>

#include "core/gitclean.h"
#include "core/oidset.h"
#include "util/alloc.h"
#include "util/gettext.h"
#include "util/process.h"

enum { MAX_DEPTH = 256 };

struct object {
	uint32_t owner; /* the first of the runs that has it */
	bool artifact; /* a file as the script left it, or a folder of such: may be a tracked one */
	bool stays;
};

struct freed {
	git_odb *odb;
	struct jci_oidset set; /* objects of the runs that go */
	struct object *objects;
	size_t cap;
	struct jci_oidset visited;   /* trees that stay */
	size_t left, left_artifacts; /* that nothing is known to keep */
};

static void freed_release(struct freed *f)
{
	git_odb_free(f->odb);
	jci_oidset_release(&f->set);
	jci_oidset_release(&f->visited);
	free(f->objects);
}

/* ---- objects as they are stored ---- */

struct entry {
	bool is_tree;
	const char *name;
	git_oid oid;
};

/*
 * The next entry of a tree: "MODE NAME NUL" and 20 bytes; submodules are passed over. False at the
 * end, and where the tree is broken.
 */
static bool next_entry(const char **at, const char *end, struct entry *entry)
{
	while (*at < end) {
		const char *nul = memchr(*at, '\0', (size_t)(end - *at));
		const char *space = nul ? memchr(*at, ' ', (size_t)(nul - *at)) : NULL;
		const char *mode = *at;

		if (!space || end - nul <= GIT_OID_RAWSZ)
			return false;
		entry->name = space + 1;
		memcpy(entry->oid.id, nul + 1, GIT_OID_RAWSZ);
		*at = nul + 1 + GIT_OID_RAWSZ;
		if (strncmp(mode, "160000 ", 7) == 0)
			continue;
		entry->is_tree = strncmp(mode, "40000 ", 6) == 0;
		return true;
	}
	return false;
}

/* NULL where it is not here (a partial clone) or is something else. */
static git_odb_object *read_object(const struct freed *f, const git_oid *oid, git_object_t type)
{
	git_odb_object *object = NULL;

	if (git_odb_read(&object, f->odb, oid) < 0)
		return NULL;
	if (git_odb_object_type(object) == type)
		return object;
	git_odb_object_free(object);
	return NULL;
}

DEFINE_CLEANUP(odb_object, git_odb_object *, git_odb_object_free)
#define cleanup_odb_object cleanup(odb_object_cleanup)

static bool tree_of(const struct freed *f, const git_oid *commit, git_oid *tree)
{
	cleanup_odb_object git_odb_object *object = read_object(f, commit, GIT_OBJECT_COMMIT);
	const char *data = object ? git_odb_object_data(object) : NULL;

	return data && git_odb_object_size(object) > 5 + GIT_OID_HEXSZ &&
	       strncmp(data, "tree ", 5) == 0 &&
	       git_oid_fromstrn(tree, data + 5, GIT_OID_HEXSZ) == 0;
}

/* ---- what goes ---- */

/* False where it was there already. */
static bool add_object(struct freed *f, const git_oid *oid, size_t owner, bool artifact)
{
	size_t number;
	bool is_new = jci_oidset_add(&f->set, oid, &number);

	if (is_new) {
		ARRAY_GROW(f->objects, number + 1, f->cap);
		f->objects[number] = (struct object){.owner = (uint32_t)owner};
		f->left++;
	}
	if (artifact && !f->objects[number].artifact) {
		f->objects[number].artifact = true;
		f->left_artifacts++;
	}
	return is_new;
}

/* Files that are made by us hold what no tracked file does. */
static bool is_ours(const char *name)
{
	static const char *const names[] = {"status.txt", "run.output.txt", ".jci"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

static void add_tree(struct freed *f, const git_oid *oid, size_t owner, int depth, bool ours)
{
	cleanup_odb_object git_odb_object *object = NULL;
	const char *at, *end;
	struct entry entry;

	if (!add_object(f, oid, owner, depth > 0 && !ours) || depth > MAX_DEPTH)
		return;
	object = read_object(f, oid, GIT_OBJECT_TREE);
	if (!object)
		return;
	at = git_odb_object_data(object);
	end = at + git_odb_object_size(object);
	while (next_entry(&at, end, &entry)) {
		bool of_us = depth == 0 ? is_ours(entry.name) : ours;

		if (entry.is_tree)
			add_tree(f, &entry.oid, owner, depth + 1, of_us);
		else
			add_object(f, &entry.oid, owner, !of_us);
	}
}

static void add_run(struct freed *f, const git_oid *commit, size_t owner)
{
	git_oid tree;

	if (add_object(f, commit, owner, false) && tree_of(f, commit, &tree))
		add_tree(f, &tree, owner, 0, false);
}

/* ---- what stays ---- */

static void keep_object(struct freed *f, const git_oid *oid)
{
	size_t number;
	struct object *object;

	if (!jci_oidset_find(&f->set, oid, &number))
		return;
	object = &f->objects[number];
	if (object->stays)
		return;
	object->stays = true;
	f->left--;
	f->left_artifacts -= object->artifact;
}

static void keep_tree(struct freed *f, const git_oid *oid, int depth)
{
	cleanup_odb_object git_odb_object *object = NULL;
	const char *at, *end;
	struct entry entry;

	if (depth > MAX_DEPTH || !jci_oidset_add(&f->visited, oid, NULL))
		return;
	keep_object(f, oid);
	object = read_object(f, oid, GIT_OBJECT_TREE);
	if (!object)
		return;
	at = git_odb_object_data(object);
	end = at + git_odb_object_size(object);
	while (next_entry(&at, end, &entry)) {
		if (entry.is_tree)
			keep_tree(f, &entry.oid, depth + 1);
		else
			keep_object(f, &entry.oid);
	}
}

static void keep_commit(struct freed *f, const git_oid *commit)
{
	git_oid tree;

	keep_object(f, commit);
	if (tree_of(f, commit, &tree))
		keep_tree(f, &tree, 0);
}

static int newest_first(const void *x, const void *y)
{
	const struct jci_ref *a = x, *b = y;

	return jci_run_id_cmp(&b->id, &a->id);
}

/* In the order of time: that is about the one in which they lie in packs. */
static void keep_runs(struct freed *f, const struct jci_refs *runs)
{
	cleanup_free struct jci_ref *sorted = xcalloc(runs->n + 1, sizeof(*sorted));

	if (runs->n > 0)
		memcpy(sorted, runs->items, runs->n * sizeof(*sorted));
	qsort(sorted, runs->n, sizeof(*sorted), newest_first);
	for (size_t i = 0; i < runs->n && f->left > 0; i++)
		keep_commit(f, &sorted[i].target);
}

/* ---- sizes ---- */

/* One line for each that goes, in order; other than a number where it is not here. */
static void add_sizes(const struct freed *f, const char *line, uint64_t *bytes)
{
	for (size_t i = 0; i < f->set.n; i++) {
		char *end;
		uint64_t size;

		if (f->objects[i].stays)
			continue;
		size = strtoull(line, &end, 10);
		if (end > line && *end == '\n')
			bytes[f->objects[i].owner] += size;
		line = strchr(line, '\n');
		if (!line++)
			return;
	}
}

static int ask_sizes(const struct jci_repo *repo, const struct freed *f, uint64_t *bytes,
		     struct jci_error *err)
{
	const char *const argv[] = {"git",
				    "--git-dir",
				    repo->git_dir,
				    "--no-replace-objects",
				    "cat-file",
				    "--buffer",
				    "--batch-check=%(objectsize:disk)",
				    NULL};
	cleanup_strbuf struct strbuf ids = STRBUF_INIT, sizes = STRBUF_INIT;
	const struct process git = {.argv = argv, .out = -1, .input = &ids};

	for (size_t i = 0; i < f->set.n; i++)
		if (!f->objects[i].stays)
			strbuf_addf(&ids, "%s\n", git_oid_tostr_s(&f->set.oids[i]));
	if (ids.len == 0)
		return 0;
	if (process_capture(&git, &sizes, err) < 0)
		return jci_error_prefix(err, _("cannot tell how large the runs are"));
	add_sizes(f, sizes.buf, bytes);
	return 0;
}

int jci_freed(const struct jci_repo *repo, const struct jci_refs *runs,
	      const struct jci_staying *staying, uint64_t *bytes, struct jci_error *err)
{
	cleanup(freed_release) struct freed f = {.odb = NULL};

	if (git_repository_odb(&f.odb, repo->git) < 0)
		return jci_error_git(err, JCI_EFAIL, _("cannot open the object database"));
	memset(bytes, 0, runs->n * sizeof(*bytes));
	for (size_t i = 0; i < runs->n; i++)
		add_run(&f, &runs->items[i].target, i);
	for (size_t i = 0; i < staying->n_commits && f.left_artifacts > 0; i++)
		keep_commit(&f, &staying->commits[i]);
	keep_runs(&f, staying->runs);
	return ask_sizes(repo, &f, bytes, err);
}
