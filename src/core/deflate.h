/*
 * A zlib stream (RFC 1950) made by several threads with bounded memory: the input is cut into
 * chunks that are deflated independently, each with the 32 KiB before it as its dictionary, and
 * put together in order. A chunk of which a sample hardly gets smaller is stored, so data
 * that does not compress costs a copy. The output depends on the input and the level alone, not
 * on the number of threads.
 */
#ifndef JCI_CORE_DEFLATE_H
#define JCI_CORE_DEFLATE_H

#include <stddef.h>
#include <stdint.h>

#include "util/cleanup.h"

struct jci_deflater; /* threads and buffers; reused for one stream after the other */

/*
 * level as zlib's, -1 (its default) to 9; threads are started with the first stream that is worth
 * them.
 */
struct jci_deflater *jci_deflater_new(int level);
void jci_deflater_free(struct jci_deflater *d);

/* Takes len bytes of input into buf (at most cap): how many, 0 at the end, -1 with errno set. */
typedef ssize_t jci_deflate_read(void *ctx, void *buf, size_t cap);
/* Takes the next bytes of the stream; -1 (with errno set) stops it. */
typedef int jci_deflate_write(void *ctx, const void *buf, size_t len);

/*
 * Deflates all that `in` gives to `out`; both are called from the calling thread alone, in order.
 * Returns the bytes read or, with errno set, -1.
 */
int64_t jci_deflate(struct jci_deflater *d, jci_deflate_read *in, jci_deflate_write *out,
		    void *ctx);

DEFINE_CLEANUP(deflater, struct jci_deflater *, jci_deflater_free)
#define cleanup_deflater cleanup(deflater_cleanup)

#endif
