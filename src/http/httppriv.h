/* What the files of this folder share; not for others. */
#ifndef JCI_HTTP_HTTPPRIV_H
#define JCI_HTTP_HTTPPRIV_H

#include "http/listen.h"
#include "http/mhd.h"
#include "util/thread.h"

struct http_value {
	const char *name, *value;
	struct http_value *next;
};

struct http_request {
	struct http_server *server;
	struct MHD_Connection *connection;
	char *path;  /* of the target, and behind its end: */
	char *query; /* "" if there is none */
	bool head, post, http_1_0;
	enum { HTTP_HEAD, HTTP_BODY, HTTP_WHOLE } stage; /* of what the library told us of it */
	size_t max_body, held;                           /* held: counted in server->bodies */
	struct strbuf body;
	unsigned refused; /* the status for a body that was too much; the rest of it is dropped */
	void *user;
	struct http_value *headers; /* of the answer, the last one first */
	struct MHD_Response *response;
	unsigned status;
	struct http_request *next; /* in the queue of the workers */
};

/* The answer is a line of text, which stays as it is (request.c). */
void http_refuse(struct http_request *rq, unsigned status, const char *text);

/* ---- streams: answers that wait (stream.c) ---- */

struct http_streams {
	pthread_mutex_t lock;
	struct http_stream *first; /* all that there are */
	bool stopping;
};
void http_streams_init(struct http_streams *streams);
struct http_stream *http_stream_new(struct http_request *rq, const struct http_source *source);
struct MHD_Response *http_stream_response(struct http_stream *stream, uint64_t len);
/* Wakes all; from now on none waits. */
void http_streams_stop(struct http_streams *streams);

/* ---- workers (worker.c) ---- */

enum { HTTP_MAX_WORKERS = 32 };

struct http_workers {
	pthread_mutex_t lock;
	pthread_cond_t work;
	struct http_request *first, *last; /* the queue */
	pthread_t threads[HTTP_MAX_WORKERS];
	size_t n, idle, queued;
	bool stopping;
};
void http_workers_init(struct http_workers *workers);
/* The first few, so that no request waits for them to be ready. */
void http_workers_start(struct http_server *server);
/* Hands over a request whose connection is suspended; it is resumed when it has its answer. */
void http_workers_add(struct http_server *server, struct http_request *rq);
/* Waits for all; requests that are still in the queue are answered too. */
void http_workers_stop(struct http_workers *workers);

/* ---- deadlines of connections (deadline.c) ---- */

struct http_deadlines {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct http_connection *first;
	pthread_t thread;
	bool stopping;
	int64_t timeout_us;
};
int http_deadlines_start(struct http_deadlines *deadlines, unsigned timeout_s,
			 struct jci_error *err);
void http_deadlines_stop(struct http_deadlines *deadlines);
/* A connection came: its socket, and what is to be told of it afterwards. */
struct http_connection *http_connection_new(struct http_deadlines *deadlines, int fd);
/* The head of a request is there; its answer has been sent: the next one may come. */
void http_connection_busy(struct http_connection *client);
void http_connection_idle(struct http_connection *client);
/* Before the socket is closed. */
void http_connection_free(struct http_connection *client);

struct http_server {
	struct http_handler handler;
	struct MHD_Daemon *daemon;
	unsigned port;
	struct http_streams streams;
	struct http_workers workers;
	struct http_deadlines deadlines;
	size_t max_bodies, bodies; /* bytes of all that there are; atomic */
};

#endif
