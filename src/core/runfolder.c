#include "core/runfolder.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "core/worktree.h"
#include "util/alloc.h"
#include "util/fault.h"
#include "util/gettext.h"
#include "util/io.h"

static char *work_tree_name(const struct jci_repo *repo)
{
	const char *path = repo->work_tree ? repo->work_tree : repo->common_dir;
	const char *slash = strrchr(path, '/');

	return xstrdup(slash && slash[1] ? slash + 1 : "repository");
}

static char *base_folder(const struct jci_record *r)
{
	return xstrndup(r->output_dir, (size_t)(strrchr(r->output_dir, '/') - r->output_dir));
}

int jci_run_folders_name(const struct jci_repo *repo, bool worktree, struct jci_record *r,
			 struct jci_error *err)
{
	const char *env = getenv("TMPDIR"), *parent = env && *env ? env : "/tmp";
	cleanup_free char *real = realpath(parent, NULL), *base = NULL, *name = NULL;
	uint64_t number;

	if (!real)
		return jci_error_errno(err, JCI_EFAIL, _("cannot find the folder '%s'"), parent);
	if (getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number))
		return jci_error_errno(err, JCI_EFAIL, _("cannot get random numbers"));
	base = xasprintf("%s/git-jci-%016" PRIx64, real[1] ? real : "", number);
	r->output_dir = xasprintf("%s/output", base);
	if (worktree) {
		name = work_tree_name(repo);
		r->worktree =
			xasprintf("%s/%s", base, strcmp(name, "output") == 0 ? "repository" : name);
	}
	return 0;
}

int jci_run_folders_make(struct jci_record *r, struct jci_error *err)
{
	cleanup_free char *base = base_folder(r);

	if (mkdir(base, 0700) == 0) {
		fault_point("folder");
		if (mkdir(r->output_dir, 0777) == 0)
			return 0;
		return jci_error_errno(err, JCI_EFAIL, _("cannot make the folder '%s'"),
				       r->output_dir);
	}
	jci_error_errno(err, JCI_EFAIL, _("cannot make the folder '%s'"), base);
	free(steal_ptr(r->output_dir)); /* whatever is there is not ours */
	free(steal_ptr(r->worktree));
	return err->code;
}

bool jci_run_folders_valid(const struct jci_record *r)
{
	const char *slash = r->output_dir ? strrchr(r->output_dir, '/') : NULL;
	cleanup_free char *base = slash ? base_folder(r) : NULL;
	const char *name = base ? strrchr(base, '/') : NULL;
	size_t len = base ? strlen(base) : 0;

	if (!name || base[0] != '/' || strstr(base, "/../") || strcmp(slash, "/output") != 0 ||
	    strncmp(name, "/git-jci-", 9) != 0)
		return false;
	if (!r->worktree)
		return true;
	name = r->worktree + len + 1;
	return strncmp(r->worktree, base, len) == 0 && r->worktree[len] == '/' && *name &&
	       !strchr(name, '/') && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static bool is_kept(const struct jci_record *r)
{
	for (size_t i = 0; i < r->n_left_out; i++)
		if (strcmp(r->left_out[i].why, "unreadable") == 0 ||
		    strcmp(r->left_out[i].why, "changed") == 0)
			return true;
	return false;
}

int jci_run_folders_remove(const struct jci_repo *repo, struct jci_record *r, struct jci_error *err)
{
	cleanup_free char *base = NULL;

	if (r->worktree && jci_worktree_remove(repo, r->worktree, err) < 0)
		return err->code;
	if (!r->output_dir || is_kept(r))
		return 0;
	base = base_folder(r);
	fault_point("remove");
	if (remove_tree_at(AT_FDCWD, base) < 0 && errno != ENOENT)
		return jci_error_errno(err, JCI_EFAIL, _("cannot remove '%s'"), base);
	free(r->output_dir);
	r->output_dir = NULL;
	return 0;
}
