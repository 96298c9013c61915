#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "queues.h"
#include "util/alloc.h"
#include "util/clock.h"

/* ---- the life of a job ---- */

static void test_life(void **state)
{
	int64_t id = queued(push(MAIN, 0, 1));
	cleanup_job struct job job = {0}, result = {0};

	(void)state;
	check_sent("pending queued (job 1)");
	assert_int_equal(queue_unprepared(queue, &job, &err), 1);
	assert_int_equal(job.id, id);
	assert_string_equal(job.trigger, "push");
	assert_string_equal(job_branch(&job), "main");
	assert_int_equal(fetch_as("a", no_labels), 0);
	prepare(id, NULL);
	assert_int_equal(fetch_as("a", no_labels), id);
	check_sent("pending running on a (job 1)");
	assert_int_equal(runs("a", id, 1), '-');
	assert_int_equal(exits("a", id, 1, "exited"), 'f');
	check_state(id, JOB_EXITED);
	assert_int_equal(queue_to_inspect(queue, &result, &err), 1);
	assert_int_equal(result.id, id);
	assert_string_equal(result.exit_reason, "exited");
	assert_int_equal(result.exit_status, 1);
	assert_string_equal(result.detail, "said");
	ok(queue_finish(queue, id, 1, JOB_PASSED, "passed in 12 s", &err));
	check_done(id, JOB_PASSED, "passed in 12 s");
	check_sent("success passed in 12 s (job 1)");
	check_none();
	assert_int_equal(exits("a", id, 1, "exited"), 'f');
	assert_int_equal(runs("a", id, 1), 'c');
}

static void test_survives(void **state)
{
	int64_t first = running(MAIN, 0, 1), second = ready("refs/heads/x", 0, 2);
	cleanup_job struct job job = get(first);
	cleanup_job struct job after = {0};

	(void)state;
	reopen();
	after = get(first);
	assert_string_equal(after.run_id, job.run_id);
	assert_int_equal(runs("a", first, 1), '-');
	assert_int_equal(fetch_as("b", no_labels), second);
	assert_int_equal(queue_open(&(struct queue *){NULL}, &queue_opts, &err), JCI_EBUSY);
	jci_error_clear(&err);
}

static void test_answer_was_lost(void **state)
{
	int64_t id = running(MAIN, 0, 1), other = ready("refs/heads/x", 0, 2);
	const struct polled_job has = {.id = id, .attempt = 1};

	(void)state;
	assert_int_equal(fetch_as("a", no_labels), id);
	reopen();
	assert_int_equal(fetch_as("a", no_labels), id);
	{
		cleanup_orders struct orders orders = poll_as("a", no_labels, 1, &has, 1);

		assert_int_equal(orders.job.id, other);
	}
}

static void test_max_jobs(void **state)
{
	struct polled_job has[4];

	(void)state;
	for (unsigned i = 0; i < 6; i++) {
		cleanup_free char *ref = xasprintf("refs/heads/%u", i);

		ready(ref, 0, i + 1);
	}
	for (size_t i = 0; i < 4; i++) {
		cleanup_orders struct orders orders = poll_as("a", no_labels, 9, has, i);

		assert_true(orders.has_job);
		has[i] = (struct polled_job){.id = orders.job.id, .attempt = 1};
	}
	{
		cleanup_orders struct orders full = poll_as("a", no_labels, 9, has, 4);
		cleanup_orders struct orders lost = poll_as("a", no_labels, 9, has, 3);

		assert_false(full.has_job);
		assert_int_equal(lost.job.id, has[3].id);
	}
}

static void test_foreign_reports(void **state)
{
	int64_t id = running(MAIN, 0, 1);

	(void)state;
	assert_int_equal(runs("b", id, 1), 'c');
	assert_int_equal(exits("b", id, 1, "exited"), 'f');
	assert_int_equal(runs("a", id, 2), 'c');
	assert_int_equal(exits("a", id, 2, "exited"), 'f');
	assert_int_equal(runs("a", 99, 1), 'c');
	assert_int_equal(exits("a", -1, 1, "exited"), 'f');
	check_state(id, JOB_ASSIGNED);
}

/* ---- cancelling and retrying ---- */

