#include "core/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <git2/sys/commit.h>

#include "core/config.h"
#include "core/gitclean.h"
#include "core/gitname.h"
#include "core/logcache.h"
#include "core/logindex.h"
#include "core/pack.h"
#include "core/page.h"
#include "core/signature.h"
#include "util/alloc.h"
#include "util/fault.h"
#include "util/gettext.h"
#include "util/io.h"

enum {
	MODE_FILE = 0100644,
	MODE_EXEC = 0100755,
	MODE_LINK = 0120000,
	MODE_DIR = 040000,
	MAX_DEPTH = 512,
	MAX_TRIES = 3,               /* of a file that changes while it is read */
	LARGE_RUN = 4 * 1024 * 1024, /* bytes from which on a run is a pack */
	OUR_OBJECTS = 8,             /* that every run adds to its artifacts */
	DEFAULT_UNPACK_LIMIT = 100,
	DEFAULT_LEVEL = 1, /* 3 times as fast as git's 6 on logs, and 20% larger */
};

/* A file or folder on its way into a tree. */
struct entry {
	char *name;
	unsigned mode;
	uint64_t size;
	git_oid oid;
	bool skip; /* it turned out that it can't be stored */
	bool open; /* a folder whose tree is not written yet, because files of ours go there */
	struct entry *children;
	size_t n, cap;
};

struct store {
	const struct jci_repo *repo;
	const struct jci_live *live;
	struct jci_record *r;
	git_odb *odb;
	struct jci_pack *pack; /* NULL: loose objects */
	struct entry root;
	int64_t unpack_limit;
	size_t objects; /* as counted by the walk */
	uint64_t bytes;
	struct strbuf path; /* of what is being looked at, for messages */
	git_oid log;
};

static void entry_release(struct entry *e)
{
	for (size_t i = 0; i < e->n; i++)
		entry_release(&e->children[i]);
	free(e->children);
	free(e->name);
}

static void store_release(struct store *s)
{
	entry_release(&s->root);
	strbuf_release(&s->path);
	if (s->pack)
		jci_pack_free(s->pack);
	git_odb_free(s->odb);
}

static struct entry *entry_add(struct entry *dir, const char *name, unsigned mode, uint64_t size)
{
	struct entry *e;

	ARRAY_GROW(dir->children, dir->n + 1, dir->cap);
	e = &dir->children[dir->n++];
	*e = (struct entry){.name = xstrdup(name), .mode = mode, .size = size};
	return e;
}

static struct entry *entry_find(struct entry *dir, const char *name)
{
	for (size_t i = 0; i < dir->n; i++)
		if (!dir->children[i].skip && strcmp(dir->children[i].name, name) == 0)
			return &dir->children[i];
	return NULL;
}

/* The path is s->path while the scope of path_push() .. path_pop() lasts. */
static size_t path_push(struct store *s, const char *name)
{
	size_t len = s->path.len;

	if (len)
		strbuf_addch(&s->path, '/');
	strbuf_addstr(&s->path, name);
	return len;
}

static void path_pop(struct store *s, size_t len)
{
	strbuf_setlen(&s->path, len);
}

/* ---- the walk: what is there ---- */

/* Why something of this type and name is left out; NULL: it is stored. */
static const char *left_out_reason(const char *name, mode_t mode)
{
	if (jci_name_is_dotgit(name))
		return "git";
	if ((S_ISLNK(mode) || S_ISDIR(mode)) && jci_name_needs_file(name, S_ISDIR(mode)))
		return "git";
	if (S_ISSOCK(mode))
		return "socket";
	if (S_ISFIFO(mode))
		return "fifo";
	return S_ISREG(mode) || S_ISDIR(mode) || S_ISLNK(mode) ? NULL : "device";
}

static unsigned git_mode(mode_t mode)
{
	if (S_ISDIR(mode))
		return MODE_DIR;
	if (S_ISLNK(mode))
		return MODE_LINK;
	return mode & S_IXUSR ? MODE_EXEC : MODE_FILE;
}

