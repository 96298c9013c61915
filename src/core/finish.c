#include "core/finish.h"

#include <stdlib.h>

#include "core/config.h"
#include "core/find.h"
#include "core/stats.h"
#include "core/walk.h"
#include "util/alloc.h"
#include "util/gettext.h"
#include "util/process.h"

enum { MAX_COMMITS = 1000, MAX_VARS = 10, DEFAULT_TIMEOUT_US = 30 * 1000 * 1000 };

/* ---- what was before ---- */

/* Of one commit: the newest that began before this one. */
static enum jci_status previous_of(const struct jci_repo *repo, const struct jci_record *r,
				   const git_oid *commit)
{
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;
	cleanup_run_list struct jci_run_list *list = NULL;

	if (jci_run_list_new(&list, repo, commit, &ignored) < 0)
		return JCI_STATUS_NONE;
	for (;;) {
		cleanup_record struct jci_record before;

		jci_record_init(&before);
		if (jci_run_list_next(list, &before, &ignored) <= 0)
			return JCI_STATUS_NONE;
		if (before.start_us <= r->start_us && jci_ref_cmp(&before.ref, &r->ref) != 0 &&
		    jci_outcome_of(before.status, before.reason) != JCI_OUTCOME_OTHER)
			return before.status;
	}
}

enum jci_status jci_finish_previous(const struct jci_repo *repo, const struct jci_record *r)
{
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;
	cleanup_walk struct jci_walk *walk = NULL;
	enum jci_status status = JCI_STATUS_NONE;
	git_oid commit;

	if (jci_walk_new(&walk, repo, false, &ignored) < 0 ||
	    jci_walk_push(walk, git_oid_tostr_s(&r->ref.commit), &ignored) < 0)
		return JCI_STATUS_NONE;
	for (int i = 0; i < MAX_COMMITS && !status; i++) {
		if (jci_walk_next(walk, &commit, &ignored) <= 0)
			break;
		status = previous_of(repo, r, &commit);
	}
	return status;
}

/* ---- the commands ---- */

struct commands {
	const struct jci_repo *repo;
	const struct jci_record *r;
	const struct jci_finish *finish;
	int64_t timeout_us;
	char *vars[MAX_VARS + 1]; /* made for the first command */
	size_t n_vars;
};

static void commands_release(struct commands *c)
{
	for (size_t i = 0; i < c->n_vars; i++)
		free(c->vars[i]);
}

static void add_var(struct commands *c, char *var)
{
	c->vars[c->n_vars++] = var;
}

static void make_vars(struct commands *c)
{
	const struct jci_record *r = c->r;
	cleanup_strbuf struct strbuf ref = STRBUF_INIT;
	char id[JCI_RUN_ID_SIZE];

	if (c->n_vars)
		return;
	jci_run_id_format(id, &r->ref.id);
	jci_ref_name(&ref, &r->ref);
	add_var(c, xasprintf("JCI_COMMIT=%s", git_oid_tostr_s(&r->ref.commit)));
	add_var(c, xasprintf("JCI_RUN_ID=%s", id));
	add_var(c, xasprintf("JCI_REF=%s", ref.buf));
	add_var(c, xasprintf("JCI_STATUS=%s", jci_status_name(r->status)));
	add_var(c, xasprintf("JCI_REASON=%s", jci_reason_name(r->reason)));
	add_var(c, xasprintf("JCI_BRANCH=%s", r->branch ? r->branch : ""));
	add_var(c, xasprintf("JCI_TRIGGER=%s", r->trigger ? r->trigger : ""));
	add_var(c, xasprintf("JCI_DURATION=%.3f",
			     r->duration_us > 0 ? (double)r->duration_us / 1e6 : 0));
	add_var(c, xasprintf("JCI_PREVIOUS_STATUS=%s",
			     jci_status_name(jci_finish_previous(c->repo, r))));
}

static int run_command(void *ctx, const char *command, struct jci_error *err)
{
	struct commands *c = ctx;
	const char *const argv[] = {"sh", "-c", command, NULL};
	const struct process shell = {
		.argv = argv,
		.dir = c->repo->work_tree ? c->repo->work_tree : c->repo->git_dir,
		.out = c->finish->out,
		.vars = (const char *const *)c->vars,
		.stop = c->finish->stop,
		.ctx = c->finish->ctx,
	};
	cleanup_error struct jci_error failed = JCI_ERROR_INIT;

	(void)err;
	if (c->finish->stop(c->finish->ctx))
		return 0;
	make_vars(c);
	if (process_run_group(&shell, c->timeout_us, &failed) < 0) {
		/* TRANSLATORS: why a command failed stands behind it. */
		jci_error_prefix(&failed, _("configuration 'jci.onFinish', '%s'"), command);
		c->finish->failed(c->finish->ctx, &failed);
	}
	return 0;
}

int jci_finish(const struct jci_repo *repo, const struct jci_record *r,
	       const struct jci_finish *finish, struct jci_error *err)
{
	cleanup(commands_release) struct commands c = {
		.repo = repo,
		.r = r,
		.finish = finish,
	};

	if (getenv("JCI_PREVIOUS_STATUS"))
		return 0;
	if (jci_config_duration(repo, "jci.onFinishTimeout", DEFAULT_TIMEOUT_US, &c.timeout_us,
				err) < 0)
		return err->code;
	return jci_config_each(repo, "jci.onFinish", run_command, &c, err);
}
