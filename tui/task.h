/*
 * Commands that the browser starts. In the background: without a terminal, standard error and
 * output kept, progress in the status line. In the foreground: the terminal is theirs until they
 * end.
 */
#ifndef JCI_TUI_TASK_H
#define JCI_TUI_TASK_H

#include "tui/tui.h"

struct task_result {
	int status;   /* as a shell has it: 128 + N for signal N */
	char *output; /* what it printed, the last 64 KiB; never NULL */
};

struct task {
	const char *const *argv; /* "git-jci" is this very program, whatever PATH says */
	const char *title;       /* in the status line while it goes on; NULL: none */
	bool detached;           /* goes on when the browser ends; only standard error is kept */
	const char *left; /* printed at the end of the browser while it goes on; NULL: nothing */
	/* In the loop's thread; NULL: a failure is shown with its text, success is not. */
	void (*done)(struct tui *tui, const struct task_result *result, void *ctx);
	void (*release)(void *ctx);
	void *ctx;
};
/*
 * Variables of tui/command.h are in its environment, unless it is this very program; it has no
 * terminal. ctx belongs to the task, also where it can't be started.
 */
int task_start(struct tui *tui, const struct task *task, struct jci_error *err);
unsigned task_count(const struct tui *tui); /* that go on, detached ones not counted */
/* Shows why it failed: with what it printed, or else with its status. */
void task_fail(struct tui *tui, const char *title, const struct task_result *result);
/* The last line of its output; NULL where it printed nothing. The caller frees it. */
char *task_last_line(const char *output);

/* All of a browser, for tui/act.h. The end tells detached ones that go on, and ends the others. */
struct tasks;
struct tasks *tasks_new(struct tui *tui);
void tasks_free(struct tasks *tasks);

/*
 * In the foreground; returns its status, <0 where it could not be started. `wait`: asks for Enter
 * before the screen comes back, so that its output can be read, as is done for all that fail;
 * without, less(1) does not end by itself where all fits on the screen. input: a descriptor, or -1:
 * the terminal. ^Z suspends the browser with it.
 */
int task_foreground(struct tui *tui, const char *const *argv, int input, bool wait,
		    struct jci_error *err);

#endif
