#include "tui/act.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tui/acts.h"
#include "tui/commits.h"
#include "tui/files.h"
#include "tui/prompt.h"
#include "tui/runs.h"
#include "tui/viewer.h"
#include "util/alloc.h"
#include "util/gettext.h"
#include "util/io.h"

struct acts *acts_new(struct tui *tui)
{
	struct acts *acts = xcalloc(1, sizeof(*acts));

	acts->tui = tui;
	acts->tasks = tasks_new(tui);
	return acts;
}

void acts_free(struct acts *acts)
{
	if (!acts)
		return;
	tasks_free(acts->tasks);
	if (acts->folder)
		remove_tree_at(AT_FDCWD, acts->folder);
	free(acts->folder);
	free(acts->cancelled);
	free(acts);
}

/* ---- what is selected ---- */

/* The viewer may show another run than the one at the cursor. */
static const struct pane *viewer_with_keys(const struct tui *tui)
{
	return tui->focus == PANE_VIEWER ? tui->panes[PANE_VIEWER] : NULL;
}

const struct jci_record *acts_run(const struct tui *tui)
{
	const struct pane *viewer = viewer_with_keys(tui);
	const struct jci_record *run = viewer ? viewer_run(viewer) : NULL;

	return run ? run : runs_selected(tui->panes[PANE_RUNS]);
}

const git_oid *acts_commit(const struct tui *tui)
{
	const struct jci_record *run = tui->focus == PANE_COMMITS ? NULL : acts_run(tui);

	return run ? &run->ref.commit : commits_selected(tui->panes[PANE_COMMITS]);
}

const char *acts_path(const struct tui *tui)
{
	const struct pane *viewer = viewer_with_keys(tui);
	const char *path = viewer ? viewer_path(viewer) : NULL;

	return path ? path : files_selected(tui->panes[PANE_FILES]);
}

int acts_need_commit(const struct acts *acts, const git_oid **commit, struct jci_error *err)
{
	*commit = acts_commit(acts->tui);
	return *commit ? 0 : jci_error_set(err, JCI_ENOTFOUND, _("no commit is selected"));
}

int acts_need_run(const struct acts *acts, const struct jci_record **run, struct jci_error *err)
{
	*run = acts_run(acts->tui);
	return *run ? 0 : jci_error_set(err, JCI_ENOTFOUND, _("no run is selected"));
}

int acts_need_file(const struct acts *acts, const struct jci_record **run, const char **path,
		   struct jci_error *err)
{
	size_t len;

	if (acts_need_run(acts, run, err) < 0)
		return err->code;
	*path = acts_path(acts->tui);
	if (!*path)
		return jci_error_set(err, JCI_ENOTFOUND, _("no artifact is selected"));
	len = strlen(*path);
	if (len > 0 && (*path)[len - 1] == '/')
		return jci_error_set(err, JCI_EINVALID, _("'%s' is a folder"), *path);
	return 0;
}

char *acts_run_name(const struct jci_record *run)
{
	char id[JCI_RUN_ID_SIZE];

	jci_run_id_format(id, &run->ref.id);
	return xasprintf("%s/%s", git_oid_tostr_s(&run->ref.commit), id);
}

static int make_folder(struct acts *acts, struct jci_error *err)
{
	const char *tmp = getenv("TMPDIR");
	cleanup_free char *path = xasprintf("%s/git-jci-view-XXXXXX", tmp && *tmp ? tmp : "/tmp");

	if (acts->folder)
		return 0;
	if (!mkdtemp(path))
		return jci_error_errno(err, JCI_EFAIL, _("cannot make the folder '%s'"), path);
	acts->folder = steal_ptr(path);
	return 0;
}

char *acts_new_folder(struct acts *acts, struct jci_error *err)
{
	cleanup_free char *path = NULL;

	if (make_folder(acts, err) < 0)
		return NULL;
	path = xasprintf("%s/%u", acts->folder, ++acts->copies);
	if (mkdir(path, 0700) < 0) {
		jci_error_errno(err, JCI_EFAIL, _("cannot make the folder '%s'"), path);
		return NULL;
	}
	return steal_ptr(path);
}

