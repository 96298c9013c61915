#include "core/logmask.h"

#include <stdbool.h>
#include <string.h>

#include "util/alloc.h"

/*
 * Each kind of thing has a function match_KIND(t, i) that tells how many bytes of it begin at
 * t->p[i], 0 for none. They look only at the places where a thing may begin, and no further than
 * it, so that the whole takes time linear in the length of the line.
 */
struct text {
	const char *p;
	size_t len;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	char lower = (char)(c | 0x20);

	return lower >= 'a' && lower <= 'z';
}

static bool is_hex(char c)
{
	char lower = (char)(c | 0x20);

	return is_digit(c) || (lower >= 'a' && lower <= 'f');
}

static bool is_word(char c)
{
	return is_digit(c) || is_letter(c) || c == '_';
}

/* The byte at i; NUL where there is none. */
static char at(const struct text *t, size_t i)
{
	return i < t->len ? t->p[i] : '\0';
}

/* As above for the byte in front of i. */
static char before(const struct text *t, size_t i)
{
	return i > 0 ? t->p[i - 1] : '\0';
}

static bool has(const struct text *t, size_t i, const char *s)
{
	size_t n = strlen(s);

	return i <= t->len && t->len - i >= n && memcmp(t->p + i, s, n) == 0;
}

/* How many digits are at i, counted up to `max`. */
static size_t digits(const struct text *t, size_t i, size_t max)
{
	size_t n = 0;

	while (n < max && is_digit(at(t, i + n)))
		n++;
	return n;
}

static size_t hex_digits(const struct text *t, size_t i, size_t max)
{
	size_t n = 0;

	while (n < max && is_hex(at(t, i + n)))
		n++;
	return n;
}

/* A number of exactly n digits between low and high. */
static bool is_number(const struct text *t, size_t i, size_t n, int low, int high)
{
	int v = 0;

	if (digits(t, i, n + 1) != n)
		return false;
	for (size_t k = 0; k < n; k++)
		v = v * 10 + (t->p[i + k] - '0');
	return v >= low && v <= high;
}

/* Length of the name at i among `names`, a list of three-letter names; 0 for none. */
static size_t match_name(const struct text *t, size_t i, const char *names)
{
	if (!is_letter(at(t, i)))
		return 0;
	for (; *names; names += 3)
		if (t->len >= 3 && i <= t->len - 3 && memcmp(t->p + i, names, 3) == 0)
			return 3;
	return 0;
}

/* ---- dates and times ---- */

/* HH:MM, HH:MM:SS, HH:MM:SS.FRACTION */
static size_t match_clock(const struct text *t, size_t i, bool with_seconds)
{
	size_t n = 5, fraction;

	if (!is_number(t, i, 2, 0, 24) || at(t, i + 2) != ':' || !is_number(t, i + 3, 2, 0, 59))
		return 0;
	if (at(t, i + n) != ':' || !is_number(t, i + n + 1, 2, 0, 60))
		return with_seconds || is_word(at(t, i + n)) ? 0 : n;
	n += 3;
	if (at(t, i + n) == '.' || at(t, i + n) == ',') {
		fraction = digits(t, i + n + 1, 12);
		if (fraction > 0)
			n += 1 + fraction;
	}
	if (at(t, i + n) == ':')
		return 0;
	return is_word(at(t, i + n)) && at(t, i + n) != 'Z' ? 0 : n;
}

/* Z, +HH:MM, +HHMM, and those behind a space */
static size_t match_offset(const struct text *t, size_t i)
{
	size_t n = i;

	if (at(t, i) == 'Z')
		return is_word(at(t, i + 1)) ? 0 : 1;
	n += at(t, n) == ' ';
	if (at(t, n) != '+' && at(t, n) != '-')
		return 0;
	if (is_number(t, n + 1, 4, 0, 1459))
		n += 5;
	else if (is_number(t, n + 1, 2, 0, 14) && at(t, n + 3) == ':' &&
		 is_number(t, n + 4, 2, 0, 59))
		n += 6;
	else
		return 0;
	return is_word(at(t, n)) ? 0 : n - i;
}

