#include "core/jobplace.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/gitclean.h"
#include "util/alloc.h"
#include "util/gettext.h"
#include "util/io.h"
#include "util/process.h"
#include "util/program.h"

/* What Docker gives to a container whose image has no PATH. */
static const char default_path[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

static bool is_usable(const char *path)
{
	struct stat st;

	return path && *path == '/' && stat(path, &st) == 0 && S_ISDIR(st.st_mode) &&
	       access(path, W_OK | X_OK) == 0;
}

static int set(const char *name, const char *value, struct jci_error *err)
{
	if (setenv(name, value, 1) == 0)
		return 0;
	return jci_error_errno(err, JCI_EFAIL, _("cannot set '%s'"), name);
}

/* A new folder below `here`, and its path into the variable. */
static int set_new(const char *here, const char *prefix, const char *name, struct jci_error *err)
{
	cleanup_free char *path = xasprintf("%s/%s-XXXXXX", here, prefix);

	if (!mkdtemp(path))
		return jci_error_errno(err, JCI_EFAIL, _("cannot make a folder in '%s'"), here);
	return set(name, path, err);
}

static int set_folders(const char *here, struct jci_error *err)
{
	const char *tmp = getenv("TMPDIR");

	if (!is_usable(getenv("HOME")) && set_new(here, ".home", "HOME", err) < 0)
		return err->code;
	if (!is_usable(tmp && *tmp ? tmp : "/tmp"))
		return set_new(here, ".tmp", "TMPDIR", err);
	return 0;
}

static int set_path(struct jci_error *err)
{
	const char *path = getenv("PATH");
	cleanup_free char *bin = program_bundle(), *all = NULL;

	if (!path || !*path)
		path = default_path;
	all = bin ? xasprintf("%s:%s", path, bin) : xstrdup(path);
	return set("PATH", all, err);
}

/* The last part of OWNER/NAME; a name is no option, and not hidden. */
static const char *folder_name(const char *repository)
{
	const char *slash = strrchr(repository, '/'), *name = slash ? slash + 1 : repository;

	return *name && *name != '.' && *name != '-' && strlen(name) <= NAME_MAX ? name
										 : "repository";
}

int jci_job_place(const char *repository, char **folder, struct jci_error *err)
{
	cleanup_free char *here = realpath(".", NULL);
	struct stat st;

	if (!here)
		return jci_error_errno(err, JCI_EFAIL, _("cannot find the folder '%s'"), ".");
	for (const char *const *name = git_local_env_vars; *name; name++)
		unsetenv(*name);
	if (set_folders(here, err) < 0 || set_path(err) < 0)
		return err->code;
	*folder = xasprintf("%s/%s", here[1] ? here : "", folder_name(repository));
	if (lstat(*folder, &st) == 0)
		return jci_error_set(err, JCI_EEXISTS, _("'%s' exists already"), *folder);
	return 0;
}

/* ---- for the push ---- */

static int lend_objects(const char *place, const struct jci_repo *clone, struct jci_error *err)
{
	cleanup_free char *file = xasprintf("%s/objects/info/alternates", place);
	cleanup_free char *line = xasprintf("%s/objects\n", clone->common_dir);
	cleanup_close int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

	if (fd < 0 || write_full(fd, line, strlen(line)) < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot write '%s'"), file);
	return 0;
}

static int fill(git_repository *git, const struct jci_ref *run, const char *url,
		struct jci_error *err)
{
	cleanup_git_reference git_reference *ref = NULL;
	cleanup_git_remote git_remote *remote = NULL;
	cleanup_strbuf struct strbuf name = STRBUF_INIT;

	jci_ref_name(&name, run);
	if (git_reference_create(&ref, git, name.buf, &run->target, false, NULL) < 0 ||
	    git_remote_create(&remote, git, "origin", url) < 0)
		return jci_error_git(err, JCI_EFAIL, _("cannot make '%s'"), name.buf);
	return 0;
}

int jci_job_push_place(struct jci_repo *place, const struct jci_repo *clone,
		       const struct jci_ref *run, const char *url, struct jci_error *err)
{
	cleanup_git_repository git_repository *git = NULL;
	cleanup_free char *path = xasprintf("%s-push-XXXXXX", clone->work_tree);

	if (!mkdtemp(path))
		return jci_error_errno(err, JCI_EFAIL, _("cannot make the folder '%s'"), path);
	if (git_repository_init(&git, path, true) < 0)
		return jci_error_git(err, JCI_EFAIL, _("cannot make a repository in '%s'"), path);
	if (lend_objects(path, clone, err) < 0 || fill(git, run, url, err) < 0)
		return err->code;
	if (chdir(path) < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot enter the folder '%s'"), path);
	return jci_repo_open(place, err);
}
