#include "core/stats.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "util/alloc.h"

#define SECOND_US INT64_C(1000000)

/* A run of commit number `commit`, at `start` seconds, that took so many seconds (-1: not known).
 */
static void add(struct jci_stats *stats, unsigned char commit, enum jci_status status,
		enum jci_reason reason, int start, int seconds)
{
	struct jci_stats_run *run;

	ARRAY_GROW(stats->runs, stats->n + 1, stats->cap);
	run = &stats->runs[stats->n++];
	*run = (struct jci_stats_run){.status = status, .reason = reason};
	memset(run->ref.commit.id, commit, sizeof(run->ref.commit.id));
	run->ref.id.seconds = start;
	run->start_us = start * SECOND_US;
	run->duration_us = seconds < 0 ? -1 : seconds * SECOND_US;
}

static void add_passed(struct jci_stats *stats, unsigned char commit, int start, int seconds)
{
	add(stats, commit, JCI_STATUS_OK, JCI_REASON_PASSED, start, seconds);
}

static void add_failed(struct jci_stats *stats, unsigned char commit, int start, int seconds)
{
	add(stats, commit, JCI_STATUS_ERR, JCI_REASON_FAILED, start, seconds);
}

static void test_outcomes(void **state)
{
	(void)state;
	assert_int_equal(JCI_OUTCOME_PASSED, jci_outcome_of(JCI_STATUS_OK, JCI_REASON_NONE));
	assert_int_equal(JCI_OUTCOME_FAILED, jci_outcome_of(JCI_STATUS_ERR, JCI_REASON_NONE));
	assert_int_equal(JCI_OUTCOME_FAILED, jci_outcome_of(JCI_STATUS_ERR, JCI_REASON_TIMEOUT));
	assert_int_equal(JCI_OUTCOME_OTHER, jci_outcome_of(JCI_STATUS_ERR, JCI_REASON_CANCELLED));
	assert_int_equal(JCI_OUTCOME_OTHER, jci_outcome_of(JCI_STATUS_ERR, JCI_REASON_KILLED));
	assert_int_equal(JCI_OUTCOME_OTHER, jci_outcome_of(JCI_STATUS_RUNNING, JCI_REASON_NONE));
	assert_int_equal(JCI_OUTCOME_OTHER, jci_outcome_of(JCI_STATUS_LOST, JCI_REASON_LOST));
	assert_int_equal(JCI_OUTCOME_OTHER, jci_outcome_of(JCI_STATUS_NONE, JCI_REASON_NONE));
}

static void test_nothing(void **state)
{
	cleanup_stats struct jci_stats stats = JCI_STATS_INIT;

	(void)state;
	jci_stats_count(&stats);
	assert_int_equal(0, stats.commits);
	assert_int_equal(-1, stats.median_us);
	assert_int_equal(-1, stats.older_us);
}

static void test_flaky(void **state)
{
	cleanup_stats struct jci_stats stats = JCI_STATS_INIT;

	(void)state;
	add_passed(&stats, 1, 10, 1); /* both: flaky */
	add_failed(&stats, 1, 20, 1);
	add_passed(&stats, 1, 30, 1);
	add_passed(&stats, 2, 11, 1); /* twice the same */
	add_passed(&stats, 2, 21, 1);
	add_failed(&stats, 3, 12, 1); /* both, but of two trees */
	add_passed(&stats, 3, 22, 1);
	stats.runs[stats.n - 1].dirty = true;
	add_passed(&stats, 4, 13, 1); /* what was cancelled says nothing */
	add(&stats, 4, JCI_STATUS_ERR, JCI_REASON_CANCELLED, 23, 1);
	add(&stats, 5, JCI_STATUS_RUNNING, JCI_REASON_NONE, 40, -1);
	jci_stats_count(&stats);
	assert_int_equal(6, stats.passed);
	assert_int_equal(2, stats.failed);
	assert_int_equal(2, stats.other);
	assert_int_equal(5, stats.commits);
	assert_int_equal(4, stats.tested);
	assert_int_equal(2, stats.repeated);
	assert_int_equal(1, stats.flaky);
	for (size_t i = 0; i < stats.n; i++) {
		assert_int_equal(stats.runs[i].ref.commit.id[0] == 1, stats.runs[i].flaky);
		assert_true(i == 0 || stats.runs[i - 1].start_us <= stats.runs[i].start_us);
	}
}

static void test_durations(void **state)
{
	cleanup_stats struct jci_stats stats = JCI_STATS_INIT;

	(void)state;
	for (int i = 1; i <= 20; i++) /* 20, 19, ... 1 seconds */
		add_passed(&stats, (unsigned char)i, i, 21 - i);
	add_failed(&stats, 30, 2, 1000);
	add_passed(&stats, 31, 3, -1);
	jci_stats_count(&stats);
	assert_int_equal(10 * SECOND_US, stats.median_us);
	assert_int_equal(19 * SECOND_US, stats.p95_us);
	assert_int_equal(15 * SECOND_US, stats.older_us); /* of 20 to 11 */
	assert_int_equal(5 * SECOND_US, stats.newer_us);  /* of 10 to 1 */
}

static void test_few(void **state)
{
	cleanup_stats struct jci_stats stats = JCI_STATS_INIT;

	(void)state;
	for (int i = 0; i < 7; i++)
		add_passed(&stats, (unsigned char)i, i, 3);
	jci_stats_count(&stats);
	assert_int_equal(3 * SECOND_US, stats.median_us);
	assert_int_equal(3 * SECOND_US, stats.p95_us);
	assert_int_equal(-1, stats.older_us);
	assert_int_equal(-1, stats.newer_us);
}

static void test_bars(void **state)
{
	cleanup_stats struct jci_stats stats = JCI_STATS_INIT;
	struct jci_stats_bar bar;

	(void)state;
	for (int i = 0; i < 10; i++)
		add_passed(&stats, (unsigned char)i, i, i);
	stats.runs[9].status = JCI_STATUS_ERR;
	stats.runs[9].duration_us = -1;
	stats.runs[0].status = JCI_STATUS_RUNNING;
	jci_stats_count(&stats);
	for (size_t of = 1; of <= 10; of++) {
		size_t n = 0;

		for (size_t i = 0; i < of; i++) {
			jci_stats_bar(&stats, i, of, &bar);
			assert_in_range(bar.n, 10 / of, 10 / of + 1);
			n += bar.n;
		}
		assert_int_equal(10, n);
	}
	jci_stats_bar(&stats, 2, 3, &bar); /* 6, 7, 8, and one that is not known */
	assert_int_equal(4, bar.n);
	assert_int_equal(3, bar.passed);
	assert_int_equal(1, bar.failed);
	assert_int_equal(7 * SECOND_US, bar.duration_us);
	jci_stats_bar(&stats, 9, 10, &bar);
	assert_int_equal(-1, bar.duration_us);
	jci_stats_bar(&stats, 0, 10, &bar);
	assert_int_equal(0, bar.passed + bar.failed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_outcomes), cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_flaky),    cmocka_unit_test(test_durations),
		cmocka_unit_test(test_few),      cmocka_unit_test(test_bars),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