/* " UTC", " GMT", and other capitals of that kind where a year comes behind */
static size_t match_zone(const struct text *t, size_t i)
{
	size_t n = 1;

	if (at(t, i) != ' ')
		return 0;
	while (n <= 5 && at(t, i + n) >= 'A' && at(t, i + n) <= 'Z')
		n++;
	if (n < 4 || is_word(at(t, i + n)))
		return 0;
	if (has(t, i, " UTC") || has(t, i, " GMT"))
		return n == 4 ? n : 0;
	return at(t, i + n) == ' ' && is_number(t, i + n + 1, 4, 1970, 2999) ? n : 0;
}

static size_t match_year(const struct text *t, size_t i)
{
	if (at(t, i) != ' ' || !is_number(t, i + 1, 4, 1970, 2999))
		return 0;
	return is_word(at(t, i + 5)) ? 0 : 5;
}

/* 2026-11-23, 2026/11/23 */
static size_t match_iso_date(const struct text *t, size_t i)
{
	char separator = at(t, i + 4);

	if ((separator != '-' && separator != '/') || !is_number(t, i, 4, 1970, 2999) ||
	    !is_number(t, i + 5, 2, 1, 12) || at(t, i + 7) != separator ||
	    !is_number(t, i + 8, 2, 1, 31))
		return 0;
	return 10;
}

/* 20261123T210612, with Z or without */
static size_t match_basic_iso(const struct text *t, size_t i)
{
	if (digits(t, i, 9) != 8 || at(t, i + 8) != 'T' || digits(t, i + 9, 7) != 6)
		return 0;
	if (at(t, i + 15) == 'Z' && !is_word(at(t, i + 16)))
		return 16;
	return is_word(at(t, i + 15)) ? 0 : 15;
}

static size_t match_iso(const struct text *t, size_t i)
{
	size_t n = match_iso_date(t, i), clock;

	if (n == 0)
		return match_basic_iso(t, i);
	if (at(t, i + n) == 'T' || at(t, i + n) == ' ') {
		clock = match_clock(t, i + n + 1, false);
		if (clock > 0) {
			n += 1 + clock;
			return n + match_offset(t, i + n);
		}
	}
	return is_word(at(t, i + n)) ? 0 : n;
}

/* "Nov 23", "Nov  3", "23 Nov", with a space behind */
static size_t match_month_day(const struct text *t, size_t i)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	size_t n, day;

	day = digits(t, i, 3);
	if (day > 0) {
		if (day > 2 || at(t, i + day) != ' ' || !match_name(t, i + day + 1, months))
			return 0;
		n = day + 4;
	} else {
		n = match_name(t, i, months);
		if (n == 0 || at(t, i + n) != ' ')
			return 0;
		n += at(t, i + n + 1) == ' ' ? 2 : 1;
		day = digits(t, i + n, 3);
		if (day == 0 || day > 2)
			return 0;
		n += day;
	}
	return at(t, i + n) == ' ' ? n + 1 : 0;
}

/* [Mon[,] ]Nov 23 [2026 ]21:06:12, then zone, offset and year as they come */
static size_t match_words_date(const struct text *t, size_t i)
{
	size_t n = match_name(t, i, "MonTueWedThuFriSatSun"), part;

	if (n > 0) {
		n += at(t, i + n) == ',';
		if (at(t, i + n) != ' ')
			return 0;
		n++;
	}
	part = match_month_day(t, i + n);
	if (part == 0)
		return 0;
	n += part;
	if (is_number(t, i + n, 4, 1970, 2999) && at(t, i + n + 4) == ' ')
		n += 5;
	part = match_clock(t, i + n, true);
	if (part == 0)
		return 0;
	n += part;
	n += match_zone(t, i + n);
	n += match_year(t, i + n);
	return n + match_offset(t, i + n);
}

static size_t match_time(const struct text *t, size_t i)
{
	size_t n = match_words_date(t, i);

	if (n == 0)
		n = match_iso(t, i);
	if (n > 0 || (before(t, i) && strchr(".:-/", before(t, i))))
		return n;
	n = match_clock(t, i, true);
	return n > 0 ? n + match_offset(t, i + n) : 0;
}

/* ---- durations ---- */

enum {
	DIRECT = 1,   /* may be right behind the number */
	SPACED = 2,   /* may be behind the number and a space */
	COMPOUND = 4, /* may be one of several, as in 1h30m */
};

