/* Where a job works: its folders and the environment of its script. For core/job.c alone. */
#ifndef JCI_CORE_JOBPLACE_H
#define JCI_CORE_JOBPLACE_H

#include "util/error.h"

/*
 * Names the folder of the clone, absolute, below the working folder; it must not be there yet. And
 * sets up the environment: HOME and TMPDIR are new folders beside it where the image's can't be
 * written to; PATH is the image's own and, last, the bundle's programs; what ties git to another
 * repository is taken away.
 */
int jci_job_place(const char *repository, char **folder, struct jci_error *err);

#endif
