/*
 * Allocation that can't fail: out of memory ends the program in one place, with a message and
 * status 125. Everything returned is released with free().
 */
#ifndef JCI_UTIL_ALLOC_H
#define JCI_UTIL_ALLOC_H

#include <stddef.h>
#include <stdlib.h>

void *xmalloc(size_t size) __attribute__((malloc, returns_nonnull));
void *xcalloc(size_t n, size_t size) __attribute__((malloc, returns_nonnull));
void *xreallocarray(void *p, size_t n, size_t size) __attribute__((returns_nonnull));
char *xstrdup(const char *s) __attribute__((malloc, returns_nonnull));
char *xstrndup(const char *s, size_t n) __attribute__((malloc, returns_nonnull));
char *xasprintf(const char *fmt, ...) __attribute__((malloc, format(printf, 1, 2)));

/* Ends the program as out of memory does; for sizes that would overflow. */
void out_of_memory(void) __attribute__((noreturn));
/* Called before that message, NULL: nothing; it may not allocate. */
extern void (*before_out_of_memory)(void);

/*
 * Makes room for at least `need` elements in the growable array `ptr` of capacity `cap`.
 * Amortised constant time; the elements added are not initialised.
 */
#define ARRAY_GROW(ptr, need, cap) ((ptr) = array_grow((ptr), (need), &(cap), sizeof(*(ptr))))
void *array_grow(void *ptr, size_t need, size_t *cap, size_t size);

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#endif
