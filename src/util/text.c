#include "util/text.h"

#include <langinfo.h>
#include <stdint.h>
#include <string.h>
#include <wchar.h>

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

static bool in_range(unsigned char c, unsigned char low, unsigned char high)
{
	return c >= low && c <= high;
}

/* Bytes that a sequence takes which begins with c; 0: none does. */
static size_t sequence_len(unsigned char c)
{
	if (c < 0x80)
		return 1;
	if (in_range(c, 0xc2, 0xdf))
		return 2;
	if (in_range(c, 0xe0, 0xef))
		return 3;
	return in_range(c, 0xf0, 0xf4) ? 4 : 0;
}

/* RFC 3629, section 4: the second byte's range excludes overlong forms and surrogates. */
size_t utf8_sequence(const char *s, size_t len)
{
	const unsigned char *u = (const unsigned char *)s;
	unsigned char low = 0x80, high = 0xbf;
	size_t need;

	if (!len)
		return 0;
	if (u[0] < 0x80)
		return 1;
	need = sequence_len(u[0]);
	if (!need)
		return 0;
	if (u[0] == 0xe0)
		low = 0xa0;
	else if (u[0] == 0xed)
		high = 0x9f;
	else if (u[0] == 0xf0)
		low = 0x90;
	else if (u[0] == 0xf4)
		high = 0x8f;
	if (len < need || !in_range(u[1], low, high))
		return 0;
	for (size_t i = 2; i < need; i++) {
		if (!in_range(u[i], 0x80, 0xbf))
			return 0;
	}
	return need;
}

size_t utf8_whole(const char *s, size_t len)
{
	for (size_t n = 1; n < 4 && n <= len; n++) {
		unsigned char c = (unsigned char)s[len - n];

		if (!in_range(c, 0x80, 0xbf))
			return sequence_len(c) > n ? len - n : len;
	}
	return len;
}

bool utf8_is_valid(const char *s, size_t len)
{
	size_t n;

	for (; len; s += n, len -= n) {
		n = utf8_sequence(s, len);
		if (!n)
			return false;
	}
	return true;
}

uint32_t utf8_decode(const char *s, size_t n)
{
	const unsigned char *u = (const unsigned char *)s;
	uint32_t c = n == 1 ? u[0] : u[0] & (0xff >> (n + 1));

	for (size_t i = 1; i < n; i++)
		c = c << 6 | (u[i] & 0x3f);
	return c;
}

static bool is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f);
}

/* What reorders the text around it, and the line ends that aren't controls. */
static bool is_layout(uint32_t c)
{
	return c == 0x61c || c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069);
}

bool text_is_unsafe(uint32_t c)
{
	return is_control(c) || is_layout(c);
}

void text_add_escape(struct strbuf *sb, uint32_t c)
{
	if (c == '\n')
		strbuf_addstr(sb, "\\n");
	else if (c == '\t')
		strbuf_addstr(sb, "\\t");
	else if (c == '\r')
		strbuf_addstr(sb, "\\r");
	else if (c < 0x80)
		strbuf_addf(sb, "\\%03o", c);
	else
		strbuf_addf(sb, "\\u%04x", c);
}

void text_add_safe(struct strbuf *sb, const char *s, size_t len)
{
	const char *plain = s, *end = s + len;
	size_t n;

	for (; s < end; s += n) {
		uint32_t c;

		n = utf8_sequence(s, (size_t)(end - s));
		c = n ? utf8_decode(s, n) : 0;
		if (n && !text_is_unsafe(c))
			continue;
		strbuf_add(sb, plain, (size_t)(s - plain));
		if (n) {
			text_add_escape(sb, c);
		} else {
			strbuf_addf(sb, "\\x%02x", (unsigned char)*s);
			n = 1;
		}
		plain = s + n;
	}
	strbuf_add(sb, plain, (size_t)(end - plain));
}

/* What stands for the character c in HTML; NULL: itself. */
static const char *html_entity(uint32_t c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	case '\n':
	case '\t':
		return NULL;
	default:
		return is_control(c) ? REPLACEMENT : NULL;
	}
}

void text_add_html(struct strbuf *sb, const char *s, size_t len)
{
	const char *plain = s, *end = s + len;
	size_t n;

	for (; s < end; s += n) {
		const char *entity;

		n = utf8_sequence(s, (size_t)(end - s));
		entity = n ? html_entity(utf8_decode(s, n)) : REPLACEMENT;
		if (!n)
			n = 1;
		if (!entity)
			continue;
		strbuf_add(sb, plain, (size_t)(s - plain));
		strbuf_addstr(sb, entity);
		plain = s + n;
	}
	strbuf_add(sb, plain, (size_t)(end - plain));
}

