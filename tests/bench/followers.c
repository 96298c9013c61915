/*
 * followers -g SECONDS: prints a log of 1 MB/s, lines of LINE bytes that begin with the time
 * (CLOCK_MONOTONIC, microseconds) and their number.
 *
 * followers [-n COUNT] -r FIFO PORT PATH: follows such a log over COUNT connections to 127.0.0.1 as
 * `git jci web` tells it (server-sent events; HTTP/1.0, so without chunks), and checks every byte.
 * Once all have been answered a line is written to FIFO, for which the script waits that makes the
 * log. Prints the largest lateness of all lines in all connections and the one that 99 % are
 * within, in milliseconds, how many connections got everything and the end, and the bytes of the
 * log.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { LINE = 1000, HEAD = 28, STEP_MS = 10, BUFFER = 256 * 1024, LATE_MAX_MS = 10000 };

static char filler[LINE - HEAD + 1]; /* of a line, with its newline */

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void fail(const char *what)
{
	fprintf(stderr, "followers: %s: %s\n", what, strerror(errno));
	exit(125);
}

static void make_filler(void)
{
	static const char text[] = "CC src/module.c -o build/module.o -O2 -Wall -Wextra ";

	for (size_t i = 0; i < LINE - HEAD - 1; i++)
		filler[i] = text[i % (sizeof(text) - 1)];
	filler[LINE - HEAD - 1] = '\n';
}

/* ---- the log ---- */

static int generate(int seconds)
{
	const struct timespec step = {.tv_nsec = 1000000};
	const int64_t start = now_us();
	uint64_t number = 0;

	for (int64_t ms = 0; ms < seconds * 1000; ms += STEP_MS) {
		while (now_us() < start + ms * 1000)
			nanosleep(&step, NULL);
		for (int i = 0; i < STEP_MS; i++)
			printf("%016" PRId64 "%011" PRIu64 " %s", now_us(), number++, filler);
		fflush(stdout);
	}
	return 0;
}

/* ---- followers ---- */

enum state { IN_HEAD, BEFORE_TEXT, IN_TEXT, IN_ESCAPE };

struct follower {
	int fd;
	enum state state;
	size_t matched; /* of what the state waits for */
	char line[LINE];
	size_t len;
	uint64_t lines;
	bool wrong, ended;
};

static uint64_t late[LATE_MAX_MS + 1]; /* lines that were so many milliseconds late */
static size_t n_answered;

static void check_line(struct follower *f, int64_t now)
{
	char number[24], time[24];
	int64_t ms;

	memcpy(time, f->line, 16);
	memcpy(number, f->line + 16, 11);
	time[16] = number[11] = '\0';
	if (strtoull(number, NULL, 10) != f->lines ||
	    memcmp(f->line + HEAD, filler, LINE - HEAD) != 0)
		f->wrong = true;
	ms = (now - (int64_t)strtoull(time, NULL, 10)) / 1000;
	late[ms < 0 ? 0 : ms < LATE_MAX_MS ? ms : LATE_MAX_MS]++;
	f->lines++;
	f->len = 0;
}

static void take_text(struct follower *f, const char *p, size_t n, int64_t now)
{
	while (n > 0) {
		size_t part = LINE - f->len < n ? LINE - f->len : n;

		memcpy(f->line + f->len, p, part);
		f->len += part;
		p += part;
		n -= part;
		if (f->len == LINE)
			check_line(f, now);
	}
}

/* Looks for a text in what comes; how much of p was read, all of it if it isn't there yet. */
static size_t look_for(struct follower *f, const char *text, const char *p, size_t n, bool *found)
{
	*found = false;
	for (size_t i = 0; i < n; i++) {
		f->matched = p[i] == text[f->matched] ? f->matched + 1 : p[i] == text[0];
		if (!text[f->matched]) {
			f->matched = 0;
			*found = true;
			return i + 1;
		}
	}
	return n;
}

/* In the text of an event: to its closing quote or a backslash. */
static size_t read_text(struct follower *f, const char *p, size_t n, int64_t now)
{
	const char *quote = memchr(p, '"', n), *back;
	size_t len = quote ? (size_t)(quote - p) : n;

	back = memchr(p, '\\', len);
	if (back) {
		take_text(f, p, (size_t)(back - p), now);
		f->state = IN_ESCAPE;
		return (size_t)(back - p) + 1;
	}
	take_text(f, p, len, now);
	if (quote)
		f->state = BEFORE_TEXT;
	return quote ? len + 1 : len;
}

