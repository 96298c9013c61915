/*
 * What is searched for: a Perl regular expression (pcre2pattern(3)), or text as it is. Lines may
 * end in CR LF, and `^` and `$` match at each.
 */
#ifndef JCI_UTIL_PATTERN_H
#define JCI_UTIL_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "util/cleanup.h"
#include "util/error.h"

struct pattern;
/*
 * As somebody types it: a regular expression or, where it is none (yet), the text; in any case
 * while it has no capital letter. NULL where text is empty.
 */
struct pattern *pattern_new(const char *text);
/*
 * As somebody has said that it is meant. What is no regular expression is JCI_EINVALID and says
 * why; so is an empty text.
 */
int pattern_compile(struct pattern **out, const char *text, bool regex, bool caseless,
		    struct jci_error *err);
void pattern_free(struct pattern *p);
DEFINE_CLEANUP(pattern, struct pattern *, pattern_free)
#define cleanup_pattern cleanup(pattern_cleanup)

/*
 * The first match at or behind `from`; empty matches are none. Bytes that are not UTF-8 match
 * nothing but do no harm. One pattern is used by one thread at a time. Bounded time: a pattern that
 * backtracks too much at some place does not match there.
 */
bool pattern_find(struct pattern *p, const char *text, size_t len, size_t from, size_t *start,
		  size_t *end);
/* Lines are ended by newlines and a match never spans two of them: the fast way through a block. */
bool pattern_find_in_lines(struct pattern *p, const char *block, size_t len, size_t from,
			   size_t *start, size_t *end);

#endif
