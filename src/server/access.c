/* Who may ask. */
#include "server/request.h"

#include <pthread.h>
#include <string.h>

#include "util/alloc.h"
#include "util/clock.h"
#include "util/gettext.h"

/* ---- a log of wrong secrets that nobody can flood ---- */

enum { ADDRESSES = 64, QUIET_US = 60 * 1000 * 1000 };

struct refusals {
	pthread_mutex_t lock;
	struct refused {
		char address[HTTP_ADDRESS_SIZE];
		int64_t told_us; /* clock_monotonic_us(); 0: the place is free */
		int64_t untold;
	} items[ADDRESSES];
};

struct refusals *refusals_new(void)
{
	struct refusals *r = xcalloc(1, sizeof(*r));

	pthread_mutex_init(&r->lock, NULL);
	return r;
}

void refusals_free(struct refusals *r)
{
	if (!r)
		return;
	pthread_mutex_destroy(&r->lock);
	free(r);
}

/* That of the address, or the one that has been quiet for longest. */
static struct refused *place_of(struct refusals *r, const char *address)
{
	struct refused *oldest = &r->items[0];

	for (int i = 0; i < ADDRESSES; i++) {
		if (r->items[i].told_us && strcmp(r->items[i].address, address) == 0)
			return &r->items[i];
		if (r->items[i].told_us < oldest->told_us)
			oldest = &r->items[i];
	}
	return oldest;
}

/*
 * How many there were since the last one that was told, this one too; 0: not now. (More addresses
 * than there are places share the time of the oldest: a line a second or so, not one for each.)
 */
static int64_t to_tell(struct refusals *r, const char *address)
{
	const int64_t now = clock_monotonic_us();
	struct refused *place;
	int64_t n = 0;

	pthread_mutex_lock(&r->lock);
	place = place_of(r, address);
	place->untold++;
	if (!place->told_us || now - place->told_us >= QUIET_US) {
		n = place->untold;
		memcpy(place->address, address, HTTP_ADDRESS_SIZE);
		place->told_us = now;
		place->untold = 0;
	}
	pthread_mutex_unlock(&r->lock);
	return n;
}

void access_refused(struct request *rq, const char *what)
{
	char address[HTTP_ADDRESS_SIZE] = "";
	int64_t times;

	http_client_address(rq->http, address);
	times = to_tell(server_refusals(rq->server), address);
	if (times)
		event_log(&rq->options->log, "access.refused",
			  EVENT_TEXT("path", rq->route->pattern), EVENT_TEXT("address", address),
			  EVENT_TEXT("why", what), EVENT_INT("times", times));
}

/* ---- answers ---- */

static bool refuse_runner(struct request *rq)
{
	count_add(&server_counts(rq->server)->polls[POLL_UNAUTHORIZED], 1);
	access_refused(rq, "wrong runner secret");
	http_add_header(rq->http, "WWW-Authenticate", "Bearer realm=\"git-jci\"");
	answer_error(rq, 401,
		     _("the runner secret is missing or wrong: JCI_RUNNER_SECRET of the runner "
		       "has to be that of the server"));
	return false;
}

static bool refuse_admin(struct request *rq)
{
	const bool page = rq->route->access == ACCESS_PAGE;
	const char *message = _("the admin token is missing or wrong: it is the server's "
				"JCI_ADMIN_TOKEN");

	if (http_header(rq->http, "Authorization"))
		access_refused(rq, "wrong admin token");
	http_add_header(rq->http, "WWW-Authenticate",
			page ? "Basic realm=\"git-jci\", charset=\"UTF-8\""
			     : "Bearer realm=\"git-jci\"");
	if (page)
		answer_text(rq, 401, "text/plain; charset=utf-8", message, strlen(message));
	else
		answer_error(rq, 401, message);
	return false;
}

static bool without_admin(struct request *rq)
{
	answer_error(rq, 403,
		     _("nobody may: the server was started without JCI_ADMIN_TOKEN; make one "
		       "with: openssl rand -hex 32"));
	return false;
}

bool access_check(struct request *rq)
{
	const char *admin = rq->options->admin_token;

	switch (rq->route->access) {
	case ACCESS_RUNNER:
		return http_is_secret(rq->options->runner_secret, http_bearer(rq->http)) ||
		       refuse_runner(rq);
	case ACCESS_ADMIN:
		if (!admin)
			return without_admin(rq);
		return http_is_secret(admin, http_bearer(rq->http)) || refuse_admin(rq);
	case ACCESS_PAGE:
		if (!admin)
			return without_admin(rq);
		return http_is_secret(admin, http_bearer(rq->http)) ||
		       http_has_password(rq->http, admin) || refuse_admin(rq);
	default:
		return true;
	}
}
