#include "tui/loop.h"
#include "tui/worker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <unistd.h>

#include "support.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/strbuf.h"

static struct loop *loop;

static int make_loop(void **state)
{
	(void)state;
	loop = loop_new();
	return 0;
}

static int remove_loop(void **state)
{
	(void)state;
	loop_free(loop);
	return 0;
}

/* ---- descriptors ---- */

struct end {
	int fd, writer;
	struct end *other;
	int calls;
	short revents;
};

static void make_end(struct end *end)
{
	int fds[2];

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	*end = (struct end){.fd = fds[0], .writer = fds[1]};
}

static void close_end(struct end *end)
{
	close(end->fd);
	close(end->writer);
}

static void make_ready(const struct end *end)
{
	assert_int_equal(write(end->writer, "x", 1), 1);
}

static void on_ready(void *ctx, short revents)
{
	struct end *end = ctx;
	char c;

	end->calls++;
	end->revents = revents;
	assert_int_equal(read(end->fd, &c, 1), 1);
	loop_quit(loop);
}

static void test_watch(void **state)
{
	struct end end;

	(void)state;
	make_end(&end);
	loop_watch(loop, end.fd, POLLIN, on_ready, &end);
	make_ready(&end);
	loop_run(loop);
	assert_int_equal(end.calls, 1);
	assert_true(end.revents & POLLIN);
	loop_unwatch(loop, end.fd);
	loop_unwatch(loop, end.fd);
	close_end(&end);
}

static void unwatch_other(void *ctx, short revents)
{
	struct end *end = ctx;

	end->calls++;
	end->revents = revents;
	loop_unwatch(loop, end->other->fd);
	loop_unwatch(loop, end->fd);
}

/* Two sleeps later: once before anything happened, once after it. */
static void quit_second_time(void *ctx)
{
	int *n = ctx;

	if (++*n == 2)
		loop_quit(loop);
}

/* Both are ready; whichever comes first takes the other away, which must not be called then. */
static void test_unwatch_while_dispatching(void **state)
{
	struct end a, b;
	int n = 0;

	(void)state;
	loop_before_sleep(loop, quit_second_time, &n);
	make_end(&a);
	make_end(&b);
	a.other = &b;
	b.other = &a;
	loop_watch(loop, a.fd, POLLIN, unwatch_other, &a);
	loop_watch(loop, b.fd, POLLIN, unwatch_other, &b);
	make_ready(&a);
	make_ready(&b);
	loop_run(loop);
	assert_int_equal(a.calls + b.calls, 1);
	close_end(&a);
	close_end(&b);
}

static struct end many[100];

static void watch_many(void *ctx, short revents)
{
	struct end *end = ctx;

	(void)revents;
	loop_unwatch(loop, end->fd);
	for (size_t i = 0; i < ARRAY_SIZE(many); i++)
		loop_watch(loop, many[i].fd, POLLIN, on_ready, &many[i]);
	make_ready(&many[77]);
}

static void test_watch_while_dispatching(void **state)
{
	struct end end;

	(void)state;
	make_end(&end);
	for (size_t i = 0; i < ARRAY_SIZE(many); i++)
		make_end(&many[i]);
	loop_watch(loop, end.fd, POLLIN, watch_many, &end);
	make_ready(&end);
	loop_run(loop);
	for (size_t i = 0; i < ARRAY_SIZE(many); i++) {
		assert_int_equal(many[i].calls, i == 77);
		loop_unwatch(loop, many[i].fd);
		close_end(&many[i]);
	}
	close_end(&end);
}

static void count_and_quit(void *ctx, short revents)
{
	struct end *end = ctx;

	end->calls++;
	end->revents = revents;
	loop_quit(loop);
}

