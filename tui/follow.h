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

#endif
