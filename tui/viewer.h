/*
 * The viewer of one file of a run: text with colours, of any size; bytes in hexadecimal; results of
 * tests as a list. A log that grows is followed.
 */
#ifndef JCI_TUI_VIEWER_H
#define JCI_TUI_VIEWER_H

#include "tui/tui.h"

struct pane *viewer_new(struct tui *tui);
/*
 * Opens a file of a run (copied). The log of a run that goes on, or that failed, is shown from its
 * end; anything else from its beginning.
 */
void viewer_open(struct pane *p, const struct jci_record *run, const char *path);
void viewer_close(struct pane *p);
/* What is open; NULL: nothing. Borrowed until the next event. */
const struct jci_record *viewer_run(const struct pane *p);
const char *viewer_path(const struct pane *p);
/*
 * The raw bytes of the lines that are selected (or, without, of the line at the cursor); of the
 * whole file for `whole`. They come in pieces: a non-zero return of `each` stops and is returned.
 */
int viewer_each_byte(const struct pane *p, bool whole,
		     int (*each)(void *ctx, const char *data, size_t len), void *ctx,
		     struct jci_error *err);
bool viewer_has_selection(const struct pane *p);

#endif
