#include "util/io.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/alloc.h"

enum { COPY_BUFFER = 256 * 1024, COPY_AT_ONCE = 1 << 30 };

/* Whether a call that failed is to be made again; waits where the descriptor doesn't block. */
static bool try_again(int fd, short events)
{
	struct pollfd pfd = {.fd = fd, .events = events};

	if (errno == EINTR)
		return true;
	if (errno != EAGAIN)
		return false;
	return poll(&pfd, 1, -1) >= 0 || errno == EINTR;
}

ssize_t read_full(int fd, void *buf, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = read(fd, (char *)buf + done, len - done);

		if (n < 0 && !try_again(fd, POLLIN))
			return -1;
		if (n == 0)
			break;
		if (n > 0)
			done += (size_t)n;
	}
	return (ssize_t)done;
}

ssize_t pread_full(int fd, void *buf, size_t len, off_t offset)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = pread(fd, (char *)buf + done, len - done, offset + (off_t)done);

		if (n < 0 && !try_again(fd, POLLIN))
			return -1;
		if (n == 0)
			break;
		if (n > 0)
			done += (size_t)n;
	}
	return (ssize_t)done;
}

int write_full(int fd, const void *buf, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = write(fd, (const char *)buf + done, len - done);

		if (n < 0 && !try_again(fd, POLLOUT))
			return -1;
		if (n > 0)
			done += (size_t)n;
	}
	return 0;
}

/* The first read asks for one byte more than the size known, so that it meets the end too. */
static int read_rest(int fd, struct strbuf *sb, size_t expected, size_t limit)
{
	size_t start = sb->len, step = expected + 1;

	for (;;) {
		ssize_t n;

		if (limit && step > limit - (sb->len - start) + 1)
			step = limit - (sb->len - start) + 1;
		strbuf_grow(sb, step);
		n = read_full(fd, sb->buf + sb->len, step);
		if (n < 0)
			return -1;
		strbuf_setlen(sb, sb->len + (size_t)n);
		if (limit && sb->len - start > limit) {
			errno = EFBIG;
			return -1;
		}
		if ((size_t)n < step)
			return 0;
		step = COPY_BUFFER;
	}
}

int read_to_end(int fd, struct strbuf *sb, size_t limit)
{
	size_t start = sb->len;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -1;
	if (limit && st.st_size > 0 && (uintmax_t)st.st_size > limit) {
		errno = EFBIG;
		return -1;
	}
	if (read_rest(fd, sb, S_ISREG(st.st_mode) ? (size_t)st.st_size : 0, limit) < 0) {
		strbuf_setlen(sb, start);
		return -1;
	}
	return 0;
}

int read_file_at(int dirfd, const char *name, struct strbuf *sb, size_t limit)
{
	cleanup_close int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -1 : read_to_end(fd, sb, limit);
}

/* Closes too, because some file systems tell only then that there is no room. */
static int write_and_close(int fd, const void *data, size_t len)
{
	if (fd < 0)
		return -1;
	if (write_full(fd, data, len) < 0) {
		cleanup_closep(&fd);
		return -1;
	}
	return close(fd);
}

int write_file_at(int dirfd, const char *name, const void *data, size_t len)
{
	cleanup_free char *tmp = xasprintf("%s.tmp", name);
	int fd = openat(dirfd, tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
	int saved;

	if (fd < 0)
		return -1;
	if (!write_and_close(fd, data, len) && !renameat(dirfd, tmp, dirfd, name))
		return 0;
	saved = errno;
	unlinkat(dirfd, tmp, 0);
	errno = saved;
	return -1;
}

static ssize_t copy_range(int in, int out)
{
	return copy_file_range(in, NULL, out, NULL, COPY_AT_ONCE, 0);
}

static ssize_t copy_sendfile(int in, int out)
{
	return sendfile(out, in, NULL, COPY_AT_ONCE);
}

/*
 * Copies as far as `copy` gets. Returns -1 for the errors that another way of copying would meet
 * too; that this kind of file can't be copied so is none.
 */
static int copy_in_kernel(int in, int out, ssize_t (*copy)(int in, int out))
{
	ssize_t n;

	do {
		n = copy(in, out);
	} while (n > 0 || (n < 0 && errno == EINTR));
	if (n == 0)
		return 0;
	switch (errno) {
	case EIO:
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
	case EPIPE:
		return -1;
	default:
		return 0;
	}
}

/* The read at the end is needed: for files of /proc the kernel's ways of copying see nothing. */
int copy_fd(int in, int out)
{
	cleanup_free char *buf = NULL;
	ssize_t n;

	if (copy_in_kernel(in, out, copy_range) < 0 || copy_in_kernel(in, out, copy_sendfile) < 0)
		return -1;
	buf = xmalloc(COPY_BUFFER);
	for (;;) {
		n = read(in, buf, COPY_BUFFER);
		if (n == 0)
			return 0;
		if (n < 0 && !try_again(in, POLLIN))
			return -1;
		if (n > 0 && write_full(out, buf, (size_t)n) < 0)
			return -1;
	}
}

static int make_folder(const char *path)
{
	struct stat st;
	int saved;

	if (!mkdir(path, 0777))
		return 0;
	saved = errno;
	if (!stat(path, &st)) {
		if (S_ISDIR(st.st_mode))
			return 0;
		saved = ENOTDIR;
	}
	errno = saved;
	return -1;
}

int lock_file(int fd, int command)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int code;

	do
		code = fcntl(fd, command, &lock);
	while (code < 0 && errno == EINTR);
	return code;
}

