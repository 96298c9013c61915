#include "core/run.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/config.h"
#include "core/execute.h"
#include "core/find.h"
#include "core/gitclean.h"
#include "core/logindex.h"
#include "core/runfolder.h"
#include "core/store.h"
#include "core/upkeep.h"
#include "core/worktree.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/fault.h"
#include "util/gettext.h"
#include "util/io.h"
#include "util/process.h"

enum { DEFAULT_GRACE_US = 10 * 1000 * 1000 };

/* ---- the script's environment ---- */

/* Besides the repository's own: what git exports to hooks. */
static const char *const hook_vars[] = {"GIT_AUTHOR_DATE", "GIT_REFLOG_ACTION",
					"GIT_QUARANTINE_PATH", NULL};

static bool is_named(const char *entry, const char *name)
{
	size_t len = strlen(name);

	return strncmp(entry, name, len) == 0 && entry[len] == '=';
}

static bool is_in(const char *entry, const char *const *names)
{
	for (; *names; names++)
		if (is_named(entry, *names))
			return true;
	return false;
}

static bool is_inherited(const char *entry)
{
	static const char *const ours[] = {"JCI_COMMIT", "JCI_REPO_ROOT", "JCI_OUTPUT_DIR",
					   "JCI_RUN_ID", "JCI_BRANCH",    "JCI_TRIGGER",
					   "CI",         "OLDPWD",        NULL};

	if (strncmp(entry, "GIT_CONFIG_KEY_", 15) == 0 ||
	    strncmp(entry, "GIT_CONFIG_VALUE_", 17) == 0 ||
	    strncmp(entry, "GIT_PUSH_OPTION_", 16) == 0)
		return false;
	return !is_in(entry, ours) && !is_in(entry, git_local_env_vars) && !is_in(entry, hook_vars);
}

struct env {
	char **vars;
	size_t n, cap;
};

static void env_release(struct env *env)
{
	for (size_t i = 0; i < env->n; i++)
		free(env->vars[i]);
	free(env->vars);
}

static void env_add(struct env *env, char *entry)
{
	ARRAY_GROW(env->vars, env->n + 2, env->cap);
	env->vars[env->n++] = entry;
	env->vars[env->n] = NULL;
}

static void env_init(struct env *env, const struct jci_record *r, const char *root)
{
	char id[JCI_RUN_ID_SIZE];

	for (char **var = environ; *var; var++)
		if (is_inherited(*var))
			env_add(env, xstrdup(*var));
	jci_run_id_format(id, &r->ref.id);
	env_add(env, xasprintf("JCI_COMMIT=%s", git_oid_tostr_s(&r->ref.commit)));
	env_add(env, xasprintf("JCI_REPO_ROOT=%s", root));
	env_add(env, xasprintf("JCI_OUTPUT_DIR=%s", r->output_dir));
	env_add(env, xasprintf("JCI_RUN_ID=%s", id));
	env_add(env, xasprintf("JCI_BRANCH=%s", r->branch ? r->branch : ""));
	env_add(env, xasprintf("JCI_TRIGGER=%s", r->trigger ? r->trigger : ""));
	env_add(env, xstrdup("CI=true"));
}

/* ---- a run ---- */

static int describe(const struct jci_repo *repo, const struct jci_run_options *o,
		    struct jci_record *r, struct jci_error *err)
{
	char host[HOST_NAME_MAX + 1] = "";

	git_oid_cpy(&r->ref.commit, &o->commit);
	if (jci_repo_tree(repo, &o->commit, &r->tree, err) < 0)
		return err->code;
	if (!o->worktree && jci_repo_is_dirty(repo, &r->dirty, err) < 0)
		return err->code;
	gethostname(host, sizeof(host) - 1);
	r->branch = o->branch ? xstrdup(o->branch) : NULL;
	r->trigger = o->trigger ? xstrdup(o->trigger) : NULL;
	r->host = xstrdup(host);
	r->program = xstrdup("git-jci " VERSION);
	r->full = true;
	r->status = JCI_STATUS_RUNNING;
	r->timeout_us = o->timeout_us;
	r->start_us = clock_now_us();
	if (r->start_us < 0) /* a run id has no sign */
		return jci_error_set(err, JCI_EFAIL,
				     _("the clock of this machine tells a time before 1970, by "
				       "which no run can be named; set it right"));
	jci_run_id_new(&r->ref.id, r->start_us / 1000000);
	if (o->run_id && !jci_run_id_parse(&r->ref.id, o->run_id, strlen(o->run_id)))
		return jci_error_set(err, JCI_EINVALID,
				     _("'%s' is not a run id (<unix seconds>-<4 hex digits>)"),
				     o->run_id);
	return 0;
}

