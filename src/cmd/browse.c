#include <string.h>

#include "cmd/cmd.h"
#include "core/find.h"
#include "tui/tui.h"
#include "util/gettext.h"

struct browse {
	struct tui_start start;
	struct jci_record run;
	struct strbuf commands;
};

/* A name may be both, as each revision stands for its newest run: then it is the revision. */
static bool is_revision(const struct jci_repo *repo, const char *name)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	git_oid commit;

	return strncmp(name, JCI_REF_PREFIX, strlen(JCI_REF_PREFIX)) != 0 &&
	       jci_repo_commit(repo, name, &commit, &err) == 0;
}

static int begin_at(const struct jci_repo *repo, struct browse *b, const char *name,
		    const char *path, struct jci_error *err)
{
	if (!path && is_revision(repo, name)) {
		if (b->start.rev)
			strbuf_addf(&b->commands, "goto %s\n", name);
		else
			b->start.rev = name;
		return 0;
	}
	if (jci_find_run(repo, name, &b->run, err) < 0)
		return err->code;
	b->start.run = &b->run;
	b->start.path = path;
	return 0;
}

static void browse_release(struct browse *b)
{
	jci_record_release(&b->run);
	strbuf_release(&b->commands);
}

static int run_browse(const struct jci_command *self, int argc, char **argv)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_repo struct jci_repo repo = JCI_REPO_INIT;
	cleanup(browse_release) struct browse b = {.commands = STRBUF_INIT};
	const char *commands = NULL;
	int status;
	const struct option_spec options[] = {
		{'b', "branch", OPT_STRING, &b.start.rev, N_("BRANCH"),
		 N_("show this branch, not that of HEAD"), "<rev>"},
		{'c', "command", OPT_STRING, &commands, N_("COMMAND"),
		 N_("do this first, as if typed at ':'; lines are commands of their own")},
		OPTIONS_END};

	jci_record_init(&b.run);
	if (!cmd_options(self, options, &argc, argv, 0, 2, &status))
		return status;
	if (jci_repo_open(&repo, &err) < 0 ||
	    (argc > 1 && begin_at(&repo, &b, argv[1], argc > 2 ? argv[2] : NULL, &err) < 0))
		return cmd_fail(&err);
	strbuf_addstr(&b.commands, commands ? commands : "");
	b.start.keys = b.commands.len ? b.commands.buf : NULL;
	return tui_run(&repo, &b.start, &err) < 0 ? cmd_fail(&err) : STATUS_OK;
}

const struct jci_command cmd_browse = {
	.name = "browse",
	.synopsis = "[-b BRANCH] [-c COMMAND] [REV | RUN [PATH]]",
	.summary = N_("look at commits, runs and artifacts in the terminal"),
	.operands = "<run> <path>",
	.run = run_browse,
};
