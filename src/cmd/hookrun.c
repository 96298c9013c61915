#include "cmd/hookrun.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "cmd/await.h"
#include "cmd/cmd.h"
#include "cmd/finish.h"
#include "cmd/interrupt.h"
#include "cmd/print.h"
#include "cmd/report.h"
#include "core/config.h"
#include "core/recover.h"
#include "core/run.h"
#include "util/alloc.h"
#include "util/gettext.h"
#include "util/io.h"

#define BRANCHES "refs/heads/"

/* A commit that is to be run. */
struct target {
	git_oid commit;
	char *ref;    /* that it was put on here: a branch's full name, or HEAD */
	char *branch; /* to be recorded; NULL: none */
};

struct hook {
	const char *name;
	const struct jci_repo *repo;
	struct target *targets;
	size_t n, cap;
	int64_t timeout_us;
	bool if_needed;
	int cancel_fd;
	int echo_fd;
};

static void hook_release(struct hook *hook)
{
	for (size_t i = 0; i < hook->n; i++) {
		free(hook->targets[i].ref);
		free(hook->targets[i].branch);
	}
	free(hook->targets);
}

static bool is(const struct hook *hook, const char *name)
{
	return strcmp(hook->name, name) == 0;
}

/* ---- which commits ---- */

/* Each commit once; branch NULL: none. */
static void add_target(struct hook *hook, const git_oid *commit, const char *branch)
{
	struct target *target;

	for (size_t i = 0; i < hook->n; i++)
		if (git_oid_equal(&hook->targets[i].commit, commit))
			return;
	ARRAY_GROW(hook->targets, hook->n + 1, hook->cap);
	target = &hook->targets[hook->n++];
	target->commit = *commit;
	target->branch = branch ? xstrdup(branch) : NULL;
	target->ref = branch ? xasprintf(BRANCHES "%s", branch) : xstrdup("HEAD");
}

static int add_head(struct hook *hook, struct jci_error *err)
{
	cleanup_free char *branch = jci_repo_head_branch(hook->repo);
	git_oid head;

	if (jci_repo_head(hook->repo, &head, err) < 0)
		return err->code;
	add_target(hook, &head, branch);
	return 0;
}

/* Cuts the last word off a line; NULL where there is but one. */
static char *cut_word(char *line)
{
	char *space = strrchr(line, ' ');

	if (!space)
		return NULL;
	*space = '\0';
	return space + 1;
}

static const char *branch_of(const char *ref)
{
	size_t len = strlen(BRANCHES);

	return strncmp(ref, BRANCHES, len) == 0 ? ref + len : NULL;
}

/* A line of a ref and what it is about to be, or is now; all zeros: it is deleted. */
static int add_update(struct hook *hook, const char *ref, const char *hash, const char *source,
		      struct jci_error *err)
{
	const char *branch = branch_of(ref);
	git_oid commit;

	if (!branch || hash[strspn(hash, "0")] == '\0')
		return 0;
	if (jci_repo_commit(hook->repo, hash, &commit, err) < 0)
		return err->code;
	if (source && branch_of(source))
		branch = branch_of(source);
	add_target(hook, &commit, branch);
	return 0;
}

/*
 * githooks(5): of pre-push "LOCAL-REF LOCAL-HASH REMOTE-REF REMOTE-HASH", of post-receive "OLD NEW
 * REF". They are taken from the end, because LOCAL-REF is what the user typed ("@{1 day ago}").
 */
static int add_line(struct hook *hook, char *line, struct jci_error *err)
{
	cleanup_free char *whole = xstrdup(line);
	char *last = cut_word(line), *third = last ? cut_word(line) : NULL, *second;

	if (third && is(hook, "post-receive"))
		return add_update(hook, last, third, NULL, err);
	second = third ? cut_word(line) : NULL;
	if (second)
		return add_update(hook, third, second, line, err);
	return jci_error_set(err, JCI_EINVALID,
			     _("'%s' is not what git tells a hook of this kind (githooks(5))"),
			     whole);
}

static int add_input(struct hook *hook, struct jci_error *err)
{
	cleanup_free char *line = NULL;
	size_t cap = 0;
	ssize_t len;

	while ((len = getline(&line, &cap, stdin)) > 0) {
		if (line[len - 1] == '\n')
			line[len - 1] = '\0';
		if (add_line(hook, line, err) < 0)
			return err->code;
	}
	return ferror(stdin) ? jci_error_errno(err, JCI_EFAIL, _("cannot read standard input")) : 0;
}

/* ---- one run ---- */

/* A run of the commit that goes on elsewhere, in a clean work tree. */
static bool find_live(const struct hook *hook, const git_oid *commit, struct jci_ref *ref)
{
	cleanup_records struct jci_records live = JCI_RECORDS_INIT;
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;

	if (jci_live_list(hook->repo, &live, &ignored) < 0)
		return false;
	for (size_t i = 0; i < live.n; i++) {
		const struct jci_record *r = &live.items[i];

		*ref = r->ref;
		if (r->status == JCI_STATUS_RUNNING && !r->dirty &&
		    git_oid_equal(&ref->commit, commit))
			return true;
	}
	return false;
}

