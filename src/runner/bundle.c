#include "runner/bundle.h"

#include <fcntl.h>
#include <fts.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "util/alloc.h"
#include "util/gettext.h"
#include "util/io.h"
#include "util/libarchive.h"
#include "util/program.h"

enum { BLOCK = 64 * 1024 };

/* ---- where it is ---- */

static bool is_bundle(const char *folder)
{
	cleanup_free char *program = xasprintf("%s/bin/git-jci", folder);

	return access(program, X_OK) == 0;
}

/* What has this path from the program's folder on; NULL: unknown. */
static char *beside_program(const char *name)
{
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;
	cleanup_free char *program = NULL;
	char *slash;

	if (program_path(&program, &ignored) < 0)
		return NULL;
	slash = strrchr(program, '/');
	if (!slash)
		return NULL;
	*slash = '\0';
	return xasprintf("%s/%s", program, name);
}

int bundle_find(char **path, const char *folder, struct jci_error *err)
{
	static const char *const beside[] = {"../libexec/git-jci/bundle", "../lib/git-jci/bundle",
					     "bundle"};

	if (folder && is_bundle(folder)) {
		*path = xstrdup(folder);
		return 0;
	}
	if (folder)
		return jci_error_set(err, JCI_ENOTFOUND,
				     _("'%s' is no bundle of git-jci: it has no program "
				       "'bin/git-jci'; 'make bundle' makes one, as build/bundle"),
				     folder);
	if (is_bundle(BUNDLEDIR)) {
		*path = xstrdup(BUNDLEDIR);
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(beside); i++) {
		cleanup_free char *there = beside_program(beside[i]);

		if (there && is_bundle(there)) {
			*path = steal_ptr(there);
			return 0;
		}
	}
	return jci_error_set(err, JCI_ENOTFOUND,
			     _("there is no bundle of git-jci in '%s'; name one with JCI_BUNDLE "
			       "('make bundle' makes it)"),
			     BUNDLEDIR);
}

/* ---- tars ---- */

struct tar {
	const struct libarchive *lib;
	struct archive *archive;
	struct archive_entry *entry;
};

static void tar_release(struct tar *t)
{
	if (t->entry)
		t->lib->archive_entry_free(t->entry);
	if (t->archive)
		t->lib->archive_write_free(t->archive);
}
#define cleanup_tar cleanup(tar_release)

static int tar_failed(struct tar *t, struct jci_error *err)
{
	const char *why = t->lib->archive_error_string(t->archive);

	return jci_error_set(err, JCI_EFAIL, _("cannot make the archive: %s"), why ? why : "");
}

static int tar_open(struct tar *t, int fd, struct jci_error *err)
{
	t->lib = libarchive_load(err);
	if (!t->lib)
		return err->code;
	t->archive = t->lib->archive_write_new();
	t->entry = t->lib->archive_entry_new();
	if (!t->archive || !t->entry)
		out_of_memory();
	if (t->lib->archive_write_set_format_pax_restricted(t->archive) != ARCHIVE_OK ||
	    t->lib->archive_write_set_bytes_per_block(t->archive, 0) != ARCHIVE_OK ||
	    t->lib->archive_write_open_fd(t->archive, fd) != ARCHIVE_OK)
		return tar_failed(t, err);
	return 0;
}

/* `target`: of a link, else NULL. Everything is root's. */
static int add_head(struct tar *t, const char *name, const struct stat *st, const char *target,
		    struct jci_error *err)
{
	const struct libarchive *lib = t->lib;

	lib->archive_entry_set_pathname(t->entry, name);
	lib->archive_entry_set_filetype(t->entry, st->st_mode & S_IFMT);
	lib->archive_entry_set_perm(t->entry, st->st_mode & 07777);
	lib->archive_entry_set_mtime(t->entry, st->st_mtime, 0);
	lib->archive_entry_set_size(t->entry, S_ISREG(st->st_mode) ? st->st_size : 0);
	lib->archive_entry_set_symlink(t->entry, target);
	return lib->archive_write_header(t->archive, t->entry) < ARCHIVE_WARN ? tar_failed(t, err)
									      : 0;
}

static int add_folder(struct tar *t, const char *name, mode_t mode, struct jci_error *err)
{
	const struct stat st = {.st_mode = S_IFDIR | mode};

	return add_head(t, name, &st, NULL, err);
}

