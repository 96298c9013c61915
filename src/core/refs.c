#include "core/refs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/alloc.h"
#include "util/fault.h"
#include "util/gettext.h"
#include "util/io.h"

enum { MAX_SYMREF_DEPTH = 5, MAX_REF_FILE = 4096, CREATE_TRIES = 16 };

/* The file packed-refs, mapped; `start` is behind its header line. */
struct packed {
	char *map;
	size_t size;
	const char *start, *end;
	bool sorted;
};

static void packed_release(struct packed *p)
{
	if (p->map)
		munmap(p->map, p->size);
}

void jci_refs_release(struct jci_refs *refs)
{
	free(refs->items);
	*refs = (struct jci_refs)JCI_REFS_INIT;
}

void jci_ref_name(struct strbuf *sb, const struct jci_ref *ref)
{
	char id[JCI_RUN_ID_SIZE];

	jci_run_id_format(id, &ref->id);
	strbuf_addf(sb, JCI_REF_PREFIX "%s/%s", git_oid_tostr_s(&ref->commit), id);
}

/* ---- packed-refs ---- */

static void packed_header(struct packed *p)
{
	static const char mark[] = "# pack-refs with:";
	const char *newline;

	p->start = p->map;
	p->end = p->map + p->size;
	if (p->size < sizeof(mark) || memcmp(p->map, mark, sizeof(mark) - 1) != 0)
		return;
	newline = memchr(p->map, '\n', p->size);
	if (!newline)
		return;
	p->start = newline + 1;
	p->sorted = memmem(p->map, (size_t)(newline - p->map), " sorted ", 8) != NULL;
}

/* A repository without packed refs gives an empty one. */
static int packed_open(const struct jci_repo *repo, struct packed *p, struct jci_error *err)
{
	cleanup_free char *path = xasprintf("%s/packed-refs", repo->common_dir);
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || fstat(fd, &st) < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot read '%s'"), path);
	if (st.st_size == 0)
		return 0;
	/* git replaces this file by rename, never in place: the mapping stays whole */
	p->map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p->map == MAP_FAILED) {
		p->map = NULL;
		return jci_error_errno(err, JCI_EFAIL, _("cannot read '%s'"), path);
	}
	p->size = (size_t)st.st_size;
	packed_header(p);
	return 0;
}

static const char *line_end(const char *line, const char *end)
{
	const char *newline = memchr(line, '\n', (size_t)(end - line));

	return newline ? newline : end;
}

/* "<hash> <name>" with a name; peeled lines ("^<hash>") and comments are not. */
static bool is_ref_line(const char *line, const char *end)
{
	return end - line > GIT_OID_HEXSZ + 1 && line[0] != '^' && line[0] != '#' &&
	       line[GIT_OID_HEXSZ] == ' ';
}

/* Compares the name in a ref line with `name`, in the order of the file. */
static int cmp_line(const char *line, const char *end, const char *name, size_t name_len)
{
	size_t len = (size_t)(end - line) - GIT_OID_HEXSZ - 1;
	int cmp = memcmp(line + GIT_OID_HEXSZ + 1, name, len < name_len ? len : name_len);

	if (cmp != 0 || len == name_len)
		return cmp;
	return len < name_len ? -1 : 1;
}

/* Start of the ref line that `pos` is in or, from a peeled line, that it belongs to. */
static const char *ref_line_at(const struct packed *p, const char *pos)
{
	for (;;) {
		while (pos > p->start && pos[-1] != '\n')
			pos--;
		if (pos == p->start || is_ref_line(pos, line_end(pos, p->end)))
			return pos;
		pos--;
	}
}

