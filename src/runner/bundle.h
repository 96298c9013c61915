/*
 * What goes into a container before it starts, as a tar without compression of two parts: the
 * bundle, a folder with a git-jci that runs in any image (`make bundle`); and the job's input.
 *
 *	jci/                 0777, so that whoever the image runs as can delete job.json
 *	jci/bundle/          bin/git-jci and what it needs
 *	jci/work/            1777, the working folder
 *	jci/job.json         0666: only what runs in the container sees it, and it is deleted first
 */
#ifndef JCI_RUNNER_BUNDLE_H
#define JCI_RUNNER_BUNDLE_H

#include "util/error.h"

/*
 * Where the bundle is: `folder` itself, or if that is NULL where it is installed, or beside this
 * program. *path is to be freed. JCI_ENOTFOUND says how to make one.
 */
int bundle_find(char **path, const char *folder, struct jci_error *err);
/* A descriptor of an unnamed file with the first part. Read it with pread(2). */
int bundle_tar(int *fd, const char *folder, struct jci_error *err);
/* One in memory with the second, which ends the tar. */
int bundle_job_tar(int *fd, const char *json, struct jci_error *err);

#endif
