/* /api/stats: figures of the runs of a branch (core/stats.h). */
#include <string.h>

#include "core/stats.h"
#include "util/gettext.h"
#include "web/commits.h"
#include "web/find.h"
#include "web/params.h"
#include "web/respond.h"
#include "web/routes.h"

enum { MAX_RUNS = 2000, MAX_SECONDS = INT32_MAX };

int serve_stats(struct web_request *rq)
{
	const char *branch = http_param(rq->http, "branch");
	cleanup_json cJSON *json = cJSON_CreateObject();
	cleanup_stats struct jci_stats stats = JCI_STATS_INIT;
	struct jci_stats_query query = {0};
	uint64_t limit, since;
	git_oid tip;

	if (!branch || !*branch)
		return jci_error_set(&rq->err, JCI_EINVALID,
				     _("which branch? '?branch=' is missing"));
	if (web_param_count(rq, "limit", JCI_STATS_RUNS, MAX_RUNS, &limit) < 0 ||
	    web_param_count(rq, "since", 0, MAX_SECONDS, &since) < 0 ||
	    web_branch_resolve(rq->repo, branch, &tip, &rq->err) < 0)
		return rq->err.code;
	query.rev = git_oid_tostr_s(&tip);
	query.max_runs = limit;
	query.since_us = (int64_t)since * 1000000;
	if (jci_stats_read(rq->repo, &query, &stats, &rq->err) < 0)
		return rq->err.code;
	json_set_bytes(json, "branch", branch, strlen(branch));
	jci_stats_add_json(json, &stats, web_status_name);
	return respond_json(rq, json);
}
