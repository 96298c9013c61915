/* git jci hook: CI in git's hooks. */
#include "cmd/cmd.h"

#include <stdio.h>
#include <string.h>

#include "cmd/hookrun.h"
#include "cmd/print.h"
#include "core/hook.h"
#include "util/alloc.h"
#include "util/gettext.h"
#include "util/text.h"

enum { NAME_WIDTH = 13 };

struct hooks {
	const struct jci_hook_place *place;
	char **names; /* NULL at the end; none: those that go without saying */
	bool global, json;
	bool bare;
};

/* ---- install and remove ---- */

static int check_place(const struct hooks *h, const struct jci_repo *repo, struct jci_error *err)
{
	cleanup_free char *own = xasprintf("%s/hooks", repo->common_dir);
	cleanup_strbuf struct strbuf quoted = STRBUF_INIT;

	if (!h->place->shared || h->global)
		return 0;
	text_add_shell(&quoted, own);
	return jci_error_set(err, JCI_EFAIL,
			     _("the hooks in '%s' are those of all your repositories "
			       "(core.hooksPath); give this one its own with: git config "
			       "core.hooksPath %s, or use --global"),
			     h->place->path, quoted.buf);
}

static int install(const struct hooks *h, const char *name, struct jci_error *err)
{
	struct jci_hook hook;
	int done = jci_hook_install(h->place, name, err);

	if (done < 0 || jci_hook_look(h->place, name, &hook, err) < 0)
		return err->code;
	if (!done)
		cmd_note(_("hook '%s' is installed already"), name);
	else if (hook.before)
		cmd_note(
			_("hook '%s' installed; it first calls the one that was there, now '%s%s'"),
			name, name, JCI_HOOK_BEFORE);
	else
		cmd_note(_("hook '%s' installed"), name);
	return STATUS_OK;
}

static int uninstall(const struct hooks *h, const char *name, struct jci_error *err)
{
	struct jci_hook before, hook;
	int done;

	if (jci_hook_look(h->place, name, &before, err) < 0)
		return err->code;
	done = jci_hook_remove(h->place, name, err);
	if (done < 0 || jci_hook_look(h->place, name, &hook, err) < 0)
		return err->code;
	if (!done)
		cmd_note(_("hook '%s' is not installed"), name);
	else if (before.state != JCI_HOOK_OURS)
		cmd_note(_("removed what an installation of hook '%s' left that was cut short"),
			 name);
	else if (hook.state != JCI_HOOK_NONE)
		cmd_note(_("hook '%s' removed; the one that was there before is back"), name);
	else
		cmd_note(_("hook '%s' removed"), name);
	return done ? STATUS_OK : STATUS_RED;
}

typedef int hook_action(const struct hooks *h, const char *name, struct jci_error *err);

/* One that fails does not keep the others. */
static int do_each(const struct hooks *h, hook_action *act, const char *const *names)
{
	int worst = STATUS_OK;

	for (; *names; names++) {
		cleanup_error struct jci_error err = JCI_ERROR_INIT;
		int status = act(h, *names, &err);

		if (status < 0)
			status = cmd_fail(&err);
		worst = status > worst ? status : worst;
	}
	return worst;
}

static int install_hooks(const struct hooks *h)
{
	static const char *const usual[] = {"post-commit", "post-rewrite", "pre-push", NULL};
	static const char *const bare[] = {"post-receive", NULL};
	const char *const *names = h->bare ? bare : usual;
	int status;

	status = do_each(h, install, *h->names ? (const char *const *)h->names : names);
	if (status == STATUS_OK && h->place->in_work_tree)
		cmd_note(_("'%s' is in the work tree: commit the hooks, and others who set "
			   "core.hooksPath have them too"),
			 h->place->path);
	return status;
}

/* Without names: all that are installed, or were changed since, or only began to be installed. */
static int remove_hooks(const struct hooks *h, struct jci_error *err)
{
	int worst = STATUS_OK;
	bool any = false;

	if (*h->names)
		return do_each(h, uninstall, (const char *const *)h->names);
	for (const char *const *name = jci_hook_names; *name; name++) {
		const char *const only[] = {*name, NULL};
		struct jci_hook hook;
		int status;

		if (jci_hook_look(h->place, *name, &hook, err) < 0)
			return cmd_fail(err);
		if (hook.state != JCI_HOOK_OURS && hook.state != JCI_HOOK_EDITED &&
		    !hook.unfinished)
			continue;
		any = true;
		status = do_each(h, uninstall, only);
		worst = status > worst ? status : worst;
	}
	if (!any)
		cmd_note(_("no hook is installed"));
	return worst;
}

/* ---- ls ---- */

/* The words of --json: not translated. */
static const char *state_name(enum jci_hook_state state)
{
	static const char *const names[] = {
		[JCI_HOOK_NONE] = "none",
		[JCI_HOOK_OURS] = "installed",
		[JCI_HOOK_EDITED] = "changed",
		[JCI_HOOK_OTHER] = "other",
	};

	return names[state];
}

static const char *state_text(enum jci_hook_state state)
{
	switch (state) {
	case JCI_HOOK_OURS:
		return _("installed");
	case JCI_HOOK_EDITED:
		return _("installed, then changed");
	case JCI_HOOK_OTHER:
		return _("another hook");
	case JCI_HOOK_NONE:
		break;
	}
	return "-";
}

