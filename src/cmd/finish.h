/* The commands of jci.onFinish (core/finish.h), for commands that run CI. */
#ifndef JCI_CMD_FINISH_H
#define JCI_CMD_FINISH_H

#include "core/record.h"

/*
 * Runs them for a run that has been stored, with their output on standard error. What fails is a
 * note alone. A signal that comes meanwhile (cmd/interrupt.h) ends them.
 */
void finish_run(const struct jci_repo *repo, const struct jci_record *r);

#endif
