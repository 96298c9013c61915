/*
 * Two stored runs side by side: which artifacts differ, and what in their logs does. Of a log,
 * what is different in every run (times, process ids, temporary names: core/logmask.h) counts as
 * equal, and of the Go program's logs its own header and footer are left out.
 */
#ifndef JCI_CORE_COMPARE_H
#define JCI_CORE_COMPARE_H

#include "core/record.h"

/* Logs from this size on are not compared: both are held in memory. */
enum { JCI_COMPARE_MAX_LOG = 64 * 1024 * 1024 };

struct jci_comparison {
	const struct jci_repo *repo;
	bool with_same; /* to be set: artifacts that are equal are wanted too */
	struct jci_record base, run;
	git_diff *artifacts;             /* see jci_comparison_is_artifact() */
	git_patch *log;                  /* of the masked logs; NULL: too large */
	struct strbuf base_log, run_log; /* the patch points into them */
};
void jci_comparison_init(struct jci_comparison *c, const struct jci_repo *repo);
void jci_comparison_release(struct jci_comparison *c);
#define cleanup_comparison cleanup(jci_comparison_release)

/*
 * What a run is compared with if nobody says: the newest green run of the nearest ancestor of its
 * commit that has one. JCI_ENOTFOUND where there is none, or none among the first `most` ancestors
 * (0: all of them), which bounds the time in a long history.
 */
int jci_compare_find_base(const struct jci_repo *repo, const struct jci_record *r, size_t most,
			  struct jci_record *base, struct jci_error *err);

/* Fills c from the base and the run in it, JCI_EINVALID where one of them is not stored. */
int jci_compare(struct jci_comparison *c, struct jci_error *err);

/* Whether it is the script's: not what storing a run adds to its files. */
bool jci_comparison_is_artifact(const struct jci_comparison *c, const git_diff_delta *d);

#endif
