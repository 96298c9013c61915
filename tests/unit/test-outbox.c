/* Statuses, deploy keys, the order of jobs, lists and numbers of the queue. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "queues.h"
#include "util/alloc.h"
#include "util/clock.h"

#define X "refs/heads/x"

/* ---- statuses ---- */

static int next(struct status *status)
{
	int code = queue_next_status(queue, status, &err);

	ok(code);
	return code;
}

static void test_form(void **state)
{
	cleanup_status struct status status = {0};

	(void)state;
	queued(push(MAIN, 0, 1));
	assert_int_equal(next(&status), 1);
	assert_int_equal(status.job, 1);
	assert_string_equal(status.repository, "boss/demo");
	assert_int_equal(strlen(status.commit), 40);
	assert_string_equal(status.state, "pending");
	assert_string_equal(status.context, "git-jci");
	assert_string_equal(status.description, "queued (job 1)");
	assert_string_equal(status.target_url, "https://ci.example.org/jobs/1");
	assert_false(status.uncertain);
}

static void test_placeholders(void **state)
{
	cleanup_status struct status status = {0};
	cleanup_job struct job job = {0};
	cleanup_free char *expected = NULL;

	(void)state;
	queue_opts.web_url = "https://x/{owner}/{repo}/{commit}/{run}?{job}{other}{";
	reopen();
	job = get(queued(push(MAIN, 0, 1)));
	expected = xasprintf("https://x/boss/demo/%s/%s?1{other}{", job.commit, job.run_id);
	assert_int_equal(next(&status), 1);
	assert_string_equal(status.target_url, expected);
	queue_opts.web_url = NULL;
	reopen();
	queue_status_release(&status);
	assert_int_equal(next(&status), 1);
	assert_null(status.target_url);
}

static void test_long_description(void **state)
{
	int64_t id = queued(push(MAIN, 0, 1));
	cleanup_free char *sent = NULL;
	char detail[600];

	(void)state;
	for (size_t i = 0; i + 1 < sizeof(detail); i += 2)
		memcpy(detail + i, "\xc3\xa9", 2);
	memcpy(detail, "a\nb", 3);
	detail[598] = '\0';
	ok(queue_finish(queue, id, 1, JOB_BROKEN, detail, &err));
	sent = send_one();
	assert_true(strlen(sent) <= strlen("error ") + 255);
	assert_true(strlen(sent) >= strlen("error ") + 250);
	assert_non_null(strstr(sent, "a\\nb"));
	assert_string_equal(sent + strlen(sent) - strlen("\xc3\xa9... (job 1)"),
			    "\xc3\xa9... (job 1)");
}

static void test_states(void **state)
{
	static const char *const expected[] = {
		[JOB_PASSED] = "success passed (job 1)",
		[JOB_FAILED] = "failure failed (job 2)",
		[JOB_TIMEOUT] = "failure timed out (job 3)",
		[JOB_CANCELLED] = "error cancelled (job 4)",
		[JOB_SUPERSEDED] = "error superseded by a newer commit (job 5)",
		[JOB_LOST] = "error lost: no runner came back with a result (job 6)",
		[JOB_BROKEN] = "error ended without a result (job 7)",
	};
	struct queue_numbers numbers;

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(expected); i++) {
		cleanup_free char *ref = xasprintf("refs/heads/%u", i);
		int64_t id = queued(push(ref, 0, i + 1));

		ok(queue_finish(queue, id, 1, (enum job_reason)i, NULL, &err));
		check_sent(expected[i]);
		check_none();
	}
	queue_numbers(queue, &numbers);
	for (unsigned i = 0; i < ARRAY_SIZE(expected); i++)
		assert_int_equal(numbers.done[i], 1);
	assert_int_equal(numbers.statuses_sent, ARRAY_SIZE(expected));
	assert_int_equal(numbers.outbox, 0);
}

/* Newer ones take the place of older ones, and none overtakes another. */
static void test_order(void **state)
{
	int64_t id = queued(push(MAIN, 0, 1));
	cleanup_status struct status first = {0}, second = {0};

	(void)state;
	assert_int_equal(next(&first), 1);
	prepare(id, NULL);
	assert_int_equal(fetch_as("a", no_labels), id);
	assert_int_equal(next(&second), 0); /* the first is not sent yet */
	exits("a", id, 1, "exited");
	ok(queue_finish(queue, id, 1, JOB_PASSED, NULL, &err));
	assert_int_equal(next(&second), 0);
	/* it was not sent: not needed any more */
	ok(queue_status_failed(queue, first.id, false, clock_now_us(), "away", &err));
	check_sent("success passed (job 1)");
	check_none();
}