static int add_file(struct tar *t, const char *name, const FTSENT *e, struct jci_error *err)
{
	cleanup_close int fd = open(e->fts_accpath, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	cleanup_free char *block = xmalloc(BLOCK);
	struct stat st;
	off_t left;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot read '%s'"), e->fts_path);
	if (add_head(t, name, &st, NULL, err) < 0)
		return err->code;
	for (left = st.st_size; left > 0; left -= n) {
		n = read_full(fd, block, left < BLOCK ? (size_t)left : BLOCK);
		if (n <= 0)
			return jci_error_errno(err, JCI_EFAIL, _("cannot read '%s'"), e->fts_path);
		if (t->lib->archive_write_data(t->archive, block, (size_t)n) < 0)
			return tar_failed(t, err);
	}
	return 0;
}

static int add_link(struct tar *t, const char *name, const FTSENT *e, struct jci_error *err)
{
	char target[PATH_MAX];
	ssize_t len = readlink(e->fts_accpath, target, sizeof(target) - 1);

	if (len < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot read '%s'"), e->fts_path);
	target[len] = '\0';
	return add_head(t, name, e->fts_statp, target, err);
}

static int add_found(struct tar *t, const FTSENT *e, size_t skip, struct jci_error *err)
{
	cleanup_free char *name = xasprintf("jci/bundle%s", e->fts_path + skip);

	switch (e->fts_info) {
	case FTS_D:
		return add_folder(t, name, 0755, err);
	case FTS_F:
		return add_file(t, name, e, err);
	case FTS_SL:
	case FTS_SLNONE:
		return add_link(t, name, e, err);
	case FTS_DNR:
	case FTS_ERR:
	case FTS_NS:
		errno = e->fts_errno;
		return jci_error_errno(err, JCI_EFAIL, _("cannot read '%s'"), e->fts_path);
	default: /* a folder again, behind what is in it; sockets and such */
		return 0;
	}
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static int add_tree(struct tar *t, const char *folder, struct jci_error *err)
{
	char *roots[] = {(char *)(uintptr_t)folder, NULL};
	FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR | FTS_COMFOLLOW, by_name);
	int code = 0;
	FTSENT *e;

	if (!fts)
		return jci_error_errno(err, JCI_EFAIL, _("cannot read '%s'"), folder);
	while (code == 0 && (e = fts_read(fts)))
		code = add_found(t, e, strlen(folder), err);
	fts_close(fts);
	return code;
}

/* Closes it as the part of a tar: without the blocks that would end it. */
static int tar_close_part(struct tar *t, int fd, struct jci_error *err)
{
	off_t end;

	if (t->lib->archive_write_finish_entry(t->archive) != ARCHIVE_OK)
		return tar_failed(t, err);
	end = lseek(fd, 0, SEEK_CUR);
	if (t->lib->archive_write_close(t->archive) != ARCHIVE_OK)
		return tar_failed(t, err);
	if (end < 0 || ftruncate(fd, end) < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot make a temporary file"));
	return 0;
}

int bundle_tar(int *fd, const char *folder, struct jci_error *err)
{
	cleanup_tar struct tar t = {NULL, NULL, NULL};
	cleanup_close int out = open_unnamed_file();
	cleanup_free char *root = xstrdup(folder);
	size_t len = strlen(root);

	while (len > 1 && root[len - 1] == '/')
		root[--len] = '\0';
	if (out < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot make a temporary file"));
	if (tar_open(&t, out, err) < 0 || add_folder(&t, "jci", 0777, err) < 0 ||
	    add_folder(&t, "jci/work", 01777, err) < 0 || add_tree(&t, root, err) < 0 ||
	    tar_close_part(&t, out, err) < 0)
		return err->code;
	*fd = steal_fd(out);
	return 0;
}

int bundle_job_tar(int *fd, const char *json, struct jci_error *err)
{
	cleanup_tar struct tar t = {NULL, NULL, NULL};
	cleanup_close int out = memfd_create("job", MFD_CLOEXEC);
	const struct stat st = {.st_mode = S_IFREG | 0666, .st_size = (off_t)strlen(json)};

	if (out < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot make a temporary file"));
	if (tar_open(&t, out, err) < 0 || add_head(&t, "jci/job.json", &st, NULL, err) < 0)
		return err->code;
	if (t.lib->archive_write_data(t.archive, json, strlen(json)) < 0 ||
	    t.lib->archive_write_close(t.archive) != ARCHIVE_OK)
		return tar_failed(&t, err);
	*fd = steal_fd(out);
	return 0;
}
