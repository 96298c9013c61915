/* What webhooks and the catch-up make of the queue. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "queues.h"
#include "util/alloc.h"

#define X "refs/heads/x"

static void check_outcome(struct accepted accepted, enum accept_outcome outcome)
{
	assert_int_equal(accepted.outcome, outcome);
	if (outcome != ACCEPT_QUEUED && outcome != ACCEPT_STALE)
		assert_int_equal(accepted.job, 0);
}

static struct accepted unwanted(const char *ref, unsigned before, unsigned commit)
{
	struct event event = new_event(EVENT_PUSH, ref, commit);

	set_commit(event.before, before);
	event.skip_ci = true;
	return take(&event);
}

static struct accepted pull(int number, const char *ref, unsigned commit)
{
	struct event event = new_event(EVENT_PULL_OPENED, ref, commit);

	event.pull = number;
	return take(&event);
}

static struct accepted drop(const char *ref)
{
	struct event event = new_event(EVENT_DELETE, ref, 0);

	return take(&event);
}

/* ---- deliveries ---- */

static void test_duplicates(void **state)
{
	struct event event = new_event(EVENT_PUSH, MAIN, 1), same_id, same_body, neither;
	struct queue_numbers numbers;

	(void)state;
	event.delivery = (char *)"d-1";
	same_id = event;
	same_id.digest[30] ^= 1;
	same_body = event;
	same_body.delivery = (char *)"d-2";
	neither = event;
	neither.digest[31] ^= 1;
	neither.delivery = NULL;
	queued(take(&event));
	check_outcome(take(&event), ACCEPT_DUPLICATE);
	check_outcome(take(&same_id), ACCEPT_DUPLICATE);
	check_outcome(take(&same_body), ACCEPT_DUPLICATE);
	reopen();
	check_outcome(take(&event), ACCEPT_DUPLICATE);
	check_outcome(take(&neither), ACCEPT_KNOWN);
	queue_numbers(queue, &numbers);
	assert_int_equal(numbers.duplicates, 1);
	assert_int_equal(numbers.accepted, 1);
	assert_int_equal(numbers.pending, 1);
}

/* ---- superseding ---- */

static void test_supersede(void **state)
{
	int64_t first = queued(push(MAIN, 0, 1)), second = ready(MAIN, 1, 2), third;
	int64_t other = queued(push(X, 0, 1));
	struct accepted accepted;

	(void)state;
	check_done(first, JOB_SUPERSEDED, "superseded by 0000002");
	send_all();
	accepted = push(MAIN, 2, 3);
	third = queued(accepted);
	assert_int_equal(accepted.superseded, 1);
	check_done(second, JOB_SUPERSEDED, "superseded by 0000003");
	check_state(third, JOB_PENDING);
	check_state(other, JOB_PENDING);
	check_sent("pending queued (job 4)");
	check_sent("error superseded by 0000003 (job 2)");
	check_none();
	assert_int_equal(fetch_as("a", no_labels), 0); /* the prepared one is gone */
}

static void test_supersede_leaves_running(void **state)
{
	int64_t id = running(MAIN, 0, 1);

	(void)state;
	assert_int_equal(push(MAIN, 1, 2).superseded, 0);
	assert_int_equal(runs("a", id, 1), '-');
}

static void test_supersede_running(void **state)
{
	int64_t id = running(MAIN, 0, 1), failed = ready(X, 0, 5);

	(void)state;
	assert_int_equal(fetch_as("b", no_labels), failed);
	queue_opts.supersede = SUPERSEDE_RUNNING;
	reopen();
	assert_int_equal(push(MAIN, 1, 2).superseded, 1);
	assert_int_equal(push(MAIN, 2, 3).superseded, 1); /* not it again */
	assert_int_equal(runs("a", id, 1), 'c');
	reopen();
	assert_int_equal(runs("a", id, 1), 'c');
	assert_int_equal(exits("a", id, 1, "cancelled"), 'f');
	check_done(id, JOB_SUPERSEDED, "superseded by 0000002");

	push(X, 5, 6);
	exits("b", failed, 1, "exited");
	check_state(failed, JOB_EXITED);
	ok(queue_finish(queue, failed, 1, JOB_BROKEN, "no result", &err));
	check_done(failed, JOB_SUPERSEDED, "superseded by 0000006");
}