static void test_failed(void **state)
{
	cleanup_status struct status status = {0}, again = {0}, third = {0}, refused_one = {0};
	struct queue_numbers numbers;

	(void)state;
	queued(push(MAIN, 0, 1));
	assert_int_equal(next(&status), 1);
	ok(queue_status_failed(queue, status.id, false, clock_now_us() + LONG_LEASE_US, "away",
			       &err));
	check_none();
	queue_numbers(queue, &numbers);
	assert_int_equal(numbers.outbox, 1);
	assert_int_equal(numbers.statuses_failed, 1);
	reopen(); /* tries at once */
	assert_int_equal(next(&again), 1);
	assert_int_equal(again.id, status.id);
	assert_false(again.uncertain);
	ok(queue_status_failed(queue, again.id, true, clock_now_us(), "no answer", &err));
	assert_int_equal(next(&third), 1);
	assert_true(third.uncertain);
	ok(queue_status_failed(queue, third.id, false, 0, "422", &err));
	check_none();
	ok(queue_cancel(queue, 1, &err));
	assert_int_equal(next(&refused_one), 1);
	ok(queue_status_failed(queue, refused_one.id, false, 0, "422", &err));
	check_none();
	queue_numbers(queue, &numbers);
	assert_int_equal(numbers.outbox, 0);
}

static void test_uncertain_after_a_crash(void **state)
{
	cleanup_status struct status status = {0}, again = {0};

	(void)state;
	queued(push(MAIN, 0, 1));
	assert_int_equal(next(&status), 1);
	reopen();
	assert_int_equal(next(&again), 1);
	assert_int_equal(again.id, status.id);
	assert_true(again.uncertain);
	ok(queue_status_sent(queue, again.id, &err));
	ok(queue_status_sent(queue, again.id, &err));
	reopen();
	check_none();
}

/* ---- keys ---- */

static void with_key(int64_t job, int64_t key)
{
	ok(queue_prepared(queue, job, NULL, NULL, &(struct job_key){key, "PEM", "ssh://git@host/a/b.git"}, &err));
}

static bool is_used(int64_t key)
{
	bool used = false;

	ok(queue_key_is_used(queue, &(struct key_ref){(char *)"boss/demo", key}, &used, &err));
	return used;
}

/* The next one to delete; 0: none. */
static int64_t unused(void)
{
	cleanup_key_ref struct key_ref key = {0};
	int code = queue_key_to_delete(queue, &key, &err);

	ok(code);
	if (code)
		assert_string_equal(key.repository, "boss/demo");
	return code ? key.id : 0;
}

static void test_keys(void **state)
{
	int64_t first, second;

	(void)state;
	queue_opts.deploy_keys = true;
	reopen();
	first = queued(push(MAIN, 0, 1));
	second = queued(push(X, 0, 2));
	prepare(first, NULL); /* without a key it isn't */
	assert_int_equal(fetch_as("a", no_labels), 0);
	with_key(first, 11);
	with_key(second, 12);
	assert_true(is_used(11));
	assert_false(is_used(13));
	{
		cleanup_orders struct orders orders = poll_as("a", no_labels, 1, NULL, 0);

		assert_int_equal(orders.job.id, first);
		assert_string_equal(orders.key, "PEM");
		assert_string_equal(orders.key_url, "ssh://git@host/a/b.git");
	}
	assert_int_equal(unused(), 0);
	ok(queue_cancel(queue, second, &err));
	exits("a", first, 1, "exited");
	assert_true(is_used(11));
	ok(queue_finish(queue, first, 1, JOB_PASSED, NULL, &err));
	assert_false(is_used(11));
	/* each once in a round: one that can't be deleted does not hold up the others */
	assert_int_equal(unused(), 11);
	assert_int_equal(unused(), 12);
	assert_int_equal(unused(), 0);
	ok(queue_key_gone(queue, &(struct key_ref){(char *)"boss/demo", 11}, &err));
	assert_int_equal(unused(), 12);
	assert_int_equal(unused(), 0);
}

