#include "core/repo.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/config.h"
#include "core/gitclean.h"
#include "core/refs.h"
#include "util/alloc.h"
#include "util/gettext.h"
#include "util/process.h"

/*
 * What libgit2 prepares for its network transports each time it starts costs more than all the rest
 * of a short command: built with mbedTLS, as Debian's is, it parses the system's certificates (6
 * ms), and libssh2 starts all of libcrypto (1.5 MiB). Nothing here uses these transports (the git
 * command does), so these definitions, which the dynamic linker prefers to the libraries' own,
 * leave that undone. A libgit2 with other libraries does not call them.
 */
int mbedtls_x509_crt_parse_file(void *chain, const char *path);
int mbedtls_x509_crt_parse_file(void *chain, const char *path)
{
	(void)chain;
	(void)path;
	return 0;
}

int libssh2_init(int flags);
int libssh2_init(int flags)
{
	(void)flags;
	return 0;
}

void libssh2_exit(void);
void libssh2_exit(void)
{
}

int jci_error_git(struct jci_error *err, int code, const char *fmt, ...)
{
	const git_error *last = git_error_last();
	cleanup_strbuf struct strbuf what = STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&what, fmt, ap);
	va_end(ap);
	return jci_error_set(err, code, "%s: %s", what.buf,
			     last && last->message ? last->message : _("unknown error"));
}

static char *path_dup(const char *path)
{
	size_t len = strlen(path);

	while (len > 1 && path[len - 1] == '/')
		len--;
	return xstrndup(path, len);
}

/* libgit2 has no code for this, and its versions word it differently. */
static bool is_of_other_hash(void)
{
	const git_error *last = git_error_last();

	return last && last->message &&
	       (strstr(last->message, "objectformat") || strstr(last->message, "object format"));
}

/*
 * libgit2 1.5 says GIT_ENOTFOUND of a repository that is somebody else's, where the user has no
 * safe.directory at all: what it does not find is the setting.
 */
static bool is_there(void)
{
	git_buf path = GIT_BUF_INIT;
	const char *dir = getenv("GIT_DIR");
	bool there = git_repository_discover(&path, dir ? dir : ".", 0,
					     getenv("GIT_CEILING_DIRECTORIES")) == 0;

	git_buf_dispose(&path);
	return there;
}

static int open_failed(struct jci_error *err, int code)
{
	if (code == GIT_ENOTFOUND && is_there())
		code = GIT_EOWNER;
	if (code == GIT_ENOTFOUND)
		return jci_error_set(err, JCI_ENOREPO,
				     _("not a git repository (or any of the parent directories); "
				       "make one with 'git init'"));
	if (code == GIT_EOWNER)
		return jci_error_set(err, JCI_ENOREPO,
				     _("the repository belongs to somebody else; if you trust it: "
				       "git config --global --add safe.directory \"$PWD\""));
	if (is_of_other_hash())
		return jci_error_set(err, JCI_ENOREPO,
				     _("the repository's objects are named by SHA-256 "
				       "(extensions.objectFormat); git-jci knows SHA-1 alone"));
	return jci_error_git(err, JCI_ENOREPO, _("cannot open the repository"));
}

static bool is_working_folder(const char *path)
{
	struct stat there, here;

	return stat(path, &there) == 0 && stat(".", &here) == 0 && there.st_dev == here.st_dev &&
	       there.st_ino == here.st_ino;
}

static bool has_work_tree_configured(git_repository *git)
{
	cleanup_git_config git_config *config = NULL;
	const char *value;

	return git_repository_config_snapshot(&config, git) == 0 &&
	       git_config_get_string(&value, config, "core.worktree") == 0;
}

/*
 * Where GIT_DIR is set and nothing names the work tree, git takes the working folder for it; but
 * not we in a hook that git started within the repository's own folder.
 */
static int set_work_tree(git_repository *git, struct jci_error *err)
{
	const char *tree = getenv("GIT_WORK_TREE");

	if (!tree && !git_repository_is_bare(git) && !has_work_tree_configured(git) &&
	    !is_working_folder(git_repository_path(git)))
		tree = ".";
	if (tree && git_repository_set_workdir(git, tree, 0) < 0)
		return jci_error_git(err, JCI_ENOREPO, _("cannot use the work tree '%s'"), tree);
	return 0;
}

