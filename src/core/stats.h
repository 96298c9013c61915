/*
 * Figures of the runs of a history: how many fail, which commits are flaky, how long runs take. The
 * terms, which git-jci-stats(1) gives to users:
 *
 * passed: a run with the status ok.
 *
 * failed: one with the status err that the script ended, or its timeout.
 *
 * other: all others. They go on, or were cancelled, killed or lost, or can't be read, and say
 * nothing about their commit.
 *
 * failure rate: failed / (passed + failed).
 *
 * tested: a commit with a passed or a failed run of its own tree, not of a dirty work tree.
 *
 * repeated: a commit with more than one of these.
 *
 * flaky: a commit that has both a passed and a failed one of these: the same tree, both results.
 *
 * flake rate: flaky / tested. Of a commit that ran once nobody knows, so this is the least that it
 * can be; `repeated` says how much there is to judge it by.
 *
 * duration: of passed runs alone, because a failed one often ends early.
 *
 * trend: the median duration of the newer half of them, against that of the older half.
 */
#ifndef JCI_CORE_STATS_H
#define JCI_CORE_STATS_H

#include "core/record.h"

enum jci_outcome { JCI_OUTCOME_OTHER, JCI_OUTCOME_PASSED, JCI_OUTCOME_FAILED };
enum jci_outcome jci_outcome_of(enum jci_status status, enum jci_reason reason);

struct jci_stats_run {
	struct jci_ref ref; /* target: zero while it is live */
	enum jci_status status;
	enum jci_reason reason;
	bool dirty;
	bool flaky; /* of a flaky commit */
	int64_t start_us;
	int64_t duration_us; /* -1: not known */
};

struct jci_stats {
	struct jci_stats_run *runs; /* by their start, oldest first */
	size_t n, cap;
	bool more; /* there may be older ones than the limit let in */
	size_t passed, failed, other;
	size_t commits, tested, repeated, flaky;
	int64_t median_us, p95_us;  /* durations; -1: there are none */
	int64_t older_us, newer_us; /* medians of the halves; -1: too few runs for a trend */
};
#define JCI_STATS_INIT                                                 \
	{                                                              \
		NULL, 0, 0, false, 0, 0, 0, 0, 0, 0, 0, -1, -1, -1, -1 \
	}
void jci_stats_release(struct jci_stats *stats);
#define cleanup_stats cleanup(jci_stats_release)

/*
 * No more commits are looked at than so many for each run that is wanted, so that the cost is
 * bounded in a history that has few runs.
 */
enum { JCI_STATS_RUNS = 500, JCI_STATS_COMMITS_PER_RUN = 100 };

struct jci_stats_query {
	const char *rev;  /* a revision or a range, core/walk.h */
	size_t max_runs;  /* runs of the newest commits */
	int64_t since_us; /* only those that started then or later; 0: all */
};

/* Reads the runs, an object each, and counts. */
int jci_stats_read(const struct jci_repo *repo, const struct jci_stats_query *query,
		   struct jci_stats *stats, struct jci_error *err);
/* Only counts: the figures of these runs, which it sorts. */
void jci_stats_count(struct jci_stats *stats);

/* A bar of a plot: runs that stand side by side. */
struct jci_stats_bar {
	size_t n, passed, failed;
	int64_t duration_us; /* the median; -1: not known of any */
};
/* Number i of `of`, which is at most n: each run is in one, and they differ by one run at most. */
void jci_stats_bar(const struct jci_stats *stats, size_t i, size_t of, struct jci_stats_bar *bar);

/* Adds all of it to an object (git-jci-stats(1), --json). word: the name of a status. */
void jci_stats_add_json(cJSON *json, const struct jci_stats *stats,
			const char *(*word)(enum jci_status));

#endif
