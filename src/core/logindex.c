#include "core/logindex.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "util/alloc.h"
#include "util/gettext.h"
#include "util/io.h"

/* Of an index: more than any log makes of those that can be shown. */
enum { MAX_INDEX = 1024 * 1024 * 1024 };

/* ---- fields ---- */

struct field {
	const char *p;
	const char *end; /* of the line */
};

static bool take_number(struct field *f, uint64_t *out)
{
	const char *start = f->p;
	uint64_t v = 0;

	for (; f->p < f->end && *f->p >= '0' && *f->p <= '9'; f->p++)
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*f->p - '0'), &v))
			return false;
	*out = v;
	return f->p > start;
}

static bool take_space(struct field *f)
{
	return f->p < f->end && *f->p++ == ' ';
}

static bool at_end(const struct field *f)
{
	return f->p == f->end;
}

/* Seconds with or without a fraction, as microseconds; what is finer is dropped. */
static bool take_seconds(struct field *f, int64_t *us)
{
	const char *start = f->p;
	int64_t v = 0, unit = 100000;

	for (; f->p < f->end && *f->p >= '0' && *f->p <= '9'; f->p++)
		if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, *f->p - '0', &v))
			return false;
	if (f->p == start || __builtin_mul_overflow(v, 1000000, &v))
		return false;
	if (f->p < f->end && *f->p == '.') {
		for (f->p++; f->p < f->end && *f->p >= '0' && *f->p <= '9'; f->p++, unit /= 10)
			if (__builtin_add_overflow(v, (*f->p - '0') * unit, &v))
				return false;
	}
	*us = v;
	return true;
}

/* ---- the index ---- */

struct index_parser {
	struct jci_log_index index;
	size_t checkpoints_cap, marks_cap;
	uint64_t line, offset; /* of the entry before */
	bool any;              /* there was one */
};

static const struct jci_log_mark first_checkpoint = {'c', 1, 0, ""};

/* Each line has at least its newline, so offsets rise with line numbers, and not without them. */
static bool parse_place(struct index_parser *parser, struct field *f)
{
	uint64_t line, offset;

	if (!take_number(f, &line) || !take_space(f) || !take_number(f, &offset) ||
	    !(at_end(f) || take_space(f)))
		return false;
	if (line < parser->line || offset < parser->offset ||
	    offset - parser->offset < line - parser->line ||
	    (line == parser->line && offset != parser->offset))
		return false;
	parser->line = line;
	parser->offset = offset;
	parser->any = true;
	return true;
}

static bool parse_checkpoint(struct index_parser *parser, struct field *f)
{
	struct jci_log_index *index = &parser->index;
	struct jci_log_mark *c;

	if (!parse_place(parser, f))
		return false;
	if (parser->line == index->checkpoints[index->n_checkpoints - 1].line)
		return true;
	ARRAY_GROW(index->checkpoints, index->n_checkpoints + 1, parser->checkpoints_cap);
	c = &index->checkpoints[index->n_checkpoints++];
	*c = (struct jci_log_mark){'c', parser->line, parser->offset, ""};
	return true;
}

static bool parse_mark(struct index_parser *parser, char kind, struct field *f)
{
	struct jci_log_index *index = &parser->index;
	bool titled = kind == 'g' || kind == 's';

	if (!parse_place(parser, f))
		return false;
	ARRAY_GROW(index->marks, index->n_marks + 1, parser->marks_cap);
	index->marks[index->n_marks++] =
		(struct jci_log_mark){kind, parser->line, parser->offset, titled ? f->p : ""};
	index->errors += kind == '!';
	return true;
}

static bool parse_end(struct index_parser *parser, struct field *f)
{
	struct jci_log_index *index = &parser->index;
	uint64_t errors;

	if (!take_number(f, &index->lines) || !take_space(f) || !take_number(f, &index->bytes) ||
	    !take_space(f) || !take_number(f, &errors) || !at_end(f))
		return false;
	if (errors < index->errors || errors > index->lines || index->lines > index->bytes)
		return false;
	if (parser->any && (index->lines < parser->line || index->bytes <= parser->offset))
		return false;
	index->errors = errors;
	index->complete = true;
	return true;
}

static bool is_text(const char *p, size_t len, const char *text)
{
	return len == strlen(text) && memcmp(p, text, len) == 0;
}

/* One line, which ends in a NUL instead of its newline. */
static bool parse_entry(struct index_parser *parser, const char *p, size_t len)
{
	const char *space = memchr(p, ' ', len);
	size_t kind_len = space ? (size_t)(space - p) : len;
	struct field f = {p + kind_len + (space != NULL), p + len};

	if (kind_len == 0 || parser->index.complete)
		return false;
	if (is_text(p, kind_len, "end"))
		return parse_end(parser, &f);
	if (kind_len != 1 || !memchr("cges!", p[0], 5))
		return true;
	return p[0] == 'c' ? parse_checkpoint(parser, &f) : parse_mark(parser, p[0], &f);
}

/* Fills parser->index from its own text of `len` bytes; returns 0 or the number of a bad line. */
static size_t parse_text(struct index_parser *parser, size_t len)
{
	char *p = parser->index.text, *end = p + len, *newline;

	for (size_t number = 1; (newline = memchr(p, '\n', (size_t)(end - p))); number++) {
		size_t line_len = (size_t)(newline - p);

		*newline = '\0';
		if (number == 1 ? !is_text(p, line_len, "jci-log-index 1")
				: !parse_entry(parser, p, line_len))
			return number;
		p = newline + 1;
	}
	return 0;
}

