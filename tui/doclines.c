#include <unistd.h>

#include "tui/docpriv.h"
#include "util/alloc.h"
#include "util/io.h"

enum {
	NEAR = 256 * 1024,       /* how far back a line's beginning is looked for at first */
	FAR = 16 * 1024 * 1024,  /* and where nothing is known of the file yet */
	COUNT = 4 * 1024 * 1024, /* bytes in which lines are counted */
};

/* ---- blocks ---- */

void doc_reader_reset(struct doc_reader *r)
{
	for (int i = 0; i < DOC_BLOCKS; i++)
		r->blocks[i].used = 0;
	memset(r->spans, 0, sizeof(r->spans));
	r->number = 0;
}

void doc_reader_release(struct doc_reader *r)
{
	for (int i = 0; i < DOC_BLOCKS; i++)
		free(r->blocks[i].data);
	strbuf_release(&r->line);
}

/* The block itself, or the one used longest ago. */
static struct doc_block *find_block(struct doc_reader *r, uint64_t offset)
{
	struct doc_block *oldest = &r->blocks[0];

	for (int i = 0; i < DOC_BLOCKS; i++) {
		struct doc_block *b = &r->blocks[i];

		if (b->used && b->offset == offset)
			return b;
		if (b->used < oldest->used)
			oldest = b;
	}
	return oldest;
}

static void read_block(struct doc *doc, struct doc_block *b, uint64_t offset, size_t len)
{
	ssize_t n;

	if (!b->data)
		b->data = xmalloc(DOC_BLOCK);
	n = pread_full(doc->fd, b->data, len, (off_t)offset);
	b->offset = offset;
	b->len = n < 0 ? 0 : (size_t)n;
}

/* The bytes from `offset` on, to the end of a block; NULL where there are none. */
static const char *bytes_at(struct doc *doc, uint64_t offset, size_t *len)
{
	uint64_t start = offset / DOC_BLOCK * DOC_BLOCK;
	struct doc_block *b;
	size_t want;

	if (offset >= doc->size)
		return NULL;
	want = doc->size - start < DOC_BLOCK ? (size_t)(doc->size - start) : DOC_BLOCK;
	b = find_block(&doc->reader, start);
	if (!b->used || b->offset != start || b->len < want)
		read_block(doc, b, start, want);
	b->used = ++doc->reader.clock;
	if (offset - start >= b->len)
		return NULL;
	*len = b->len - (size_t)(offset - start);
	return b->data + (offset - start);
}

size_t doc_read(struct doc *doc, uint64_t offset, void *buf, size_t len)
{
	size_t done = 0, n;
	const char *p;

	while (done < len && (p = bytes_at(doc, offset + done, &n))) {
		n = n < len - done ? n : len - done;
		memcpy((char *)buf + done, p, n);
		done += n;
	}
	return done;
}

/* The first newline in [from, end); false where there is none. */
static bool find_newline(struct doc *doc, uint64_t from, uint64_t end, uint64_t *at)
{
	const char *p, *newline;
	size_t n;

	for (; from < end && (p = bytes_at(doc, from, &n)); from += n) {
		n = end - from < n ? (size_t)(end - from) : n;
		newline = memchr(p, '\n', n);
		if (newline) {
			*at = from + (uint64_t)(newline - p);
			return true;
		}
	}
	return false;
}

/* The last newline in [low, end). */
static bool find_newline_back(struct doc *doc, uint64_t low, uint64_t end, uint64_t *at)
{
	while (end > low) {
		uint64_t start = (end - 1) / DOC_BLOCK * DOC_BLOCK;
		const char *p, *newline;
		size_t n;

		start = start < low ? low : start;
		p = bytes_at(doc, start, &n);
		n = end - start < n ? (size_t)(end - start) : n;
		newline = p ? memrchr(p, '\n', n) : NULL;
		if (newline) {
			*at = start + (uint64_t)(newline - p);
			return true;
		}
		end = start;
	}
	return false;
}

static size_t count_in(const char *p, size_t len)
{
	const char *end = p + len;
	size_t count = 0;

	while ((p = memchr(p, '\n', (size_t)(end - p)))) {
		count++;
		p++;
	}
	return count;
}

