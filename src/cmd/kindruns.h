/* The kinds that look into runs (kinds.c). */
#ifndef JCI_CMD_KINDRUNS_H
#define JCI_CMD_KINDRUNS_H

#include "cmd/kinds.h"

/* <run>: words for runs, and ids: the newest, of all or of the commit in `REVISION/`. */
void kind_add_runs(struct complete *c);
/* <live>: those that go on. */
void kind_add_live(struct complete *c);
/* <path>: artifacts of the run that the operand before names, one folder at a time. */
void kind_add_paths(struct complete *c);

#endif
