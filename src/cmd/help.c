/* git jci help: the list of commands, the keys of the browser, or a manual page. */
#include "cmd/cmd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/print.h"
#include "tui/keys.h"
#include "util/alloc.h"
#include "util/gettext.h"
#include "util/program.h"

static int list_commands(void)
{
	printf(_("usage: git jci [COMMAND] [OPTIONS]\n\n"));
	for (size_t i = 0; jci_commands[i]; i++) {
		if (jci_commands[i]->hidden)
			continue;
		printf("   %-10s %s\n", jci_commands[i]->name, _(jci_commands[i]->summary));
	}
	printf(_("\n'git jci COMMAND -h' prints the options of a command, 'git jci help COMMAND' "
		 "opens\n"
		 "its manual page. Without a command: the browser in a terminal, else 'git jci "
		 "log'.\n"
		 "'git jci help --keys' lists the keys of the browser.\n"));
	return print_end(STATUS_OK);
}

static int list_keys(bool mdoc)
{
	cleanup_strbuf struct strbuf keys = STRBUF_INIT;

	if (mdoc)
		keys_add_mdoc(&keys);
	else
		keys_add_text(&keys);
	fputs(keys.buf, stdout);
	return print_end(STATUS_OK);
}

const char *const cmd_topics[] = {"browser", "config", "format", "security", "tutorial", NULL};

static bool has_page(const char *name)
{
	const struct jci_command *command = jci_command_find(name);

	for (size_t i = 0; cmd_topics[i]; i++)
		if (strcmp(cmd_topics[i], name) == 0)
			return true;
	return command && !command->hidden;
}

/* Pages that came in a bundle are where no man(1) looks for them; an empty place is the system's.
 */
static void name_manual(void)
{
	cleanup_free char *pages = program_bundle_path("share/man"), *path = NULL;
	const char *others = getenv("MANPATH");

	if (!pages)
		return;
	path = xasprintf("%s:%s", pages, others ? others : "");
	setenv("MANPATH", path, 1);
}

static int open_page(const char *name)
{
	cleanup_free char *page = xasprintf("git-jci-%s", name);

	if (!has_page(name)) {
		cmd_note(_("'%s' is not a git-jci command; see 'git jci help'"), name);
		return STATUS_USAGE;
	}
	name_manual();
	execlp("man", "man", page, (char *)NULL);
	cmd_note(_("cannot open the manual page: 'man' is not installed"));
	return STATUS_FAILED;
}

static int run_help(const struct jci_command *self, int argc, char **argv)
{
	bool keys = false, mdoc = false;
	const struct option_spec options[] = {
		{0, "keys", OPT_FLAG, &keys, NULL, N_("list the keys of the browser")},
		{0, "mdoc", OPT_FLAG, &mdoc, NULL, N_("the same as the source of a manual page")},
		OPTIONS_END,
	};
	int status;

	if (!cmd_options(self, options, &argc, argv, 0, 1, &status))
		return status;
	if ((keys || mdoc) && argc > 1) {
		cmd_note(_("the list of keys is no manual page: '%s' is too much"), argv[1]);
		return STATUS_USAGE;
	}
	if (keys || mdoc)
		return list_keys(mdoc);
	return argc < 2 ? list_commands() : open_page(argv[1]);
}

const struct jci_command cmd_help = {
	.name = "help",
	.synopsis = "[--keys | --mdoc | COMMAND]",
	.summary = N_("list the commands, or open the manual page of one"),
	.operands = "<page>",
	.run = run_help,
};
