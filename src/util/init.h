/*
 * A process that leaves nothing behind: it goes on in a child, its worker, and stays as the init of
 * all that comes from that. As the first process of a container (pid 1) it has to: orphans become
 * its children there. Elsewhere it asks for them (prctl(2), PR_SET_CHILD_SUBREAPER).
 */
#ifndef JCI_UTIL_INIT_H
#define JCI_UTIL_INIT_H

#include "util/error.h"

/*
 * Returns 0 in the worker, which has a process group of its own, and dies with its init. Returns 1
 * in the init, once the worker has ended: *status is its exit status, or 128 and the signal's
 * number. Meanwhile orphans are waited for, and SIGINT, SIGTERM, SIGHUP and SIGQUIT are passed on
 * to the worker. <0: there is no worker.
 */
int init_begin(int *status, struct jci_error *err);

/*
 * In the worker: kills the processes that its former children left behind; in a container whose
 * first process is the init, all there are. Returns when they are gone; after ten seconds in any
 * case (one may hang in the kernel).
 */
void init_kill_others(void);

#endif
