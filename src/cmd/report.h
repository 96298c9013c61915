/* Notes on standard error that tell how runs went. */
#ifndef JCI_CMD_REPORT_H
#define JCI_CMD_REPORT_H

#include "core/record.h"

/* "failed: 1a2b3c4d5e in 3.2 s, exit status 3 (run 1700000000-ab12)", and what was left out. */
void report_result(const struct jci_record *r);
/*
 * jci_recover_found, with the commands of jci.onFinish for what was stored; ctx is a struct
 * report_recovery, whose status becomes STATUS_FAILED after a failure.
 */
struct report_recovery {
	const struct jci_repo *repo;
	int status;
};
void report_recovered(void *ctx, const struct jci_record *r, const struct jci_error *e);
/* 1, and says so, where a green run of the very tree proves that another is not needed; else 0. */
int report_proof(const struct jci_repo *repo, const git_oid *commit, struct jci_error *err);

#endif
