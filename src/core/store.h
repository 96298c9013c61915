/*
 * Stores the result of a run: the output folder, the log and the record become a tree, a commit
 * without parent (author date: start, committer date: end) and the ref. Artifacts are stored byte
 * for byte: no filter or attribute applies. What can't be stored (sockets, fifos, devices, anything
 * named .git in a spelling that git refuses, what can't be read) is left out and named in the
 * record; links are stored as links.
 *
 * A run of at least transfer.unpackLimit (git's default: 100) objects, or of 4 MiB and more,
 * becomes one pack; a smaller one becomes loose objects.
 */
#ifndef JCI_CORE_STORE_H
#define JCI_CORE_STORE_H

#include "core/live.h"

/*
 * Nothing is visible before the last step, the ref; after a failure the repository is as before but
 * for unreferenced objects. On success r->ref.target is set, and r->left_out is complete.
 */
int jci_store(const struct jci_repo *repo, const struct jci_live *live, struct jci_record *r,
	      struct jci_error *err);

#endif
