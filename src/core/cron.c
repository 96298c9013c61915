#include "core/cron.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "core/config.h"
#include "core/gitclean.h"
#include "core/usercrontab.h"
#include "util/alloc.h"
#include "util/gettext.h"
#include "util/process.h"
#include "util/program.h"

/* ---- where the lines go ---- */

/* The work tree of the repository itself, symbolic links resolved; NULL where it has none. */
static char *main_work_tree(const struct jci_repo *repo)
{
	cleanup_git_repository git_repository *owner = NULL;
	const char *path = repo->work_tree;

	if (git_repository_is_worktree(repo->git) &&
	    git_repository_open(&owner, repo->common_dir) == 0 && git_repository_workdir(owner))
		path = git_repository_workdir(owner);
	return path ? realpath(path, NULL) : NULL;
}

static bool is_same_folder(const char *a, const char *b)
{
	cleanup_free char *real_a = realpath(a, NULL), *real_b = realpath(b, NULL);

	return real_a && real_b && strcmp(real_a, real_b) == 0;
}

/* Whether git, started in the folder, finds this repository without help of the environment. */
static bool leads_to(const char *folder, const struct jci_repo *repo)
{
	cleanup_git_repository git_repository *found = NULL;

	return git_repository_open(&found, folder) == 0 &&
	       is_same_folder(git_repository_commondir(found), repo->common_dir);
}

static int find_work_tree(const struct jci_repo *repo, char **path, struct jci_error *err)
{
	*path = main_work_tree(repo);
	if (!*path)
		return jci_error_set(err, JCI_ENOREPO,
				     _("a bare repository has no work tree, and so no '%s'; call "
				       "it in a clone that has one"),
				     JCI_CRONTAB_PATH);
	if (!leads_to(*path, repo))
		return jci_error_set(err, JCI_ENOREPO,
				     _("cron would not find the repository '%s' from its work tree "
				       "'%s': it knows no GIT_DIR"),
				     repo->common_dir, *path);
	return 0;
}

/* SHA-256 in hexadecimal digits. */
static int make_id(char *id, const char *path, struct jci_error *err)
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	size_t len;

	if (!EVP_Q_digest(NULL, "SHA256", NULL, path, strlen(path), hash, &len))
		return jci_error_set(err, JCI_EFAIL, _("this libcrypto has no SHA-256"));
	for (size_t i = 0; i < len; i++)
		snprintf(id + 2 * i, 3, "%02x", hash[i]);
	return 0;
}

static bool finds_git_jci(const char *path)
{
	return process_is_on_path(path, "git-jci");
}

/* Not where it can't be told, such as without the right to look. */
static bool is_gone(const char *folder)
{
	struct stat st;

	return stat(folder, &st) < 0 && (errno == ENOENT || errno == ENOTDIR);
}

static int find_site(const struct jci_repo *repo, struct jci_cron_site *site, struct jci_error *err)
{
	site->finds = finds_git_jci;
	site->is_gone = is_gone;
	if (find_work_tree(repo, &site->repo, err) < 0 || program_path(&site->program, err) < 0 ||
	    make_id(site->id, site->repo, err) < 0)
		return err->code;
	return jci_config_bool(repo, "jci.cronWorktree", false, &site->worktree, err);
}

/* ---- the plan ---- */

static int read_entries(const char *work_tree, struct jci_crontab *crontab, struct jci_error *err)
{
	if (jci_crontab_read(crontab, work_tree, err) == 0)
		return 0;
	if (err->code != JCI_ENOTFOUND)
		return err->code;
	jci_error_clear(err);
	return 0;
}

static int make_plan(const struct jci_repo *repo, bool remove, struct jci_cron_plan *plan,
		     struct jci_error *err)
{
	cleanup_cron_site struct jci_cron_site site = JCI_CRON_SITE_INIT;

	if (find_site(repo, &site, err) < 0 ||
	    (!remove && read_entries(site.repo, &plan->crontab, err) < 0) ||
	    jci_usercrontab_read(&plan->before, err) < 0)
		return err->code;
	return jci_cron_plan_make(plan, &site, err);
}

int jci_cron_look(const struct jci_repo *repo, struct jci_cron_plan *plan, struct jci_error *err)
{
	return make_plan(repo, false, plan, err);
}

int jci_cron_sync(const struct jci_repo *repo, bool remove, bool dry_run,
		  struct jci_cron_plan *plan, struct jci_error *err)
{
	cleanup_close int lock = jci_usercrontab_lock(err);

	if (lock < 0 || make_plan(repo, remove, plan, err) < 0)
		return err->code;
	if (dry_run || !jci_cron_plan_changes(plan))
		return 0;
	return jci_usercrontab_replace(&plan->before, &plan->after, repo->jci_dir, err);
}
