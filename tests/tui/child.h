/*
 * A program on a pseudo-terminal of its own, as a shell would run it: a session that is ours, and
 * the program's process group in the foreground, so that it can be stopped.
 */
#ifndef JCI_TESTS_TUI_CHILD_H
#define JCI_TESTS_TUI_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <termios.h>

#include "util/strbuf.h"

struct child {
	pid_t pid;	   /* 0: not started, or its end is known */
	int master, slave; /* -1: closed */
	int idle;	   /* a byte comes whenever the program has nothing to do: $JCI_IDLE_FD */
	bool sends_idle;   /* it has, once */
	int status;	   /* of wait(2) */
	bool stopped;
	struct termios before;
};

/* argv ends with NULL. Exits with a message on failure. */
void child_start(struct child *child, const char *const *argv, int columns, int rows);
void child_resize(const struct child *child, int columns, int rows);
void child_write(const struct child *child, const char *data, size_t len);
void child_hang_up(struct child *child);

/*
 * Waits for something of it, until the deadline (clock_monotonic_us()): appends what it wrote; true
 * if the deadline has not passed. *idle: whether it told that it has nothing to do, all that it read
 * included. *changed: whether it ended or was stopped.
 */
bool child_poll(struct child *child, int64_t deadline_us, struct strbuf *output, bool *idle,
		bool *changed);
/* Appends all that it wrote up to now. */
void child_drain(struct child *child, int64_t deadline_us, struct strbuf *output);
/* Forgets what it told of being idle. */
void child_forget_idle(struct child *child);
/* Continues it in the foreground, after it was stopped. */
void child_continue(struct child *child);
/*
 * Stops it, appends all that its terminal holds, continues it; how many bytes these were. For when
 * it may be blocked by a terminal that is full.
 */
size_t child_take_queued(struct child *child, struct strbuf *output);

struct child_usage {
	double cpu_ms;		     /* of all its threads that live */
	unsigned long long switches; /* how often they slept */
	unsigned long long peak_kib; /* of memory */
};
bool child_usage(const struct child *child, struct child_usage *usage);

/* Modes of the terminal that differ from those at the start, a line each. */
void child_add_modes(const struct child *child, struct strbuf *sb);

#endif
