/*
 * Time. Stored times are microseconds of UTC since 1970 (they may jump with the clock);
 * durations are measured with the monotonic clock, in microseconds too.
 */
#ifndef JCI_UTIL_CLOCK_H
#define JCI_UTIL_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "util/strbuf.h"

int64_t clock_now_us(void);       /* CLOCK_REALTIME */
int64_t clock_monotonic_us(void); /* CLOCK_MONOTONIC */

/* RFC 3339 in UTC with microseconds: 2026-11-23T20:49:46.123456Z */
void time_add_rfc3339(struct strbuf *sb, int64_t us);
/* Reads that form (any number of fraction digits, Z or +hh:mm). */
bool time_parse_rfc3339(const char *s, int64_t *us);
/* Local time for people: 2026-11-23 20:49:46 +0000 */
void time_add_local(struct strbuf *sb, int64_t us);
/* "3 minutes ago", translated; the future counts as "now". */
void time_add_age(struct strbuf *sb, int64_t us, int64_t now_us);

#endif
