/* Actions that start and end runs, move them between repositories, and remove them. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tui/acts.h"
#include "tui/live.h"
#include "tui/overlay.h"
#include "tui/prompt.h"
#include "tui/runs.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/gettext.h"
#include "util/io.h"

/* RED and NO_SCRIPT: exit statuses of `git jci run` (git-jci(1)). */
enum { ABBREV = 10, RED = 1, NO_SCRIPT = 127 };

/* ---- running ---- */

/* A red run is a result: its last line tells it as it tells of a green one. */
static void run_done(struct tui *tui, const struct task_result *result, void *ctx)
{
	cleanup_free char *line = task_last_line(result->output);

	(void)ctx;
	if (result->status == NO_SCRIPT)
		tui_say(tui,
			_("the commit has no .jci/run.sh; ':init' makes one in the work tree"));
	else if (result->status > RED || !line)
		task_fail(tui, _("run"), result);
	else
		tui_say(tui, "%s", line);
}

static int start_run(struct acts *acts, const char *const *argv, const char *what, const char *id,
		     struct jci_error *err)
{
	cleanup_free char *left =
		id ? xasprintf(_("run %s goes on; follow it with: git jci tail -f %s"), id, id)
		   : xasprintf(_("the run of '%s' goes on; follow it with: git jci tail -f"), what);
	const struct task task = {
		.argv = argv,
		.title = _("run"),
		.detached = true,
		.left = left,
		.done = run_done,
	};

	if (task_start(acts->tui, &task, err) < 0)
		return err->code;
	tui_say(acts->tui, _("run started: %s"), what);
	return 1;
}

/* As the user named it: a branch, a range. */
static int run_rev(struct acts *acts, const char *rev, struct jci_error *err)
{
	const char *const argv[] = {"git-jci",    "run", "--quiet", "--trigger", "browser",
				    "--worktree", "--",  rev,       NULL};

	return start_run(acts, argv, rev, NULL, err);
}

/* HEAD's, in the user's work tree: what he has changed is tested too. */
static bool is_head(const struct acts *acts, const git_oid *commit)
{
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;
	git_oid head;

	return acts->tui->repo->work_tree && jci_repo_head(acts->tui->repo, &head, &ignored) == 0 &&
	       git_oid_equal(&head, commit);
}

static int run_commit(struct acts *acts, const git_oid *commit, struct jci_error *err)
{
	/* HEAD is not named: its words end there */
	const bool head = is_head(acts, commit);
	char hash[JCI_OID_HEX_SIZE], id[JCI_RUN_ID_SIZE], what[ABBREV + 1];
	const char *const argv[] = {"git-jci", "run",      "--quiet", "--trigger",
				    "browser", "--run-id", id,        head ? NULL : "--worktree",
				    "--",      hash,       NULL};
	struct jci_run_id run_id;
	int code;

	jci_run_id_new(&run_id, clock_now_us() / 1000000);
	jci_run_id_format(id, &run_id);
	git_oid_tostr(hash, sizeof(hash), commit);
	git_oid_tostr(what, sizeof(what), commit);
	code = start_run(acts, argv, what, id, err);
	if (code > 0 && acts->tui->focus != PANE_VIEWER)
		runs_goto(acts->tui->panes[PANE_RUNS], &run_id);
	return code;
}

int act_run(struct acts *acts, const char *arg, struct jci_error *err)
{
	const git_oid *commit;

	if (arg)
		return run_rev(acts, arg, err);
	if (acts_need_commit(acts, &commit, err) < 0)
		return err->code;
	return run_commit(acts, commit, err);
}

int act_rerun(struct acts *acts, const char *arg, struct jci_error *err)
{
	const struct jci_record *run;

	(void)arg;
	if (acts_need_run(acts, &run, err) < 0)
		return err->code;
	return run_commit(acts, &run->ref.commit, err);
}

/* ---- cancelling ---- */

static bool is_cancelled(const struct acts *acts, const struct jci_run_id *id)
{
	for (size_t i = 0; i < acts->n_cancelled; i++)
		if (jci_run_id_cmp(&acts->cancelled[i], id) == 0)
			return true;
	return false;
}

static void cancel_confirmed(struct tui *tui, void *ctx)
{
	struct acts *acts = tui->acts;
	const struct jci_run_id *id = ctx;
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	const bool again = is_cancelled(acts, id);
	char name[JCI_RUN_ID_SIZE];

	if (jci_live_cancel(tui->repo, id, &err) < 0) {
		tui_fail(tui, &err);
		return;
	}
	jci_run_id_format(name, id);
	tui_say(tui, again ? _("killed: run %s") : _("told to end: run %s"), name);
	if (again)
		return;
	ARRAY_GROW(acts->cancelled, acts->n_cancelled + 1, acts->cap_cancelled);
	acts->cancelled[acts->n_cancelled++] = *id;
}

