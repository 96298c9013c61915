/* Options of the browser: `jci.NAME` in git config, `:set NAME VALUE` until the end. */
#ifndef JCI_TUI_OPTIONS_H
#define JCI_TUI_OPTIONS_H

#include <stdbool.h>

#include "core/repo.h"

enum tui_dates { DATES_RELATIVE, DATES_ISO }; /* 3h; 2026-11-23 20:49 */
enum tui_times { TIMES_NONE, TIMES_CLOCK, TIMES_START, TIMES_DELTA };

struct tui_options {
	bool mouse;           /* jci.mouse, true */
	bool wrap;            /* jci.wrap, false */
	bool numbers;         /* jci.lineNumbers, false */
	bool fold;            /* jci.fold, false: groups of a log start folded */
	enum tui_times times; /* jci.times: none, clock, start, delta */
	enum tui_dates dates; /* jci.dates: relative, iso */
	int tab_width;        /* jci.tabWidth, 8 */
};

/* A wrong value leaves the default; the first one is JCI_EINVALID and names its key. */
int tui_options_read(struct tui_options *o, const struct jci_repo *repo, struct jci_error *err);
/* "wrap", "wrap true", "times delta": a switch without a value is turned over. */
int tui_options_set(struct tui_options *o, const char *text, struct jci_error *err);
/* The names, NULL at the end; and the words that one takes, NULL where it is no such option. */
extern const char *const tui_option_names[];
const char *const *tui_option_values(const char *name);

#endif
