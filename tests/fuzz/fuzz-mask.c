/*
 * Masking piece by piece is masking the whole text at once, which is done here in the simplest way:
 * each byte of each occurrence is marked, and each stretch of marked bytes is one mask.
 *
 * Input: secrets, a line each, up to an empty line; then the text. The pieces have the lengths of
 * the bytes of the first secret, over and over.
 */
#include "core/secrets.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"

enum { MAX_SECRETS = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int ok)
{
	if (!ok)
		abort();
}

/* Takes the lines off the beginning; returns where the text begins. */
static char *parse(char *at, const char *list[MAX_SECRETS + 1])
{
	size_t n = 0;

	while (*at && *at != '\n' && n < MAX_SECRETS) {
		char *end = at + strcspn(at, "\n");

		list[n++] = at;
		at = *end ? end + 1 : end;
		*end = '\0';
	}
	list[n] = NULL;
	return *at == '\n' ? at + 1 : at;
}

static void mark(char *marks, const char *text, size_t len, const char *secret)
{
	size_t n = strlen(secret);

	for (size_t i = 0; n >= JCI_SECRET_MIN && i + n <= len; i++)
		if (memcmp(text + i, secret, n) == 0)
			memset(marks + i, 1, n);
}

static void mask_at_once(struct strbuf *out, const char *const *list, const char *text, size_t len)
{
	cleanup_free char *marks = xcalloc(1, len + 1);

	for (; *list; list++)
		mark(marks, text, len, *list);
	for (size_t i = 0; i < len; i++) {
		if (!marks[i])
			strbuf_addch(out, text[i]);
		else if (i == 0 || !marks[i - 1])
			strbuf_addstr(out, "***");
	}
}

static void mask_by_pieces(struct strbuf *out, struct jci_secrets *s, const char *sizes,
			   const char *text, size_t len)
{
	size_t at = 0, n_sizes = strlen(sizes);

	for (size_t i = 0; at < len; i++) {
		size_t n = n_sizes ? (unsigned char)sizes[i % n_sizes] % 32 : len;

		n = n > len - at ? len - at : n > 0 ? n : 1;
		jci_secrets_feed(s, out, text + at, n);
		at += n;
	}
	jci_secrets_end(s, out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_strbuf struct strbuf once = STRBUF_INIT, pieces = STRBUF_INIT;
	cleanup_free char *input = xmalloc(size + 1);
	cleanup_secrets struct jci_secrets *s = NULL;
	const char *list[MAX_SECRETS + 1];
	const char *text;
	size_t len;

	if (size > 0)
		memcpy(input, data, size);
	input[size] = '\0';
	text = parse(input, list);
	len = size - (size_t)(text - input);
	s = jci_secrets_new(list);
	if (!s)
		return 0;
	mask_at_once(&once, list, text, len);
	mask_by_pieces(&pieces, s, list[0], text, len);
	check(once.len == pieces.len && memcmp(once.buf, pieces.buf, once.len) == 0);
	return 0;
}
