/* Answers whose bytes come by and by. While there are none their connections are suspended. */
#include "http/listen.h"

#include "http/httppriv.h"
#include "util/alloc.h"

struct http_stream {
	struct http_streams *all;
	struct MHD_Connection *connection;
	struct http_source source;
	bool waiting; /* suspended */
	bool woken;   /* while it was not */
	struct http_stream *prev, *next;
};

void http_streams_init(struct http_streams *streams)
{
	pthread_mutex_init(&streams->lock, NULL);
}

/* (Under the lock.) */
static void wake(struct http_stream *s)
{
	if (s->waiting)
		mhd->resume_connection(s->connection);
	s->woken = !s->waiting;
	s->waiting = false;
}

void http_streams_stop(struct http_streams *streams)
{
	pthread_mutex_lock(&streams->lock);
	__atomic_store_n(&streams->stopping, true, __ATOMIC_RELAXED);
	for (struct http_stream *s = streams->first; s; s = s->next)
		wake(s);
	pthread_mutex_unlock(&streams->lock);
}

void http_stream_wake(struct http_stream *stream)
{
	pthread_mutex_lock(&stream->all->lock);
	wake(stream);
	pthread_mutex_unlock(&stream->all->lock);
}

struct http_stream *http_stream_new(struct http_request *rq, const struct http_source *source)
{
	struct http_stream *s = xcalloc(1, sizeof(*s));

	s->all = &rq->server->streams;
	s->connection = rq->connection;
	s->source = *source;
	pthread_mutex_lock(&s->all->lock);
	s->next = s->all->first;
	if (s->next)
		s->next->prev = s;
	s->all->first = s;
	pthread_mutex_unlock(&s->all->lock);
	return s;
}

/* Suspends the connection, unless there is a reason to read on. */
static bool wait_for_more(struct http_stream *s)
{
	bool waits;

	pthread_mutex_lock(&s->all->lock);
	waits = !s->woken && !s->all->stopping;
	s->woken = false;
	s->waiting = waits;
	if (waits)
		mhd->suspend_connection(s->connection);
	pthread_mutex_unlock(&s->all->lock);
	return waits;
}

static ssize_t on_read(void *cls, uint64_t at, char *buf, size_t max)
{
	struct http_stream *s = cls;

	do {
		ssize_t n = HTTP_BROKEN;

		if (!__atomic_load_n(&s->all->stopping, __ATOMIC_RELAXED))
			n = s->source.read(s->source.ctx, at, buf, max);

		if (n == HTTP_END)
			return MHD_CONTENT_READER_END_OF_STREAM;
		if (n < 0)
			return MHD_CONTENT_READER_END_WITH_ERROR;
		if (n > 0)
			return n;
	} while (!wait_for_more(s));
	return 0;
}

static void on_release(void *cls)
{
	struct http_stream *s = cls;

	if (s->source.release)
		s->source.release(s->source.ctx);
	pthread_mutex_lock(&s->all->lock);
	if (s->prev)
		s->prev->next = s->next;
	else
		s->all->first = s->next;
	if (s->next)
		s->next->prev = s->prev;
	pthread_mutex_unlock(&s->all->lock);
	free(s);
}

struct MHD_Response *http_stream_response(struct http_stream *stream, uint64_t len)
{
	return mhd->create_response_from_callback(len == HTTP_UNKNOWN ? MHD_SIZE_UNKNOWN : len,
						  HTTP_BUFFER, on_read, stream, on_release);
}