int jci_log_index_parse(struct jci_log_index *index, const char *data, size_t len,
			struct jci_error *err)
{
	struct index_parser parser = {.index = JCI_LOG_INDEX_INIT, .line = 1};
	size_t bad;

	parser.index.text = xmalloc(len + 1);
	if (len > 0)
		memcpy(parser.index.text, data, len);
	ARRAY_GROW(parser.index.checkpoints, 1, parser.checkpoints_cap);
	parser.index.checkpoints[parser.index.n_checkpoints++] = first_checkpoint;
	bad = parse_text(&parser, len);
	if (bad > 0) {
		jci_log_index_release(&parser.index);
		return jci_error_set(err, JCI_EINVALID, _("malformed index of a log, line %zu"),
				     bad);
	}
	if (!parser.index.complete && parser.any) {
		parser.index.lines = parser.line;
		parser.index.bytes = parser.offset;
	}
	jci_log_index_release(index);
	*index = parser.index;
	return 0;
}

DEFINE_CLEANUP(scanner, struct jci_log_scanner *, jci_log_scanner_free)

int jci_log_index_make(struct strbuf *text, int fd, struct jci_error *err)
{
	enum { BUFFER = 256 * 1024 };
	cleanup(scanner_cleanup) struct jci_log_scanner *scanner = jci_log_scanner_new(text);
	cleanup_free char *buffer = xmalloc(BUFFER);
	off_t offset = 0;
	ssize_t n;

	while ((n = pread_full(fd, buffer, BUFFER, offset)) > 0) {
		jci_log_scanner_feed(scanner, buffer, (size_t)n);
		offset += n;
	}
	if (n < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot read the log"));
	jci_log_scanner_end(scanner);
	return 0;
}

int jci_log_index_read(struct jci_log_index *index, int fd, struct jci_error *err)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot read the index of the log"));
	if (st.st_size > MAX_INDEX)
		return jci_error_set(err, JCI_EINVALID, _("the index of the log is too large"));
	strbuf_grow(&text, (size_t)st.st_size);
	n = pread_full(fd, text.buf, (size_t)st.st_size, 0);
	if (n < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot read the index of the log"));
	strbuf_setlen(&text, (size_t)n);
	return jci_log_index_parse(index, text.buf, text.len, err);
}

int jci_log_index_scan(struct jci_log_index *index, int fd, struct jci_error *err)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;

	if (jci_log_index_make(&text, fd, err) < 0)
		return err->code;
	return jci_log_index_parse(index, text.buf, text.len, err);
}

void jci_log_index_release(struct jci_log_index *index)
{
	free(index->checkpoints);
	free(index->marks);
	free(index->text);
	*index = (struct jci_log_index)JCI_LOG_INDEX_INIT;
}

/* The last checkpoint whose line, or else whose offset, is at most `place`. */
static const struct jci_log_mark *find_checkpoint(const struct jci_log_index *index, bool by_line,
						  uint64_t place)
{
	size_t low = 0, high = index->n_checkpoints;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct jci_log_mark *c = &index->checkpoints[mid];

		if ((by_line ? c->line : c->offset) <= place)
			low = mid + 1;
		else
			high = mid;
	}
	return low > 0 ? &index->checkpoints[low - 1] : &first_checkpoint;
}

const struct jci_log_mark *jci_log_index_by_line(const struct jci_log_index *index, uint64_t line)
{
	return find_checkpoint(index, true, line);
}

const struct jci_log_mark *jci_log_index_by_offset(const struct jci_log_index *index,
						   uint64_t offset)
{
	return find_checkpoint(index, false, offset);
}

/* ---- times ---- */

static bool parse_time(struct jci_log_time *entry, const char *p, const char *end)
{
	struct field f = {p, end};
	uint64_t bytes;
	int64_t us;

	return take_seconds(&f, &us) && take_space(&f) && take_number(&f, &bytes) && at_end(&f) &&
	       !__builtin_add_overflow(entry->us, us, &entry->us) &&
	       !__builtin_add_overflow(entry->end, bytes, &entry->end);
}

int jci_log_times_parse(struct jci_log_times *times, const char *data, size_t len,
			struct jci_error *err)
{
	struct jci_log_times made = {NULL, 0};
	struct jci_log_time entry = {0, 0};
	const char *end = data + len, *newline;
	size_t cap = 0;

	while (data < end && (newline = memchr(data, '\n', (size_t)(end - data)))) {
		if (!parse_time(&entry, data, newline)) {
			jci_log_times_release(&made);
			return jci_error_set(err, JCI_EINVALID,
					     _("malformed timing of a log, line %zu"), made.n + 1);
		}
		ARRAY_GROW(made.entries, made.n + 1, cap);
		made.entries[made.n++] = entry;
		data = newline + 1;
	}
	jci_log_times_release(times);
	*times = made;
	return 0;
}

int64_t jci_log_times_at(const struct jci_log_times *times, uint64_t offset)
{
	size_t low = 0, high = times->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (times->entries[mid].end <= offset)
			low = mid + 1;
		else
			high = mid;
	}
	return low < times->n ? times->entries[low].us : -1;
}

void jci_log_times_release(struct jci_log_times *times)
{
	free(times->entries);
	*times = (struct jci_log_times){NULL, 0};
}
