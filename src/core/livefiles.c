#include "core/livefiles.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/gitname.h"
#include "util/alloc.h"

/* MAX_ENTRIES: of one folder. */
enum { MAX_DEPTH = 512, MAX_ENTRIES = 1024 * 1024 };
enum { FOLDER = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };

/* ---- opening ---- */

static int open_root(const struct jci_record *r)
{
	if (r->output_dir)
		return open(r->output_dir, FOLDER);
	errno = ENOENT;
	return -1;
}

/* A folder or a link that stands where a file is asked for fails without being touched. */
static int open_file(int dir, const char *name)
{
	cleanup_close int fd =
		openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -1;
	if (S_ISREG(st.st_mode))
		return steal_fd(fd);
	errno = EINVAL;
	return -1;
}

/* Opens the folder of that name; a link to one is ELOOP, which Linux tells as ENOTDIR. */
static int open_folder(int dir, const char *name)
{
	int fd = openat(dir, name, FOLDER);
	struct stat st;

	if (fd < 0 && errno == ENOTDIR)
		errno = fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode)
				? ELOOP
				: ENOTDIR;
	return fd;
}

static bool name_is_safe(const char *name)
{
	return *name && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

int jci_livefiles_open(const struct jci_record *r, const char *path)
{
	cleanup_free char *copy = xstrdup(path);
	cleanup_close int dir = open_root(r);
	char *name = copy, *slash;

	for (; dir >= 0 && (slash = strchr(name, '/')); name = slash + 1) {
		int next = -1;

		*slash = '\0';
		errno = EINVAL;
		if (name_is_safe(name))
			next = open_folder(dir, name);
		cleanup_closep(&dir);
		dir = next;
	}
	if (dir < 0)
		return -1;
	errno = EINVAL;
	return name_is_safe(name) ? open_file(dir, name) : -1;
}

/* ---- walking ---- */

struct entry {
	char *name; /* of a folder with '/' at its end, by which git sorts it */
	unsigned mode;
	uint64_t size;
};

struct entries {
	struct entry *items;
	size_t n, cap;
};

static void entries_release(struct entries *entries)
{
	for (size_t i = 0; i < entries->n; i++)
		free(entries->items[i].name);
	free(entries->items);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

/* git's mode; 0 for what is not stored. */
static unsigned mode_of(const struct stat *st, const char *name)
{
	if (jci_name_is_dotgit(name) ||
	    (!S_ISREG(st->st_mode) && jci_name_needs_file(name, S_ISDIR(st->st_mode))))
		return 0;
	if (S_ISREG(st->st_mode))
		return st->st_mode & S_IXUSR ? GIT_FILEMODE_BLOB_EXECUTABLE : GIT_FILEMODE_BLOB;
	if (S_ISLNK(st->st_mode))
		return GIT_FILEMODE_LINK;
	return S_ISDIR(st->st_mode) ? GIT_FILEMODE_TREE : 0;
}

static void add_entry(struct entries *entries, int dir, const char *name)
{
	struct stat st;
	unsigned mode;

	if (!name_is_safe(name) || fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	mode = mode_of(&st, name);
	if (!mode)
		return;
	ARRAY_GROW(entries->items, entries->n + 1, entries->cap);
	entries->items[entries->n++] = (struct entry){
		.name = xasprintf("%s%s", name, mode == GIT_FILEMODE_TREE ? "/" : ""),
		.mode = mode,
		.size = mode == GIT_FILEMODE_TREE ? 0 : (uint64_t)st.st_size};
}

static void read_folder(struct entries *entries, int dir)
{
	int fd = openat(dir, ".", FOLDER);
	cleanup_dir DIR *stream = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *e;

	if (!stream) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while (entries->n < MAX_ENTRIES && (e = readdir(stream)))
		add_entry(entries, dir, e->d_name);
	if (entries->n)
		qsort(entries->items, entries->n, sizeof(*entries->items), by_name);
}

struct walk {
	jci_artifact_each *each;
	void *ctx;
	struct strbuf path;
};

static int walk_folder(struct walk *w, int dir, int depth);

/* The path of the entry, with '/' at the end of a folder's, is in w->path. */
static int walk_entry(struct walk *w, int dir, const struct entry *e, int depth)
{
	struct jci_artifact a = {.path = w->path.buf, .mode = e->mode, .size = e->size};
	cleanup_close int sub = -1;
	size_t name_len;

	if (e->mode != GIT_FILEMODE_TREE)
		return w->each(w->ctx, &a);
	name_len = strlen(e->name) - 1;
	e->name[name_len] = '\0';
	sub = depth < MAX_DEPTH ? openat(dir, e->name, FOLDER) : -1;
	return sub < 0 ? 0 : walk_folder(w, sub, depth + 1);
}

/* An empty folder is not stored: git would have none. */
static int walk_folder(struct walk *w, int dir, int depth)
{
	cleanup(entries_release) struct entries entries = {NULL, 0, 0};
	size_t len = w->path.len;
	int ret = 0;

	read_folder(&entries, dir);
	for (size_t i = 0; !ret && i < entries.n; i++) {
		strbuf_addstr(&w->path, entries.items[i].name);
		ret = walk_entry(w, dir, &entries.items[i], depth);
		strbuf_setlen(&w->path, len);
	}
	return ret;
}

int jci_livefiles_walk(const struct jci_record *r, jci_artifact_each *each, void *ctx)
{
	cleanup_close int root = open_root(r);
	struct walk w = {each, ctx, STRBUF_INIT};
	int ret;

	if (root < 0)
		return 0;
	ret = walk_folder(&w, root, 1);
	strbuf_release(&w.path);
	return ret;
}
