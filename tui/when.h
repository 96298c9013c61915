/* Points in time in columns of a list: "3h" or "2026-11-23 20:49", as tui/options.h says. */
#ifndef JCI_TUI_WHEN_H
#define JCI_TUI_WHEN_H

#include <stdint.h>

#include "tui/options.h"
#include "util/strbuf.h"

/* now, 12s, 5m, 3h, 13d, 8w, 11mo, 4y; the future counts as now. us 0: nothing. */
void when_add(struct strbuf *sb, enum tui_dates dates, int64_t us, int64_t now_us);
/* Columns that are enough for all of them. */
int when_width(enum tui_dates dates);

#endif