/* What is known of it may be a moment old. */
static bool has_ended(const struct acts *acts, const struct jci_record *run)
{
	return run->status == JCI_STATUS_RUNNING &&
	       !jci_live_is_alive(acts->tui->repo, &run->ref.id);
}

/* The selected run if it goes on; in the commits pane, the newest one of the commit that does. */
static const struct jci_record *find_live(const struct acts *acts)
{
	const struct jci_record *run = acts_run(acts->tui), *live = NULL;
	const git_oid *commit = acts_commit(acts->tui);

	if (run)
		live = live_find(acts->tui->live, &run->ref.id);
	if (!live && commit && acts->tui->focus == PANE_COMMITS)
		live = live_of_commit(acts->tui->live, commit);
	return live;
}

int act_cancel(struct acts *acts, const char *arg, struct jci_error *err)
{
	const struct jci_record *run = find_live(acts);
	cleanup_free char *question = NULL;
	char id[JCI_RUN_ID_SIZE];
	struct jci_run_id *ctx;

	(void)arg;
	if (!run || has_ended(acts, run))
		return jci_error_set(err, JCI_ENOTFOUND, _("no run that goes on is selected"));
	jci_run_id_format(id, &run->ref.id);
	if (run->status == JCI_STATUS_LOST)
		return jci_error_set(err, JCI_ENOTFOUND,
				     _("run '%s' is lost: its process is gone; ':recover' stores "
				       "what it left"),
				     id);
	question = xasprintf(is_cancelled(acts, &run->ref.id)
				     ? _("run %s of %.*s has been told to end; kill it?")
				     : _("cancel run %s of %.*s?"),
			     id, ABBREV, git_oid_tostr_s(&run->ref.commit));
	ctx = xmalloc(sizeof(*ctx));
	*ctx = run->ref.id;
	prompt_confirm(acts->tui, question, cancel_confirmed, free, ctx);
	return 1;
}

/* ---- commands of our own in the background ---- */

enum { MAX_WORDS = 32 };

/* A command with its words, kept for what comes after it. */
struct own {
	char *title;
	char *text; /* the words, each ended by NUL */
	const char *argv[MAX_WORDS + 4];
	size_t n;
};

static void own_free(void *ctx)
{
	struct own *own = ctx;

	free(own->title);
	free(own->text);
	free(own);
}

static struct own *own_new(const char *name, const char *title, const char *words)
{
	struct own *own = xcalloc(1, sizeof(*own));
	char *word;

	own->title = xstrdup(title);
	own->text = xstrdup(words ? words : "");
	own->argv[own->n++] = "git-jci";
	own->argv[own->n++] = name;
	for (word = own->text + strspn(own->text, " "); *word && own->n < MAX_WORDS;) {
		size_t len = strcspn(word, " ");

		own->argv[own->n++] = word;
		word += len;
		if (*word)
			*word++ = '\0';
		word += strspn(word, " ");
	}
	return own;
}

static void tell_runs_changed(struct tui *tui)
{
	const struct change change = {.what = CHANGED_RUNS | CHANGED_LIVE};

	live_refresh(tui->live);
	tui_changed(tui, &change);
}

static void own_done(struct tui *tui, const struct task_result *result, void *ctx)
{
	const struct own *own = ctx;
	cleanup_free char *line = task_last_line(result->output);

	tell_runs_changed(tui);
	if (result->status != 0)
		task_fail(tui, own->title, result);
	else if (line)
		tui_say(tui, "%s: %s", own->title, line);
	else
		tui_say(tui, _("%s: done"), own->title);
}

static int own_start(struct tui *tui, struct own *own,
		     void (*done)(struct tui *tui, const struct task_result *result, void *ctx),
		     struct jci_error *err)
{
	const struct task task = {
		.argv = own->argv,
		.title = own->title,
		.done = done,
		.release = own_free,
		.ctx = own,
	};

	return task_start(tui, &task, err) < 0 ? err->code : 1;
}

int act_push(struct acts *acts, const char *arg, struct jci_error *err)
{
	return own_start(acts->tui, own_new("push", _("push"), arg), own_done, err);
}

