/*
 * The command line: "NAME [ARGUMENT]" for an action, "!COMMAND" for a command of the shell in the
 * foreground, "@COMMAND" for one in the background, "NUMBER" or "NUMBER%" for a line ("goto"
 * without its name). Names may be cut short while they stay unique. Blanks around all of it are
 * left out.
 *
 * Shell commands see what is selected in their environment, never in their text: JCI_COMMIT,
 * JCI_RUN (as commands take it: COMMIT/RUN-ID), JCI_RUN_ID, JCI_PATH, JCI_BRANCH, JCI_STATUS; each
 * empty where nothing is.
 */
#ifndef JCI_TUI_COMMAND_H
#define JCI_TUI_COMMAND_H

#include "core/repo.h"
#include "tui/action.h"
#include "util/error.h"
#include "util/strbuf.h"

enum command_kind { COMMAND_ACTION, COMMAND_SHELL, COMMAND_BACKGROUND };

struct command {
	enum command_kind kind;
	enum action_id id; /* COMMAND_ACTION */
	char *arg;         /* owned; NULL: none; the shell command */
};
#define COMMAND_INIT                           \
	{                                      \
		COMMAND_ACTION, ACT_NONE, NULL \
	}
void command_release(struct command *c);
#define cleanup_command cleanup(command_release)

/*
 * JCI_ENOTFOUND and JCI_EAMBIGUOUS name the command; JCI_EINVALID: nothing at all, or an argument
 * for an action that takes none. "shell COMMAND" is the same as "!COMMAND"; "!" alone is ACT_SHELL,
 * which asks for one.
 *
 * An argument that must be there may be missing, because a key stands for the name alone: who does
 * the action asks for it. `mark` and `to-mark` ask for one more key; for others that need one
 * (action_needs_arg()) the command line opens with the name typed already.
 */
int command_parse(struct command *c, const char *text, struct jci_error *err);

/* What could stand at the end of `text`: whole lines that begin with it, sorted. */
struct completions {
	char **items;
	size_t n, cap;
};
void completions_release(struct completions *c);
void completions_add(struct completions *c, const char *line);
#define cleanup_completions cleanup(completions_release)
/*
 * Names of actions, with a blank behind where an argument may follow; behind `filter`, `set`,
 * `branch`, `run`, `goto`, `push`, `pull`, `save`: what they take.
 */
void command_complete(struct completions *c, const struct jci_repo *repo, const char *text);

#endif
