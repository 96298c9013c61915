/*
 * Threads of this tree take no signals: those belong to the thread that main() runs in, where the
 * handlers and their EINTR are expected.
 */
#ifndef JCI_UTIL_THREAD_H
#define JCI_UTIL_THREAD_H

#include <pthread.h>

/* pthread_create() with all signals blocked in the new thread; returns its error number. */
int thread_start(pthread_t *thread, void *(*fn)(void *), void *arg);

/* The processors that this process may use, at least 1. */
unsigned thread_cpus(void);

#endif
