/* Writing the index and the timing of a log (core/logindex.h); reading them is logindex.c. */
#include "core/logindex.h"

#include <inttypes.h>
#include <string.h>

#include "util/alloc.h"
#include "util/text.h"

#define ESC        '\033'
#define LITERAL(s) (s), (sizeof(s) - 1)

enum mark_kind { MARK_GROUP, MARK_GROUP_END, MARK_SECTION, MARK_ERROR, MARK_KINDS };
static const char mark_letters[MARK_KINDS] = {'g', 'e', 's', '!'};

struct jci_log_scanner {
	struct strbuf *index;
	uint64_t line;  /* number of the current line */
	uint64_t start; /* its offset */
	uint64_t next_checkpoint;
	uint64_t errors;
	unsigned marks[MARK_KINDS];
	/* The line that the data fed so far ends in the midst of: */
	bool unfinished;
	uint64_t unfinished_len;
	size_t head_len;
	char head[JCI_LOG_HEAD];
};

/* ---- finding the lines worth a look ---- */

/*
 * Nearly all lines of nearly all logs are nothing special, so they are not looked at one by one:
 * the bytes are searched, sixteen at a time, for three that every special line has. Vectors of the
 * compiler, not of the processor: any machine will do.
 */
typedef signed char vector __attribute__((vector_size(16)));
typedef unsigned char vector8 __attribute__((vector_size(16)));
typedef uint64_t vector64 __attribute__((vector_size(16)));

enum { BLOCK = 64, BLOCK_READ = BLOCK + 2 }; /* a block is searched with the two bytes behind it */