static void test_late_keys(void **state)
{
	int64_t id = queued(push(MAIN, 0, 1));

	(void)state;
	ok(queue_cancel(queue, id, &err));
	with_key(id, 5); /* made for nothing */
	assert_false(is_used(5));
	assert_int_equal(unused(), 5);
	id = queued(push(X, 0, 2));
	with_key(id, 6);
	with_key(id, 7); /* it has one already */
	assert_true(is_used(6));
	assert_false(is_used(7));
}

static void test_keys_wanted_now(void **state)
{
	int64_t id = ready(MAIN, 0, 1);

	(void)state;
	queue_opts.deploy_keys = true;
	reopen();
	assert_int_equal(fetch_as("a", no_labels), 0);
	with_key(id, 1);
	assert_int_equal(fetch_as("a", no_labels), id);
}

/* ---- which job is next ---- */

static int64_t ready_in(const char *repository, const char *ref, unsigned commit,
			const char *labels)
{
	struct event event = new_event(EVENT_PUSH, ref, commit);
	int64_t id;

	event.repository = (char *)repository;
	id = queued(take(&event));
	prepare(id, labels);
	return id;
}

static void test_labels(void **state)
{
	static const char *const amd64[] = {"linux", "amd64", NULL};
	static const char *const arm64[] = {"linux", "arm64", NULL};
	int64_t arm = ready_in("a/a", MAIN, 1, "arm64"), gpu = ready_in("a/a", X, 2, "linux gpu");
	int64_t any = ready_in("a/a", "refs/heads/y", 3, "");

	(void)state;
	assert_int_equal(fetch_as("p", amd64), any);
	assert_int_equal(fetch_as("q", amd64), 0);
	assert_int_equal(fetch_as("r", arm64), arm);
	assert_int_equal(fetch_as("q", (const char *const[]){"gpu", "lin", NULL}), 0);
	assert_int_equal(fetch_as("q", (const char *const[]){"gpu", "x", "linux", NULL}), gpu);
}

static void test_fairness(void **state)
{
	int64_t a[3], b[2], c;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		cleanup_free char *ref = xasprintf("refs/heads/%u", i);

		a[i] = ready_in("a/a", ref, i + 1, NULL);
	}
	b[0] = ready_in("b/b", MAIN, 5, NULL);
	b[1] = ready_in("b/b", X, 6, NULL);
	c = ready_in("c/c", MAIN, 7, NULL);
	assert_int_equal(fetch_as("1", no_labels), a[0]); /* the oldest */
	assert_int_equal(fetch_as("2", no_labels), b[0]); /* who has none yet */
	assert_int_equal(fetch_as("3", no_labels), c);
	assert_int_equal(fetch_as("4", no_labels), a[1]); /* who waited longest */
	assert_int_equal(fetch_as("5", no_labels), b[1]);
	assert_int_equal(fetch_as("6", no_labels), a[2]);
	assert_int_equal(fetch_as("7", no_labels), 0);
}

static void test_fewest_running(void **state)
{
	int64_t first = ready_in("a/a", MAIN, 1, NULL), second = ready_in("a/a", X, 2, NULL);
	int64_t other = ready_in("b/b", MAIN, 3, NULL), last;

	(void)state;
	assert_int_equal(fetch_as("1", no_labels), first);
	assert_int_equal(fetch_as("2", no_labels), other);
	exits("2", other, 1, "exited");
	last = ready_in("b/b", X, 4, NULL);
	assert_int_equal(fetch_as("2", no_labels), last); /* a/a still has one */
	assert_int_equal(fetch_as("3", no_labels), second);
}

/* ---- lists and numbers ---- */

static void check_list(struct job_filter filter, size_t n, const int64_t *ids)
{
	cleanup_job_list struct job_list list = {0};

	ok(queue_list(queue, &filter, &list, &err));
	assert_int_equal(list.n, n);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(list.jobs[i].id, ids[i]);
}

#define LIST(n, ids, ...) \
	check_list((struct job_filter){.state = -1, __VA_ARGS__}, (n), (const int64_t[]){ids})
#define IDS(...) __VA_ARGS__

