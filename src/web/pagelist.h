/* How a page of commits is made (web/commits.h). */
#ifndef JCI_WEB_PAGELIST_H
#define JCI_WEB_PAGELIST_H

#include "core/live.h"
#include "web/history.h"
#include "web/runcache.h"
#include "web/stamps.h"

enum { WEB_PAGE_SIZE = 100 };

enum web_filter {
	WEB_FILTER_ALL,
	WEB_FILTER_RUNS,   /* commits that have any */
	WEB_FILTER_FAILED, /* the newest of which failed */
};

struct web_pagelist {
	const struct jci_repo *repo;
	struct web_histories *histories;
	struct web_runcache *runs;
	const char *branch;
	size_t page;
	enum web_filter filter;
	const struct jci_records *live;
};
/* Appends the answer to `json`, and what it was made from to `stamps`. */
int web_pagelist_make(const struct web_pagelist *list, struct web_stamps *stamps,
		      struct strbuf *json, struct jci_error *err);

#endif
