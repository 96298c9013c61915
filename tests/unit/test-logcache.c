#include "core/logcache.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "util/alloc.h"
#include "util/io.h"

#include "support.h"

enum { SIZE = JCI_CACHE_MIN + 17 };

static void configure(const char *key, const char *value)
{
	struct jci_error err = JCI_ERROR_INIT;
	git_config *config;

	assert_int_equal(git_repository_config(&config, repo.git), 0);
	assert_int_equal(git_config_set_string(config, key, value), 0);
	git_config_free(config);
	jci_repo_release(&repo);
	assert_int_equal(jci_repo_open(&repo, &err), 0);
}

/* ---- blobs of SIZE bytes that all differ, and files with their bytes ---- */

static void fill(char *data, char kind)
{
	for (size_t i = 0; i < SIZE; i++)
		data[i] = (char)(kind + (char)(i / 1000));
}

static git_oid put(char kind)
{
	cleanup_free char *data = xmalloc(SIZE);
	git_oid oid;

	fill(data, kind);
	assert_int_equal(git_blob_create_from_buffer(&oid, repo.git, data, SIZE), 0);
	return oid;
}

static void assert_bytes(int fd, char kind)
{
	cleanup_free char *want = xmalloc(SIZE), *got = xmalloc(SIZE);
	struct stat st;

	fill(want, kind);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, SIZE);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 0);
	assert_int_equal(pread_full(fd, got, SIZE, 0), SIZE);
	assert_memory_equal(got, want, SIZE);
}

static void open_and_check(const git_oid *oid, char kind)
{
	struct jci_error err = JCI_ERROR_INIT;
	cleanup_close int fd = jci_cache_open(&repo, oid, &err);

	assert_null(err.message);
	assert_bytes(fd, kind);
}

static char *cached_path(const git_oid *oid)
{
	return xasprintf("%s/cache/%s", repo.jci_dir, git_oid_tostr_s(oid));
}

static bool is_cached(const git_oid *oid)
{
	cleanup_free char *path = cached_path(oid);

	return access(path, F_OK) == 0;
}

static void set_age(const char *path, time_t seconds)
{
	const struct timespec t = {.tv_sec = time(NULL) - seconds};

	assert_int_equal(utimensat(AT_FDCWD, path, (struct timespec[]){t, t}, 0), 0);
}

static void set_used(const git_oid *oid, time_t seconds_ago)
{
	cleanup_free char *path = cached_path(oid);

	set_age(path, seconds_ago);
}

static int n_files(void)
{
	cleanup_free char *path = xasprintf("%s/cache", repo.jci_dir);
	cleanup_dir DIR *dir = opendir(path);
	const struct dirent *e;
	int n = 0;

	while (dir && (e = readdir(dir)))
		n += e->d_name[0] != '.';
	return n;
}

static int clear(void **state)
{
	(void)state;
	remove_tree_at(AT_FDCWD, repo.jci_dir);
	configure("jci.cacheSize", "2g");
	return 0;
}

/* ---- tests ---- */

static void test_open_fills(void **state)
{
	const git_oid oid = put('a');

	(void)state;
	assert_false(is_cached(&oid));
	open_and_check(&oid, 'a');
	assert_true(is_cached(&oid));
	assert_int_equal(n_files(), 1);
	open_and_check(&oid, 'a');
}

static void test_open_uses_the_file(void **state)
{
	const git_oid oid = put('a');
	cleanup_free char *path = cached_path(&oid), *data = xmalloc(SIZE);

	(void)state;
	open_and_check(&oid, 'a');
	fill(data, 'x');
	assert_int_equal(write_file_at(AT_FDCWD, path, data, SIZE), 0);
	open_and_check(&oid, 'x');
	/* one cut off, by a crash, is made again */
	assert_int_equal(truncate(path, SIZE - 1), 0);
	open_and_check(&oid, 'a');
}

static struct jci_cache_fill *begin(const git_oid *oid, int *fd)
{
	struct jci_error err = JCI_ERROR_INIT;
	struct jci_cache_fill *made;
	uint64_t size;

	*fd = jci_cache_begin(&repo, oid, &size, &made, &err);
	assert_null(err.message);
	assert_true(*fd >= 0);
	assert_int_equal(size, SIZE);
	return made;
}

