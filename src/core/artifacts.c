#include "core/artifacts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/chunks.h"
#include "core/gitclean.h"
#include "core/gitname.h"
#include "core/logcache.h"
#include "util/alloc.h"
#include "util/gettext.h"
#include "util/io.h"

#define LOG_NAME "run.output.txt"

enum {
	MAX_DEPTH = 512,
	/* A few small trees that hold each other many times are endless for a walk. */
	MAX_ENTRIES = 16 * 1024 * 1024,
	/* Blobs up to this size are taken into memory whole. */
	MAX_IN_MEMORY = 16 * 1024 * 1024,
};

/* ---- reading ---- */

static bool name_is_safe(const char *name, size_t len)
{
	if (len == 0 || memchr(name, '/', len))
		return false;
	return !(len <= 2 && name[0] == '.' && name[len - 1] == '.');
}

static int read_tree(git_tree **tree, const struct jci_repo *repo, const git_oid *oid,
		     const char *path, struct jci_error *err)
{
	if (git_tree_lookup(tree, repo->git, oid) == 0)
		return 0;
	/* this class: read, but of no form that a tree may have */
	return jci_error_git(err,
			     git_error_last() && git_error_last()->klass == GIT_ERROR_TREE
				     ? JCI_EINVALID
				     : JCI_EFAIL,
			     _("cannot read the folder '%s'"), path);
}

static int read_root(git_tree **tree, const struct jci_repo *repo, const struct jci_record *r,
		     struct jci_error *err)
{
	git_oid oid;

	if (jci_repo_tree(repo, &r->ref.target, &oid, err) < 0)
		return err->code;
	return read_tree(tree, repo, &oid, ".", err);
}

static int fill_artifact(git_odb *odb, struct jci_artifact *a, const char *path,
			 const git_tree_entry *entry, struct jci_error *err)
{
	git_object_t type;
	size_t size;

	*a = (struct jci_artifact){.path = path, .mode = git_tree_entry_filemode(entry)};
	git_oid_cpy(&a->oid, git_tree_entry_id(entry));
	if (a->mode == GIT_FILEMODE_TREE || !odb)
		return 0;
	if (git_odb_read_header(&size, &type, odb, &a->oid) < 0)
		return jci_error_git(err, JCI_EFAIL, _("cannot read the file '%s'"), path);
	if (type != GIT_OBJECT_BLOB)
		return jci_error_set(err, JCI_EINVALID, _("the file '%s' is not a blob"), path);
	a->size = size;
	return 0;
}

/* JCI_ENOTFOUND, without a message for the user: the log of this run is no folder of chunks. */
static int find_chunks(const struct jci_repo *repo, const git_tree *root, struct jci_artifact *a,
		       struct jci_error *err)
{
	cleanup_git_tree_entry git_tree_entry *entry = NULL;

	if (git_tree_entry_byname(root, LOG_NAME) ||
	    git_tree_entry_bypath(&entry, root, JCI_CHUNKS_PATH) < 0 ||
	    git_tree_entry_type(entry) != GIT_OBJECT_TREE)
		return jci_error_set(err, JCI_ENOTFOUND, "no chunks");
	*a = (struct jci_artifact){.path = LOG_NAME, .mode = GIT_FILEMODE_BLOB, .chunks = true};
	git_oid_cpy(&a->oid, git_tree_entry_id(entry));
	return jci_chunks_size(repo, &a->oid, &a->size, err);
}

struct walk {
	const struct jci_repo *repo;
	git_odb *odb; /* NULL: sizes are not wanted */
	jci_artifact_each *each;
	void *ctx;
	struct jci_error *err;
	struct strbuf path; /* of what is looked at */
	size_t n_entries;
	const struct jci_artifact *log; /* that is in chunks; NULL: it is a file like any other */
};

static int walk_tree(struct walk *w, git_tree *tree, int depth);

