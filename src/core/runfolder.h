/*
 * The folders of a run. One private folder, `$TMPDIR/git-jci-<16 hex digits>`, holds all that a run
 * needs on disk: `output` and, in a clean run, the work tree, which has the name of the
 * repository's own folder, so that paths in logs look as usual. A record names both (output_dir,
 * worktree).
 */
#ifndef JCI_CORE_RUNFOLDER_H
#define JCI_CORE_RUNFOLDER_H

#include "core/record.h"

/*
 * Chooses names. The folders are made when the live registry knows these, so that a crash leaves
 * none that nobody knows.
 */
int jci_run_folders_name(const struct jci_repo *repo, bool worktree, struct jci_record *r,
			 struct jci_error *err);
/* Makes the private folder and `output`; the work tree is core/worktree's. */
int jci_run_folders_make(struct jci_record *r, struct jci_error *err);
/* Whether the record names folders such as these: what is in them is going to be removed. */
bool jci_run_folders_valid(const struct jci_record *r);
/*
 * Removes them. Files that should have been stored and could not be stay where they are; then
 * r->output_dir still names their folder, otherwise it becomes NULL.
 */
int jci_run_folders_remove(const struct jci_repo *repo, struct jci_record *r,
			   struct jci_error *err);

#endif
