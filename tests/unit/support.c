#include "support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "util/alloc.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/io.h"
#include "util/process.h"

char *base;
struct jci_repo repo = JCI_REPO_INIT;

int make_folder(void **state)
{
	const char *tmp = getenv("TMPDIR");

	(void)state;
	base = xasprintf("%s/%s-XXXXXX", tmp && *tmp ? tmp : "/tmp", program_invocation_short_name);
	assert_non_null(mkdtemp(base));
	return 0;
}

int remove_folder(void **state)
{
	(void)state;
	assert_int_equal(remove_tree_at(AT_FDCWD, base), 0);
	free(steal_ptr(base));
	return 0;
}

void open_repo(const char *git_dir)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;

	setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
	setenv("GIT_DIR", git_dir, 1);
	if (jci_repo_open(&repo, &err) < 0)
		fail_msg("%s", err.message);
}

static int init_repo(void **state, bool bare)
{
	cleanup_free char *path = NULL, *git_dir = NULL;
	git_repository *git;

	make_folder(state);
	path = below("repo");
	git_dir = below(bare ? "repo" : "repo/.git");
	git_libgit2_init();
	assert_int_equal(git_repository_init(&git, path, bare), 0);
	git_repository_free(git);
	open_repo(git_dir);
	return 0;
}

int make_repo(void **state)
{
	return init_repo(state, false);
}

int make_bare_repo(void **state)
{
	return init_repo(state, true);
}

int remove_repo(void **state)
{
	jci_repo_release(&repo);
	unsetenv("GIT_DIR");
	return remove_folder(state);
}

char *below(const char *name)
{
	return xasprintf("%s/%s", base, name);
}

bool is_there(const char *name)
{
	cleanup_free char *path = below(name);
	struct stat st;

	return lstat(path, &st) == 0;
}

void write_below(const char *name, const char *text)
{
	cleanup_free char *path = below(name);
	cleanup_free char *parent = xstrndup(path, (size_t)(strrchr(path, '/') - path));

	assert_int_equal(mkdir_parents(parent), 0);
	assert_int_equal(write_file_at(AT_FDCWD, path, text, strlen(text)), 0);
}

git_oid put_object(git_object_t type, const void *data, size_t len)
{
	git_odb *odb;
	git_oid oid;

	assert_int_equal(git_repository_odb(&odb, repo.git), 0);
	assert_int_equal(git_odb_write(&oid, odb, data, len, type), 0);
	git_odb_free(odb);
	return oid;
}

void run_git(const char *dir, struct strbuf *out, const char *const *argv)
{
	const struct process p = {.argv = argv, .dir = dir, .out = -1};
	cleanup_error struct jci_error err = JCI_ERROR_INIT;

	if ((out ? process_capture(&p, out, &err) : process_run(&p, &err)) < 0)
		fail_msg("%s", err.message);
}
