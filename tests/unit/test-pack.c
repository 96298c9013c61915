#include "core/pack.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "core/outfile.h"
#include "core/packindex.h"
#include "core/sha1.h"
#include "util/alloc.h"
#include "util/io.h"
#include "util/process.h"
#include "util/strbuf.h"

#include "support.h"

/* A repository of its own for each test. */
struct repo {
	const char *dir;
	char *objects;
	struct strbuf bytes; /* room for contents */
};

static uint32_t random_state = 1;

static void add_random(struct strbuf *sb, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		random_state = random_state * 1664525 + 1013904223;
		strbuf_addch(sb, (char)(random_state >> 24));
	}
}

static void add_text(struct strbuf *sb, size_t len)
{
	size_t end = sb->len + len;

	for (unsigned i = 0; sb->len < end; i++)
		strbuf_addf(sb, "cc -O2 -c -o file%u.o file%u.c\n", i * 7919, i);
	strbuf_setlen(sb, end);
}

static int setup(void **state)
{
	struct repo *r = xcalloc(1, sizeof(*r));

	r->bytes = (struct strbuf)STRBUF_INIT;
	make_folder(state);
	r->dir = base;
	r->objects = xasprintf("%s/.git/objects", r->dir);
	GIT(r->dir, NULL, "init", "-q");
	*state = r;
	return 0;
}

static int teardown(void **state)
{
	struct repo *r = *state;

	strbuf_release(&r->bytes);
	free(r->objects);
	free(r);
	return remove_folder(state);
}

static struct jci_pack *new_pack(const struct repo *r, jci_pack_exists *exists, void *ctx)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	struct jci_pack *p = NULL;

	assert_int_equal(jci_pack_new(&p, r->objects, 6, exists, ctx, &err), 0);
	return p;
}

static void add(struct jci_pack *p, git_object_t type, const void *data, size_t len, git_oid *oid)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;

	if (jci_pack_add_buffer(p, type, data, len, oid, &err) < 0)
		fail_msg("%s", err.message);
}

static int file_with(const struct repo *r, const struct strbuf *content)
{
	cleanup_free char *name = xasprintf("%s/input", r->dir);
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	assert_true(fd >= 0);
	assert_int_equal(write_full(fd, content->buf, content->len), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static void add_file(const struct repo *r, struct jci_pack *p, const struct strbuf *content,
		     git_oid *oid)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_close int fd = file_with(r, content);

	if (jci_pack_add_fd(p, fd, content->len, oid, &err) < 0)
		fail_msg("%s", err.message);
}

static void finish(struct jci_pack *p)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;

	if (jci_pack_finish(p, &err) < 0)
		fail_msg("%s", err.message);
}

/* The names in objects/pack that begin so; the last one's path goes to `path`. */
static size_t count_names(const struct repo *r, const char *prefix, const char *suffix,
			  struct strbuf *path)
{
	cleanup_free char *name = xasprintf("%s/pack", r->objects);
	cleanup_dir DIR *dir = opendir(name);
	const struct dirent *e;
	size_t n = 0;

	assert_non_null(dir);
	while ((e = readdir(dir))) {
		size_t len = strlen(e->d_name);

		if (len < strlen(suffix) || strncmp(e->d_name, prefix, strlen(prefix)) != 0 ||
		    strcmp(e->d_name + len - strlen(suffix), suffix) != 0)
			continue;
		n++;
		if (path) {
			strbuf_reset(path);
			strbuf_addf(path, "%s/%s", name, e->d_name);
		}
	}
	return n;
}

static void read_path(const char *path, struct strbuf *sb)
{
	assert_int_equal(read_file_at(AT_FDCWD, path, sb, 0), 0);
}

