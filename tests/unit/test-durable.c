/*
 * What holds whatever happens to the server: kills, full disks, and any order of what webhooks,
 * runners, people and Gitea do.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "queues.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/db.h"

/* ---- kill -9 ---- */

enum { THREADS = 4, KILLS = 10 };

static int acknowledged_fd;

static void *accept_on_and_on(void *arg)
{
	const unsigned start = *(const unsigned *)arg;
	cleanup_error struct jci_error mine = JCI_ERROR_INIT;

	for (unsigned n = start;; n++) {
		cleanup_free char *ref = xasprintf("refs/heads/%u", n);
		struct event event = {
			.kind = EVENT_PUSH, .repository = (char *)"boss/demo", .ref = ref};
		struct accepted accepted;

		set_commit(event.commit, n + 1);
		memcpy(event.digest, &n, sizeof(n));
		if (queue_accept(queue, &event, &accepted, &mine) < 0 ||
		    write(acknowledged_fd, &accepted.job, sizeof(accepted.job)) !=
			    sizeof(accepted.job))
			_exit(1);
	}
	return NULL;
}

static void accept_until_killed(int fd, unsigned round)
{
	unsigned starts[THREADS];
	pthread_t threads[THREADS];

	acknowledged_fd = fd;
	if (queue_open(&queue, &queue_opts, &err) < 0)
		_exit(1);
	for (unsigned i = 0; i < THREADS; i++) {
		starts[i] = (round * THREADS + i) * 1000000;
		pthread_create(&threads[i], NULL, accept_on_and_on, &starts[i]);
	}
	pthread_join(threads[0], NULL);
	_exit(1);
}

/* Each that was acknowledged is there, once, with its status. */
static void check_acknowledged(int fd)
{
	int64_t id;

	while (read(fd, &id, sizeof(id)) == sizeof(id)) {
		cleanup_job struct job job = get(id);

		assert_int_equal(job.state, JOB_PENDING);
	}
}

static void check_statuses(void)
{
	struct queue_numbers numbers;

	queue_numbers(queue, &numbers);
	assert_int_equal(numbers.outbox, numbers.pending);
	assert_int_equal(numbers.unprepared, numbers.pending);
}

static void test_killed(void **state)
{
	(void)state;
	for (unsigned round = 0; round < KILLS; round++) {
		int fds[2];
		int64_t id;
		pid_t pid;

		queue_close(queue);
		queue = NULL;
		assert_int_equal(pipe(fds), 0);
		pid = fork();
		if (pid == 0)
			accept_until_killed(fds[1], round);
		close(fds[1]);
		for (int n = rand() % 100; n >= 0; n--)
			assert_int_equal(read(fds[0], &id, sizeof(id)), sizeof(id));
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		ok(queue_open(&queue, &queue_opts, &err));
		check_acknowledged(fds[0]);
		check_statuses();
		close(fds[0]);
	}
}

/* ---- a full disk ---- */

static void limit_files(rlim_t size)
{
	struct rlimit limit;

	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = size ? size : limit.rlim_max;
	setrlimit(RLIMIT_FSIZE, &limit);
}

struct attempts {
	unsigned start, done, failed;
};

/* Each fifth is of a branch "bad-N". */
static void *accept_fifty(void *arg)
{
	struct attempts *attempts = arg;

	for (unsigned n = attempts->start; n < attempts->start + 50; n++) {
		cleanup_error struct jci_error mine = JCI_ERROR_INIT;
		cleanup_free char *ref = xasprintf("refs/heads/%s%u", n % 5 ? "" : "bad-", n);
		struct event event = {
			.kind = EVENT_PUSH, .repository = (char *)"boss/demo", .ref = ref};
		struct accepted accepted;

		set_commit(event.commit, n + 1);
		memcpy(event.digest, &n, sizeof(n));
		if (queue_accept(queue, &event, &accepted, &mine) == 0)
			attempts->done++;
		else if (mine.message)
			attempts->failed++;
	}
	return NULL;
}

