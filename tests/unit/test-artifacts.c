#include "core/artifacts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/alloc.h"
#include "util/io.h"

#include "support.h"

/* ---- any tree, written into the repository ---- */

static git_oid put_blob(const char *text)
{
	return put_object(GIT_OBJECT_BLOB, text, strlen(text));
}

/* Adds an entry to a tree as git writes it, without any check. */
static void tree_add(struct strbuf *tree, unsigned mode, const char *name, const git_oid *oid)
{
	strbuf_addf(tree, "%o %s", mode, name);
	strbuf_addch(tree, '\0');
	strbuf_add(tree, oid->id, GIT_OID_RAWSZ);
}

static void tree_add_text(struct strbuf *tree, unsigned mode, const char *name, const char *text)
{
	const git_oid oid = put_blob(text);

	tree_add(tree, mode, name, &oid);
}

static git_oid put_tree(struct strbuf *tree)
{
	const git_oid oid = put_object(GIT_OBJECT_TREE, tree->buf, tree->len);

	strbuf_reset(tree);
	return oid;
}

static void init_run(struct jci_record *r, struct strbuf *tree)
{
	const git_oid oid = put_tree(tree);
	struct strbuf commit = STRBUF_INIT;

	strbuf_addf(&commit, "tree %s\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\nrun\n",
		    git_oid_tostr_s(&oid));
	jci_record_init(r);
	r->ref.target = put_object(GIT_OBJECT_COMMIT, commit.buf, commit.len);
	strbuf_release(&commit);
}

static int setup(void **state)
{
	umask(022);
	return make_bare_repo(state);
}

/* ---- walking ---- */

static int note(void *ctx, const struct jci_artifact *a)
{
	strbuf_addf(ctx, "%o %s %llu|", a->mode, a->path, (unsigned long long)a->size);
	return 0;
}

/* The code of the walk, and what it found in `found`. */
static int walk(struct strbuf *tree, struct strbuf *found)
{
	struct jci_error err = JCI_ERROR_INIT;
	struct jci_record r;
	int ret;

	init_run(&r, tree);
	strbuf_reset(found);
	ret = jci_artifacts_walk(&repo, &r, note, found, &err);
	assert_int_equal(ret, err.code);
	if (ret < 0)
		assert_non_null(err.message);
	jci_error_clear(&err);
	jci_record_release(&r);
	return ret;
}

static void test_walk_lists_all(void **state)
{
	cleanup_strbuf struct strbuf tree = STRBUF_INIT, found = STRBUF_INIT;
	git_oid empty, sub, other;

	(void)state;
	empty = put_tree(&tree);
	tree_add_text(&tree, 0100755, "-run", "#!");
	tree_add(&tree, 040000, "none", &empty);
	tree_add_text(&tree, 0120000, "to", "../x");
	sub = put_tree(&tree);
	memset(&other, 7, sizeof(other));
	tree_add_text(&tree, 0100644, "a b\n\xff", "one");
	tree_add(&tree, 040000, "d", &sub);
	tree_add(&tree, 0160000, "submodule", &other);
	tree_add_text(&tree, 0100664, "z", "");

	assert_int_equal(walk(&tree, &found), 0);
	assert_string_equal(found.buf, "100644 a b\n\xff 3|100755 d/-run 2|40000 d/none 0|"
				       "120000 d/to 4|100644 z 0|");
}

static int stop_at_second(void *ctx, const struct jci_artifact *a)
{
	(void)a;
	return ++*(int *)ctx == 2 ? 42 : 0;
}

static void test_walk_stops(void **state)
{
	cleanup_strbuf struct strbuf tree = STRBUF_INIT;
	struct jci_error err = JCI_ERROR_INIT;
	struct jci_record r;
	git_oid sub;
	int n = 0;

	(void)state;
	tree_add_text(&tree, 0100644, "a", "");
	tree_add_text(&tree, 0100644, "b", "");
	tree_add_text(&tree, 0100644, "c", "");
	sub = put_tree(&tree);
	tree_add(&tree, 040000, "d", &sub);
	tree_add(&tree, 040000, "e", &sub);
	init_run(&r, &tree);
	assert_int_equal(jci_artifacts_walk(&repo, &r, stop_at_second, &n, &err), 42);
	assert_int_equal(n, 2);
	assert_null(err.message);
	jci_record_release(&r);
}

