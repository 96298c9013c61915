/*
 * Masking a text is masking its lines one by one; nothing but lines and what is in them comes out:
 * no escape, no carriage return, and no more than each byte's share of the longest mark.
 */
#include "core/logmask.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int ok)
{
	if (!ok)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_strbuf struct strbuf whole = STRBUF_INIT, lines = STRBUF_INIT;
	const char *p = size > 0 ? (const char *)data : "", *end = p + size;

	jci_log_mask(&whole, p, size);
	while (p < end) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		size_t n = (size_t)((newline ? newline : end) - p);
		/* A copy of its own size, so that reading behind the line is seen. */
		cleanup_free char *line = xmalloc(n > 0 ? n : 1);

		memcpy(line, p, n);
		jci_log_mask_line(&lines, line, n);
		if (newline)
			strbuf_addch(&lines, '\n');
		p += n + (newline != NULL);
	}
	check(whole.len == lines.len && memcmp(whole.buf, lines.buf, whole.len) == 0);
	check(!memchr(whole.buf, '\033', whole.len) && !memchr(whole.buf, '\r', whole.len));
	check(whole.len <= size * (sizeof("<duration>") - 1));
	return 0;
}
