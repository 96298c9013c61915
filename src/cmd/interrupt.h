/*
 * SIGINT, SIGTERM and SIGHUP while runs go on: they become readable on a descriptor instead of
 * ending the process, so that the partial result is stored. Signals that were ignored when the
 * program started (nohup, background jobs) stay ignored.
 */
#ifndef JCI_CMD_INTERRUPT_H
#define JCI_CMD_INTERRUPT_H

/*
 * Starts it, and ignores SIGPIPE; the descriptor stays open to the end. -1 with errno set. text
 * (translated; may be NULL) is printed on a terminal when the first signal comes.
 */
int interrupt_begin(const char *text);
/*
 * In a forked child that goes on with runs: gives it a descriptor of its own (under the same
 * number) and a process group of its own, so that only the parent's signals reach it, each once.
 */
void interrupt_forked(void);
/* The first signal that came, 0: none yet; and how many did. */
int interrupt_signal(void);
int interrupt_count(void);
/* Ends by that signal, as the caller's shell expects it; returns `status` if none came. */
int interrupt_end(int status);

#endif