/* First line whose name is not below `name`; the start of the file where it isn't sorted. */
static const char *packed_seek(const struct packed *p, const char *name)
{
	const char *low = p->start, *high = p->end;
	size_t name_len = strlen(name);

	if (!p->sorted)
		return p->start;
	while (low < high) {
		const char *line = ref_line_at(p, low + (high - low) / 2), *end;

		if (line < low) /* low is at the peeled line of that one */
			line = low;
		end = line_end(line, p->end);
		if (is_ref_line(line, end) && cmp_line(line, end, name, name_len) >= 0) {
			high = line;
			continue;
		}
		low = end < p->end ? end + 1 : p->end;
	}
	/* what follows may be the peeled line of a smaller name */
	while (low < p->end && !is_ref_line(low, line_end(low, p->end)))
		low = line_end(low, p->end) < p->end ? line_end(low, p->end) + 1 : p->end;
	return low;
}

static bool packed_find(const struct packed *p, const char *name, git_oid *oid)
{
	size_t name_len = strlen(name);
	const char *line = packed_seek(p, name);

	while (line < p->end) {
		const char *end = line_end(line, p->end);

		if (is_ref_line(line, end) && cmp_line(line, end, name, name_len) == 0)
			return git_oid_fromstrn(oid, line, GIT_OID_HEXSZ) == 0;
		if (p->sorted)
			return false;
		line = end < p->end ? end + 1 : p->end;
	}
	return false;
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

static struct jci_ref *refs_push(struct jci_refs *refs)
{
	ARRAY_GROW(refs->items, refs->n + 1, refs->cap);
	return &refs->items[refs->n++];
}

void jci_refs_add(struct jci_refs *refs, const struct jci_ref *ref)
{
	*refs_push(refs) = *ref;
}

static void add_packed(const struct packed *p, const char *prefix, struct jci_refs *refs)
{
	const size_t skip = strlen(JCI_REF_PREFIX), prefix_len = strlen(prefix);

	for (const char *line = packed_seek(p, prefix), *end; line < p->end; line = end + 1) {
		const char *name = line + GIT_OID_HEXSZ + 1;
		struct jci_ref *ref;

		end = line_end(line, p->end);
		if (!is_ref_line(line, end))
			continue;
		if ((size_t)(end - name) < prefix_len || memcmp(name, prefix, prefix_len) != 0) {
			if (p->sorted)
				return;
			continue;
		}
		ref = refs_push(refs);
		if (!parse_name(ref, name + skip, (size_t)(end - name) - skip) ||
		    git_oid_fromstrn(&ref->target, line, GIT_OID_HEXSZ) < 0)
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
	cleanup(packed_release) struct packed packed = {0};

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
	if (packed_open(repo, &packed, err) < 0)
		return err->code;
	if (packed_find(&packed, name, oid))
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

void jci_refs_sort(struct jci_refs *refs)
{
	if (refs->n)
		qsort(refs->items, refs->n, sizeof(*refs->items), cmp_commits);
}

bool jci_refs_has(const struct jci_refs *refs, const git_oid *commit)
{
	struct jci_ref key = {.commit = *commit};

	return refs->n && bsearch(&key, refs->items, refs->n, sizeof(key), cmp_commits);
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
	cleanup(packed_release) struct packed packed = {0};
	cleanup_strbuf struct strbuf prefix = STRBUF_INIT;
	size_t n_loose;
	int code;

	strbuf_addstr(&prefix, JCI_REF_PREFIX);
	if (commit)
		strbuf_addf(&prefix, "%s/", git_oid_tostr_s(commit));
	refs->n = 0;
	code = commit ? add_loose_commit(repo, git_oid_tostr_s(commit), refs, err)
		      : add_loose_all(repo, refs, err);
	if (code < 0 || packed_open(repo, &packed, err) < 0)
		return err->code;
	n_loose = refs->n;
	add_packed(&packed, prefix.buf, refs);
	drop_shadowed(refs, n_loose);
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

size_t jci_refs_loose_estimate(const struct jci_repo *repo, const git_oid *commit)
{
	cleanup_free char *all = xasprintf("%s/" JCI_REF_PREFIX, repo->common_dir);
	cleanup_free char *one = xasprintf("%s%s", all, git_oid_tostr_s(commit));

	return count_entries(all) + count_entries(one);
}
