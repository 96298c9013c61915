/* Where a job works: its folders and the environment of its script. For core/job.c alone. */
#ifndef JCI_CORE_JOBPLACE_H
#define JCI_CORE_JOBPLACE_H

#include "core/refs.h"
#include "core/repo.h"

/*
 * Names the folder of the clone, absolute, below the working folder; it must not be there yet. And
 * sets up the environment: HOME and TMPDIR are new folders beside it where the image's can't be
 * written to; PATH is the image's own and, last, the bundle's programs; what ties git to another
 * repository is taken away.
 */
int jci_job_place(const char *repository, char **folder, struct jci_error *err);

/*
 * Makes a bare repository in a new folder beside the clone, enters that, and opens it: one with the
 * objects of the clone, the run and the remote "origin". What the script has configured in the
 * clone, such as a proxy or hooks, would be in force where the credentials are; here it is not. To
 * be called when no process of the script is left.
 */
int jci_job_push_place(struct jci_repo *place, const struct jci_repo *clone,
		       const struct jci_ref *run, const char *url, struct jci_error *err);

#endif
