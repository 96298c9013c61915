/*
 * An HTTP/1.1 server (RFC 9112) on one address, with TLS if it has a certificate: the only user of
 * libmicrohttpd here. It takes GET and HEAD without a body, and POST where the handler says how
 * large its body may be, and hands each request, once it is whole, first to handler->quick(), then
 * to handler->serve().
 *
 * Threads: a few, as many as processors, own the sockets and run quick(), and must not wait for
 * anything: a file, a lock that is held for long. serve() runs in one of the workers, started as
 * they are needed, which may. An answer is sent by the network's threads as fast as its client
 * takes it: 500 slow clients cost no thread and no more than a few KiB each.
 *
 * Limits: a connection has options->timeout_s to send the whole of its next request, however it
 * trickles in, and is closed if it takes no byte of an answer for three times as long. The head,
 * and the buffer for an answer, have HTTP_BUFFER bytes. All bodies together have
 * options->max_bodies; who comes when that is full is told to come again (503).
 */
#ifndef JCI_HTTP_LISTEN_H
#define JCI_HTTP_LISTEN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/error.h"
#include "util/library.h"
#include "util/strbuf.h"

enum { HTTP_BUFFER = 32 * 1024 };

/* Of libmicrohttpd; loads it. */
void http_listen_library_version(struct library_version *v);

/* One request: whoever has it is the only thread that does, from quick() to the answer. */
struct http_request;

#define HTTP_NO_POST SIZE_MAX

struct http_handler {
	void *ctx;
	/*
	 * The size in bytes that the body of this POST, of which only the head is known, may have;
	 * a larger one is answered with 413. HTTP_NO_POST: not a target of POST. May be NULL: there
	 * is none.
	 */
	size_t (*max_body)(void *ctx, const struct http_request *rq);
	/* True: it is answered. False: serve() shall. */
	bool (*quick)(void *ctx, struct http_request *rq);
	/* Answers by one of http_respond_*(), in any case. */
	void (*serve)(void *ctx, void *worker, struct http_request *rq);
	/* What a worker has of its own, such as a handle of the repository; may be NULL. */
	void *(*worker_new)(void *ctx);
	void (*worker_free)(void *worker);
	/* Of what http_set_user() was given, when the request is over. */
	void (*user_free)(void *user);
};

struct http_options {
	const char *address;                           /* numeric, or "localhost" */
	unsigned port;                                 /* 0: the kernel chooses */
	unsigned connections, connections_per_address; /* at most so many; 0: no limit */
	unsigned timeout_s;
	size_t max_bodies;
	const char *certificate, *key; /* texts in PEM, the chain in the first; NULL: no TLS */
};

struct http_server;

/*
 * Serves from now on. The handler stays the caller's, until http_server_stop(). A port in use is
 * JCI_EBUSY, an address that is none of this host JCI_EINVALID.
 */
int http_server_start(struct http_server **out, const struct http_options *options,
		      const struct http_handler *handler, struct jci_error *err);
/* The port that it listens on. */
unsigned http_server_port(const struct http_server *server);
/* Ends all connections and waits for the workers. */
void http_server_stop(struct http_server *server);
/* Whether http_server_stop() was called: what takes long gives up then. From any thread. */
bool http_server_is_stopping(const struct http_server *server);

/* ---- the request ---- */

struct http_server *http_server_of(const struct http_request *rq);
bool http_is_head(const struct http_request *rq);
bool http_is_post(const struct http_request *rq);
/* The body of a POST, which has a NUL behind its end; valid for as long as the request. */
const char *http_body(const struct http_request *rq, size_t *len);
/* The target's path, percent-encoded as it came, without the query; begins with '/'. */
const char *http_path(const struct http_request *rq);
/* The query as it came, without '?'; "" if there is none. */
const char *http_query(const struct http_request *rq);
/* Decodes %XX in place; the new length: the bytes may be anything, NUL too. */
size_t http_decode(char *s);
/*
 * A parameter of the query, decoded, "" where it has no value; NULL where it is missing or has a
 * NUL byte. Valid for as long as the request.
 */
const char *http_param(const struct http_request *rq, const char *name);
/* A header or a cookie of the request; NULL where it is missing. */
const char *http_header(const struct http_request *rq, const char *name);
const char *http_cookie(const struct http_request *rq, const char *name);
bool http_is_1_0(const struct http_request *rq);
/* What 'Authorization: Bearer' gives; NULL where there is none. */
const char *http_bearer(const struct http_request *rq);
/* Whether the password of 'Authorization: Basic' (RFC 7617), of any user, is this one. */
bool http_has_password(const struct http_request *rq, const char *password);
/* Whether a secret was given, NULL: not; in a time that tells nothing about where they differ. */
bool http_is_secret(const char *secret, const char *given);
/* The client's address, or that of the proxy before it; "" if it has none. */
enum { HTTP_ADDRESS_SIZE = 46 };
void http_client_address(const struct http_request *rq, char address[HTTP_ADDRESS_SIZE]);

/* One pointer of the handler's. */
void http_set_user(struct http_request *rq, void *user);
void *http_user(const struct http_request *rq);

/* ---- the answer ---- */

/* Before the answer: adds a header to it. A value with a line break, from wherever, is left out. */
void http_add_header(struct http_request *rq, const char *name, const char *value);
/* Takes back all that were added. */
void http_drop_headers(struct http_request *rq);

/* Copies the bytes. */
void http_respond(struct http_request *rq, unsigned status, const void *data, size_t len);
/* Bytes that stay as they are until release(ctx) is called; may be NULL: for ever. */
void http_respond_shared(struct http_request *rq, unsigned status, const void *data, size_t len,
			 void (*release)(void *ctx), void *ctx);
/* len bytes of a file from offset on, which the kernel sends; takes over fd. */
void http_respond_fd(struct http_request *rq, unsigned status, int fd, uint64_t offset,
		     uint64_t len);

/*
 * Bytes as they come. read() puts up to `max` bytes, those from offset `at` on, into buf, in a
 * thread of the network, and returns how many, or one of these. After HTTP_LATER it is called again
 * once http_stream_wake() has been, from any thread, perhaps between the two.
 */
enum { HTTP_LATER = 0, HTTP_END = -1, HTTP_BROKEN = -2 };
struct http_source {
	void *ctx;
	ssize_t (*read)(void *ctx, uint64_t at, char *buf, size_t max);
	/* The client has it all, or is gone: from here on the stream may not be woken any more. */
	void (*release)(void *ctx);
};
struct http_stream;
/*
 * len HTTP_UNKNOWN: until HTTP_END. started(), which may be NULL, gets the stream's handle before
 * the first read().
 */
#define HTTP_UNKNOWN UINT64_MAX
void http_respond_stream(struct http_request *rq, unsigned status, uint64_t len,
			 const struct http_source *source,
			 void (*started)(void *ctx, struct http_stream *stream));
void http_stream_wake(struct http_stream *stream);

#endif
