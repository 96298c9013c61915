/* The table of endpoints, and a request's way to its handler. */
#include "server/request.h"

#include <string.h>

#include "util/alloc.h"
#include "util/clock.h"
#include "util/gettext.h"

enum { MAX_WEBHOOK = 25 * 1024 * 1024, MAX_POLL = 1024 * 1024, MAX_FORM = 4096 };

static const struct route routes[] = {
	{"/webhook", ACCESS_OPEN, .post = handle_webhook, .max_body = MAX_WEBHOOK},
	{"/poll", ACCESS_RUNNER, .post = handle_poll, .max_body = MAX_POLL},
	{"/healthz", ACCESS_OPEN, .get = handle_health},
	{"/metrics", ACCESS_OPEN, .get = handle_metrics},
	{"/style.css", ACCESS_OPEN, .quick = handle_style},
	{"/", ACCESS_PAGE, .get = handle_page},
	{"/jobs/#", ACCESS_PAGE, .get = handle_job_page},
	{"/api/jobs", ACCESS_ADMIN, .get = handle_jobs},
	{"/api/jobs/#", ACCESS_ADMIN, .get = handle_job},
	{"/api/jobs/#/log", ACCESS_ADMIN, .get = handle_job_log},
	{"/api/jobs/#/cancel", ACCESS_ADMIN, .post = handle_job_cancel, .max_body = MAX_FORM},
	{"/api/jobs/#/retry", ACCESS_ADMIN, .post = handle_job_retry, .max_body = MAX_FORM},
	{"/api/runners", ACCESS_ADMIN, .get = handle_runners},
};

/* ---- the table ---- */

/* A number from 1, of one form only: without sign, blank and leading zero. */
static bool parse_id(const char *s, size_t len, int64_t *id)
{
	int64_t n = 0;

	if (len == 0 || len > 15 || *s == '0')
		return false;
	for (size_t i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		n = n * 10 + (s[i] - '0');
	}
	*id = n;
	return true;
}

/* Both behind a slash. */
static bool fits(const char *pattern, const char *path, int64_t *id)
{
	for (;;) {
		const size_t want = strcspn(pattern, "/"), have = strcspn(path, "/");

		if (want == 1 && *pattern == '#') {
			if (!parse_id(path, have, id))
				return false;
		} else if (want != have || memcmp(pattern, path, want) != 0) {
			return false;
		}
		pattern += want;
		path += have;
		if (!*pattern || !*path)
			return !*pattern && !*path;
		pattern++;
		path++;
	}
}

const struct route *route_find(const char *path, int64_t *id)
{
	for (size_t i = 0; *path == '/' && i < ARRAY_SIZE(routes); i++)
		if (fits(routes[i].pattern + 1, path + 1, id))
			return &routes[i];
	return NULL;
}

/* ---- a request's way ---- */

static size_t max_body(void *ctx, const struct http_request *http)
{
	int64_t id;
	const struct route *route = route_find(http_path(http), &id);

	(void)ctx;
	return route && route->post ? route->max_body : HTTP_NO_POST;
}

static struct request *begin(struct server *server, struct http_request *http)
{
	struct request *rq = xcalloc(1, sizeof(*rq));

	rq->server = server;
	rq->options = server_options_of(server);
	rq->queue = server_queue(server);
	rq->http = http;
	rq->begin_us = clock_monotonic_us();
	http_set_user(http, rq);
	return rq;
}

static void end(void *user)
{
	struct request *rq = user;

	jci_error_clear(&rq->err);
	free(rq);
}

/* What needs no wait is answered by the network's threads: a runner with a wrong secret, too. */
static bool quick(void *ctx, struct http_request *http)
{
	struct request *rq = begin(ctx, http);

	rq->route = route_find(http_path(http), &rq->id);
	if (!rq->route) {
		answer_error(rq, 404, _("there is nothing of that name"));
		return true;
	}
	if (!access_check(rq))
		return true;
	if (rq->route->post && !http_is_post(http)) {
		http_add_header(http, "Allow", "POST");
		answer_error(rq, 405, _("this takes POST only"));
		return true;
	}
	return rq->route->quick && rq->route->quick(rq) == 0;
}

static void serve(void *ctx, void *worker, struct http_request *http)
{
	struct request *rq = http_user(http);

	(void)ctx;
	rq->worker = worker;
	if ((rq->route->post ? rq->route->post : rq->route->get)(rq) < 0)
		answer_failure(rq);
}

const struct http_handler server_handler = {
	.max_body = max_body,
	.quick = quick,
	.serve = serve,
	.worker_new = worker_new,
	.worker_free = worker_free,
	.user_free = end,
};
