#include "util/io.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/alloc.h"
#include "util/cleanup.h"

#include "support.h"

static int folder_fd = -1; /* of this test program */

static int setup(void **state)
{
	make_folder(state);
	folder_fd = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return folder_fd < 0 ? -1 : 0;
}

static int teardown(void **state)
{
	close(folder_fd);
	return remove_folder(state);
}

static bool exists(int dirfd, const char *name)
{
	struct stat st;

	return !fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW);
}

static void touch(int dirfd, const char *name)
{
	int fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);

	assert_true(fd >= 0);
	close(fd);
}

static void check_file(const char *name, const void *data, size_t len)
{
	cleanup_strbuf struct strbuf sb = STRBUF_INIT;

	assert_int_equal(read_file_at(folder_fd, name, &sb, 0), 0);
	assert_int_equal(sb.len, len);
	assert_memory_equal(sb.buf, data, len);
}

static void test_write_file(void **state)
{
	(void)state;
	assert_int_equal(write_file_at(folder_fd, "w.tmp", "left by a crash", 15), 0);
	assert_int_equal(write_file_at(folder_fd, "w", "one\0two", 7), 0);
	check_file("w", "one\0two", 7);
	assert_int_equal(write_file_at(folder_fd, "w", "", 0), 0);
	check_file("w", "", 0);
	assert_false(exists(folder_fd, "w.tmp"));
}

static void test_write_file_fails(void **state)
{
	(void)state;
	assert_int_equal(write_file_at(folder_fd, "none/w", "x", 1), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(mkdirat(folder_fd, "isdir", 0777), 0);
	assert_int_equal(write_file_at(folder_fd, "isdir", "x", 1), -1);
	assert_int_equal(errno, EISDIR);
	assert_false(exists(folder_fd, "isdir.tmp"));
}

/* Nothing is written through a link that lies where the temporary file goes. */
static void test_write_file_link(void **state)
{
	(void)state;
	assert_int_equal(write_file_at(folder_fd, "victim", "safe", 4), 0);
	assert_int_equal(symlinkat("victim", folder_fd, "l.tmp"), 0);
	assert_int_equal(write_file_at(folder_fd, "l", "x", 1), -1);
	check_file("victim", "safe", 4);
}

static void test_read_file(void **state)
{
	cleanup_strbuf struct strbuf sb = STRBUF_INIT;

	(void)state;
	strbuf_addstr(&sb, "head ");
	assert_int_equal(write_file_at(folder_fd, "r", "12345", 5), 0);
	assert_int_equal(read_file_at(folder_fd, "r", &sb, 5), 0);
	assert_string_equal(sb.buf, "head 12345");
	assert_int_equal(read_file_at(folder_fd, "r", &sb, 4), -1);
	assert_int_equal(errno, EFBIG);
	assert_int_equal(read_file_at(folder_fd, "absent", &sb, 4), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(read_file_at(folder_fd, ".", &sb, 0), -1);
	assert_int_equal(errno, EISDIR);
	assert_string_equal(sb.buf, "head 12345");
}

/* A file that says it has no bytes. */
static void test_read_proc(void **state)
{
	cleanup_strbuf struct strbuf sb = STRBUF_INIT;

	(void)state;
	assert_int_equal(read_file_at(AT_FDCWD, "/proc/self/status", &sb, 0), 0);
	assert_true(sb.len > 100);
	strbuf_reset(&sb);
	assert_int_equal(read_file_at(AT_FDCWD, "/proc/self/status", &sb, 100), -1);
	assert_int_equal(errno, EFBIG);
	assert_int_equal(sb.len, 0);
	assert_int_equal(read_file_at(AT_FDCWD, "/dev/zero", &sb, 1000000), -1);
	assert_int_equal(errno, EFBIG);
}

enum { BIG = 3 * 1000 * 1000 };

static char *big_data(void)
{
	char *data = xmalloc(BIG);

	for (size_t i = 0; i < BIG; i++)
		data[i] = (char)(i * 2654435761U >> 13);
	return data;
}

/* Writes all of it to the other end of fd, byte-wise first, in a process of its own. */
static pid_t write_by_child(int fd, const char *data, size_t len)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid)
		return pid;
	for (size_t i = 0; i < 100; i++) {
		if (write(fd, data + i, 1) != 1)
			_exit(1);
	}
	_exit(write_full(fd, data + 100, len - 100) < 0);
}

