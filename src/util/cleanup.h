/*
 * Cleanup at the end of a scope, the only way it is done in this tree:
 *
 *	cleanup_free char *name = NULL;
 *	cleanup_close int fd = -1;
 *
 * A variable so marked is always initialised. A value that shall outlive the scope is taken out
 * with steal_ptr() or steal_fd(). Modules define a macro of their own for their types, next to
 * the type, with DEFINE_CLEANUP.
 */
#ifndef JCI_UTIL_CLEANUP_H
#define JCI_UTIL_CLEANUP_H

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define cleanup(fn) __attribute__((cleanup(fn)))

/*
 * Defines NAME_cleanup(TYPE *), which calls RELEASE(*p) on a pointer that isn't NULL. (clang does
 * not count the cleanup attribute as a use.)
 */
#define DEFINE_CLEANUP(name, type, release)                                \
	__attribute__((unused)) static inline void name##_cleanup(type *p) \
	{                                                                  \
		if (*p)                                                    \
			release(*p);                                       \
	}

static inline void cleanup_freep(void *p)
{
	free(*(void **)p);
}

/* Keeps errno, so that a function may return its error after the scope ends. */
static inline void cleanup_closep(const int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	errno = saved;
}

DEFINE_CLEANUP(file, FILE *, fclose)
DEFINE_CLEANUP(dir, DIR *, closedir)

#define cleanup_free  cleanup(cleanup_freep)
#define cleanup_close cleanup(cleanup_closep)
#define cleanup_file  cleanup(file_cleanup)
#define cleanup_dir   cleanup(dir_cleanup)

#define steal_ptr(p)                        \
	({                                  \
		__typeof__(p) steal_ = (p); \
		(p) = NULL;                 \
		steal_;                     \
	})
#define steal_fd(fd)               \
	({                         \
		int steal_ = (fd); \
		(fd) = -1;         \
		steal_;            \
	})

#endif
