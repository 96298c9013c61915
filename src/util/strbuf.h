/*
 * The growable string of this tree. Invariants: buf is never NULL, buf[len] is always NUL, and
 * the content may hold NUL bytes of its own. Made with STRBUF_INIT, ended with strbuf_release()
 * (usually by cleanup_strbuf) or strbuf_detach(), which hands the bytes to the caller to free().
 */
#ifndef JCI_UTIL_STRBUF_H
#define JCI_UTIL_STRBUF_H

#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include "util/cleanup.h"

struct strbuf {
	size_t alloc; /* 0: buf points to a shared empty string */
	size_t len;
	char *buf;
};

extern char strbuf_empty[];
#define STRBUF_INIT                \
	{                          \
		0, 0, strbuf_empty \
	}

void strbuf_release(struct strbuf *sb);
char *strbuf_detach(struct strbuf *sb, size_t *len);
/* Room for `extra` more bytes (and the NUL) behind len. */
void strbuf_grow(struct strbuf *sb, size_t extra);
/* len becomes `len`, which is at most what is allocated; the content keeps its first bytes. */
void strbuf_setlen(struct strbuf *sb, size_t len);
void strbuf_reset(struct strbuf *sb);
void strbuf_add(struct strbuf *sb, const void *data, size_t len);
void strbuf_addch(struct strbuf *sb, char c);
void strbuf_addf(struct strbuf *sb, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void strbuf_vaddf(struct strbuf *sb, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

static inline void strbuf_addstr(struct strbuf *sb, const char *s)
{
	strbuf_add(sb, s, strlen(s));
}

#define cleanup_strbuf cleanup(strbuf_release)

#endif
