#include "tui/filetree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "util/strbuf.h"

static int make_tree(void **state)
{
	*state = filetree_new();
	return 0;
}

static int free_tree(void **state)
{
	filetree_free(*state);
	return 0;
}

static void add(struct filetree *tree, const char *path, uint64_t size)
{
	assert_true(filetree_add(tree, path, 0100644, size));
}

/* In git's order, as all of them are. */
static void add_some(struct filetree *tree)
{
	add(tree, ".jci/log.index", 5);
	add(tree, ".jci/run.json", 7);
	add(tree, "a.txt", 1);
	add(tree, "a/b/c", 10);
	add(tree, "a/b/d", 20);
	add(tree, "a/e", 30);
	add(tree, "ab", 2);
	add(tree, FILETREE_LOG, 100);
	add(tree, "z", 3);
}

static void add_row(struct strbuf *sb, const struct filetree *tree, size_t i)
{
	struct filetree_row row;

	filetree_row(tree, i, &row);
	if (!row.path) {
		strbuf_addf(sb, "# %.*s\n", (int)row.name_len, row.name);
		return;
	}
	assert_true(row.name >= row.path && row.name + row.name_len == row.path + row.path_len);
	strbuf_addf(sb, "%*s%s%.*s %d\n", (int)row.depth, "",
		    !row.folder  ? ""
		    : row.folded ? "+"
				 : "-",
		    (int)row.name_len, row.name, (int)row.size);
}

static void assert_rows(const struct filetree *tree, const char *expected)
{
	cleanup_strbuf struct strbuf rows = STRBUF_INIT;

	for (size_t i = 0; i < filetree_rows(tree); i++)
		add_row(&rows, tree, i);
	assert_string_equal(rows.buf, expected);
}

static size_t find(const struct filetree *tree, const char *path)
{
	return filetree_find(tree, path, strlen(path));
}

static void shows_the_log_first_and_its_own_last(void **state)
{
	struct filetree *tree = *state;

	add_some(tree);
	filetree_note(tree, "left out");
	filetree_layout(tree, false);
	assert_rows(tree, FILETREE_LOG " 100\n"
				       "a.txt 1\n"
				       "-a 60\n"
				       " -b 30\n"
				       "  c 10\n"
				       "  d 20\n"
				       " e 30\n"
				       "ab 2\n"
				       "z 3\n"
				       "+.jci 12\n"
				       "# left out\n");
	assert_int_equal(filetree_count(tree), 9);
}

static void begins_folded_where_told(void **state)
{
	struct filetree *tree = *state;

	add_some(tree);
	filetree_layout(tree, true);
	assert_rows(tree, FILETREE_LOG " 100\na.txt 1\n+a 60\nab 2\nz 3\n+.jci 12\n");
	filetree_fold(tree, 2, false);
	assert_rows(tree,
		    FILETREE_LOG " 100\na.txt 1\n-a 60\n +b 30\n e 30\nab 2\nz 3\n+.jci 12\n");
}

static void keeps_what_the_user_folded(void **state)
{
	struct filetree *tree = *state, *next = filetree_new();

	add_some(tree);
	filetree_layout(tree, true);
	filetree_fold(tree, 2, false);
	filetree_fold(tree, filetree_rows(tree) - 1, false);
	filetree_layout(tree, true);
	assert_int_equal(find(tree, ".jci/run.json"), 9);

	filetree_inherit(next, tree);
	add(next, ".jci/run.json", 7);
	add(next, "a/b/c", 1);
	add(next, "x/y", 1);
	filetree_layout(next, true);
	assert_rows(next, "-a 1\n +b 1\n+x 1\n-.jci 7\n run.json 7\n");
	filetree_free(next);
}

static void finds_paths_and_what_hides_them(void **state)
{
	struct filetree *tree = *state;

	add_some(tree);
	filetree_layout(tree, false);
	assert_int_equal(find(tree, "a/b/d"), 5);
	assert_int_equal(find(tree, "a/b"), 3);
	assert_int_equal(find(tree, "a/b/"), 3);
	assert_int_equal(find(tree, "ab"), 7);
	assert_int_equal(find(tree, ".jci/run.json"), 9);
	assert_int_equal(find(tree, "a/b/x"), FILETREE_NONE);
	assert_int_equal(find(tree, "z/y"), FILETREE_NONE);
	assert_int_equal(find(tree, ""), FILETREE_NONE);
	filetree_fold(tree, 2, true);
	assert_int_equal(find(tree, "a/b/d"), 2);
	assert_int_equal(find(tree, "ab"), 3);
}

