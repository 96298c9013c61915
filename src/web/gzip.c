#include "web/gzip.h"

#include <stdint.h>

#include <zlib.h>

#include "util/alloc.h"

enum { WINDOW_BITS = 15, GZIP_HEADER = 16, MEM_LEVEL = 9 };

void gzip_add(struct strbuf *out, const void *data, size_t len, int level)
{
	z_stream z = {0};

	if (deflateInit2(&z, level, Z_DEFLATED, WINDOW_BITS + GZIP_HEADER, MEM_LEVEL,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		out_of_memory();
	strbuf_grow(out, deflateBound(&z, len));
	z.next_in = (Bytef *)(uintptr_t)data;
	z.avail_in = (uInt)len;
	z.next_out = (Bytef *)out->buf + out->len;
	z.avail_out = (uInt)(out->alloc - out->len - 1);
	deflate(&z, Z_FINISH); /* there is room for all of it */
	strbuf_setlen(out, out->len + z.total_out);
	deflateEnd(&z);
}
