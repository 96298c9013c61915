/* What a remote had when it was last seen: core/remote.h. */
#include "core/remote.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/packedrefs.h"
#include "util/alloc.h"
#include "util/gettext.h"
#include "util/io.h"

#define GONE_PREFIX "refs/jci-gone/"
#define FETCHED     "fetched"

enum {
	MAX_FILE_NAME = 200,
	LINE_SIZE = 128, /* of `fetched`, about */
	COMPACT_MIN = 1024 * 1024,
};

/* A name of one word is itself; NULL where it gets too long for a file. */
static char *file_name(const char *remote)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
	struct strbuf sb = STRBUF_INIT;

	for (const char *s = remote; *s; s++) {
		if (strchr(plain, *s) && (s > remote || *s != '.'))
			strbuf_addch(&sb, *s);
		else
			strbuf_addf(&sb, "%%%02x", (unsigned char)*s);
	}
	if (sb.len > 0 && sb.len <= MAX_FILE_NAME)
		return strbuf_detach(&sb, NULL);
	strbuf_release(&sb);
	return NULL;
}

static bool parse_line(const struct jci_packed_ref *line, size_t prefix_len, struct jci_ref *ref)
{
	cleanup_strbuf struct strbuf name = STRBUF_INIT;

	strbuf_addstr(&name, JCI_REF_PREFIX);
	strbuf_add(&name, line->name + prefix_len, line->len - prefix_len);
	return jci_ref_parse(ref, name.buf, name.len) &&
	       git_oid_fromstrn(&ref->target, line->hash, GIT_OID_HEXSZ) == 0;
}

/* The lines of a file whose names begin with the prefix, as runs; none where there is no file. */
static int read_lines(const char *path, const char *prefix, struct jci_refs *refs,
		      struct jci_error *err)
{
	cleanup_packed struct jci_packed packed = JCI_PACKED_INIT;
	struct jci_packed_ref line;
	const char *at = NULL;

	if (jci_packed_open_file(path, &packed, err) < 0)
		return err->code;
	while (jci_packed_next(&packed, prefix, &at, &line)) {
		struct jci_ref ref;

		if (parse_line(&line, strlen(prefix), &ref))
			jci_refs_add(refs, &ref);
	}
	jci_refs_sort(refs);
	return 0;
}

static void add_lines(struct strbuf *text, const char *prefix, const struct jci_refs *refs)
{
	cleanup_strbuf struct strbuf name = STRBUF_INIT;

	for (size_t i = 0; i < refs->n; i++) {
		strbuf_reset(&name);
		jci_ref_name(&name, &refs->items[i]);
		strbuf_addf(text, "%s ", git_oid_tostr_s(&refs->items[i].target));
		strbuf_addf(text, "%s%s\n", prefix, name.buf + strlen(JCI_REF_PREFIX));
	}
}

/* ---- what a remote had ---- */

/* The caller frees it; NULL where there can be no such file. */
static char *seen_path(const struct jci_repo *repo, const char *name)
{
	cleanup_free char *file = file_name(name);

	return file ? xasprintf("%s/remotes/%s", repo->jci_dir, file) : NULL;
}

int jci_remote_seen_open(const struct jci_repo *repo, const char *name, struct jci_packed *seen,
			 struct jci_error *err)
{
	cleanup_free char *path = seen_path(repo, name);

	return path ? jci_packed_open_file(path, seen, err) : 0;
}

static int read_seen(const struct jci_repo *repo, const char *name, const char *prefix,
		     struct jci_refs *refs, struct jci_error *err)
{
	cleanup_free char *path = seen_path(repo, name);

	return path ? read_lines(path, prefix, refs, err) : 0;
}

int jci_remote_seen(const struct jci_repo *repo, const char *name, struct jci_refs *refs,
		    struct jci_error *err)
{
	return read_seen(repo, name, JCI_REF_PREFIX, refs, err);
}

int jci_remote_gone(const struct jci_repo *repo, const char *name, struct jci_refs *refs,
		    struct jci_error *err)
{
	return read_seen(repo, name, GONE_PREFIX, refs, err);
}

static bool is_here(const struct jci_repo *repo, const struct jci_ref *ref)
{
	cleanup_error struct jci_error missing = JCI_ERROR_INIT;
	git_oid target;

	return jci_refs_lookup(repo, &ref->commit, &ref->id, &target, &missing) == 0 &&
	       git_oid_equal(&target, &ref->target);
}