static bool is_permission(int error)
{
	return error == EACCES || error == EPERM;
}

/*
 * Opens for reading; the script may have left what its owner can't read, and we are its owner: the
 * permission is added for this.
 */
static int open_entry(int dirfd, const char *name, int flags)
{
	const int all = flags | O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
	int fd = openat(dirfd, name, all);
	struct stat st;

	if (fd >= 0 || !is_permission(errno))
		return fd;
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || S_ISLNK(st.st_mode) ||
	    fchmodat(dirfd, name, (st.st_mode & 07777) | (S_ISDIR(st.st_mode) ? 0700 : 0400), 0) <
		    0) {
		errno = EACCES;
		return -1;
	}
	return openat(dirfd, name, all);
}

static int walk(struct store *s, int fd, struct entry *dir, int depth, struct jci_error *err);

static int walk_dir(struct store *s, int parent, struct entry *e, int depth, struct jci_error *err)
{
	cleanup_close int fd = -1;

	if (depth > MAX_DEPTH) {
		jci_record_left_out(s->r, s->path.buf, "depth");
		e->skip = true;
		return 0;
	}
	fd = open_entry(parent, e->name, O_DIRECTORY);
	if (fd >= 0)
		return walk(s, fd, e, depth, err);
	if (!is_permission(errno))
		return jci_error_errno(err, JCI_EFAIL, _("cannot read '%s'"), s->path.buf);
	jci_record_left_out(s->r, s->path.buf, "unreadable");
	e->skip = true;
	return 0;
}

/* A pack for a large run, as `git fetch` decides it; loose objects for a small one. */
static bool is_large(const struct store *s)
{
	return (int64_t)(s->objects + OUR_OBJECTS) >= s->unpack_limit || s->bytes >= LARGE_RUN;
}

/*
 * Type and size of an entry; its type alone where the folder tells that and the run is known to be
 * large already: thousands of system calls less, as the size is asked for again with the open file.
 */
static int stat_entry(const struct store *s, int fd, const struct dirent *d, struct stat *st)
{
	if (d->d_type == DT_UNKNOWN || !is_large(s))
		return fstatat(fd, d->d_name, st, AT_SYMLINK_NOFOLLOW);
	*st = (struct stat){.st_mode = DTTOIF(d->d_type)};
	return 0;
}

static int walk_entry(struct store *s, int fd, struct entry *dir, const struct dirent *d,
		      struct jci_error *err)
{
	const char *why, *name = d->d_name;
	struct stat st;

	if (stat_entry(s, fd, d, &st) < 0) {
		if (errno == ENOENT) /* gone since it was listed: a background process */
			return 0;
		return jci_error_errno(err, JCI_EFAIL, _("cannot read '%s'"), s->path.buf);
	}
	why = left_out_reason(name, st.st_mode);
	if (why) {
		jci_record_left_out(s->r, s->path.buf, why);
		return 0;
	}
	entry_add(dir, name, git_mode(st.st_mode), S_ISDIR(st.st_mode) ? 0 : (uint64_t)st.st_size);
	s->objects++;
	s->bytes += S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
	return 0;
}

static int list_dir(struct store *s, int fd, struct entry *dir, struct jci_error *err)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	cleanup_dir DIR *stream = copy >= 0 ? fdopendir(copy) : NULL;
	struct dirent *d;

	if (!stream)
		return jci_error_errno(err, JCI_EFAIL, _("cannot read '%s'"), s->path.buf);
	while ((errno = 0, d = readdir(stream))) {
		size_t len;
		int code;

		if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
			continue;
		len = path_push(s, d->d_name);
		code = walk_entry(s, fd, dir, d, err);
		path_pop(s, len);
		if (code < 0)
			return code;
	}
	if (errno)
		return jci_error_errno(err, JCI_EFAIL, _("cannot read '%s'"), s->path.buf);
	return 0;
}