static const struct {
	const char *name;
	unsigned where;
} units[] = {
	{"s", DIRECT | SPACED | COMPOUND},
	{"m", COMPOUND},
	{"h", COMPOUND},
	{"d", COMPOUND},
	{"ms", DIRECT | SPACED},
	{"us", DIRECT | SPACED},
	{"\302\265s", DIRECT | SPACED}, /* with the micro sign */
	{"\316\274s", DIRECT | SPACED}, /* with the Greek letter */
	{"ns", DIRECT | SPACED},
	{"sec", DIRECT | SPACED},
	{"secs", DIRECT | SPACED},
	{"second", DIRECT | SPACED},
	{"seconds", DIRECT | SPACED},
	{"min", DIRECT | SPACED},
	{"mins", DIRECT | SPACED},
	{"minute", DIRECT | SPACED},
	{"minutes", DIRECT | SPACED},
	{"hour", DIRECT | SPACED},
	{"hours", DIRECT | SPACED},
	{"millisecond", DIRECT | SPACED},
	{"milliseconds", DIRECT | SPACED},
};

/* Length of the unit at i, 0 for none; only behind a COMPOUND one may the word go on. */
static size_t match_unit(const struct text *t, size_t i, unsigned where)
{
	if (i >= t->len || !memchr("smhdun\302\316", t->p[i], 8))
		return 0;
	for (size_t k = 0; k < ARRAY_SIZE(units); k++) {
		size_t n = strlen(units[k].name);

		if ((units[k].where & where) && has(t, i, units[k].name) &&
		    (!is_word(at(t, i + n)) || where == COMPOUND))
			return n;
	}
	return 0;
}

/* 12, 1.23, 0,003 */
static size_t match_decimal(const struct text *t, size_t i)
{
	size_t n = digits(t, i, 12), fraction;

	if (n > 0 && (at(t, i + n) == '.' || at(t, i + n) == ',')) {
		fraction = digits(t, i + n + 1, 12);
		if (fraction > 0)
			n += 1 + fraction;
	}
	return n;
}

/* 1h2m3s, 0m4.2s, 1m 05s: at least two parts */
static size_t match_compound(const struct text *t, size_t i)
{
	enum { MOST = 4 };
	size_t n = 0, parts, good = 0;

	for (parts = 1; parts <= MOST; parts++) {
		size_t number = match_decimal(t, i + n), unit;

		unit = number > 0 ? match_unit(t, i + n + number, COMPOUND) : 0;
		if (unit == 0)
			break;
		n += number + unit;
		if (parts > 1 && !is_word(at(t, i + n)))
			good = n;
		n += at(t, i + n) == ' ';
	}
	return good;
}

static size_t match_duration(const struct text *t, size_t i)
{
	size_t n, unit;

	if (!is_digit(at(t, i)) || before(t, i) == '.')
		return 0;
	n = match_compound(t, i);
	if (n > 0)
		return n;
	n = match_decimal(t, i);
	unit = match_unit(t, i + n, DIRECT);
	if (unit == 0 && at(t, i + n) == ' ') {
		n++;
		unit = match_unit(t, i + n, SPACED);
	}
	return unit > 0 ? n + unit : 0;
}

/* ---- ids ---- */

/* Seconds since 1970 of ten digits or more, a hyphen, four lower case hexadecimal digits */
static size_t match_run(const struct text *t, size_t i)
{
	size_t n = digits(t, i, 20);

	if (n < 10 || n > 19 || at(t, i) == '0' || at(t, i + n) != '-' ||
	    hex_digits(t, i + n + 1, 5) != 4 || is_word(at(t, i + n + 5)))
		return 0;
	for (size_t k = 1; k <= 4; k++)
		if (t->p[i + n + k] < '0' || (t->p[i + n + k] > '9' && t->p[i + n + k] < 'a'))
			return 0;
	return n + 5;
}

static size_t match_uuid(const struct text *t, size_t i)
{
	static const unsigned char parts[] = {8, 4, 4, 4, 12};
	size_t n = 0;

	for (size_t k = 0; k < ARRAY_SIZE(parts); k++) {
		if (k > 0 && at(t, i + n++) != '-')
			return 0;
		if (hex_digits(t, i + n, parts[k] + 1u) != parts[k])
			return 0;
		n += parts[k];
	}
	return is_word(at(t, i + n)) ? 0 : n;
}

