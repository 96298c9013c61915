/*
 * Histories of branches as lists of hashes, newest first, as far as anybody has looked: a page of
 * old commits is not walked to again. A few are kept, by the commit that they begin with; used by
 * all threads.
 */
#ifndef JCI_WEB_HISTORY_H
#define JCI_WEB_HISTORY_H

#include "core/repo.h"

struct web_histories;
struct web_histories *web_histories_new(void);
void web_histories_free(struct web_histories *all);

/* From now on walks end as soon as they can; what they were for fails. */
void web_histories_stop(struct web_histories *all);

/*
 * Up to n commits from number `from` (0: the tip) on, into `commits`: how many there are, or <0.
 * Reads with a repository handle of its own.
 */
ssize_t web_history_get(struct web_histories *all, const git_oid *tip, size_t from, size_t n,
			git_oid *commits, struct jci_error *err);

#endif