/* A level holds one descriptor while the levels below it are walked: there may be MAX_DEPTH. */
static int walk(struct store *s, int fd, struct entry *dir, int depth, struct jci_error *err)
{
	if (list_dir(s, fd, dir, err) < 0)
		return err->code;
	for (size_t i = 0; i < dir->n; i++) {
		struct entry *e = &dir->children[i];
		size_t len;
		int code;

		if (e->mode != MODE_DIR)
			continue;
		len = path_push(s, e->name);
		code = walk_dir(s, fd, e, depth + 1, err);
		path_pop(s, len);
		if (code < 0)
			return code;
	}
	return 0;
}

/* ---- where objects go ---- */

/*
 * A loose object that is there already is made young, as git does: a `git gc` that runs now would
 * remove an old one that nothing referred to when it began.
 */
static bool object_exists(void *ctx, const git_oid *oid)
{
	const struct store *s = ctx;
	cleanup_free char *path = NULL;
	char hex[GIT_OID_HEXSZ + 1];

	if (git_odb_exists_ext(s->odb, oid, GIT_ODB_LOOKUP_NO_REFRESH) != 1)
		return false;
	git_oid_tostr(hex, sizeof(hex), oid);
	path = xasprintf("%s/objects/%.2s/%s", s->repo->common_dir, hex, hex + 2);
	utimensat(AT_FDCWD, path, NULL, 0); /* ENOENT: in a pack, or borrowed */
	return true;
}

static int put_buffer(struct store *s, git_object_t type, const void *data, size_t len,
		      git_oid *oid, struct jci_error *err)
{
	fault_point("object");
	if (s->pack)
		return jci_pack_add_buffer(s->pack, type, data, len, oid, err);
	if (git_odb_write(oid, s->odb, data, len, type) < 0)
		return jci_error_git(err, JCI_EFAIL, _("cannot store the run"));
	return 0;
}

static int config_level(const struct jci_repo *repo, int *level, struct jci_error *err)
{
	int64_t core, pack;

	if (jci_config_int(repo, "core.compression", -1, &core, err) < 0 ||
	    jci_config_int(repo, "pack.compression", core, &pack, err) < 0)
		return err->code;
	*level = pack >= 0 && pack <= 9 ? (int)pack : DEFAULT_LEVEL;
	return 0;
}

static int open_pack(struct store *s, struct jci_error *err)
{
	cleanup_free char *objects = xasprintf("%s/objects", s->repo->common_dir);
	int level = DEFAULT_LEVEL;

	if (config_level(s->repo, &level, err) < 0)
		return err->code;
	return jci_pack_new(&s->pack, objects, level, object_exists, s, err);
}

/* JCI_EBUSY: the file got shorter meanwhile; JCI_EINVALID: it can't be read. */
static int put_fd(struct store *s, int fd, uint64_t size, git_oid *oid, struct jci_error *err)
{
	cleanup_free char *data = NULL;
	ssize_t n;

	fault_point("object");
	/* one that has grown since the walk is not for the memory */
	if (!s->pack && size >= LARGE_RUN && open_pack(s, err) < 0)
		return err->code;
	if (s->pack)
		return jci_pack_add_fd(s->pack, fd, size, oid, err);
	data = xmalloc(size + 1);
	n = read_full(fd, data, size);
	if (n < 0)
		return jci_error_errno(err, JCI_EINVALID, _("cannot read '%s'"), s->path.buf);
	if ((uint64_t)n < size)
		return jci_error_set(err, JCI_EBUSY, _("'%s' changed while it was read"),
				     s->path.buf);
	return put_buffer(s, GIT_OBJECT_BLOB, data, size, oid, err);
}

static int open_sink(struct store *s, struct jci_error *err)
{
	if (git_repository_odb(&s->odb, s->repo->git) < 0)
		return jci_error_git(err, JCI_EFAIL, _("cannot open the object database"));
	return is_large(s) ? open_pack(s, err) : 0;
}

/* ---- artifacts ---- */

