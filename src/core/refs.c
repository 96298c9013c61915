#include "core/refs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/gitclean.h"
#include "core/packedrefs.h"
#include "util/alloc.h"
#include "util/fault.h"
#include "util/gettext.h"
#include "util/io.h"
#include "util/process.h"

enum { MAX_SYMREF_DEPTH = 5, MAX_REF_FILE = 4096, CREATE_TRIES = 16 };

void jci_refs_release(struct jci_refs *refs)
{
	free(refs->items);
	*refs = (struct jci_refs)JCI_REFS_INIT;
}

bool jci_refs_contain(const struct jci_refs *refs, const struct jci_ref *ref)
{
	for (size_t i = 0; i < refs->n; i++)
		if (jci_ref_cmp(&refs->items[i], ref) == 0)
			return true;
	return false;
}

void jci_ref_name(struct strbuf *sb, const struct jci_ref *ref)
{
	char id[JCI_RUN_ID_SIZE];

	jci_run_id_format(id, &ref->id);
	strbuf_addf(sb, JCI_REF_PREFIX "%s/%s", git_oid_tostr_s(&ref->commit), id);
}

/* ---- names of our refs ---- */

/* As git writes it: libgit2 takes upper case too. */
static bool parse_commit(git_oid *commit, const char *s)
{
	return strspn(s, "0123456789abcdef") >= GIT_OID_HEXSZ &&
	       git_oid_fromstrn(commit, s, GIT_OID_HEXSZ) == 0;
}

/* "<commit>/<run id>" behind the prefix. */
static bool parse_name(struct jci_ref *ref, const char *s, size_t len)
{
	if (len < GIT_OID_HEXSZ + 1 || s[GIT_OID_HEXSZ] != '/')
		return false;
	if (!parse_commit(&ref->commit, s))
		return false;
	return jci_run_id_parse(&ref->id, s + GIT_OID_HEXSZ + 1, len - GIT_OID_HEXSZ - 1);
}

bool jci_ref_parse(struct jci_ref *ref, const char *name, size_t len)
{
	const size_t skip = strlen(JCI_REF_PREFIX);

	return len > skip && memcmp(name, JCI_REF_PREFIX, skip) == 0 &&
	       parse_name(ref, name + skip, len - skip);
}

int jci_ref_cmp(const void *x, const void *y)
{
	const struct jci_ref *a = x, *b = y;
	int cmp = git_oid_cmp(&a->commit, &b->commit);

	return cmp ? cmp : jci_run_id_cmp(&a->id, &b->id);
}

static struct jci_ref *refs_push(struct jci_refs *refs)
{
	ARRAY_GROW(refs->items, refs->n + 1, refs->cap);
	return &refs->items[refs->n++];
}

void jci_refs_add(struct jci_refs *refs, const struct jci_ref *ref)
{
	*refs_push(refs) = *ref;
}

static void add_packed(const struct jci_packed *p, const char *prefix, struct jci_refs *refs)
{
	const size_t skip = strlen(JCI_REF_PREFIX);
	struct jci_packed_ref packed;
	const char *at = NULL;

	while (jci_packed_next(p, prefix, &at, &packed)) {
		struct jci_ref *ref = refs_push(refs);

		if (!parse_name(ref, packed.name + skip, packed.len - skip) ||
		    git_oid_fromstrn(&ref->target, packed.hash, GIT_OID_HEXSZ) < 0)
			refs->n--;
	}
}

/* ---- loose refs ---- */

/* 0 and the file's text in `text`; JCI_ENOTFOUND where there is no such file. */
static int read_loose(const char *dir, const char *name, struct strbuf *text, struct jci_error *err)
{
	cleanup_free char *path = xasprintf("%s/%s", dir, name);

	if (read_file_at(AT_FDCWD, path, text, MAX_REF_FILE) == 0) {
		while (text->len > 0 && strchr(" \t\r\n", text->buf[text->len - 1]))
			strbuf_setlen(text, text->len - 1);
		return 0;
	}
	if (errno == ENOENT || errno == EISDIR || errno == ENOTDIR || errno == ENAMETOOLONG)
		return jci_error_set(err, JCI_ENOTFOUND, _("no ref '%s'"), name);
	return jci_error_errno(err, JCI_EFAIL, _("cannot read the ref '%s'"), path);
}