/*
 * A push right after a commit meets the run of post-commit: its end is awaited, instead of the same
 * being done twice. False where there is none.
 */
static bool await_live(const struct hook *hook, const git_oid *commit)
{
	cleanup_close int events = -1;
	char id[JCI_RUN_ID_SIZE];
	struct jci_ref ref;

	if (!find_live(hook, commit, &ref))
		return false;
	jci_run_id_format(id, &ref.id);
	cmd_note(_("waiting for run %s of %.*s, which goes on; see it with: git jci tail -f %s"),
		 id, PRINT_ABBREV, git_oid_tostr_s(commit), id);
	events = await_begin(hook->repo, &ref.id);
	while (!interrupt_signal() && jci_live_is_alive(hook->repo, &ref.id))
		await_change(events);
	return true;
}

/* 1 where a run would tell nothing new. */
static int is_proven(const struct hook *hook, const git_oid *commit, struct jci_error *err)
{
	int proven;

	if (!hook->if_needed)
		return 0;
	proven = report_proof(hook->repo, commit, err);
	if (proven || !await_live(hook, commit))
		return proven;
	return report_proof(hook->repo, commit, err);
}

/* 1 where it is green, or is not needed; 0 where it is red; r tells. */
static int run_target(const struct hook *hook, const struct target *target, struct jci_record *r,
		      struct jci_error *err)
{
	const struct jci_run_options options = {
		.commit = target->commit,
		.branch = target->branch,
		.worktree = true,
		.trigger = hook->name,
		.timeout_us = hook->timeout_us,
		.cancel_fd = hook->cancel_fd,
		.echo_fd = hook->echo_fd,
	};
	int proven = is_proven(hook, &target->commit, err);

	if (proven)
		return proven;
	if (interrupt_signal())
		return jci_error_set(err, JCI_EFAIL, _("interrupted"));
	if (jci_run(hook->repo, &options, r, err) < 0)
		return err->code;
	report_result(r);
	finish_run(hook->repo, r);
	return r->status == JCI_STATUS_OK;
}

/* The settings, and what earlier runs left. */
static int prepare(struct hook *hook, struct jci_error *err)
{
	struct report_recovery recovery = {hook->repo, STATUS_OK};

	if (jci_config_duration(hook->repo, "jci.timeout", 0, &hook->timeout_us, err) < 0 ||
	    jci_config_bool(hook->repo, "jci.hookIfNeeded", true, &hook->if_needed, err) < 0)
		return err->code;
	return jci_recover(hook->repo, report_recovered, &recovery, err);
}

/* ---- before a push: a gate ---- */

static int refuse_red(const struct target *target, const struct jci_record *r)
{
	char id[JCI_RUN_ID_SIZE];

	jci_run_id_format(id, &r->ref.id);
	if (r->reason == JCI_REASON_CANCELLED) {
		cmd_note(_("push refused, because the run for '%s' was cancelled; push again, or "
			   "without CI: git push --no-verify"),
			 target->branch);
		return STATUS_RED;
	}
	cmd_note(_("push refused, CI is red for '%s'; see why with: git jci cat %s, or in the "
		   "browser: git jci; push all the same with: git push --no-verify"),
		 target->branch, id);
	return STATUS_RED;
}

static int refuse_unchecked(const struct jci_error *err)
{
	int status = cmd_fail(err);

	cmd_note(_("push refused, because CI could not be run; push all the same with: git push "
		   "--no-verify"));
	return status;
}

static int check_target(const struct hook *hook, const struct target *target)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_record struct jci_record r;
	int green;

	jci_record_init(&r);
	if (!jci_run_has_script(hook->repo, &target->commit)) {
		cmd_note(_("not checked: %.*s has no .jci/run.sh"), PRINT_ABBREV,
			 git_oid_tostr_s(&target->commit));
		return STATUS_OK;
	}
	green = run_target(hook, target, &r, &err);
	if (green < 0)
		return refuse_unchecked(&err);
	return green ? STATUS_OK : refuse_red(target, &r);
}

/* Until the first that is red. What it prints goes where git's own notes go. */
static int run_gate(struct hook *hook)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	int status = STATUS_OK;

	hook->cancel_fd = interrupt_begin(_("stopping; once more to kill"));
	hook->echo_fd = STDERR_FILENO;
	if (add_input(hook, &err) < 0 || (hook->n && prepare(hook, &err) < 0))
		return interrupt_end(refuse_unchecked(&err));
	for (size_t i = 0; i < hook->n && status == STATUS_OK; i++)
		status = check_target(hook, &hook->targets[i]);
	return interrupt_end(status);
}

/* ---- after a commit, a push, ...: in the background ---- */

/*
 * Each of a rebase's commits is only passed by: post-rewrite comes at its end. In another state of
 * the repository, such as the picking of cherries, what comes last is of interest as well, and the
 * queue below passes over the others.
 */
