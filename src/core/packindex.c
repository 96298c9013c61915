#include "core/packindex.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

enum { LONG_OFFSET = 0x7fffffff }; /* offsets past this are in a table of their own */

struct writer {
	struct jci_outfile *out;
	struct jci_sha1 *sha;
	int error; /* -1: the file could not be written, errno is set */
};

static void put(struct writer *w, const void *data, size_t len)
{
	if (w->error)
		return;
	jci_sha1_add(w->sha, data, len);
	w->error = jci_outfile_write(w->out, data, len);
}

static void put_be32(struct writer *w, uint32_t value)
{
	uint32_t be = htonl(value);

	put(w, &be, sizeof(be));
}

static int compare_oids(const void *a, const void *b)
{
	const struct jci_pack_entry *x = a, *y = b;

	return memcmp(x->oid.id, y->oid.id, sizeof(x->oid.id));
}

/* For each first byte, how many ids begin with it or a smaller one. */
static void put_fanout(struct writer *w, const struct jci_pack_entry *entries, size_t n)
{
	size_t i = 0;

	for (unsigned first = 0; first < 256; first++) {
		while (i < n && entries[i].oid.id[0] <= first)
			i++;
		put_be32(w, (uint32_t)i);
	}
}

static void put_offsets(struct writer *w, const struct jci_pack_entry *entries, size_t n)
{
	uint32_t nlong = 0;

	for (size_t i = 0; i < n; i++) {
		if (entries[i].offset > LONG_OFFSET)
			put_be32(w, UINT32_C(0x80000000) | nlong++);
		else
			put_be32(w, (uint32_t)entries[i].offset);
	}
	for (size_t i = 0; i < n; i++) {
		if (entries[i].offset <= LONG_OFFSET)
			continue;
		put_be32(w, (uint32_t)(entries[i].offset >> 32));
		put_be32(w, (uint32_t)entries[i].offset);
	}
}

int jci_packindex_write(struct jci_outfile *o, struct jci_sha1 *sha, struct jci_pack_entry *entries,
			size_t n, const unsigned char *pack_hash)
{
	static const unsigned char header[] = {0xff, 't', 'O', 'c', 0, 0, 0, 2};
	struct writer w = {o, sha, 0};
	unsigned char hash[JCI_SHA1_SIZE];

	qsort(entries, n, sizeof(*entries), compare_oids);
	jci_sha1_begin(sha);
	put(&w, header, sizeof(header));
	put_fanout(&w, entries, n);
	for (size_t i = 0; i < n; i++)
		put(&w, entries[i].oid.id, sizeof(entries[i].oid.id));
	for (size_t i = 0; i < n; i++)
		put_be32(&w, entries[i].crc);
	put_offsets(&w, entries, n);
	put(&w, pack_hash, JCI_SHA1_SIZE);
	jci_sha1_end(sha, hash);
	return w.error ? w.error : jci_outfile_write(o, hash, sizeof(hash));
}