/* Names outside refs/, and those of gitrepository-layout(5), belong to one work tree. */
static const char *dir_of(const struct jci_repo *repo, const char *name)
{
	if (strncmp(name, "refs/", 5) != 0 || strncmp(name, "refs/bisect/", 12) == 0 ||
	    strncmp(name, "refs/worktree/", 14) == 0 || strncmp(name, "refs/rewritten/", 15) == 0)
		return repo->git_dir;
	return repo->common_dir;
}

static int resolve(const struct jci_repo *repo, const char *name, git_oid *oid, int depth,
		   struct jci_error *err)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	cleanup_packed struct jci_packed packed = JCI_PACKED_INIT;

	if (depth > MAX_SYMREF_DEPTH)
		return jci_error_set(err, JCI_EINVALID, _("ref '%s' points in a circle"), name);
	if (read_loose(dir_of(repo, name), name, &text, err) == 0) {
		if (strncmp(text.buf, "ref: ", 5) == 0)
			return resolve(repo, text.buf + 5, oid, depth + 1, err);
		if (text.len == GIT_OID_HEXSZ && git_oid_fromstr(oid, text.buf) == 0)
			return 0;
		return jci_error_set(err, JCI_EINVALID, _("ref '%s' is broken"), name);
	}
	if (err->code != JCI_ENOTFOUND)
		return err->code;
	jci_error_clear(err);
	if (jci_packed_open(repo, &packed, err) < 0)
		return err->code;
	if (jci_packed_find(&packed, name, oid))
		return 0;
	return jci_error_set(err, JCI_ENOTFOUND, _("no ref '%s'"), name);
}

int jci_ref_resolve(const struct jci_repo *repo, const char *name, git_oid *oid,
		    struct jci_error *err)
{
	if (strstr(name, "..") || name[0] == '/')
		return jci_error_set(err, JCI_ENOTFOUND, _("no ref '%s'"), name);
	return resolve(repo, name, oid, 0, err);
}

/* What opendir() said: no refs, or refs that can't be read. */
static int no_folder(const char *path, struct jci_error *err)
{
	if (errno == ENOENT || errno == ENOTDIR)
		return 0;
	return jci_error_errno(err, JCI_EFAIL, _("cannot read '%s'"), path);
}

/* Adds the loose refs of one commit; a folder that vanishes meanwhile has none. */
static int add_loose_commit(const struct jci_repo *repo, const char *commit, struct jci_refs *refs,
			    struct jci_error *err)
{
	cleanup_free char *path = xasprintf("%s/" JCI_REF_PREFIX "%s", repo->common_dir, commit);
	cleanup_dir DIR *dir = opendir(path);
	struct dirent *entry;

	if (!dir)
		return no_folder(path, err);
	while ((entry = readdir(dir))) {
		cleanup_strbuf struct strbuf text = STRBUF_INIT;
		cleanup_error struct jci_error gone = JCI_ERROR_INIT;
		struct jci_ref ref;

		if (!parse_commit(&ref.commit, commit) ||
		    !jci_run_id_parse(&ref.id, entry->d_name, strlen(entry->d_name)))
			continue;
		if (read_loose(path, entry->d_name, &text, &gone) < 0) {
			if (gone.code == JCI_ENOTFOUND)
				continue;
			return jci_error_set(err, gone.code, "%s", gone.message);
		}
		if (text.len == GIT_OID_HEXSZ && git_oid_fromstr(&ref.target, text.buf) == 0)
			jci_refs_add(refs, &ref);
	}
	return 0;
}

static int add_loose_all(const struct jci_repo *repo, struct jci_refs *refs, struct jci_error *err)
{
	cleanup_free char *path = xasprintf("%s/" JCI_REF_PREFIX, repo->common_dir);
	cleanup_dir DIR *dir = opendir(path);
	struct dirent *entry;

	if (!dir)
		return no_folder(path, err);
	while ((entry = readdir(dir))) {
		if (strlen(entry->d_name) != GIT_OID_HEXSZ)
			continue;
		if (add_loose_commit(repo, entry->d_name, refs, err) < 0)
			return err->code;
	}
	return 0;
}

