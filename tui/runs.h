/*
 * The pane of runs of the selected commit, newest first, live ones among them: status, reason,
 * start, duration, trigger, branch.
 */
#ifndef JCI_TUI_RUNS_H
#define JCI_TUI_RUNS_H

#include "tui/tui.h"

struct pane *runs_new(struct tui *tui);
void runs_set_commit(struct pane *p, const git_oid *commit); /* NULL: none */
/* The run at the cursor; NULL: there is none. Borrowed until the next event. */
const struct jci_record *runs_selected(const struct pane *p);
/* Puts the cursor on a run of the commit, at once or as soon as it is there. */
void runs_goto(struct pane *p, const struct jci_run_id *id);

#endif