static void check_child(pid_t pid)
{
	int status = -1;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* Short transfers on both sides, over descriptors that don't block. */
static void test_full_transfers(void **state)
{
	cleanup_free char *data = big_data(), *got = xmalloc(BIG);
	int fds[2];
	pid_t pid;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds),
			 0);
	pid = write_by_child(fds[1], data, BIG);
	close(fds[1]);
	assert_int_equal(read_full(fds[0], got, BIG - 1), BIG - 1);
	assert_memory_equal(got, data, BIG - 1);
	assert_int_equal(read_full(fds[0], got, 10), 1);
	assert_int_equal(read_full(fds[0], got, 10), 0);
	close(fds[0]);
	check_child(pid);
	assert_int_equal(read_full(-1, got, 1), -1);
	assert_int_equal(errno, EBADF);
	assert_int_equal(write_full(-1, got, 1), -1);
	assert_int_equal(errno, EBADF);
}

static int open_big(const char *data)
{
	int fd;

	assert_int_equal(write_file_at(folder_fd, "big", data, BIG), 0);
	fd = openat(folder_fd, "big", O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

static void test_pread(void **state)
{
	cleanup_free char *data = big_data(), *got = xmalloc(BIG);
	cleanup_close int fd = open_big(data);

	(void)state;
	assert_int_equal(pread_full(fd, got, BIG, 1000), BIG - 1000);
	assert_memory_equal(got, data + 1000, BIG - 1000);
	assert_int_equal(pread_full(fd, got, 10, BIG), 0);
}

static void check_copied(int fd, const char *data, size_t len)
{
	cleanup_free char *got = xmalloc(len + 1);

	assert_int_equal(pread_full(fd, got, len + 1, 0), len);
	assert_memory_equal(got, data, len);
}

static void test_copy_to_file(void **state)
{
	cleanup_free char *data = big_data();
	cleanup_close int in = open_big(data),
			  out = openat(folder_fd, "copy", O_RDWR | O_CREAT, 0666);
	cleanup_close int append = openat(folder_fd, "append", O_RDWR | O_CREAT | O_APPEND, 0666);

	(void)state;
	assert_int_equal(lseek(in, 7, SEEK_SET), 7);
	assert_int_equal(copy_fd(in, out), 0);
	check_copied(out, data + 7, BIG - 7);
	assert_int_equal(lseek(in, 9, SEEK_SET), 9);
	assert_int_equal(copy_fd(in, append), 0);
	check_copied(append, data + 9, BIG - 9);
}

static void test_copy_from_socket(void **state)
{
	cleanup_free char *data = big_data();
	cleanup_close int out = openat(folder_fd, "copy2", O_RDWR | O_CREAT, 0666);
	int fds[2];
	pid_t pid;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds),
			 0);
	pid = write_by_child(fds[1], data, BIG);
	close(fds[1]);
	assert_int_equal(copy_fd(fds[0], out), 0);
	close(fds[0]);
	check_child(pid);
	check_copied(out, data, BIG);
}

static void test_copy_to_pipe(void **state)
{
	cleanup_free char *data = big_data(), *got = xmalloc(BIG);
	cleanup_close int in = open_big(data);
	int fds[2];
	pid_t pid;

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
	pid = fork();
	if (!pid)
		_exit(copy_fd(in, fds[1]) < 0);
	close(fds[1]);
	assert_int_equal(read_full(fds[0], got, BIG), BIG);
	assert_memory_equal(got, data, BIG);
	close(fds[0]);
	check_child(pid);
}

static void test_copy_proc(void **state)
{
	cleanup_close int in = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	cleanup_close int out = openat(folder_fd, "copy3", O_RDWR | O_CREAT, 0666);
	struct stat st;

	(void)state;
	assert_int_equal(copy_fd(in, out), 0);
	assert_int_equal(fstat(out, &st), 0);
	assert_true(st.st_size > 100);
}

static void test_copy_fails(void **state)
{
	cleanup_close int in = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	cleanup_close int out = open("/dev/full", O_WRONLY | O_CLOEXEC);

	(void)state;
	assert_int_equal(copy_fd(in, out), -1);
	assert_int_equal(errno, ENOSPC);
	assert_int_equal(copy_fd(folder_fd, out), -1);
	assert_int_equal(errno, EISDIR);
}