static size_t match_hash(const struct text *t, size_t i)
{
	size_t n, numerals = 0;

	if (!is_hex(at(t, i)))
		return 0;
	n = match_uuid(t, i);
	if (n > 0)
		return n;
	for (n = 0; is_hex(at(t, i + n)); n++)
		numerals += is_digit(t->p[i + n]);
	return n >= 7 && numerals > 0 && numerals < n && !is_word(at(t, i + n)) ? n : 0;
}

static size_t match_address(const struct text *t, size_t i)
{
	size_t n = 2;

	if (!has(t, i, "0x"))
		return 0;
	while (is_hex(at(t, i + n)))
		n++;
	return n >= 8 && !is_word(at(t, i + n)) ? n : 0;
}

/* The number of a process at i, behind `pid ` and the like or in brackets */
static size_t match_pid(const struct text *t, size_t i)
{
	size_t n = digits(t, i, 11), j = i;

	if (n == 0 || n > 10 || is_word(at(t, i + n)))
		return 0;
	if (before(t, i) == '[')
		return at(t, i + n) == ']' ? n : 0;
	if (before(t, j) == ' ')
		j--;
	if (before(t, j) == '=' || before(t, j) == ':')
		j--;
	if (j == i || j < 3 || (t->p[j - 3] | 0x20) != 'p' || (t->p[j - 2] | 0x20) != 'i' ||
	    (t->p[j - 1] | 0x20) != 'd' || is_letter(before(t, j - 3)))
		return 0;
	return n;
}

/* ---- paths ---- */

static bool is_path_byte(char c)
{
	return is_word(c) || (c & 0x80) || (c && strchr(".-+@%~#", c));
}

/* Can an absolute path begin at the slash at i? Also behind "://" and an option's letter (-I). */
static bool is_path_start(const struct text *t, size_t i)
{
	char front = before(t, i);

	if (at(t, i) != '/')
		return false;
	if (front == '/')
		return i >= 3 && t->p[i - 2] == '/' && t->p[i - 3] == ':';
	if (is_letter(front) && i >= 2 && t->p[i - 2] == '-')
		return i == 2 || t->p[i - 3] == ' ' || t->p[i - 3] == '\t';
	return !(is_word(front) || (front & 0x80) || front == '.' || front == '~');
}

/* Length of the name behind the slash at i */
static size_t name_len(const struct text *t, size_t i)
{
	size_t n = 0;

	while (is_path_byte(at(t, i + 1 + n)))
		n++;
	return n;
}

/* Is the name behind the slash at i one of a folder that is numbered: NAME-12? */
static bool is_numbered(const struct text *t, size_t i, size_t n)
{
	size_t last = i + n;

	while (last > i && is_digit(t->p[last]))
		last--;
	return last < i + n && last > i + 1 && t->p[last] == '-';
}

/* /tmp/NAME, then what is numbered */
static size_t match_temporary(const struct text *t, size_t i)
{
	size_t n = has(t, i, "/tmp/") ? 4 : has(t, i, "/var/tmp/") ? 8 : 0, name;

	if (n == 0)
		return 0;
	name = name_len(t, i + n);
	if (name == 0)
		return 0;
	n += 1 + name;
	while (at(t, i + n) == '/') {
		name = name_len(t, i + n);
		if (!is_numbered(t, i + n, name))
			break;
		n += 1 + name;
	}
	return n;
}

/* Up to the last name in the path that is of our own making */
static size_t match_own(const struct text *t, size_t i)
{
	size_t n = 0, good = 0;

	while (at(t, i + n) == '/') {
		size_t name = name_len(t, i + n);
		bool own = has(t, i + n + 1, "git-jci-") ||
			   (name > 0 && match_run(t, i + n + 1) == name);

		n += 1 + name;
		if (own)
			good = n;
	}
	return good;
}

static size_t match_path(const struct text *t, size_t i)
{
	size_t temporary, own;

	if (!is_path_start(t, i))
		return 0;
	temporary = match_temporary(t, i);
	own = match_own(t, i);
	return own > temporary ? own : temporary;
}

/* ---- lines ---- */

enum { AT_SLASH = 1, AT_DIGIT = 2, AT_HEX = 4, AT_INITIAL = 8 };

