/* Notes on standard error that tell how runs went. */
#ifndef JCI_CMD_REPORT_H
#define JCI_CMD_REPORT_H

#include "core/record.h"

/* "failed: 1a2b3c4d5e in 3.2 s, exit status 3 (run 1700000000-ab12)", and what was left out. */
void report_result(const struct jci_record *r);
/* jci_recover_found; ctx is an int, an exit status that becomes STATUS_FAILED after a failure. */
void report_recovered(void *ctx, const struct jci_record *r, const struct jci_error *e);

#endif
