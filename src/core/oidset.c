#include "core/oidset.h"

#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"

enum { FIRST_SLOTS = 64 };

void jci_oidset_release(struct jci_oidset *set)
{
	free(set->oids);
	free(set->slots);
	*set = (struct jci_oidset)JCI_OIDSET_INIT;
}

/* The slot of the id, or the free one where it belongs. An id is a hash already. */
static uint32_t *slot_of(const struct jci_oidset *set, const git_oid *oid)
{
	size_t at;

	memcpy(&at, oid->id, sizeof(at));
	for (;; at++) {
		uint32_t *slot = &set->slots[at & (set->n_slots - 1)];

		if (*slot == 0 || git_oid_equal(&set->oids[*slot - 1], oid))
			return slot;
	}
}

/* At most half of the slots are taken. */
static void grow(struct jci_oidset *set)
{
	if (set->n * 2 < set->n_slots)
		return;
	if (set->n >= UINT32_MAX / 2)
		out_of_memory();
	free(set->slots);
	set->n_slots = set->n_slots > 0 ? set->n_slots * 2 : FIRST_SLOTS;
	set->slots = xcalloc(set->n_slots, sizeof(*set->slots));
	for (size_t i = 0; i < set->n; i++)
		*slot_of(set, &set->oids[i]) = (uint32_t)i + 1;
}

bool jci_oidset_add(struct jci_oidset *set, const git_oid *oid, size_t *number)
{
	uint32_t *slot;
	bool is_new;

	grow(set);
	slot = slot_of(set, oid);
	is_new = *slot == 0;
	if (is_new) {
		ARRAY_GROW(set->oids, set->n + 1, set->cap);
		set->oids[set->n++] = *oid;
		*slot = (uint32_t)set->n;
	}
	if (number)
		*number = *slot - 1;
	return is_new;
}

bool jci_oidset_find(const struct jci_oidset *set, const git_oid *oid, size_t *number)
{
	uint32_t slot = set->n > 0 ? *slot_of(set, oid) : 0;

	if (slot > 0 && number)
		*number = slot - 1;
	return slot > 0;
}
