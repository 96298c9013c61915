/* Actions that concern no single pane: run, cancel, push, save, copy, compare, ... */
#ifndef JCI_TUI_ACT_H
#define JCI_TUI_ACT_H

#include "tui/command.h"
#include "tui/tui.h"

/* What they keep from one to the next: tasks that go on. */
struct acts *acts_new(struct tui *tui);
void acts_free(struct acts *acts);
/* After the pane that has the keys did not take it; as pane_ops.act(). */
int acts_do(struct tui *tui, const struct call *call, struct jci_error *err);
/* "!" and "@" commands. */
int acts_shell(struct tui *tui, const struct command *command, struct jci_error *err);

/* What is selected, wherever the keys are; NULL: nothing. Borrowed until the next event. */
const git_oid *acts_commit(const struct tui *tui);
const struct jci_record *acts_run(const struct tui *tui);
const char *acts_path(const struct tui *tui);

#endif
