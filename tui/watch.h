/*
 * Tells the panes what core/watch.h notices, and that one file grew. Changes that come together are
 * told once.
 */
#ifndef JCI_TUI_WATCH_H
#define JCI_TUI_WATCH_H

#include "tui/tui.h"

struct watch *watch_new(struct tui *tui);
void watch_free(struct watch *watch);
/* Commits whose runs shall be noticed whoever adds them: those on the screen. Replaces the last. */
void watch_commits(struct watch *watch, const git_oid *commits, size_t n);
/* The branch that is shown: "refs/heads/main"; NULL: none. */
void watch_branch(struct watch *watch, const char *ref);
/* A file or folder whose growth is told as CHANGED_FILE; NULL: none any more. */
void watch_file(struct watch *watch, const char *path);

#endif