static void test_cancel(void **state)
{
	int64_t pending = queued(push(MAIN, 0, 1)), assigned, exited;

	(void)state;
	ok(queue_cancel(queue, pending, &err));
	check_done(pending, JOB_CANCELLED, NULL);
	check_sent("error cancelled (job 1)");
	check_none();
	refused(queue_cancel(queue, pending, &err), JCI_EINVALID);
	refused(queue_cancel(queue, 99, &err), JCI_ENOTFOUND);

	assigned = running("refs/heads/x", 0, 2);
	ok(queue_cancel(queue, assigned, &err));
	ok(queue_cancel(queue, assigned, &err));
	check_state(assigned, JOB_ASSIGNED);
	assert_int_equal(runs("a", assigned, 1), 'c');
	assert_int_equal(exits("a", assigned, 1, "cancelled"), 'f');
	check_done(assigned, JOB_CANCELLED, NULL);

	exited = running("refs/heads/y", 0, 3);
	exits("a", exited, 1, "exited");
	ok(queue_cancel(queue, exited, &err));
	check_done(exited, JOB_CANCELLED, NULL);
	ok(queue_finish(queue, exited, 1, JOB_PASSED, NULL, &err));
	check_done(exited, JOB_CANCELLED, NULL);
}

static void test_cancelled_but_passed(void **state)
{
	int64_t passed = running(MAIN, 0, 1), failed, lost;

	(void)state;
	ok(queue_cancel(queue, passed, &err));
	exits("a", passed, 1, "exited");
	check_state(passed, JOB_EXITED);
	ok(queue_finish(queue, passed, 1, JOB_PASSED, NULL, &err));
	check_done(passed, JOB_PASSED, NULL);

	failed = running("refs/heads/x", 0, 2);
	ok(queue_cancel(queue, failed, &err));
	exits("a", failed, 1, "exited");
	ok(queue_finish(queue, failed, 1, JOB_FAILED, "failed", &err));
	check_done(failed, JOB_CANCELLED, NULL);

	/* a cancelled one that its runner never had is not given to it again */
	lost = running("refs/heads/y", 0, 3);
	ok(queue_cancel(queue, lost, &err));
	assert_int_equal(fetch_as("a", no_labels), 0);
	check_done(lost, JOB_CANCELLED, NULL);
}

static void test_retry(void **state)
{
	int64_t id = running(MAIN, 0, 1), again;
	cleanup_job struct job job = {0};

	(void)state;
	refused(queue_retry(queue, id, &again, &err), JCI_EINVALID);
	refused(queue_retry(queue, 99, &again, &err), JCI_ENOTFOUND);
	exits("a", id, 1, "exited");
	ok(queue_finish(queue, id, 1, JOB_FAILED, NULL, &err));
	ok(queue_retry(queue, id, &again, &err));
	job = get(again);
	assert_int_equal(again, id + 1);
	assert_string_equal(job.trigger, "retry");
	assert_string_equal(job.ref, MAIN);
	assert_int_equal(job.state, JOB_PENDING);
	assert_false(job.prepared);
}

/* ---- leases and attempts ---- */

static void test_lease(void **state)
{
	int64_t id = running(MAIN, 0, 1);
	cleanup_job struct job first = get(id), job = {0};

	(void)state;
	assert_int_equal(queue_to_inspect(queue, &job, &err), 0);
	ok(queue_try_again(queue, id, 1, &err)); /* its runner is there */
	check_state(id, JOB_ASSIGNED);
	short_lease(1, LONG_LEASE_US);
	assert_int_equal(queue_to_inspect(queue, &job, &err), 1);
	assert_int_equal(job.id, id);
	job_release(&job);
	assert_int_equal(queue_to_inspect(queue, &job, &err), 0); /* somebody has it */
	ok(queue_try_again(queue, id, 1, &err));
	job = get(id);
	assert_int_equal(job.attempt, 2);
	assert_int_equal(job.state, JOB_PENDING);
	assert_true(job.prepared);
	assert_null(job.runner);
	assert_string_not_equal(job.run_id, first.run_id);
	check_sent("pending queued again, attempt 2 (job 1)");
	ok(queue_try_again(queue, id, 1, &err)); /* not twice */
	ok(queue_finish(queue, id, 1, JOB_PASSED, NULL, &err));
	check_state(id, JOB_PENDING);
	assert_int_equal(runs("a", id, 1), 'c');
	assert_int_equal(exits("a", id, 1, "exited"), 'f');
	check_state(id, JOB_PENDING);
}

static void test_lost(void **state)
{
	int64_t id = running(MAIN, 0, 1);

	(void)state;
	short_lease(1, LONG_LEASE_US);
	ok(queue_try_again(queue, id, 1, &err));
	assert_int_equal(fetch_as("b", no_labels), id);
	ok(queue_try_again(queue, id, 2, &err));
	assert_int_equal(fetch_as("c", no_labels), id);
	send_all();
	ok(queue_try_again(queue, id, 3, &err));
	check_done(id, JOB_LOST, "lost: no result after 3 attempts");
	check_sent("error lost: no result after 3 attempts (job 1)");
}

