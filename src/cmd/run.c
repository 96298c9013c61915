/* git jci run: runs CI and stores the result. */
#include "cmd/cmd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/finish.h"
#include "cmd/interrupt.h"
#include "cmd/parallel.h"
#include "cmd/print.h"
#include "cmd/publish.h"
#include "cmd/report.h"
#include "core/config.h"
#include "core/recover.h"
#include "core/run.h"
#include "core/walk.h"
#include "util/alloc.h"
#include "util/gettext.h"

enum { MAX_JOBS = 256 };

struct run {
	const struct jci_repo *repo;
	bool worktree, pty, quiet, if_needed, json;
	int jobs;
	int64_t timeout_us;
	const char *run_id, *trigger, *as_branch;
	const char *publish_to; /* NULL: no; "": the default remote */
	struct publish publish;
	int cancel_fd;
	char *branch; /* for runs of HEAD or of a branch; NULL: not known */
	git_oid *commits;
	size_t n, cap;
};

static void run_release(struct run *run)
{
	publish_release(&run->publish);
	free(run->branch);
	free(run->commits);
}

/* ---- which commits ---- */

static void add_commit(struct run *run, const git_oid *commit)
{
	ARRAY_GROW(run->commits, run->n + 1, run->cap);
	git_oid_cpy(&run->commits[run->n++], commit);
}

/* Oldest first, as they were made. */
static int add_range(struct run *run, const char *range, struct jci_error *err)
{
	cleanup_walk struct jci_walk *walk = NULL;
	git_oid commit;
	size_t first = run->n;
	int code;

	if (jci_walk_new(&walk, run->repo, true, err) < 0 || jci_walk_push(walk, range, err) < 0)
		return err->code;
	while ((code = jci_walk_next(walk, &commit, err)) > 0)
		add_commit(run, &commit);
	if (code == 0 && run->n == first)
		return jci_error_set(err, JCI_ENOTFOUND, _("there is no commit in '%s'"), range);
	return code;
}

static bool is_branch(const struct jci_repo *repo, const char *name)
{
	cleanup_free char *ref = xasprintf("refs/heads/%s", name);
	cleanup_error struct jci_error missing = JCI_ERROR_INIT;
	git_oid oid;

	return jci_ref_resolve(repo, ref, &oid, &missing) == 0;
}

static int add_rev(struct run *run, const char *rev, struct jci_error *err)
{
	git_oid commit;

	if (strstr(rev, ".."))
		return add_range(run, rev, err);
	if (jci_repo_commit(run->repo, rev, &commit, err) < 0)
		return err->code;
	add_commit(run, &commit);
	return 0;
}

/* Without a revision: HEAD, in the user's work tree if there is one. */
static int choose_commits(struct run *run, int argc, char **argv, struct jci_error *err)
{
	git_oid head;

	for (int i = 1; i < argc; i++)
		if (add_rev(run, argv[i], err) < 0)
			return err->code;
	if (argc > 1) {
		run->worktree = true;
		if (argc == 2 && is_branch(run->repo, argv[1]))
			run->branch = xstrdup(argv[1]);
		return 0;
	}
	if (jci_repo_head(run->repo, &head, err) < 0)
		return err->code;
	add_commit(run, &head);
	run->branch = jci_repo_head_branch(run->repo);
	run->worktree |= !run->repo->work_tree;
	return 0;
}

/* ---- one run ---- */

static const char *default_trigger(void)
{
	return isatty(0) || isatty(1) || isatty(2) ? "manual" : "script";
}

static void on_start(void *ctx, const struct jci_record *r)
{
	struct run *run = ctx;
	char id[JCI_RUN_ID_SIZE];

	jci_run_id_format(id, &r->ref.id);
	if (run->n > 1 || isatty(2))
		cmd_note(_("running: %.*s, run %s"), PRINT_ABBREV, git_oid_tostr_s(&r->ref.commit),
			 id);
	publish_begin(&run->publish, r);
}

/* 1 where a green run proves that this one is not needed. */
static int is_proven(const struct run *run, const git_oid *commit, struct jci_error *err)
{
	bool dirty = false;

	if (!run->worktree && jci_repo_is_dirty(run->repo, &dirty, err) < 0)
		return err->code;
	return dirty ? 0 : report_proof(run->repo, commit, err);
}

static int fail_run(struct run *run, const struct jci_record *r, const struct jci_error *err)
{
	int status = cmd_fail(err);

	publish_end(&run->publish, r);

	if (err->code == JCI_ENOTFOUND)
		return STATUS_NOSCRIPT;
	return err->code == JCI_ENOEXEC ? STATUS_NOEXEC : status;
}

static int run_one(void *ctx, const git_oid *commit, int out_fd)
{
	struct run *run = ctx;
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_record struct jci_record r;
	cleanup_json cJSON *json = NULL;
	int published;
	struct jci_run_options options = {
		.commit = *commit,
		.branch = run->as_branch ? run->as_branch : run->branch,
		.worktree = run->worktree,
		.run_id = run->run_id,
		.trigger = run->trigger ? run->trigger : default_trigger(),
		.pty = run->pty,
		.timeout_us = run->timeout_us,
		.cancel_fd = run->cancel_fd,
		.echo_fd = out_fd,
		.started = on_start,
		.ctx = run,
	};

	jci_record_init(&r);
	if (run->if_needed) {
		int proven = is_proven(run, commit, &err);

		if (proven)
			return proven < 0 ? cmd_fail(&err) : STATUS_OK;
	}
	if (jci_run(run->repo, &options, &r, &err) < 0)
		return fail_run(run, &r, &err);
	report_result(&r);
	if (run->json) {
		json = print_run_json(&r);
		print_json_line(json);
		fflush(stdout);
	}
	published = publish_end(&run->publish, &r);
	finish_run(run->repo, &r);
	return r.status == JCI_STATUS_OK ? published : STATUS_RED;
}