static void leave_out(struct store *s, struct entry *e, const char *why)
{
	jci_record_left_out(s->r, s->path.buf, why);
	e->skip = true;
}

/* What the script left under a name of ours goes, and is told. */
static void claim(struct store *s, struct entry *dir, const char *name)
{
	struct entry *theirs = entry_find(dir, name);
	size_t len = path_push(s, name);

	if (theirs)
		leave_out(s, theirs, "replaced");
	path_pop(s, len);
}

static void claim_names(struct store *s)
{
	struct entry *dir = entry_find(&s->root, ".jci");
	size_t len;

	claim(s, &s->root, "run.output.txt");
	claim(s, &s->root, "status.txt");
	if (!dir)
		return;
	if (dir->mode != MODE_DIR) {
		claim(s, &s->root, ".jci");
		return;
	}
	dir->open = true;
	len = path_push(s, ".jci");
	claim(s, dir, "run.json");
	claim(s, dir, "log.index");
	claim(s, dir, "log.timing");
	path_pop(s, len);
}

static int put_link(struct store *s, int dirfd, struct entry *e, struct jci_error *err)
{
	char target[PATH_MAX];
	ssize_t len = readlinkat(dirfd, e->name, target, sizeof(target));

	if (len < 0) {
		leave_out(s, e, "changed");
		return 0;
	}
	e->size = (uint64_t)len;
	return put_buffer(s, GIT_OBJECT_BLOB, target, (size_t)len, &e->oid, err);
}

/* Once: 0 and JCI_EBUSY as put_fd(); e->skip where it can't be opened as a regular file. */
static int try_file(struct store *s, int dirfd, struct entry *e, struct jci_error *err)
{
	cleanup_close int fd = open_entry(dirfd, e->name, 0);
	struct stat st;

	if (fd < 0 && !is_permission(errno) && errno != ENOENT && errno != ELOOP && errno != ENXIO)
		return jci_error_errno(err, JCI_EFAIL, _("cannot read '%s'"), s->path.buf);
	if (fd < 0) {
		leave_out(s, e, is_permission(errno) ? "unreadable" : "changed");
		return 0;
	}
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		leave_out(s, e, "changed");
		return 0;
	}
	e->mode = git_mode(st.st_mode);
	e->size = (uint64_t)st.st_size;
	return put_fd(s, fd, e->size, &e->oid, err);
}

static int put_file(struct store *s, int dirfd, struct entry *e, struct jci_error *err)
{
	for (int tries = 0; tries < MAX_TRIES; tries++) {
		int code = try_file(s, dirfd, e, err);

		if (code != JCI_EBUSY && code != JCI_EINVALID)
			return code;
		jci_error_clear(err);
		if (code == JCI_EINVALID) {
			leave_out(s, e, "unreadable");
			return 0;
		}
	}
	leave_out(s, e, "changed");
	return 0;
}

static int put_tree(struct store *s, struct entry *dir, struct jci_error *err);

static int put_dir(struct store *s, int fd, struct entry *dir, struct jci_error *err)
{
	for (size_t i = 0; i < dir->n; i++) {
		struct entry *e = &dir->children[i];
		size_t len = path_push(s, e->name);
		int code = 0;

		if (e->skip) {
			path_pop(s, len);
			continue;
		}
		if (e->mode == MODE_DIR) {
			cleanup_close int sub = open_entry(fd, e->name, O_DIRECTORY);

			if (sub < 0)
				leave_out(s, e, "changed");
			else if ((code = put_dir(s, sub, e, err)) == 0 && !e->open)
				code = put_tree(s, e, err);
		} else if (e->mode == MODE_LINK) {
			code = put_link(s, fd, e, err);
		} else {
			code = put_file(s, fd, e, err);
		}
		path_pop(s, len);
		if (code < 0)
			return code;
	}
	return 0;
}

/* ---- trees ---- */