static int walk_folder(struct walk *w, const git_tree_entry *entry, int depth)
{
	cleanup_git_tree git_tree *tree = NULL;
	struct jci_artifact a;

	if (depth > MAX_DEPTH)
		return jci_error_set(w->err, JCI_EINVALID, _("folders are nested too deep"));
	if (read_tree(&tree, w->repo, git_tree_entry_id(entry), w->path.buf, w->err) < 0)
		return w->err->code;
	if (git_tree_entrycount(tree) > 0)
		return walk_tree(w, tree, depth + 1);
	if (fill_artifact(w->odb, &a, w->path.buf, entry, w->err) < 0)
		return w->err->code;
	return w->each(w->ctx, &a);
}

/* The path of `entry` is in w->path. */
static int walk_entry(struct walk *w, const git_tree_entry *entry, int depth)
{
	struct jci_artifact a;

	if (++w->n_entries > MAX_ENTRIES)
		return jci_error_set(w->err, JCI_EINVALID, _("the run has too many files"));
	switch (git_tree_entry_type(entry)) {
	case GIT_OBJECT_TREE:
		if (w->log && strcmp(w->path.buf, JCI_CHUNKS_PATH) == 0)
			return 0;
		return walk_folder(w, entry, depth);
	case GIT_OBJECT_BLOB:
		if (fill_artifact(w->odb, &a, w->path.buf, entry, w->err) < 0)
			return w->err->code;
		return w->each(w->ctx, &a);
	default: /* a submodule: what it names is not here */
		return 0;
	}
}

static int walk_tree(struct walk *w, git_tree *tree, int depth)
{
	size_t n = git_tree_entrycount(tree), parent_len = w->path.len;

	for (size_t i = 0; i < n; i++) {
		const git_tree_entry *entry = git_tree_entry_byindex(tree, i);
		const char *name = git_tree_entry_name(entry);
		int ret;

		if (parent_len > 0)
			strbuf_addch(&w->path, '/');
		strbuf_addstr(&w->path, name);
		if (!name_is_safe(name, strlen(name)))
			return jci_error_set(w->err, JCI_EINVALID,
					     _("the run has a file with the forbidden name '%s'"),
					     w->path.buf);
		ret = walk_entry(w, entry, depth);
		if (ret)
			return ret;
		strbuf_setlen(&w->path, parent_len);
	}
	return 0;
}

/* odb NULL: sizes are not wanted. */
static int walk_run(const struct jci_repo *repo, git_odb *odb, const struct jci_record *r,
		    jci_artifact_each *each, void *ctx, struct jci_error *err)
{
	cleanup_git_tree git_tree *root = NULL;
	struct walk w = {repo, odb, each, ctx, err, STRBUF_INIT, 0, NULL};
	struct jci_artifact log;
	int ret;

	if (read_root(&root, repo, r, err) < 0)
		return err->code;
	if (find_chunks(repo, root, &log, err) == 0)
		w.log = &log;
	else if (err->code != JCI_ENOTFOUND)
		return err->code;
	jci_error_clear(err);
	ret = walk_tree(&w, root, 1);
	strbuf_release(&w.path);
	return ret == 0 && w.log ? each(ctx, w.log) : ret;
}

int jci_artifacts_walk(const struct jci_repo *repo, const struct jci_record *r,
		       jci_artifact_each *each, void *ctx, struct jci_error *err)
{
	cleanup_git_odb git_odb *odb = NULL;

	if (git_repository_odb(&odb, repo->git) < 0)
		return jci_error_git(err, JCI_EFAIL, _("cannot read the objects"));
	return walk_run(repo, odb, r, each, ctx, err);
}

int jci_artifacts_list(const struct jci_repo *repo, const struct jci_record *r,
		       jci_artifact_each *each, void *ctx, struct jci_error *err)
{
	return walk_run(repo, NULL, r, each, ctx, err);
}

static int no_file(const char *path, struct jci_error *err)
{
	return jci_error_set(err, JCI_ENOTFOUND, _("the run has no file '%s'"), path);
}

