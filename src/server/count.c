#include "server/count.h"

#include <inttypes.h>

static const int64_t bounds_us[DURATION_BOUNDS] = {1000,   2500,   5000,   10000,   25000,  50000,
						   100000, 250000, 500000, 1000000, 2500000};

void count_add(uint64_t *count, uint64_t n)
{
	__atomic_add_fetch(count, n, __ATOMIC_RELAXED);
}

static uint64_t count_get(const uint64_t *count)
{
	return __atomic_load_n(count, __ATOMIC_RELAXED);
}

void durations_add(struct durations *d, int64_t us)
{
	int i = 0;

	while (i < DURATION_BOUNDS && us > bounds_us[i])
		i++;
	count_add(&d->bucket[i], 1);
	count_add(&d->sum_us, us > 0 ? (uint64_t)us : 0);
}

const char *webhook_count_name(enum webhook_count count)
{
	static const char *const names[] = {
		[WEBHOOK_QUEUED] = "queued",   [WEBHOOK_DUPLICATE] = "duplicate",
		[WEBHOOK_KNOWN] = "known",     [WEBHOOK_SKIPPED] = "skipped",
		[WEBHOOK_STALE] = "stale",     [WEBHOOK_DONE] = "done",
		[WEBHOOK_IGNORED] = "ignored", [WEBHOOK_UNSIGNED] = "unsigned",
		[WEBHOOK_INVALID] = "invalid", [WEBHOOK_FAILED] = "failed",
	};

	return names[count];
}

static const char *poll_count_name(enum poll_count count)
{
	static const char *const names[] = {
		[POLL_EMPTY] = "empty",     [POLL_JOB] = "job",
		[POLL_INVALID] = "invalid", [POLL_UNAUTHORIZED] = "unauthorized",
		[POLL_FAILED] = "failed",
	};

	return names[count];
}

void metric_begin(struct strbuf *sb, const char *name, const char *type, const char *help)
{
	strbuf_addf(sb, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void print_durations(struct strbuf *sb, const char *name, const char *help,
			    const struct durations *d)
{
	uint64_t sum = 0;

	metric_begin(sb, name, "histogram", help);
	for (int i = 0; i < DURATION_BOUNDS; i++) {
		sum += count_get(&d->bucket[i]);
		strbuf_addf(sb, "%s_bucket{le=\"%g\"} %" PRIu64 "\n", name,
			    (double)bounds_us[i] / 1e6, sum);
	}
	sum += count_get(&d->bucket[DURATION_BOUNDS]);
	strbuf_addf(sb, "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n", name, sum);
	strbuf_addf(sb, "%s_sum %.6f\n", name, (double)count_get(&d->sum_us) / 1e6);
	strbuf_addf(sb, "%s_count %" PRIu64 "\n", name, sum);
}

void counts_print(struct strbuf *sb, const struct counts *counts)
{
	metric_begin(sb, "jci_webhooks_total", "counter", "Webhooks by what became of them.");
	for (int i = 0; i < WEBHOOK_COUNTS; i++)
		strbuf_addf(sb, "jci_webhooks_total{outcome=\"%s\"} %" PRIu64 "\n",
			    webhook_count_name(i), count_get(&counts->webhooks[i]));
	metric_begin(sb, "jci_polls_total", "counter", "Polls of runners by their answer.");
	for (int i = 0; i < POLL_COUNTS; i++)
		strbuf_addf(sb, "jci_polls_total{answer=\"%s\"} %" PRIu64 "\n", poll_count_name(i),
			    count_get(&counts->polls[i]));
	print_durations(sb, "jci_webhook_duration_seconds",
			"Time from a whole webhook to its answer.", &counts->webhook);
	print_durations(sb, "jci_poll_duration_seconds", "Time from a whole poll to its answer.",
			&counts->poll);
}
