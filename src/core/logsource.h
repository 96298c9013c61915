/* The log of a run, wherever it is: of a live run in the registry, of a stored one in a blob. */
#ifndef JCI_CORE_LOGSOURCE_H
#define JCI_CORE_LOGSOURCE_H

#include "core/logindex.h"
#include "core/record.h"

/* A descriptor for reading the log at any offset; the caller closes it. */
int jci_log_open(const struct jci_repo *repo, const struct jci_record *r, struct jci_error *err);
/* When its bytes were written; empty for runs without timing. */
int jci_log_times_read(const struct jci_repo *repo, const struct jci_record *r,
		       struct jci_log_times *times, struct jci_error *err);

/* Offset at which the last n lines of the file begin. */
int64_t jci_log_tail_offset(int fd, int n);

#endif
