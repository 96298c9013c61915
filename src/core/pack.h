/*
 * Writes one pack and its index (gitformat-pack(5), version 2 of both), streaming: each object is
 * written as it comes, without deltas, so memory does not grow with the size of an object, only by
 * some 40 bytes for each object. Until jci_pack_finish() the pack is a temporary file
 * `objects/pack/tmp_pack_XXXXXX`, which git itself removes when a crash leaves it
 * (git-prune-packed, git-gc); then both files get their final names, index last, and are flushed to
 * disk as git does by default (core.fsync).
 */
#ifndef JCI_CORE_PACK_H
#define JCI_CORE_PACK_H

#include <stdbool.h>
#include <stdint.h>

#include <git2.h>

#include "util/cleanup.h"
#include "util/error.h"

struct jci_pack;

/* Tells whether an object is in the repository already, so that the pack need not hold it. */
typedef bool jci_pack_exists(void *ctx, const git_oid *oid);

/*
 * objects_dir: the repository's `objects` folder. level: zlib's. Nothing is left behind if this
 * fails.
 */
int jci_pack_new(struct jci_pack **out, const char *objects_dir, int level, jci_pack_exists *exists,
		 void *exists_ctx, struct jci_error *err);

/*
 * Add an object and give its id. One that was added before, or that `exists` knows, takes no
 * room. jci_pack_add_fd reads exactly `size` bytes from the descriptor's current offset; if the
 * file ends before, it is JCI_EBUSY ("changed while it was read"), and if it can't be read,
 * JCI_EINVALID: in both cases the pack is as it was before the call. Any other failure makes the
 * pack unusable but for jci_pack_free(). `exists` is asked at most once for each call.
 */
int jci_pack_add_buffer(struct jci_pack *p, git_object_t type, const void *data, size_t len,
			git_oid *oid, struct jci_error *err);
int jci_pack_add_fd(struct jci_pack *p, int fd, uint64_t size, git_oid *oid, struct jci_error *err);

/* Objects that the pack holds by now. */
size_t jci_pack_count(const struct jci_pack *p);

/* Puts the pack into the repository; an empty one leaves nothing there. Once only. */
int jci_pack_finish(struct jci_pack *p, struct jci_error *err);
/* Removes what was not finished. */
void jci_pack_free(struct jci_pack *p);

DEFINE_CLEANUP(pack, struct jci_pack *, jci_pack_free)
#define cleanup_pack cleanup(pack_cleanup)

#endif