static bool is_passed_by(const struct hook *hook)
{
	switch (git_repository_state(hook->repo->git)) {
	case GIT_REPOSITORY_STATE_REBASE:
	case GIT_REPOSITORY_STATE_REBASE_INTERACTIVE:
	case GIT_REPOSITORY_STATE_REBASE_MERGE:
	case GIT_REPOSITORY_STATE_APPLY_MAILBOX:
	case GIT_REPOSITORY_STATE_APPLY_MAILBOX_OR_REBASE:
		return is(hook, "post-commit") || is(hook, "post-merge");
	default:
		return false;
	}
}

/* Whether git calls the hook for something that has no new commit, or has another hook too. */
static bool is_nothing_new(const struct hook *hook, int argc, char **argv)
{
	if (is(hook, "post-rewrite")) /* the commit that amends is post-commit's */
		return argc > 0 && strcmp(argv[0], "rebase") != 0;
	if (is(hook, "post-merge")) /* --squash makes none */
		return argc > 0 && strcmp(argv[0], "1") == 0;
	return false;
}

static void drop_without_script(struct hook *hook)
{
	size_t kept = 0;

	for (size_t i = 0; i < hook->n; i++) {
		struct target target = hook->targets[i];

		if (jci_run_has_script(hook->repo, &target.commit)) {
			hook->targets[kept++] = target;
			continue;
		}
		free(target.ref);
		free(target.branch);
	}
	hook->n = kept;
}

/*
 * The queue of a repository: whoever has the lock of this file runs CI, the others wait. -1 where
 * that was interrupted, or can't be; who holds it gives it up by ending.
 */
static int wait_in_queue(const struct hook *hook)
{
	cleanup_free char *path = xasprintf("%s/hook.lock", hook->repo->jci_dir);
	cleanup_close int fd = -1;

	if (mkdir_parents(hook->repo->jci_dir) < 0)
		return -1;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	while (fd >= 0 && flock(fd, LOCK_EX) < 0)
		if (errno != EINTR || interrupt_signal())
			return -1;
	return steal_fd(fd);
}

/* A commit that was replaced while it waited is not of interest any more: its successor waits too.
 */
static bool is_wanted(const struct hook *hook, const struct target *target)
{
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;
	git_oid now;

	return jci_ref_resolve(hook->repo, target->ref, &now, &ignored) == 0 &&
	       git_oid_equal(&now, &target->commit);
}

static int run_queued(struct hook *hook)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_close int queue = -1;
	int worst = STATUS_OK;

	hook->cancel_fd = interrupt_begin(NULL);
	queue = wait_in_queue(hook);
	if (queue < 0 || prepare(hook, &err) < 0)
		return interrupt_end(STATUS_FAILED);
	for (size_t i = 0; i < hook->n && !interrupt_signal(); i++) {
		cleanup_record struct jci_record r;

		jci_record_init(&r);
		if (is_wanted(hook, &hook->targets[i]) &&
		    run_target(hook, &hook->targets[i], &r, &err) <= 0)
			worst = STATUS_RED;
		jci_error_clear(&err);
	}
	return interrupt_end(worst);
}

/* In a session of its own, with nothing open of the caller's: git does not wait for it. */
static int run_behind(struct hook *hook, struct jci_error *err)
{
	cleanup_close int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	pid_t pid;

	if (null < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot open '%s'"), "/dev/null");
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot start a process"));
	if (pid > 0)
		return STATUS_OK;
	setsid();
	for (int fd = 0; fd <= 2; fd++)
		dup2(null, fd);
	return run_queued(hook);
}

static int run_after(struct hook *hook, int argc, char **argv, struct jci_error *err)
{
	if (is_nothing_new(hook, argc, argv) || is_passed_by(hook))
		return STATUS_OK;
	if (is(hook, "post-receive") ? add_input(hook, err) < 0 : add_head(hook, err) < 0)
		return err->code;
	drop_without_script(hook);
	return hook->n ? run_behind(hook, err) : STATUS_OK;
}

int hook_run(const char *name, int argc, char **argv)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_repo struct jci_repo repo = JCI_REPO_INIT;
	cleanup(hook_release) struct hook hook = {.name = name, .repo = &repo, .echo_fd = -1};
	int status;

	/* a script that commits or pushes would be run for that, and so on */
	if (getenv("JCI_RUN_ID"))
		return STATUS_OK;
	if (!is(&hook, "pre-push"))
		close_range(STDERR_FILENO + 1, ~0U, 0); /* whoever waits for its end has it open */
	if (jci_repo_open(&repo, &err) < 0)
		return is(&hook, "pre-push") ? refuse_unchecked(&err) : cmd_fail(&err);
	if (is(&hook, "pre-push"))
		return run_gate(&hook);
	status = run_after(&hook, argc, argv, &err);
	return status < 0 ? cmd_fail(&err) : status;
}