static void accept_with_threads(unsigned start, unsigned *done, unsigned *failed)
{
	struct attempts attempts[THREADS] = {0};
	pthread_t threads[THREADS];

	*done = *failed = 0;
	for (unsigned i = 0; i < THREADS; i++) {
		attempts[i].start = start + i * 1000;
		pthread_create(&threads[i], NULL, accept_fifty, &attempts[i]);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		*done += attempts[i].done;
		*failed += attempts[i].failed;
	}
}

/* What failed left nothing, neither on the disk nor in memory; afterwards all goes on. */
static void test_full_disk(void **state)
{
	unsigned first, some, rest, failed;
	struct queue_numbers numbers;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	accept_with_threads(10000, &first, &failed);
	assert_int_equal(first, 200);
	limit_files(2200 * 1024);
	accept_with_threads(20000, &some, &failed);
	assert_int_equal(some + failed, 200);
	assert_true(failed > 0);
	check_statuses();
	limit_files(0);
	queue_numbers(queue, &numbers);
	assert_int_equal(numbers.pending, first + some);
	accept_with_threads(20000, &rest, &failed); /* the same again, as Gitea does not */
	assert_int_equal(failed, 0);
	assert_int_equal(rest, 200);
	queue_numbers(queue, &numbers);
	assert_int_equal(numbers.pending, 400);
	assert_int_equal(numbers.duplicates, some);
	reopen();
	queue_numbers(queue, &numbers);
	assert_int_equal(numbers.pending, 400);
	check_statuses();
}

/* ---- one that fails among others ---- */

static void change_schema(const char *sql)
{
	struct db *db;

	queue_close(queue);
	queue = NULL;
	ok(db_open(&db, queue_opts.path, "", 1, &err));
	ok(db_run(db, sql, DB_NONE, &err));
	db_close(db);
	ok(queue_open(&queue, &queue_opts, &err));
}

#define FAIL_BAD(how)                                                             \
	"CREATE TRIGGER bad BEFORE INSERT ON outbox "                             \
	"WHEN (SELECT ref FROM jobs WHERE id = NEW.job) GLOB 'refs/heads/bad-*' " \
	"BEGIN SELECT RAISE(" how ", 'bad'); END"

/* It fails at its last statement: what it wrote before is undone, what the others did is not. */
static void test_failing_calls(void **state)
{
	struct queue_numbers numbers;
	unsigned done, failed;

	(void)state;
	change_schema(FAIL_BAD("ABORT"));
	accept_with_threads(10000, &done, &failed);
	assert_int_equal(done, 160);
	assert_int_equal(failed, 40);
	check_statuses();
	queue_numbers(queue, &numbers);
	assert_int_equal(numbers.pending, 160);
	change_schema("DROP TRIGGER bad");
	queue_numbers(queue, &numbers);
	assert_int_equal(numbers.pending, 160);
	accept_with_threads(10000, &done, &failed);
	queue_numbers(queue, &numbers);
	assert_int_equal(numbers.pending, 200);
	assert_int_equal(numbers.duplicates, 160);
}

/* The same where SQLite gives up the whole transaction, as it may when the disk fails. */
static void test_lost_transactions(void **state)
{
	struct queue_numbers numbers;
	unsigned done, failed;

	(void)state;
	change_schema(FAIL_BAD("ROLLBACK"));
	accept_with_threads(10000, &done, &failed);
	assert_true(failed >= 40);
	assert_int_equal(done + failed, 200);
	check_statuses();
	queue_numbers(queue, &numbers);
	assert_int_equal(numbers.pending, done);
	change_schema("DROP TRIGGER bad");
	accept_with_threads(10000, &done, &failed);
	queue_numbers(queue, &numbers);
	assert_int_equal(numbers.pending, 200);
}

/* ---- anything, in any order ---- */

enum { STEPS = 2000, BRANCHES = 6, COMMITS = 12, JOBS = 4000, FLEET = 3 };

/* What has been seen of each job. */
static struct {
	int finals;  /* final statuses that were sent */
	int started; /* the last attempt that a runner got */
} seen[JOBS];
static int64_t last_job;

