/* Start and end of the server, and what its threads share. */
#include "server/server.h"

#include <string.h>
#include <strings.h>

#include "server/allow.h"
#include "server/request.h"
#include "util/alloc.h"
#include "util/gettext.h"

enum {
	/* Runners keep theirs open between polls. */
	CONNECTIONS = 4096,
	TIMEOUT_S = 30,
	MAX_BODIES = 128 * 1024 * 1024
};

struct server {
	const struct server_options *options;
	struct queue *queue;
	struct background *background;
	struct http_server *http;
	struct counts counts;
	struct refusals *refusals;
};

const struct server_options *server_options_of(const struct server *server)
{
	return server->options;
}

struct queue *server_queue(const struct server *server)
{
	return server->queue;
}

struct counts *server_counts(struct server *server)
{
	return &server->counts;
}

struct refusals *server_refusals(struct server *server)
{
	return server->refusals;
}

/* ---- workers ---- */

struct worker {
	struct server *server;
	struct gitea *gitea; /* made when it is needed */
};

void *worker_new(void *ctx)
{
	struct worker *w = xcalloc(1, sizeof(*w));

	w->server = ctx;
	return w;
}

void worker_free(void *worker)
{
	struct worker *w = worker;

	if (w->gitea)
		gitea_free(w->gitea);
	free(w);
}

/* Whoever waits for Gitea does not hold up the end of the server. */
static bool is_stopping(void *ctx)
{
	const struct server *server = ctx;

	return server->http && http_server_is_stopping(server->http);
}

struct gitea *worker_gitea(struct request *rq)
{
	struct worker *w = rq->worker;
	struct gitea_options options = w->server->options->gitea;

	options.stop = is_stopping;
	options.ctx = w->server;
	if (!w->gitea && gitea_new(&w->gitea, &options, &rq->err) < 0)
		return NULL;
	return w->gitea;
}

/* ---- start ---- */

int server_verify_user(struct gitea *gitea, const struct gitea_options *options,
		       struct jci_error *err)
{
	cleanup_free char *login = NULL;

	if (gitea_user(gitea, &login, err) < 0)
		return jci_error_prefix(err, _("the token cannot be verified"));
	if (strcasecmp(login, options->user) != 0)
		return jci_error_set(err, JCI_EINVALID,
				     _("GITEA_TOKEN belongs to '%s', not to '%s' of GITEA_USER; "
				       "set either to that of the other"),
				     login, options->user);
	return 0;
}

static int verify(const struct server_options *options, struct jci_error *err)
{
	cleanup_gitea struct gitea *gitea = NULL;

	if (gitea_new(&gitea, &options->gitea, err) < 0)
		return err->code;
	return server_verify_user(gitea, &options->gitea, err);
}

struct adding {
	struct queue *queue;
	struct jci_error *err;
};

static int add_repository(void *ctx, const char *repository)
{
	const struct adding *a = ctx;

	return queue_add_repository(a->queue, repository, a->err);
}

/* Those that the operator names are looked after before their first push. */
static int add_repositories(struct server *server, struct jci_error *err)
{
	struct adding adding = {server->queue, err};

	return allow_names(server->options->repositories, add_repository, &adding);
}

static int listen_to(struct server *server, struct jci_error *err)
{
	const struct server_options *o = server->options;
	const struct http_options http = {
		.address = o->address,
		.port = o->port,
		.connections = CONNECTIONS,
		.timeout_s = TIMEOUT_S,
		.max_bodies = MAX_BODIES,
		.certificate = o->certificate,
		.key = o->key,
	};
	struct http_handler handler = server_handler;

	handler.ctx = server;
	return http_server_start(&server->http, &http, &handler, err);
}

int server_start(struct server **out, const struct server_options *options, struct jci_error *err)
{
	cleanup_server struct server *server = xcalloc(1, sizeof(*server));

	server->options = options;
	server->refusals = refusals_new();
	server_options_warn(options);
	if (queue_open(&server->queue, &options->queue, err) < 0 || verify(options, err) < 0 ||
	    add_repositories(server, err) < 0 ||
	    background_start(&server->background, options, server->queue, err) < 0 ||
	    listen_to(server, err) < 0)
		return err->code;
	*out = steal_ptr(server);
	return 0;
}

/* ---- end ---- */

/* First nothing new comes in, then nobody works on the queue, then it is closed. */
void server_stop(struct server *server)
{
	if (!server)
		return;
	if (server->http)
		http_server_stop(server->http);
	if (server->queue)
		queue_stop(server->queue);
	if (server->background)
		background_stop(server->background);
	if (server->queue)
		queue_close(server->queue);
	refusals_free(server->refusals);
	free(server);
}

unsigned server_port(const struct server *server)
{
	return http_server_port(server->http);
}

char *server_url(const struct server *server)
{
	const struct server_options *o = server->options;
	const char *name = strcmp(o->address, "0.0.0.0") == 0 ? "127.0.0.1"
			   : strcmp(o->address, "::") == 0    ? "::1"
							      : o->address;

	return xasprintf(strchr(name, ':') ? "%s://[%s]:%u" : "%s://%s:%u",
			 o->certificate ? "https" : "http", name, server_port(server));
}
