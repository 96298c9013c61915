/*
 * Subcommands. To add one: write src/cmd/NAME.c with `const struct jci_command cmd_NAME`, name it
 * in the list below and in the table in table.c, list the file in Makefile.am and po/POTFILES.in,
 * and write doc/git-jci-NAME.1. Usage, help, completion and the summary of all commands come from
 * the entry and from its table of options.
 *
 * A command parses its options with cmd_options() before all else, works through core/, and returns
 * an exit status.
 */
#ifndef JCI_CMD_CMD_H
#define JCI_CMD_CMD_H

#include "core/repo.h"
#include "util/options.h"

/* Exit statuses (git-jci(1)); a command stopped by a signal ends by that signal. */
enum {
	STATUS_OK = 0,
	STATUS_RED = 1, /* what was asked about failed */
	STATUS_USAGE = 2,
	STATUS_FAILED = 125,  /* git-jci itself could not do it */
	STATUS_NOEXEC = 126,  /* .jci/run.sh can't be executed */
	STATUS_NOSCRIPT = 127 /* there is no .jci/run.sh */
};

struct jci_command {
	const char *name;
	const char *synopsis; /* behind the name in the usage text; one line each */
	const char *summary;  /* translated; a line in `git jci help` */
	/*
	 * For completion, what the operands are: one form a line, of words and kinds (the table in
	 * cmd/kinds.c) such as "install|remove <hook>...", where the dots repeat the last one.
	 * NULL: there are none.
	 */
	const char *operands;
	bool hidden; /* for programs: not listed, without a page */
	int (*run)(const struct jci_command *self, int argc, char **argv);
};

extern const struct jci_command cmd_browse, cmd_run, cmd_log, cmd_show, cmd_cat, cmd_tail, cmd_get,
	cmd_status, cmd_stats, cmd_verify, cmd_diff, cmd_push, cmd_pull, cmd_prune, cmd_cron,
	cmd_hook, cmd_cancel, cmd_recover, cmd_complete, cmd_web, cmd_server, cmd_jobs, cmd_runner,
	cmd_job, cmd_version, cmd_help;

extern const struct jci_command *const jci_commands[]; /* NULL at the end */
const struct jci_command *jci_command_find(const char *name);

/*
 * Parses the options. True: go on, with the operands in argv[1..*argc-1], of which there are min to
 * max (-1: any number). False: return *status; help or the error has been printed.
 */
bool cmd_options(const struct jci_command *self, const struct option_spec *specs, int *argc,
		 char **argv, int min, int max, int *status);

/*
 * Calls fn with the table that a command hands to cmd_options(), while it is there; the command
 * does nothing else, because all of them call that first.
 */
typedef void cmd_options_fn(void *ctx, const struct option_spec *specs);
void cmd_look_at_options(const struct jci_command *command, cmd_options_fn *fn, void *ctx);

/* Pages of the manual that are no commands (`git jci help TOPIC`); NULL at the end. */
extern const char *const cmd_topics[];

/*
 * Whether at most one of --json and -z was given; if not, that is printed, and the status to return
 * is STATUS_USAGE.
 */
bool cmd_one_format(bool json, bool nul);

/* Prints "git-jci: LINE" for each line of the message, and gives the exit status for the error. */
int cmd_fail(const struct jci_error *err);
/* The same for a note: progress or a warning, on standard error. */
void cmd_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
