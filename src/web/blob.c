#include "web/blob.h"

#include <pthread.h>
#include <stdlib.h>

#include "util/alloc.h"

enum { MAX_FILLS = 4 };

struct web_blobs {
	pthread_mutex_t lock;
	pthread_cond_t done;
	git_oid filling[MAX_FILLS]; /* that workers unpack now */
	size_t n;
};

struct web_blobs *web_blobs_new(void)
{
	struct web_blobs *b = xcalloc(1, sizeof(*b));

	pthread_mutex_init(&b->lock, NULL);
	pthread_cond_init(&b->done, NULL);
	return b;
}

void web_blobs_free(struct web_blobs *b)
{
	if (!b)
		return;
	pthread_mutex_destroy(&b->lock);
	pthread_cond_destroy(&b->done);
	free(b);
}

static bool is_filling(const struct web_blobs *b, const git_oid *blob)
{
	for (size_t i = 0; i < b->n; i++)
		if (git_oid_equal(&b->filling[i], blob))
			return true;
	return false;
}

/*
 * Waits until nobody else unpacks this one and there is a place. (All that are at it stop when the
 * server does, so this ends then too.)
 */
static void enter(struct web_blobs *b, const git_oid *blob)
{
	pthread_mutex_lock(&b->lock);
	while (b->n == MAX_FILLS || is_filling(b, blob))
		pthread_cond_wait(&b->done, &b->lock);
	b->filling[b->n++] = *blob;
	pthread_mutex_unlock(&b->lock);
}

static void leave(struct web_blobs *b, const git_oid *blob)
{
	pthread_mutex_lock(&b->lock);
	for (size_t i = 0; i < b->n; i++)
		if (git_oid_equal(&b->filling[i], blob))
			b->filling[i] = b->filling[--b->n];
	pthread_cond_broadcast(&b->done);
	pthread_mutex_unlock(&b->lock);
}

static bool stop(void *ctx)
{
	return http_server_is_stopping(ctx);
}

/* The cache first; where its disk is full, or it is off, a file for this once. */
static int fill(struct web_request *rq, const git_oid *blob)
{
	cleanup_cache_fill struct jci_cache_fill *f = NULL;
	struct http_server *server = http_server_of(rq->http);
	cleanup_close int fd = -1;
	uint64_t size;

	fd = jci_cache_begin(rq->repo, blob, &size, &f, &rq->err);
	if (fd < 0 || !f || jci_cache_fill(f, stop, server, &rq->err) == 0)
		return steal_fd(fd);
	if (http_server_is_stopping(server))
		return -1;
	jci_error_clear(&rq->err);
	return jci_cache_open(rq->repo, blob, &rq->err);
}

int web_blob_open(struct web_request *rq, const git_oid *blob)
{
	struct web_blobs *b = web_blobs_of(rq->web);
	int fd;

	enter(b, blob);
	fd = fill(rq, blob);
	leave(b, blob);
	return fd;
}
