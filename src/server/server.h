/*
 * git jci server: takes Gitea's webhooks, keeps the queue of jobs, gives them to runners that ask,
 * and reports their results to Gitea (git-jci-server(1)). It runs in the foreground until
 * server_stop(), and whenever it is killed it goes on where its database is.
 */
#ifndef JCI_SERVER_SERVER_H
#define JCI_SERVER_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "server/gitea.h"
#include "server/queue.h"
#include "util/env.h"
#include "util/eventlog.h"

/* The environment (git-jci-server(1)); texts belong to the struct env. */
struct server_options {
	struct gitea_options gitea;
	struct queue_options queue;
	const char *webhook_secret, *runner_secret,
		*admin_token; /* the last: NULL if there is none */
	const char *address;
	unsigned port;
	const char *certificate, *key; /* PEM; NULL: plain HTTP */
	const char *repositories;      /* patterns, see allow.h; NULL: all */
	bool deploy_keys;
	const char *known_hosts; /* text for ssh; NULL: the first answer counts */
	int64_t catch_up_us;
	struct eventlog log;
};

/* JCI_EINVALID with all that is wrong, a line each. */
int server_options_read(struct server_options *options, struct env *env, struct jci_error *err);
/* Logs what is allowed but not wise. */
void server_options_warn(const struct server_options *options);

struct server;
/* Verifies the token first: a wrong one, or no Gitea, fails at once and says why. */
int server_start(struct server **out, const struct server_options *options, struct jci_error *err);
unsigned server_port(const struct server *server);
/* "http://127.0.0.1:8700"; to be freed. */
char *server_url(const struct server *server);
void server_stop(struct server *server);
DEFINE_CLEANUP(server, struct server *, server_stop)
#define cleanup_server cleanup(server_cleanup)

/*
 * Tests the configuration against Gitea: calls told() for each fact, with a line for people; the
 * number of those that are wrong, or <0.
 */
int server_check(const struct server_options *options,
		 void (*told)(void *ctx, bool right, const char *line), void *ctx,
		 struct jci_error *err);

/*
 * What runs beside the HTTP server, each a thread that works on the queue with a handle of Gitea of
 * its own, until queue_stop(): reporter (outbox), inspector (labels, images, results), heads
 * (catch-up, at start and every catch_up_us), keys (deploy keys that are done with).
 */
struct background;
int background_start(struct background **out, const struct server_options *options,
		     struct queue *queue, struct jci_error *err);
/* After queue_stop(): waits for them. */
void background_stop(struct background *background);
DEFINE_CLEANUP(background, struct background *, background_stop)

#endif