/* What the remote had, has not any more, and is still here as it was there. */
static int find_gone(const struct jci_repo *repo, const char *name, const struct jci_refs *there,
		     struct jci_refs *gone, struct jci_error *err)
{
	cleanup_refs struct jci_refs had = JCI_REFS_INIT;

	if (jci_remote_seen(repo, name, &had, err) < 0 ||
	    jci_remote_gone(repo, name, &had, err) < 0)
		return err->code;
	for (size_t i = 0; i < had.n; i++)
		if (!jci_refs_find(there, &had.items[i]) && is_here(repo, &had.items[i]))
			jci_refs_add(gone, &had.items[i]);
	jci_refs_sort(gone);
	return 0;
}

/* As git sorts them: an id of fewer digits, which is smaller, may stand behind. */
static int by_name(const void *x, const void *y)
{
	const struct jci_ref *a = x, *b = y;
	int cmp = git_oid_cmp(&a->commit, &b->commit);
	char id[JCI_RUN_ID_SIZE], other[JCI_RUN_ID_SIZE];

	if (cmp)
		return cmp;
	jci_run_id_format(id, &a->id);
	jci_run_id_format(other, &b->id);
	return strcmp(id, other);
}

static void add_sorted(struct strbuf *text, const char *prefix, struct jci_refs *refs)
{
	if (refs->n > 1)
		qsort(refs->items, refs->n, sizeof(*refs->items), by_name);
	add_lines(text, prefix, refs);
}

int jci_remote_saw(const struct jci_repo *repo, const char *name, struct jci_refs *refs,
		   struct jci_error *err)
{
	cleanup_free char *dir = xasprintf("%s/remotes", repo->jci_dir), *file = file_name(name);
	cleanup_refs struct jci_refs gone = JCI_REFS_INIT;
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	cleanup_close int fd = -1;

	if (!file)
		return 0;
	jci_refs_sort(refs);
	if (find_gone(repo, name, refs, &gone, err) < 0)
		return err->code;
	strbuf_addstr(&text, "# pack-refs with: sorted \n");
	add_sorted(&text, GONE_PREFIX, &gone);
	add_sorted(&text, JCI_REF_PREFIX, refs);
	if (mkdir_parents(dir) < 0 || (fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0 ||
	    write_file_at(fd, file, text.buf, text.len) < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot write '%s/%s'"), dir, file);
	return 0;
}

/* ---- what was fetched ---- */

static int open_dir(const struct jci_repo *repo)
{
	return mkdir_parents(repo->jci_dir) < 0
		       ? -1
		       : open(repo->jci_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Lines of runs that are not here any more pile up until there are more of them than of others. */
static int compact(const struct jci_repo *repo, int dir, const struct jci_refs *here,
		   struct jci_error *err)
{
	cleanup_refs struct jci_refs all = JCI_REFS_INIT, kept = JCI_REFS_INIT;
	cleanup_strbuf struct strbuf text = STRBUF_INIT;

	if (jci_fetched_list(repo, &all, err) < 0)
		return err->code;
	for (size_t i = 0; i < all.n; i++)
		if (jci_refs_find(here, &all.items[i]))
			jci_refs_add(&kept, &all.items[i]);
	add_lines(&text, JCI_REF_PREFIX, &kept);
	if (write_file_at(dir, FETCHED, text.buf, text.len) < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot write '%s/%s'"), repo->jci_dir,
				       FETCHED);
	return 0;
}

/* One write at the end of the file: two that fetch at once lose nothing. */
int jci_fetched_add(const struct jci_repo *repo, const struct jci_refs *fetched,
		    const struct jci_refs *here, struct jci_error *err)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	cleanup_close int dir = -1, fd = -1;
	struct stat st;

	if (fetched->n == 0)
		return 0;
	add_lines(&text, JCI_REF_PREFIX, fetched);
	dir = open_dir(repo);
	if (dir >= 0)
		fd = openat(dir, FETCHED, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0 || write_full(fd, text.buf, text.len) < 0 || fstat(fd, &st) < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot write '%s/%s'"), repo->jci_dir,
				       FETCHED);
	if ((uint64_t)st.st_size < COMPACT_MIN + 2 * LINE_SIZE * here->n)
		return 0;
	return compact(repo, dir, here, err);
}

int jci_fetched_list(const struct jci_repo *repo, struct jci_refs *refs, struct jci_error *err)
{
	cleanup_free char *path = xasprintf("%s/" FETCHED, repo->jci_dir);

	return read_lines(path, JCI_REF_PREFIX, refs, err);
}