int mkdir_parents(const char *path)
{
	cleanup_free char *copy = xstrdup(path);

	if (!make_folder(path))
		return 0;
	if (errno != ENOENT)
		return -1;
	for (char *p = copy + strspn(copy, "/"); (p = strchr(p, '/')); p += strspn(p, "/")) {
		*p = '\0';
		if (make_folder(copy) < 0)
			return -1;
		*p = '/';
	}
	return make_folder(path);
}

/*
 * Removing a tree goes down without recursion: `levels` are the folders from the one given down
 * to the one in work. Each is read once; what isn't a folder goes at once, the names of folders
 * are kept. Only the last OPEN_LEVELS hold a descriptor, the others are opened again through
 * ".." and compared with the folder they were. Level 0 is the caller's folder.
 */
enum { OPEN_LEVELS = 16, MAX_PASSES = 8, ENTRIES_BUFFER = 64 * 1024 };

struct tree_level {
	int fd; /* -1: closed for now */
	dev_t dev;
	ino_t ino;
	struct strbuf dirs; /* names, each with its NUL */
	size_t next;        /* offset in dirs of the one to do next */
	unsigned passes;
	bool removed; /* this pass */
	bool failed;  /* something in it stays for sure */
};

struct tree {
	struct tree_level *levels;
	size_t n, cap;
	char *entries;
	int error; /* first errno */
};

static void tree_cleanup(struct tree *t)
{
	for (size_t i = 0; i < t->n; i++) {
		if (i > 0)
			cleanup_closep(&t->levels[i].fd);
		strbuf_release(&t->levels[i].dirs);
	}
	free(t->levels);
	free(t->entries);
}

static void tree_failed(struct tree *t, struct tree_level *level)
{
	level->failed = true;
	if (!t->error)
		t->error = errno;
}

static void remove_entry(struct tree *t, struct tree_level *level, const struct dirent64 *entry)
{
	const char *name = entry->d_name;

	if (!strcmp(name, ".") || !strcmp(name, ".."))
		return;
	if (entry->d_type != DT_DIR) {
		if (!unlinkat(level->fd, name, 0)) {
			level->removed = true;
			return;
		}
		if (errno == ENOENT)
			return;
		if (errno != EISDIR) {
			tree_failed(t, level);
			return;
		}
	}
	strbuf_add(&level->dirs, name, strlen(name) + 1);
}

static void scan_level(struct tree *t, struct tree_level *level)
{
	ssize_t n;

	level->passes++;
	level->removed = false;
	level->next = 0;
	strbuf_reset(&level->dirs);
	while ((n = getdents64(level->fd, t->entries, ENTRIES_BUFFER)) > 0) {
		for (ssize_t at = 0; at < n;) {
			const struct dirent64 *entry = (const void *)(t->entries + at);

			remove_entry(t, level, entry);
			at += entry->d_reclen;
		}
	}
	if (n < 0 && errno != ENOENT)
		tree_failed(t, level);
}

