/* What opens above the panes. */
#ifndef JCI_TUI_OVERLAY_H
#define JCI_TUI_OVERLAY_H

#include "tui/tui.h"

/*
 * Text to read, scrolled and searched with the keys of the panes. If `accept` isn't NULL, Enter
 * calls it after closing (`accept_hint` says what that does); q and Esc just close. release(ctx) is
 * called in the end in either case; both may be NULL. Lines that begin with `\1` are headings; of
 * those that begin with `\2`, what comes before another `\2` is keys. One that is open with the
 * same title is replaced.
 */
struct overlay_text {
	const char *title;
	const char *text; /* copied */
	bool at_end;      /* its end is shown first */
	const char *accept_hint;
	void (*accept)(struct tui *tui, void *ctx);
	void (*release)(void *ctx);
	void *ctx;
};
void overlay_text(struct tui *tui, const struct overlay_text *text);

/*
 * A choice. Typing narrows it to the entries that hold all letters typed in their order, the best
 * first (as fzf does); arrows move, Enter chooses, Esc closes.
 */
struct overlay_menu {
	const char *title;
	const char *const *items; /* copied; `n` of them */
	size_t n;
	const char *current; /* the cursor starts there; NULL: at the first */
	void (*chosen)(struct tui *tui, const char *item, void *ctx);
	void (*release)(void *ctx);
	void *ctx;
};
void overlay_menu(struct tui *tui, const struct overlay_menu *menu);
/* More entries for the menu that is open, if `title` is still the topmost one's. */
void overlay_menu_add(struct tui *tui, const char *title, const char *const *items, size_t n);
/* How well an entry fits what was typed; <0: not at all. Smart case. */
int fuzzy_score(const char *item, const char *typed);

/* The help: every key of the pane that has them, then of the others, from the table. */
void overlay_help(struct tui *tui);

#endif
