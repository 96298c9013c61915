/* Waiting for a run that goes on in another process. */
#ifndef JCI_CMD_AWAIT_H
#define JCI_CMD_AWAIT_H

#include "core/live.h"

/*
 * A descriptor for await_change() that watches the entry of a run; -1, which does too but more
 * slowly, where inotify(7) does not work. The caller closes it.
 */
int await_begin(const struct jci_repo *repo, const struct jci_run_id *id);
/* The same for the ref of a run that goes on elsewhere, which comes with what is fetched. */
int await_ref(const struct jci_repo *repo, const struct jci_ref *ref);
/* Until something happened to the entry: the log grew, a file was closed, the entry went. */
void await_change(int events);
/* Whether the run is stored by now; then ref->target is known. */
bool await_is_stored(const struct jci_repo *repo, struct jci_ref *ref);

#endif