/* A folder that can't be read, searched or written by its owner is made so. */
static int open_folder(int dirfd, const char *name, struct stat *st)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	cleanup_close int fd = openat(dirfd, name, flags);

	if (fd < 0 && errno == EACCES && !fchmodat(dirfd, name, 0700, AT_SYMLINK_NOFOLLOW))
		fd = openat(dirfd, name, flags);
	if (fd < 0 || fstat(fd, st) < 0)
		return -1;
	if ((st->st_mode & 0700) != 0700)
		(void)fchmod(fd, (st->st_mode & 07777) | 0700);
	return steal_fd(fd);
}

static void push_level(struct tree *t, int fd, const struct stat *st)
{
	const struct tree_level level = {fd, st->st_dev, st->st_ino, STRBUF_INIT,
					 0,  0,          false,      false};

	if (t->n > OPEN_LEVELS) {
		struct tree_level *far = &t->levels[t->n - OPEN_LEVELS];

		cleanup_closep(&far->fd);
		far->fd = -1;
	}
	ARRAY_GROW(t->levels, t->n + 1, t->cap);
	t->levels[t->n++] = level;
}

/* Goes into the next folder of the last level; what can't be opened may still be empty. */
static void enter_folder(struct tree *t)
{
	struct tree_level *parent = &t->levels[t->n - 1];
	const char *name = parent->dirs.buf + parent->next;
	struct stat st;
	int fd = open_folder(parent->fd, name, &st);

	if (fd >= 0) {
		push_level(t, fd, &st);
		scan_level(t, &t->levels[t->n - 1]);
		return;
	}
	if (errno != ENOENT) {
		int saved = errno;

		if (unlinkat(parent->fd, name, AT_REMOVEDIR) < 0 && errno != ENOENT) {
			errno = saved;
			tree_failed(t, parent);
		}
	}
	parent->next += strlen(name) + 1;
}

static int reopen_parent(struct tree_level *parent, int child)
{
	cleanup_close int fd = openat(child, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -1;
	if (st.st_dev != parent->dev || st.st_ino != parent->ino) {
		errno = ESTALE;
		return -1;
	}
	parent->fd = steal_fd(fd);
	return 0;
}

/*
 * Removes the last level's folder, which was emptied, and goes up. Some file systems skip entries
 * when others are removed while they are read; then the folder is read again.
 */
static int leave_folder(struct tree *t)
{
	struct tree_level *level = &t->levels[t->n - 1], *parent = level - 1;
	const char *name = parent->dirs.buf + parent->next;

	if (parent->fd == -1 && reopen_parent(parent, level->fd) < 0) {
		tree_failed(t, parent);
		return -1;
	}
	if (unlinkat(parent->fd, name, AT_REMOVEDIR) < 0 && errno != ENOENT) {
		if (errno == ENOTEMPTY && level->removed && !level->failed &&
		    level->passes < MAX_PASSES && !lseek(level->fd, 0, SEEK_SET)) {
			scan_level(t, level);
			return 0;
		}
		tree_failed(t, parent);
	} else {
		parent->removed = true;
	}
	parent->next += strlen(name) + 1;
	cleanup_closep(&level->fd);
	strbuf_release(&level->dirs);
	t->n--;
	return 0;
}

static void remove_folders(struct tree *t)
{
	for (;;) {
		const struct tree_level *level = &t->levels[t->n - 1];

		if (level->next < level->dirs.len)
			enter_folder(t);
		else if (t->n == 1 || leave_folder(t) < 0)
			return;
	}
}

int remove_tree_at(int dirfd, const char *name)
{
	cleanup(tree_cleanup) struct tree t = {NULL, 0, 0, NULL, 0};
	const struct stat unknown = {.st_ino = 0};

	if (!unlinkat(dirfd, name, 0) || errno == ENOENT)
		return 0;
	if (errno != EISDIR)
		return -1;
	t.entries = xmalloc(ENTRIES_BUFFER);
	push_level(&t, dirfd, &unknown);
	strbuf_add(&t.levels[0].dirs, name, strlen(name) + 1);
	remove_folders(&t);
	errno = t.error;
	return t.error ? -1 : 0;
}

int open_unnamed_file(void)
{
	const char *dir = getenv("TMPDIR");
	cleanup_free char *template = NULL;
	int fd;

	if (!dir || !*dir)
		dir = "/tmp";
	fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT))
		return fd;
	/* a file system, or a kernel, that knows no O_TMPFILE */
	template = xasprintf("%s/jci-XXXXXX", dir);
	fd = mkostemp(template, O_CLOEXEC);
	if (fd >= 0)
		unlink(template);
	return fd;
}