/* A second call replaces; a descriptor that was closed is told of once. */
static void test_watch_replaces(void **state)
{
	struct end end, other = {.fd = -1};

	(void)state;
	make_end(&end);
	loop_watch(loop, end.fd, POLLIN, on_ready, &other);
	loop_watch(loop, end.fd, POLLIN, on_ready, &end);
	make_ready(&end);
	loop_run(loop);
	assert_int_equal(end.calls, 1);
	assert_int_equal(other.calls, 0);
	make_end(&other);
	loop_watch(loop, end.fd, POLLIN, count_and_quit, &end);
	close_end(&end);
	loop_run(loop);
	assert_int_equal(end.calls, 2);
	assert_true(end.revents & POLLNVAL);
	loop_watch(loop, other.fd, POLLIN, on_ready, &other);
	make_ready(&other);
	loop_run(loop);
	assert_int_equal(end.calls, 2);
	close_end(&other);
}

/* ---- timers ---- */

static struct strbuf order = STRBUF_INIT;

struct tick {
	struct loop_timer timer;
	const char *name;
	int again;
	struct loop_timer *stops;
	bool quits;
};

static void on_tick(void *ctx)
{
	struct tick *t = ctx;

	assert_int_equal(t->timer.due_us, 0);
	strbuf_addstr(&order, t->name);
	if (t->again && t->again--)
		loop_timer_set(loop, &t->timer, 0);
	if (t->stops)
		loop_timer_stop(loop, t->stops);
	if (t->quits)
		loop_quit(loop);
}

static void set_tick(struct tick *t, int64_t after_us)
{
	t->timer.fn = on_tick;
	t->timer.ctx = t;
	loop_timer_set(loop, &t->timer, after_us);
}

static void test_timers(void **state)
{
	struct tick a = {.name = "a"}, b = {.name = "b"}, c = {.name = "c", .quits = true};
	struct tick d = {.name = "d"};

	(void)state;
	strbuf_reset(&order);
	a.stops = &d.timer;
	set_tick(&c, 3000);
	set_tick(&a, 1000);
	set_tick(&d, 2500);
	set_tick(&b, 2000);
	set_tick(&b, 0); /* a second call moves it */
	loop_timer_stop(loop, &(struct loop_timer){0});
	loop_run(loop);
	assert_string_equal(order.buf, "bac");
	strbuf_release(&order);
}

/* One that sets itself again and again leaves the others their turn. */
static void test_timer_again(void **state)
{
	struct tick a = {.name = "a", .again = INT_MAX}, b = {.name = "b", .quits = true};

	(void)state;
	strbuf_reset(&order);
	set_tick(&a, 0);
	set_tick(&b, 1000);
	loop_run(loop);
	loop_timer_stop(loop, &a.timer);
	assert_int_equal(order.buf[0], 'a');
	assert_int_equal(order.buf[order.len - 1], 'b');
	strbuf_release(&order);
}

static void test_timer_is_not_early(void **state)
{
	struct tick a = {.name = "a", .quits = true};
	int64_t begin = clock_monotonic_us();

	(void)state;
	strbuf_reset(&order);
	set_tick(&a, 1500);
	loop_run(loop);
	assert_true(clock_monotonic_us() - begin >= 1500);
	strbuf_release(&order);
}

static void before_sleep(void *ctx)
{
	int *n = ctx;

	if (++*n == 3)
		loop_quit(loop);
}

static void test_before_sleep(void **state)
{
	struct tick a = {.name = "a", .again = 100};
	int n = 0;

	(void)state;
	loop_before_sleep(loop, before_sleep, &n);
	set_tick(&a, 0);
	loop_run(loop);
	assert_int_equal(n, 3);
	loop_timer_stop(loop, &a.timer);
	strbuf_release(&order);
}

/* ---- workers ---- */

/* A place for threads to meet: run() tells that it began, and waits until it is let go. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int begun, allowed;
} gate = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

struct task {
	struct job job;
	int runs;
	bool waits; /* at the gate */
	int publishes;
	bool fails, saw_repo;
	struct task **owner; /* set to NULL at the end */
};

static struct workers *workers;
static int progressed, done, released, failed;
static int quit_after; /* so many releases */

