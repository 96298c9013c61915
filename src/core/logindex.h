/*
 * The index of a log: where its lines are, when they came, and what is worth jumping to. The log
 * itself (run.output.txt) is never changed by it and stays readable without it. Formats:
 * git-jci-format(5).
 *
 * `.jci/log.timing` is the classic timing format of script(1), for scriptreplay(1): each line
 * "SECONDS BYTES", seconds (with a fraction) since the line before. Output that came within
 * 10 milliseconds of the line before is counted into it, so the file is bounded by the duration
 * of the run. scriptreplay takes the first line of a typescript for script's own header and leaves
 * it out: it wants the log with an empty line in front.
 *
 * `.jci/log.index` is text, append-only, one entry a line: "KIND LINE OFFSET [TEXT]", LINE from 1,
 * OFFSET in bytes from 0, both not falling. First line "jci-log-index 1", last line of a complete
 * index "end LINES BYTES ERRORS". Kinds: `c` a checkpoint (the first line that starts 64 KiB or
 * more behind the one before; line 1 is one without being written), `g` start of a group with its
 * title, `e` end of a group, `s` start of a section with its title, `!` a line that reports an
 * error. Marks of each kind, checkpoints apart, stop after JCI_LOG_MAX_MARKS; errors are counted
 * on. Unknown kinds are skipped by readers.
 *
 * Only a log of at least JCI_LOG_INDEX_MIN bytes has an index stored: a smaller one is scanned
 * faster than an object is read.
 *
 * Groups: `::group::TITLE`, `##[group]TITLE`, ended by `::endgroup::`, `##[endgroup]` (GitHub
 * Actions); sections: `--- TITLE`, `+++ TITLE`, `~~~ TITLE` (Buildkite). Errors: lines starting
 * with
 * `::error`, `##[error]`, `not ok` (TAP), and lines with one of the words error, fail, failed,
 * failure, fatal, panic, traceback in any case, where a word is not next to a letter, a digit,
 * `_`, `-`, `.` or `/` in front and a letter, digit, `_`, `-` or `(` behind: `error:` counts,
 * `-Werror`, `errors`, `test_error.c` don't. All of this is found after leading SGR sequences
 * (colours) and EL (erase in line, which gcc adds to its colours) are skipped; in front of a word
 * they are skipped too. A section that reports an error, such as Go's `--- FAIL: TestX`, is both;
 * a group is a group only. Of each line only the first JCI_LOG_HEAD bytes are looked at, as if
 * there were no more. In titles control characters are spaces and sequences are left out.
 */
#ifndef JCI_CORE_LOGINDEX_H
#define JCI_CORE_LOGINDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/cleanup.h"
#include "util/error.h"
#include "util/strbuf.h"

enum {
	JCI_LOG_CHECKPOINT = 64 * 1024,
	JCI_LOG_INDEX_MIN = 64 * 1024,
	JCI_LOG_MAX_MARKS = 10000,
	JCI_LOG_MAX_TITLE = 200,  /* bytes of a title that are kept */
	JCI_LOG_ENTRY_US = 10000, /* output within this time shares an entry of log.timing */
	JCI_LOG_HEAD = 4096,      /* bytes of a line that are searched */
};

/* ---- writing, while the log grows ---- */

struct jci_log_scanner; /* one per log; bounded memory whatever the lines are like */

/* Entries (header first) are appended to `index`; the caller writes them out and resets it. */
struct jci_log_scanner *jci_log_scanner_new(struct strbuf *index);
/* The next bytes of the log, split anywhere. Must keep up with 1 GB/s of ordinary lines. */
void jci_log_scanner_feed(struct jci_log_scanner *s, const char *data, size_t len);
/* Ends a last line without newline and appends the "end" line; how many lines there were. */
uint64_t jci_log_scanner_end(struct jci_log_scanner *s);
void jci_log_scanner_free(struct jci_log_scanner *s);

/* Newlines in some bytes of a log, many at a time. */
uint64_t jci_log_count_newlines(const char *data, size_t len);

struct jci_log_clock {      /* makes log.timing */
	int64_t entry_us;   /* time of the entry being made, since the start */
	int64_t written_us; /* time of the last entry written */
	uint64_t bytes;     /* bytes of the entry being made */
	bool any;
};
#define JCI_LOG_CLOCK_INIT     \
	{                      \
		0, 0, 0, false \
	}
/*
 * `bytes` of the log arrived `us` after the start of the run. An entry is finished, and goes to
 * `timing`, when output comes 10 ms or more after the entry began; its time is that beginning.
 */
void jci_log_clock_add(struct jci_log_clock *c, struct strbuf *timing, int64_t us, uint64_t bytes);
void jci_log_clock_end(struct jci_log_clock *c, struct strbuf *timing);

/* ---- reading ---- */

struct jci_log_mark {
	char kind; /* 'c', 'g', 'e', 's' or '!' */
	uint64_t line;
	uint64_t offset;
	const char *title; /* never NULL; for 'g' and 's' */
};

struct jci_log_index {
	struct jci_log_mark *checkpoints; /* 'c', rising; the first is line 1 at offset 0 */
	size_t n_checkpoints;
	struct jci_log_mark *marks; /* all others, rising */
	size_t n_marks;
	bool complete; /* the "end" line was there; the counts below are of the whole log */
	uint64_t lines, bytes, errors; /* else up to the last entry */
	char *text;                    /* owned: the titles point into it */
};

/*
 * Parses what may be an index in the making: a last line without newline is left out. Wrong
 * numbers, falling offsets, or a wrong first line are JCI_EINVALID.
 */
int jci_log_index_parse(struct jci_log_index *index, const char *data, size_t len,
			struct jci_error *err);
/* The same of all that is in the file now. */
int jci_log_index_read(struct jci_log_index *index, int fd, struct jci_error *err);
/*
 * Make the index of a log that has none by reading fd from offset 0 (its position stays): its
 * text, or what that says.
 */
int jci_log_index_make(struct strbuf *text, int fd, struct jci_error *err);
int jci_log_index_scan(struct jci_log_index *index, int fd, struct jci_error *err);
void jci_log_index_release(struct jci_log_index *index);
#define JCI_LOG_INDEX_INIT                             \
	{                                              \
		NULL, 0, NULL, 0, false, 0, 0, 0, NULL \
	}
#define cleanup_log_index cleanup(jci_log_index_release)

/* The last checkpoint at or before a line (from 1) or an offset. Never NULL. */
const struct jci_log_mark *jci_log_index_by_line(const struct jci_log_index *index, uint64_t line);
const struct jci_log_mark *jci_log_index_by_offset(const struct jci_log_index *index,
						   uint64_t offset);

struct jci_log_times {
	struct jci_log_time {
		uint64_t end; /* offset behind the last byte of the entry */
		int64_t us;   /* since the start of the run */
	} * entries;
	size_t n;
};
/* As with the index, an unfinished last line is left out; anything malformed is JCI_EINVALID. */
int jci_log_times_parse(struct jci_log_times *times, const char *data, size_t len,
			struct jci_error *err);
/* When the byte at `offset` was written, since the start; -1 where the timing does not reach. */
int64_t jci_log_times_at(const struct jci_log_times *times, uint64_t offset);
void jci_log_times_release(struct jci_log_times *times);
#define cleanup_log_times cleanup(jci_log_times_release)

#endif