void text_add_utf8(struct strbuf *sb, const char *s, size_t len)
{
	const char *plain = s, *end = s + len;
	size_t n;

	for (; s < end; s += n) {
		n = utf8_sequence(s, (size_t)(end - s));
		if (n)
			continue;
		strbuf_add(sb, plain, (size_t)(s - plain));
		strbuf_addstr(sb, REPLACEMENT);
		n = 1;
		plain = s + n;
	}
	strbuf_add(sb, plain, (size_t)(end - plain));
}

/* '=' and '~' are safe but at the start of a word (zsh expands =command). */
static bool is_shell_word(const char *s)
{
	static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789_-./:@%+,=~";

	return *s && *s != '=' && *s != '~' && !s[strspn(s, safe)];
}

void text_add_shell(struct strbuf *sb, const char *s)
{
	if (is_shell_word(s))
		strbuf_addstr(sb, s);
	else
		text_add_quoted(sb, s);
}

void text_add_quoted(struct strbuf *sb, const char *s)
{
	const char *quote;

	strbuf_addch(sb, '\'');
	for (; (quote = strchr(s, '\'')); s = quote + 1) {
		strbuf_add(sb, s, (size_t)(quote - s));
		strbuf_addstr(sb, "'\\''");
	}
	strbuf_addstr(sb, s);
	strbuf_addch(sb, '\'');
}

bool text_locale_is_utf8(void)
{
	return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

size_t text_width(const char *s, size_t len)
{
	size_t width = 0, n;
	mbstate_t state;

	memset(&state, 0, sizeof(state));
	for (; len; s += n, len -= n) {
		wchar_t wc = 0;
		int columns = 1;

		n = 1;
		if (*s < ' ' || *s > '~') {
			n = mbrtowc(&wc, s, len, &state);
			if (n == (size_t)-1 || n == (size_t)-2) {
				memset(&state, 0, sizeof(state));
				n = 1;
			} else {
				n = n ? n : 1;
				columns = wcwidth(wc);
			}
		}
		width += columns < 0 ? 1 : (size_t)columns;
	}
	return width;
}

/*
 * The filter's states, after the parser of ECMA-48 sequences that terminals share. The first
 * bytes of a UTF-8 character are kept in `seq` until it is whole, in states that know characters
 * (TEXT and the strings); SGR's parameters are kept there in CSI.
 */
enum {
	TEXT,
	ESCAPE,      /* behind ESC */
	ESCAPE_MORE, /* and behind an intermediate byte of it */
	CSI,         /* parameters of what may become SGR */
	CSI_OTHER,   /* any other control sequence, up to its final byte */
	OSC,         /* ends with BEL or ST */
	STRING,      /* DCS, SOS, PM, APC: ends with ST */
	/*
	 * A string that began with one byte above 0x7f. In a log such a byte is more often text in
	 * another encoding; so a line end, too, ends it, or the rest of the log would be missing.
	 */
	STRING_8BIT,
};

static bool is_passed_control(unsigned char c)
{
	return c == '\n' || c == '\t' || c == '\r' || c == '\b';
}

static void enter(struct term_filter *f, int state)
{
	f->state = state;
	f->seq_len = 0;
	f->utf8_left = 0;
}

static void filter_c1(struct term_filter *f, unsigned char c, bool is_byte)
{
	switch (c) {
	case 0x9b:
		enter(f, CSI_OTHER); /* SGR passes only as ESC [ */
		break;
	case 0x9d:
		enter(f, is_byte ? STRING_8BIT : OSC);
		break;
	case 0x90:
	case 0x98:
	case 0x9e:
	case 0x9f:
		enter(f, is_byte ? STRING_8BIT : STRING);
		break;
	default:
		enter(f, TEXT);
	}
}

static void filter_escape(struct term_filter *f, unsigned char c)
{
	if (c >= 0x20 && c <= 0x2f)
		enter(f, ESCAPE_MORE);
	else if (f->state == ESCAPE_MORE)
		enter(f, TEXT);
	else if (c == '[')
		enter(f, CSI);
	else if (c == ']')
		enter(f, OSC);
	else if (c == 'P' || c == 'X' || c == '^' || c == '_')
		enter(f, STRING);
	else
		enter(f, TEXT);
}

static void filter_csi(struct term_filter *f, struct strbuf *out, unsigned char c)
{
	bool is_parameter = (c >= '0' && c <= '9') || c == ';' || c == ':';

	if (c >= 0x40) {
		if (f->state == CSI && c == 'm') {
			strbuf_addstr(out, "\033[");
			strbuf_add(out, f->seq, f->seq_len);
			strbuf_addch(out, 'm');
		}
		enter(f, TEXT);
	} else if (f->state == CSI && is_parameter && f->seq_len < sizeof(f->seq)) {
		f->seq[f->seq_len++] = (char)c;
	} else {
		enter(f, CSI_OTHER);
	}
}

static bool in_string(const struct term_filter *f)
{
	return f->state >= OSC;
}

/* C0 controls and DEL. Those that move within the text work inside sequences, too. */
static void filter_c0(struct term_filter *f, struct strbuf *out, unsigned char c)
{
	bool ends_bell = f->state == OSC || f->state == STRING_8BIT;
	bool ends_line = f->state == STRING_8BIT && (c == '\n' || c == '\r');

	if (c == 0x1b)
		enter(f, ESCAPE);
	else if (c == 0x18 || c == 0x1a || ends_line || (ends_bell && c == '\a'))
		enter(f, TEXT);
	if (!in_string(f) && is_passed_control(c))
		strbuf_addch(out, (char)c);
}

static void filter_ascii(struct term_filter *f, struct strbuf *out, unsigned char c)
{
	if (c < 0x20 || c == 0x7f)
		filter_c0(f, out, c);
	else if (f->state == TEXT)
		strbuf_addch(out, (char)c);
	else if (f->state == CSI || f->state == CSI_OTHER)
		filter_csi(f, out, c);
	else if (!in_string(f))
		filter_escape(f, c);
}

/* A byte above 0x7f that is in no valid character. */
static void filter_stray(struct term_filter *f, struct strbuf *out, unsigned char c)
{
	if (c < 0xa0)
		filter_c1(f, c, true);
	else if (f->state == TEXT)
		strbuf_addch(out, (char)c);
}

static void filter_character(struct term_filter *f, struct strbuf *out)
{
	uint32_t c = utf8_decode(f->seq, f->seq_len);

	if (c < 0xa0) {
		filter_c1(f, (unsigned char)c, false);
		return;
	}
	if (f->state == TEXT)
		strbuf_add(out, f->seq, f->seq_len);
	enter(f, f->state);
}

static unsigned utf8_continuation(unsigned char lead)
{
	if (in_range(lead, 0xc2, 0xdf))
		return 1;
	if (in_range(lead, 0xe0, 0xef))
		return 2;
	return in_range(lead, 0xf0, 0xf4) ? 3 : 0;
}

/* Whether c may follow what `seq` holds of a character. */
static bool continues_character(const struct term_filter *f, unsigned char c)
{
	char whole[4] = {0, (char)0x80, (char)0x80, (char)0x80};

	memcpy(whole, f->seq, f->seq_len);
	whole[f->seq_len] = (char)c;
	return utf8_sequence(whole, f->seq_len + f->utf8_left) > 0;
}

/*
 * The bytes kept turned out to be no character. In text those after the first are taken for the
 * rest of one that was cut, not for controls; left out all the same, where they could be some.
 */
static void give_up_character(struct term_filter *f, struct strbuf *out)
{
	char kept[4];
	size_t n = f->seq_len;
	bool is_text = f->state == TEXT;

	memcpy(kept, f->seq, n);
	enter(f, f->state);
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)kept[i];

		if (!is_text || c >= 0xa0)
			filter_stray(f, out, c);
	}
}