/* What each runner has: a job runs there until it says that it ended. */
static struct {
	struct polled_job jobs[16];
	size_t n;
} fleet[FLEET];

static unsigned pick(unsigned n)
{
	return (unsigned)rand() % n;
}

static const char *a_branch(void)
{
	static const char *const names[BRANCHES] = {"refs/heads/a", "refs/heads/b", "refs/heads/c",
						    "refs/heads/d", "refs/tags/e",  "refs/tags/f"};

	return names[pick(BRANCHES)];
}

static void note(struct accepted accepted)
{
	if (accepted.job > last_job)
		last_job = accepted.job;
}

static void do_event(void)
{
	static const enum event_kind kinds[] = {EVENT_PUSH,        EVENT_PUSH,   EVENT_PUSH,
						EVENT_PULL_OPENED, EVENT_DELETE, EVENT_PULL_CLOSED};
	struct event event = new_event(kinds[pick(6)], a_branch(), 1 + pick(COMMITS));

	set_commit(event.before, pick(COMMITS));
	event.skip_ci = event.kind == EVENT_PUSH && pick(8) == 0;
	event.pull = event.kind == EVENT_PULL_OPENED || event.kind == EVENT_PULL_CLOSED
			     ? 1 + (int)pick(3)
			     : 0;
	note(take(&event));
}

static void do_look(void)
{
	struct head heads[4];
	size_t n = 0;
	int count = 0;

	for (unsigned i = 0; i < 4; i++) {
		if (pick(4) == 0)
			continue;
		heads[n] = (struct head){.ref = xasprintf("refs/heads/%c", 'a' + (int)i),
					 .skip_ci = pick(8) == 0};
		set_commit(heads[n++].commit, 1 + pick(COMMITS));
	}
	ok(queue_catch_up(queue, "boss/demo", heads, n, &count, &err));
	last_job += count;
	for (size_t i = 0; i < n; i++)
		free(heads[i].ref);
}

static void drop_from_fleet(size_t runner, int64_t id, int attempt)
{
	for (size_t i = 0; i < fleet[runner].n; i++)
		if (fleet[runner].jobs[i].id == id && fleet[runner].jobs[i].attempt == attempt)
			fleet[runner].jobs[i] = fleet[runner].jobs[--fleet[runner].n];
}

/* An attempt is started once; a later one never before an earlier one. */
static void start(size_t runner, const struct job *job)
{
	for (size_t i = 0; i < fleet[runner].n; i++)
		if (fleet[runner].jobs[i].id == job->id &&
		    fleet[runner].jobs[i].attempt == job->attempt)
			fail_msg("job %d was given to its runner again", (int)job->id);
	assert_true(job->attempt >= seen[job->id].started);
	assert_int_equal(seen[job->id].finals, 0);
	seen[job->id].started = job->attempt;
	fleet[runner].jobs[fleet[runner].n++] =
		(struct polled_job){.id = job->id, .attempt = job->attempt};
}

static void do_poll(void)
{
	static const char *const names[FLEET] = {"a", "b", "c"};
	static const char *const reasons[] = {"exited", "cancelled", "timeout", "failed"};
	size_t runner = pick(FLEET);
	bool lost = pick(5) == 0;

	if (fleet[runner].n && pick(2)) {
		struct polled_job *job = &fleet[runner].jobs[pick((unsigned)fleet[runner].n)];

		job->exited = true;
		job->exit_reason = reasons[pick(4)];
	}
	{
		cleanup_orders struct orders orders =
			poll_as(names[runner], no_labels, fleet[runner].n < 8, fleet[runner].jobs,
				fleet[runner].n);

		if (lost) /* the answer */
			return;
		for (size_t i = 0; i < orders.n_forget; i++)
			drop_from_fleet(runner, orders.forget[i].id, orders.forget[i].attempt);
		for (size_t i = 0; i < orders.n_cancel; i++)
			for (size_t k = 0; k < fleet[runner].n; k++)
				if (fleet[runner].jobs[k].id == orders.cancel[i].id) {
					fleet[runner].jobs[k].exited = true;
					fleet[runner].jobs[k].exit_reason = "cancelled";
				}
		if (orders.has_job)
			start(runner, &orders.job);
	}
}

