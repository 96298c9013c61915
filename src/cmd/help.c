/* git jci help: the list of commands, or a manual page. */
#include "cmd/cmd.h"

#include <stdio.h>
#include <unistd.h>

#include "cmd/print.h"
#include "util/alloc.h"
#include "util/gettext.h"

static int list_commands(void)
{
	printf(_("usage: git jci [COMMAND] [OPTIONS]\n\n"));
	for (size_t i = 0; jci_commands[i]; i++)
		printf("   %-10s %s\n", jci_commands[i]->name, _(jci_commands[i]->summary));
	printf(_("\n'git jci COMMAND -h' prints the options of a command, 'git jci help COMMAND' "
		 "opens\n"
		 "its manual page. Without a command: the same as 'git jci log'.\n"));
	return print_end(STATUS_OK);
}

static int run_help(const struct jci_command *self, int argc, char **argv)
{
	const struct option_spec options[] = {OPTIONS_END};
	cleanup_free char *page = NULL;
	int status;

	if (!cmd_options(self, options, &argc, argv, 0, 1, &status))
		return status;
	if (argc < 2)
		return list_commands();
	if (!jci_command_find(argv[1])) {
		cmd_note(_("'%s' is not a git-jci command; see 'git jci help'"), argv[1]);
		return STATUS_USAGE;
	}
	page = xasprintf("git-jci-%s", argv[1]);
	execlp("man", "man", page, (char *)NULL);
	cmd_note(_("cannot open the manual page: 'man' is not installed"));
	return STATUS_FAILED;
}

const struct jci_command cmd_help = {
	.name = "help",
	.synopsis = "[COMMAND]",
	.summary = N_("list the commands, or open the manual page of one"),
	.run = run_help,
};