static void print_hook_json(const struct hooks *h, const char *name, const struct jci_hook *hook)
{
	cleanup_json cJSON *json = cJSON_CreateObject();
	cleanup_free char *path = xasprintf("%s/%s", h->place->path, name);

	json_set_string(json, "name", name);
	json_set_string(json, "state", state_name(hook->state));
	json_set_bool(json, "before", hook->before);
	json_set_bool(json, "ignored", hook->ignored);
	json_set_bool(json, "unfinished", hook->unfinished);
	json_set_bool(json, "global", h->place->shared);
	json_set_bytes(json, "path", path, strlen(path));
	print_json_line(json);
}

static void print_hook(const char *name, const struct jci_hook *hook)
{
	cleanup_strbuf struct strbuf line = STRBUF_INIT;

	strbuf_addf(&line, "%-*s %s", NAME_WIDTH, name, state_text(hook->state));
	if (hook->before)
		/* TRANSLATORS: behind "installed" */
		strbuf_addf(&line, _(", behind %s%s"), name, JCI_HOOK_BEFORE);
	if (hook->ignored)
		strbuf_addstr(&line, _(", not executable: git ignores it"));
	if (hook->unfinished)
		strbuf_addstr(&line, _(", an installation was cut short"));
	puts(line.buf);
}

static int list_hooks(const struct hooks *h, struct jci_error *err)
{
	cleanup_strbuf struct strbuf path = STRBUF_INIT;

	text_add_safe(&path, h->place->path, strlen(h->place->path));
	if (!h->json)
		printf(h->place->shared ? _("in %s, of all your repositories:\n") : _("in %s:\n"),
		       path.buf);
	for (const char *const *name = jci_hook_names; *name; name++) {
		struct jci_hook hook;

		if (jci_hook_look(h->place, *name, &hook, err) < 0)
			return cmd_fail(err);
		if (h->json)
			print_hook_json(h, *name, &hook);
		else
			print_hook(*name, &hook);
	}
	return print_end(STATUS_OK);
}

/* ---- the command ---- */

static int fail_usage(const struct jci_error *err)
{
	cmd_fail(err);
	return STATUS_USAGE;
}

static int unknown_hook(const char *name, struct jci_error *err)
{
	cleanup_strbuf struct strbuf known = STRBUF_INIT;

	for (const char *const *n = jci_hook_names; *n; n++)
		strbuf_addf(&known, "%s%s", known.len ? ", " : "", *n);
	return jci_error_set(err, JCI_EINVALID, _("no hook '%s' can be installed, only: %s"), name,
			     known.buf);
}

/* Options and names that go with the action. */
static int check_usage(const struct hooks *h, const char *action, struct jci_error *err)
{
	const bool lists = strcmp(action, "ls") == 0;

	if (!lists && strcmp(action, "install") != 0 && strcmp(action, "remove") != 0)
		return jci_error_set(err, JCI_EINVALID,
				     _("'%s' is none of install, remove, ls and run"), action);
	if (h->json && !lists)
		return jci_error_set(err, JCI_EINVALID, _("option '--json' goes with 'ls'"));
	if (h->global && lists)
		return jci_error_set(err, JCI_EINVALID,
				     _("option '--global' goes with 'install' and 'remove'"));
	if (lists && *h->names)
		return jci_error_set(err, JCI_EINVALID, _("'%s' is too much"), *h->names);
	for (char **name = h->names; *name; name++)
		if (!jci_hook_find(*name))
			return unknown_hook(*name, err);
	return 0;
}

static int act(const char *action, struct hooks *h, struct jci_error *err)
{
	cleanup_repo struct jci_repo repo = JCI_REPO_INIT;
	cleanup_hook_place struct jci_hook_place place = {0};

	if (jci_repo_open(&repo, err) < 0 || jci_hook_place_find(&repo, &place, err) < 0)
		return cmd_fail(err);
	h->place = &place;
	h->bare = !repo.work_tree;
	if (strcmp(action, "ls") == 0)
		return list_hooks(h, err);
	if (check_place(h, &repo, err) < 0)
		return cmd_fail(err);
	return strcmp(action, "install") == 0 ? install_hooks(h) : remove_hooks(h, err);
}

/* argv: the name of the hook, and what git gave it. */
static int run_installed(int argc, char **argv, struct jci_error *err)
{
	const char *name = argc > 0 ? jci_hook_find(argv[0]) : NULL;

	if (name)
		return hook_run(name, argc - 1, argv + 1);
	if (argc > 0)
		unknown_hook(argv[0], err);
	else
		jci_error_set(err, JCI_EINVALID, _("'hook run' takes the name of a hook"));
	return fail_usage(err);
}

static int run_hook(const struct jci_command *self, int argc, char **argv)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	struct hooks h = {0};
	const struct option_spec options[] = {
		{0, "global", OPT_FLAG, &h.global, NULL,
		 N_("also where the hooks are those of all your repositories")},
		{0, "json", OPT_FLAG, &h.json, NULL, N_("print one JSON object a line")},
		OPTIONS_END};
	int status;

	if (!cmd_options(self, options, &argc, argv, 1, -1, &status))
		return status;
	if (strcmp(argv[1], "run") == 0)
		return run_installed(argc - 2, argv + 2, &err);
	h.names = argv + 2;
	if (check_usage(&h, argv[1], &err) < 0)
		return fail_usage(&err);
	return act(argv[1], &h, &err);
}

const struct jci_command cmd_hook = {
	.name = "hook",
	.synopsis = "install [--global] [NAME]...\nremove [--global] [NAME]...\nls [--json]\n"
		    "run NAME [ARGUMENT]...",
	.summary = N_("run CI from git's hooks: after a commit, before a push"),
	.operands = "ls\ninstall|remove <hook>...\nrun <hook>",
	.run = run_hook,
};
