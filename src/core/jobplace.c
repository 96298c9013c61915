#include "core/jobplace.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/alloc.h"
#include "util/gettext.h"
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
