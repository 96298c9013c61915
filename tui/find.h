/* Searching in a list that is in memory: the pattern, and where the search began. */
#ifndef JCI_TUI_FIND_H
#define JCI_TUI_FIND_H

#include "tui/pane.h"
#include "util/pattern.h"

struct find {
	struct pattern *pattern; /* NULL: none */
	char *text;
	size_t origin; /* row of the cursor when typing began */
	bool typing;
	bool found; /* set by the user of this: whether the last look found anything */
};
void find_release(struct find *find);

enum find_move {
	FIND_STAY,
	FIND_BACK, /* to the origin */
	FIND_AT,   /* to the first match from the origin on, the origin's row among them */
	FIND_NEXT, /* to the next match behind the cursor */
};
/* What pane_ops.search() of a list is to do. */
enum find_move find_step(struct find *find, const char *pattern, enum search_step step,
			 size_t cursor);
/* Whether the text matches from byte `from` on. */
bool find_matches(struct find *find, const char *text, size_t len, size_t from);

#endif
