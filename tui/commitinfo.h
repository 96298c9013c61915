/*
 * What a row of the commits pane says of its commit: read by workers for the rows on the screen,
 * kept for those shown lately.
 */
#ifndef JCI_TUI_COMMITINFO_H
#define JCI_TUI_COMMITINFO_H

#include <stdbool.h>

#include "core/record.h"

/* Texts are cut to what a line of a screen can hold. */
enum { COMMIT_TEXT_MAX = 1024 };

struct commit_info {
	git_oid oid;
	char *author, *subject; /* UTF-8 where the commit says what it is; NULL: not read yet */
	int64_t time_us;        /* the author's */
	unsigned n_runs;        /* stored ones */
	enum jci_status status; /* of the newest */
	struct jci_run_id newest;
	bool runs_known;
	bool runs_stale; /* shown as they were until they are read again */
	/* the rest is the cache's */
	struct commit_info *next, *newer, *older;
};
struct commit_info *commit_info_new(const git_oid *oid);
void commit_info_free(struct commit_info *info);

/* In a worker. A commit that can't be read has empty texts. */
void commit_info_read_details(struct commit_info *info, const struct jci_repo *repo);
void commit_info_read_runs(struct commit_info *info, const struct jci_repo *repo);

/* Author and subject alone, of any length, for a search; false: it can't be read. */
bool commit_texts(const struct jci_repo *repo, const git_oid *oid, struct strbuf *author,
		  struct strbuf *subject);

/* A bounded number of them; those not asked for the longest time go first. */
struct commit_cache;
struct commit_cache *commit_cache_new(void);
void commit_cache_free(struct commit_cache *cache);
/* Borrowed until the next commit_cache_put(). */
struct commit_info *commit_cache_find(struct commit_cache *cache, const git_oid *oid);
/* Takes it over; what it has been read of replaces what was known. */
void commit_cache_put(struct commit_cache *cache, struct commit_info *info);
/* Marks what is known of runs as stale, of one commit or (NULL) of all. */
void commit_cache_stale(struct commit_cache *cache, const git_oid *oid);

#endif