static void test_walk_refuses_names(void **state)
{
	static const char *const names[] = {"", ".", "..", "a/b", "/", "../x"};
	cleanup_strbuf struct strbuf tree = STRBUF_INIT, found = STRBUF_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		git_oid sub;

		tree_add_text(&tree, 0100644, names[i], "evil");
		sub = put_tree(&tree);
		tree_add(&tree, 040000, "d", &sub);
		assert_int_equal(walk(&tree, &found), JCI_EINVALID);
		assert_string_equal(found.buf, "");
	}
	tree_add_text(&tree, 0100644, "...", "fine");
	tree_add_text(&tree, 0100644, ".a", "fine");
	tree_add_text(&tree, 0100644, ".git", "listed");
	assert_int_equal(walk(&tree, &found), 0);
	assert_string_equal(found.buf, "100644 ... 4|100644 .a 4|100644 .git 6|");
}

static void nest(struct strbuf *tree, int levels)
{
	tree_add_text(tree, 0100644, "f", "deep");
	for (int i = 1; i < levels; i++) {
		const git_oid sub = put_tree(tree);

		tree_add(tree, 040000, "d", &sub);
	}
}

static void test_walk_refuses_depth(void **state)
{
	cleanup_strbuf struct strbuf tree = STRBUF_INIT, found = STRBUF_INIT;

	(void)state;
	nest(&tree, 513);
	assert_int_equal(walk(&tree, &found), 0);
	assert_int_equal(found.len, strlen("100644 ") + 512 * strlen("d/") + strlen("f 4|"));
	nest(&tree, 514);
	assert_int_equal(walk(&tree, &found), JCI_EINVALID);
}

static void test_walk_refuses_wrong_objects(void **state)
{
	cleanup_strbuf struct strbuf tree = STRBUF_INIT, found = STRBUF_INIT;
	git_oid oid = put_tree(&tree);

	(void)state;
	tree_add(&tree, 0100644, "f", &oid);
	assert_int_equal(walk(&tree, &found), JCI_EINVALID);
	memset(&oid, 9, sizeof(oid));
	tree_add(&tree, 0100644, "missing", &oid);
	assert_int_equal(walk(&tree, &found), JCI_EFAIL);
	oid = put_blob("no tree");
	tree_add(&tree, 040000, "d", &oid);
	assert_true(walk(&tree, &found) < 0);
}

/* ---- one file ---- */

static int find(const struct jci_record *r, const char *path, struct jci_artifact *a)
{
	struct jci_error err = JCI_ERROR_INIT;
	int ret = jci_artifact_find(&repo, r, path, a, &err);

	if (ret < 0)
		assert_non_null(strstr(err.message, path));
	jci_error_clear(&err);
	return ret;
}

static void test_find(void **state)
{
	static const char *const missing[] = {"",    "x",  "d/x",    "d//f", "/d/f", "d/f/",
					      "f/f", "..", "d/../f", "d/..", "s"};
	cleanup_strbuf struct strbuf tree = STRBUF_INIT;
	struct jci_artifact a;
	struct jci_record r;
	git_oid sub;

	(void)state;
	tree_add_text(&tree, 0100644, "f", "evil");
	sub = put_tree(&tree);
	tree_add(&tree, 040000, "..", &sub);
	tree_add_text(&tree, 0100755, "f", "text");
	sub = put_tree(&tree);
	tree_add(&tree, 040000, "d", &sub);
	tree_add_text(&tree, 0100644, "f", "1");
	tree_add(&tree, 0160000, "s", &sub);
	init_run(&r, &tree);

	assert_int_equal(find(&r, "d/f", &a), 0);
	assert_string_equal(a.path, "d/f");
	assert_int_equal(a.mode, 0100755);
	assert_int_equal(a.size, 4);
	assert_int_equal(find(&r, "f", &a), 0);
	assert_int_equal(a.size, 1);
	assert_int_equal(find(&r, "d", &a), JCI_EINVALID);
	for (size_t i = 0; i < ARRAY_SIZE(missing); i++)
		assert_int_equal(find(&r, missing[i], &a), JCI_ENOTFOUND);
	jci_record_release(&r);
}

