/*
 * Lines of a log by their numbers, through its index (core/logindex.h): a line is found by reading
 * some 64 KiB, wherever it is. The log may be growing, and its index lag behind. Lines count from
 * 1; one longer than JCI_LOG_LINE_MAX is told and searched as its first bytes.
 */
#ifndef JCI_CORE_LOGLINES_H
#define JCI_CORE_LOGLINES_H

#include "core/logindex.h"
#include "util/pattern.h"

enum { JCI_LOG_LINE_MAX = 64 * 1024 };

/* A log as it is at one moment. Nothing in it is owned. */
struct jci_log_text {
	int fd;        /* read by pread(2) */
	uint64_t size; /* bytes that are there */
	const struct jci_log_index *index;
};

struct jci_log_line {
	uint64_t number, offset;
	const char *bytes; /* without the newline, CR or not; the callee's until it returns */
	size_t len;
	bool cut; /* there is more of it */
};
/* A non-zero return stops. */
typedef int jci_log_line_fn(void *ctx, const struct jci_log_line *line);

/*
 * Calls `each` for the line `from` and those behind it, as far as they are there. What begins
 * behind the last newline is a line too, unfinished as it may be. Returns what `each` did, 0, or
 * <0 where the log can't be read.
 */
int jci_log_lines_each(const struct jci_log_text *log, uint64_t from, jci_log_line_fn *each,
		       void *ctx, struct jci_error *err);

/*
 * How many lines there are. *hint, at first zero, is kept from call to call of one log, so that the
 * end of a log that grows is not counted again and again.
 */
struct jci_log_count {
	uint64_t offset, newlines; /* in front of the offset */
	bool open;                 /* the byte in front of it is no newline */
};
int jci_log_lines_count(const struct jci_log_text *log, struct jci_log_count *hint, uint64_t *lines,
			struct jci_error *err);

struct jci_log_match {
	struct jci_log_line line;
	size_t start, end; /* bytes within the line */
};
/* A non-zero return stops. */
typedef int jci_log_match_fn(void *ctx, const struct jci_log_match *match);
/*
 * Calls `each` for all matches from the line *from on. Once the monotonic clock shows deadline_us
 * it stops between two lines; *from is then the line to go on with, and 0 where all was searched.
 */
int jci_log_lines_search(const struct jci_log_text *log, struct pattern *pattern, uint64_t *from,
			 int64_t deadline_us, jci_log_match_fn *each, void *ctx,
			 struct jci_error *err);

#endif
