/* The handlers that the table in route.c names, by the file that they are in. */
#ifndef JCI_WEB_ROUTES_H
#define JCI_WEB_ROUTES_H

#include "web/web.h"

struct web_route {
	/*
	 * Segments between slashes: '*' is any one, and a last "**" one or more, with the slashes
	 * between them. All others are themselves.
	 */
	const char *pattern;
	int (*serve)(struct web_request *rq);
	/*
	 * Answers at once, in a thread of the network and without a repository, or returns false;
	 * may be NULL.
	 */
	bool (*quick)(struct web_request *rq);
	/* Answers where the repository can not be opened, or returns false; may be NULL. */
	bool (*bare)(struct web_request *rq);
	bool has_ticket; /* it is its own permission (web/ticket.h): no token is asked for */
};

/*
 * The first route that fits the path, with what its stars stand for in rq->args. NULL: none.
 */
const struct web_route *web_route_find(const char *path, struct web_request *rq);

/* archive.c */
int serve_archive(struct web_request *rq);
/* assets.c */
bool bare_page(struct web_request *rq);
bool quick_asset(struct web_request *rq);
bool quick_versioned_asset(struct web_request *rq);
/* badge.c */
int serve_badge(struct web_request *rq);
/* branches.c */
int serve_branches(struct web_request *rq);
/* commit.c */
int serve_commit(struct web_request *rq);
/* commits.c */
int serve_commits(struct web_request *rq);
/* compare.c */
int serve_compare(struct web_request *rq);
/* health.c */
int serve_health(struct web_request *rq);
/* logapi.c */
int serve_log(struct web_request *rq);
int serve_log_index(struct web_request *rq);
int serve_log_lines(struct web_request *rq);
int serve_log_search(struct web_request *rq);
/* page.c */
int serve_page(struct web_request *rq);
/* raw.c */
bool bare_page_or_raw(struct web_request *rq);
int serve_raw(struct web_request *rq);
int serve_view(struct web_request *rq);
/* search.c */
int serve_search(struct web_request *rq);
/* summary.c */
int serve_summary(struct web_request *rq);
/* stats.c */
int serve_stats(struct web_request *rq);
/* tail.c */
int serve_events(struct web_request *rq);
int serve_tail(struct web_request *rq);

#endif
