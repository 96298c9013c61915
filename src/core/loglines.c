#include "core/loglines.h"

#include <string.h>

#include "util/alloc.h"
#include "util/clock.h"
#include "util/gettext.h"
#include "util/io.h"

/* Bytes read at once, and bytes searched between two looks at the clock: more than one line has. */
enum { WINDOW = 256 * 1024, SEARCH = JCI_LOG_LINE_MAX + 1 };

/* A piece of the log that is in memory, from the beginning of a line on. */
struct window {
	const struct jci_log_text *log;
	char *buffer;    /* WINDOW bytes */
	size_t len;      /* bytes read */
	size_t at;       /* the next line begins here */
	uint64_t offset; /* of the buffer's first byte in the log */
	uint64_t number; /* of the next line */
	bool in_long;    /* at is not there, but in the line before, whose newline is not here */
};

/* Reads on from `at`. */
static int window_fill(struct window *w, struct jci_error *err)
{
	uint64_t offset = w->offset + w->at, size = w->log->size;
	uint64_t left = offset < size ? size - offset : 0;
	ssize_t n;

	n = pread_full(w->log->fd, w->buffer, left < WINDOW ? (size_t)left : WINDOW, (off_t)offset);
	if (n < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot read the log"));
	w->offset = offset;
	w->at = 0;
	w->len = (size_t)n;
	return 0;
}

/* Whether the index knows where the next line begins: behind a long one it does. */
static bool jump(struct window *w)
{
	const struct jci_log_mark *next = jci_log_index_by_line(w->log->index, w->number);

	if (next->line != w->number || next->offset >= w->log->size)
		return false;
	w->offset = next->offset;
	w->at = w->len = 0;
	return true;
}

/* From within a long line to the next one: 1, or 0 where there is none (yet). */
static int leave_long(struct window *w, struct jci_error *err)
{
	const char *newline = NULL;

	while (!jump(w) && !newline) {
		w->at = w->len;
		if (window_fill(w, err) < 0)
			return err->code;
		if (w->len == 0)
			return 0;
		newline = memchr(w->buffer, '\n', w->len);
		w->at = newline ? (size_t)(newline - w->buffer) + 1 : w->len;
	}
	w->in_long = false;
	return 1;
}

/*
 * Makes sure that the window has the next line whole, or more of it than JCI_LOG_LINE_MAX; *end is
 * where its newline is, or else the window's end. 0: there is no next line.
 */
static int have_line(struct window *w, size_t *end, struct jci_error *err)
{
	const char *newline;
	int code;

	if (w->in_long && (code = leave_long(w, err)) <= 0)
		return code;
	newline = w->len > w->at ? memchr(w->buffer + w->at, '\n', w->len - w->at) : NULL;
	if (!newline && w->len - w->at <= JCI_LOG_LINE_MAX) {
		if (window_fill(w, err) < 0)
			return err->code;
		newline = w->len ? memchr(w->buffer, '\n', w->len) : NULL;
	}
	*end = newline ? (size_t)(newline - w->buffer) : w->len;
	return w->len > w->at;
}

/* The next line: 1, or 0 behind the last. */
static int next_line(struct window *w, struct jci_log_line *line, struct jci_error *err)
{
	size_t end, len;
	int code = have_line(w, &end, err);

	if (code <= 0)
		return code;
	len = end - w->at;
	*line = (struct jci_log_line){
		.number = w->number++,
		.offset = w->offset + w->at,
		.bytes = w->buffer + w->at,
		.len = len > JCI_LOG_LINE_MAX ? JCI_LOG_LINE_MAX : len,
		.cut = len > JCI_LOG_LINE_MAX,
	};
	w->in_long = end == w->len && line->cut;
	w->at = end < w->len ? end + 1 : end;
	return 1;
}

/* Before the line with that number: 1; 0 where the log ends before it. */
static int seek(struct window *w, uint64_t number, struct jci_error *err)
{
	const struct jci_log_mark *from = jci_log_index_by_line(w->log->index, number);
	struct jci_log_line skipped;
	int code = 1;

	w->offset = from->offset;
	w->number = from->line;
	while (code > 0 && w->number < number)
		code = next_line(w, &skipped, err);
	return code;
}

int jci_log_lines_each(const struct jci_log_text *log, uint64_t from, jci_log_line_fn *each,
		       void *ctx, struct jci_error *err)
{
	cleanup_free char *buffer = xmalloc(WINDOW);
	struct window w = {.log = log, .buffer = buffer};
	struct jci_log_line line;
	int code = seek(&w, from, err), ret = 0;

	while (code > 0 && ret == 0) {
		code = next_line(&w, &line, err);
		if (code > 0)
			ret = each(ctx, &line);
	}
	return ret ? ret : code < 0 ? code : 0;
}

/* ---- counting ---- */

static int count_on(const struct jci_log_text *log, struct jci_log_count *hint,
		    struct jci_error *err)
{
	cleanup_free char *buffer = xmalloc(WINDOW);

	while (hint->offset < log->size) {
		uint64_t left = log->size - hint->offset;
		ssize_t n = pread_full(log->fd, buffer, left < WINDOW ? (size_t)left : WINDOW,
				       (off_t)hint->offset);

		if (n < 0)
			return jci_error_errno(err, JCI_EFAIL, _("cannot read the log"));
		if (n == 0)
			break;
		hint->newlines += jci_log_count_newlines(buffer, (size_t)n);
		hint->offset += (uint64_t)n;
		hint->open = buffer[n - 1] != '\n';
	}
	return 0;
}

int jci_log_lines_count(const struct jci_log_text *log, struct jci_log_count *hint, uint64_t *lines,
			struct jci_error *err)
{
	const struct jci_log_index *index = log->index;
	const struct jci_log_mark *known = jci_log_index_by_offset(index, log->size);

	if (index->complete && index->bytes == log->size) {
		*lines = index->lines;
		return 0;
	}
	if (known->offset > hint->offset)
		*hint = (struct jci_log_count){known->offset, known->line - 1, false};
	if (count_on(log, hint, err) < 0)
		return err->code;
	*lines = hint->newlines + hint->open;
	return 0;
}

/* ---- searching ---- */

struct search {
	struct window *window;
	struct pattern *pattern;
	jci_log_match_fn *each;
	void *ctx;
};

/* Tells a match that begins in the line from `begin` to `end` (of the window). */
static int tell_match(struct search *s, size_t begin, size_t end, size_t match, size_t match_end)
{
	const struct window *w = s->window;
	size_t len = end - begin;
	struct jci_log_match found = {
		.line.number = w->number,
		.line.offset = w->offset + begin,
		.line.bytes = w->buffer + begin,
		.line.len = len > JCI_LOG_LINE_MAX ? JCI_LOG_LINE_MAX : len,
		.line.cut = len > JCI_LOG_LINE_MAX,
		.start = match - begin,
		.end = match_end - begin,
	};

	return found.end > JCI_LOG_LINE_MAX ? 0 : s->each(s->ctx, &found);
}

/*
 * Whole lines, from w->at to before `end`; the last one's newline need not be there. Leaves the
 * window behind them.
 */
static int search_lines(struct search *s, size_t end)
{
	struct window *w = s->window;
	size_t from = w->at, start, stop;

	while (pattern_find_in_lines(s->pattern, w->buffer, end, from, &start, &stop)) {
		const char *newline = memrchr(w->buffer + w->at, '\n', start - w->at);
		size_t begin = newline ? (size_t)(newline - w->buffer) + 1 : w->at;
		int ret;

		w->number += jci_log_count_newlines(w->buffer + w->at, begin - w->at);
		w->at = begin;
		newline = memchr(w->buffer + stop, '\n', w->len - stop);
		ret = tell_match(s, begin, newline ? (size_t)(newline - w->buffer) : w->len, start,
				 stop);
		if (ret)
			return ret;
		from = stop;
	}
	w->number += jci_log_count_newlines(w->buffer + w->at, end - w->at);
	w->at = end;
	return 0;
}

/* As many whole lines as SEARCH bytes have, or one that is longer; 0: there are no more. */
static int search_step(struct search *s, int *ret, struct jci_error *err)
{
	struct window *w = s->window;
	const char *last;
	size_t end;
	int code = have_line(w, &end, err);

	if (code <= 0)
		return code;
	if (end == w->len) { /* one without its newline */
		w->in_long = end - w->at > JCI_LOG_LINE_MAX;
		*ret = search_lines(s, w->in_long ? w->at + JCI_LOG_LINE_MAX : end);
		w->at = w->len;
		w->number++;
		return 1;
	}
	if (end - w->at < SEARCH) {
		last = memrchr(w->buffer + w->at, '\n',
			       w->len - w->at < SEARCH ? w->len - w->at : SEARCH);
		end = (size_t)(last - w->buffer);
	}
	*ret = search_lines(s, end + 1);
	return 1;
}

int jci_log_lines_search(const struct jci_log_text *log, struct pattern *pattern, uint64_t *from,
			 int64_t deadline_us, jci_log_match_fn *each, void *ctx,
			 struct jci_error *err)
{
	cleanup_free char *buffer = xmalloc(WINDOW);
	struct window w = {.log = log, .buffer = buffer};
	struct search s = {&w, pattern, each, ctx};
	int code = seek(&w, *from ? *from : 1, err), ret = 0;

	while (code > 0 && ret == 0) {
		code = search_step(&s, &ret, err);
		if (code > 0 && ret == 0 && clock_monotonic_us() >= deadline_us) {
			*from = w.number;
			return 0;
		}
	}
	*from = 0;
	return ret ? ret : code < 0 ? code : 0;
}