static int open_git(git_repository **git, struct jci_error *err)
{
	const char *dir = getenv("GIT_DIR");
	int code;

	if (dir)
		code = git_repository_open_ext(git, dir, GIT_REPOSITORY_OPEN_NO_SEARCH, NULL);
	else
		code = git_repository_open_ext(git, ".", 0, getenv("GIT_CEILING_DIRECTORIES"));
	if (code < 0)
		return open_failed(err, code);
	return dir ? set_work_tree(*git, err) : 0;
}

int jci_repo_open(struct jci_repo *repo, struct jci_error *err)
{
	if (git_libgit2_init() < 0)
		return jci_error_git(err, JCI_EFAIL, _("cannot start libgit2"));
	/* as git itself, trust the name of an object that is only read */
	git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 0);
	jci_config_init();
	if (open_git(&repo->git, err) < 0)
		return err->code;
	if (jci_config_open(&repo->config, repo->git, err) < 0)
		return err->code;
	repo->git_dir = path_dup(git_repository_path(repo->git));
	repo->common_dir = path_dup(git_repository_commondir(repo->git));
	repo->jci_dir = xasprintf("%s/jci", repo->common_dir);
	if (git_repository_workdir(repo->git))
		repo->work_tree = path_dup(git_repository_workdir(repo->git));
	return 0;
}

void jci_repo_release(struct jci_repo *repo)
{
	jci_config_free(repo->config);
	git_repository_free(repo->git);
	free(repo->git_dir);
	free(repo->common_dir);
	free(repo->work_tree);
	free(repo->jci_dir);
	*repo = (struct jci_repo)JCI_REPO_INIT;
}

int jci_repo_head(const struct jci_repo *repo, git_oid *commit, struct jci_error *err)
{
	cleanup_error struct jci_error missing = JCI_ERROR_INIT;

	if (jci_ref_resolve(repo, "HEAD", commit, &missing) == 0)
		return 0;
	if (missing.code == JCI_ENOTFOUND)
		return jci_error_set(err, JCI_ENOTFOUND,
				     _("there is no commit yet; make one with 'git commit'"));
	return jci_error_set(err, missing.code, "%s", missing.message);
}

char *jci_repo_head_branch(const struct jci_repo *repo)
{
	cleanup_git_reference git_reference *head = NULL;
	const char *target;

	if (git_reference_lookup(&head, repo->git, "HEAD") < 0)
		return NULL;
	target = git_reference_symbolic_target(head);
	if (!target || strncmp(target, "refs/heads/", 11) != 0)
		return NULL;
	return xstrdup(target + 11);
}

/* The places where git looks for a short name, in git's order (gitrevisions(7)). */
static bool resolve_name(const struct jci_repo *repo, const char *name, git_oid *oid)
{
	static const char *const rules[] = {"%s",
					    "refs/%s",
					    "refs/tags/%s",
					    "refs/heads/%s",
					    "refs/remotes/%s",
					    "refs/remotes/%s/HEAD"};
	cleanup_error struct jci_error err = JCI_ERROR_INIT;

	if (strcmp(name, "@") == 0)
		name = "HEAD";
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		cleanup_strbuf struct strbuf full = STRBUF_INIT;
		const char *rest = strchr(rules[i], '%') + 2;

		strbuf_add(&full, rules[i], (size_t)(rest - 2 - rules[i]));
		strbuf_addstr(&full, name);
		strbuf_addstr(&full, rest);
		if (jci_ref_resolve(repo, full.buf, oid, &err) == 0)
			return true;
		jci_error_clear(&err);
	}
	return false;
}

static bool resolve_hash(const struct jci_repo *repo, const char *s, git_oid *oid)
{
	cleanup_git_object git_object *object = NULL;
	size_t len = strlen(s);
	git_oid prefix;

	if (len < GIT_OID_MINPREFIXLEN || len > GIT_OID_HEXSZ ||
	    strspn(s, "0123456789abcdefABCDEF") != len)
		return false;
	if (git_oid_fromstrn(&prefix, s, len) < 0)
		return false;
	if (git_object_lookup_prefix(&object, repo->git, &prefix, len, GIT_OBJECT_COMMIT) < 0)
		return false;
	git_oid_cpy(oid, git_object_id(object));
	return true;
}

/*
 * The revision with its name replaced by the hash that it stands for, so that libgit2 need not
 * look for it among all refs; or as it was.
 */
static void shorten_lookup(const struct jci_repo *repo, const char *rev, struct strbuf *out)
{
	cleanup_free char *base = xstrndup(rev, strcspn(rev, "^~:"));
	git_oid oid;

	if (!strstr(base, "@{") && *base &&
	    (resolve_name(repo, base, &oid) || resolve_hash(repo, base, &oid))) {
		strbuf_addstr(out, git_oid_tostr_s(&oid));
		strbuf_addstr(out, rev + strlen(base));
	} else {
		strbuf_addstr(out, rev);
	}
}

