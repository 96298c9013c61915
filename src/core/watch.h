/*
 * Notices changes in a repository by inotify(7): the live registry, the refs of runs (folders of
 * commits that were asked for, and those that came lately; packed-refs, FETCH_HEAD), HEAD and
 * branches. Its user waits for the descriptor, reads, and takes what was noticed. Where inotify
 * does not work, or has no more watches to give, it has to be told to look, once a second.
 *
 * One thing that happens (a run registers itself, a ref is written) makes several events: waiting
 * JCI_WATCH_FIRST_US before they are read, and JCI_WATCH_BETWEEN_US for as long as they keep
 * coming, makes one change of them.
 */
#ifndef JCI_CORE_WATCH_H
#define JCI_CORE_WATCH_H

#include "core/refs.h"

enum {
	JCI_WATCH_FIRST_US = 8000,
	JCI_WATCH_BETWEEN_US = 50000,
	JCI_WATCH_POLL_US = 1000000,
};

enum {
	JCI_CHANGED_LIVE = 1 << 0, /* the registry, which is to be read anew */
	JCI_CHANGED_RUNS = 1 << 1, /* refs of stored runs: of change.commit, or anywhere if zero */
	JCI_CHANGED_REFS = 1 << 2, /* HEAD, branches, tags */
};

struct jci_change {
	unsigned what;
	git_oid commit;
};

struct jci_watch;
/* What changes from now on is noticed; the first change says that the registry did. */
struct jci_watch *jci_watch_new(const struct jci_repo *repo);
void jci_watch_free(struct jci_watch *w);

/* Readable when something happened; -1: there is no inotify. Stays the watch's. */
int jci_watch_fd(const struct jci_watch *w);
/* Reads all events that there are; doesn't wait. */
void jci_watch_read(struct jci_watch *w);
/* Whether jci_watch_look() is needed; may become true at any call. */
bool jci_watch_is_polling(const struct jci_watch *w);
void jci_watch_look(struct jci_watch *w);
/*
 * What was noticed since the last call; false: nothing. A process that died is noticed before the
 * kernel gives up its lock, so what follows JCI_CHANGED_LIVE may be another one a moment later:
 * call it again after JCI_WATCH_BETWEEN_US until it returns false.
 */
bool jci_watch_take(struct jci_watch *w, struct jci_change *change);

/* Commits whose runs shall be noticed whoever adds them: those on the screen. Replaces the last. */
void jci_watch_commits(struct jci_watch *w, const git_oid *commits, size_t n);
/* All commits that have loose refs of runs now, `max` of them at most. */
void jci_watch_loose_runs(struct jci_watch *w, size_t max);
/* The branch that is shown: "refs/heads/main"; NULL: none. */
void jci_watch_branch(struct jci_watch *w, const char *ref);

/*
 * Mixes what lstat(2) says of a path (size, time of change, which file) into a number that differs
 * when it changes; for where inotify isn't there or isn't worth it.
 */
uint64_t jci_watch_mix(uint64_t sum, const char *path);

#endif
