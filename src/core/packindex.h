/*
 * The index of a pack (gitformat-pack(5), version 2).
 */
#ifndef JCI_CORE_PACKINDEX_H
#define JCI_CORE_PACKINDEX_H

#include <stddef.h>
#include <stdint.h>

#include <git2.h>

#include "core/outfile.h"
#include "core/sha1.h"

struct jci_pack_entry {
	git_oid oid;
	uint32_t crc;    /* of the entry as it is in the pack */
	uint64_t offset; /* of the entry in the pack */
};

/*
 * Writes the index of the n entries, which it sorts by id; no id may be there twice. pack_hash: the
 * pack's last 20 bytes. -1 with errno set if the file can't be written.
 */
int jci_packindex_write(struct jci_outfile *o, struct jci_sha1 *sha, struct jci_pack_entry *entries,
			size_t n, const unsigned char *pack_hash);

#endif
