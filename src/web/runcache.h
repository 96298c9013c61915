/*
 * What lists tell of stored runs, which never changes: read from git once, kept as the text that
 * goes into answers. Bounded; used by all threads.
 */
#ifndef JCI_WEB_RUNCACHE_H
#define JCI_WEB_RUNCACHE_H

#include "core/record.h"

struct web_runcache;
struct web_runcache *web_runcache_new(void);
void web_runcache_free(struct web_runcache *cache);

struct web_run {
	enum jci_status status;
	int64_t start_us;
};
/*
 * Appends web_run_json() of the run as text. Of one that can't be read it has the name alone.
 */
void web_runcache_get(struct web_runcache *cache, const struct jci_repo *repo,
		      const struct jci_ref *ref, struct web_run *run, struct strbuf *text);

#endif