static void test_supersede_none(void **state)
{
	int64_t id;

	(void)state;
	queue_opts.supersede = SUPERSEDE_NONE;
	reopen();
	id = queued(push(MAIN, 0, 1));
	queued(push(MAIN, 1, 2));
	check_state(id, JOB_PENDING);
}

/* ---- pushes that come late, or not alone ---- */

static void test_same_commit(void **state)
{
	int64_t id = queued(push(MAIN, 0, 1));

	(void)state;
	check_outcome(push(MAIN, 0, 1), ACCEPT_KNOWN);
	check_state(id, JOB_PENDING);
	queued(push(X, 0, 1)); /* another branch */
	ok(queue_cancel(queue, id, &err));
	queued(push(MAIN, 2, 1)); /* back again */
}

static void test_late(void **state)
{
	struct accepted late;

	(void)state;
	queued(push(MAIN, 2, 3));
	send_all();
	late = push(MAIN, 1, 2);
	check_outcome(late, ACCEPT_STALE);
	check_done(late.job, JOB_SUPERSEDED, "superseded by 0000003");
	check_sent("error superseded by 0000003 (job 2)");
	check_none();
	/* and one before that */
	check_outcome(push(MAIN, 0, 1), ACCEPT_STALE);
	check_state(1, JOB_PENDING);
	check_outcome(unwanted(X, 8, 9), ACCEPT_SKIPPED);
	check_outcome(unwanted(X, 0, 8), ACCEPT_SKIPPED);
	check_outcome(push(X, 9, 9), ACCEPT_QUEUED);
}

static void test_forced_back(void **state)
{
	(void)state;
	queued(push(MAIN, 1, 2));
	queued(push(MAIN, 2, 1));
	queued(push(MAIN, 1, 2));
}

static void test_skip(void **state)
{
	int64_t id = queued(push(MAIN, 0, 1));

	(void)state;
	check_outcome(unwanted(MAIN, 1, 2), ACCEPT_SKIPPED);
	check_state(id, JOB_PENDING); /* the newest that is to run */
	check_outcome(pull(1, MAIN, 2), ACCEPT_SKIPPED);
	queued(push(MAIN, 2, 3));
	check_done(id, JOB_SUPERSEDED, NULL);
}

static void test_tag(void **state)
{
	cleanup_job struct job job = get(queued(push("refs/tags/v1", 0, 1)));
	cleanup_status struct status status = {0};

	(void)state;
	assert_string_equal(job.trigger, "tag");
	assert_null(job_branch(&job));
	assert_int_equal(queue_next_status(queue, &status, &err), 1);
	assert_string_equal(status.context, "git-jci/v1");
	check_outcome(drop("refs/tags/v1"), ACCEPT_DONE);
	check_done(job.id, JOB_CANCELLED, "tag deleted");
}

static void test_deleted(void **state)
{
	int64_t busy = running(MAIN, 0, 1), waiting = ready(MAIN, 1, 2), other = ready(X, 0, 3);

	(void)state;
	assert_int_equal(drop(MAIN).superseded, 1);
	check_done(waiting, JOB_CANCELLED, "branch deleted");
	check_state(busy, JOB_ASSIGNED);
	check_state(other, JOB_PENDING);
	assert_int_equal(drop(MAIN).superseded, 0);
	queued(push(MAIN, 0, 2));
}

/* ---- pull requests ---- */

static void test_pull(void **state)
{
	int64_t pushed = queued(push(X, 0, 1)), opened;
	cleanup_job struct job job = {0};

	(void)state;
	check_outcome(pull(7, X, 1), ACCEPT_KNOWN);
	check_state(pushed, JOB_PENDING);
	opened = queued(pull(7, X, 2));
	job = get(opened);
	assert_string_equal(job.trigger, "pull_request");
	assert_string_equal(job.ref, X);
	assert_int_equal(job.pull, 7);
	/* its push is a bit slower */
	assert_int_equal(push(X, 1, 2).outcome, ACCEPT_KNOWN);
	check_done(pushed, JOB_SUPERSEDED, "superseded by 0000002");
	check_state(opened, JOB_PENDING);
	queued(push(X, 2, 3));
	check_done(opened, JOB_SUPERSEDED, "superseded by 0000003");
}

