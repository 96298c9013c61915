/*
 * Pages of commits with their runs, /api/commits: the list that every visitor asks for again and
 * again. A page is kept as text with the stamps of all that it was made from (web/stamps.h), so
 * that an unchanged one costs a look at some files' times, and a changed one the reading of what is
 * new.
 */
#ifndef JCI_WEB_COMMITS_H
#define JCI_WEB_COMMITS_H

#include "util/strbuf.h"
#include "web/web.h"

struct web_commits;
struct web_commits *web_commits_new(void);
void web_commits_free(struct web_commits *commits);
/* What takes long fails from now on. */
void web_commits_stop(struct web_commits *commits);

/* Makes the first page of HEAD, by both of its names, so that the first visitor need not wait. */
void web_commits_warm(struct web_commits *commits, const struct jci_repo *repo);

/*
 * Appends the first page of a branch, or of "HEAD", as /api/commits has it; `filter` is that
 * parameter of it, NULL or "": none. On failure nothing is appended, and rq->err is filled.
 */
int web_commits_add(struct web_request *rq, const char *branch, const char *filter,
		    struct strbuf *sb);

/* The first commits of a history, as far as there are n: how many, or <0. */
ssize_t web_commits_walk(struct web_commits *commits, const git_oid *tip, size_t n, git_oid *oids,
			 struct jci_error *err);

/* A branch, here or of a remote, a tag, HEAD, or a full hash: the commit. JCI_ENOTFOUND. */
int web_branch_resolve(const struct jci_repo *repo, const char *name, git_oid *commit,
		       struct jci_error *err);

#endif
