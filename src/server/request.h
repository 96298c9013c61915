/*
 * The server's endpoints. A request's way: route.c looks up its path in the table, asks who it is
 * (access.c), and a worker runs the route's handler, in the file of its topic:
 *
 *	webhook.c  POST /webhook        Gitea, by the signature of the body
 *	poll.c     POST /poll           runners, by JCI_RUNNER_SECRET
 *	admin.c    /api/...             scripts and `git jci jobs`, by JCI_ADMIN_TOKEN
 *	page.c     / and /jobs/N        people, by JCI_ADMIN_TOKEN as the password
 *	health.c   /healthz, /metrics   anybody
 *
 * To add one: write its handler, declare it below, and put it into the table. A handler returns 0
 * when it has answered; else less than 0 with rq->err filled, from which the answer is made:
 * JCI_ENOTFOUND is 404, JCI_EINVALID 400, all others 503, for they go away by themselves or are
 * mended outside: a database on a full disk, a Gitea that is down.
 */
#ifndef JCI_SERVER_REQUEST_H
#define JCI_SERVER_REQUEST_H

#include "http/listen.h"
#include "server/count.h"
#include "server/server.h"
#include "util/json.h"

struct worker; /* a thread's own: worker_gitea() */

struct request {
	struct server *server;
	const struct server_options *options;
	struct queue *queue;
	struct http_request *http;
	struct worker *worker;
	const struct route *route;
	int64_t id;       /* what stood for '#' */
	int64_t begin_us; /* clock_monotonic_us() when it was whole */
	struct jci_error err;
};

enum access {
	ACCESS_OPEN,   /* anybody, or the handler looks itself */
	ACCESS_RUNNER, /* Bearer, JCI_RUNNER_SECRET */
	ACCESS_ADMIN,  /* Bearer, JCI_ADMIN_TOKEN: no browser sends that by itself */
	ACCESS_PAGE,   /* that, or Basic with any user */
};

struct route {
	const char *pattern; /* a segment '#' is a number from 1 */
	enum access access;
	int (*get)(struct request *rq); /* NULL: it takes POST */
	int (*post)(struct request *rq);
	size_t max_body; /* of a POST */
	/* Answers in a thread of the network, without waiting for anything; instead of get(). */
	int (*quick)(struct request *rq);
};
/* The first that fits; NULL: none. *id: what stood for '#'. */
const struct route *route_find(const char *path, int64_t *id);
/* The handler of the HTTP server; its ctx is the struct server. */
extern const struct http_handler server_handler;

/* access.c: false: it has been answered. */
bool access_check(struct request *rq);
/* A wrong secret is logged, for each address once a minute with how many there were. */
struct refusals;
struct refusals *refusals_new(void);
void refusals_free(struct refusals *refusals);
void access_refused(struct request *rq, const char *what);

/* server.c */
const struct server_options *server_options_of(const struct server *server);
struct queue *server_queue(const struct server *server);
struct counts *server_counts(struct server *server);
struct refusals *server_refusals(struct server *server);
void *worker_new(void *server);
void worker_free(void *worker);
/* The handle of this thread; NULL with rq->err. */
struct gitea *worker_gitea(struct request *rq);
/* Whether the token works, and is that user's. */
int server_verify_user(struct gitea *gitea, const struct gitea_options *options,
		       struct jci_error *err);

/* answer.c: those that answer return 0. */
int answer_text(struct request *rq, unsigned status, const char *type, const char *text,
		size_t len);
int answer_json(struct request *rq, unsigned status, const cJSON *json);
int answer_error(struct request *rq, unsigned status, const char *message);
int answer_html(struct request *rq, unsigned status, const struct strbuf *html);
/* The headers of data, for an answer that the caller makes by http_respond_*(). */
void answer_headers(struct request *rq, const char *type);
int answer_failure(struct request *rq); /* by rq->err */

/* Handlers. */
int handle_webhook(struct request *rq);
int handle_poll(struct request *rq);
int handle_health(struct request *rq);
int handle_metrics(struct request *rq);
int handle_jobs(struct request *rq);
int handle_job(struct request *rq);
int handle_job_log(struct request *rq);
int handle_job_cancel(struct request *rq);
int handle_job_retry(struct request *rq);
int handle_runners(struct request *rq);
int handle_page(struct request *rq);
int handle_job_page(struct request *rq);
int handle_style(struct request *rq);

#endif
