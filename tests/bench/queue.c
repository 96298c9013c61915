/*
 * How fast the server's queue is, on the disk of a folder:
 *
 *	queue FOLDER
 */
#include "server/queue.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "util/alloc.h"
#include "util/clock.h"
#include "util/io.h"

enum { MAX_THREADS = 32, ACCEPTS = 8192, PENDING = 10000, REPOSITORIES = 100, RUNNERS = 1000 };

static struct queue *queue;
static int64_t latencies[ACCEPTS * 2];
static unsigned next_one;

static void ok(int code, const struct jci_error *err)
{
	if (code >= 0)
		return;
	fprintf(stderr, "%s\n", err->message);
	exit(1);
}

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void report(const char *what, size_t n, int64_t us)
{
	qsort(latencies, n, sizeof(*latencies), by_value);
	printf("%-44s %8.0f/s  median %6" PRId64 " us  p99 %6" PRId64 " us  max %7" PRId64 " us\n",
	       what, (double)n * 1e6 / (double)us, latencies[n / 2], latencies[n * 99 / 100],
	       latencies[n - 1]);
	fflush(stdout);
}

static struct event new_event(unsigned n, char *repository, char *ref)
{
	struct event event = {.kind = EVENT_PUSH, .repository = repository, .ref = ref};

	snprintf(event.commit, sizeof(event.commit), "%040x", n + 1);
	snprintf(event.before, sizeof(event.before), "%040x", n);
	memcpy(event.digest, &n, sizeof(n));
	for (size_t i = 4; i < sizeof(event.digest); i++)
		event.digest[i] = (unsigned char)(n * 2654435761u >> (i % 24));
	return event;
}

/* ---- accepting ---- */

struct accepting {
	const char *repository;
	bool one_ref;
	unsigned end;
};

static void *accept_some(void *arg)
{
	const struct accepting *job = arg;
	struct jci_error err = JCI_ERROR_INIT;
	struct accepted accepted;
	unsigned n;

	while ((n = __atomic_fetch_add(&next_one, 1, __ATOMIC_RELAXED)) < job->end) {
		cleanup_free char *ref = xasprintf("refs/heads/%u", job->one_ref ? 0 : n);
		cleanup_free char *id = xasprintf("%08x-96c2-46e5-95c1-33a1c1bb949d", n);
		struct event event = new_event(n, (char *)job->repository, ref);
		int64_t start = clock_monotonic_us();

		event.delivery = id;
		ok(queue_accept(queue, &event, &accepted, &err), &err);
		latencies[n % ARRAY_SIZE(latencies)] = clock_monotonic_us() - start;
	}
	return NULL;
}

static void accept_with(unsigned threads, const char *repository, bool one_ref)
{
	const unsigned start = (next_one / ARRAY_SIZE(latencies) + 1) * ARRAY_SIZE(latencies);
	struct accepting job = {repository, one_ref, start + (threads > 1 ? ACCEPTS : 1000)};
	cleanup_free char *what =
		xasprintf("accept, %u threads%s", threads, one_ref ? ", one branch" : "");
	pthread_t ids[MAX_THREADS];
	struct queue_numbers before, after;
	int64_t from;

	queue_numbers(queue, &before);
	from = clock_monotonic_us();
	next_one = start;
	for (unsigned i = 0; i < threads; i++)
		pthread_create(&ids[i], NULL, accept_some, &job);
	for (unsigned i = 0; i < threads; i++)
		pthread_join(ids[i], NULL);
	report(what, job.end - start, clock_monotonic_us() - from);
	queue_numbers(queue, &after);
	printf("  %.1f a commit\n",
	       (double)(job.end - start) / (double)(after.commits - before.commits));
}

/* ---- polling ---- */

static bool poll_once(unsigned runner, int slots, const char *label)
{
	const char *const labels[] = {"linux", label, NULL};
	cleanup_free char *id = xasprintf("%08u-0000-4000-8000-000000000000", runner);
	const struct poll poll = {id, "runner", "0.1.0", labels, slots, NULL, 0};
	cleanup_orders struct orders orders = {0};
	struct jci_error err = JCI_ERROR_INIT;

	ok(queue_poll(queue, &poll, &orders, &err), &err);
	return orders.has_job;
}

static void poll_many(const char *what, unsigned first, unsigned n, int slots, const char *label,
		      bool expected)
{
	int64_t from = clock_monotonic_us();

	for (unsigned i = 0; i < n; i++) {
		int64_t start = clock_monotonic_us();

		if (poll_once(first + i, slots, label) != expected)
			fprintf(stderr, "unexpected: %s\n", what);
		latencies[i] = clock_monotonic_us() - start;
	}
	report(what, n, clock_monotonic_us() - from);
}

static void fill(void)
{
	struct jci_error err = JCI_ERROR_INIT;
	const unsigned start = next_one + 100000;

	for (unsigned i = 0; i < PENDING; i++) {
		cleanup_free char *repository = xasprintf("bench/%u", i % REPOSITORIES);
		cleanup_free char *ref = xasprintf("refs/heads/%u", i);
		struct event event = new_event(start + i, repository, ref);
		struct accepted accepted;

		ok(queue_accept(queue, &event, &accepted, &err), &err);
		ok(queue_prepared(queue, accepted.job, i % 2 ? "linux amd64" : "amd64", NULL, NULL,
				  &err),
		   &err);
	}
}

static void measure_polls(void)
{
	struct jci_error err = JCI_ERROR_INIT;
	struct queue_numbers n;
	struct rusage usage;

	fill();
	queue_numbers(queue, &n);
	printf("%" PRId64 " pending jobs\n", n.pending);
	poll_many("poll, new runner, no slots", 0, RUNNERS, 0, "amd64", false);
	poll_many("poll, no slots", 0, RUNNERS, 0, "amd64", false);
	poll_many("poll, no job for it", 2 * RUNNERS, RUNNERS, 1, NULL, false);
	poll_many("poll, no job for it, again", 2 * RUNNERS, RUNNERS, 1, NULL, false);
	poll_many("poll, a job", 0, RUNNERS, 1, "amd64", true);
	poll_many("poll, the same job again", 0, RUNNERS, 1, "amd64", true);
	for (int64_t start = clock_monotonic_us(), i = 0; i < 1; i++) {
		cleanup_status struct status status = {0};

		ok(queue_next_status(queue, &status, &err), &err);
		printf("next status: %" PRId64 " us\n", clock_monotonic_us() - start);
	}
	getrusage(RUSAGE_SELF, &usage);
	printf("memory: %ld MiB\n", usage.ru_maxrss / 1024);
}

int main(int argc, char **argv)
{
	cleanup_free char *path = xasprintf("%s/queue.db", argc > 1 ? argv[1] : ".");
	const struct queue_options options = {.path = path,
					      .lease_us = INT64_C(120) * 1000000,
					      .timeout_us = INT64_C(3600) * 1000000,
					      .max_attempts = 3,
					      .max_jobs = 4};
	struct jci_error err = JCI_ERROR_INIT;
	int64_t start;

	ok(queue_open(&queue, &options, &err), &err);
	accept_with(1, "bench/one", false);
	accept_with(32, "bench/many", false);
	accept_with(8, "bench/eight", false);
	accept_with(32, "bench/branch", true);
	measure_polls();
	queue_close(queue);
	start = clock_monotonic_us();
	ok(queue_open(&queue, &options, &err), &err);
	printf("open: %" PRId64 " ms\n", (clock_monotonic_us() - start) / 1000);
	queue_close(queue);
	return 0;
}
