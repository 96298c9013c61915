#include "core/worktree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/alloc.h"
#include "util/fault.h"
#include "util/gettext.h"
#include "util/io.h"
#include "util/process.h"

/*
 * Git's own list of work trees is not made for several that come and go at once: `git worktree add`
 * fails when it meets the half-written entry of another. So only one of ours changes it at a time.
 */
static int lock_list(const struct jci_repo *repo, struct jci_error *err)
{
	cleanup_free char *path = xasprintf("%s/worktree.lock", repo->jci_dir);
	cleanup_close int fd = -1;

	if (mkdir_parents(repo->jci_dir) == 0)
		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot open '%s'"), path);
	while (flock(fd, LOCK_EX) < 0)
		if (errno != EINTR)
			return jci_error_errno(err, JCI_EFAIL, _("cannot lock '%s'"), path);
	return steal_fd(fd);
}

/* Puts a new work tree, without any files yet, on the list. */
static int enlist(const struct jci_repo *repo, const char *hex, const char *path,
		  struct jci_error *err)
{
	/* clang-format off */
	const char *const argv[] = {
		"git", "--git-dir", repo->git_dir,
		"-c", "core.hooksPath=/dev/null",
		"-c", "worktree.useRelativePaths=false",
		"worktree", "add", "--no-checkout", "--detach", "--quiet", "--", path, hex,
		NULL,
	};
	/* clang-format on */
	const struct process git = {.argv = argv, .dir = NULL, .out = -1};
	cleanup_close int lock = lock_list(repo, err);

	return lock < 0 ? err->code : process_run(&git, err);
}

/* What `git worktree add` itself does for the files. */
static int fill(const char *path, struct jci_error *err)
{
	/* clang-format off */
	static const char *const argv[] = {
		"git",
		"-c", "core.hooksPath=/dev/null",
		"reset", "--hard", "--quiet", "--no-recurse-submodules",
		NULL,
	};
	/* clang-format on */
	const struct process git = {.argv = argv, .dir = path, .out = -1};

	return process_run(&git, err);
}

static int checkout(const struct jci_repo *repo, const git_oid *commit, const char *path,
		    struct jci_error *err)
{
	char hex[GIT_OID_HEXSZ + 1];

	git_oid_tostr(hex, sizeof(hex), commit);
	if (enlist(repo, hex, path, err) < 0)
		return jci_error_prefix(err, _("cannot check out '%s' in '%s'"), hex, path);
	fault_point("enlisted");
	if (fill(path, err) < 0)
		return jci_error_prefix(err, _("cannot check out '%s' in '%s'"), hex, path);
	return 0;
}

int jci_worktree_add(const struct jci_repo *repo, const git_oid *commit, const char *path,
		     struct jci_error *err)
{
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;
	struct stat st;

	if (lstat(path, &st) == 0)
		return jci_error_set(err, JCI_EEXISTS, _("'%s' exists already"), path);
	if (checkout(repo, commit, path, err) == 0)
		return 0;
	/* the files may have failed after the entry was made */
	jci_worktree_remove(repo, path, &ignored);
	return err->code;
}

/* The path as git writes it down: absolute, the folders without links, no slash at the end. */
static char *real_path(const char *path)
{
	cleanup_free char *copy = xstrdup(path), *real = NULL;
	size_t len = strlen(copy);
	char *slash;

	while (len > 1 && copy[len - 1] == '/')
		copy[--len] = '\0';
	slash = strrchr(copy, '/');
	if (!slash) {
		real = realpath(".", NULL);
		return real ? xasprintf("%s/%s", real, copy) : steal_ptr(copy);
	}
	*slash = '\0';
	real = realpath(*copy ? copy : "/", NULL);
	return xasprintf("%s/%s", !real ? copy : real[1] ? real : "", slash + 1);
}

/* Whether `<common dir>/worktrees/ID` says that it belongs to the work tree at `path`. */
static bool belongs_to(int worktrees, const char *id, const char *path)
{
	cleanup_free char *file = xasprintf("%s/gitdir", id);
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	size_t len = strlen(path);

	if (id[0] == '.' || read_file_at(worktrees, file, &text, 64 * 1024) < 0)
		return false;
	if (text.len > 0 && text.buf[text.len - 1] == '\n')
		strbuf_setlen(&text, text.len - 1);
	return text.len == len + 5 && memcmp(text.buf, path, len) == 0 &&
	       strcmp(text.buf + len, "/.git") == 0;
}

/*
 * Removes what git keeps about the work tree. `git worktree prune` would forget other people's
 * work trees too, if they are on a disk that is away just now; and the work tree's own `.git` file,
 * which the script may have written, is not asked where that is.
 */
static int delist(const struct jci_repo *repo, const char *path, struct jci_error *err)
{
	cleanup_free char *worktrees = xasprintf("%s/worktrees", repo->common_dir);
	cleanup_free char *real = real_path(path);
	cleanup_close int lock = -1;
	cleanup_dir DIR *dir = opendir(worktrees);
	const struct dirent *e;

	if (!dir && errno == ENOENT)
		return 0;
	if (!dir)
		return jci_error_errno(err, JCI_EFAIL, _("cannot read the folder '%s'"), worktrees);
	lock = lock_list(repo, err);
	if (lock < 0)
		return err->code;
	while ((e = readdir(dir))) {
		if (!belongs_to(dirfd(dir), e->d_name, real))
			continue;
		if (remove_tree_at(dirfd(dir), e->d_name) < 0)
			return jci_error_errno(err, JCI_EFAIL, _("cannot remove '%s/%s'"),
					       worktrees, e->d_name);
		break;
	}
	return 0;
}

int jci_worktree_remove(const struct jci_repo *repo, const char *path, struct jci_error *err)
{
	if (delist(repo, path, err) < 0)
		return err->code;
	if (remove_tree_at(AT_FDCWD, path) < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot remove the work tree '%s'"), path);
	return 0;
}