/* git itself makes the same index from the pack, names it alike and finds nothing wrong. */
static void check_pack(const struct repo *r)
{
	cleanup_strbuf struct strbuf pack = STRBUF_INIT, idx = STRBUF_INIT, ours = STRBUF_INIT;
	cleanup_strbuf struct strbuf theirs = STRBUF_INIT, hash = STRBUF_INIT;
	cleanup_free char *copy = xasprintf("%s/copy.idx", r->dir);

	assert_int_equal(count_names(r, "pack-", ".pack", &pack), 1);
	assert_int_equal(count_names(r, "pack-", ".idx", &idx), 1);
	assert_int_equal(count_names(r, "tmp_", "", NULL), 0);
	GIT(r->dir, &hash, "index-pack", "--strict", "-o", copy, pack.buf);
	strbuf_setlen(&hash, 40);
	assert_non_null(strstr(pack.buf, hash.buf));
	assert_non_null(strstr(idx.buf, hash.buf));
	read_path(idx.buf, &ours);
	read_path(copy, &theirs);
	assert_int_equal(ours.len, theirs.len);
	assert_memory_equal(ours.buf, theirs.buf, ours.len);
	GIT(r->dir, NULL, "verify-pack", "-v", pack.buf);
	GIT(r->dir, NULL, "fsck", "--strict");
}

static void check_content(const struct repo *r, const git_oid *oid, const char *type,
			  const void *data, size_t len)
{
	cleanup_strbuf struct strbuf out = STRBUF_INIT;
	char hex[GIT_OID_HEXSZ + 1];

	GIT(r->dir, &out, "cat-file", type, git_oid_tostr(hex, sizeof(hex), oid));
	assert_int_equal(out.len, len);
	assert_memory_equal(out.buf, data, len);
}

static void test_all_types_are_read_by_git(void **state)
{
	struct repo *r = *state;
	cleanup_pack struct jci_pack *p = new_pack(r, NULL, NULL);
	cleanup_strbuf struct strbuf tree = STRBUF_INIT, commit = STRBUF_INIT;
	char hex[GIT_OID_HEXSZ + 1];
	git_oid blob, empty, tree_oid, commit_oid;

	add(p, GIT_OBJECT_BLOB, "hello\n", 6, &blob);
	assert_string_equal(git_oid_tostr(hex, sizeof(hex), &blob),
			    "ce013625030ba8dba906f756967f9e9ca394464a");
	add(p, GIT_OBJECT_BLOB, NULL, 0, &empty);
	strbuf_add(&tree, "100644 a\0", 9);
	strbuf_add(&tree, blob.id, sizeof(blob.id));
	strbuf_add(&tree, "100644 b\0", 9);
	strbuf_add(&tree, empty.id, sizeof(empty.id));
	add(p, GIT_OBJECT_TREE, tree.buf, tree.len, &tree_oid);
	strbuf_addf(&commit, "tree %s\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\nx\n",
		    git_oid_tostr(hex, sizeof(hex), &tree_oid));
	add(p, GIT_OBJECT_COMMIT, commit.buf, commit.len, &commit_oid);
	assert_int_equal(jci_pack_count(p), 4);
	finish(p);
	check_pack(r);
	check_content(r, &blob, "blob", "hello\n", 6);
	check_content(r, &empty, "blob", "", 0);
	check_content(r, &tree_oid, "tree", tree.buf, tree.len);
	check_content(r, &commit_oid, "commit", commit.buf, commit.len);
}

static void test_files_of_all_sizes(void **state)
{
	static const size_t sizes[] = {0,
				       1,
				       15,
				       16,
				       2047,
				       2048,
				       262143,
				       262144,
				       (1 << 20) - 1,
				       1 << 20,
				       (1 << 20) + 1,
				       (2 << 20) + 4711};
	struct repo *r = *state;
	cleanup_pack struct jci_pack *p = new_pack(r, NULL, NULL);
	struct strbuf contents[2 * ARRAY_SIZE(sizes)];
	git_oid oids[2 * ARRAY_SIZE(sizes)];

	for (size_t i = 0; i < ARRAY_SIZE(contents); i++) {
		contents[i] = (struct strbuf)STRBUF_INIT;
		(i % 2 ? add_random : add_text)(&contents[i], sizes[i / 2]);
		add_file(r, p, &contents[i], &oids[i]);
	}
	finish(p);
	check_pack(r);
	for (size_t i = 0; i < ARRAY_SIZE(contents); i++) {
		check_content(r, &oids[i], "blob", contents[i].buf, contents[i].len);
		strbuf_release(&contents[i]);
	}
}