static uint64_t count_newlines(struct doc *doc, uint64_t from, uint64_t end)
{
	uint64_t count = 0;
	const char *p;
	size_t n;

	for (; from < end && (p = bytes_at(doc, from, &n)); from += n) {
		n = end - from < n ? (size_t)(end - from) : n;
		count += count_in(p, n);
	}
	return count;
}

/* ---- where lines begin ---- */

static struct doc_span *find_span(struct doc_reader *r, uint64_t offset)
{
	for (int i = 0; i < DOC_SPANS; i++) {
		struct doc_span *s = &r->spans[i];

		if (s->begin < s->end && s->begin <= offset && offset <= s->end)
			return s;
	}
	return NULL;
}

static uint64_t keep_span(struct doc_reader *r, uint64_t begin, uint64_t end)
{
	struct doc_span *s = find_span(r, begin);

	if (end - begin <= DOC_LINE_MAX)
		return begin;
	if (!s || s->begin != begin) {
		s = &r->spans[r->next_span];
		r->next_span = (r->next_span + 1) % DOC_SPANS;
		*s = (struct doc_span){begin, end};
	}
	if (s->end < end)
		s->end = end;
	return begin;
}

/*
 * Where the line of the byte can begin at the latest, from what is known of checkpoints: a line
 * that begins 64 KiB or more behind one would have been the next.
 */
static bool checkpoint_before(const struct doc *doc, uint64_t offset, uint64_t *low, uint64_t *high)
{
	if (!doc->marks || offset >= doc->marks->covered)
		return false;
	*low = jci_log_index_by_offset(&doc->marks->index, offset)->offset;
	*high = *low + JCI_LOG_CHECKPOINT < offset ? *low + JCI_LOG_CHECKPOINT : offset;
	return true;
}

/*
 * The first byte of the whole line. In a file of which nothing is known yet, a line of more than
 * FAR bytes is taken to begin somewhere.
 */
static uint64_t line_begin(struct doc *doc, uint64_t offset)
{
	uint64_t low = offset < NEAR ? 0 : offset - NEAR, high = offset, at;
	const struct doc_span *span;

	span = find_span(&doc->reader, offset);
	if (span)
		return span->begin;
	if (find_newline_back(doc, low, offset, &at))
		return keep_span(&doc->reader, at + 1, offset);
	if (low == 0)
		return keep_span(&doc->reader, 0, offset);
	span = find_span(&doc->reader, low);
	if (span)
		return keep_span(&doc->reader, span->begin, offset);
	if (checkpoint_before(doc, offset, &low, &high)) {
		at = find_newline_back(doc, low, high, &at) ? at + 1 : low;
		return keep_span(&doc->reader, at, offset);
	}
	high = low;
	low = offset < FAR ? 0 : offset - FAR;
	if (find_newline_back(doc, low, high, &at))
		return keep_span(&doc->reader, at + 1, offset);
	return low / DOC_LINE_MAX * DOC_LINE_MAX;
}

uint64_t doc_raw_line_at(struct doc *doc, uint64_t offset)
{
	uint64_t begin, pieces;
	const char *p;
	size_t n;

	if (doc->size == 0)
		return 0;
	if (offset >= doc->size)
		offset = doc->size - 1;
	begin = line_begin(doc, offset);
	pieces = (offset - begin) / DOC_LINE_MAX;
	/* the newline belongs to the piece before it */
	if (pieces > 0 && (offset - begin) % DOC_LINE_MAX == 0) {
		p = bytes_at(doc, offset, &n);
		pieces -= p && *p == '\n';
	}
	return begin + pieces * DOC_LINE_MAX;
}

bool doc_raw_next(struct doc *doc, uint64_t *position)
{
	uint64_t next = *position + DOC_LINE_MAX, at;
	struct doc_span *span;

	if (find_newline(doc, *position, next + 1, &at)) {
		next = at + 1;
	} else {
		span = find_span(&doc->reader, *position);
		if (span && span->end < next && next <= doc->size)
			span->end = next;
	}
	if (next >= doc->size)
		return false;
	*position = next;
	return true;
}