int jci_repo_commit(const struct jci_repo *repo, const char *rev, git_oid *commit,
		    struct jci_error *err)
{
	cleanup_git_object git_object *object = NULL, *peeled = NULL;
	cleanup_strbuf struct strbuf quick = STRBUF_INIT;
	int code;

	shorten_lookup(repo, rev, &quick);
	code = git_revparse_single(&object, repo->git, quick.buf);
	/* libgit2 says so of every hash that is too short, even of one that isn't there */
	if (code == GIT_EAMBIGUOUS && strcspn(rev, "^~:@") >= GIT_OID_MINPREFIXLEN)
		return jci_error_set(err, JCI_EAMBIGUOUS, _("revision '%s' is ambiguous"), rev);
	if (code < 0 && strcmp(rev, "HEAD") == 0)
		return jci_repo_head(repo, commit, err);
	if (code < 0)
		return jci_error_set(err, JCI_ENOTFOUND, _("unknown revision '%s'"), rev);
	if (git_object_peel(&peeled, object, GIT_OBJECT_COMMIT) < 0)
		return jci_error_set(err, JCI_EINVALID, _("'%s' is not a commit"), rev);
	git_oid_cpy(commit, git_object_id(peeled));
	return 0;
}

int jci_repo_tree(const struct jci_repo *repo, const git_oid *commit, git_oid *tree,
		  struct jci_error *err)
{
	cleanup_git_commit git_commit *c = NULL;

	if (git_commit_lookup(&c, repo->git, commit) < 0)
		return jci_error_git(err, JCI_ENOTFOUND, _("cannot read commit '%s'"),
				     git_oid_tostr_s(commit));
	git_oid_cpy(tree, git_commit_tree_id(c));
	return 0;
}

char *jci_repo_subject(const struct jci_repo *repo, const git_oid *commit)
{
	cleanup_git_commit git_commit *c = NULL;
	const char *subject;

	if (git_commit_lookup(&c, repo->git, commit) < 0)
		return xstrdup("");
	subject = git_commit_summary(c);
	return xstrdup(subject ? subject : "");
}

static int stop_at_first(const git_diff *diff, const git_diff_delta *delta, const char *path,
			 void *found)
{
	(void)diff;
	(void)delta;
	(void)path;
	*(bool *)found = true;
	return -1;
}

static bool count_untracked(const struct jci_repo *repo)
{
	cleanup_free char *show = jci_config_string(repo, "status.showUntrackedFiles");

	return !show || strcmp(show, "no") != 0;
}

/* 0 and *dirty, or <0 where libgit2 can't read this index (a sparse or split one). */
static int diff_finds_any(const struct jci_repo *repo, bool *dirty)
{
	cleanup_git_object git_object *tree = NULL;
	cleanup_git_diff git_diff *staged = NULL, *unstaged = NULL;
	git_diff_options options;

	git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION);
	options.notify_cb = stop_at_first;
	options.payload = dirty;
	if (git_revparse_single(&tree, repo->git, "HEAD^{tree}") < 0)
		return -1;
	if (git_diff_tree_to_index(&staged, repo->git, (git_tree *)tree, NULL, &options) < 0)
		return *dirty ? 0 : -1;
	if (count_untracked(repo))
		/* into untracked folders, because empty ones are nothing to git */
		options.flags |= GIT_DIFF_INCLUDE_UNTRACKED | GIT_DIFF_RECURSE_UNTRACKED_DIRS;
	if (git_diff_index_to_workdir(&unstaged, repo->git, NULL, &options) < 0)
		return *dirty ? 0 : -1;
	return 0;
}

int jci_repo_is_dirty(const struct jci_repo *repo, bool *dirty, struct jci_error *err)
{
	const char *const argv[] = {"git",           "--git-dir", repo->git_dir, "--work-tree",
				    repo->work_tree, "status",    "--porcelain", NULL};
	const struct process status = {.argv = argv, .dir = repo->work_tree, .out = -1};
	cleanup_strbuf struct strbuf out = STRBUF_INIT;

	*dirty = false;
	if (diff_finds_any(repo, dirty) == 0)
		return 0;
	if (process_capture(&status, &out, err) < 0)
		return err->code;
	*dirty = out.len > 0;
	return 0;
}
