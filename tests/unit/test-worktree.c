#include "core/worktree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/alloc.h"
#include "util/io.h"

#include "support.h"

static git_oid head;

static void remove_below(const char *name)
{
	cleanup_free char *path = below(name);

	assert_int_equal(remove_tree_at(AT_FDCWD, path), 0);
}

static void commit_file(void)
{
	git_treebuilder *builder;
	git_signature *who;
	git_oid blob, id;
	git_tree *tree;

	assert_int_equal(git_blob_create_from_buffer(&blob, repo.git, "text", 4), 0);
	assert_int_equal(git_treebuilder_new(&builder, repo.git, NULL), 0);
	assert_int_equal(git_treebuilder_insert(NULL, builder, "file", &blob, 0100644), 0);
	assert_int_equal(git_treebuilder_write(&id, builder), 0);
	assert_int_equal(git_tree_lookup(&tree, repo.git, &id), 0);
	assert_int_equal(git_signature_new(&who, "A", "a@b", 1, 0), 0);
	assert_int_equal(
		git_commit_create(&head, repo.git, "HEAD", who, who, NULL, "x", tree, 0, NULL), 0);
	git_signature_free(who);
	git_tree_free(tree);
	git_treebuilder_free(builder);
}

static int setup(void **state)
{
	make_repo(state);
	commit_file();
	return 0;
}

static int add(const char *name)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_free char *path = below(name);

	return jci_worktree_add(&repo, &head, path, &err);
}

static int take_away(const char *name)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_free char *path = below(name);

	return jci_worktree_remove(&repo, path, &err);
}

static void test_add_and_remove(void **state)
{
	(void)state;
	assert_int_equal(add("tree"), 0);
	assert_true(is_there("tree/file"));
	assert_true(is_there("repo/.git/worktrees/tree"));
	assert_int_equal(take_away("tree"), 0);
	assert_false(is_there("tree"));
	assert_false(is_there("repo/.git/worktrees/tree"));
	assert_int_equal(take_away("tree"), 0);
}

static void test_hooks_do_not_run(void **state)
{
	static const char *const names[] = {"post-checkout", "post-index-change",
					    "reference-transaction"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		cleanup_free char *name = xasprintf("repo/.git/hooks/%s", names[i]);
		cleanup_free char *hook = below(name);
		cleanup_free char *script = xasprintf("#!/bin/sh\n: >'%s/hooked'\n", base);

		write_below(name, script);
		assert_int_equal(chmod(hook, 0755), 0);
	}
	assert_int_equal(add("tree"), 0);
	assert_false(is_there("hooked"));
	assert_int_equal(take_away("tree"), 0);
	remove_below("repo/.git/hooks");
}

/* A hook of `git commit` has these; the user's index must stay as it is. */
static void test_environment_of_a_hook(void **state)
{
	cleanup_free char *index = below("index");

	(void)state;
	setenv("GIT_INDEX_FILE", index, 1);
	assert_int_equal(add("tree"), 0);
	unsetenv("GIT_INDEX_FILE");
	assert_false(is_there("index"));
	assert_true(is_there("repo/.git/worktrees/tree/index"));
	assert_int_equal(take_away("tree"), 0);
}

static void test_what_exists_stays(void **state)
{
	(void)state;
	write_below("mine", "x");
	assert_int_equal(add("mine"), JCI_EEXISTS);
	assert_true(is_there("mine"));
	remove_below("mine");
}

static void test_failure_leaves_nothing(void **state)
{
	(void)state;
	write_below("repo/.git/info/attributes", "* filter=bad\n");
	setenv("GIT_CONFIG_SYSTEM", "/dev/null", 1);
	write_below("gitconfig", "[filter \"bad\"]\n\tsmudge = false\n\trequired = true\n");
	{
		cleanup_free char *config = below("gitconfig");

		setenv("GIT_CONFIG_GLOBAL", config, 1);
	}
	assert_int_equal(add("tree"), JCI_EFAIL);
	assert_false(is_there("tree"));
	assert_false(is_there("repo/.git/worktrees/tree"));
	unsetenv("GIT_CONFIG_GLOBAL");
	remove_below("repo/.git/info/attributes");
}

static void test_remove_half(void **state)
{
	(void)state;
	assert_int_equal(add("tree"), 0);
	remove_below("tree");
	assert_int_equal(take_away("tree"), 0);
	assert_false(is_there("repo/.git/worktrees/tree"));

	assert_int_equal(add("tree"), 0);
	remove_below("repo/.git/worktrees/tree");
	assert_int_equal(take_away("tree"), 0);
	assert_false(is_there("tree"));
}

/* Neither a work tree whose disk is away, nor what a script wrote into .git, is taken for ours. */
static void test_remove_nothing_else(void **state)
{
	cleanup_free char *precious = below("precious"), *text = NULL;

	(void)state;
	assert_int_equal(add("other"), 0);
	assert_int_equal(add("tree"), 0);
	remove_below("other");
	assert_int_equal(mkdir(precious, 0777), 0);
	text = xasprintf("gitdir: %s\n", precious);
	write_below("tree/.git", text);
	assert_int_equal(take_away("tree"), 0);
	assert_true(is_there("precious"));
	assert_true(is_there("repo/.git/worktrees/other"));
	assert_false(is_there("repo/.git/worktrees/tree"));
	assert_int_equal(take_away("other"), 0);
}

static void test_path_through_a_link(void **state)
{
	cleanup_free char *link = below("link");

	(void)state;
	assert_int_equal(symlink(".", link), 0);
	assert_int_equal(add("link/tree"), 0);
	assert_int_equal(take_away("link/tree/"), 0);
	assert_false(is_there("tree"));
	assert_false(is_there("repo/.git/worktrees/tree"));
	assert_int_equal(unlink(link), 0);
}

/* In a process of its own; all have the same last name, so their entries would get in the way. */
static int come_and_go(int i)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_free char *folder = xasprintf("%s/%d", base, i), *name = xasprintf("%d/tree", i);
	int failed = mkdir(folder, 0777) < 0 || jci_repo_open(&repo, &err) < 0;

	for (int n = 0; n < 5 && !failed; n++)
		failed = add(name) < 0 || take_away(name) < 0;
	jci_repo_release(&repo);
	return failed != 0;
}

static void test_many_at_once(void **state)
{
	enum { N = 8 };
	pid_t pids[N];

	(void)state;
	jci_repo_release(&repo);
	for (int i = 0; i < N; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			_exit(come_and_go(i));
	}
	for (int i = 0; i < N; i++) {
		int status = -1;

		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	{
		struct jci_error err = JCI_ERROR_INIT;

		assert_int_equal(jci_repo_open(&repo, &err), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add_and_remove),
		cmocka_unit_test(test_hooks_do_not_run),
		cmocka_unit_test(test_environment_of_a_hook),
		cmocka_unit_test(test_what_exists_stays),
		cmocka_unit_test(test_failure_leaves_nothing),
		cmocka_unit_test(test_remove_half),
		cmocka_unit_test(test_remove_nothing_else),
		cmocka_unit_test(test_path_through_a_link),
		cmocka_unit_test(test_many_at_once),
	};

	return cmocka_run_group_tests(tests, setup, remove_repo);
}
