/* For whoever watches over the server: /healthz and /metrics. */
#include "server/request.h"

#include <inttypes.h>
#include <pthread.h>
#include <string.h>

#include "util/clock.h"

enum { GOOD_FOR_US = 5 * 1000 * 1000 };

static int answer_plain(struct request *rq, unsigned status, const char *text)
{
	return answer_text(rq, status, "text/plain; charset=utf-8", text, strlen(text));
}

/*
 * Anybody may ask, as often as he likes: what was found out is good for a while, and who comes
 * while somebody finds out waits for that.
 */
static int check(struct request *rq)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static int64_t good_until_us;
	int code = 0;

	pthread_mutex_lock(&lock);
	if (clock_monotonic_us() >= good_until_us) {
		code = queue_check(rq->queue, &rq->err);
		if (code == 0)
			good_until_us = clock_monotonic_us() + GOOD_FOR_US;
	}
	pthread_mutex_unlock(&lock);
	return code;
}

int handle_health(struct request *rq)
{
	cleanup_strbuf struct strbuf why = STRBUF_INIT;

	if (check(rq) == 0)
		return answer_plain(rq, 200, "ok\n");
	strbuf_addf(&why, "%s\n", rq->err.message);
	return answer_plain(rq, 503, why.buf);
}

/* ---- numbers ---- */

static void print_gauge(struct strbuf *sb, const char *name, const char *help, int64_t value)
{
	metric_begin(sb, name, "gauge", help);
	strbuf_addf(sb, "%s %" PRId64 "\n", name, value);
}

static void print_counter(struct strbuf *sb, const char *name, const char *help, int64_t value)
{
	metric_begin(sb, name, "counter", help);
	strbuf_addf(sb, "%s %" PRId64 "\n", name, value);
}

static void print_jobs(struct strbuf *sb, const struct queue_numbers *n)
{
	metric_begin(sb, "jci_jobs", "gauge", "Jobs that are not done, by state.");
	strbuf_addf(sb, "jci_jobs{state=\"pending\"} %" PRId64 "\n", n->pending);
	strbuf_addf(sb, "jci_jobs{state=\"assigned\"} %" PRId64 "\n", n->assigned);
	strbuf_addf(sb, "jci_jobs{state=\"exited\"} %" PRId64 "\n", n->exited);
	print_gauge(sb, "jci_jobs_unprepared", "Pending jobs whose labels are not known yet.",
		    n->unprepared);
	metric_begin(sb, "jci_oldest_pending_seconds", "gauge", "Age of the oldest pending job.");
	strbuf_addf(sb, "jci_oldest_pending_seconds %.3f\n", (double)n->oldest_pending_us / 1e6);
	metric_begin(sb, "jci_jobs_done_total", "counter",
		     "Jobs that ended since the server started, by reason.");
	for (int reason = 0; reason <= JOB_BROKEN; reason++)
		strbuf_addf(sb, "jci_jobs_done_total{reason=\"%s\"} %" PRId64 "\n",
			    job_reason_name(reason), n->done[reason]);
}

static void print_others(struct strbuf *sb, const struct queue_numbers *n)
{
	print_gauge(sb, "jci_outbox", "Commit statuses that Gitea does not have yet.", n->outbox);
	print_counter(sb, "jci_statuses_sent_total", "Commit statuses that Gitea took.",
		      n->statuses_sent);
	print_counter(sb, "jci_statuses_failed_total",
		      "Attempts to send a commit status that failed.", n->statuses_failed);
	print_gauge(sb, "jci_runners", "Runners that ever polled.", n->runners);
	print_gauge(sb, "jci_runners_alive", "Runners that polled within the lease.",
		    n->runners_alive);
}

int handle_metrics(struct request *rq)
{
	cleanup_strbuf struct strbuf sb = STRBUF_INIT;
	struct queue_numbers n = {0};

	queue_numbers(rq->queue, &n);
	metric_begin(&sb, "jci_build_info", "gauge", "The version of git-jci.");
	strbuf_addf(&sb, "jci_build_info{version=\"%s\"} 1\n", PACKAGE_VERSION);
	print_jobs(&sb, &n);
	print_others(&sb, &n);
	counts_print(&sb, server_counts(rq->server));
	return answer_text(rq, 200, "text/plain; version=0.0.4; charset=utf-8", sb.buf, sb.len);
}
