/*
 * Files of a run that goes on: what lies in its output folder now. The script may write there at
 * the same time, and what it leaves is untrusted: no link is ever followed, neither as a file nor
 * on the way to one, and nothing but regular files is opened.
 */
#ifndef JCI_CORE_LIVEFILES_H
#define JCI_CORE_LIVEFILES_H

#include "core/artifacts.h"

/*
 * Calls `each` for what would be stored if the run ended now, in git's order, with a zero oid; of
 * that which can't be read, or vanishes meanwhile, nothing. A non-zero return stops the walk and is
 * returned. Runs without an output folder (any longer) have no files: that is no error.
 */
int jci_livefiles_walk(const struct jci_record *r, jci_artifact_each *each, void *ctx);

/*
 * Opens a regular file by its path below the output folder, for reading. The caller closes it; -1
 * with errno set: ELOOP where a link is on the way, EINVAL where it is no regular file or the path
 * isn't one that jci_livefiles_walk() would give.
 */
int jci_livefiles_open(const struct jci_record *r, const char *path);

#endif
