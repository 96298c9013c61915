#include "core/logcache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/config.h"
#include "core/gitclean.h"
#include "util/alloc.h"
#include "util/gettext.h"
#include "util/io.h"
#include "util/process.h"

#define TMP_PREFIX "tmp-"

enum { TMP_NAME_SIZE = sizeof(TMP_PREFIX) + 16, TMP_MAX_AGE = 24 * 60 * 60 };

static const int64_t default_limit = 2LL * 1024 * 1024 * 1024;

static int blob_size(const struct jci_repo *repo, const git_oid *blob, uint64_t *size,
		     struct jci_error *err)
{
	cleanup_git_odb git_odb *odb = NULL;
	git_object_t type;
	size_t len;

	if (git_repository_odb(&odb, repo->git) < 0 ||
	    git_odb_read_header(&len, &type, odb, blob) < 0)
		return jci_error_git(err, JCI_EFAIL, _("cannot read the blob '%s'"),
				     git_oid_tostr_s(blob));
	if (type != GIT_OBJECT_BLOB)
		return jci_error_set(err, JCI_EINVALID, _("'%s' is not a blob"),
				     git_oid_tostr_s(blob));
	*size = len;
	return 0;
}

/* ---- the folder ---- */

/* What the cache may hold in all; 0: it is off. */
static uint64_t cache_limit(const struct jci_repo *repo)
{
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;
	int64_t limit;

	if (jci_config_int(repo, "jci.cacheSize", default_limit, &limit, &ignored) < 0)
		return (uint64_t)default_limit;
	return limit > 0 ? (uint64_t)limit : 0;
}

