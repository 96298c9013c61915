#include "tui/loop.h"

#include <errno.h>
#include <time.h>

#include "util/alloc.h"
#include "util/clock.h"

struct watch_entry {
	loop_fd_fn *fn;
	void *ctx;
};

/* An entry that is taken away while callbacks run has the descriptor -1 until they have. */
struct loop {
	struct pollfd *fds;
	struct watch_entry *watches; /* of the same index */
	size_t n, fds_cap, watches_cap;
	struct loop_timer *timers; /* by due_us */
	void (*before_sleep)(void *ctx);
	void *before_sleep_ctx;
	bool dispatching, quit;
};

struct loop *loop_new(void)
{
	return xcalloc(1, sizeof(struct loop));
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	free(loop->fds);
	free(loop->watches);
	free(loop);
}

/* ---- descriptors ---- */

static size_t find(const struct loop *loop, int fd)
{
	size_t i = 0;

	while (i < loop->n && loop->fds[i].fd != fd)
		i++;
	return i;
}

/* What poll(2) said of a descriptor that is watched anew may be about an older file. */
void loop_watch(struct loop *loop, int fd, short events, loop_fd_fn *fn, void *ctx)
{
	size_t i = find(loop, fd);

	if (i == loop->n) {
		ARRAY_GROW(loop->fds, i + 1, loop->fds_cap);
		ARRAY_GROW(loop->watches, i + 1, loop->watches_cap);
		loop->n++;
	}
	loop->fds[i] = (struct pollfd){.fd = fd, .events = events};
	loop->watches[i] = (struct watch_entry){fn, ctx};
}

static void remove_entry(struct loop *loop, size_t i)
{
	loop->n--;
	loop->fds[i] = loop->fds[loop->n];
	loop->watches[i] = loop->watches[loop->n];
}

void loop_unwatch(struct loop *loop, int fd)
{
	size_t i = find(loop, fd);

	if (i == loop->n)
		return;
	if (loop->dispatching)
		loop->fds[i] = (struct pollfd){.fd = -1};
	else
		remove_entry(loop, i);
}

static void dispatch_fds(struct loop *loop)
{
	loop->dispatching = true;
	for (size_t i = 0, n = loop->n; i < n && !loop->quit; i++) {
		short revents = loop->fds[i].revents;
		struct watch_entry watch = loop->watches[i];

		if (!revents)
			continue;
		if (revents & POLLNVAL) /* closed: it would be ready for ever */
			loop_unwatch(loop, loop->fds[i].fd);
		watch.fn(watch.ctx, revents);
	}
	loop->dispatching = false;
	for (size_t i = loop->n; i > 0; i--) {
		if (loop->fds[i - 1].fd < 0)
			remove_entry(loop, i - 1);
	}
}

/* ---- timers ---- */

void loop_timer_stop(struct loop *loop, struct loop_timer *timer)
{
	struct loop_timer **at = &loop->timers;

	if (!timer->due_us)
		return;
	while (*at != timer)
		at = &(*at)->next;
	*at = timer->next;
	timer->due_us = 0;
	timer->next = NULL;
}

void loop_timer_set(struct loop *loop, struct loop_timer *timer, int64_t after_us)
{
	struct loop_timer **at = &loop->timers;
	int64_t due = clock_monotonic_us() + (after_us > 0 ? after_us : 0);

	loop_timer_stop(loop, timer);
	while (*at && (*at)->due_us <= due)
		at = &(*at)->next;
	timer->due_us = due;
	timer->next = *at;
	*at = timer;
}

/* A timer that its own call set again waits for the next turn: descriptors get theirs between. */
static void dispatch_timers(struct loop *loop)
{
	int64_t now;

	if (!loop->timers)
		return;
	now = clock_monotonic_us();
	while (loop->timers && loop->timers->due_us < now && !loop->quit) {
		struct loop_timer *timer = loop->timers;

		loop_timer_stop(loop, timer);
		timer->fn(timer->ctx);
	}
}

/* ---- turns ---- */

void loop_before_sleep(struct loop *loop, void (*fn)(void *ctx), void *ctx)
{
	loop->before_sleep = fn;
	loop->before_sleep_ctx = ctx;
}

static struct timespec time_left(const struct loop *loop)
{
	int64_t us = loop->timers->due_us + 1 - clock_monotonic_us();

	if (us < 0)
		us = 0;
	return (struct timespec){us / 1000000, us % 1000000 * 1000};
}

/* A signal alone is no event: its handler makes a descriptor ready where it matters. */
static void wait_for_events(struct loop *loop)
{
	struct timespec left;
	int ready;

	do {
		if (loop->timers)
			left = time_left(loop);
		ready = ppoll(loop->fds, loop->n, loop->timers ? &left : NULL, NULL);
	} while (ready < 0 && errno == EINTR);
	for (size_t i = 0; ready <= 0 && i < loop->n; i++)
		loop->fds[i].revents = 0;
}

void loop_run(struct loop *loop)
{
	loop->quit = false;
	for (;;) {
		if (loop->before_sleep)
			loop->before_sleep(loop->before_sleep_ctx);
		if (loop->quit)
			break;
		wait_for_events(loop);
		dispatch_timers(loop);
		dispatch_fds(loop);
		if (loop->quit)
			break;
	}
}

void loop_quit(struct loop *loop)
{
	loop->quit = true;
}