static const struct {
	size_t (*match)(const struct text *t, size_t i);
	const char *mark;
	unsigned where;
} kinds[] = {
	{match_path, "<tmp>", AT_SLASH},
	{match_time, "<time>", AT_DIGIT | AT_INITIAL},
	{match_run, "<run>", AT_DIGIT},
	{match_address, "<address>", AT_DIGIT},
	{match_hash, "<hash>", AT_DIGIT | AT_HEX},
	{match_duration, "<duration>", AT_DIGIT},
	{match_pid, "<pid>", AT_DIGIT},
};

/*
 * What is masked begins with a slash, or with the first byte of a word that is a digit (of 16) or
 * the initial of a month or day. The functions above rely on the latter.
 */
static unsigned place_of(const struct text *t, size_t i)
{
	char c = t->p[i];

	if (c == '/')
		return AT_SLASH;
	if (!is_word(c) || is_word(before(t, i)))
		return 0;
	if (is_digit(c))
		return AT_DIGIT;
	return (is_hex(c) ? AT_HEX : 0) | (memchr("JFMASONDTW", c, 10) ? AT_INITIAL : 0);
}

/* Length and mark of what is at i, 0 for nothing. */
static size_t match_any(const struct text *t, size_t i, const char **mark)
{
	unsigned place = place_of(t, i);

	for (size_t k = 0; place && k < ARRAY_SIZE(kinds); k++) {
		size_t n = (kinds[k].where & place) ? kinds[k].match(t, i) : 0;

		*mark = kinds[k].mark;
		if (n > 0)
			return n;
	}
	return 0;
}

static void mask_text(struct strbuf *out, const struct text *t)
{
	const char *mark = NULL;
	size_t copied = 0, i = 0;

	while (i < t->len) {
		size_t n = match_any(t, i, &mark);

		if (n == 0) {
			i++;
			continue;
		}
		strbuf_add(out, t->p + copied, i - copied);
		strbuf_addstr(out, mark);
		i += n;
		copied = i;
	}
	strbuf_add(out, t->p + copied, t->len - copied);
}

/* Length of the control sequence at the ESC p[0] (ECMA-48, 5.4); a mere ESC is one of its own. */
static size_t escape_len(const char *p, size_t len)
{
	size_t n = 2;

	if (len < 2 || p[1] != '[')
		return 1;
	while (n < len && p[n] >= 0x20 && p[n] <= 0x3f)
		n++;
	return n < len && p[n] >= 0x40 && p[n] <= 0x7e ? n + 1 : 1;
}

/* What the line shows when all of it was written: no sequences, nothing that was overwritten. */
static void add_last_state(struct strbuf *out, const char *line, size_t len)
{
	const char *end = line + len, *p = line, *last;
	size_t start = out->len;

	while (p < end) {
		const char *escape = memchr(p, '\033', (size_t)(end - p));

		if (!escape)
			escape = end;
		strbuf_add(out, p, (size_t)(escape - p));
		p = escape < end ? escape + escape_len(escape, (size_t)(end - escape)) : end;
	}
	while (out->len > start && out->buf[out->len - 1] == '\r')
		strbuf_setlen(out, out->len - 1);
	last = memrchr(out->buf + start, '\r', out->len - start);
	if (last) {
		size_t kept = out->len - (size_t)(last + 1 - out->buf);

		memmove(out->buf + start, last + 1, kept);
		strbuf_setlen(out, start + kept);
	}
}

void jci_log_mask_line(struct strbuf *out, const char *line, size_t len)
{
	cleanup_strbuf struct strbuf state = STRBUF_INIT;
	struct text t = {line, len};

	if (len == 0)
		return;
	if (memchr(line, '\033', len) || memchr(line, '\r', len)) {
		add_last_state(&state, line, len);
		t = (struct text){state.buf, state.len};
	}
	mask_text(out, &t);
}

void jci_log_mask(struct strbuf *out, const char *text, size_t len)
{
	while (len > 0) {
		const char *newline = memchr(text, '\n', len);
		size_t n = newline ? (size_t)(newline - text) : len;

		jci_log_mask_line(out, text, n);
		if (!newline)
			return;
		strbuf_addch(out, '\n');
		text = newline + 1;
		len -= n + 1;
	}
}
