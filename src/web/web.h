/*
 * `git jci web`: the page, its API and the artifacts of runs, read-only, for browsers and scripts.
 * This header is the layer's manual; git-jci-web(1) is that of the interface.
 *
 * A request's way (web.c): its Host and its token are checked (access.c), its path is looked up in
 * the table of route.c, and the route's handler answers by a helper of respond.h. To add one: write
 * `static int serve_NAME(struct web_request *rq)` in a file for its topic, declare it in
 * routes.h, and put it into the table.
 *
 * A handler runs in a worker thread with a repository handle of that thread's own, and may wait for
 * files, but should ask http_server_is_stopping() where it takes long. It returns 0 when it has
 * answered; else less than 0 with rq->err filled, from which the answer is made: JCI_ENOTFOUND is
 * 404, JCI_EINVALID and JCI_EAMBIGUOUS are 400, all others 500.
 *
 * What comes from outside is resolved by libgit2 and core/ alone; none of it reaches a command line
 * but as a full hash.
 */
#ifndef JCI_WEB_WEB_H
#define JCI_WEB_WEB_H

#include "core/repo.h"
#include "http/listen.h"

struct web_options {
	struct http_options listen;
	const char *base;  /* path of a reverse proxy, "/ci"; "": none */
	const char *token; /* NULL: none is asked for */
	const char *hosts; /* further names that the server answers to, separated by commas; NULL */
};

struct web;

/*
 * Serves the repository of the working folder (core/repo.h) until web_stop(). The options stay the
 * caller's until then.
 */
int web_start(struct web **out, const struct web_options *options, struct jci_error *err);
/* "http://127.0.0.1:8000/"; the address that a browser can use. The caller frees it. */
char *web_url(const struct web *web);
void web_stop(struct web *web);
DEFINE_CLEANUP(web, struct web *, web_stop)
#define cleanup_web cleanup(web_cleanup)

/* ---- for the handlers ---- */

enum { WEB_MAX_ARGS = 6 };

struct web_arg {
	char *s; /* decoded, ends with NUL, has none within */
	size_t len;
};

struct web_request {
	struct web *web;
	struct http_request *http;
	const struct jci_repo *repo;       /* of this thread */
	struct web_arg args[WEB_MAX_ARGS]; /* what stood for the '*' of the route, in order */
	size_t n_args;
	struct jci_error err;
};

/* The path of the request below the base path; begins with '/'. */
const char *web_path(const struct web_request *rq);

const struct web_options *web_options_of(const struct web *web);
struct web_commits *web_commits_of(const struct web *web);             /* web/commits.h */
struct web_blobs *web_blobs_of(const struct web *web);                 /* web/blob.h */
const struct web_ticket_key *web_ticket_key_of(const struct web *web); /* web/ticket.h */
struct web_live *web_live_of(const struct web *web);                   /* web/live.h */

#endif
