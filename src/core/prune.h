/*
 * Removing runs, here or on a remote, never both. First a plan is made, which changes nothing; then
 * it is carried out.
 */
#ifndef JCI_CORE_PRUNE_H
#define JCI_CORE_PRUNE_H

#include "core/gone.h"
#include "core/remote.h"

struct jci_prune_rules {
	int64_t now_us;
	int64_t older_us; /* 0: none. A run is as old as its id says, one of the future never old */
	int keep;         /* so many of a branch, the newest, stay; -1: none by this rule */
	bool keep_failed; /* no red run goes for its age or its place */
	bool missing;     /* those whose commit was never here go as well */
};

/*
 * Why a run goes or, from JCI_PRUNE_NEVER_HERE on, why it stays though it might have gone. A run of
 * a commit that is gone goes. Any other goes if it is older than older_us, and not among the `keep`
 * newest of its branch that stay; either rule may be missing.
 */
enum jci_prune_why {
	JCI_PRUNE_NOTHING, /* speaks against it: in no list */
	JCI_PRUNE_GONE,
	JCI_PRUNE_MISSING,
	JCI_PRUNE_OLD,
	JCI_PRUNE_MANY, /* by `keep` alone */
	JCI_PRUNE_NEVER_HERE,
	JCI_PRUNE_RUNNING, /* or is stored as such, and had news within a day */
	JCI_PRUNE_UNKNOWN, /* not here, and a rule asks for what only its result tells */
	JCI_PRUNE_FAILED,
};
static inline bool jci_prune_goes(enum jci_prune_why why)
{
	return why >= JCI_PRUNE_GONE && why <= JCI_PRUNE_MANY;
}

/* What the rules ask about a run. */
struct jci_prune_facts {
	enum jci_presence commit;
	bool elsewhere; /* made in another repository, or nobody can tell */
	bool live;
	bool known; /* its result is here: the status, and the branch that gave the rank */
	enum jci_status status;
	int64_t start_us;
	int64_t news_us; /* of one stored as running: when that state was made */
	size_t rank;     /* 0: the newest of its branch */
};
enum jci_prune_why jci_prune_judge(const struct jci_prune_rules *rules,
				   const struct jci_prune_facts *facts);

enum jci_prune_fate {
	JCI_PRUNE_PLANNED,
	JCI_PRUNE_REMOVED,
	JCI_PRUNE_VANISHED, /* somebody else was faster, or it has changed */
	JCI_PRUNE_REFUSED,
};

struct jci_prune_item {
	struct jci_ref ref;
	enum jci_prune_why why;
	enum jci_status status; /* NONE: not known */
	enum jci_reason reason;
	bool has_bytes;
	uint64_t bytes; /* freed by this and those before it, less by those before it; core/freed.h
			 */
	enum jci_prune_fate fate;
	char *message; /* REFUSED: in git's words; else NULL */
};

struct jci_prune {
	struct jci_prune_item *items; /* by why, then newest first */
	size_t n, cap;
	size_t total;          /* runs that were looked at */
	struct jci_refs there; /* all that the remote has */
};
#define JCI_PRUNE_INIT        \
	{                     \
		.items = NULL \
	}
void jci_prune_release(struct jci_prune *prune);
#define cleanup_prune cleanup(jci_prune_release)

/*
 * remote NULL: the runs here. Of a remote's nothing is fetched; which commits are gone is judged by
 * this repository. JCI_EINVALID: rules that can't be followed here, a remote that is none. While it
 * works libgit2's cache is off, in the whole process.
 */
int jci_prune_plan(const struct jci_repo *repo, const struct jci_prune_rules *rules,
		   const struct jci_remote *remote, struct jci_prune *prune, struct jci_error *err);

/*
 * Removes the runs that go, as they were when the plan was made: one that has changed stays. Here
 * all at once, on a remote with as few pushes as there can be. What became of each is in the items,
 * also where the function fails.
 */
int jci_prune_remove(const struct jci_repo *repo, const struct jci_remote *remote,
		     struct jci_prune *prune, struct jci_error *err);

/*
 * Runs `git gc`, as the user has configured it: what nothing reaches goes once it is older than
 * gc.pruneExpire. *freed: bytes less on the disk than before.
 */
int jci_prune_gc(const struct jci_repo *repo, int64_t *freed, struct jci_error *err);

#endif
