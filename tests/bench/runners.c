/*
 * runners [-n COUNT] [-s SECONDS] PORT PID: COUNT runners (default 1,000) that poll a `git jci
 * server` on 127.0.0.1, process PID, every 5 to 7 s as real ones do: each over a connection of its
 * own that it keeps, with all jobs that it has. The secret is in JCI_RUNNER_SECRET.
 *
 * For SECONDS (default 30) they take jobs, up to what the server lets each have, and never end any.
 * Then they take none, until the server has written nothing for 10 s (it tells Gitea of the jobs;
 * at most two minutes); then for SECONDS again. Prints a line for polls that brought a job, then
 * one for those of the last part, which brought nothing: how many, median, 99 % within and latest
 * in milliseconds, bytes that the server wrote (0 for the first, which isn't known), polls that
 * failed. A poll's time counts from when it was due, so it has in it what this program is late by.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	MAX_JOBS = 16,
	REQUEST = 4096,
	ANSWER = 16384,
	MAX_TIMES = 1000000,
	CALM_S = 10,
	CALM_TRIES = 12
};

#define SECOND_US ((int64_t)1000000)

struct job {
	long id, attempt;
};

struct runner {
	int fd;         /* -1: not connected */
	int number;     /* from 0 */
	int64_t due_us; /* of the next poll, or of the one under way */
	bool waits;     /* for the answer */
	struct job jobs[MAX_JOBS];
	int n_jobs, max_jobs;
	char answer[ANSWER];
	size_t len;
};

struct times {
	int64_t *us;
	size_t n, failed;
};

static struct times assigning, empty;
static bool takes_jobs = true, measures_empty;
static const char *secret;
static int port, epoll;

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * SECOND_US + t.tv_nsec / 1000;
}

static void fail(const char *what)
{
	fprintf(stderr, "runners: %s: %s\n", what, strerror(errno));
	exit(125);
}

/* ---- times ---- */

static void add_time(struct times *times, int64_t us)
{
	if (times->n < MAX_TIMES)
		times->us[times->n++] = us;
}

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static double at(const struct times *times, size_t percent)
{
	size_t i = times->n * percent / 100;

	if (times->n == 0)
		return 0;
	return (double)times->us[i < times->n ? i : times->n - 1] / 1000;
}

static void report(struct times *times, int64_t written)
{
	qsort(times->us, times->n, sizeof(*times->us), by_value);
	printf("%zu %.3f %.3f %.3f %" PRId64 " %zu\n", times->n, at(times, 50), at(times, 99),
	       at(times, 100), written, times->failed);
}

/* Bytes that the process had written to files: /proc/PID/io, see proc(5). */
static int64_t written_by(const char *pid)
{
	static const char key[] = "write_bytes: ";
	char path[64], line[128];
	int64_t bytes = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%s/io", pid);
	file = fopen(path, "r");
	if (!file)
		fail(path);
	while (fgets(line, sizeof(line), file))
		if (strncmp(line, key, strlen(key)) == 0)
			bytes = strtoll(line + strlen(key), NULL, 10);
	fclose(file);
	return bytes;
}

/* ---- a runner ---- */

static void connect_runner(struct runner *r)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = r};

	r->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (r->fd < 0 || connect(r->fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		fail("connect");
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, r->fd, &event) < 0)
		fail("epoll_ctl");
}

static size_t make_body(const struct runner *r, char *body, size_t size)
{
	int slots = takes_jobs && r->n_jobs < r->max_jobs ? r->max_jobs - r->n_jobs : 0;
	size_t n = (size_t)snprintf(
		body, size,
		"{\"protocol\":1,\"runner\":\"%08x-89ab-4cde-8123-456789abcdef\",\"name\":\"host-%"
		"d\","
		"\"version\":\"0.1.0\",\"labels\":[\"linux\",\"amd64\"],\"slots\":%d,\"jobs\":[",
		(unsigned)r->number, r->number, slots);

	for (int i = 0; i < r->n_jobs; i++)
		n += (size_t)snprintf(body + n, size - n,
				      "%s{\"id\":%ld,\"attempt\":%ld,\"state\":\"running\"}",
				      i ? "," : "", r->jobs[i].id, r->jobs[i].attempt);
	return n + (size_t)snprintf(body + n, size - n, "]}");
}

static void ask(struct runner *r)
{
	char body[REQUEST], request[2 * REQUEST];
	size_t len = make_body(r, body, sizeof(body));
	int n;

	n = snprintf(request, sizeof(request),
		     "POST /poll HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n"
		     "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
		     secret, len, body);
	if (r->fd < 0)
		connect_runner(r);
	if (write(r->fd, request, (size_t)n) != n)
		fail("write");
	r->waits = true;
	r->len = 0;
}

