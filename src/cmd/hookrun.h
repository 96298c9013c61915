/* What the hooks call that `git jci hook install` wrote. */
#ifndef JCI_CMD_HOOKRUN_H
#define JCI_CMD_HOOKRUN_H

/*
 * Does the work of the hook `name`, one of jci_hook_names, with what githooks(5) gives it: its
 * arguments, standard input and environment. The exit status of the hook. For post-* this returns
 * twice where there is something to run: at once, to git, and later in a process of its own.
 */
int hook_run(const char *name, int argc, char **argv);

#endif