/* A script that is missing there may be in the user's work tree: to make one would replace it. */
static int check_committed(const struct jci_repo *repo, const char *script, const git_oid *commit,
			   struct jci_error *err)
{
	static const char shown[] = ".jci/run.sh";
	cleanup_free char *ours = xasprintf("%s/%s", repo->work_tree ? repo->work_tree : "", shown);

	if (jci_execute_check(script, shown, err) == 0 || err->code != JCI_ENOTFOUND ||
	    !repo->work_tree || access(ours, F_OK) < 0)
		return err->code;
	return jci_error_set(err, JCI_ENOTFOUND,
			     _("there is no '%s' in commit %.10s; commit one with: git add %s && "
			       "git commit"),
			     shown, git_oid_tostr_s(commit), shown);
}

static int execute(const struct jci_repo *repo, const struct jci_run_options *o,
		   const struct jci_live *live, struct jci_record *r, struct jci_error *err)
{
	const char *root = r->worktree ? r->worktree : repo->work_tree;
	cleanup_free char *script = xasprintf("%s/.jci/run.sh", root);
	cleanup(env_release) struct env env = {0};
	struct jci_execute x = {
		.script = script,
		.dir = r->output_dir,
		.pty = o->pty,
		.timeout_us = o->timeout_us,
		.grace_us = o->grace_us,
		.cancel_fd = o->cancel_fd,
		.echo_fd = o->echo_fd,
		.secrets = o->secrets,
		.live = live,
	};

	if (r->worktree && (jci_worktree_add(repo, &o->commit, r->worktree, err) < 0 ||
			    check_committed(repo, script, &o->commit, err) < 0))
		return err->code;
	fault_point("checkout");
	if (!x.grace_us &&
	    jci_config_duration(repo, "jci.gracePeriod", DEFAULT_GRACE_US, &x.grace_us, err) < 0)
		return err->code;
	env_init(&env, r, root);
	x.env = env.vars;
	return jci_execute(&x, r, err);
}

/* The folders first, because the live entry is what tells where they are. */
int jci_run_clean_up(const struct jci_repo *repo, struct jci_live *live, struct jci_record *r,
		     struct jci_error *err)
{
	if (jci_run_folders_remove(repo, r, err) < 0)
		return err->code;
	fault_point("unregister");
	return jci_live_remove(repo, live, err);
}

int jci_run_store(const struct jci_repo *repo, struct jci_live *live, struct jci_record *r,
		  struct jci_error *err)
{
	if (jci_live_update(live, r, err) < 0)
		return err->code;
	fault_point("ended");
	if (jci_store(repo, live, r, err) < 0)
		return err->code;
	if (jci_run_clean_up(repo, live, r, err) < 0)
		return err->code;
	jci_upkeep(repo, &r->ref.commit);
	return 0;
}

/* Nothing was run: nothing stays behind. err is left as it is. */
static void undo(const struct jci_repo *repo, struct jci_live *live, struct jci_record *r)
{
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;

	if (live->path)
		jci_run_clean_up(repo, live, r, &ignored);
	else
		jci_run_folders_remove(repo, r, &ignored);
}

static int not_stored(const struct jci_record *r, struct jci_error *err)
{
	cleanup_free char *why = steal_ptr(err->message);

	return jci_error_set(err, JCI_EFAIL,
			     _("%s; the run is kept in '%s', and 'git jci recover' stores it once "
			       "that is mended"),
			     why, r->output_dir ? r->output_dir : "");
}

static int run_registered(const struct jci_repo *repo, const struct jci_run_options *o,
			  struct jci_live *live, struct jci_record *r, struct jci_error *err)
{
	cleanup_error struct jci_error log_failed = JCI_ERROR_INIT;

	fault_point("registered");
	if (o->started)
		o->started(o->ctx, r);
	if (execute(repo, o, live, r, err) < 0) {
		if (!r->end_us) {
			undo(repo, live, r);
			return err->code;
		}
		jci_live_update(live, r, &log_failed);
		return not_stored(r, err);
	}
	fault_point("executed");
	if (jci_run_store(repo, live, r, err) < 0)
		return jci_record_is_stored(r) ? err->code : not_stored(r, err);
	return 0;
}

static int begin(const struct jci_repo *repo, const struct jci_run_options *o, bool worktree,
		 struct jci_live *live, struct jci_record *r, struct jci_error *err)
{
	if (describe(repo, o, r, err) < 0)
		return err->code;
	if (jci_run_folders_name(repo, worktree, r, err) < 0)
		return err->code;
	if (jci_live_register(repo, r, o->run_id != NULL, live, err) == 0 &&
	    jci_run_folders_make(r, err) == 0)
		return 0;
	undo(repo, live, r);
	return err->code;
}

