/*
 * One file or folder that is being written to, told about at most some thirty times a second
 * however fast it grows, and without a wake-up while it doesn't. A part of tui/watch.h.
 */
#ifndef JCI_TUI_FOLLOW_H
#define JCI_TUI_FOLLOW_H

#include <stdint.h>

#include "tui/tui.h"

struct follow;
struct follow *follow_new(struct tui *tui);
void follow_free(struct follow *follow);
/* NULL: none any more. */
void follow_set(struct follow *follow, const char *path);

/*
 * Mixes what lstat(2) says of a path (size, time of change, which file) into a number that differs
 * when it changes; for where inotify isn't there or isn't worth it.
 */
uint64_t follow_mix(uint64_t sum, const char *path);
enum { FOLLOW_POLL_US = 1000000 };

#endif