static void write_artifact(const char *data, size_t len)
{
	const git_oid oid = put_object(GIT_OBJECT_BLOB, data, len);
	const struct jci_artifact a = {.path = "f", .mode = 0100644, .oid = oid, .size = len};
	cleanup_close int dir = open(base, O_RDONLY | O_DIRECTORY), fd = -1;
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	struct jci_error err = JCI_ERROR_INIT;

	fd = openat(dir, "out", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_int_equal(jci_artifact_write(&repo, &a, fd, &err), 0);
	assert_int_equal(read_file_at(dir, "out", &text, 0), 0);
	assert_int_equal(text.len, len);
	assert_memory_equal(text.buf, data, len);
}

static void test_write(void **state)
{
	const size_t big = 17 * 1024 * 1024;
	cleanup_free char *data = xmalloc(big);

	(void)state;
	for (size_t i = 0; i < big; i++)
		data[i] = (char)(i * i >> 8);
	write_artifact("", 0);
	write_artifact("a\0b\r\n", 5);
	write_artifact(data, big);
}

static void test_write_fails(void **state)
{
	const git_oid oid = put_blob("text");
	const struct jci_artifact a = {.path = "some/file", .mode = 0100644, .oid = oid, .size = 4};
	cleanup_close int full = open("/dev/full", O_WRONLY);
	struct jci_error err = JCI_ERROR_INIT;

	(void)state;
	assert_int_equal(jci_artifact_write(&repo, &a, full, &err), JCI_EFAIL);
	assert_non_null(strstr(err.message, "some/file"));
	jci_error_clear(&err);
}

/* ---- extracting ---- */

static int get(struct strbuf *tree, const char *dir, const char *culprit)
{
	struct jci_error err = JCI_ERROR_INIT;
	struct jci_record r;
	int ret;

	init_run(&r, tree);
	ret = jci_artifacts_get(&repo, &r, dir, &err);
	assert_int_equal(ret, err.code);
	if (ret < 0)
		assert_non_null(strstr(err.message, culprit));
	jci_error_clear(&err);
	jci_record_release(&r);
	return ret;
}

static void assert_file(const char *dir, const char *name, unsigned mode, const char *text)
{
	cleanup_free char *path = xasprintf("%s/%s", dir, name);
	cleanup_strbuf struct strbuf got = STRBUF_INIT;
	struct stat st;

	assert_int_equal(lstat(path, &st), 0);
	assert_int_equal(st.st_mode, mode);
	if (S_ISREG(mode)) {
		assert_int_equal(read_file_at(AT_FDCWD, path, &got, 0), 0);
		assert_string_equal(got.buf, text);
	} else if (S_ISLNK(mode)) {
		char target[100] = "";

		assert_true(readlink(path, target, sizeof(target) - 1) >= 0);
		assert_string_equal(target, text);
	}
}

static bool is_empty(const char *path)
{
	/* a folder that is not can't be removed */
	return rmdir(path) == 0 && mkdir(path, 0777) == 0;
}

static void test_get(void **state)
{
	cleanup_strbuf struct strbuf tree = STRBUF_INIT;
	cleanup_free char *dir = below("get/here/");
	git_oid empty, sub;

	(void)state;
	empty = put_tree(&tree);
	tree_add_text(&tree, 0100755, "-run", "#!");
	tree_add(&tree, 040000, "none", &empty);
	tree_add_text(&tree, 0120000, "to", "../x");
	sub = put_tree(&tree);
	tree_add_text(&tree, 0100644, "a\n\xff", "one");
	tree_add_text(&tree, 0120000, "b", "/etc");
	tree_add(&tree, 040000, "d", &sub);
	tree_add(&tree, 040000, "e", &sub);
	tree_add_text(&tree, 0100644, "f", "two");
	assert_int_equal(get(&tree, dir, ""), 0);

	assert_file(dir, "a\n\xff", S_IFREG | 0644, "one");
	assert_file(dir, "b", S_IFLNK | 0777, "/etc");
	assert_file(dir, "d/-run", S_IFREG | 0755, "#!");
	assert_file(dir, "d/none", S_IFDIR | 0755, NULL);
	assert_file(dir, "e/to", S_IFLNK | 0777, "../x");
	assert_file(dir, "f", S_IFREG | 0644, "two");
}

static void test_get_needs_empty_folder(void **state)
{
	cleanup_strbuf struct strbuf tree = STRBUF_INIT;
	cleanup_free char *dir = below("full"), *file = below("full/.mine");

	(void)state;
	write_below("full/.mine", "x");
	tree_add_text(&tree, 0100644, "f", "");
	assert_int_equal(get(&tree, dir, "full"), JCI_EEXISTS);
	assert_file(dir, ".mine", S_IFREG | 0644, "x");
	tree_add_text(&tree, 0100644, "f", "");
	assert_int_equal(get(&tree, file, ".mine"), JCI_EFAIL);
	assert_int_equal(unlink(file), 0);
	tree_add_text(&tree, 0100644, "f", "");
	assert_int_equal(get(&tree, dir, ""), 0);
}

static void test_get_removes_what_failed(void **state)
{
	cleanup_strbuf struct strbuf tree = STRBUF_INIT;
	cleanup_free char *new = below("new"), *old = below("old");
	git_oid sub;

	(void)state;
	mkdir(old, 0777);
	for (int i = 0; i < 2; i++) {
		tree_add_text(&tree, 0100644, "f", "");
		sub = put_tree(&tree);
		tree_add(&tree, 040000, "d", &sub);
		tree_add_text(&tree, 0100644, "f", "");
		tree_add_text(&tree, 0100644, "f", "twice");
		assert_int_equal(get(&tree, i ? old : new, "'f'"), JCI_EFAIL);
	}
	assert_false(is_there("new"));
	assert_true(is_empty(old));
}

/* A name that is a link and a folder: in whatever order, nothing goes through the link. */
static void test_get_stays_inside(void **state)
{
	cleanup_strbuf struct strbuf tree = STRBUF_INIT;
	cleanup_free char *outside = below("outside"), *dir = below("inside");
	git_oid sub;

	(void)state;
	mkdir(outside, 0777);
	for (int i = 0; i < 3; i++) {
		/* a folder with nothing but a link is made last, after other links */
		tree_add_text(&tree, i < 2 ? 0100644 : 0120000, "f", "evil");
		sub = put_tree(&tree);
		if (i != 1)
			tree_add_text(&tree, 0120000, "a", outside);
		tree_add(&tree, 040000, "a", &sub);
		if (i == 1)
			tree_add_text(&tree, 0120000, "a", outside);
		assert_int_equal(get(&tree, dir, "a"), JCI_EFAIL);
		assert_true(is_empty(outside));
		assert_false(is_there("inside"));
	}
	tree_add_text(&tree, 0100644, "..", "evil");
	assert_int_equal(get(&tree, dir, ".."), JCI_EINVALID);
	assert_false(is_there("inside"));
}

static void test_get_refuses_git(void **state)
{
	static const char *const names[] = {".git", ".GiT"};
	cleanup_strbuf struct strbuf tree = STRBUF_INIT;
	cleanup_free char *dir = below("git");

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		git_oid sub;

		tree_add_text(&tree, 0100644, "config", "evil");
		sub = put_tree(&tree);
		tree_add(&tree, 040000, names[i], &sub);
		sub = put_tree(&tree);
		tree_add(&tree, 040000, "d", &sub);
		assert_int_equal(get(&tree, dir, names[i]), JCI_EINVALID);
		assert_false(is_there("git"));
	}
	tree_add_text(&tree, 0100644, ".gitignore", "fine");
	assert_int_equal(get(&tree, dir, ""), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_walk_lists_all),
		cmocka_unit_test(test_walk_stops),
		cmocka_unit_test(test_walk_refuses_names),
		cmocka_unit_test(test_walk_refuses_depth),
		cmocka_unit_test(test_walk_refuses_wrong_objects),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_write_fails),
		cmocka_unit_test(test_get),
		cmocka_unit_test(test_get_needs_empty_folder),
		cmocka_unit_test(test_get_removes_what_failed),
		cmocka_unit_test(test_get_stays_inside),
		cmocka_unit_test(test_get_refuses_git),
	};

	return cmocka_run_group_tests(tests, setup, remove_repo);
}