int act_pull(struct acts *acts, const char *arg, struct jci_error *err)
{
	return own_start(acts->tui, own_new("pull", _("pull"), arg), own_done, err);
}

int act_recover(struct acts *acts, const char *arg, struct jci_error *err)
{
	(void)arg;
	return own_start(acts->tui, own_new("recover", _("recover"), NULL), own_done, err);
}

/* ---- pruning ---- */

static void prune_confirmed(struct tui *tui, void *ctx)
{
	const char *words = ctx;
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_free char *all = xasprintf("--commit %s", words);

	if (own_start(tui, own_new("prune", _("prune"), all), own_done, &err) < 0)
		tui_fail(tui, &err);
}

/* One line says that there is nothing to do; more are the table. */
static void prune_shown(struct tui *tui, const struct task_result *result, void *ctx)
{
	const struct own *own = ctx;
	cleanup_free char *line = task_last_line(result->output);
	cleanup_strbuf struct strbuf words = STRBUF_INIT;
	const char *newline = strchr(result->output, '\n');

	if (result->status != 0) {
		task_fail(tui, own->title, result);
		return;
	}
	if (!newline || !newline[1]) {
		tui_say(tui, "%s", line ? line : _("there is nothing to remove"));
		return;
	}
	for (size_t i = 2; i < own->n; i++)
		strbuf_addf(&words, "%s ", own->argv[i]);
	overlay_text(tui, &(struct overlay_text){
				  .title = _("runs that would be removed"),
				  .text = result->output,
				  .accept_hint = _("Enter removes them"),
				  .accept = prune_confirmed,
				  .release = free,
				  .ctx = strbuf_detach(&words, NULL),
			  });
}

/* "--commit", or "--com": options may be shortened. */
static bool is_commit_option(const char *word)
{
	size_t len = strlen(word);

	return len > 2 && strncmp(word, "--commit", len) == 0;
}

/* The first step never removes anything, whatever was typed. */
static void drop_commit(struct own *own)
{
	size_t kept = 2;

	for (size_t i = 2; i < own->n; i++)
		if (!is_commit_option(own->argv[i]))
			own->argv[kept++] = own->argv[i];
	own->argv[kept] = NULL;
	own->n = kept;
}

int act_prune(struct acts *acts, const char *arg, struct jci_error *err)
{
	struct own *own = own_new("prune", _("prune"), arg);

	drop_commit(own);
	return own_start(acts->tui, own, prune_shown, err);
}

/* ---- a first script ---- */

static const char first_script[] =
	"#!/bin/sh\n"
	"# The CI of this repository: 'git jci run' executes it for a commit. Exit status 0 is "
	"green.\n"
	"#\n"
	"# JCI_COMMIT      hash of the commit\n"
	"# JCI_REPO_ROOT   its work tree\n"
	"# JCI_OUTPUT_DIR  files that are left here, where the script starts, are kept as "
	"artifacts\n"
	"#\n"
	"# Lines between ::group::TITLE and ::endgroup:: can be folded in the log.\n"
	"set -e\n"
	"cd \"$JCI_REPO_ROOT\"\n"
	"\n"
	"echo \"checking $JCI_COMMIT\"\n"
	"# make test\n"
	"# cp -r report \"$JCI_OUTPUT_DIR\"\n";

/* 0 made, 1 it was there. */
static int make_script(const char *path, struct jci_error *err)
{
	cleanup_close int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0777);

	if (fd < 0 && errno == EEXIST)
		return 1;
	if (fd < 0 || write_full(fd, first_script, sizeof(first_script) - 1) < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot write '%s'"), path);
	return 0;
}

int act_init(struct acts *acts, const char *arg, struct jci_error *err)
{
	const struct tui *tui = acts->tui;
	cleanup_free char *dir = NULL, *path = NULL;
	int there;

	(void)arg;
	if (!tui->repo->work_tree)
		return jci_error_set(err, JCI_EINVALID,
				     _("a bare repository has no work tree for a .jci/run.sh"));
	dir = xasprintf("%s/.jci", tui->repo->work_tree);
	path = xasprintf("%s/run.sh", dir);
	if (mkdir(dir, 0777) < 0 && errno != EEXIST)
		return jci_error_errno(err, JCI_EFAIL, _("cannot make the folder '%s'"), dir);
	there = make_script(path, err);
	if (there < 0)
		return err->code;
	if (there)
		tui_say(acts->tui, _("'%s' was there already"), path);
	else
		tui_say(acts->tui, _("made '%s'; commit it once it does what you want"), path);
	acts_edit(acts, path);
	return 1;
}
