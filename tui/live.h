/* Runs that go on, of the whole repository, as of the last change of the registry. */
#ifndef JCI_TUI_LIVE_H
#define JCI_TUI_LIVE_H

#include "core/live.h"
#include "tui/tui.h"

struct live *live_new(struct tui *tui);
void live_free(struct live *live);
/* Reads the registry once more, in the background; tui_changed(CHANGED_LIVE) where it differs. */
void live_refresh(struct live *live);
const struct jci_records *live_records(const struct live *live);
/* How many of them have a process. */
unsigned live_running(const struct live *live);
/* The newest one of a commit, and one by its id; NULL: none. Borrowed until the next event. */
const struct jci_record *live_of_commit(const struct live *live, const git_oid *commit);
const struct jci_record *live_find(const struct live *live, const struct jci_run_id *id);

#endif