static void test_begin(void **state)
{
	const git_oid oid = put('a');
	cleanup_cache_fill struct jci_cache_fill *one = NULL, *two = NULL;
	cleanup_close int fd = -1, other = -1, third = -1;
	struct jci_error err = JCI_ERROR_INIT;

	(void)state;
	one = begin(&oid, &fd);
	two = begin(&oid, &other);
	assert_true(one && two);
	assert_int_equal(lseek(fd, 0, SEEK_END), 0);
	assert_int_equal(jci_cache_fill(one, NULL, NULL, &err), 0);
	assert_true(is_cached(&oid));
	/* who began at the same time is done no harm, and does none */
	assert_int_equal(jci_cache_fill(two, NULL, NULL, &err), 0);
	lseek(fd, 0, SEEK_SET);
	lseek(other, 0, SEEK_SET);
	assert_bytes(fd, 'a');
	assert_bytes(other, 'a');
	assert_null(begin(&oid, &third));
	assert_bytes(third, 'a');
	jci_cache_fill_free(steal_ptr(one));
	jci_cache_fill_free(steal_ptr(two));
	assert_int_equal(n_files(), 1);
}

static bool stop_at_once(void *ctx)
{
	(void)ctx;
	return true;
}

static void test_begin_and_stop(void **state)
{
	const git_oid oid = put('a');
	struct jci_error err = JCI_ERROR_INIT;
	struct jci_cache_fill *one;
	cleanup_close int fd = -1;

	(void)state;
	one = begin(&oid, &fd);
	assert_int_equal(n_files(), 1);
	/* a child that was faster than the signal has done it all */
	jci_cache_fill(one, stop_at_once, NULL, &err);
	jci_error_clear(&err);
	jci_cache_fill_free(one);
	assert_int_equal(n_files(), is_cached(&oid));
	close(steal_fd(fd));
	clear(NULL);
	/* never done */
	one = begin(&oid, &fd);
	assert_int_equal(n_files(), 1);
	jci_cache_fill_free(one);
	assert_int_equal(n_files(), 0);
}

static void test_begin_without_cache(void **state)
{
	const git_oid oid = put('a');
	cleanup_cache_fill struct jci_cache_fill *one = NULL;
	struct jci_error err = JCI_ERROR_INIT;
	cleanup_close int fd = -1;

	(void)state;
	configure("jci.cacheSize", "0");
	one = begin(&oid, &fd);
	assert_int_equal(jci_cache_fill(one, NULL, NULL, &err), 0);
	lseek(fd, 0, SEEK_SET);
	assert_bytes(fd, 'a');
	assert_int_equal(n_files(), 0);
}

static void test_small_is_not_cached(void **state)
{
	struct jci_error err = JCI_ERROR_INIT;
	cleanup_close int fd = -1;
	char text[5] = "";
	git_oid oid;

	(void)state;
	assert_int_equal(git_blob_create_from_buffer(&oid, repo.git, "text", 4), 0);
	fd = jci_cache_open(&repo, &oid, &err);
	assert_int_equal(read_full(fd, text, sizeof(text)), 4);
	assert_string_equal(text, "text");
	assert_int_equal(n_files(), 0);
}

static void test_off(void **state)
{
	const git_oid oid = put('a');

	(void)state;
	configure("jci.cacheSize", "0");
	open_and_check(&oid, 'a');
	configure("jci.cacheSize", "1m");
	open_and_check(&oid, 'a');
	assert_int_equal(n_files(), 0);
}

static void test_missing_blob(void **state)
{
	struct jci_error err = JCI_ERROR_INIT;
	git_oid oid;

	(void)state;
	memset(&oid, 5, sizeof(oid));
	assert_int_equal(jci_cache_open(&repo, &oid, &err), -1);
	assert_non_null(strstr(err.message, "0505050505"));
	jci_error_clear(&err);
	assert_int_equal(n_files(), 0);
}

static void test_oldest_go_first(void **state)
{
	const git_oid a = put('a'), b = put('b'), c = put('c'), d = put('d');
	struct jci_error err = JCI_ERROR_INIT;
	cleanup_close int fd = -1;

	(void)state;
	configure("jci.cacheSize", "3200k");
	open_and_check(&a, 'a');
	open_and_check(&b, 'b');
	open_and_check(&c, 'c');
	set_used(&a, 30);
	set_used(&b, 20);
	set_used(&c, 10);
	open_and_check(&a, 'a'); /* which makes it the newest */
	fd = jci_cache_open(&repo, &b, &err);
	set_used(&b, 20);
	open_and_check(&d, 'd');
	assert_true(is_cached(&a));
	assert_false(is_cached(&b));
	assert_true(is_cached(&c));
	assert_true(is_cached(&d));
	assert_bytes(fd, 'b'); /* who reads it reads on */
}