static int cmp_names(const void *a, const void *b)
{
	const struct jci_ref *x = a, *y = b;
	int cmp = git_oid_cmp(&x->commit, &y->commit);

	return cmp ? cmp : jci_run_id_cmp(&x->id, &y->id);
}

static int cmp_commits(const void *a, const void *b)
{
	const struct jci_ref *x = a, *y = b;

	return git_oid_cmp(&x->commit, &y->commit);
}

/* They come sorted from packed-refs: of many that is what most are. */
void jci_refs_sort(struct jci_refs *refs)
{
	size_t sorted = 1;

	while (sorted < refs->n && jci_ref_cmp(&refs->items[sorted - 1], &refs->items[sorted]) <= 0)
		sorted++;
	if (sorted < refs->n)
		qsort(refs->items, refs->n, sizeof(*refs->items), jci_ref_cmp);
}

struct jci_ref *jci_refs_find(const struct jci_refs *refs, const struct jci_ref *ref)
{
	return refs->n ? bsearch(ref, refs->items, refs->n, sizeof(*ref), jci_ref_cmp) : NULL;
}

bool jci_refs_has(const struct jci_refs *refs, const git_oid *commit)
{
	struct jci_ref key = {.commit = *commit};

	return refs->n && bsearch(&key, refs->items, refs->n, sizeof(key), cmp_commits);
}

