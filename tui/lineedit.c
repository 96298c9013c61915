#include "tui/lineedit.h"

#include <curses.h>
#include <limits.h>
#include <wchar.h>
#include <wctype.h>

#include "util/alloc.h"
#include "util/text.h"

enum { CTRL_MASK = 0x1f };
#define CTRL(c) ((key)((c)&CTRL_MASK))

void line_edit_release(struct line_edit *e)
{
	strbuf_release(&e->text);
	free(steal_ptr(e->killed));
	e->cursor = 0;
}

void line_edit_set(struct line_edit *e, const char *text)
{
	strbuf_reset(&e->text);
	strbuf_addstr(&e->text, text);
	e->cursor = e->text.len;
}

/* What a character takes, with the accents that stand on it. */
static size_t next_stop(const struct line_edit *e, size_t at)
{
	const char *s = e->text.buf;
	size_t len = e->text.len, n;

	if (at >= len)
		return len;
	do {
		n = utf8_sequence(s + at, len - at);
		at += n ? n : 1;
		n = at < len ? utf8_sequence(s + at, len - at) : 0;
	} while (n > 1 && text_width(s + at, n) == 0);
	return at;
}

static size_t prev_stop(const struct line_edit *e, size_t at)
{
	size_t stop = 0, next;

	while ((next = next_stop(e, stop)) < at)
		stop = next;
	return stop;
}

/* With blanks: words as ^W has them; without: letters and digits, as M-b and M-f. */
static bool in_word(const struct line_edit *e, size_t at, bool blanks)
{
	unsigned char c = (unsigned char)e->text.buf[at];

	return blanks ? c != ' ' : c >= 0x80 || iswalnum(c);
}

static size_t word_before(const struct line_edit *e, bool blanks)
{
	size_t at = e->cursor;

	while (at > 0 && !in_word(e, at - 1, blanks))
		at--;
	while (at > 0 && in_word(e, at - 1, blanks))
		at--;
	return at;
}

static size_t word_behind(const struct line_edit *e)
{
	size_t at = e->cursor;

	while (at < e->text.len && !in_word(e, at, false))
		at++;
	while (at < e->text.len && in_word(e, at, false))
		at++;
	return at;
}

static void cut(struct line_edit *e, size_t from, size_t to, bool keep)
{
	if (from >= to)
		return;
	if (keep) {
		free(e->killed);
		e->killed = xstrndup(e->text.buf + from, to - from);
	}
	memmove(e->text.buf + from, e->text.buf + to, e->text.len - to + 1);
	strbuf_setlen(&e->text, e->text.len - (to - from));
	e->cursor = from;
}

static void put(struct line_edit *e, const char *s, size_t len)
{
	strbuf_grow(&e->text, len);
	memmove(e->text.buf + e->cursor + len, e->text.buf + e->cursor,
		e->text.len - e->cursor + 1);
	memcpy(e->text.buf + e->cursor, s, len);
	strbuf_setlen(&e->text, e->text.len + len);
	e->cursor += len;
}

bool line_edit_insert(struct line_edit *e, key k)
{
	char bytes[MB_LEN_MAX];
	mbstate_t state = {0};
	size_t len;

	if (k & (KEY_CODE | KEY_ALT) || iswcntrl((wint_t)k))
		return false;
	len = wcrtomb(bytes, (wchar_t)k, &state);
	if (len == (size_t)-1)
		return false;
	put(e, bytes, len);
	return true;
}

static bool edit_key_code(struct line_edit *e, key k)
{
	switch (k & ~(key)KEY_CODE) {
	case KEY_LEFT:
		e->cursor = prev_stop(e, e->cursor);
		return true;
	case KEY_RIGHT:
		e->cursor = next_stop(e, e->cursor);
		return true;
	case KEY_HOME:
		e->cursor = 0;
		return true;
	case KEY_END:
		e->cursor = e->text.len;
		return true;
	case KEY_DC:
		cut(e, e->cursor, next_stop(e, e->cursor), false);
		return true;
	case KEY_BACKSPACE:
		cut(e, prev_stop(e, e->cursor), e->cursor, false);
		return true;
	default:
		return false;
	}
}

static bool edit_alt(struct line_edit *e, key k)
{
	switch (k & ~(key)KEY_ALT) {
	case 'b':
		e->cursor = word_before(e, false);
		return true;
	case 'f':
		e->cursor = word_behind(e);
		return true;
	case 'd':
		cut(e, e->cursor, word_behind(e), true);
		return true;
	default:
		return false;
	}
}

static bool edit_control(struct line_edit *e, key k)
{
	switch (k) {
	case CTRL('A'):
		e->cursor = 0;
		return true;
	case CTRL('B'):
		e->cursor = prev_stop(e, e->cursor);
		return true;
	case CTRL('D'):
		cut(e, e->cursor, next_stop(e, e->cursor), false);
		return true;
	case CTRL('E'):
		e->cursor = e->text.len;
		return true;
	case CTRL('F'):
		e->cursor = next_stop(e, e->cursor);
		return true;
	case CTRL('H'):
	case 0x7f:
		cut(e, prev_stop(e, e->cursor), e->cursor, false);
		return true;
	case CTRL('K'):
		cut(e, e->cursor, e->text.len, true);
		return true;
	case CTRL('U'):
		cut(e, 0, e->cursor, true);
		return true;
	case CTRL('W'):
		cut(e, word_before(e, true), e->cursor, true);
		return true;
	case CTRL('Y'):
		if (e->killed)
			put(e, e->killed, strlen(e->killed));
		return true;
	default:
		return false;
	}
}

bool line_edit_key(struct line_edit *e, key k)
{
	if (k & KEY_ALT)
		return edit_alt(e, k);
	if (k & KEY_CODE)
		return edit_key_code(e, k);
	return edit_control(e, k) || line_edit_insert(e, k);
}
