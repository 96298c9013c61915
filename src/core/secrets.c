#include "core/secrets.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"

enum { BLOCKS = 1 << 16 };

struct secret {
	char *text;
	size_t len;
};

struct jci_secrets {
	struct secret *items;
	size_t n, cap;
	size_t min, max;    /* of their lengths */
	struct strbuf held; /* the end of the text, that nothing was said of yet */
	size_t covered;     /* bytes of `held` at its beginning that a mask stands for already */
	bool masked;        /* a mask was the last that was said: another would touch it */
	uint8_t *shift;     /* by block: how far a window that ends with it can move on */
};

/* ---- the secrets ---- */

static void wipe(struct strbuf *sb)
{
	if (sb->alloc)
		explicit_bzero(sb->buf, sb->alloc);
	strbuf_release(sb);
}

static void add(struct jci_secrets *s, const char *text)
{
	size_t len = strlen(text);

	if (len < JCI_SECRET_MIN)
		return;
	ARRAY_GROW(s->items, s->n + 1, s->cap);
	s->items[s->n++] = (struct secret){xstrdup(text), len};
	s->min = len < s->min ? len : s->min;
	s->max = len > s->max ? len : s->max;
}

static unsigned block(const char *at)
{
	return (unsigned)(unsigned char)at[0] << 8 | (unsigned char)at[1];
}

/* Windows are as long as the shortest secret; of the others only the beginning is in the table. */
static void fill_table(struct jci_secrets *s)
{
	if (s->min > UINT8_MAX)
		s->min = UINT8_MAX;
	s->shift = xmalloc(BLOCKS);
	memset(s->shift, (int)s->min - 1, BLOCKS);
	for (size_t i = 0; i < s->n; i++) {
		for (size_t j = 0; j + 2 <= s->min; j++) {
			uint8_t *shift = &s->shift[block(s->items[i].text + j)];
			uint8_t last = (uint8_t)(s->min - 2 - j);

			*shift = last < *shift ? last : *shift;
		}
	}
}

struct jci_secrets *jci_secrets_new(const char *const *list)
{
	struct jci_secrets *s = xcalloc(1, sizeof(*s));

	s->held = (struct strbuf)STRBUF_INIT;
	s->min = SIZE_MAX;
	for (; *list; list++)
		add(s, *list);
	if (s->n == 0) {
		jci_secrets_free(s);
		return NULL;
	}
	fill_table(s);
	return s;
}

void jci_secrets_free(struct jci_secrets *s)
{
	for (size_t i = 0; i < s->n; i++) {
		explicit_bzero(s->items[i].text, s->items[i].len);
		free(s->items[i].text);
	}
	free(s->items);
	free(s->shift);
	wipe(&s->held);
	free(s);
}

/* ---- looking for them ---- */

/* The length of the longest one that begins at `at`; 0: none. */
static size_t match(const struct jci_secrets *s, const char *at, size_t left)
{
	size_t longest = 0;

	for (size_t i = 0; i < s->n; i++) {
		const struct secret *secret = &s->items[i];

		if (secret->len > longest && secret->len <= left &&
		    memcmp(at, secret->text, secret->len) == 0)
			longest = secret->len;
	}
	return longest;
}

/* Whether these bytes, the last that are known, may go on as a secret. */
static bool may_begin(const struct jci_secrets *s, const char *at, size_t left)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->items[i].len > left && memcmp(at, s->items[i].text, left) == 0)
			return true;
	return false;
}

/* Where the end begins that has to be kept back. */
static size_t find_end(const struct jci_secrets *s, const char *data, size_t len)
{
	size_t at = len >= s->max ? len - s->max + 1 : 0;

	while (at < len && !may_begin(s, data + at, len - at))
		at++;
	return at;
}

/* The next secret that begins in [at, end): true, and where and how long. */
static bool find(const struct jci_secrets *s, const char *data, size_t len, size_t end, size_t *at,
		 size_t *found)
{
	size_t i = *at;

	while (i < end && i + s->min <= len) {
		size_t shift = s->shift[block(data + i + s->min - 2)];

		if (shift == 0 && (*found = match(s, data + i, len - i)) > 0) {
			*at = i;
			return true;
		}
		i += shift ? shift : 1;
	}
	return false;
}

static void say(struct jci_secrets *s, struct strbuf *out, const char *data, size_t len)
{
	if (len == 0)
		return;
	strbuf_add(out, data, len);
	s->masked = false;
}

static void say_mask(struct jci_secrets *s, struct strbuf *out)
{
	if (!s->masked)
		strbuf_addstr(out, "***");
	s->masked = true;
}

/*
 * Says all that is before `end`; a secret may reach beyond it. Returns how many bytes a mask stands
 * for from `end` on.
 */
static size_t scan(struct jci_secrets *s, struct strbuf *out, const char *data, size_t len,
		   size_t end)
{
	size_t said = s->covered, at = 0, n;

	while (find(s, data, len, end, &at, &n)) {
		if (at > said)
			say(s, out, data + said, at - said);
		say_mask(s, out);
		said = at + n > said ? at + n : said;
		at++;
	}
	if (said >= end)
		return said - end;
	say(s, out, data + said, end - said);
	return 0;
}

static void take(struct jci_secrets *s, struct strbuf *out, const char *data, size_t len)
{
	size_t end = find_end(s, data, len);

	s->covered = scan(s, out, data, len, end);
	if (data == s->held.buf) {
		memmove(s->held.buf, data + end, len - end);
		strbuf_setlen(&s->held, len - end);
	} else {
		strbuf_add(&s->held, data + end, len - end);
	}
}

void jci_secrets_feed(struct jci_secrets *s, struct strbuf *out, const char *data, size_t len)
{
	if (len == 0)
		return;
	if (s->held.len == 0) {
		take(s, out, data, len);
		return;
	}
	strbuf_add(&s->held, data, len);
	take(s, out, s->held.buf, s->held.len);
}

void jci_secrets_end(struct jci_secrets *s, struct strbuf *out)
{
	scan(s, out, s->held.buf, s->held.len, s->held.len);
	strbuf_reset(&s->held);
	s->covered = 0;
	s->masked = false;
}

void jci_secrets_mask(struct jci_secrets *s, struct strbuf *text)
{
	struct strbuf out = STRBUF_INIT;

	if (!s)
		return;
	jci_secrets_feed(s, &out, text->buf, text->len);
	jci_secrets_end(s, &out);
	wipe(text);
	*text = out;
}
