/*
 * Runs as bars on a terminal: their durations, oldest on the left, with a mark below each bar that
 * has failed runs. Blocks of UTF-8 where the locale has them, else ASCII.
 */
#ifndef JCI_CMD_PLOT_H
#define JCI_CMD_PLOT_H

#include "core/stats.h"

/* Columns of the terminal that standard output is; else what $COLUMNS says; else 80. */
size_t plot_columns(void);
/* Appends its lines, none longer than that; in colour as cmd/print.h. There is at least one run. */
void plot_add(struct strbuf *sb, const struct jci_stats *stats, size_t columns, int64_t now_us);

#endif