/* Between texts "event: end" may come: its data has the word reason. */
static size_t read_between(struct follower *f, const char *p, size_t n)
{
	static const char end[] = "\"reason\"";
	bool found;
	size_t i = look_for(f, "\"text\":\"", p, n, &found);

	if (found)
		f->state = IN_TEXT;
	else if (memmem(p, n, end, sizeof(end) - 1))
		f->ended = true;
	return i;
}

static void take(struct follower *f, const char *p, size_t n, int64_t now)
{
	while (n > 0) {
		size_t done = 1;
		bool found;

		switch (f->state) {
		case IN_HEAD:
			done = look_for(f, "\r\n\r\n", p, n, &found);
			if (found) {
				f->state = BEFORE_TEXT;
				n_answered++;
			}
			break;
		case BEFORE_TEXT:
			done = read_between(f, p, n);
			break;
		case IN_TEXT:
			done = read_text(f, p, n, now);
			break;
		case IN_ESCAPE: /* the only one that this log has */
			f->wrong |= *p != 'n';
			take_text(f, "\n", 1, now);
			f->state = IN_TEXT;
			break;
		}
		p += done;
		n -= done;
	}
}

static int connect_to(int port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		fail("connect");
	return fd;
}

static void begin(struct follower *f, int epoll, int port, const char *path)
{
	char request[512];
	int n = snprintf(request, sizeof(request), "GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n",
			 path);
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = f};

	f->fd = connect_to(port);
	if (write(f->fd, request, (size_t)n) != n)
		fail("write");
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, f->fd, &event) < 0)
		fail("epoll_ctl");
}

/* False at its end. */
static bool read_some(struct follower *f)
{
	static char buffer[BUFFER];
	ssize_t n = read(f->fd, buffer, sizeof(buffer));

	if (n > 0)
		take(f, buffer, (size_t)n, now_us());
	else
		close(f->fd);
	return n > 0;
}

static void let_go(const char *fifo)
{
	int fd = open(fifo, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "\n", 1) != 1)
		fail(fifo);
	close(fd);
}

static void follow_all(struct follower *all, size_t n, int epoll, const char *fifo)
{
	struct epoll_event events[64];
	size_t open = n;
	bool waits = true;

	while (open > 0) {
		int ready = epoll_wait(epoll, events, 64, 60000);

		if (ready <= 0)
			return;
		for (int i = 0; i < ready; i++)
			open -= !read_some(events[i].data.ptr);
		if (waits && n_answered == n) {
			let_go(fifo);
			waits = false;
		}
	}
	(void)all;
}

static void report(const struct follower *all, size_t n)
{
	uint64_t lines = 0, good = 0, total = 0, sum = 0;
	int max = 0, most = -1;

	for (size_t i = 0; i < n; i++)
		lines = all[i].lines > lines ? all[i].lines : lines;
	for (size_t i = 0; i < n; i++)
		good += !all[i].wrong && all[i].ended && all[i].lines == lines && !all[i].len;
	for (int ms = 0; ms <= LATE_MAX_MS; ms++) {
		total += late[ms];
		max = late[ms] ? ms : max;
	}
	for (int ms = 0; ms <= LATE_MAX_MS && most < 0; ms++) {
		sum += late[ms];
		most = sum * 100 >= total * 99 ? ms : -1;
	}
	printf("%d %d %" PRIu64 " %" PRIu64 "\n", max, most, good, lines * LINE);
}

int main(int argc, char **argv)
{
	size_t n = 500;
	const char *fifo = NULL;
	struct follower *all;
	int option, epoll;

	make_filler();
	while ((option = getopt(argc, argv, "g:n:r:")) != -1) {
		if (option == 'g')
			return generate(atoi(optarg));
		if (option == 'n')
			n = (size_t)atoi(optarg);
		else
			fifo = optarg;
	}
	if (!fifo || optind + 2 != argc)
		return 2;
	all = calloc(n, sizeof(*all));
	epoll = epoll_create1(EPOLL_CLOEXEC);
	for (size_t i = 0; i < n; i++)
		begin(&all[i], epoll, atoi(argv[optind]), argv[optind + 1]);
	follow_all(all, n, epoll, fifo);
	report(all, n);
	return 0;
}
