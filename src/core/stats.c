#include "core/stats.h"

#include <stdlib.h>
#include <string.h>

#include "core/live.h"
#include "core/walk.h"
#include "util/alloc.h"

/* Passed runs in each half, at least, for a trend. */
enum { MIN_HALF = 4 };

void jci_stats_release(struct jci_stats *stats)
{
	free(stats->runs);
	*stats = (struct jci_stats)JCI_STATS_INIT;
}

enum jci_outcome jci_outcome_of(enum jci_status status, enum jci_reason reason)
{
	if (status == JCI_STATUS_OK)
		return JCI_OUTCOME_PASSED;
	if (status != JCI_STATUS_ERR || reason == JCI_REASON_CANCELLED ||
	    reason == JCI_REASON_KILLED || reason == JCI_REASON_LOST)
		return JCI_OUTCOME_OTHER;
	return JCI_OUTCOME_FAILED;
}

/* ---- reading ---- */

struct reader {
	const struct jci_repo *repo;
	const struct jci_stats_query *query;
	struct jci_refs refs; /* all that may count, live ones too, by commit */
	struct jci_records live;
	size_t commits; /* that have any */
	struct jci_stats *stats;
};

static void reader_release(struct reader *rd)
{
	jci_refs_release(&rd->refs);
	jci_records_release(&rd->live);
}

/* A run that is stored is for a moment in the live registry too. */
static void add_live(struct reader *rd)
{
	const size_t stored = rd->refs.n;

	for (size_t i = 0; i < rd->live.n; i++) {
		const struct jci_refs before = {rd->refs.items, stored, stored};

		if (!jci_refs_find(&before, &rd->live.items[i].ref))
			jci_refs_add(&rd->refs, &rd->live.items[i].ref);
	}
	if (rd->refs.n > stored)
		jci_refs_sort(&rd->refs);
}

static void drop_old(struct reader *rd)
{
	struct jci_refs *refs = &rd->refs;
	size_t kept = 0;

	for (size_t i = 0; i < refs->n; i++)
		if (jci_run_id_us(&refs->items[i].id) >= rd->query->since_us)
			refs->items[kept++] = refs->items[i];
	refs->n = kept;
}

/* The registry first: a run that is stored meanwhile is then seen in both places, not in none. */
static int list_runs(struct reader *rd, struct jci_error *err)
{
	if (jci_live_list(rd->repo, &rd->live, err) < 0 ||
	    jci_refs_list(rd->repo, NULL, &rd->refs, err) < 0)
		return err->code;
	jci_refs_sort(&rd->refs);
	add_live(rd);
	if (rd->query->since_us)
		drop_old(rd);
	for (size_t i = 0; i < rd->refs.n; i++)
		rd->commits += i == 0 || !git_oid_equal(&rd->refs.items[i].commit,
							&rd->refs.items[i - 1].commit);
	return 0;
}

static const struct jci_record *find_live(const struct reader *rd, const struct jci_ref *ref)
{
	for (size_t i = 0; i < rd->live.n; i++)
		if (jci_ref_cmp(&rd->live.items[i].ref, ref) == 0)
			return &rd->live.items[i];
	return NULL;
}

static void add_record(struct jci_stats *stats, const struct jci_ref *ref,
		       const struct jci_record *r)
{
	ARRAY_GROW(stats->runs, stats->n + 1, stats->cap);
	stats->runs[stats->n++] = (struct jci_stats_run){
		.ref = *ref,
		.status = r->status,
		.reason = r->reason,
		.dirty = r->dirty,
		.start_us = r->start_us,
		.duration_us = r->duration_us,
	};
}

static void add_run(struct reader *rd, const struct jci_ref *ref)
{
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;
	cleanup_record struct jci_record r;
	const struct jci_record *live = NULL;

	jci_record_init(&r);
	if (git_oid_is_zero(&ref->target))
		live = find_live(rd, ref);
	if (live) {
		add_record(rd->stats, ref, live);
		return;
	}
	if (jci_record_read(rd->repo, ref, &r, &ignored) < 0) {
		jci_record_release(&r); /* it counts as one that can't be read */
		r.start_us = jci_run_id_us(&ref->id);
	}
	add_record(rd->stats, ref, &r);
}

