/*
 * What an answer was made from, so that it can be told cheaply whether it still holds: files and
 * folders with the times of their last change. git replaces its files by renaming, which changes
 * the folder too.
 *
 * A file that was changed within the last moments before it was looked at could be changed once
 * more without a new time: until that is over the stamps don't hold (git's own "racy" rule).
 */
#ifndef JCI_WEB_STAMPS_H
#define JCI_WEB_STAMPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/cleanup.h"

struct web_stamps {
	struct web_stamp *items;
	size_t n, cap;
	bool racy;
};
#define WEB_STAMPS_INIT           \
	{                         \
		NULL, 0, 0, false \
	}
void web_stamps_release(struct web_stamps *stamps);

/* Before the thing is read; it need not be there. */
void web_stamps_add(struct web_stamps *stamps, const char *path);
/* A folder and all folders below it. */
void web_stamps_add_folders(struct web_stamps *stamps, const char *path);
/* Whether all is as it was. */
bool web_stamps_hold(const struct web_stamps *stamps);

#endif
