/*
 * Durations as the user writes and reads them: `90s`, `30m`, `12h`, `14d`, `2w`, sums such as
 * `1h30m`, largest unit first or not; a bare number is refused, because nobody can tell its unit.
 */
#ifndef JCI_UTIL_DURATION_H
#define JCI_UTIL_DURATION_H

#include <stdint.h>

#include "util/error.h"
#include "util/strbuf.h"

/* Parses into microseconds; zero, a number without unit and overflow are JCI_EINVALID. */
int duration_parse(const char *s, int64_t *us, struct jci_error *err);
/* The same for a limit, where `none` is 0. */
int duration_parse_limit(const char *s, int64_t *us, struct jci_error *err);
/*
 * An age: `min` and `mo` (30 days) as well, but no bare `m`, because nobody can tell whether that
 * is minutes or months.
 */
int duration_parse_age(const char *s, int64_t *us, struct jci_error *err);
/* The units that each of the two knows, smallest first; NULL at the end. */
extern const char *const duration_units[], *const duration_age_units[];
/* For people, at most two units: 450 ms, 3.2 s, 1m 05s, 2h 03m, 3d 04h. */
void duration_add(struct strbuf *sb, int64_t us);
/* Sizes for people, powers of 1024: 512 B, 1.5 KiB, 12 MiB. */
void size_add(struct strbuf *sb, uint64_t bytes);
/* git's sizes: a number with an optional k, m or g (powers of 1024). */
int size_parse(const char *s, uint64_t *bytes, struct jci_error *err);

#endif
