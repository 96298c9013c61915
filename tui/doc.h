/*
 * The file that the viewer shows: bytes of any number, read by range, that may still come (a log
 * that grows, a blob that is being unpacked); its lines, groups, errors, and times. Memory does not
 * grow with the file.
 *
 * A line longer than DOC_LINE_MAX is several, cut every DOC_LINE_MAX bytes from its beginning. A
 * position is the offset of a line's first byte. Lines within folded groups are not there.
 */
#ifndef JCI_TUI_DOC_H
#define JCI_TUI_DOC_H

#include "core/logindex.h"
#include "core/record.h"
#include "tui/worker.h"
#include "util/pattern.h"

enum { DOC_LINE_MAX = 64 * 1024 };

enum {
	DOC_OPENED = 1 << 0,   /* the first bytes can be read */
	DOC_GREW = 1 << 1,     /* there are more */
	DOC_COMPLETE = 1 << 2, /* all are there */
	DOC_INDEX = 1 << 3,    /* numbers of lines, groups and errors are known, or more of them */
	DOC_TIMES = 1 << 4,
	DOC_FAILED = 1 << 5,  /* doc_error() says why */
	DOC_MATCHES = 1 << 6, /* more was searched */
};

struct doc;
/* `changed` is called in the loop's thread with bits of the above; it doesn't free the document. */
struct doc *doc_new(struct workers *workers, void (*changed)(void *ctx, unsigned what), void *ctx);
void doc_free(struct doc *doc);

/* A file of a run, stored or live (copied). Opening goes on in the background. */
void doc_open(struct doc *doc, const struct jci_record *run, const char *path);
/* The file has been written to (tui/watch.h): looks at its size, calls changed() as need be. */
void doc_refresh(struct doc *doc);
/*
 * A live run has been stored: the same bytes are now in a blob. Or there is a later state of one
 * that is published while it goes on: there may be more bytes. Position and folds stay.
 */
void doc_stored(struct doc *doc, const struct jci_record *run);
/* What to watch for a live run's file; NULL: nothing. Borrowed. */
const char *doc_watch_path(const struct doc *doc);

uint64_t doc_size(const struct doc *doc); /* bytes there now */
/* What it will have; 0: not known. */
uint64_t doc_full_size(const struct doc *doc);
bool doc_is_open(const struct doc *doc);
bool doc_is_complete(const struct doc *doc);
bool doc_is_loading(
	const struct doc *doc);            /* a blob that is being unpacked: more comes by itself */
bool doc_is_binary(const struct doc *doc); /* a NUL, or mostly not text, among its first bytes */
bool doc_is_log(const struct doc *doc);
const char *doc_error(const struct doc *doc); /* NULL: none */

/* ---- lines ---- */

/* The line that holds a byte (that of its group where it is folded away). */
uint64_t doc_line_at(struct doc *doc, uint64_t offset);
/* The next line, the one before: false at the end, at the beginning. */
bool doc_next(struct doc *doc, uint64_t *position);
bool doc_prev(struct doc *doc, uint64_t *position);
/* The last line: an empty one behind a final newline is none. 0 in an empty file. */
uint64_t doc_last(struct doc *doc);
/* Its bytes, without the newline. Borrowed until the next call; len 0 where they can't be read. */
const char *doc_line(struct doc *doc, uint64_t position, size_t *len);
/* Any bytes, at most 64 KiB (for hexadecimal, pipes); returns how many. */
size_t doc_read(struct doc *doc, uint64_t offset, void *buf, size_t len);

/* Its number from 1; 0 where that is not known yet. */
uint64_t doc_number(struct doc *doc, uint64_t position);
/* The line with that number, folded or not, or the last; false where that is not known yet. */
bool doc_by_number(struct doc *doc, uint64_t number, uint64_t *position);
/* Lines in all, and errors; 0: not known yet. */
uint64_t doc_lines(const struct doc *doc);
uint64_t doc_errors(const struct doc *doc);
/* When it was written: microseconds since the start of the run; -1: not known. */
int64_t doc_time(struct doc *doc, uint64_t position);

/* ---- errors and groups ---- */

bool doc_is_error(const struct doc *doc, uint64_t position);
/* The next line with an error, or the one before; what is folded is found too. */
bool doc_next_error(const struct doc *doc, uint64_t *position);
bool doc_prev_error(const struct doc *doc, uint64_t *position);

/* A group or a section that begins with the line at `start`. */
struct doc_group {
	uint64_t start, end; /* end: the position behind it */
	uint64_t lines;      /* in it, without the first; 0: not known */
	unsigned depth;
	bool folded;
	const char *title; /* borrowed */
};
/* The innermost group that the line is in or begins; NULL: none. Borrowed until it changes. */
const struct doc_group *doc_group_at(const struct doc *doc, uint64_t position);
void doc_fold(struct doc *doc, uint64_t start, bool fold);
void doc_fold_all(struct doc *doc, bool fold);
/* Unfolds whatever hides the byte. */
void doc_reveal(struct doc *doc, uint64_t offset);

/* ---- searching ---- */

/*
 * Counts the matches in the background, from the byte `from` to the end and on from the beginning;
 * NULL ends it. One search at a time. Log bytes are searched as they are, colours included.
 */
void doc_search(struct doc *doc, const char *pattern, uint64_t from);
/*
 * The next line with a match behind `position` (or at it, `at` given), the one before; what is
 * folded is found too. 1 found, 0 there is none, -1 not known yet: DOC_MATCHES will tell. `wrapped`
 * (may be NULL) says that it went around the end.
 */
int doc_next_match(struct doc *doc, uint64_t *position, bool at, bool *wrapped);
int doc_prev_match(struct doc *doc, uint64_t *position, bool at, bool *wrapped);
/* So far; complete: of the whole file. */
uint64_t doc_matches(const struct doc *doc, bool *complete);
/* Lines with a match up to this one; 0: not known yet. */
uint64_t doc_match_number(struct doc *doc, uint64_t position);

#endif