/* The newest of a commit, as far as there is room for them. */
static void add_commit(struct reader *rd, const git_oid *commit)
{
	size_t n;
	const struct jci_ref *refs = jci_refs_of(&rd->refs, commit, &n);

	while (n > 0) {
		if (rd->stats->n == rd->query->max_runs) {
			rd->stats->more = true;
			return;
		}
		add_run(rd, &refs[--n]);
	}
}

int jci_stats_read(const struct jci_repo *repo, const struct jci_stats_query *query,
		   struct jci_stats *stats, struct jci_error *err)
{
	cleanup(reader_release) struct reader rd = {repo, query, JCI_REFS_INIT, JCI_RECORDS_INIT,
						    0,    stats};
	cleanup_walk struct jci_walk *walk = NULL;
	size_t left = query->max_runs * JCI_STATS_COMMITS_PER_RUN;
	git_oid commit;
	int code = 1;

	if (list_runs(&rd, err) < 0 || jci_walk_new(&walk, repo, false, err) < 0 ||
	    jci_walk_push(walk, query->rev, err) < 0)
		return err->code;
	while (rd.commits > 0 && !stats->more && (code = jci_walk_next(walk, &commit, err)) > 0) {
		if (left-- == 0) {
			stats->more = true;
			break;
		}
		if (!jci_refs_has(&rd.refs, &commit))
			continue;
		add_commit(&rd, &commit);
		rd.commits--;
	}
	if (code < 0)
		return code;
	jci_stats_count(stats);
	return 0;
}

/* ---- counting ---- */

static int by_commit(const void *a, const void *b)
{
	const struct jci_stats_run *x = a, *y = b;

	return git_oid_cmp(&x->ref.commit, &y->ref.commit);
}

static int by_start(const void *a, const void *b)
{
	const struct jci_stats_run *x = a, *y = b;

	if (x->start_us != y->start_us)
		return x->start_us < y->start_us ? -1 : 1;
	return jci_ref_cmp(&x->ref, &y->ref);
}

