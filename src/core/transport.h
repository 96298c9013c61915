/*
 * One `git push`, `git fetch` or `git ls-remote`, and what it said about each ref. For core/push.c,
 * core/pull.c and core/pruning.c alone; their manuals are core/remote.h and core/prune.h.
 */
#ifndef JCI_CORE_TRANSPORT_H
#define JCI_CORE_TRANSPORT_H

#include "core/remote.h"

/* One line of its output: `git push --porcelain` and `git fetch -v` mark refs in the same way. */
struct jci_ref_report {
	char flag; /* '*' new, ' ' and '+' updated, '=' as it was, '!' refused, '-' removed */
	const char *name; /* of the remote's ref for a push, of ours for a fetch; len bytes */
	size_t len;
	const char *why; /* behind the flag and the names: git's own words, why_len bytes */
	size_t why_len;
	git_oid old; /* of a fetch, for ' ' and '+': what it was before; else zero */
};
typedef void jci_ref_report_fn(void *ctx, const struct jci_ref_report *report);

/* A command line in the making. */
struct jci_argv {
	char **items; /* owned, NULL at the end */
	size_t n, cap;
};
void jci_argv_release(struct jci_argv *argv);
#define cleanup_argv cleanup(jci_argv_release)
void jci_argv_add(struct jci_argv *argv, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* "git --git-dir ... COMMAND" with what keeps the user's settings for branches from our refs. */
void jci_transport_begin(struct jci_argv *argv, const struct jci_repo *repo,
			 const struct jci_remote *remote, const char *command);
/*
 * Runs it; fails with git's message. Reports come before that too: a push some refs of which were
 * refused is a failure of git's. *reported: whether there were any.
 */
int jci_transport_push(const struct jci_argv *argv, const struct jci_remote *remote,
		       jci_ref_report_fn *each, void *ctx, bool *reported, struct jci_error *err);
int jci_transport_fetch(const struct jci_argv *argv, const struct jci_remote *remote,
			jci_ref_report_fn *each, void *ctx, bool *reported, struct jci_error *err);
int jci_transport_capture(const struct jci_argv *argv, const struct jci_remote *remote,
			  struct strbuf *out, struct jci_error *err);

struct jci_transfer_item *jci_transfer_add(struct jci_transfer *t, const struct jci_ref *ref,
					   enum jci_fate fate);
void jci_transfer_set(struct jci_transfer *t, struct jci_transfer_item *item, enum jci_fate fate);
void jci_transfer_refuse(struct jci_transfer *t, struct jci_transfer_item *item, const char *why,
			 size_t len);
/* The item of a ref, by the commit and the id, once they are sorted. NULL: none. */
struct jci_transfer_item *jci_transfer_find(struct jci_transfer *t, const struct jci_ref *ref);
void jci_transfer_sort(struct jci_transfer *t);

#endif
