#include "web/web.h"

#include <string.h>

#include "util/alloc.h"
#include "util/gettext.h"
#include "util/thread.h"
#include "web/access.h"
#include "web/assets.h"
#include "web/blob.h"
#include "web/commits.h"
#include "web/live.h"
#include "web/respond.h"
#include "web/routes.h"
#include "web/ticket.h"

enum { WARM_S = 1 };

struct web {
	const struct web_options *options;
	struct http_server *server;
	struct web_commits *commits;
	struct web_blobs *blobs;
	struct web_ticket_key tickets;
	pthread_t warmer;
	bool warms;
	struct web_live *live;
};

const struct web_options *web_options_of(const struct web *web)
{
	return web->options;
}

struct web_live *web_live_of(const struct web *web)
{
	return web->live;
}

struct web_commits *web_commits_of(const struct web *web)
{
	return web->commits;
}

struct web_blobs *web_blobs_of(const struct web *web)
{
	return web->blobs;
}

const struct web_ticket_key *web_ticket_key_of(const struct web *web)
{
	return &web->tickets;
}

/* ---- requests ---- */

/* What is kept from quick() to serve(). */
struct pending {
	struct web_request rq;
	const struct web_route *route;
};

static void free_pending(void *user)
{
	struct pending *p = user;

	while (p->rq.n_args)
		free(p->rq.args[--p->rq.n_args].s);
	jci_error_clear(&p->rq.err);
	free(p);
}

/* A proxy may leave the base path in what it passes on, or take it off. */
const char *web_path(const struct web_request *rq)
{
	const char *path = http_path(rq->http), *base = rq->web->options->base;
	const size_t len = strlen(base);

	return len && strncmp(path, base, len) == 0 && path[len] == '/' ? path + len : path;
}

static bool quick(void *ctx, struct http_request *http)
{
	struct web *web = ctx;
	struct pending *p = xcalloc(1, sizeof(*p));

	http_set_user(http, p);
	p->rq.web = web;
	p->rq.http = http;
	if (!web_host_check(&p->rq))
		return true;
	p->route = web_route_find(web_path(&p->rq), &p->rq);
	if (!(p->route && p->route->has_ticket) && !web_token_check(&p->rq))
		return true;
	if (!p->route) {
		respond_error(&p->rq, 404, _("there is nothing of that name"));
		return true;
	}
	return p->route->quick && (p->route->quick(&p->rq) || !p->route->serve);
}

/* ---- workers ---- */

struct worker {
	struct jci_repo repo;
	bool open;
};

static void free_worker(void *worker)
{
	struct worker *w = worker;

	if (w->open)
		jci_repo_release(&w->repo);
	free(w);
}

/* Tried again with each request, where it failed: whatever is wrong may be mended meanwhile. */
static int open_repo(struct worker *w, struct jci_error *err)
{
	if (!w->open && jci_repo_open(&w->repo, err) < 0)
		return err->code;
	w->open = true;
	return 0;
}

static void *new_worker(void *ctx)
{
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;
	struct worker *w = xcalloc(1, sizeof(*w));

	(void)ctx;
	open_repo(w, &ignored);
	return w;
}

static unsigned status_of(int code)
{
	switch (code) {
	case JCI_ENOTFOUND:
		return 404;
	case JCI_EINVALID:
	case JCI_EAMBIGUOUS:
		return 400;
	default:
		return 500;
	}
}

static void serve(void *ctx, void *worker, struct http_request *http)
{
	struct pending *p = http_user(http);
	struct worker *w = worker;

	(void)ctx;
	if (open_repo(w, &p->rq.err) == 0) {
		p->rq.repo = &w->repo;
		if (p->route->serve(&p->rq) == 0)
			return;
	} else if (p->route->bare && p->route->bare(&p->rq)) {
		return;
	}
	http_drop_headers(http); /* of the answer that was begun */
	respond_error(&p->rq, status_of(p->rq.err.code), p->rq.err.message);
}

/* ---- start and end ---- */

static void *warm(void *arg)
{
	struct web *web = arg;
	cleanup_repo struct jci_repo repo = JCI_REPO_INIT;
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;

	if (jci_repo_open(&repo, &ignored) == 0)
		web_commits_warm(web->commits, &repo);
	return NULL;
}

/* For a moment at most: a page of very many runs is made while others are served. */
static void start_warming(struct web *web)
{
	struct timespec end;

	if (thread_start(&web->warmer, warm, web) != 0)
		return;
	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += WARM_S;
	web->warms = pthread_clockjoin_np(web->warmer, NULL, CLOCK_MONOTONIC, &end) != 0;
}

static void free_web(struct web *web)
{
	if (web->warms)
		pthread_join(web->warmer, NULL);
	web_commits_free(web->commits);
	web_blobs_free(web->blobs);
	web_live_free(web->live);
	free(web);
}

int web_start(struct web **out, const struct web_options *options, struct jci_error *err)
{
	struct web *web = xcalloc(1, sizeof(*web));
	const struct http_handler handler = {
		.ctx = web,
		.quick = quick,
		.serve = serve,
		.worker_new = new_worker,
		.worker_free = free_worker,
		.user_free = free_pending,
	};

	web->options = options;
	web_assets_init(options->base);
	web->commits = web_commits_new();
	web->blobs = web_blobs_new();
	web->live = web_live_new();
	web_ticket_key_init(&web->tickets);
	if (http_server_start(&web->server, &options->listen, &handler, err) < 0) {
		free_web(web);
		return err->code;
	}
	start_warming(web);
	*out = web;
	return 0;
}

char *web_url(const struct web *web)
{
	const char *address = web->options->listen.address;
	const char *name = strcmp(address, "0.0.0.0") == 0 ? "127.0.0.1"
			   : strcmp(address, "::") == 0    ? "::1"
							   : address;

	return xasprintf(strchr(name, ':') ? "http://[%s]:%u%s/" : "http://%s:%u%s/", name,
			 http_server_port(web->server), web->options->base);
}

void web_stop(struct web *web)
{
	if (!web)
		return;
	web_live_stop(web->live);
	web_commits_stop(web->commits);
	http_server_stop(web->server);
	free_web(web);
}
