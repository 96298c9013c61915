/*
 * Gives the terminal back when the program ends without a chance to: on SIGSEGV and kin, on abort()
 * and when memory runs out. Then the signal takes its course.
 */
#ifndef JCI_TUI_CRASH_H
#define JCI_TUI_CRASH_H

#include <termios.h>

#include "util/strbuf.h"

/* From now on: the modes and the string that restore the terminal on standard output. */
void crash_arm(const struct termios *modes, const struct strbuf *restore);
void crash_disarm(void);
/* A stack for the handler in a thread of its own: one that ran over has no room for it. */
void crash_stack_begin(void);
void crash_stack_end(void);

#endif