static void test_lost_and_superseded(void **state)
{
	int64_t id = running(MAIN, 0, 1);

	(void)state;
	queued(push(MAIN, 1, 2));
	short_lease(1, LONG_LEASE_US);
	ok(queue_try_again(queue, id, 1, &err));
	check_done(id, JOB_SUPERSEDED, "superseded by 0000002");
}

static void test_timeout(void **state)
{
	int64_t id = running(MAIN, 0, 1);
	cleanup_job struct job job = {0};

	(void)state;
	short_lease(LONG_LEASE_US, -LONG_LEASE_US);
	assert_int_equal(runs("a", id, 1), 'c');
	job = get(id);
	assert_true(job.cancelled);
	assert_int_equal(exits("a", id, 1, "cancelled"), 'f');
	check_done(id, JOB_TIMEOUT, NULL);
}

static void test_does_not_stop(void **state)
{
	int64_t id = running(MAIN, 0, 1);
	cleanup_job struct job job = {0};

	(void)state;
	short_lease(1, -1);
	assert_int_equal(runs("a", id, 1), 'c');
	assert_int_equal(queue_to_inspect(queue, &job, &err), 1);
	assert_int_equal(job.id, id);
	ok(queue_try_again(queue, id, 1, &err));
	check_done(id, JOB_TIMEOUT, NULL);
	assert_int_equal(runs("a", id, 1), 'c');
}

static void test_postpone(void **state)
{
	int64_t first = queued(push(MAIN, 0, 1)), second = queued(push("refs/heads/x", 0, 2));
	cleanup_job struct job a = {0}, b = {0}, none = {0}, again = {0};

	(void)state;
	assert_int_equal(queue_unprepared(queue, &a, &err), 1);
	assert_int_equal(queue_unprepared(queue, &b, &err), 1);
	assert_int_equal(queue_unprepared(queue, &none, &err), 0);
	assert_int_equal(a.id, first);
	assert_int_equal(b.id, second);
	queue_postpone(queue, second, clock_monotonic_us());
	queue_postpone(queue, 99, 0);
	assert_int_equal(queue_unprepared(queue, &again, &err), 1);
	assert_int_equal(again.id, second);
	ok(queue_finish(queue, first, 1, JOB_BROKEN, "'.jci/image' is wrong", &err));
	check_done(first, JOB_BROKEN, "'.jci/image' is wrong");
}

/* ---- waiting ---- */

static void *push_later(void *arg)
{
	(void)arg;
	queued(push(MAIN, 0, 1));
	return NULL;
}

static void *stop_later(void *arg)
{
	(void)arg;
	queue_stop(queue);
	return NULL;
}

static void test_wait(void **state)
{
	const int64_t start = clock_monotonic_us();
	uint64_t seen = queue_wait(queue, UINT64_MAX, LONG_LEASE_US), next;
	pthread_t thread;

	(void)state;
	assert_int_equal(queue_wait(queue, seen, 1000), seen); /* nothing happened */
	assert_true(clock_monotonic_us() >= start + 1000);
	pthread_create(&thread, NULL, push_later, NULL);
	next = queue_wait(queue, seen, LONG_LEASE_US);
	assert_true(next != seen);
	pthread_join(thread, NULL);
	next = queue_wait(queue, next - 1, LONG_LEASE_US);
	pthread_create(&thread, NULL, stop_later, NULL);
	queue_wait(queue, next, LONG_LEASE_US);
	pthread_join(thread, NULL);
	assert_true(queue_wait(queue, next + 1, LONG_LEASE_US) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		QUEUE_TEST(test_life),
		QUEUE_TEST(test_survives),
		QUEUE_TEST(test_answer_was_lost),
		QUEUE_TEST(test_max_jobs),
		QUEUE_TEST(test_foreign_reports),
		QUEUE_TEST(test_cancel),
		QUEUE_TEST(test_cancelled_but_passed),
		QUEUE_TEST(test_retry),
		QUEUE_TEST(test_lease),
		QUEUE_TEST(test_lost),
		QUEUE_TEST(test_lost_and_superseded),
		QUEUE_TEST(test_timeout),
		QUEUE_TEST(test_does_not_stop),
		QUEUE_TEST(test_postpone),
		QUEUE_TEST(test_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