/* git's order: by bytes, a folder as if its name ended with a slash. */
static int cmp_entries(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	size_t xl = strlen(x->name), yl = strlen(y->name), min = xl < yl ? xl : yl;
	int cmp = memcmp(x->name, y->name, min);
	unsigned char xc, yc;

	if (cmp)
		return cmp;
	xc = (unsigned char)(xl > min ? x->name[min] : x->mode == MODE_DIR ? '/' : 0);
	yc = (unsigned char)(yl > min ? y->name[min] : y->mode == MODE_DIR ? '/' : 0);
	return (int)xc - (int)yc;
}

static int put_tree(struct store *s, struct entry *dir, struct jci_error *err)
{
	cleanup_strbuf struct strbuf raw = STRBUF_INIT;

	if (dir->n)
		qsort(dir->children, dir->n, sizeof(*dir->children), cmp_entries);
	for (size_t i = 0; i < dir->n; i++) {
		const struct entry *e = &dir->children[i];

		if (e->skip)
			continue;
		strbuf_addf(&raw, "%o %s", e->mode, e->name);
		strbuf_addch(&raw, '\0');
		strbuf_add(&raw, e->oid.id, GIT_OID_RAWSZ);
	}
	return put_buffer(s, GIT_OBJECT_TREE, raw.buf, raw.len, &dir->oid, err);
}

/* ---- our own files ---- */

static int put_own(struct store *s, struct entry *dir, const char *name, const char *data,
		   size_t len, struct jci_error *err)
{
	struct entry *e = entry_add(dir, name, MODE_FILE, len);

	return put_buffer(s, GIT_OBJECT_BLOB, data, len, &e->oid, err);
}

static int put_live_file(struct store *s, struct entry *dir, const char *name, const char *live,
			 git_oid *oid, struct jci_error *err)
{
	cleanup_close int fd = openat(s->live->dir, live, O_RDONLY | O_CLOEXEC);
	struct entry *e;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot read '%s/%s'"), s->live->path,
				       live);
	e = entry_add(dir, name, MODE_FILE, (uint64_t)st.st_size);
	if (put_fd(s, fd, e->size, &e->oid, err) < 0)
		return err->code;
	if (oid)
		git_oid_cpy(oid, &e->oid);
	return 0;
}

static int put_run_json(struct store *s, struct entry *dir, struct jci_error *err)
{
	cleanup_json cJSON *json = jci_record_to_json(s->r, false);
	cleanup_strbuf struct strbuf text = STRBUF_INIT;

	json_print(&text, json, true);
	return put_own(s, dir, "run.json", text.buf, text.len, err);
}

static int put_jci_dir(struct store *s, struct jci_error *err)
{
	struct entry *theirs = entry_find(&s->root, ".jci");
	struct entry *dir = theirs ? theirs : entry_add(&s->root, ".jci", MODE_DIR, 0);

	if (s->r->log_bytes >= JCI_LOG_INDEX_MIN &&
	    put_live_file(s, dir, "log.index", "log.index", NULL, err) < 0)
		return err->code;
	if (s->r->log_bytes > 0 && put_live_file(s, dir, "log.timing", "log.timing", NULL, err) < 0)
		return err->code;
	/* last, when all that was left out is known */
	if (put_run_json(s, dir, err) < 0)
		return err->code;
	return put_tree(s, dir, err);
}

struct page_files {
	struct jci_page_file *items;
	size_t n, cap;
};

static void page_files_release(struct page_files *files)
{
	for (size_t i = 0; i < files->n; i++)
		free((char *)files->items[i].path);
	free(files->items);
}

static void list_files(struct store *s, const struct entry *dir, struct page_files *files)
{
	for (size_t i = 0; i < dir->n; i++) {
		const struct entry *e = &dir->children[i];
		size_t len;

		if (e->skip)
			continue;
		len = path_push(s, e->name);
		if (e->mode == MODE_DIR) {
			list_files(s, e, files);
		} else {
			ARRAY_GROW(files->items, files->n + 1, files->cap);
			files->items[files->n++] =
				(struct jci_page_file){xstrdup(s->path.buf), e->size};
		}
		path_pop(s, len);
	}
}