static int make_workers(void **state)
{
	make_loop(state);
	workers = workers_new(loop);
	gate.begun = gate.allowed = 0;
	progressed = done = released = failed = 0;
	return 0;
}

static int remove_workers(void **state)
{
	workers_free(workers);
	return remove_loop(state);
}

static void enter_gate(const struct job *job)
{
	pthread_mutex_lock(&gate.lock);
	gate.begun++;
	pthread_cond_broadcast(&gate.changed);
	while (!gate.allowed && !job_cancelled(job)) {
		/* a cancel does not signal this condition: look again */
		struct timespec soon;

		clock_gettime(CLOCK_REALTIME, &soon);
		soon.tv_nsec = (soon.tv_nsec + 1000000) % 1000000000;
		pthread_cond_timedwait(&gate.changed, &gate.lock, &soon);
	}
	pthread_mutex_unlock(&gate.lock);
}

static void wait_until_begun(int n)
{
	pthread_mutex_lock(&gate.lock);
	while (gate.begun < n)
		pthread_cond_wait(&gate.changed, &gate.lock);
	pthread_mutex_unlock(&gate.lock);
}

static void open_gate(void)
{
	pthread_mutex_lock(&gate.lock);
	gate.allowed = 1;
	pthread_cond_broadcast(&gate.changed);
	pthread_mutex_unlock(&gate.lock);
}

static void task_run(struct job *job, struct jci_repo *r)
{
	struct task *t = (struct task *)job;

	t->runs++;
	t->saw_repo = r->git != NULL;
	for (int i = 0; i < t->publishes; i++)
		job_publish(job);
	if (t->waits)
		enter_gate(job);
	if (t->fails)
		jci_error_set(&job->error, JCI_EFAIL, "it failed");
}

static void task_progress(struct job *job)
{
	assert_false(job_cancelled(job));
	progressed++;
	open_gate();
}

static void task_done(struct job *job)
{
	struct task *t = (struct task *)job;

	assert_false(job_cancelled(job));
	done++;
	if (job->error.code)
		failed++;
	else
		assert_true(t->saw_repo);
}

static void task_release(struct job *job)
{
	struct task *t = (struct task *)job;

	if (t->owner)
		*t->owner = NULL;
	free(t);
	if (++released == quit_after)
		loop_quit(loop);
}

static const struct job_ops task_ops = {
	.run = task_run,
	.progress = task_progress,
	.done = task_done,
	.release = task_release,
};

static struct task *start(bool waits)
{
	struct task *t = xcalloc(1, sizeof(*t));

	t->job.ops = &task_ops;
	t->waits = waits;
	job_start(workers, &t->job);
	return t;
}

static void run_until_released(int n)
{
	quit_after = n;
	loop_run(loop);
}

static void test_jobs(void **state)
{
	(void)state;
	for (int i = 0; i < 100; i++)
		start(false);
	assert_int_equal(workers_busy(workers), 100);
	run_until_released(100);
	assert_int_equal(done, 100);
	assert_int_equal(failed, 0);
	assert_int_equal(workers_busy(workers), 0);
}

/* All of WORKER_MAX at once, and the next one only after them. */
static void test_jobs_in_parallel(void **state)
{
	(void)state;
	for (int i = 0; i < WORKER_MAX + 1; i++)
		start(true);
	wait_until_begun(WORKER_MAX);
	assert_int_equal(gate.begun, WORKER_MAX);
	open_gate();
	run_until_released(WORKER_MAX + 1);
	assert_int_equal(done, WORKER_MAX + 1);
}

static void test_job_cancelled(void **state)
{
	struct job *running = &start(true)->job, *none = NULL;

	(void)state;
	wait_until_begun(1);
	job_cancel(&running);
	assert_null(running);
	job_cancel(&none);
	assert_int_equal(workers_busy(workers), 1);
	run_until_released(1);
	assert_int_equal(done, 0);
	assert_int_equal(workers_busy(workers), 0);
}