static inline vector vector_load(const char *p)
{
	vector v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* Bytes not 0 where an error word has a certain three letters, in any case. */
static inline vector vector_letters(vector a, vector b, vector c)
{
	vector r;

	a |= 0x20;
	b |= 0x20;
	c |= 0x20;
	r = (a == 'r') & (b == 'r') & (c == 'o');                 /* e[rro]r */
	r |= (a == 'f') & (b == 'a') & ((c == 'i') | (c == 't')); /* [fai]l, [fat]al */
	r |= (a == 'p') & (b == 'a') & (c == 'n');                /* [pan]ic */
	return r | ((a == 'c') & (b == 'e') & (c == 'b'));        /* tra[ceb]ack */
}

/* Where such letters begin at p[i], the word that they may be of does there; SIZE_MAX: nowhere. */
static inline size_t letters_word(const char *p, size_t i)
{
	size_t before = (p[i] | 0x20) == 'r' ? 1 : (p[i] | 0x20) == 'c' ? 3 : 0;

	return i >= before ? i - before : SIZE_MAX;
}

/* Bytes not 0 where the three from there on make their line, or the line behind, a suspect. */
static inline vector vector_suspects(const char *p)
{
	vector a = vector_load(p), b = vector_load(p + 1), c = vector_load(p + 2), r;

	/* "::", "##", "--", "++", "~~", "no" or a sequence at the start of a line */
	r = (a == '\n') & (((b == c) & (b > ' ')) | ((b == 'n') & (c == 'o')) | (b == ESC));
	return r | vector_letters(a, b, c);
}

static inline bool vector_any(vector v)
{
	vector64 w = (vector64)v;

	return (w[0] | w[1]) != 0;
}

static inline bool block_is_suspect(const char *p)
{
	return vector_any(vector_suspects(p) | vector_suspects(p + 16) | vector_suspects(p + 32) |
			  vector_suspects(p + 48));
}

/* The first suspect block from p[i] on, blocks being counted from there; n: none. */
static size_t find_suspect(const char *p, size_t i, size_t n)
{
	char rest[BLOCK_READ] = {0};

	for (; n - i >= BLOCK_READ; i += BLOCK)
		if (block_is_suspect(p + i))
			return i;
	/* The last byte is a newline, so what there may be begins in the first 64 of the rest. */
	memcpy(rest, p + i, n - i);
	return block_is_suspect(rest) ? i : n;
}

static inline uint64_t vector_sum(vector8 v)
{
	const uint64_t even = 0x00ff00ff00ff00ff;
	vector64 w = (vector64)v;
	uint64_t sums;

	w = (w & even) + ((w >> 8) & even);
	sums = w[0] + w[1];
	return (sums * 0x0001000100010001) >> 48;
}

uint64_t jci_log_count_newlines(const char *p, size_t n)
{
	uint64_t count = 0;

	while (n >= sizeof(vector)) {
		size_t rounds = n / sizeof(vector) < 255 ? n / sizeof(vector) : 255;
		vector8 sum = {0};

		n -= rounds * sizeof(vector);
		for (; rounds > 0; rounds--, p += sizeof(vector))
			sum -= (vector8)(vector_load(p) == '\n');
		count += vector_sum(sum);
	}
	for (; n > 0; n--)
		count += *p++ == '\n';
	return count;
}

/* ---- what a line is ---- */

static bool is_word_byte(char c)
{
	char lower = (char)(c | 0x20);

	return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

/* Length of the SGR or EL sequence at p, 0 where there is none. */
static size_t sequence_len(const char *p, size_t len)
{
	size_t i = 2;

	if (len < 3 || p[0] != ESC || p[1] != '[')
		return 0;
	while (i < len && p[i] >= '0' && p[i] <= ';')
		i++;
	return i < len && (p[i] == 'm' || p[i] == 'K') ? i + 1 : 0;
}

static size_t skip_sequences(const char *p, size_t len)
{
	size_t i = 0, n;

	while ((n = sequence_len(p + i, len - i)) > 0)
		i += n;
	return i;
}

/* The other direction: where the sequences that end at i begin. */
static size_t skip_sequences_back(const char *p, size_t i)
{
	while (i >= 3 && (p[i - 1] == 'm' || p[i - 1] == 'K')) {
		size_t j = i - 1;

		while (j > 0 && p[j - 1] >= '0' && p[j - 1] <= ';')
			j--;
		if (j < 2 || p[j - 1] != '[' || p[j - 2] != ESC)
			break;
		i = j - 2;
	}
	return i;
}

static bool starts_with(const char *p, size_t len, const char *prefix, size_t prefix_len)
{
	return len >= prefix_len && memcmp(p, prefix, prefix_len) == 0;
}

static bool ends_word(const char *p, size_t len, size_t i)
{
	return i == len || !(is_word_byte(p[i]) || p[i] == '(');
}

/* `word` is in lower case; independent of the locale. */
static bool is_word(const char *p, size_t len, const char *word, size_t word_len)
{
	if (len < word_len)
		return false;
	for (size_t i = 0; i < word_len; i++)
		if ((p[i] | 0x20) != word[i])
			return false;
	return ends_word(p, len, word_len);
}

static bool is_error_word(const char *p, size_t len)
{
	switch (p[0] | 0x20) {
	case 'e':
		return is_word(p, len, LITERAL("error"));
	case 'f':
		return is_word(p, len, LITERAL("fail")) || is_word(p, len, LITERAL("failed")) ||
		       is_word(p, len, LITERAL("failure")) || is_word(p, len, LITERAL("fatal"));
	case 'p':
		return is_word(p, len, LITERAL("panic"));
	case 't':
		return is_word(p, len, LITERAL("traceback"));
	default:
		return false;
	}
}

static bool is_free_in_front(const char *p, size_t i)
{
	i = skip_sequences_back(p, i);
	return i == 0 || !(is_word_byte(p[i - 1]) || p[i - 1] == '.' || p[i - 1] == '/');
}

/* An error word in p[0..len) whose letters (see vector_letters) begin in the 16 bytes at i? */
static bool has_error_word_at(const char *p, size_t len, size_t i)
{
	char rest[sizeof(vector) + 2] = {0};
	const char *from = p + i;
	vector found;

	if (len - i < sizeof(rest)) {
		memcpy(rest, from, len - i);
		from = rest;
	}
	found = vector_letters(vector_load(from), vector_load(from + 1), vector_load(from + 2));
	if (!vector_any(found))
		return false;
	for (size_t k = 0; k < sizeof(vector); k++) {
		size_t word = found[k] ? letters_word(p, i + k) : SIZE_MAX;

		if (word != SIZE_MAX && is_error_word(p + word, len - word) &&
		    is_free_in_front(p, word))
			return true;
	}
	return false;
}

static bool reports_error(const char *p, size_t len)
{
	if (starts_with(p, len, LITERAL("::error")) || starts_with(p, len, LITERAL("##[error]")) ||
	    (starts_with(p, len, LITERAL("not ok")) && ends_word(p, len, sizeof("not ok") - 1)))
		return true;
	for (size_t i = 0; i < len; i += sizeof(vector))
		if (has_error_word_at(p, len, i))
			return true;
	return false;
}

/* ---- entries ---- */

static void add_title(struct strbuf *out, const char *p, size_t len)
{
	size_t start = out->len, end;

	for (size_t i = 0; i < len && out->len - start < JCI_LOG_MAX_TITLE; i++) {
		size_t n = sequence_len(p + i, len - i);

		if (n > 0)
			i += n - 1;
		else if ((unsigned char)p[i] > ' ' && p[i] != '\177')
			strbuf_addch(out, p[i]);
		else if (out->len > start)
			strbuf_addch(out, ' ');
	}
	end = out->len;
	if (end - start == JCI_LOG_MAX_TITLE)
		end = start + utf8_whole(out->buf + start, end - start);
	while (end > start && out->buf[end - 1] == ' ')
		end--;
	strbuf_setlen(out, end);
}

static void add_entry(struct jci_log_scanner *s, char letter)
{
	strbuf_addf(s->index, "%c %" PRIu64 " %" PRIu64, letter, s->line, s->start);
}

/* `title` NULL: a kind without one. */
static void add_mark(struct jci_log_scanner *s, enum mark_kind kind, const char *title, size_t len)
{
	if (s->marks[kind] >= JCI_LOG_MAX_MARKS)
		return;
	s->marks[kind]++;
	add_entry(s, mark_letters[kind]);
	if (title) {
		strbuf_addch(s->index, ' ');
		add_title(s->index, title, len);
	}
	strbuf_addch(s->index, '\n');
}

/* A line is a group's start or end? Then it is marked as that, and nothing else. */
static bool judge_group(struct jci_log_scanner *s, const char *p, size_t len)
{
	size_t n = 0;

	if (starts_with(p, len, LITERAL("::endgroup::")) ||
	    starts_with(p, len, LITERAL("##[endgroup]"))) {
		add_mark(s, MARK_GROUP_END, NULL, 0);
		return true;
	}
	if (starts_with(p, len, LITERAL("::group::")) || starts_with(p, len, LITERAL("##[group]")))
		n = sizeof("::group::") - 1;
	if (n > 0)
		add_mark(s, MARK_GROUP, p + n, len - n);
	return n > 0;
}

static void judge_section(struct jci_log_scanner *s, const char *p, size_t len)
{
	size_t i = 4;

	if (!starts_with(p, len, LITERAL("--- ")) && !starts_with(p, len, LITERAL("+++ ")) &&
	    !starts_with(p, len, LITERAL("~~~ ")))
		return;
	while (i < len && (p[i] == ' ' || p[i] == '\t' || p[i] == '\r'))
		i++;
	if (i < len)
		add_mark(s, MARK_SECTION, p + i, len - i);
}

/* The current line is p[0..len); makes its entries. What is behind its head is not looked at. */
static void judge_line(struct jci_log_scanner *s, const char *p, size_t len)
{
	size_t skip;

	if (len > JCI_LOG_HEAD)
		len = JCI_LOG_HEAD;
	skip = skip_sequences(p, len);
	p += skip;
	len -= skip;
	if (judge_group(s, p, len))
		return;
	judge_section(s, p, len);
	if (reports_error(p, len)) {
		s->errors++;
		add_mark(s, MARK_ERROR, NULL, 0);
	}
}

/* ---- the scanner ---- */

struct jci_log_scanner *jci_log_scanner_new(struct strbuf *index)
{
	struct jci_log_scanner *s = xcalloc(1, sizeof(*s));

	s->index = index;
	s->line = 1;
	s->next_checkpoint = JCI_LOG_CHECKPOINT;
	strbuf_addstr(index, "jci-log-index 1\n");
	return s;
}

/* The current line has a first byte. */
static void begin_line(struct jci_log_scanner *s)
{
	if (s->start < s->next_checkpoint)
		return;
	add_entry(s, 'c');
	strbuf_addch(s->index, '\n');
	s->next_checkpoint = s->start + JCI_LOG_CHECKPOINT;
}

/* Judges the current line, from p[i] to before p[n] at most; returns where the next starts. */
static size_t judge_whole_line(struct jci_log_scanner *s, const char *p, size_t i, size_t n)
{
	const char *newline = memchr(p + i, '\n', n - i);
	size_t len = (size_t)(newline - (p + i));

	judge_line(s, p + i, len);
	s->line++;
	s->start += len + 1;
	return i + len + 1;
}

/* Goes over p[from..to), whole lines, without looking at them. */
static void skip_lines(struct jci_log_scanner *s, const char *p, size_t from, size_t to)
{
	s->line += jci_log_count_newlines(p + from, to - from);
	s->start += to - from;
}

/* Whole lines, none of them but perhaps the first a checkpoint. */
static void scan_span(struct jci_log_scanner *s, const char *p, size_t n)
{
	size_t i, hit, from;

	begin_line(s);
	/* The first is looked at in any case: the newline in front of it is not here. */
	for (i = judge_whole_line(s, p, 0, n); i < n;) {
		hit = find_suspect(p, i - 1, n);
		from = i;
		if (hit == n) {
			i = n;
		} else if (hit > i) {
			const char *newline = memrchr(p + i, '\n', hit - i);

			if (newline)
				i = (size_t)(newline + 1 - p);
		}
		skip_lines(s, p, from, i);
		while (i < n && i <= hit + BLOCK)
			i = judge_whole_line(s, p, i, n);
	}
}

/* Whole lines. */
static void scan_lines(struct jci_log_scanner *s, const char *p, size_t n)
{
	while (n > 0) {
		uint64_t next = s->start < s->next_checkpoint ? s->next_checkpoint
							      : s->start + JCI_LOG_CHECKPOINT;
		size_t span = n;

		if (next - s->start < n) {
			const char *last = p + (next - s->start) - 1;

			last = memchr(last, '\n', (size_t)(p + n - last));
			span = (size_t)(last + 1 - p);
		}
		scan_span(s, p, span);
		p += span;
		n -= span;
	}
}

/* More of the line that is unfinished. */
static void keep_head(struct jci_log_scanner *s, const char *p, size_t n)
{
	size_t room = JCI_LOG_HEAD - s->head_len;

	s->unfinished_len += n;
	if (n > room)
		n = room;
	memcpy(s->head + s->head_len, p, n);
	s->head_len += n;
}

static void finish_line(struct jci_log_scanner *s)
{
	judge_line(s, s->head, s->head_len);
	s->line++;
	s->start += s->unfinished_len;
	s->unfinished = false;
	s->unfinished_len = 0;
	s->head_len = 0;
}

void jci_log_scanner_feed(struct jci_log_scanner *s, const char *data, size_t len)
{
	const char *newline;
	size_t n;

	if (s->unfinished && len > 0) {
		newline = memchr(data, '\n', len);
		n = newline ? (size_t)(newline - data) : len;
		keep_head(s, data, n);
		if (!newline)
			return;
		s->unfinished_len++;
		finish_line(s);
		data += n + 1;
		len -= n + 1;
	}
	newline = len > 0 ? memrchr(data, '\n', len) : NULL;
	n = newline ? (size_t)(newline + 1 - data) : 0;
	scan_lines(s, data, n);
	if (n < len) {
		begin_line(s);
		s->unfinished = true;
		keep_head(s, data + n, len - n);
	}
}

uint64_t jci_log_scanner_end(struct jci_log_scanner *s)
{
	if (s->unfinished)
		finish_line(s);
	strbuf_addf(s->index, "end %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", s->line - 1, s->start,
		    s->errors);
	return s->line - 1;
}

void jci_log_scanner_free(struct jci_log_scanner *s)
{
	free(s);
}

/* ---- the clock ---- */

enum { US_PER_S = 1000000 };

void jci_log_clock_add(struct jci_log_clock *c, struct strbuf *timing, int64_t us, uint64_t bytes)
{
	if (bytes == 0)
		return;
	if (c->any && us - c->entry_us < JCI_LOG_ENTRY_US) {
		c->bytes += bytes;
		return;
	}
	jci_log_clock_end(c, timing);
	c->entry_us = us > c->written_us ? us : c->written_us;
	c->bytes = bytes;
	c->any = true;
}

void jci_log_clock_end(struct jci_log_clock *c, struct strbuf *timing)
{
	int64_t us = c->entry_us - c->written_us;

	if (!c->any)
		return;
	strbuf_addf(timing, "%" PRId64 ".%06d %" PRIu64 "\n", us / US_PER_S, (int)(us % US_PER_S),
		    c->bytes);
	c->written_us = c->entry_us;
	c->bytes = 0;
	c->any = false;
}
