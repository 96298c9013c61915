/*
 * Recovery: what a run left whose process died (kill -9, a crash of the machine), or whose result
 * could not be stored, is stored from its entry in the live registry and its output folder.
 */
#ifndef JCI_CORE_RECOVER_H
#define JCI_CORE_RECOVER_H

#include "core/live.h"

/*
 * Stores all of them; `found` is called for each that was stored or, with an error, could not be.
 * Returns <0 where the registry can't be read. Any number of processes may do this at once.
 */
typedef void jci_recover_found(void *ctx, const struct jci_record *r, const struct jci_error *e);
int jci_recover(const struct jci_repo *repo, jci_recover_found *found, void *ctx,
		struct jci_error *err);

#endif
