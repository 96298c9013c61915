/* The threads that may wait: for files, for git, for each other. */
#include "http/httppriv.h"

#include "util/alloc.h"

enum { FIRST_WORKERS = 2 };

void http_workers_init(struct http_workers *workers)
{
	pthread_mutex_init(&workers->lock, NULL);
	pthread_cond_init(&workers->work, NULL);
}

/* The next request; NULL: it is time to end. */
static struct http_request *take(struct http_workers *w)
{
	struct http_request *rq;

	pthread_mutex_lock(&w->lock);
	w->idle++;
	while (!w->first && !w->stopping)
		pthread_cond_wait(&w->work, &w->lock);
	w->idle--;
	rq = w->first;
	if (rq) {
		w->first = rq->next;
		w->queued--;
	}
	pthread_mutex_unlock(&w->lock);
	return rq;
}

static void unavailable(struct http_request *rq)
{
	http_refuse(rq, MHD_HTTP_SERVICE_UNAVAILABLE, "the server is stopping\n");
}

static void *run(void *arg)
{
	struct http_server *server = arg;
	const struct http_handler *h = &server->handler;
	void *worker = h->worker_new ? h->worker_new(h->ctx) : NULL;
	struct http_request *rq;

	while ((rq = take(&server->workers))) {
		if (http_server_is_stopping(server))
			unavailable(rq);
		else
			h->serve(h->ctx, worker, rq);
		mhd->resume_connection(rq->connection); /* from here on it is not ours */
	}
	if (h->worker_free)
		h->worker_free(worker);
	return NULL;
}

/* (Under the lock.) */
static void start_one(struct http_server *server)
{
	struct http_workers *w = &server->workers;

	if (w->n < HTTP_MAX_WORKERS && thread_start(&w->threads[w->n], run, server) == 0)
		w->n++;
}

void http_workers_start(struct http_server *server)
{
	pthread_mutex_lock(&server->workers.lock);
	for (int i = 0; i < FIRST_WORKERS; i++)
		start_one(server);
	pthread_mutex_unlock(&server->workers.lock);
}

void http_workers_add(struct http_server *server, struct http_request *rq)
{
	struct http_workers *w = &server->workers;
	bool taken = false;

	pthread_mutex_lock(&w->lock);
	if (!w->stopping) {
		w->queued++;
		if (w->queued > w->idle)
			start_one(server);
		taken = w->n > 0;
		w->queued -= !taken;
	}
	if (taken) {
		rq->next = NULL;
		if (w->first)
			w->last->next = rq;
		else
			w->first = rq;
		w->last = rq;
		pthread_cond_signal(&w->work);
	}
	pthread_mutex_unlock(&w->lock);
	if (!taken) {
		unavailable(rq);
		mhd->resume_connection(rq->connection);
	}
}

void http_workers_stop(struct http_workers *w)
{
	pthread_mutex_lock(&w->lock);
	w->stopping = true;
	pthread_cond_broadcast(&w->work);
	pthread_mutex_unlock(&w->lock);
	/* no more are started */
	for (size_t i = 0; i < w->n; i++)
		pthread_join(w->threads[i], NULL);
}