/* ---- commands of the user's ---- */

static int in_background(struct tui *tui, const char *text, struct jci_error *err)
{
	const char *const argv[] = {"sh", "-c", text, NULL};
	const struct task task = {.argv = argv, .title = text};

	return task_start(tui, &task, err) < 0 ? err->code : 1;
}

static int in_foreground(struct tui *tui, const char *text, struct jci_error *err)
{
	const char *const argv[] = {"sh", "-c", text, NULL};

	return task_foreground(tui, argv, -1, true, err) < 0 ? err->code : 1;
}

int acts_shell(struct tui *tui, const struct command *command, struct jci_error *err)
{
	if (!command->arg)
		return act_shell(tui->acts, NULL, err);
	if (command->kind == COMMAND_BACKGROUND)
		return in_background(tui, command->arg, err);
	return in_foreground(tui, command->arg, err);
}

static void shell_typed(struct tui *tui, const char *text, void *ctx)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;

	(void)ctx;
	if (text[strspn(text, " ")] && in_foreground(tui, text, &err) < 0)
		tui_fail(tui, &err);
}

int act_shell(struct acts *acts, const char *arg, struct jci_error *err)
{
	static const struct prompt_ops prompt = {
		.label = "!",
		.kind = "shell",
		.accept = shell_typed,
	};

	if (arg)
		return in_foreground(acts->tui, arg, err);
	prompt_open(acts->tui, &prompt, "", NULL);
	return 1;
}

/* ---- programs that show commits ---- */

int act_show(struct acts *acts, const char *arg, struct jci_error *err)
{
	cleanup_program struct program pager = {NULL, false};
	char hash[JCI_OID_HEX_SIZE];
	const char *const argv[] = {"git", "show", hash, NULL};
	const git_oid *commit;

	(void)arg;
	if (acts_need_commit(acts, &commit, err) < 0)
		return err->code;
	program_pager(&pager, acts->tui->repo);
	git_oid_tostr(hash, sizeof(hash), commit);
	return task_foreground(acts->tui, argv, -1, !program_holds_screen(&pager), err) < 0
		       ? err->code
		       : 1;
}

int act_tig(struct acts *acts, const char *arg, struct jci_error *err)
{
	char hash[JCI_OID_HEX_SIZE];
	const char *const argv[] = {"tig", "show", hash, NULL};
	const git_oid *commit;

	(void)arg;
	if (acts_need_commit(acts, &commit, err) < 0)
		return err->code;
	if (!program_is_installed("tig"))
		return jci_error_set(err, JCI_ENOTFOUND, _("tig is not installed"));
	git_oid_tostr(hash, sizeof(hash), commit);
	return task_foreground(acts->tui, argv, -1, false, err) < 0 ? err->code : 1;
}

/* ---- the table ---- */

int acts_do(struct tui *tui, const struct call *call, struct jci_error *err)
{
	static act_fn *const fns[ACT_MAX] = {
		[ACT_RUN] = act_run,
		[ACT_RERUN] = act_rerun,
		[ACT_CANCEL] = act_cancel,
		[ACT_PUSH] = act_push,
		[ACT_PULL] = act_pull,
		[ACT_PRUNE] = act_prune,
		[ACT_RECOVER] = act_recover,
		[ACT_INIT] = act_init,
		[ACT_SAVE] = act_save,
		[ACT_EDIT] = act_edit,
		[ACT_PAGER] = act_pager,
		[ACT_BROWSER] = act_browser,
		[ACT_PIPE] = act_pipe,
		[ACT_COPY] = act_copy,
		[ACT_COPY_NAME] = act_copy_name,
		[ACT_COMPARE] = act_compare,
		[ACT_SHOW] = act_show,
		[ACT_TIG] = act_tig,
		[ACT_SHELL] = act_shell,
	};

	return fns[call->id] ? fns[call->id](tui->acts, call->arg, err) : 0;
}
