/*
 * The event loop: the one thread that owns curses. It sleeps in poll(2) and never waits for git,
 * files or a child anywhere else; what takes long goes to tui/worker.h. Nothing runs while nothing
 * happens: there is no tick.
 */
#ifndef JCI_TUI_LOOP_H
#define JCI_TUI_LOOP_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

struct loop;
typedef void loop_fd_fn(void *ctx, short revents);
typedef void loop_timer_fn(void *ctx);

struct loop *loop_new(void);
void loop_free(struct loop *loop);

/* Calls fn when one of `events` (poll(2)) holds for fd. A second call for the same fd replaces. */
void loop_watch(struct loop *loop, int fd, short events, loop_fd_fn *fn, void *ctx);
void loop_unwatch(struct loop *loop, int fd);

/* A timer is part of its user; zero but for fn and ctx at the start. Once: fn may set it again. */
struct loop_timer {
	loop_timer_fn *fn;
	void *ctx;
	int64_t due_us; /* by the monotonic clock; 0: not set */
	struct loop_timer *next;
};
void loop_timer_set(struct loop *loop, struct loop_timer *timer, int64_t after_us);
void loop_timer_stop(struct loop *loop, struct loop_timer *timer);

/* Called before each sleep: the place where the screen is drawn. */
void loop_before_sleep(struct loop *loop, void (*fn)(void *ctx), void *ctx);
/* Until loop_quit(). */
void loop_run(struct loop *loop);
void loop_quit(struct loop *loop);

#endif