static void test_adopt(void **state)
{
	const git_oid oid = put('a');
	cleanup_close int dir = open(base, O_RDONLY | O_DIRECTORY);
	cleanup_free char *data = xmalloc(SIZE);

	(void)state;
	/* other bytes than the blob's show that it is this file */
	fill(data, 'y');
	assert_int_equal(write_file_at(dir, "log", data, SIZE), 0);
	configure("jci.cacheSize", "1m");
	jci_cache_adopt(&repo, &oid, dir, "log");
	assert_int_equal(faccessat(dir, "log", F_OK, 0), 0);
	configure("jci.cacheSize", "2m");
	jci_cache_adopt(&repo, &oid, dir, "log");
	assert_int_equal(faccessat(dir, "log", F_OK, 0), -1);
	open_and_check(&oid, 'y');
	jci_cache_adopt(&repo, &oid, dir, "not there");

	assert_int_equal(write_file_at(dir, "log", data, JCI_CACHE_MIN - 1), 0);
	jci_cache_adopt(&repo, &oid, dir, "log");
	assert_int_equal(unlinkat(dir, "log", 0), 0);
	assert_int_equal(n_files(), 1);
}

static void test_stale_files_go(void **state)
{
	const git_oid a = put('a');
	cleanup_free char *old = xasprintf("%s/cache/tmp-old", repo.jci_dir);
	cleanup_free char *new = xasprintf("%s/cache/tmp-new", repo.jci_dir);

	(void)state;
	open_and_check(&a, 'a');
	set_used(&a, 48 * 60 * 60);
	assert_int_equal(write_file_at(AT_FDCWD, old, "x", 1), 0);
	assert_int_equal(write_file_at(AT_FDCWD, new, "x", 1), 0);
	set_age(old, 25 * 60 * 60);
	set_age(new, 23 * 60 * 60);
	{
		const git_oid b = put('b');

		open_and_check(&b, 'b');
	}
	assert_int_equal(access(old, F_OK), -1);
	assert_int_equal(access(new, F_OK), 0);
	assert_true(is_cached(&a));
}

static void copy_and_check(const git_oid *oid, char kind)
{
	cleanup_free char *path = below("copy");
	cleanup_close int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	struct jci_error err = JCI_ERROR_INIT;

	assert_int_equal(jci_cache_copy(&repo, oid, fd, &err), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_bytes(fd, kind);
}

static void test_copy(void **state)
{
	const git_oid oid = put('a');
	cleanup_free char *path = cached_path(&oid), *data = xmalloc(SIZE);

	(void)state;
	copy_and_check(&oid, 'a');
	assert_int_equal(n_files(), 0);
	open_and_check(&oid, 'a');
	fill(data, 'x');
	assert_int_equal(write_file_at(AT_FDCWD, path, data, SIZE), 0);
	copy_and_check(&oid, 'x');
}

/* The repository's objects as libgit2 sees them, not as refs/replace/ would have them. */
static void test_no_replacement(void **state)
{
	const git_oid a = put('a'), b = put('b');
	cleanup_free char *name = xasprintf("refs/replace/%s", git_oid_tostr_s(&a));
	git_reference *ref;

	(void)state;
	assert_int_equal(git_reference_create(&ref, repo.git, name, &b, 1, NULL), 0);
	open_and_check(&a, 'a');
	assert_int_equal(git_reference_delete(ref), 0);
	git_reference_free(ref);
}

#define TEST(name) cmocka_unit_test_teardown(name, clear)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_open_fills),
		TEST(test_open_uses_the_file),
		TEST(test_begin),
		TEST(test_begin_and_stop),
		TEST(test_begin_without_cache),
		TEST(test_small_is_not_cached),
		TEST(test_off),
		TEST(test_missing_blob),
		TEST(test_oldest_go_first),
		TEST(test_adopt),
		TEST(test_stale_files_go),
		TEST(test_copy),
		TEST(test_no_replacement),
	};

	return cmocka_run_group_tests(tests, make_bare_repo, remove_repo);
}