/* Replaces *tree by its sub folder of that name. */
static int enter(git_tree **tree, const struct jci_repo *repo, const char *name, const char *path,
		 struct jci_error *err)
{
	const git_tree_entry *entry = git_tree_entry_byname(*tree, name);
	git_tree *next;

	if (!entry || git_tree_entry_type(entry) != GIT_OBJECT_TREE)
		return no_file(path, err);
	if (read_tree(&next, repo, git_tree_entry_id(entry), path, err) < 0)
		return err->code;
	git_tree_free(*tree);
	*tree = next;
	return 0;
}

int jci_artifact_find(const struct jci_repo *repo, const struct jci_record *r, const char *path,
		      struct jci_artifact *a, struct jci_error *err)
{
	cleanup_git_tree git_tree *tree = NULL;
	cleanup_git_odb git_odb *odb = NULL;
	const git_tree_entry *entry;
	const char *name = path;
	size_t len;
	int depth = 1;

	if (read_root(&tree, repo, r, err) < 0)
		return err->code;
	if (strcmp(path, LOG_NAME) == 0) {
		if (find_chunks(repo, tree, a, err) != JCI_ENOTFOUND)
			return err->code;
		jci_error_clear(err);
	}
	for (; len = strcspn(name, "/"), name[len] == '/'; name += len + 1) {
		cleanup_free char *folder = xstrndup(name, len);

		if (!name_is_safe(name, len) || depth++ > MAX_DEPTH)
			return no_file(path, err);
		if (enter(&tree, repo, folder, path, err) < 0)
			return err->code;
	}
	entry = name_is_safe(name, len) ? git_tree_entry_byname(tree, name) : NULL;
	if (!entry || git_tree_entry_type(entry) == GIT_OBJECT_COMMIT)
		return no_file(path, err);
	if (git_tree_entry_type(entry) == GIT_OBJECT_TREE)
		return jci_error_set(err, JCI_EINVALID, _("'%s' is a folder"), path);
	if (git_repository_odb(&odb, repo->git) < 0)
		return jci_error_git(err, JCI_EFAIL, _("cannot read the objects"));
	return fill_artifact(odb, a, path, entry, err);
}

static int read_blob(git_blob **blob, const struct jci_repo *repo, const struct jci_artifact *a,
		     struct jci_error *err)
{
	if (git_blob_lookup(blob, repo->git, &a->oid) < 0)
		return jci_error_git(err, JCI_EFAIL, _("cannot read the file '%s'"), a->path);
	return 0;
}

int jci_artifact_write(const struct jci_repo *repo, const struct jci_artifact *a, int fd,
		       struct jci_error *err)
{
	cleanup_git_blob git_blob *blob = NULL;

	if (a->mode == GIT_FILEMODE_TREE)
		return jci_error_set(err, JCI_EINVALID, _("'%s' is a folder"), a->path);
	if (a->chunks)
		return jci_chunks_copy(repo, &a->oid, 0, fd, err);
	if (a->size > MAX_IN_MEMORY) {
		if (jci_cache_copy(repo, &a->oid, fd, err) < 0)
			return jci_error_prefix(err, _("cannot write the file '%s'"), a->path);
		return 0;
	}
	if (read_blob(&blob, repo, a, err) < 0)
		return err->code;
	if (write_full(fd, git_blob_rawcontent(blob), (size_t)git_blob_rawsize(blob)) < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot write the file '%s'"), a->path);
	return 0;
}

static int open_chunks(const struct jci_repo *repo, const struct jci_artifact *a,
		       struct jci_error *err)
{
	cleanup_close int fd = open_unnamed_file();