static void poll_later(struct runner *r)
{
	r->waits = false;
	r->due_us = now_us() + 5 * SECOND_US + random() % (2 * SECOND_US);
}

/* Of what the server answered, a job and max_jobs are all that matters here. */
static bool take_job(struct runner *r, const char *body)
{
	const char *job = strstr(body, "\"job\":{\"id\":"), *max = strstr(body, "\"max_jobs\":");
	const char *attempt = job ? strstr(job, "\"attempt\":") : NULL;

	if (max)
		r->max_jobs = atoi(max + strlen("\"max_jobs\":"));
	if (r->max_jobs > MAX_JOBS)
		r->max_jobs = MAX_JOBS;
	if (!attempt || r->n_jobs == MAX_JOBS)
		return false;
	r->jobs[r->n_jobs].id = atol(job + strlen("\"job\":{\"id\":"));
	r->jobs[r->n_jobs++].attempt = atol(attempt + strlen("\"attempt\":"));
	return true;
}

static void take_answer(struct runner *r, const char *body)
{
	int64_t us = now_us() - r->due_us;
	bool ok = strncmp(r->answer, "HTTP/1.1 200 ", 13) == 0;

	if (!ok)
		(takes_jobs ? &assigning : &empty)->failed++;
	else if (take_job(r, body))
		add_time(&assigning, us);
	else if (measures_empty)
		add_time(&empty, us);
	poll_later(r);
}

/* The server may close a connection that it had answered on; within an answer that is a failure. */
static void lose(struct runner *r)
{
	close(r->fd);
	r->fd = -1;
	if (!r->waits)
		return;
	(takes_jobs ? &assigning : &empty)->failed++;
	poll_later(r);
}

static void read_some(struct runner *r)
{
	ssize_t n = read(r->fd, r->answer + r->len, ANSWER - 1 - r->len);
	const char *body, *length;

	if (n <= 0) {
		lose(r);
		return;
	}
	r->len += (size_t)n;
	r->answer[r->len] = '\0';
	body = strstr(r->answer, "\r\n\r\n");
	length = strcasestr(r->answer, "\r\nContent-Length: ");
	if (!body || !length || length > body)
		return;
	body += 4;
	if (r->len - (size_t)(body - r->answer) >= strtoul(length + 18, NULL, 10))
		take_answer(r, body);
}

/* ---- all of them ---- */

/* They poll for so long. */
static void run(struct runner *all, size_t n, int64_t us)
{
	struct epoll_event events[256];
	int64_t end = now_us() + us;

	while (now_us() < end) {
		int ready = epoll_wait(epoll, events, 256, 1);

		for (int i = 0; i < ready; i++)
			read_some(events[i].data.ptr);
		for (size_t i = 0; i < n; i++)
			if (!all[i].waits && all[i].due_us <= now_us())
				ask(&all[i]);
	}
}

static void calm_down(struct runner *all, size_t n, const char *pid)
{
	int64_t before = -1;

	for (int i = 0; i < CALM_TRIES && before != written_by(pid); i++) {
		before = written_by(pid);
		run(all, n, CALM_S * SECOND_US);
	}
}

static struct runner *start(size_t n)
{
	struct runner *all = calloc(n, sizeof(*all));
	int64_t now = now_us();

	assigning.us = calloc(MAX_TIMES, sizeof(int64_t));
	empty.us = calloc(MAX_TIMES, sizeof(int64_t));
	epoll = epoll_create1(EPOLL_CLOEXEC);
	if (!all || !assigning.us || !empty.us || epoll < 0)
		fail("start");
	for (size_t i = 0; i < n; i++) {
		all[i].number = (int)i;
		all[i].max_jobs = 1;
		all[i].due_us = now + SECOND_US + random() % (6 * SECOND_US);
		connect_runner(&all[i]);
	}
	return all;
}

int main(int argc, char **argv)
{
	int64_t us = 30 * SECOND_US, before;
	struct runner *all;
	size_t n = 1000;
	int option;

	secret = getenv("JCI_RUNNER_SECRET");
	while ((option = getopt(argc, argv, "n:s:")) != -1) {
		if (option == 'n')
			n = (size_t)atoi(optarg);
		else if (option == 's')
			us = atoi(optarg) * SECOND_US;
		else
			return 2;
	}
	if (!secret || optind + 2 != argc)
		return 2;
	port = atoi(argv[optind]);
	all = start(n);
	run(all, n, us);
	takes_jobs = false;
	calm_down(all, n, argv[optind + 1]);
	measures_empty = true;
	before = written_by(argv[optind + 1]);
	run(all, n, us);
	report(&assigning, 0);
	report(&empty, written_by(argv[optind + 1]) - before);
	return 0;
}
