/*
 * Is a commit green, as a gate asks: by runs that say something about the commit itself, and not
 * about what somebody had in his work tree.
 */
#ifndef JCI_CORE_VERIFY_H
#define JCI_CORE_VERIFY_H

#include "core/record.h"

/*
 * How far the clock of a host may be ahead of ours. A run whose id is of later was made by a wrong
 * clock: it would be the newest until that time comes, whatever is run meanwhile.
 */
#define JCI_VERIFY_AHEAD_US (INT64_C(5) * 60 * 1000 * 1000)

/* Which runs count; those that go on, and those of the future, never do. */
struct jci_verify_rules {
	int64_t now_us;
	const char *trigger, *host; /* only these runs, none of the Go program's; NULL: any */
	bool dirty;                 /* runs in a dirty work tree too */
	int require;                /* at least so many green ones, 1 or more */
};

enum jci_verify_why {
	JCI_VERIFY_GREEN,
	JCI_VERIFY_NONE,  /* there is no run that counts */
	JCI_VERIFY_DIRTY, /* only runs in a dirty work tree */
	JCI_VERIFY_RED,   /* the newest that counts is red */
	JCI_VERIFY_FEW,   /* it is green, but too few of them are */
};

struct jci_verdict {
	git_oid commit;
	enum jci_verify_why why;
	struct jci_record newest; /* of those that count; with NONE and DIRTY as initialised */
	size_t green;             /* of those that count */
	bool running;             /* there is a run that goes on, of whatever kind: */
	struct jci_run_id running_id;
	bool future; /* there is a run, finished, of the future: */
	struct jci_run_id future_id;
};
void jci_verdict_init(struct jci_verdict *v);
void jci_verdict_release(struct jci_verdict *v);
#define cleanup_verdict cleanup(jci_verdict_release)

/* v is initialised. The commit need not be in the repository. */
int jci_verify(const struct jci_repo *repo, const git_oid *commit,
	       const struct jci_verify_rules *rules, struct jci_verdict *v, struct jci_error *err);

#endif