static void test_mkdir_parents(void **state)
{
	cleanup_free char *deep = below("m/a//b/./c/");
	cleanup_free char *below_file = below("m/file/x/y");
	cleanup_free char *file = below("m/file");

	(void)state;
	assert_int_equal(mkdir_parents(deep), 0);
	assert_true(exists(folder_fd, "m/a/b/c"));
	assert_int_equal(mkdir_parents(deep), 0);
	assert_int_equal(mkdir_parents("/"), 0);
	touch(folder_fd, "m/file");
	assert_int_equal(mkdir_parents(file), -1);
	assert_int_equal(errno, ENOTDIR);
	assert_int_equal(mkdir_parents(below_file), -1);
	assert_int_equal(errno, ENOTDIR);
	assert_int_equal(mkdir_parents(""), -1);
	assert_int_equal(errno, ENOENT);
}

static void test_remove_simple(void **state)
{
	(void)state;
	touch(folder_fd, "one");
	assert_int_equal(remove_tree_at(folder_fd, "one"), 0);
	assert_false(exists(folder_fd, "one"));
	assert_int_equal(remove_tree_at(folder_fd, "one"), 0);
	assert_int_equal(remove_tree_at(folder_fd, "one/two"), 0);
	assert_int_equal(remove_tree_at(-1, "one"), -1);
	assert_int_equal(errno, EBADF);
}

/* Many entries, names of any bytes, a fifo, and links, whose targets stay. */
static void test_remove_tree(void **state)
{
	char name[64];

	(void)state;
	assert_int_equal(mkdirat(folder_fd, "kept", 0777), 0);
	touch(folder_fd, "kept/file");
	assert_int_equal(mkdirat(folder_fd, "t", 0777), 0);
	assert_int_equal(symlinkat("../kept", folder_fd, "t/link"), 0);
	assert_int_equal(symlinkat("nowhere", folder_fd, "t/dangling"), 0);
	assert_int_equal(mkfifoat(folder_fd, "t/fifo", 0666), 0);
	touch(folder_fd, "t/a\nb \xff\xfe");
	touch(folder_fd, "t/-rf");
	assert_int_equal(mkdirat(folder_fd, "t/...", 0777), 0);
	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "t/d%d", i);
		assert_int_equal(mkdirat(folder_fd, name, 0777), 0);
		for (int j = 0; j < 10; j++) {
			snprintf(name, sizeof(name), "t/d%d/%d", i, j);
			touch(folder_fd, name);
		}
	}
	assert_int_equal(symlinkat("t", folder_fd, "tlink"), 0);
	assert_int_equal(remove_tree_at(folder_fd, "tlink"), 0);
	assert_true(exists(folder_fd, "t/fifo"));
	assert_int_equal(remove_tree_at(folder_fd, "t"), 0);
	assert_false(exists(folder_fd, "t"));
	assert_true(exists(folder_fd, "kept/file"));
}

