#include "web/routes.h"

#include <string.h>

#include "util/alloc.h"

/* The first that fits counts. */
static const struct web_route routes[] = {
	{"/", .serve = serve_page, .bare = bare_page},
	{"/jci/*", .serve = serve_page, .bare = bare_page},
	{"/jci/*/**", .serve = serve_raw, .bare = bare_page_or_raw},
	{"/view/*/*/*/**", .serve = serve_view, .has_ticket = true},
	{"/assets/*", .quick = quick_asset},
	{"/assets/*/*", .quick = quick_versioned_asset},
	{"/api/branches", .serve = serve_branches},
	{"/api/commits", .serve = serve_commits},
	{"/api/commit/*", .serve = serve_commit},
	{"/api/commit/*/*", .serve = serve_commit},
	{"/api/log/*/*", .serve = serve_log},
	{"/api/log/*/*/index", .serve = serve_log_index},
	{"/api/log/*/*/lines", .serve = serve_log_lines},
	{"/api/log/*/*/search", .serve = serve_log_search},
	{"/api/tail/*/*", .serve = serve_tail},
	{"/api/events", .serve = serve_events},
	{"/api/compare/*/*/*/*", .serve = serve_compare},
	{"/api/search", .serve = serve_search},
	{"/api/summary/*/*", .serve = serve_summary},
	{"/api/stats", .serve = serve_stats},
	{"/archive/*/*", .serve = serve_archive},
	{"/badge/**", .serve = serve_badge},
	{"/healthz", .serve = serve_health},
};

/* Adds what stands for a star, decoded; false where it has a NUL byte, or is empty. */
static bool add_arg(struct web_request *rq, const char *s, size_t len)
{
	struct web_arg *arg = &rq->args[rq->n_args];

	if (rq->n_args == WEB_MAX_ARGS || len == 0)
		return false;
	arg->s = xstrndup(s, len);
	arg->len = http_decode(arg->s);
	rq->n_args++;
	return strlen(arg->s) == arg->len;
}

static void forget_args(struct web_request *rq)
{
	while (rq->n_args)
		free(rq->args[--rq->n_args].s);
}

/* Both behind a slash. */
static bool fits(const char *pattern, const char *path, struct web_request *rq)
{
	for (;;) {
		size_t want = strcspn(pattern, "/"), have = strcspn(path, "/");

		if (strcmp(pattern, "**") == 0)
			return add_arg(rq, path, strlen(path));
		if (want == 1 && *pattern == '*') {
			if (!add_arg(rq, path, have))
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

const struct web_route *web_route_find(const char *path, struct web_request *rq)
{
	for (size_t i = 0; i < ARRAY_SIZE(routes); i++) {
		if (fits(routes[i].pattern + 1, path + 1, rq))
			return &routes[i];
		forget_args(rq);
	}
	return NULL;
}