/* -1 where it is not there, and can't be made with `make`. */
static int open_cache(const struct jci_repo *repo, bool make)
{
	cleanup_free char *path = xasprintf("%s/cache", repo->jci_dir);

	if (make && mkdir_parents(path) < 0)
		return -1;
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

struct entry {
	char *name;
	uint64_t size;
	struct timespec used;
};

struct entries {
	struct entry *items;
	size_t n, cap;
	uint64_t total; /* of the items, and of what others are filling now */
};

static void entries_release(struct entries *all)
{
	for (size_t i = 0; i < all->n; i++)
		free(all->items[i].name);
	free(all->items);
}

/* A file that another process fills counts, but stays; one that nobody fills any more goes. */
static void add_entry(struct entries *all, int cache, const char *name, time_t now)
{
	struct stat st;

	if (fstatat(cache, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
		return;
	if (strncmp(name, TMP_PREFIX, strlen(TMP_PREFIX)) == 0) {
		if (st.st_mtim.tv_sec < now - TMP_MAX_AGE)
			unlinkat(cache, name, 0);
		else
			all->total += (uint64_t)st.st_size;
		return;
	}
	ARRAY_GROW(all->items, all->n + 1, all->cap);
	all->items[all->n++] = (struct entry){xstrdup(name), (uint64_t)st.st_size, st.st_mtim};
	all->total += (uint64_t)st.st_size;
}

static void read_entries(struct entries *all, int cache)
{
	int fd = openat(cache, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_dir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	time_t now = time(NULL);
	const struct dirent *e;

	if (!dir && fd >= 0)
		close(fd);
	while (dir && (e = readdir(dir)))
		add_entry(all, cache, e->d_name, now);
}

static int by_use(const void *x, const void *y)
{
	const struct timespec *a = &((const struct entry *)x)->used;
	const struct timespec *b = &((const struct entry *)y)->used;

	if (a->tv_sec != b->tv_sec)
		return a->tv_sec < b->tv_sec ? -1 : 1;
	return (a->tv_nsec > b->tv_nsec) - (a->tv_nsec < b->tv_nsec);
}

/*
 * Removes the files used longest ago until `size` more bytes fit below the limit; false where they
 * never do.
 */
static bool make_room(const struct jci_repo *repo, int cache, uint64_t size)
{
	cleanup(entries_release) struct entries all = {NULL, 0, 0, 0};
	uint64_t limit = cache_limit(repo);

	if (size > limit)
		return false;
	read_entries(&all, cache);
	if (all.n > 1)
		qsort(all.items, all.n, sizeof(*all.items), by_use);
	for (size_t i = 0; i < all.n && all.total > limit - size; i++) {
		/* another process may have been faster */
		if (unlinkat(cache, all.items[i].name, 0) < 0 && errno != ENOENT)
			continue;
		all.total -= all.items[i].size;
	}
	return all.total <= limit - size;
}

/* ---- reading and filling ---- */

/* The cached file, marked as used now; -1 where there is none. One of another size is damaged. */
static int open_cached(const struct jci_repo *repo, const git_oid *blob, uint64_t size)
{
	cleanup_close int cache = open_cache(repo, false), fd = -1;
	const char *name = git_oid_tostr_s(blob);
	struct stat st;

	if (cache < 0)
		return -1;
	fd = openat(cache, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return -1;
	if ((uint64_t)st.st_size != size) {
		unlinkat(cache, name, 0);
		return -1;
	}
	futimens(fd, NULL);
	return steal_fd(fd);
}

/*
 * The bytes that the id stands for, as libgit2 sees them: nothing that refs/replace/ put there. git
 * writes what is larger than the threshold as it unpacks it, and holds anything else in memory.
 */
static int stream_blob(const struct jci_repo *repo, const git_oid *blob, int fd,
		       bool (*stop)(void *ctx), void *ctx, struct jci_error *err)
{
	char hex[GIT_OID_HEXSZ + 1];
	const char *const argv[] = {"git",         "--git-dir",
				    repo->git_dir, "--no-replace-objects",
				    "-c",          "core.bigFileThreshold=1m",
				    "cat-file",    "blob",
				    hex,           NULL};
	const struct process cat = {.argv = argv, .out = fd, .stop = stop, .ctx = ctx};

	git_oid_tostr(hex, sizeof(hex), blob);
	return process_run(&cat, err);
}

/* A new file in the cache folder, for reading and writing; its name in `name`. -1 with errno. */
static int make_tmp(int cache, char name[TMP_NAME_SIZE])
{
	uint64_t random;
	int fd;

	do {
		if (getrandom(&random, sizeof(random), 0) != sizeof(random))
			return -1;
		snprintf(name, TMP_NAME_SIZE, TMP_PREFIX "%016llx", (unsigned long long)random);
		fd = openat(cache, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	} while (fd < 0 && errno == EEXIST);
	return fd;
}

struct jci_cache_fill {
	const struct jci_repo *repo;
	git_oid blob;
	uint64_t size;
	int fd;
	int cache;               /* folder of the file; -1: it has no name */
	char tmp[TMP_NAME_SIZE]; /* its name until it is whole; "" from then on */
};

/* A new file in the cache; false where that is off, has no room for it or can't be written. */
static bool begin_cached(struct jci_cache_fill *fill)
{
	cleanup_close int cache = -1;

	if (fill->size > cache_limit(fill->repo))
		return false;
	cache = open_cache(fill->repo, true);
	if (cache < 0 || !make_room(fill->repo, cache, fill->size))
		return false;
	fill->fd = make_tmp(cache, fill->tmp);
	if (fill->fd < 0)
		return false;
	fill->cache = steal_fd(cache);
	return true;
}

static struct jci_cache_fill *new_fill(const struct jci_repo *repo, const git_oid *blob,
				       uint64_t size)
{
	struct jci_cache_fill *fill = xcalloc(1, sizeof(*fill));

	*fill = (struct jci_cache_fill){.repo = repo, .blob = *blob, .size = size};
	fill->fd = fill->cache = -1;
	return fill;
}

static int begin_fill(const struct jci_repo *repo, const git_oid *blob, uint64_t size, bool named,
		      struct jci_cache_fill **out, struct jci_error *err)
{
	cleanup_cache_fill struct jci_cache_fill *fill = new_fill(repo, blob, size);
	int fd;

	if (!named || !begin_cached(fill))
		fill->fd = open_unnamed_file();
	if (fill->fd < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot make a temporary file"));
	fd = fcntl(fill->fd, F_DUPFD_CLOEXEC, 0);
	if (fd < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot read a temporary file"));
	*out = steal_ptr(fill);
	return fd;
}

static int copy_small(const struct jci_repo *repo, const git_oid *id, int fd, struct jci_error *err)
{
	cleanup_git_blob git_blob *blob = NULL;

	if (git_blob_lookup(&blob, repo->git, id) < 0)
		return jci_error_git(err, JCI_EFAIL, _("cannot read the blob '%s'"),
				     git_oid_tostr_s(id));
	if (write_full(fd, git_blob_rawcontent(blob), (size_t)git_blob_rawsize(blob)) < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot write the blob '%s'"),
				       git_oid_tostr_s(id));
	return 0;
}

static int open_small(const struct jci_repo *repo, const git_oid *blob, struct jci_error *err)
{
	cleanup_close int fd = memfd_create("jci-log", MFD_CLOEXEC);

	if (fd < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot make a temporary file"));
	if (copy_small(repo, blob, fd, err) < 0)
		return err->code;
	lseek(fd, 0, SEEK_SET);
	return steal_fd(fd);
}

/* ---- the module ---- */

void jci_cache_adopt(const struct jci_repo *repo, const git_oid *blob, int dirfd, const char *name)
{
	cleanup_close int cache = -1;
	uint64_t limit = cache_limit(repo);
	struct stat st;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
		return;
	if (st.st_size < JCI_CACHE_MIN || (uint64_t)st.st_size > limit)
		return;
	cache = open_cache(repo, true);
	if (cache < 0 || !make_room(repo, cache, (uint64_t)st.st_size))
		return;
	if (renameat(dirfd, name, cache, git_oid_tostr_s(blob)) == 0)
		utimensat(cache, git_oid_tostr_s(blob), NULL, AT_SYMLINK_NOFOLLOW);
}

int jci_cache_begin(const struct jci_repo *repo, const git_oid *blob, uint64_t *size,
		    struct jci_cache_fill **fill, struct jci_error *err)
{
	int fd;

	*fill = NULL;
	if (blob_size(repo, blob, size, err) < 0)
		return -1;
	if (*size < JCI_CACHE_MIN)
		fd = open_small(repo, blob, err);
	else if ((fd = open_cached(repo, blob, *size)) < 0)
		fd = begin_fill(repo, blob, *size, true, fill, err);
	return fd < 0 ? -1 : fd;
}

int jci_cache_fill(struct jci_cache_fill *fill, bool (*stop)(void *ctx), void *ctx,
		   struct jci_error *err)
{
	const char *name = git_oid_tostr_s(&fill->blob);
	struct stat st;

	if (stream_blob(fill->repo, &fill->blob, fill->fd, stop, ctx, err) < 0)
		return err->code;
	if (fstat(fill->fd, &st) < 0 || (uint64_t)st.st_size != fill->size)
		return jci_error_set(err, JCI_EFAIL, _("cannot read the blob '%s'"), name);
	/* where that fails the file is as good, but for this once */
	if (fill->cache >= 0 && renameat(fill->cache, fill->tmp, fill->cache, name) == 0)
		fill->tmp[0] = '\0';
	return 0;
}

void jci_cache_fill_free(struct jci_cache_fill *fill)
{
	if (!fill)
		return;
	if (fill->cache >= 0 && fill->tmp[0])
		unlinkat(fill->cache, fill->tmp, 0);
	cleanup_closep(&fill->cache);
	cleanup_closep(&fill->fd);
	free(fill);
}

/* Where the cache's disk is full there may be another for temporary files. */
static int open_unnamed(const struct jci_repo *repo, const git_oid *blob, uint64_t size,
			struct jci_error *err)
{
	cleanup_cache_fill struct jci_cache_fill *fill = NULL;
	cleanup_close int fd = begin_fill(repo, blob, size, false, &fill, err);

	if (fd < 0 || jci_cache_fill(fill, NULL, NULL, err) < 0)
		return -1;
	lseek(fd, 0, SEEK_SET);
	return steal_fd(fd);
}

int jci_cache_open(const struct jci_repo *repo, const git_oid *blob, struct jci_error *err)
{
	cleanup_error struct jci_error failed = JCI_ERROR_INIT;
	cleanup_cache_fill struct jci_cache_fill *fill = NULL;
	cleanup_close int fd = -1;
	uint64_t size;

	fd = jci_cache_begin(repo, blob, &size, &fill, err);
	if (fd < 0)
		return -1;
	if (fill && jci_cache_fill(fill, NULL, NULL, &failed) < 0)
		return open_unnamed(repo, blob, size, err);
	lseek(fd, 0, SEEK_SET);
	return steal_fd(fd);
}

int jci_cache_copy(const struct jci_repo *repo, const git_oid *blob, int fd, struct jci_error *err)
{
	cleanup_close int cached = -1;
	uint64_t size;

	if (blob_size(repo, blob, &size, err) < 0)
		return err->code;
	if (size < JCI_CACHE_MIN)
		return copy_small(repo, blob, fd, err);
	cached = open_cached(repo, blob, size);
	if (cached < 0)
		return stream_blob(repo, blob, fd, NULL, NULL, err);
	if (copy_fd(cached, fd) < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot write the blob '%s'"),
				       git_oid_tostr_s(blob));
	return 0;
}