/* One that waits for a thread is released though no thread becomes free. */
static void test_job_cancelled_before_it_ran(void **state)
{
	struct job *waiting;

	(void)state;
	for (int i = 0; i < WORKER_MAX; i++)
		start(true);
	wait_until_begun(WORKER_MAX);
	waiting = &start(true)->job;
	start(false);
	job_cancel(&waiting);
	run_until_released(1);
	assert_int_equal(gate.begun, WORKER_MAX);
	assert_int_equal(done, 0);
	open_gate();
	run_until_released(WORKER_MAX + 2);
	assert_int_equal(done, WORKER_MAX + 1);
}

/* Several calls are one; the job waits at the gate until progress() opens it. */
static void test_progress(void **state)
{
	struct task *t = xcalloc(1, sizeof(*t));

	(void)state;
	t->job.ops = &task_ops;
	t->waits = true;
	t->publishes = 1000;
	job_start(workers, &t->job);
	run_until_released(1);
	assert_in_range(progressed, 1, 1000);
	assert_int_equal(done, 1);
}

static void progress_cancels(struct job *job)
{
	struct job *j = job;

	progressed++;
	job_cancel(&j);
}

static void test_progress_cancels(void **state)
{
	static const struct job_ops ops = {
		.run = task_run,
		.progress = progress_cancels,
		.done = task_done,
		.release = task_release,
	};
	struct task *t = xcalloc(1, sizeof(*t));

	(void)state;
	t->job.ops = &ops;
	t->waits = true;
	t->publishes = 1;
	job_start(workers, &t->job);
	run_until_released(1);
	assert_int_equal(progressed, 1);
	assert_int_equal(done, 0);
}

static void test_job_failed(void **state)
{
	struct task *t = xcalloc(1, sizeof(*t));

	(void)state;
	t->job.ops = &task_ops;
	t->fails = true;
	job_start(workers, &t->job);
	run_until_released(1);
	assert_int_equal(failed, 1);
}

/* A thread without a repository does not run the job, and done() hears why. */
static void test_no_repository(void **state)
{
	cleanup_free char *before = xstrdup(getenv("GIT_DIR"));

	(void)state;
	setenv("GIT_DIR", "/nonexistent", 1);
	start(false);
	run_until_released(1);
	setenv("GIT_DIR", before, 1);
	assert_int_equal(failed, 1);
	start(false);
	run_until_released(2);
	assert_int_equal(done, 2);
	assert_int_equal(failed, 1);
}

/* What waits, what runs and what has ended: all of it is released, none of it is done. */
static void test_free_cancels(void **state)
{
	(void)state;
	for (int i = 0; i < 3 * WORKER_MAX; i++)
		start(i > 0);
	wait_until_begun(WORKER_MAX);
	quit_after = 0;
	workers_free(workers);
	workers = NULL;
	assert_int_equal(released, 3 * WORKER_MAX);
	assert_int_equal(done, 0);
}

#define LOOP_TEST(f)   cmocka_unit_test_setup_teardown(f, make_loop, remove_loop)
#define WORKER_TEST(f) cmocka_unit_test_setup_teardown(f, make_workers, remove_workers)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LOOP_TEST(test_watch),
		LOOP_TEST(test_unwatch_while_dispatching),
		LOOP_TEST(test_watch_while_dispatching),
		LOOP_TEST(test_watch_replaces),
		LOOP_TEST(test_timers),
		LOOP_TEST(test_timer_again),
		LOOP_TEST(test_timer_is_not_early),
		LOOP_TEST(test_before_sleep),
		WORKER_TEST(test_jobs),
		WORKER_TEST(test_jobs_in_parallel),
		WORKER_TEST(test_job_cancelled),
		WORKER_TEST(test_job_cancelled_before_it_ran),
		WORKER_TEST(test_progress),
		WORKER_TEST(test_progress_cancels),
		WORKER_TEST(test_job_failed),
		WORKER_TEST(test_no_repository),
		WORKER_TEST(test_free_cancels),
	};

	return cmocka_run_group_tests(tests, make_bare_repo, remove_repo);
}