static void test_push_behind_running_pull(void **state)
{
	int64_t id = queued(pull(7, X, 2));

	(void)state;
	prepare(id, NULL);
	assert_int_equal(fetch_as("a", no_labels), id);
	check_outcome(push(X, 1, 2), ACCEPT_KNOWN);
	queued(push(X, 3, 2)); /* but that one is new */
}

static void test_pull_closed(void **state)
{
	int64_t pushed = queued(push(X, 0, 1)), opened = queued(pull(7, "refs/heads/y", 2));
	struct event event = new_event(EVENT_PULL_CLOSED, NULL, 0);
	struct accepted accepted;

	(void)state;
	event.pull = 7;
	accepted = take(&event);
	check_outcome(accepted, ACCEPT_DONE);
	assert_int_equal(accepted.superseded, 1);
	check_done(opened, JOB_CANCELLED, "pull request closed");
	check_state(pushed, JOB_PENDING);
}

/* ---- catch-up ---- */

/* The branches as Gitea has them: pairs of a name and a commit. */
static int look(const struct head *heads, size_t n)
{
	int count = 0;

	ok(queue_catch_up(queue, "boss/demo", heads, n, &count, &err));
	return count;
}

static struct head head(const char *ref, unsigned commit)
{
	struct head head = {.ref = (char *)ref};

	set_commit(head.commit, commit);
	return head;
}

#define LOOK(...)                                \
	look((const struct head[]){__VA_ARGS__}, \
	     sizeof((const struct head[]){__VA_ARGS__}) / sizeof(struct head))

static void test_first_look(void **state)
{
	(void)state;
	assert_int_equal(LOOK(head(MAIN, 1), head(X, 2)), 0);
	assert_int_equal(LOOK(head(MAIN, 1), head(X, 2)), 0);
	reopen();
	assert_int_equal(LOOK(head(MAIN, 1), head(X, 3)), 1);
	assert_int_equal(LOOK(head(MAIN, 1), head(X, 3), head("refs/heads/new", 4)), 1);
	assert_int_equal(LOOK(head(MAIN, 1), head(X, 3), head("refs/heads/new", 4)), 0);
	/* noted down by the first look only: its webhook was on its way */
	queued(push(MAIN, 0, 1));
}

static void test_lost_webhook(void **state)
{
	int64_t id;
	cleanup_job struct job job = {0};

	(void)state;
	queued(push(MAIN, 0, 1));
	assert_int_equal(LOOK(head(MAIN, 1)), 0);
	assert_int_equal(LOOK(head(MAIN, 2)), 1);
	check_done(1, JOB_SUPERSEDED, "superseded by 0000002");
	id = 2;
	job = get(id);
	assert_string_equal(job.trigger, "catch-up");
	assert_string_equal(job.ref, MAIN);
	/* it comes after all, once and again */
	check_outcome(push(MAIN, 1, 2), ACCEPT_KNOWN);
	prepare(id, NULL);
	assert_int_equal(fetch_as("a", no_labels), id);
	queued(push(MAIN, 3, 2));
}

static void test_chain_behind_catch_up(void **state)
{
	(void)state;
	queued(push(MAIN, 0, 1));
	LOOK(head(MAIN, 1));
	assert_int_equal(LOOK(head(MAIN, 4)), 1);
	check_outcome(push(MAIN, 1, 2), ACCEPT_STALE);
	check_outcome(push(MAIN, 2, 3), ACCEPT_STALE);
	check_outcome(push(MAIN, 3, 4), ACCEPT_KNOWN);
	check_state(2, JOB_PENDING);
}