static void test_thousands_of_objects(void **state)
{
	struct repo *r = *state;
	cleanup_pack struct jci_pack *p = new_pack(r, NULL, NULL);
	cleanup_strbuf struct strbuf content = STRBUF_INIT;
	git_oid oid;

	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < 3000; i++) {
			strbuf_reset(&content);
			strbuf_addf(&content, "content %u\n", i);
			add(p, GIT_OBJECT_BLOB, content.buf, content.len, &oid);
		}
		assert_int_equal(jci_pack_count(p), 3000);
	}
	finish(p);
	check_pack(r);
	check_content(r, &oid, "blob", content.buf, content.len);
}

static void test_same_file_twice_takes_no_room(void **state)
{
	struct repo *r = *state;
	cleanup_pack struct jci_pack *p = new_pack(r, NULL, NULL);
	cleanup_strbuf struct strbuf big = STRBUF_INIT, path = STRBUF_INIT;
	git_oid first, again, small;
	struct stat st;

	add_random(&big, 3 << 20);
	add_file(r, p, &big, &first);
	add(p, GIT_OBJECT_BLOB, "between", 7, &small);
	add_file(r, p, &big, &again);
	assert_true(git_oid_equal(&first, &again));
	add(p, GIT_OBJECT_BLOB, big.buf, big.len, &again);
	assert_true(git_oid_equal(&first, &again));
	add(p, GIT_OBJECT_BLOB, "after", 5, &small);
	assert_int_equal(jci_pack_count(p), 3);
	finish(p);
	check_pack(r);
	assert_int_equal(count_names(r, "pack-", ".pack", &path), 1);
	assert_int_equal(stat(path.buf, &st), 0);
	assert_true(st.st_size < (3 << 20) + 10000);
	check_content(r, &first, "blob", big.buf, big.len);
	check_content(r, &small, "blob", "after", 5);
}

struct known {
	git_oid oids[2];
	size_t asked;
};

static bool is_known(void *ctx, const git_oid *oid)
{
	struct known *k = ctx;

	k->asked++;
	return git_oid_equal(&k->oids[0], oid) || git_oid_equal(&k->oids[1], oid);
}

static void test_what_exists_is_left_out(void **state)
{
	struct repo *r = *state;
	struct known known = {0};
	cleanup_pack struct jci_pack *p = new_pack(r, is_known, &known);
	cleanup_strbuf struct strbuf big = STRBUF_INIT;
	git_oid oid;

	add_text(&big, 3 << 20);
	assert_int_equal(
		git_oid_fromstr(&known.oids[0], "ce013625030ba8dba906f756967f9e9ca394464a"), 0);
	{
		cleanup_pack struct jci_pack *other = new_pack(r, NULL, NULL);

		add_file(r, other, &big, &known.oids[1]);
	}
	add(p, GIT_OBJECT_BLOB, "hello\n", 6, &oid);
	assert_true(git_oid_equal(&oid, &known.oids[0]));
	add_file(r, p, &big, &oid);
	assert_true(git_oid_equal(&oid, &known.oids[1]));
	assert_int_equal(jci_pack_count(p), 0);
	add(p, GIT_OBJECT_BLOB, "new", 3, &oid);
	assert_int_equal(jci_pack_count(p), 1);
	assert_int_equal(known.asked, 3);
	finish(p);
	check_pack(r);
}

/* The file is shorter than `size`, or its descriptor can't be read. */
static void check_bad_file(const struct repo *r, struct jci_pack *p, size_t len, size_t size)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT, err2 = JCI_ERROR_INIT;
	cleanup_strbuf struct strbuf content = STRBUF_INIT;
	cleanup_close int fd = -1, writer = open("/dev/null", O_WRONLY | O_CLOEXEC);
	size_t before = jci_pack_count(p);
	git_oid oid;

	add_random(&content, len);
	fd = file_with(r, &content);
	assert_int_equal(jci_pack_add_fd(p, fd, size, &oid, &err), JCI_EBUSY);
	assert_non_null(strstr(err.message, "changed"));
	assert_int_equal(jci_pack_add_fd(p, writer, size, &oid, &err2), JCI_EINVALID);
	assert_non_null(strstr(err2.message, strerror(EBADF)));
	assert_int_equal(jci_pack_count(p), before);
}

