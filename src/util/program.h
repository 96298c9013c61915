/*
 * This program's own file, and those that came with it.
 *
 * In a bundle (contrib/bundle/) each program is started by a small launcher, BUNDLE/bin/NAME, which
 * executes the bundle's dynamic loader, BUNDLE/lib/ld.so, with it: so /proc/self/exe is the loader,
 * and the launcher is what has to be started again.
 */
#ifndef JCI_UTIL_PROGRAM_H
#define JCI_UTIL_PROGRAM_H

#include "util/error.h"

/* Its path, absolute and without links, to be written down. The caller frees it. */
int program_path(char **path, struct jci_error *err);
/*
 * What to execute to start this very program again, also when its file was replaced meanwhile. The
 * caller frees it.
 */
char *program_self(void);
/*
 * The folder bin/ of the bundle that this program is part of; NULL where it is of none. The caller
 * frees it.
 */
char *program_bundle(void);
/* Something else in that bundle by its path there, such as "share/man"; NULL outside. */
char *program_bundle_path(const char *path);
/* A program of the bundle by its name; NULL where there is none. The caller frees it. */
char *program_bundled(const char *name);

#endif
