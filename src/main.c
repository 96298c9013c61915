/* git-jci: finds the subcommand and returns its exit status. */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "core/credentials.h"
#include "util/gettext.h"

static int usage(const char *unknown)
{
	fprintf(stderr, _("git-jci: '%s' is not a git-jci command; see 'git jci help'\n"), unknown);
	return STATUS_USAGE;
}

/* `git jci -h`, `git-jci --version`: options in place of a command. */
static const char *command_for_option(const char *arg)
{
	if (strcmp(arg, "-h") == 0 || strcmp(arg, "--help") == 0)
		return "help";
	return strcmp(arg, "--version") == 0 ? "version" : arg;
}

/* Where a standard stream is closed, a file of ours would get its number and our output. */
static void fill_standard_streams(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd < STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
}

/* Started by the git of a job, which wants to reach a remote. */
static int become_ssh(int argc, char **argv)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;

	jci_credentials_exec_ssh(argc, argv, &err);
	return cmd_fail(&err);
}

/* `git jci` alone: the browser where it can be, else the list of runs. */
static int run_default(void)
{
	static char browse_name[] = "browse", log_name[] = "log";
	char *browse[] = {browse_name, NULL}, *log[] = {log_name, NULL};
	const char *term = getenv("TERM");

	if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && term && *term &&
	    strcmp(term, "dumb") != 0)
		return cmd_browse.run(&cmd_browse, 1, browse);
	return cmd_log.run(&cmd_log, 1, log);
}

int main(int argc, char **argv)
{
	const struct jci_command *command;

	fill_standard_streams();
	jci_gettext_init();
	if (jci_credentials_is_ssh())
		return become_ssh(argc, argv);
	if (argc < 2)
		return run_default();
	command = jci_command_find(command_for_option(argv[1]));
	if (!command)
		return usage(argv[1]);
	return command->run(command, argc - 1, argv + 1);
}