/* A chain of folders with a file at each level. */
static void make_deep(const char *name, int depth)
{
	int fd = dup(folder_fd);

	for (int i = 0; i < depth; i++) {
		int next;

		assert_int_equal(mkdirat(fd, i ? "d" : name, 0777), 0);
		next = openat(fd, i ? "d" : name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		assert_true(next >= 0);
		touch(next, "file");
		assert_int_equal(mkdirat(next, "beside", 0777), 0);
		close(fd);
		fd = next;
	}
	close(fd);
}

static void test_remove_deep(void **state)
{
	struct rlimit few = {64, 64}, before;

	(void)state;
	make_deep("deep", 3000);
	getrlimit(RLIMIT_NOFILE, &before);
	few.rlim_max = before.rlim_max;
	setrlimit(RLIMIT_NOFILE, &few);
	assert_int_equal(remove_tree_at(folder_fd, "deep"), 0);
	setrlimit(RLIMIT_NOFILE, &before);
	assert_false(exists(folder_fd, "deep"));
}

static int open_new_folder(const char *name)
{
	int fd;

	assert_int_equal(mkdirat(folder_fd, name, 0777), 0);
	fd = openat(folder_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

enum { NOBODY = 65534 };

/* Runs fn in a process of its own, as a user whom modes bind; returns what it returned. */
static int as_user(int dirfd, int (*fn)(int dirfd))
{
	int status = -1;
	pid_t pid;

	if (!geteuid())
		assert_int_equal(fchown(dirfd, NOBODY, NOBODY), 0);
	pid = fork();
	if (!pid) {
		if (!geteuid() &&
		    (setresgid(NOBODY, NOBODY, NOBODY) || setresuid(NOBODY, NOBODY, NOBODY)))
			_exit(99);
		_exit(fn(dirfd));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int remove_closed_folders(int dirfd)
{
	static const mode_t modes[] = {0, 0111, 0222, 0333, 0444, 0555, 0666};
	char name[32];

	if (mkdirat(dirfd, "t", 0777))
		return 1;
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		snprintf(name, sizeof(name), "t/%zu", i);
		if (mkdirat(dirfd, name, 0777))
			return 1;
		snprintf(name, sizeof(name), "t/%zu/sub", i);
		if (mkdirat(dirfd, name, 0777))
			return 1;
		snprintf(name, sizeof(name), "t/%zu/sub/file", i);
		if (mknodat(dirfd, name, S_IFREG | 0444, 0))
			return 1;
		snprintf(name, sizeof(name), "t/%zu/sub", i);
		if (fchmodat(dirfd, name, modes[i], 0))
			return 1;
		snprintf(name, sizeof(name), "t/%zu", i);
		if (fchmodat(dirfd, name, modes[i], 0))
			return 1;
	}
	if (fchmodat(dirfd, "t", 0, 0))
		return 1;
	if (remove_tree_at(dirfd, "t"))
		return 2;
	return exists(dirfd, "t") ? 3 : 0;
}

static void test_remove_closed(void **state)
{
	cleanup_close int fd = open_new_folder("closed");

	(void)state;
	assert_int_equal(as_user(fd, remove_closed_folders), 0);
}

static int remove_mixed(int dirfd)
{
	if (!remove_tree_at(dirfd, "t"))
		return 1;
	if (errno != EACCES)
		return 2;
	if (exists(dirfd, "t/a") || exists(dirfd, "t/own") || exists(dirfd, "t/zz"))
		return 3;
	if (exists(dirfd, "t/empty"))
		return 4;
	return exists(dirfd, "t/foreign/file") ? 0 : 5;
}

/* What is in the folder of another user stays, all else goes, and the error tells. */
static void test_remove_goes_on(void **state)
{
	cleanup_close int fd = -1;

	(void)state;
	if (geteuid())
		skip();
	fd = open_new_folder("mixed");
	assert_int_equal(mkdirat(fd, "t", 0777), 0);
	assert_int_equal(fchownat(fd, "t", NOBODY, NOBODY, 0), 0);
	assert_int_equal(mkdirat(fd, "t/own", 0777), 0);
	assert_int_equal(fchownat(fd, "t/own", NOBODY, NOBODY, 0), 0);
	assert_int_equal(mkdirat(fd, "t/foreign", 0755), 0);
	assert_int_equal(mkdirat(fd, "t/empty", 0700), 0);
	touch(fd, "t/own/file");
	touch(fd, "t/foreign/file");
	touch(fd, "t/a");
	touch(fd, "t/zz");
	assert_int_equal(as_user(fd, remove_mixed), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_write_file),
		cmocka_unit_test(test_write_file_fails),
		cmocka_unit_test(test_write_file_link),
		cmocka_unit_test(test_read_file),
		cmocka_unit_test(test_read_proc),
		cmocka_unit_test(test_full_transfers),
		cmocka_unit_test(test_pread),
		cmocka_unit_test(test_copy_to_file),
		cmocka_unit_test(test_copy_from_socket),
		cmocka_unit_test(test_copy_to_pipe),
		cmocka_unit_test(test_copy_proc),
		cmocka_unit_test(test_copy_fails),
		cmocka_unit_test(test_mkdir_parents),
		cmocka_unit_test(test_remove_simple),
		cmocka_unit_test(test_remove_tree),
		cmocka_unit_test(test_remove_deep),
		cmocka_unit_test(test_remove_closed),
		cmocka_unit_test(test_remove_goes_on),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
