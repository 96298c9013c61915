/* What the files of tui/act*.c share; for others there is tui/act.h. */
#ifndef JCI_TUI_ACTS_H
#define JCI_TUI_ACTS_H

#include "tui/act.h"
#include "tui/task.h"

struct acts {
	struct tui *tui;
	struct tasks *tasks;
	char *folder;                 /* private, for copies that are opened; NULL: none yet */
	unsigned copies;              /* in it: each has a folder of its own */
	struct jci_run_id *cancelled; /* told to end already */
	size_t n_cancelled, cap_cancelled;
};

/* An action; arg NULL: none. As acts_do(). */
typedef int act_fn(struct acts *acts, const char *arg, struct jci_error *err);

act_fn act_run, act_rerun, act_cancel, act_push, act_pull, act_prune, act_recover, act_init;
act_fn act_save, act_edit, act_pager, act_browser, act_pipe;
act_fn act_copy, act_copy_name, act_compare, act_show, act_tig, act_shell;

/* What is selected; where nothing is, an error that says so. */
int acts_need_commit(const struct acts *acts, const git_oid **commit, struct jci_error *err);
int acts_need_run(const struct acts *acts, const struct jci_record **run, struct jci_error *err);
/* A file of it, not a folder. */
int acts_need_file(const struct acts *acts, const struct jci_record **run, const char **path,
		   struct jci_error *err);
/* "<commit>/<run id>", as commands take it. The caller frees it. */
char *acts_run_name(const struct jci_record *run);

/* A new folder for a copy, made below the private one. The caller frees it; NULL: err says why. */
char *acts_new_folder(struct acts *acts, struct jci_error *err);

/* ---- programs of the user's (tui/actprogram.c) ---- */

/* A command of the shell and a file for it: it is an argument, never part of the command's text. */
struct program {
	char *command;  /* owned; NULL: none is to be found */
	bool graphical; /* needs no terminal */
};
void program_release(struct program *p);
#define cleanup_program cleanup(program_release)
/* As `git var` tells it. May take a while: in a job. */
int program_editor(struct program *p, const struct jci_repo *repo, struct jci_error *err);
/* As git chooses it; "" or "cat": the screen is left at once. */
void program_pager(struct program *p, const struct jci_repo *repo);
/* $BROWSER, web.browser of git config, or what is installed. */
int program_browser(struct program *p, const struct jci_repo *repo, struct jci_error *err);
bool program_holds_screen(const struct program *p);
bool program_is_installed(const char *command);
/* Runs it with the file, in the foreground or, where it is graphical, on its own. */
int program_run(struct acts *acts, const struct program *p, const char *file,
		struct jci_error *err);
/* Opens a file of the user's own in his editor (tui/actfile.c). */
void acts_edit(struct acts *acts, const char *path);

#endif
