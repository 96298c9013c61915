/*
 * Plain files with the bytes of large logs, in `<common dir>/jci/cache/<blob id>`: a git blob has
 * no random access. Bounded by jci.cacheSize (default 2g; 0: no cache); the files used longest ago
 * go first. Anything in there may be removed at any time, also while it is read.
 */
#ifndef JCI_CORE_LOGCACHE_H
#define JCI_CORE_LOGCACHE_H

#include "core/repo.h"

/* Blobs from this size on are worth a file. */
enum { JCI_CACHE_MIN = 1024 * 1024 };

/*
 * Takes over the file dirfd/name (same file system: renamed) as the bytes of `blob`, which the
 * caller knows them to be. Where the cache is off, full of larger things, or can't be written, the
 * file stays where it is; that is no error.
 */
void jci_cache_adopt(const struct jci_repo *repo, const git_oid *blob, int dirfd, const char *name);

/*
 * A descriptor for reading the bytes of `blob` at any offset: the cached file, which is made now if
 * need be (by `git cat-file`, whose memory does not grow with the blob); where the cache is off an
 * unnamed temporary file. The caller closes it; -1 and the message on failure.
 */
int jci_cache_open(const struct jci_repo *repo, const git_oid *blob, struct jci_error *err);

/*
 * The same without waiting: where a large blob is not cached, *fill is what is to be done for it
 * (else NULL), and pread(2) finds as much as has been done (the offset is the writer's). *size is
 * the blob's.
 */
struct jci_cache_fill;
int jci_cache_begin(const struct jci_repo *repo, const git_oid *blob, uint64_t *size,
		    struct jci_cache_fill **fill, struct jci_error *err);
/*
 * Does it; then the file is found in the cache. With the handle that began it. stop(), which may be
 * NULL, is asked every few milliseconds: true ends it, which is a failure.
 */
int jci_cache_fill(struct jci_cache_fill *fill, bool (*stop)(void *ctx), void *ctx,
		   struct jci_error *err);
void jci_cache_fill_free(struct jci_cache_fill *fill);
DEFINE_CLEANUP(jci_cache_fill, struct jci_cache_fill *, jci_cache_fill_free)
#define cleanup_cache_fill cleanup(jci_cache_fill_cleanup)

/*
 * Writes the bytes of a blob of any size to fd, from its cached file if there is one; nothing is
 * put into the cache. Memory does not grow with the blob.
 */
int jci_cache_copy(const struct jci_repo *repo, const git_oid *blob, int fd, struct jci_error *err);

#endif