const struct jci_ref *jci_refs_of(const struct jci_refs *refs, const git_oid *commit, size_t *n)
{
	size_t low = 0, high = refs->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (git_oid_cmp(&refs->items[middle].commit, commit) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*n = 0;
	while (low + *n < refs->n && git_oid_equal(&refs->items[low + *n].commit, commit))
		++*n;
	return *n ? &refs->items[low] : NULL;
}

/*
 * Drops each packed ref (from `first_packed` on) that is loose too. There are few loose ones, so
 * they are sorted and looked up for each packed one.
 */
static void drop_shadowed(struct jci_refs *refs, size_t first_packed)
{
	size_t n = first_packed;
	cleanup_free struct jci_ref *loose = NULL;

	if (first_packed == 0 || first_packed == refs->n)
		return;
	loose = xreallocarray(NULL, first_packed, sizeof(*loose));
	memcpy(loose, refs->items, first_packed * sizeof(*loose));
	qsort(loose, first_packed, sizeof(*loose), cmp_names);
	for (size_t i = first_packed; i < refs->n; i++)
		if (!bsearch(&refs->items[i], loose, first_packed, sizeof(*loose), cmp_names))
			refs->items[n++] = refs->items[i];
	refs->n = n;
}

/*
 * Loose refs are read first: one that `git pack-refs` moves meanwhile is then seen twice rather
 * than not at all.
 */
int jci_refs_list(const struct jci_repo *repo, const git_oid *commit, struct jci_refs *refs,
		  struct jci_error *err)
{
	cleanup_packed struct jci_packed packed = JCI_PACKED_INIT;
	cleanup_strbuf struct strbuf prefix = STRBUF_INIT;
	size_t n_loose;
	int code;

	strbuf_addstr(&prefix, JCI_REF_PREFIX);
	if (commit)
		strbuf_addf(&prefix, "%s/", git_oid_tostr_s(commit));
	refs->n = 0;
	code = commit ? add_loose_commit(repo, git_oid_tostr_s(commit), refs, err)
		      : add_loose_all(repo, refs, err);
	if (code < 0 || jci_packed_open(repo, &packed, err) < 0)
		return err->code;
	n_loose = refs->n;
	add_packed(&packed, prefix.buf, refs);
	drop_shadowed(refs, n_loose);
	return 0;
}

int jci_refs_list_of(const struct jci_repo *repo, const git_oid *commits, size_t n,
		     struct jci_refs *refs, struct jci_error *err)
{
	cleanup_packed struct jci_packed packed = JCI_PACKED_INIT;
	size_t n_loose;

	refs->n = 0;
	for (size_t i = 0; i < n; i++)
		if (add_loose_commit(repo, git_oid_tostr_s(&commits[i]), refs, err) < 0)
			return err->code;
	if (jci_packed_open(repo, &packed, err) < 0)
		return err->code;
	n_loose = refs->n;
	for (size_t i = 0; i < n; i++) {
		cleanup_free char *prefix =
			xasprintf(JCI_REF_PREFIX "%s/", git_oid_tostr_s(&commits[i]));

		add_packed(&packed, prefix, refs);
	}
	drop_shadowed(refs, n_loose);
	if (refs->n > 1)
		qsort(refs->items, refs->n, sizeof(*refs->items), jci_ref_cmp);
	return 0;
}

int jci_refs_lookup(const struct jci_repo *repo, const git_oid *commit, const struct jci_run_id *id,
		    git_oid *target, struct jci_error *err)
{
	cleanup_strbuf struct strbuf name = STRBUF_INIT;
	struct jci_ref ref = {.commit = *commit, .id = *id};

	jci_ref_name(&name, &ref);
	return jci_ref_resolve(repo, name.buf, target, err);
}

/* ---- making one ---- */

/*
 * git's protocol for a loose ref: NAME.lock made with O_EXCL, written, renamed to NAME.
 * `git pack-refs --prune` removes empty folders meanwhile, so the path is made again when it
 * vanishes.
 */
static int create_lock(const char *path)
{
	for (int tries = 0; tries < CREATE_TRIES; tries++) {
		cleanup_free char *parent = xstrndup(path, (size_t)(strrchr(path, '/') - path));
		int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

		if (fd >= 0 || errno != ENOENT)
			return fd;
		if (mkdir_parents(parent) < 0)
			return -1;
	}
	return -1;
}

static int write_lock(int fd, const git_oid *target)
{
	char line[GIT_OID_HEXSZ + 1];

	git_oid_fmt(line, target);
	line[GIT_OID_HEXSZ] = '\n';
	if (write_full(fd, line, sizeof(line)) < 0)
		return -1;
	/* git's default, core.fsync=reference */
	return fdatasync(fd);
}

int jci_refs_create(const struct jci_repo *repo, const struct jci_ref *ref, struct jci_error *err)
{
	cleanup_strbuf struct strbuf name = STRBUF_INIT;
	cleanup_free char *path = NULL, *lock = NULL;
	cleanup_close int fd = -1;
	cleanup_error struct jci_error missing = JCI_ERROR_INIT;
	git_oid there;

	jci_ref_name(&name, ref);
	path = xasprintf("%s/%s", repo->common_dir, name.buf);
	lock = xasprintf("%s.lock", path);
	fd = create_lock(lock);
	if (fd < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot lock the ref '%s'"), name.buf);
	fault_point("locked");
	if (jci_ref_resolve(repo, name.buf, &there, &missing) == 0) {
		unlink(lock);
		return jci_error_set(err, JCI_EEXISTS, _("ref '%s' exists already"), name.buf);
	}
	if (write_lock(fd, &ref->target) < 0 || rename(lock, path) < 0) {
		jci_error_errno(err, JCI_EFAIL, _("cannot write the ref '%s'"), name.buf);
		unlink(lock);
		return err->code;
	}
	return 0;
}

void jci_refs_unlock(const struct jci_repo *repo, const struct jci_ref *ref)
{
	cleanup_strbuf struct strbuf name = STRBUF_INIT;
	cleanup_free char *lock = NULL;

	jci_ref_name(&name, ref);
	lock = xasprintf("%s/%s.lock", repo->common_dir, name.buf);
	unlink(lock);
}

static size_t count_entries(const char *path)
{
	cleanup_dir DIR *dir = opendir(path);
	size_t n = 0;

	if (!dir)
		return 0;
	for (struct dirent *entry; (entry = readdir(dir));)
		n += entry->d_name[0] != '.';
	return n;
}

/* ---- any refs ---- */

struct each_ref {
	const struct jci_repo *repo;
	const char *prefix;
	jci_ref_fn *each;
	void *ctx;
	char **loose; /* names, sorted once all are there */
	size_t n, cap;
	bool tags; /* may be of annotated tags: branches never are */
};

static void each_ref_release(struct each_ref *e)
{
	for (size_t i = 0; i < e->n; i++)
		free(e->loose[i]);
	free(e->loose);
}

static int cmp_strings(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Whether names in this folder can begin with the prefix: one is the beginning of the other. */
static bool folder_matters(const struct each_ref *e, const char *folder)
{
	size_t len = strlen(folder), prefix_len = strlen(e->prefix);

	return strncmp(folder, e->prefix, len < prefix_len ? len : prefix_len) == 0;
}

static bool ends_with(const char *s, const char *end)
{
	size_t len = strlen(s), end_len = strlen(end);

	return len >= end_len && strcmp(s + len - end_len, end) == 0;
}

static bool is_folder(const char *path, const struct dirent *entry)
{
	struct stat st;

	if (entry->d_type != DT_UNKNOWN && entry->d_type != DT_LNK)
		return entry->d_type == DT_DIR;
	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* The names of loose refs in a folder ("refs/heads") and below it. */
static int collect_loose(struct each_ref *e, const char *folder, struct jci_error *err)
{
	cleanup_free char *path = xasprintf("%s/%s", e->repo->common_dir, folder);
	cleanup_dir DIR *dir = opendir(path);
	struct dirent *entry;

	if (!dir)
		return no_folder(path, err);
	while ((entry = readdir(dir))) {
		cleanup_free char *name = xasprintf("%s/%s", folder, entry->d_name);
		cleanup_free char *file = xasprintf("%s/%s", path, entry->d_name);

		if (entry->d_name[0] == '.' || !folder_matters(e, name))
			continue;
		if (is_folder(file, entry)) {
			if (collect_loose(e, name, err) < 0)
				return err->code;
		} else if (!ends_with(name, ".lock") && strlen(name) >= strlen(e->prefix)) {
			ARRAY_GROW(e->loose, e->n + 1, e->cap);
			e->loose[e->n++] = steal_ptr(name);
		}
	}
	return 0;
}

/* What an annotated tag points to in the end; false where the object is none, or not here. */
static bool peel(const struct each_ref *e, const git_oid *oid, git_oid *peeled)
{
	cleanup_git_object git_object *object = NULL, *target = NULL;

	if (!e->tags || git_object_lookup(&object, e->repo->git, oid, GIT_OBJECT_TAG) < 0 ||
	    git_object_peel(&target, object, GIT_OBJECT_ANY) < 0)
		return false;
	git_oid_cpy(peeled, git_object_id(target));
	return true;
}

static int call_each(const struct each_ref *e, const char *name, const git_oid *oid)
{
	git_oid peeled;

	return e->each(e->ctx, name, oid, peel(e, oid, &peeled) ? &peeled : NULL);
}

/* As git, it goes on where a ref is broken or has gone meanwhile. */
static int each_loose(struct each_ref *e)
{
	int code = 0;

	for (size_t i = 0; i < e->n && !code; i++) {
		cleanup_error struct jci_error broken = JCI_ERROR_INIT;
		git_oid oid;

		if (jci_ref_resolve(e->repo, e->loose[i], &oid, &broken) == 0)
			code = call_each(e, e->loose[i], &oid);
	}
	return code;
}

static int each_packed(struct each_ref *e, const struct jci_packed *packed)
{
	struct jci_packed_ref ref;
	const char *at = NULL;
	int code = 0;

	while (!code && jci_packed_next(packed, e->prefix, &at, &ref)) {
		cleanup_free char *name = xstrndup(ref.name, ref.len);
		git_oid oid, peeled;

		if (git_oid_fromstrn(&oid, ref.hash, GIT_OID_HEXSZ) < 0 ||
		    (e->n && bsearch(&name, e->loose, e->n, sizeof(*e->loose), cmp_strings)))
			continue;
		if (ref.peeled && git_oid_fromstrn(&peeled, ref.peeled, GIT_OID_HEXSZ) == 0)
			code = e->each(e->ctx, name, &oid, &peeled);
		else if (packed->peeled)
			code = e->each(e->ctx, name, &oid, NULL);
		else
			code = call_each(e, name, &oid);
	}
	return code;
}

int jci_refs_each(const struct jci_repo *repo, const char *prefix, jci_ref_fn *each, void *ctx,
		  struct jci_error *err)
{
	cleanup_packed struct jci_packed packed = JCI_PACKED_INIT;
	cleanup(each_ref_release) struct each_ref e = {
		.repo = repo,
		.prefix = prefix,
		.each = each,
		.ctx = ctx,
		.tags = strncmp(prefix, "refs/heads/", 11) && strncmp(prefix, "refs/remotes/", 13),
	};
	int code;

	/* first, for the same reason as in jci_refs_list() */
	if (collect_loose(&e, "refs", err) < 0 || jci_packed_open(repo, &packed, err) < 0)
		return err->code;
	if (e.n)
		qsort(e.loose, e.n, sizeof(*e.loose), cmp_strings);
	code = each_loose(&e);
	return code ? code : each_packed(&e, &packed);
}

/* ---- some of many, for completion ---- */

static void name_loose(const struct each_ref *e, size_t max, jci_name_fn *each)
{
	for (size_t i = 0; i < e->n; i++)
		if (i < max || i == e->n - 1)
			each(e->ctx, e->loose[i], strlen(e->loose[i]));
}

/* One that is loose as well is named twice. */
static void name_packed(const struct each_ref *e, const struct jci_packed *packed, size_t max,
			jci_name_fn *each)
{
	struct jci_packed_ref ref, last = {NULL, 0, NULL, NULL};
	const char *at = NULL;
	size_t n = 0;

	while (jci_packed_next(packed, e->prefix, &at, &ref)) {
		if (n++ < max)
			each(e->ctx, ref.name, ref.len);
		last = ref;
	}
	if (n > max)
		each(e->ctx, last.name, last.len);
}

int jci_refs_names(const struct jci_repo *repo, const char *prefix, size_t max, jci_name_fn *each,
		   void *ctx, struct jci_error *err)
{
	cleanup_packed struct jci_packed packed = JCI_PACKED_INIT;
	cleanup(each_ref_release) struct each_ref e = {.repo = repo, .prefix = prefix, .ctx = ctx};

	if (collect_loose(&e, "refs", err) < 0 || jci_packed_open(repo, &packed, err) < 0)
		return err->code;
	if (e.n)
		qsort(e.loose, e.n, sizeof(*e.loose), cmp_strings);
	name_loose(&e, max, each);
	name_packed(&e, &packed, max, each);
	return 0;
}

/* The newest so far, newest first; `oldest` is the oldest of those that were left out. */
struct newest {
	const char *prefix;
	size_t prefix_len, max;
	struct jci_refs *refs;
	struct jci_ref oldest;
	bool more;
};

static void leave_out(struct newest *newest, const struct jci_ref *ref)
{
	if (!newest->more || jci_run_id_cmp(&ref->id, &newest->oldest.id) < 0)
		newest->oldest = *ref;
	newest->more = true;
}

static void consider(struct newest *newest, const struct jci_ref *ref)
{
	struct jci_refs *refs = newest->refs;
	size_t at = refs->n;

	while (at > 0 && jci_run_id_cmp(&refs->items[at - 1].id, &ref->id) < 0)
		at--;
	if (at == newest->max) {
		leave_out(newest, ref);
		return;
	}
	if (refs->n == newest->max)
		leave_out(newest, &refs->items[--refs->n]);
	refs_push(refs);
	memmove(&refs->items[at + 1], &refs->items[at], (refs->n - 1 - at) * sizeof(*refs->items));
	refs->items[at] = *ref;
}

static void consider_loose(struct newest *newest, const struct jci_refs *loose)
{
	for (size_t i = 0; i < loose->n; i++) {
		char id[JCI_RUN_ID_SIZE];

		jci_run_id_format(id, &loose->items[i].id);
		if (strncmp(id, newest->prefix, newest->prefix_len) == 0)
			consider(newest, &loose->items[i]);
	}
}

/* Most are neither new nor the oldest, which their ids tell before all the rest is parsed. */
static bool matters(const struct newest *newest, const struct jci_run_id *id)
{
	const struct jci_refs *refs = newest->refs;

	return refs->n < newest->max || !newest->more ||
	       jci_run_id_cmp(id, &refs->items[refs->n - 1].id) > 0 ||
	       jci_run_id_cmp(id, &newest->oldest.id) < 0;
}

static void consider_packed(struct newest *newest, const struct jci_packed *packed,
			    const char *folder, const struct jci_refs *loose)
{
	const size_t skip = strlen(JCI_REF_PREFIX), before = skip + GIT_OID_HEXSZ + 1;
	struct jci_packed_ref line;
	const char *at = NULL;

	while (jci_packed_next(packed, folder, &at, &line)) {
		const char *id = line.name + before;
		struct jci_ref ref;

		if (line.len < before + newest->prefix_len ||
		    memcmp(id, newest->prefix, newest->prefix_len) != 0 ||
		    !jci_run_id_parse(&ref.id, id, line.len - before) || !matters(newest, &ref.id))
			continue;
		if (parse_name(&ref, line.name + skip, line.len - skip) &&
		    git_oid_fromstrn(&ref.target, line.hash, GIT_OID_HEXSZ) == 0 &&
		    !jci_refs_find(loose, &ref))
			consider(newest, &ref);
	}
}

int jci_refs_newest(const struct jci_repo *repo, const git_oid *commit, const char *prefix,
		    size_t max, struct jci_refs *refs, struct jci_error *err)
{
	cleanup_refs struct jci_refs loose = JCI_REFS_INIT;
	cleanup_packed struct jci_packed packed = JCI_PACKED_INIT;
	cleanup_strbuf struct strbuf folder = STRBUF_INIT;
	struct newest newest = {
		.prefix = prefix, .prefix_len = strlen(prefix), .max = max, .refs = refs};
	int code;

	strbuf_addstr(&folder, JCI_REF_PREFIX);
	if (commit)
		strbuf_addf(&folder, "%s/", git_oid_tostr_s(commit));
	refs->n = 0;
	code = commit ? add_loose_commit(repo, git_oid_tostr_s(commit), &loose, err)
		      : add_loose_all(repo, &loose, err);
	if (code < 0 || jci_packed_open(repo, &packed, err) < 0)
		return err->code;
	jci_refs_sort(&loose);
	consider_loose(&newest, &loose);
	consider_packed(&newest, &packed, folder.buf, &loose);
	if (newest.more)
		jci_refs_add(refs, &newest.oldest);
	return 0;
}

size_t jci_refs_loose_estimate(const struct jci_repo *repo, const git_oid *commit)
{
	cleanup_free char *all = xasprintf("%s/" JCI_REF_PREFIX, repo->common_dir);
	cleanup_free char *one = xasprintf("%s%s", all, git_oid_tostr_s(commit));

	return count_entries(all) + count_entries(one);
}

int jci_refs_update(const struct jci_repo *repo, const struct strbuf *instructions,
		    struct jci_error *err)
{
	const char *const argv[] = {"git",        "--git-dir", repo->git_dir,
				    "update-ref", "--stdin",   NULL};
	const struct process git = {.argv = argv, .out = -1, .input = instructions};

	return process_run(&git, err);
}

int jci_refs_delete(const struct jci_repo *repo, const struct jci_refs *refs, struct jci_error *err)
{
	cleanup_strbuf struct strbuf instructions = STRBUF_INIT;

	for (size_t i = 0; i < refs->n; i++) {
		strbuf_addstr(&instructions, "delete ");
		jci_ref_name(&instructions, &refs->items[i]);
		strbuf_addf(&instructions, " %s\n", git_oid_tostr_s(&refs->items[i].target));
	}
	return refs->n ? jci_refs_update(repo, &instructions, err) : 0;
}