/* ---- lines that are shown ---- */

static uint64_t unhidden(const struct doc *doc, uint64_t position)
{
	const struct doc_node *node = doc_hidden_in(doc, position);

	return node ? node->group.start : position;
}

uint64_t doc_line_at(struct doc *doc, uint64_t offset)
{
	return unhidden(doc, doc_raw_line_at(doc, offset));
}

bool doc_next(struct doc *doc, uint64_t *position)
{
	uint64_t at = *position;
	const struct doc_node *node;

	if (!doc_raw_next(doc, &at))
		return false;
	while ((node = doc_hidden_in(doc, at))) {
		if (!doc_node_end(doc, node, &at))
			return false;
	}
	*position = at;
	return true;
}

bool doc_prev(struct doc *doc, uint64_t *position)
{
	if (*position == 0 || doc->size == 0)
		return false;
	*position = doc_line_at(doc, *position - 1);
	return true;
}

uint64_t doc_last(struct doc *doc)
{
	return doc->size ? doc_line_at(doc, doc->size - 1) : 0;
}

const char *doc_line(struct doc *doc, uint64_t position, size_t *len)
{
	uint64_t end = position + DOC_LINE_MAX;
	const char *p;
	size_t n;

	*len = 0;
	if (position >= doc->size)
		return "";
	if (!find_newline(doc, position, end, &end) && end > doc->size)
		end = doc->size;
	p = bytes_at(doc, position, &n);
	if (!p)
		return "";
	*len = (size_t)(end - position);
	if (n >= *len)
		return p;
	strbuf_reset(&doc->reader.line);
	strbuf_grow(&doc->reader.line, *len);
	*len = doc_read(doc, position, doc->reader.line.buf, *len);
	strbuf_setlen(&doc->reader.line, *len);
	return doc->reader.line.buf;
}

/* ---- numbers ---- */

/* A line whose number is known. */
struct known {
	uint64_t position, number;
};

static struct known checkpoint_of(const struct doc *doc, uint64_t position)
{
	const struct jci_log_mark *c;

	if (!doc->marks)
		return (struct known){0, 1};
	c = jci_log_index_by_offset(&doc->marks->index, position);
	return (struct known){c->offset, c->line};
}

static uint64_t distance(uint64_t a, uint64_t b)
{
	return a < b ? b - a : a - b;
}

/* The number of a piece of a long line is the line's: one more than the newlines before it. */
uint64_t doc_number(struct doc *doc, uint64_t position)
{
	struct known known = checkpoint_of(doc, position);
	const struct doc_reader *r = &doc->reader;
	uint64_t low, to = position;

	if (checkpoint_before(doc, position, &low, &to) && to < known.position)
		to = known.position;
	if (r->number && distance(r->number_at, position) < distance(known.position, to)) {
		known = (struct known){r->number_at, r->number};
		to = position;
	}
	if (distance(known.position, to) > COUNT)
		return 0;
	if (known.position <= to)
		known.number += count_newlines(doc, known.position, to);
	else
		known.number -= count_newlines(doc, to, known.position);
	doc->reader.number_at = position;
	doc->reader.number = known.number;
	return known.number;
}

bool doc_by_number(struct doc *doc, uint64_t number, uint64_t *position)
{
	const struct doc_marks *marks = doc->marks;
	uint64_t line = 1, from = 0, at, end;

	if (marks && marks->index.complete && number > marks->index.lines) {
		*position = doc->size ? doc_raw_line_at(doc, doc->size - 1) : 0;
		return true;
	}
	if (marks) {
		const struct jci_log_mark *c = jci_log_index_by_line(&marks->index, number);

		line = c->line;
		from = c->offset;
	}
	for (end = from + COUNT; line < number; line++, from = at + 1) {
		if (!find_newline(doc, from, end, &at))
			return false;
	}
	if (from >= doc->size && from > 0)
		return false;
	*position = from;
	return true;
}

uint64_t doc_lines(const struct doc *doc)
{
	return doc->marks && doc->marks->index.complete ? doc->marks->index.lines : 0;
}
