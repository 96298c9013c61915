/*
 * Large files on their way out of the repository: each is unpacked into the cache (core/logcache.h)
 * by one worker, however many ask for it; few at a time, so that others find a worker; and not
 * longer than the server goes on.
 */
#ifndef JCI_WEB_BLOB_H
#define JCI_WEB_BLOB_H

#include "core/logcache.h"
#include "web/web.h"

struct web_blobs;
struct web_blobs *web_blobs_new(void);
void web_blobs_free(struct web_blobs *blobs);

/* A descriptor for reading the blob at any offset; the caller closes it. -1 with rq->err filled. */
int web_blob_open(struct web_request *rq, const git_oid *blob);

#endif
