/*
 * Fault injection for crash tests, in builds with --enable-fault-injection alone: with
 * JCI_FAULT=NAME[:N] in the environment the process kills itself with SIGKILL when it passes the
 * point NAME (or any point, for `any`) for the Nth time. Elsewhere a point is nothing at all.
 */
#ifndef JCI_UTIL_FAULT_H
#define JCI_UTIL_FAULT_H

#ifdef JCI_FAULT_INJECTION
void fault_point(const char *name);
#else
#define fault_point(name) ((void)0)
#endif

#endif