static void filter_byte(struct term_filter *f, struct strbuf *out, unsigned char c)
{
	if (f->utf8_left) {
		if (continues_character(f, c)) {
			f->seq[f->seq_len++] = (char)c;
			if (!--f->utf8_left)
				filter_character(f, out);
			return;
		}
		give_up_character(f, out);
	}
	if (c < 0x80) {
		filter_ascii(f, out, c);
		return;
	}
	if (!in_string(f) && f->state != TEXT)
		enter(f, TEXT); /* no part of a sequence: it ends there */
	f->utf8_left = utf8_continuation(c);
	if (f->utf8_left)
		f->seq[f->seq_len++] = (char)c;
	else
		filter_stray(f, out, c);
}

/* Length of what passes as it is. */
static size_t plain_run(const char *s, size_t len)
{
	size_t i = 0;

	while (i < len) {
		unsigned char c = (unsigned char)s[i];
		size_t n = 1;

		if (c < 0x20 ? !is_passed_control(c) : c == 0x7f)
			break;
		if (c >= 0x80) {
			n = utf8_sequence(s + i, len - i);
			if (!n || (c == 0xc2 && (unsigned char)s[i + 1] < 0xa0))
				break;
		}
		i += n;
	}
	return i;
}

void term_filter_add(struct term_filter *f, struct strbuf *out, const char *s, size_t len)
{
	while (len) {
		size_t n = 0;

		if (f->state == TEXT && !f->utf8_left) {
			n = plain_run(s, len);
			strbuf_add(out, s, n);
		}
		if (n < len)
			filter_byte(f, out, (unsigned char)s[n++]);
		s += n;
		len -= n;
	}
}