static void do_inspect(void)
{
	cleanup_job struct job job = {0};
	int code = queue_to_inspect(queue, &job, &err);

	ok(code);
	if (!code)
		return;
	if (pick(3) == 0)
		queue_postpone(queue, job.id, 0);
	else if (pick(2))
		ok(queue_try_again(queue, job.id, job.attempt, &err));
	else
		ok(queue_finish(queue, job.id, job.attempt, (enum job_reason)pick(JOB_BROKEN + 1),
				NULL, &err));
}

static void do_prepare(void)
{
	cleanup_job struct job job = {0};

	if (queue_unprepared(queue, &job, &err) > 0)
		ok(queue_prepared(queue, job.id, NULL, NULL, NULL, &err));
}

static void do_send(void)
{
	cleanup_status struct status status = {0};
	int code = queue_next_status(queue, &status, &err);

	ok(code);
	if (!code)
		return;
	assert_in_range(status.job, 1, JOBS - 1);
	assert_int_equal(seen[status.job].finals, 0);
	if (pick(3) == 0) {
		ok(queue_status_failed(queue, status.id, pick(2), 1, "away", &err));
		return;
	}
	ok(queue_status_sent(queue, status.id, &err));
	if (strcmp(status.state, "pending") == 0)
		return;
	seen[status.job].finals++;
}

static void do_people(void)
{
	int64_t id = 1 + pick((unsigned)last_job + 1), new = 0;

	if ((pick(2) ? queue_cancel(queue, id, &err) : queue_retry(queue, id, &new, &err)) < 0) {
		assert_true(err.code == JCI_EINVALID || err.code == JCI_ENOTFOUND);
		jci_error_clear(&err);
	}
	if (new > last_job)
		last_job = new;
}

static void do_restart(void)
{
	/* sometimes all leases and timeouts are over */
	queue_opts.lease_us = pick(2) ? 0 : LONG_LEASE_US;
	queue_opts.timeout_us = pick(8) ? LONG_LEASE_US : 0;
	queue_opts.supersede = (enum queue_supersede)pick(3);
	reopen();
}

static void end_all(void)
{
	for (int64_t id = 1; id <= last_job; id++) {
		cleanup_job struct job job = get(id);

		ok(queue_finish(queue, id, job.attempt, JOB_LOST, NULL, &err));
		check_state(id, JOB_DONE);
	}
	for (;;) {
		cleanup_status struct status status = {0};

		if (queue_next_status(queue, &status, &err) <= 0)
			break;
		seen[status.job].finals += strcmp(status.state, "pending") != 0;
		ok(queue_status_sent(queue, status.id, &err));
	}
}

static void test_anything(void **state)
{
	static void (*const steps[])(void) = {do_event, do_event,   do_poll,    do_poll,    do_poll,
					      do_poll,  do_prepare, do_prepare, do_prepare, do_send,
					      do_send,  do_inspect, do_inspect, do_people};
	const char *seed = getenv("JCI_TEST_SEED");

	(void)state;
	srand(seed ? (unsigned)strtoul(seed, NULL, 10) : 1);
	queue_opts.max_attempts = 2;
	for (unsigned i = 0; i < STEPS; i++) {
		steps[pick(ARRAY_SIZE(steps))]();
		if (pick(100) == 0)
			do_look();
		if (pick(200) == 0)
			do_restart();
	}
	end_all();
	assert_in_range(last_job, 100, JOBS - 1);
	for (int64_t id = 1; id <= last_job; id++)
		if (seen[id].finals != 1)
			fail_msg("job %d has %d final statuses", (int)id, seen[id].finals);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		QUEUE_TEST(test_killed),        QUEUE_TEST(test_full_disk),
		QUEUE_TEST(test_failing_calls), QUEUE_TEST(test_lost_transactions),
		QUEUE_TEST(test_anything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
