/*
 * The pane of artifacts of the selected run: a tree with sizes, folders folded and unfolded. The
 * log comes first. Of a run that goes on: what lies in its output folder now.
 */
#ifndef JCI_TUI_FILES_H
#define JCI_TUI_FILES_H

#include "tui/tui.h"

struct pane *files_new(struct tui *tui);
void files_set_run(struct pane *p, const struct jci_record *run); /* NULL: none; copied */
/* The path at the cursor, of a file or (with '/' at its end) a folder; NULL: there is none. */
const char *files_selected(const struct pane *p);

#endif