static void test_file_that_ends_early_leaves_the_pack_as_it_was(void **state)
{
	struct repo *r = *state;
	cleanup_pack struct jci_pack *p = new_pack(r, NULL, NULL);
	cleanup_strbuf struct strbuf big = STRBUF_INIT;
	git_oid one, two, three;

	add_random(&big, 2 << 20);
	add(p, GIT_OBJECT_BLOB, "one", 3, &one);
	check_bad_file(r, p, 100, 101);
	add(p, GIT_OBJECT_BLOB, "two", 3, &two);
	check_bad_file(r, p, 5 << 20, (5 << 20) + 1);
	add_file(r, p, &big, &three);
	check_bad_file(r, p, 0, 100 << 20);
	finish(p);
	check_pack(r);
	check_content(r, &one, "blob", "one", 3);
	check_content(r, &two, "blob", "two", 3);
	check_content(r, &three, "blob", big.buf, big.len);
}

/* More than the size is left in the file: it is not read. */
static void test_growing_file_is_cut(void **state)
{
	struct repo *r = *state;
	cleanup_pack struct jci_pack *p = new_pack(r, NULL, NULL);
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_close int fd = -1;
	git_oid small, big;

	add_random(&r->bytes, 3 << 20);
	fd = file_with(r, &r->bytes);
	assert_int_equal(jci_pack_add_fd(p, fd, 10, &small, &err), 0);
	assert_int_equal(jci_pack_add_fd(p, fd, 2 << 20, &big, &err), 0);
	finish(p);
	check_pack(r);
	check_content(r, &small, "blob", r->bytes.buf, 10);
	check_content(r, &big, "blob", r->bytes.buf + 10, 2 << 20);
}

static void test_nothing_is_left_of_what_is_not_finished(void **state)
{
	struct repo *r = *state;
	cleanup_strbuf struct strbuf big = STRBUF_INIT;

	add_random(&big, 2 << 20);
	for (int n = 0; n < 2; n++) {
		cleanup_pack struct jci_pack *p = new_pack(r, NULL, NULL);
		git_oid oid;

		assert_int_equal(count_names(r, "tmp_pack_", "", NULL), 1);
		if (n)
			add_file(r, p, &big, &oid);
		else
			finish(p); /* empty */
	}
	assert_int_equal(count_names(r, "pack-", "", NULL), 0);
	assert_int_equal(count_names(r, "tmp_", "", NULL), 0);
}

static void limit_file_size(rlim_t limit)
{
	struct rlimit rl;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &rl), 0);
	rl.rlim_cur = limit < rl.rlim_max ? limit : rl.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &rl), 0);
}

/* As on a full disk: no file gets larger than `limit`. */
static void check_full(const struct repo *r, size_t size, rlim_t limit, const char *name)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT, again = JCI_ERROR_INIT;
	cleanup_pack struct jci_pack *p = new_pack(r, NULL, NULL);
	cleanup_strbuf struct strbuf content = STRBUF_INIT;
	cleanup_close int fd = -1;
	git_oid oid;
	int ret;

	add_random(&content, size);
	fd = file_with(r, &content);
	limit_file_size(limit);
	ret = jci_pack_add_fd(p, fd, size, &oid, &err);
	if (!ret)
		ret = jci_pack_finish(p, &err);
	limit_file_size(RLIM_INFINITY);
	assert_int_equal(ret, JCI_EFAIL);
	assert_non_null(strstr(err.message, r->objects));
	assert_non_null(strstr(err.message, name));
	assert_non_null(strstr(err.message, strerror(EFBIG)));
	assert_true(jci_pack_finish(p, &again) < 0);
}

static void test_full_disk_is_told_and_leaves_nothing(void **state)
{
	struct repo *r = *state;

	check_full(r, 6 << 20, 1 << 20, "tmp_pack_");      /* while it streams */
	check_full(r, 2000, 1000, "tmp_pack_");            /* at the end */
	check_full(r, 300, 600, "tmp_idx_");               /* in the index, which is larger */
	assert_int_equal(count_names(r, "", "", NULL), 2); /* . and .. */
}

