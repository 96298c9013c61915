/*
 * A set of object ids, each with a number: 0 for the first that was added, 1 for the next. For sets
 * of hundreds of thousands, where each id is looked up once or twice.
 */
#ifndef JCI_CORE_OIDSET_H
#define JCI_CORE_OIDSET_H

#include <stdbool.h>
#include <stdint.h>

#include <git2.h>

#include "util/cleanup.h"

struct jci_oidset {
	git_oid *oids; /* by number */
	size_t n, cap;
	uint32_t *slots; /* number + 1; 0: free */
	size_t n_slots;  /* a power of two, or none yet */
};
#define JCI_OIDSET_INIT             \
	{                           \
		NULL, 0, 0, NULL, 0 \
	}
void jci_oidset_release(struct jci_oidset *set);
#define cleanup_oidset cleanup(jci_oidset_release)

/* False where it is in there already; *number, which may be NULL, is set in both cases. */
bool jci_oidset_add(struct jci_oidset *set, const git_oid *oid, size_t *number);
bool jci_oidset_find(const struct jci_oidset *set, const git_oid *oid, size_t *number);

#endif