static int by_value(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static enum jci_outcome outcome_of(const struct jci_stats_run *run)
{
	return jci_outcome_of(run->status, run->reason);
}

static void count_commit(struct jci_stats *stats, struct jci_stats_run *runs, size_t n)
{
	size_t passed = 0, failed = 0;

	for (size_t i = 0; i < n; i++) {
		passed += !runs[i].dirty && outcome_of(&runs[i]) == JCI_OUTCOME_PASSED;
		failed += !runs[i].dirty && outcome_of(&runs[i]) == JCI_OUTCOME_FAILED;
	}
	for (size_t i = 0; i < n; i++)
		runs[i].flaky = passed && failed;
	stats->commits++;
	stats->tested += passed + failed > 0;
	stats->repeated += passed + failed > 1;
	stats->flaky += passed && failed;
}

static void count_commits(struct jci_stats *stats)
{
	size_t n;

	qsort(stats->runs, stats->n, sizeof(*stats->runs), by_commit);
	for (size_t i = 0; i < stats->n; i += n) {
		for (n = 1; i + n < stats->n; n++)
			if (by_commit(&stats->runs[i], &stats->runs[i + n]) != 0)
				break;
		count_commit(stats, &stats->runs[i], n);
	}
}

/* Of sorted values the one that a share of them, in percent, does not go beyond: nearest rank. */
static int64_t percentile(const int64_t *values, size_t n, size_t percent)
{
	return n ? values[(n * percent + 99) / 100 - 1] : -1;
}

/* Sorts them. */
static int64_t median(int64_t *values, size_t n)
{
	if (n)
		qsort(values, n, sizeof(*values), by_value);
	return percentile(values, n, 50);
}

/* The values are in the order of the runs. */
static void count_durations(struct jci_stats *stats, int64_t *values, size_t n)
{
	if (n / 2 >= MIN_HALF) {
		stats->older_us = median(values, n / 2);
		stats->newer_us = median(values + n / 2, n - n / 2);
	}
	stats->median_us = median(values, n);
	stats->p95_us = percentile(values, n, 95);
}

void jci_stats_count(struct jci_stats *stats)
{
	cleanup_free int64_t *passed = xcalloc(stats->n + 1, sizeof(*passed));
	size_t n = 0;

	if (!stats->n)
		return;
	count_commits(stats);
	qsort(stats->runs, stats->n, sizeof(*stats->runs), by_start);
	for (size_t i = 0; i < stats->n; i++) {
		const struct jci_stats_run *run = &stats->runs[i];
		enum jci_outcome outcome = outcome_of(run);

		stats->passed += outcome == JCI_OUTCOME_PASSED;
		stats->failed += outcome == JCI_OUTCOME_FAILED;
		stats->other += outcome == JCI_OUTCOME_OTHER;
		if (outcome == JCI_OUTCOME_PASSED && run->duration_us >= 0)
			passed[n++] = run->duration_us;
	}
	count_durations(stats, passed, n);
}

/* ---- bars ---- */

void jci_stats_bar(const struct jci_stats *stats, size_t i, size_t of, struct jci_stats_bar *bar)
{
	const size_t from = i * stats->n / of, to = (i + 1) * stats->n / of;
	cleanup_free int64_t *durations = xcalloc(to - from + 1, sizeof(*durations));
	size_t n = 0;

	*bar = (struct jci_stats_bar){.n = to - from};
	for (size_t j = from; j < to; j++) {
		const struct jci_stats_run *run = &stats->runs[j];

		bar->passed += outcome_of(run) == JCI_OUTCOME_PASSED;
		bar->failed += outcome_of(run) == JCI_OUTCOME_FAILED;
		if (run->duration_us >= 0)
			durations[n++] = run->duration_us;
	}
	bar->duration_us = median(durations, n);
}

/* ---- as JSON ---- */

static void set_share(cJSON *json, const char *key, size_t part, size_t whole)
{
	if (whole)
		json_set_number(json, key, (double)part / (double)whole);
	else
		json_set_string(json, key, NULL);
}

static void set_seconds(cJSON *json, const char *key, int64_t us)
{
	if (us >= 0)
		json_set_number(json, key, (double)us / 1e6);
	else
		json_set_string(json, key, NULL);
}

static cJSON *run_json(const struct jci_stats_run *run, const char *(*word)(enum jci_status))
{
	cJSON *json = cJSON_CreateObject();
	char id[JCI_RUN_ID_SIZE];

	jci_run_id_format(id, &run->ref.id);
	json_set_string(json, "commit", git_oid_tostr_s(&run->ref.commit));
	json_set_string(json, "runId", id);
	json_set_string(json, "status", word(run->status));
	json_set_string(json, "reason", run->reason ? jci_reason_name(run->reason) : NULL);
	json_set_number(json, "start", (double)run->start_us / 1e6);
	set_seconds(json, "duration", run->duration_us);
	json_set_bool(json, "dirty", run->dirty);
	json_set_bool(json, "flaky", run->flaky);
	return json;
}

static void set_durations(cJSON *json, const struct jci_stats *stats)
{
	set_seconds(json, "median", stats->median_us);
	set_seconds(json, "p95", stats->p95_us);
	set_seconds(json, "olderMedian", stats->older_us);
	set_seconds(json, "newerMedian", stats->newer_us);
}

void jci_stats_add_json(cJSON *json, const struct jci_stats *stats,
			const char *(*word)(enum jci_status))
{
	cJSON *runs;

	json_set_number(json, "passed", (double)stats->passed);
	json_set_number(json, "failed", (double)stats->failed);
	json_set_number(json, "other", (double)stats->other);
	set_share(json, "failureRate", stats->failed, stats->passed + stats->failed);
	json_set_number(json, "commits", (double)stats->commits);
	json_set_number(json, "tested", (double)stats->tested);
	json_set_number(json, "repeated", (double)stats->repeated);
	json_set_number(json, "flaky", (double)stats->flaky);
	set_share(json, "flakeRate", stats->flaky, stats->tested);
	set_durations(cJSON_AddObjectToObject(json, "duration"), stats);
	json_set_bool(json, "more", stats->more);
	runs = cJSON_AddArrayToObject(json, "runs");
	for (size_t i = 0; i < stats->n; i++)
		cJSON_AddItemToArray(runs, run_json(&stats->runs[i], word));
}
