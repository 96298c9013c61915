/* What the endpoints count, from any thread, for GET /metrics. */
#ifndef JCI_SERVER_COUNT_H
#define JCI_SERVER_COUNT_H

#include <stdint.h>

#include "util/strbuf.h"

enum webhook_count {
	WEBHOOK_QUEUED,
	WEBHOOK_DUPLICATE,
	WEBHOOK_KNOWN,
	WEBHOOK_SKIPPED,
	WEBHOOK_STALE,
	WEBHOOK_DONE,
	WEBHOOK_IGNORED,
	WEBHOOK_UNSIGNED,
	WEBHOOK_INVALID,
	WEBHOOK_FAILED,
	WEBHOOK_COUNTS
};
enum poll_count { POLL_EMPTY, POLL_JOB, POLL_UNAUTHORIZED, POLL_INVALID, POLL_FAILED, POLL_COUNTS };

/* Durations by upper bounds, as Prometheus has them. */
enum { DURATION_BOUNDS = 11 };
struct durations {
	uint64_t bucket[DURATION_BOUNDS + 1]; /* the last: longer than all bounds */
	uint64_t sum_us;
};
struct counts {
	uint64_t webhooks[WEBHOOK_COUNTS], polls[POLL_COUNTS];
	struct durations webhook, poll;
};

void count_add(uint64_t *count, uint64_t n);
void durations_add(struct durations *durations, int64_t us);
/* Names of outcomes, as in the metrics and in the answer to a webhook; not translated. */
const char *webhook_count_name(enum webhook_count count);
/* In the text format of Prometheus, version 0.0.4. */
void counts_print(struct strbuf *sb, const struct counts *counts);
/* "# HELP" and "# TYPE" of a metric. */
void metric_begin(struct strbuf *sb, const char *name, const char *type, const char *help);

#endif
