/*
 * An HTTP client over libcurl, which is loaded when the first client is made: for the API of Gitea,
 * the polls of a runner, and the Engine API of Docker on its unix socket. One struct http_client is
 * one thread's; its connections are kept for the next request. Only http and https; redirects are
 * not followed, because a token may not go elsewhere.
 */
#ifndef JCI_HTTP_CLIENT_H
#define JCI_HTTP_CLIENT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/error.h"
#include "util/library.h"
#include "util/strbuf.h"

struct http_client;

int http_client_new(struct http_client **out, struct jci_error *err);
void http_client_free(struct http_client *client);
DEFINE_CLEANUP(http_client, struct http_client *, http_client_free)
#define cleanup_http_client cleanup(http_client_cleanup)

/* Of libcurl; loads it. */
void http_client_library_version(struct library_version *v);

struct http_call {
	const char *method; /* NULL: GET */
	const char *url;
	const char *unix_socket;    /* the path of one, to be used instead of the URL's host */
	const char *ca_file;        /* PEM; NULL: the system's */
	const char *const *headers; /* "Name: value", NULL at the end; NULL: none */
	/* The body: bytes, or of read(), which returns how many it put into buf, 0 at the end, or
	 * -1 to give up. Neither: no body. */
	const void *body;
	size_t body_len;
	ssize_t (*read)(void *ctx, char *buf, size_t max);
	/* It must not be done twice: libcurl sends a request again by itself when a connection that
	 * was kept ends without an answer, even though the server may have carried it out. */
	bool once;
	/* Gets an answer of status 2xx as it comes, instead of answer->body; false ends it, which
	 * is a failure. */
	bool (*write)(void *ctx, const char *data, size_t len);
	/* Asked about once a second, or more often: true ends the call, which is a failure. */
	bool (*stop)(void *ctx);
	void *ctx;
	int64_t connect_us,
		timeout_us; /* for connecting (0: 10 s) and for all of it (0: no limit) */
	size_t max_body;    /* of the answer, beyond it is a failure; 0: 1 MiB */
};

struct http_answer {
	unsigned status; /* 0: there was none */
	struct strbuf body;
	int64_t retry_after_us; /* of 'Retry-After: SECONDS'; 0: none */
	/* The request may have reached the server, even though there is no answer to it. */
	bool maybe_sent;
};
#define HTTP_ANSWER_INIT            \
	{                           \
		.body = STRBUF_INIT \
	}
void http_answer_release(struct http_answer *answer);
#define cleanup_http_answer cleanup(http_answer_release)

/*
 * Any status is a success here: <0 means that there was no whole answer, and err says what libcurl
 * says, with the URL less its query and user. The answer is filled anew.
 */
int http_call(struct http_client *client, const struct http_call *call, struct http_answer *answer,
	      struct jci_error *err);

/* Appends s percent-encoded, but for letters, digits and "-._~", and those in `keep` (RFC 3986). */
void http_add_encoded(struct strbuf *sb, const char *s, const char *keep);

#endif