static void test_push_while_looking(void **state)
{
	(void)state;
	queued(push(MAIN, 0, 1));
	LOOK(head(MAIN, 1));
	queued(push(MAIN, 1, 2));
	queued(push(X, 0, 3));
	/* what was read before these pushes says nothing of them */
	assert_int_equal(LOOK(head(MAIN, 1)), 0);
	check_state(2, JOB_PENDING);
	check_state(3, JOB_PENDING);
	assert_int_equal(LOOK(head(MAIN, 2), head(X, 3)), 0);
	assert_int_equal(LOOK(head(MAIN, 2)), 0);
	check_done(3, JOB_CANCELLED, "branch deleted");
}

static void test_look_after_restart(void **state)
{
	(void)state;
	queued(push(MAIN, 0, 1));
	reopen();
	assert_int_equal(LOOK(head(MAIN, 2)), 1);
}

static void test_skipped_heads(void **state)
{
	struct head skipped = head(MAIN, 2);

	(void)state;
	queued(push(MAIN, 0, 1));
	LOOK(head(MAIN, 1));
	skipped.skip_ci = true;
	assert_int_equal(look(&skipped, 1), 0);
	assert_int_equal(LOOK(head(MAIN, 2), head(X, 2)), 0);
	check_outcome(pull(1, X, 2), ACCEPT_SKIPPED);
}

static void test_commit_has_its_job(void **state)
{
	int64_t id = queued(push(X, 0, 2));

	(void)state;
	LOOK(head(X, 2), head(MAIN, 1));
	assert_int_equal(LOOK(head(X, 2), head(MAIN, 1)), 0);
	assert_int_equal(LOOK(head(X, 2), head(MAIN, 2)), 0);
	/* superseded ones don't count, cancelled ones do where the branch is still there */
	ok(queue_cancel(queue, id, &err));
	assert_int_equal(LOOK(head(X, 2), head(MAIN, 2)), 0);
	queued(push(X, 2, 3));
	queued(push(X, 3, 4));
	LOOK(head(X, 4), head(MAIN, 2));
	assert_int_equal(LOOK(head(X, 3), head(MAIN, 2)), 1);
}

static void test_many_heads(void **state)
{
	struct head heads[1000];
	struct name_list names = {0};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(heads); i++) {
		heads[i].ref = xasprintf("refs/heads/%u", i);
		heads[i].skip_ci = false;
		set_commit(heads[i].commit, i + 1);
	}
	assert_int_equal(look(heads, 10), 0);
	assert_int_equal(look(heads, ARRAY_SIZE(heads)), 990);
	assert_int_equal(look(heads, ARRAY_SIZE(heads)), 0);
	for (unsigned i = 0; i < ARRAY_SIZE(heads); i++)
		free(heads[i].ref);
	ok(queue_add_repository(queue, "a/b", &err));
	ok(queue_add_repository(queue, "boss/demo", &err));
	ok(queue_repositories(queue, &names, &err));
	assert_int_equal(names.n, 2);
	assert_string_equal(names.names[0], "a/b");
	assert_string_equal(names.names[1], "boss/demo");
	name_list_release(&names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		QUEUE_TEST(test_duplicates),
		QUEUE_TEST(test_supersede),
		QUEUE_TEST(test_supersede_leaves_running),
		QUEUE_TEST(test_supersede_running),
		QUEUE_TEST(test_supersede_none),
		QUEUE_TEST(test_same_commit),
		QUEUE_TEST(test_late),
		QUEUE_TEST(test_forced_back),
		QUEUE_TEST(test_skip),
		QUEUE_TEST(test_tag),
		QUEUE_TEST(test_deleted),
		QUEUE_TEST(test_pull),
		QUEUE_TEST(test_push_behind_running_pull),
		QUEUE_TEST(test_pull_closed),
		QUEUE_TEST(test_first_look),
		QUEUE_TEST(test_lost_webhook),
		QUEUE_TEST(test_chain_behind_catch_up),
		QUEUE_TEST(test_push_while_looking),
		QUEUE_TEST(test_look_after_restart),
		QUEUE_TEST(test_skipped_heads),
		QUEUE_TEST(test_commit_has_its_job),
		QUEUE_TEST(test_many_heads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