static ssize_t read_log_tail(const struct store *s, char *buf, size_t size)
{
	cleanup_close int fd = openat(s->live->dir, "log", O_RDONLY | O_CLOEXEC);
	uint64_t start = s->r->log_bytes > size ? s->r->log_bytes - size : 0;

	return fd < 0 ? -1 : pread_full(fd, buf, size, (off_t)start);
}

static int put_page(struct store *s, struct jci_error *err)
{
	cleanup_strbuf struct strbuf page = STRBUF_INIT;
	cleanup_free char *subject = jci_repo_subject(s->repo, &s->r->ref.commit);
	cleanup_free char *log = xmalloc(JCI_PAGE_LOG);
	cleanup(page_files_release) struct page_files files = {0};
	ssize_t n = read_log_tail(s, log, JCI_PAGE_LOG);

	if (entry_find(&s->root, "index.html"))
		return 0;
	list_files(s, &s->root, &files);
	jci_page(&page, s->r, subject, files.items, files.n, log, n > 0 ? (size_t)n : 0);
	return put_own(s, &s->root, "index.html", page.buf, page.len, err);
}

static int put_own_files(struct store *s, struct jci_error *err)
{
	const char *status = jci_status_name(s->r->status);

	if (put_live_file(s, &s->root, "run.output.txt", "log", &s->log, err) < 0 ||
	    put_own(s, &s->root, "status.txt", status, strlen(status), err) < 0 ||
	    put_page(s, err) < 0)
		return err->code;
	return put_jci_dir(s, err);
}

/* ---- the commit ---- */

static int put_commit(struct store *s, struct jci_error *err)
{
	cleanup_git_signature git_signature *author = NULL, *committer = NULL;
	cleanup_strbuf struct strbuf message = STRBUF_INIT;
	struct jci_record *r = s->r;

	if (jci_signature_new(&author, s->repo, r->start_us, err) < 0 ||
	    jci_signature_new(&committer, s->repo, r->end_us, err) < 0)
		return err->code;
	jci_record_message(&message, r);
	if (git_commit_create_from_ids(&r->ref.target, s->repo->git, NULL, author, committer, NULL,
				       message.buf, &s->root.oid, 0, NULL) < 0)
		return jci_error_git(err, JCI_EFAIL, _("cannot store the run's commit"));
	return 0;
}

static int put_artifacts(struct store *s, struct jci_error *err)
{
	cleanup_close int fd =
		open(s->r->output_dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot read '%s'"), s->r->output_dir);
	if (jci_config_int(s->repo, "transfer.unpackLimit", DEFAULT_UNPACK_LIMIT, &s->unpack_limit,
			   err) < 0)
		return err->code;
	if (walk(s, fd, &s->root, 0, err) < 0)
		return err->code;
	claim_names(s);
	s->bytes += s->r->log_bytes;
	fault_point("walked");
	if (open_sink(s, err) < 0)
		return err->code;
	return put_dir(s, fd, &s->root, err);
}

int jci_store(const struct jci_repo *repo, const struct jci_live *live, struct jci_record *r,
	      struct jci_error *err)
{
	cleanup(store_release) struct store s = {
		.repo = repo, .live = live, .r = r, .path = STRBUF_INIT};

	if (put_artifacts(&s, err) < 0 || put_own_files(&s, err) < 0 ||
	    put_tree(&s, &s.root, err) < 0)
		return err->code;
	fault_point("tree");
	if (s.pack && jci_pack_finish(s.pack, err) < 0)
		return err->code;
	fault_point("pack");
	if (put_commit(&s, err) < 0)
		return err->code;
	fault_point("commit");
	if (jci_refs_create(repo, &r->ref, err) < 0) {
		memset(&r->ref.target, 0, sizeof(r->ref.target));
		return err->code;
	}
	fault_point("ref");
	if (r->log_bytes >= JCI_CACHE_MIN)
		jci_cache_adopt(repo, &s.log, live->dir, "log");
	return 0;
}