/* ---- all of them ---- */

static int run_in_turn(struct run *run)
{
	int worst = STATUS_OK;

	for (size_t i = 0; i < run->n && !interrupt_signal(); i++) {
		int status = run_one(run, &run->commits[i], run->quiet ? -1 : STDOUT_FILENO);

		worst = status > worst ? status : worst;
	}
	return worst;
}

static int run_all(struct run *run)
{
	struct parallel p = {
		.commits = run->commits,
		.n = run->n,
		.jobs = run->jobs,
		.quiet = run->quiet,
		.cancel_fd = run->cancel_fd,
		.run = run_one,
		.ctx = run,
	};

	return run->n > 1 && run->jobs > 1 ? parallel_runs(&p) : run_in_turn(run);
}

static int check_options(const struct run *run, struct jci_error *err)
{
	struct jci_run_id id;

	if (run->run_id && !jci_run_id_parse(&id, run->run_id, strlen(run->run_id)))
		return jci_error_set(err, JCI_EINVALID,
				     _("'%s' is not a run id (<unix seconds>-<4 hex digits>)"),
				     run->run_id);
	if (run->jobs < 1 || run->jobs > MAX_JOBS)
		return jci_error_set(err, JCI_EINVALID,
				     _("option '--jobs' takes a number from 1 to %d"), MAX_JOBS);
	return 0;
}

/* What can be told only now that the commits are known and libgit2 has been started. */
static int check_choice(const struct run *run, struct jci_error *err)
{
	int valid = 1;

	if (run->run_id && run->n > 1)
		return jci_error_set(err, JCI_EINVALID,
				     _("option '--run-id' goes with one commit"));
	if (run->as_branch && (git_branch_name_is_valid(&valid, run->as_branch) < 0 || !valid))
		return jci_error_set(err, JCI_EINVALID, _("'%s' is not a name for a branch"),
				     run->as_branch);
	return 0;
}

/* The timeout from the configuration where the command line has none. */
static int prepare(struct run *run, int argc, char **argv, struct jci_error *err)
{
	if (getenv("GIT_QUARANTINE_PATH"))
		return jci_error_set(err, JCI_EFAIL,
				     _("in a pre-receive hook nothing can be stored yet; use a "
				       "post-receive hook"));
	if (run->timeout_us < 0 &&
	    jci_config_duration(run->repo, "jci.timeout", 0, &run->timeout_us, err) < 0)
		return err->code;
	if (run->publish_to && publish_init(&run->publish, run->repo, run->publish_to, err) < 0)
		return err->code;
	return choose_commits(run, argc, argv, err);
}

static int fail_usage(const struct jci_error *err)
{
	cmd_fail(err);
	return STATUS_USAGE;
}

static int run_run(const struct jci_command *self, int argc, char **argv)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_repo struct jci_repo repo = JCI_REPO_INIT;
	cleanup(run_release) struct run run = {.repo = &repo, .jobs = 1, .timeout_us = -1};
	struct report_recovery recovery = {&repo, STATUS_OK};
	int status;
	const struct option_spec options[] = {
		{'j', "jobs", OPT_INT, &run.jobs, N_("N"), N_("run N commits at a time")},
		{0, "timeout", OPT_DURATION, &run.timeout_us, N_("DURATION"),
		 N_("stop the script after this time (90s, 30m, 1h30m, none)")},
		{0, "worktree", OPT_FLAG, &run.worktree, NULL,
		 N_("run in a clean temporary work tree")},
		{0, "if-needed", OPT_FLAG, &run.if_needed, NULL,
		 N_("do nothing where the same tree has passed already")},
		{0, "pty", OPT_FLAG, &run.pty, NULL, N_("give the script a pseudo-terminal")},
		{'q', "quiet", OPT_FLAG, &run.quiet, NULL, N_("do not print the script's output")},
		{0, "publish", OPT_OPTIONAL, &run.publish_to, N_("REMOTE"),
		 N_("let a remote have the run while it goes on, and its result"), "<remote>"},
		{0, "json", OPT_FLAG, &run.json, NULL, N_("print the result as a JSON object")},
		{0, "branch", OPT_STRING, &run.as_branch, N_("NAME"),
		 N_("record this branch, whatever the commits are named by"), "<branch>"},
		{0, "run-id", OPT_STRING, &run.run_id, N_("ID"), N_("use this run id")},
		{0, "trigger", OPT_STRING, &run.trigger, N_("WORD"),
		 N_("record what started the run")},
		OPTIONS_END};

	if (!cmd_options(self, options, &argc, argv, 0, -1, &status))
		return status;
	if (check_options(&run, &err) < 0)
		return fail_usage(&err);
	run.cancel_fd = interrupt_begin(_("stopping; once more to kill"));
	if (jci_repo_open(&repo, &err) < 0 || prepare(&run, argc, argv, &err) < 0 ||
	    jci_recover(&repo, report_recovered, &recovery, &err) < 0)
		return interrupt_end(cmd_fail(&err));
	if (check_choice(&run, &err) < 0)
		return fail_usage(&err);
	return interrupt_end(print_end(run_all(&run)));
}

const struct jci_command cmd_run = {
	.name = "run",
	.synopsis = "[OPTIONS] [REV | A..B]...",
	.summary = N_("run .jci/run.sh and store the result (HEAD in the work tree by default)"),
	.operands = "<range>...",
	.run = run_run,
};
