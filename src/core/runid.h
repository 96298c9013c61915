/*
 * Names of runs. A run id is `<unix seconds>-<4 hex digits>`, the form of the Go program; a run is
 * stored under `refs/jci-runs/<commit>/<run id>` (git-jci-format(5)). The digits are random and
 * mean nothing: the order of runs that started in one second comes from their stored start time.
 */
#ifndef JCI_CORE_RUNID_H
#define JCI_CORE_RUNID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JCI_REF_PREFIX "refs/jci-runs/"

/* "9223372036854775807-ffff" and the NUL */
enum { JCI_RUN_ID_SIZE = 25, JCI_OID_HEX_SIZE = 41 };

struct jci_run_id {
	int64_t seconds; /* start, UTC since 1970; never negative */
	uint16_t digits;
};

/* Parses exactly len bytes; upper case digits, signs and leading zeros are refused. */
bool jci_run_id_parse(struct jci_run_id *id, const char *s, size_t len);
void jci_run_id_format(char out[JCI_RUN_ID_SIZE], const struct jci_run_id *id);
/* Its time in microseconds; of all beyond the year 9999 that year's end: sums don't overflow. */
int64_t jci_run_id_us(const struct jci_run_id *id);
/* A new one for `seconds`, with random digits. */
void jci_run_id_new(struct jci_run_id *id, int64_t seconds);
/* By seconds, then by digits: an order for sorting and equality, not for "which came first". */
int jci_run_id_cmp(const struct jci_run_id *a, const struct jci_run_id *b);

#endif
