/* Compression of an answer in one piece (RFC 1952), by zlib. */
#ifndef JCI_WEB_GZIP_H
#define JCI_WEB_GZIP_H

#include "util/strbuf.h"

enum { GZIP_FAST = 1, GZIP_GOOD = 6, GZIP_SMALL = 9 };

void gzip_add(struct strbuf *out, const void *data, size_t len, int level);

#endif
