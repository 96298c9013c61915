/* /api/summary/COMMIT/RUN: what a run's artifacts tell of its tests and of coverage. */
#include "core/summary.h"
#include "web/find.h"
#include "web/respond.h"
#include "web/routes.h"

static bool stop(void *ctx)
{
	return http_server_is_stopping(ctx);
}

int serve_summary(struct web_request *rq)
{
	const struct jci_summary_stop stopping = {stop, http_server_of(rq->http)};
	cleanup_summaries struct jci_summaries summaries;
	cleanup_record struct jci_record r;
	cleanup_json cJSON *json = NULL;

	jci_summaries_init(&summaries);
	jci_record_init(&r);
	if (web_find_run_at(rq, 0, &r) < 0 ||
	    jci_summaries_read(&summaries, rq->repo, &r, NULL, &stopping, &rq->err) < 0)
		return rq->err.code;
	json = jci_summaries_to_json(&summaries);
	return respond_json(rq, json);
}
