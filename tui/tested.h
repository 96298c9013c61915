/*
 * What the run in the artifacts pane tells of its tests and of coverage (core/summary.h), and what
 * changed since its last green ancestor: one row at the end of that pane, two where it is narrow.
 * It is read by a job, after the names of the files.
 */
#ifndef JCI_TUI_TESTED_H
#define JCI_TUI_TESTED_H

#include "core/record.h"
#include "tui/pane.h"

struct job;

/* Part of the pane. */
struct tested {
	struct pane *pane;
	struct job *job;
	struct strbuf tests, coverage; /* as they are shown; "": nothing is told of it */
	bool failed;
};
void tested_init(struct tested *t, struct pane *pane);
/* Reads it for a stored run; what was there stays until then. */
void tested_start(struct tested *t, const struct jci_record *run);
void tested_cancel(struct tested *t);
/* Nothing is shown, nothing is being read. */
void tested_clear(struct tested *t);

/* How many rows it takes of a pane of that size. */
int tested_rows(const struct tested *t, int height, int width);
void tested_draw(const struct tested *t, int rows);

#endif
