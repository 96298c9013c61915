#include "util/alloc.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void (*before_out_of_memory)(void);

/* Not translated, and without stdio and exit handlers: all of them may want memory. */
void out_of_memory(void)
{
	static const char message[] = "git-jci: out of memory\n";

	if (before_out_of_memory)
		before_out_of_memory();
	if (write(STDERR_FILENO, message, sizeof(message) - 1) < 0)
		_exit(126);
	_exit(125);
}

void *xmalloc(size_t size)
{
	void *p = malloc(size ? size : 1);

	if (!p)
		out_of_memory();
	return p;
}

void *xcalloc(size_t n, size_t size)
{
	void *p = n && size ? calloc(n, size) : calloc(1, 1);

	if (!p)
		out_of_memory();
	return p;
}

void *xreallocarray(void *p, size_t n, size_t size)
{
	void *q = n && size ? reallocarray(p, n, size) : realloc(p, 1);

	if (!q)
		out_of_memory();
	return q;
}

char *xstrdup(const char *s)
{
	char *copy = strdup(s);

	if (!copy)
		out_of_memory();
	return copy;
}

char *xstrndup(const char *s, size_t n)
{
	char *copy = strndup(s, n);

	if (!copy)
		out_of_memory();
	return copy;
}

char *xasprintf(const char *fmt, ...)
{
	va_list ap;
	char *s;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&s, fmt, ap);
	va_end(ap);
	if (n < 0)
		out_of_memory();
	return s;
}

void *array_grow(void *ptr, size_t need, size_t *cap, size_t size)
{
	size_t grown;

	if (need <= *cap)
		return ptr;
	if (__builtin_add_overflow(*cap, *cap / 2 + 16, &grown))
		out_of_memory();
	*cap = grown > need ? grown : need;
	return xreallocarray(ptr, *cap, size);
}
