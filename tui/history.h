/*
 * The model of the commits pane: rows (hashes of commits, 20 bytes each), read as they are needed
 * by a walk in the background; what is known of those on the screen; branches and tags. All in the
 * loop's thread; nothing here waits.
 */
#ifndef JCI_TUI_HISTORY_H
#define JCI_TUI_HISTORY_H

#include "tui/commitinfo.h"
#include "tui/decor.h"
#include "tui/historywalk.h"
#include "tui/worker.h"

/* Where a search or history_find() ended. */
struct history_found {
	bool found, wrapped, backward;
	bool is_search;
	size_t row;
};

struct history_ops {
	/* Another beginning is shown, or the same one read again: all rows are new. */
	void (*opened)(void *ctx);
	/* More rows, or more is known of them. */
	void (*changed)(void *ctx);
	void (*found)(void *ctx, const struct history_found *found);
	/* All rows are there, as history_load_all() was asked for. */
	void (*complete)(void *ctx);
	/* The error is the callee's to clear. What is shown stays. */
	void (*failed)(void *ctx, struct jci_error *err);
};

struct history;
struct history *history_new(struct workers *workers, const struct history_ops *ops, void *ctx);
void history_free(struct history *h);

/*
 * Shows another beginning, which takes the place of this one once its first `screen` rows are there
 * with all that they say. Takes over what start holds.
 */
void history_open(struct history *h, struct history_start *start, size_t screen);
/*
 * Reads it again, if its branch has moved (or `force`). What is shown stays until the new rows
 * reach down to `keep` (NULL: anywhere), unless that is gone.
 */
void history_reload(struct history *h, const git_oid *keep, size_t screen, bool force);
/* Branches and tags once more. */
void history_decorate(struct history *h);

/* NULL until something is open. */
const struct history_place *history_place(const struct history *h);
const struct history_start *history_start(const struct history *h);
/* Whether a beginning is on its way. */
bool history_is_opening(const struct history *h);

size_t history_count(const struct history *h);
bool history_is_complete(const struct history *h);               /* no more rows will come */
const git_oid *history_row(const struct history *h, size_t row); /* row < history_count() */
/* Its row among those that are there. */
bool history_row_of(const struct history *h, const git_oid *commit, size_t *row);

/* Rows up to that one will be wanted soon. */
void history_ensure(struct history *h, size_t row);
/* These rows are on the screen: what is not known of them, or stale, is read. */
void history_show(struct history *h, size_t first, size_t n);
/* What is known of a commit; NULL: nothing. Borrowed until the next event. */
const struct commit_info *history_info(const struct history *h, const git_oid *commit);
const struct decor *history_decor(const struct history *h); /* NULL: not yet */
/* Runs of a commit, or (NULL) of any, have changed. */
void history_runs_changed(struct history *h, const git_oid *commit);

/* ---- what the user waits for: one at a time, the last one asked for ---- */

void history_load_all(struct history *h);
void history_find(struct history *h, const git_oid *commit);
/*
 * From a row on, that one first, and around the end. Looks at hashes, authors, subjects, branches
 * and tags (tui/pattern.h).
 */
void history_search(struct history *h, const char *pattern, size_t from, bool backward);
void history_stop(struct history *h);
/* Whether any of these goes on, and for a search at how many commits it has looked. */
bool history_is_busy(const struct history *h);
bool history_is_searching(const struct history *h, size_t *looked_at);

#endif