	if (fd < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot make a temporary file"));
	if (jci_chunks_copy(repo, &a->oid, 0, fd, err) < 0)
		return err->code;
	lseek(fd, 0, SEEK_SET);
	return steal_fd(fd);
}

int jci_artifact_open(const struct jci_repo *repo, const struct jci_artifact *a,
		      struct jci_error *err)
{
	return a->chunks ? open_chunks(repo, a, err) : jci_cache_open(repo, &a->oid, err);
}

int jci_artifact_grow(const struct jci_repo *repo, const struct jci_artifact *a, int fd,
		      struct jci_error *err)
{
	off_t end = lseek(fd, 0, SEEK_END);

	if (end < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot write a temporary file"));
	return jci_chunks_copy(repo, &a->oid, (uint64_t)end, fd, err);
}

/* ---- extracting ---- */

struct link {
	char *path;
	git_oid oid;
	uint64_t size;
};

struct extract {
	const struct jci_repo *repo;
	struct jci_error *err;
	int root;
	int parent; /* the folder parent_path below root, where the last file went; -1: none */
	struct strbuf parent_path;
	struct link *links; /* to be made at the end */
	size_t n_links, cap_links;
};

static void extract_release(struct extract *x)
{
	for (size_t i = 0; i < x->n_links; i++)
		free(x->links[i].path);
	free(x->links);
	strbuf_release(&x->parent_path);
	if (x->parent >= 0)
		close(x->parent);
	if (x->root >= 0)
		close(x->root);
}

static int extract_failed(struct extract *x, const char *path)
{
	return jci_error_errno(x->err, JCI_EFAIL, _("cannot write the file '%s'"), path);
}

/* Makes the folder if need be; an open descriptor, or -1 with errno. */
static int open_folder(int dirfd, const char *name)
{
	if (mkdirat(dirfd, name, 0777) < 0 && errno != EEXIST)
		return -1;
	return openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* The descriptor for the folder path[0..len) below the root, borrowed. */
static int enter_parent(struct extract *x, const char *path, size_t len)
{
	cleanup_close int dir = -1;
	cleanup_free char *names = xstrndup(path, len);
	char *rest = names, *name;

	if (len == 0)
		return x->root;
	if (x->parent >= 0 && x->parent_path.len == len &&
	    memcmp(x->parent_path.buf, path, len) == 0)
		return x->parent;
	while ((name = strsep(&rest, "/"))) {
		int next = open_folder(dir < 0 ? x->root : dir, name);

		if (next < 0)
			return -1;
		if (dir >= 0)
			close(dir);
		dir = next;
	}
	if (x->parent >= 0)
		close(x->parent);
	x->parent = steal_fd(dir);
	strbuf_reset(&x->parent_path);
	strbuf_add(&x->parent_path, path, len);
	return x->parent;
}

/* Splits the path: the folder's descriptor, borrowed, and the last name in it. */
static int enter_parent_of(struct extract *x, const char *path, const char **name)
{
	const char *slash = strrchr(path, '/');

	*name = slash ? slash + 1 : path;
	return enter_parent(x, path, slash ? (size_t)(slash - path) : 0);
}

/* Git keeps its own things under such a name, and a program that finds one believes it. */
static bool has_git_name(const char *path)
{
	cleanup_free char *names = xstrdup(path);
	char *rest = names, *name;

	while ((name = strsep(&rest, "/")))
		if (jci_name_is_dotgit(name))
			return true;
	return false;
}

static int extract_file(struct extract *x, const struct jci_artifact *a)
{
	cleanup_close int fd = -1;
	const char *name;
	int parent = enter_parent_of(x, a->path, &name);

	if (parent < 0)
		return extract_failed(x, a->path);
	fd = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		    a->mode == GIT_FILEMODE_BLOB_EXECUTABLE ? 0755 : 0644);
	if (fd < 0)
		return extract_failed(x, a->path);
	if (jci_artifact_write(x->repo, a, fd, x->err) < 0)
		return x->err->code;
	if (close(steal_fd(fd)) < 0)
		return extract_failed(x, a->path);
	return 0;
}

static int extract_each(void *ctx, const struct jci_artifact *a)
{
	struct extract *x = ctx;

	if (has_git_name(a->path))
		return jci_error_set(x->err, JCI_EINVALID,
				     _("the file '%s' has a name that git reserves for itself"),
				     a->path);
	switch (a->mode) {
	case GIT_FILEMODE_TREE:
		return enter_parent(x, a->path, strlen(a->path)) < 0 ? extract_failed(x, a->path)
								     : 0;
	case GIT_FILEMODE_LINK:
		ARRAY_GROW(x->links, x->n_links + 1, x->cap_links);
		x->links[x->n_links++] = (struct link){xstrdup(a->path), a->oid, a->size};
		return 0;
	default:
		return extract_file(x, a);
	}
}

static int extract_link(struct extract *x, const struct link *l)
{
	const struct jci_artifact a = {
		.path = l->path, .mode = GIT_FILEMODE_LINK, .oid = l->oid, .size = l->size};
	cleanup_git_blob git_blob *blob = NULL;
	cleanup_free char *target = NULL;
	const char *name;
	int parent;

	if (l->size >= PATH_MAX)
		return jci_error_set(x->err, JCI_EINVALID, _("the link '%s' is too long"), l->path);
	if (read_blob(&blob, x->repo, &a, x->err) < 0)
		return x->err->code;
	target = xstrndup(git_blob_rawcontent(blob), (size_t)git_blob_rawsize(blob));
	parent = enter_parent_of(x, l->path, &name);
	if (parent < 0 || symlinkat(target, parent, name) < 0)
		return extract_failed(x, l->path);
	return 0;
}

static int extract(struct extract *x, const struct jci_record *r)
{
	int ret = jci_artifacts_walk(x->repo, r, extract_each, x, x->err);

	for (size_t i = 0; ret == 0 && i < x->n_links; i++)
		ret = extract_link(x, &x->links[i]);
	return ret;
}

/* A stream over the folder from its beginning, NULL with errno; dirfd stays open. */
static DIR *list_folder(int dirfd)
{
	int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir && fd >= 0)
		close(fd);
	return dir;
}

static bool is_dot(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static int folder_is_empty(int dirfd)
{
	cleanup_dir DIR *dir = list_folder(dirfd);
	const struct dirent *e;

	if (!dir)
		return -1;
	errno = 0;
	while ((e = readdir(dir)))
		if (!is_dot(e->d_name))
			return 0;
	return errno ? -1 : 1;
}

/* Takes back what an extraction that failed has left; best effort. */
static void empty_folder(int dirfd)
{
	cleanup_dir DIR *dir = list_folder(dirfd);
	const struct dirent *e;

	while (dir && (e = readdir(dir)))
		if (!is_dot(e->d_name))
			remove_tree_at(dirfd, e->d_name);
}

/* Opens the folder, an empty one; *made tells whether it wasn't there. */
static int open_target(const char *path, bool *made, struct jci_error *err)
{
	cleanup_close int fd = -1;
	int empty;

	*made = access(path, F_OK) < 0;
	if (mkdir_parents(path) < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot make the folder '%s'"), path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	empty = fd < 0 ? -1 : folder_is_empty(fd);
	if (empty < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot open the folder '%s'"), path);
	if (!empty)
		return jci_error_set(err, JCI_EEXISTS, _("the folder '%s' is not empty"), path);
	return steal_fd(fd);
}

int jci_artifacts_get(const struct jci_repo *repo, const struct jci_record *r, const char *dir,
		      struct jci_error *err)
{
	cleanup(extract_release) struct extract x = {
		.repo = repo, .err = err, .root = -1, .parent = -1, .parent_path = STRBUF_INIT};
	bool made;

	x.root = open_target(dir, &made, err);
	if (x.root < 0)
		return err->code;
	if (extract(&x, r) == 0)
		return 0;
	empty_folder(x.root);
	if (made)
		rmdir(dir);
	return err->code;
}