static void test_missing_folder_is_made_and_modes_are_gits(void **state)
{
	struct repo *r = *state;
	cleanup_free char *dir = xasprintf("%s/pack", r->objects);
	cleanup_strbuf struct strbuf path = STRBUF_INIT;
	mode_t before = umask(027);
	struct jci_pack *p;
	struct stat st;
	git_oid oid;

	assert_int_equal(rmdir(dir), 0);
	p = new_pack(r, NULL, NULL);
	add(p, GIT_OBJECT_BLOB, "x", 1, &oid);
	finish(p);
	jci_pack_free(p);
	umask(before);
	check_pack(r);
	assert_int_equal(count_names(r, "pack-", ".pack", &path), 1);
	assert_int_equal(stat(path.buf, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0440);
	assert_int_equal(count_names(r, "pack-", ".idx", &path), 1);
	assert_int_equal(stat(path.buf, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0440);
}

static void test_same_pack_again(void **state)
{
	struct repo *r = *state;

	for (int n = 0; n < 2; n++) {
		cleanup_pack struct jci_pack *p = new_pack(r, NULL, NULL);
		git_oid oid;

		add(p, GIT_OBJECT_BLOB, "x", 1, &oid);
		finish(p);
		check_pack(r);
	}
}

static void test_no_repository(void **state)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	struct jci_pack *p = NULL;

	(void)state;
	assert_int_equal(jci_pack_new(&p, "/nonexistent/objects", 6, NULL, NULL, &err), JCI_EFAIL);
	assert_non_null(strstr(err.message, "'/nonexistent/objects/pack'"));
	assert_null(p);
}

/* git show-index reads the index alone, so no pack of gigabytes is needed. */
static void test_offsets_past_two_gigabytes(void **state)
{
	static const uint64_t offsets[] = {12, 0x7fffffff, 0x80000000, 0xffffffff, 0x123456789a};
	struct repo *r = *state;
	struct jci_pack_entry entries[ARRAY_SIZE(offsets)];
	struct jci_sha1 *sha = jci_sha1_new();
	unsigned char hash[JCI_SHA1_SIZE] = {0};
	cleanup_strbuf struct strbuf out = STRBUF_INIT;
	cleanup_close int dir = open(r->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_outfile struct jci_outfile *o = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(offsets); i++) {
		memset(entries[i].oid.id, (int)(0xf0 - i * 0x11), sizeof(entries[i].oid.id));
		entries[i].crc = (uint32_t)(0xdeadbe00 + i);
		entries[i].offset = offsets[i];
	}
	assert_int_equal(jci_outfile_new(&o, dir, "tmp_idx_"), 0);
	assert_int_equal(jci_packindex_write(o, sha, entries, ARRAY_SIZE(entries), hash), 0);
	jci_sha1_free(sha);
	assert_int_equal(jci_outfile_sync(o), 0);
	/* The two small ones have no place in the table of long offsets. */
	assert_int_equal(jci_outfile_size(o), 8 + 1024 + 5 * 28 + 3 * 8 + 40);
	assert_int_equal(jci_outfile_commit(o, "big.idx"), 0);
	GIT(r->dir, &out, "-c", "alias.x=!git show-index <big.idx", "x");
	assert_string_equal(out.buf,
			    "78187493530 acacacacacacacacacacacacacacacacacacacac (deadbe04)\n"
			    "4294967295 bdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbd (deadbe03)\n"
			    "2147483648 cececececececececececececececececececece (deadbe02)\n"
			    "2147483647 dfdfdfdfdfdfdfdfdfdfdfdfdfdfdfdfdfdfdfdf (deadbe01)\n"
			    "12 f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0 (deadbe00)\n");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_all_types_are_read_by_git),
		TEST(test_files_of_all_sizes),
		TEST(test_thousands_of_objects),
		TEST(test_same_file_twice_takes_no_room),
		TEST(test_what_exists_is_left_out),
		TEST(test_file_that_ends_early_leaves_the_pack_as_it_was),
		TEST(test_growing_file_is_cut),
		TEST(test_nothing_is_left_of_what_is_not_finished),
		TEST(test_full_disk_is_told_and_leaves_nothing),
		TEST(test_missing_folder_is_made_and_modes_are_gits),
		TEST(test_same_pack_again),
		TEST(test_no_repository),
		TEST(test_offsets_past_two_gigabytes),
	};

	signal(SIGXFSZ, SIG_IGN);
	for (size_t i = 0; git_local_env_vars[i]; i++)
		unsetenv(git_local_env_vars[i]);
	git_libgit2_init();
	return cmocka_run_group_tests_name("pack", tests, NULL, NULL);
}