static void test_lists(void **state)
{
	char commit[JCI_OID_HEX_SIZE];

	(void)state;
	ready_in("a/a", MAIN, 1, NULL);
	ready_in("a/a", X, 2, NULL);
	ready_in("b/b", MAIN, 1, NULL);
	ready_in("a/a", MAIN, 3, NULL); /* supersedes job 1 */
	set_commit(commit, 1);
	LIST(4, IDS(4, 3, 2, 1));
	LIST(2, IDS(4, 3), .limit = 2);
	LIST(1, IDS(1), .before = 2, .limit = 7);
	LIST(3, IDS(4, 2, 1), .repository = "a/a");
	LIST(2, IDS(4, 1), .repository = "a/a", .ref = MAIN);
	LIST(3, IDS(4, 3, 1), .ref = MAIN);
	LIST(2, IDS(3, 1), .commit = commit);
	LIST(1, IDS(1), .commit = commit, .repository = "a/a");
	check_list((struct job_filter){.state = JOB_DONE}, 1, (const int64_t[]){1});
	check_list((struct job_filter){.state = JOB_PENDING}, 3, (const int64_t[]){4, 3, 2});
	check_list((struct job_filter){.state = JOB_PENDING, .repository = "b/b"}, 1,
		   (const int64_t[]){3});
	LIST(0, IDS(0), .repository = "c/c");
}

static void test_numbers(void **state)
{
	struct queue_numbers n;
	struct runner_list list = {0};

	(void)state;
	queue_numbers(queue, &n);
	assert_int_equal(n.pending + n.assigned + n.exited + n.runners + n.oldest_pending_us, 0);
	running(MAIN, 0, 1);
	ready(X, 0, 2);
	queued(push("refs/heads/y", 0, 3));
	queue_numbers(queue, &n);
	assert_int_equal(n.pending, 2);
	assert_int_equal(n.unprepared, 1);
	assert_int_equal(n.assigned, 1);
	assert_int_equal(n.exited, 0);
	assert_int_equal(n.outbox, 3);
	assert_int_equal(n.runners, 1);
	assert_int_equal(n.runners_alive, 1);
	assert_int_equal(n.accepted, 3);
	assert_int_equal(n.polls, 1);
	assert_true(n.oldest_pending_us > 0);
	reopen();
	queue_numbers(queue, &n);
	assert_int_equal(n.assigned, 1);
	assert_int_equal(n.runners, 1);
	assert_int_equal(n.runners_alive, 0);
	ok(queue_runners(queue, &list, &err));
	assert_int_equal(list.n, 1);
	assert_string_equal(list.runners[0].name, "a");
	assert_int_equal(list.runners[0].running, 1);
	assert_true(list.runners[0].first_seen_us > 0);
	assert_true(list.runners[0].last_seen_us >= list.runners[0].first_seen_us);
	runner_list_release(&list);
}

/* Polls without news ask the database nothing. */
static void test_idle(void **state)
{
	int64_t id = running(MAIN, 0, 1);
	static const char *const labels[] = {"linux", "amd64", NULL};
	struct queue_numbers before, after;

	(void)state;
	fetch_as("b", labels);
	queue_numbers(queue, &before);
	for (int i = 0; i < 100; i++) {
		assert_int_equal(runs("a", id, 1), '-');
		assert_int_equal(fetch_as("b", labels), 0);
	}
	queue_numbers(queue, &after);
	assert_int_equal(after.commits, before.commits);
	assert_int_equal(after.polls, before.polls + 200);
	/* queue_numbers() itself asks one question */
	assert_int_equal(after.statements, before.statements + 1);
	assert_int_equal(fetch_as("b", no_labels), 0); /* other labels are news */
	queue_numbers(queue, &after);
	assert_int_equal(after.commits, before.commits + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		QUEUE_TEST(test_form),
		QUEUE_TEST(test_placeholders),
		QUEUE_TEST(test_long_description),
		QUEUE_TEST(test_states),
		QUEUE_TEST(test_order),
		QUEUE_TEST(test_failed),
		QUEUE_TEST(test_uncertain_after_a_crash),
		QUEUE_TEST(test_keys),
		QUEUE_TEST(test_late_keys),
		QUEUE_TEST(test_keys_wanted_now),
		QUEUE_TEST(test_labels),
		QUEUE_TEST(test_fairness),
		QUEUE_TEST(test_fewest_running),
		QUEUE_TEST(test_lists),
		QUEUE_TEST(test_numbers),
		QUEUE_TEST(test_idle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
