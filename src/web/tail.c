/* /api/tail, /api/events: server-sent events, for as long as there is something to tell. */
#include <inttypes.h>
#include <string.h>

#include "util/gettext.h"
#include "web/find.h"
#include "web/follow.h"
#include "web/live.h"
#include "web/params.h"
#include "web/respond.h"
#include "web/routes.h"

/* The headers; a proxy shall pass on each event as it comes. */
static void begin_events(struct web_request *rq)
{
	const struct web_answer answer = {.type = "text/event-stream; charset=utf-8"};

	http_add_header(rq->http, "X-Accel-Buffering", "no");
	respond_headers(rq, &answer);
}

/* What the client has already wins over what it asked for at first. */
static int parse_from(struct web_request *rq, uint64_t *from)
{
	const char *last = http_header(rq->http, "Last-Event-ID");

	if (!last || !*last)
		return web_param_count(rq, "from", 0, INT64_MAX, from);
	if (strspn(last, "0123456789") != strlen(last) || strlen(last) > 18)
		return jci_error_set(&rq->err, JCI_EINVALID,
				     _("Last-Event-ID is not an offset: '%s'"), last);
	*from = strtoumax(last, NULL, 10);
	return 0;
}

int serve_tail(struct web_request *rq)
{
	cleanup_web_log struct web_log *log = NULL;
	cleanup_record struct jci_record run;
	uint64_t from;

	jci_record_init(&run);
	if (web_find_run_at(rq, 0, &run) < 0 || parse_from(rq, &from) < 0 ||
	    web_log_get(&log, web_live_logs(web_live_of(rq->web)), rq->repo, &run, &rq->err) < 0)
		return rq->err.code;
	web_log_update(log, rq->repo);
	if (from > web_log_size(log))
		return respond_error(rq, 416, _("the log ends before that"));
	begin_events(rq);
	web_log_follow(log, rq->http, from);
	return 0;
}

int serve_events(struct web_request *rq)
{
	struct web_live *live = web_live_of(rq->web);

	if (web_live_ready(live, &rq->err) < 0)
		return rq->err.code;
	begin_events(rq);
	web_live_listen(live, rq->http);
	return 0;
}