int jci_run(const struct jci_repo *repo, const struct jci_run_options *o, struct jci_record *r,
	    struct jci_error *err)
{
	cleanup_live struct jci_live live = JCI_LIVE_INIT;
	cleanup_free char *script =
		xasprintf("%s/.jci/run.sh", repo->work_tree ? repo->work_tree : "");

	if (!o->worktree && jci_execute_check(script, ".jci/run.sh", err) < 0)
		return err->code;
	if (begin(repo, o, o->worktree, &live, r, err) < 0)
		return err->code;
	return run_registered(repo, o, &live, r, err);
}

/* ---- what could not be run ---- */

/* A log that was written all at once, in the moment of the start. */
static int write_log(const struct jci_live *live, const struct strbuf *log, struct jci_record *r,
		     struct jci_error *err)
{
	cleanup_strbuf struct strbuf index = STRBUF_INIT, timing = STRBUF_INIT;
	struct jci_log_scanner *scanner = jci_log_scanner_new(&index);
	struct jci_log_clock clock = JCI_LOG_CLOCK_INIT;

	jci_log_scanner_feed(scanner, log->buf, log->len);
	r->log_bytes = log->len;
	r->log_lines = jci_log_scanner_end(scanner);
	jci_log_scanner_free(scanner);
	jci_log_clock_add(&clock, &timing, 0, log->len);
	jci_log_clock_end(&clock, &timing);
	if (write_file_at(live->dir, "log", log->buf, log->len) < 0 ||
	    write_file_at(live->dir, "log.index", index.buf, index.len) < 0 ||
	    write_file_at(live->dir, "log.timing", timing.buf, timing.len) < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot write the log in '%s'"),
				       live->path);
	return 0;
}

int jci_run_refuse(const struct jci_repo *repo, const struct jci_run_options *o,
		   enum jci_reason reason, int exit_status, const char *text, struct jci_record *r,
		   struct jci_error *err)
{
	cleanup_live struct jci_live live = JCI_LIVE_INIT;
	cleanup_strbuf struct strbuf log = STRBUF_INIT;

	if (begin(repo, o, false, &live, r, err) < 0)
		return err->code;
	if (o->started)
		o->started(o->ctx, r);
	strbuf_addf(&log, "git-jci: %s\n", text);
	jci_secrets_mask(o->secrets, &log);
	r->status = JCI_STATUS_ERR;
	r->reason = reason;
	r->exit_status = exit_status;
	r->duration_us = 0;
	r->end_us = r->start_us;
	if (write_log(&live, &log, r, err) < 0 || jci_run_store(repo, &live, r, err) < 0)
		return jci_record_is_stored(r) ? err->code : not_stored(r, err);
	return 0;
}

/* ---- proof ---- */

static int find_proof(const struct jci_repo *repo, const git_oid *commit, const git_oid *tree,
		      struct jci_record *r, struct jci_error *err)
{
	cleanup_run_list struct jci_run_list *runs = NULL;
	int code;

	if (jci_run_list_new(&runs, repo, commit, err) < 0)
		return err->code;
	while ((code = jci_run_list_next(runs, r, err)) > 0) {
		if (r->status == JCI_STATUS_OK && !r->dirty && git_oid_equal(&r->tree, tree))
			return 0;
		jci_record_release(r);
	}
	return code < 0 ? code : jci_error_set(err, JCI_ENOTFOUND, _("no green run of this tree"));
}

int jci_run_proof(const struct jci_repo *repo, const git_oid *commit, struct jci_record *r,
		  struct jci_error *err)
{
	git_oid tree;

	if (jci_repo_tree(repo, commit, &tree, err) < 0)
		return err->code;
	/* most often it is a run of the very commit */
	if (find_proof(repo, commit, &tree, r, err) == 0)
		return 0;
	if (err->code != JCI_ENOTFOUND)
		return err->code;
	jci_error_clear(err);
	return find_proof(repo, NULL, &tree, r, err);
}

bool jci_run_has_script(const struct jci_repo *repo, const git_oid *commit)
{
	cleanup_git_commit git_commit *c = NULL;
	cleanup_git_tree git_tree *tree = NULL;
	cleanup_git_tree_entry git_tree_entry *entry = NULL;

	return git_commit_lookup(&c, repo->git, commit) == 0 && git_commit_tree(&tree, c) == 0 &&
	       git_tree_entry_bypath(&entry, tree, ".jci/run.sh") == 0;
}