static void knows_the_folder_of_a_row(void **state)
{
	struct filetree *tree = *state;

	add_some(tree);
	filetree_note(tree, "note");
	filetree_layout(tree, false);
	assert_int_equal(filetree_parent(tree, 5), 3);
	assert_int_equal(filetree_parent(tree, 3), 2);
	assert_int_equal(filetree_parent(tree, 2), FILETREE_NONE);
	assert_int_equal(filetree_parent(tree, 10), FILETREE_NONE);
	filetree_fold(tree, 10, true);
	filetree_fold(tree, 0, true);
	assert_int_equal(filetree_rows(tree), 11);
}

static bool name_is(void *ctx, const char *path, size_t len, size_t name_start)
{
	const char *name = ctx;

	return len - name_start == strlen(name) &&
	       memcmp(path + name_start, name, strlen(name)) == 0;
}

static size_t search(struct filetree *tree, size_t row, bool backward, bool at, const char *name)
{
	return filetree_search(tree, row, backward, at, name_is, (void *)(uintptr_t)name);
}

static void searches_in_folded_folders_too(void **state)
{
	struct filetree *tree = *state;

	add_some(tree);
	filetree_layout(tree, true);
	assert_int_equal(search(tree, 0, false, false, "d"), 5);
	assert_rows(tree, FILETREE_LOG " 100\n"
				       "a.txt 1\n"
				       "-a 60\n"
				       " -b 30\n"
				       "  c 10\n"
				       "  d 20\n"
				       " e 30\n"
				       "ab 2\n"
				       "z 3\n"
				       "+.jci 12\n");
}

static void searches_around_the_end(void **state)
{
	struct filetree *tree = *state;

	add_some(tree);
	add(tree, "zz/z", 1);
	filetree_note(tree, "note");
	filetree_layout(tree, false);
	assert_int_equal(search(tree, 5, false, false, "a.txt"), 1);
	assert_int_equal(search(tree, 0, true, false, "z"), 10);
	assert_int_equal(search(tree, 10, true, false, "z"), 8);
	assert_int_equal(search(tree, 8, false, true, "z"), 8);
	assert_int_equal(search(tree, 8, false, false, "z"), 10);
	assert_int_equal(search(tree, 1, false, false, "a.txt"), 1);
	assert_int_equal(search(tree, 12, false, false, FILETREE_LOG), 0);
	assert_int_equal(search(tree, 12, true, true, "z"), 10);
	assert_int_equal(search(tree, 0, false, true, "nothing"), FILETREE_NONE);
}

static void takes_empty_folders_and_trees(void **state)
{
	struct filetree *tree = *state;

	filetree_layout(tree, true);
	assert_int_equal(filetree_rows(tree), 0);
	assert_int_equal(search(tree, 0, false, true, "x"), FILETREE_NONE);
	assert_true(filetree_add(tree, "empty", 040000, 0));
	assert_true(filetree_add(tree, "full/none", 040000, 0));
	add(tree, "full/some", 1);
	filetree_layout(tree, false);
	assert_rows(tree, "-empty 0\n-full 1\n -none 0\n some 1\n");
}

static void takes_names_that_differ_by_bytes(void **state)
{
	struct filetree *tree = *state;

	add(tree, "\n", 1);
	add(tree, "a\xff/\033[31m", 2);
	add(tree, "a\xff/x", 3);
	filetree_layout(tree, false);
	assert_rows(tree, "\n 1\n-a\xff 5\n \033[31m 2\n x 3\n");
}

static void refuses_too_many(void **state)
{
	struct filetree *tree = *state;
	char path[32];

	for (int i = 0; i < FILETREE_MAX; i++) {
		snprintf(path, sizeof(path), "%06d", i);
		assert_true(filetree_add(tree, path, 0100644, 1));
	}
	assert_false(filetree_add(tree, "one-more", 0100644, 1));
	assert_int_equal(filetree_count(tree), FILETREE_MAX);
}

/* Each file in 256 folders of its own. */
static void refuses_too_many_folders(void **state)
{
	struct filetree *tree = *state;
	cleanup_strbuf struct strbuf path = STRBUF_INIT;
	int n = 0;

	do {
		strbuf_reset(&path);
		strbuf_addf(&path, "%06d", n++);
		for (int i = 0; i < 255; i++)
			strbuf_addstr(&path, "/d");
		strbuf_addstr(&path, "/f");
	} while (filetree_add(tree, path.buf, 0100644, 1));
	assert_in_range(n, 1000, 3000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_tree, free_tree)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(shows_the_log_first_and_its_own_last),
		TEST(begins_folded_where_told),
		TEST(keeps_what_the_user_folded),
		TEST(finds_paths_and_what_hides_them),
		TEST(knows_the_folder_of_a_row),
		TEST(searches_in_folded_folders_too),
		TEST(searches_around_the_end),
		TEST(takes_empty_folders_and_trees),
		TEST(takes_names_that_differ_by_bytes),
		TEST(refuses_too_many),
		TEST(refuses_too_many_folders),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
