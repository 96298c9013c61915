/* What the parts of the runs pane (tui/runs.h) share: runs.c keeps the list, runsdraw.c draws it.
 */
#ifndef JCI_TUI_RUNSPRIV_H
#define JCI_TUI_RUNSPRIV_H

#include "tui/find.h"
#include "tui/list.h"
#include "tui/runload.h"
#include "tui/runs.h"

struct runs {
	struct pane pane;
	bool have_commit;
	git_oid commit; /* that is selected */
	/* What is shown: until the runs of the selected one are known, those of the one before. */
	bool shown;
	git_oid shown_commit;
	struct run_row *rows;
	enum script script;
	struct list list;

	struct job *load; /* the names; NULL: none */
	bool again;       /* something changed since that job began */
	struct job *read; /* records of what is on the screen */
	struct job *all;  /* all other records, for a search */
	bool going;       /* to the run `going_to`, as soon as it is there */
	struct jci_run_id going_to;
	bool opening; /* the log of the run at the cursor, as soon as that is known */

	/* What tui_select_run() was told last. */
	bool told;
	struct jci_ref told_ref;
	enum jci_status told_status;

	struct find find;
	bool pending; /* the search goes on when more records are known */
	bool backward, at;
	size_t from;
};

/* Whether what is shown are the runs of the commit that is selected. */
bool runs_are_current(const struct runs *runs);
/* NULL: there is none, or it isn't known yet. */
struct run_row *runs_cursor_row(const struct runs *runs);

/* Reads the records that are to be drawn, in the background. */
void runs_read_screen(struct runs *runs);

/* Of struct pane_ops. */
void runs_draw(struct pane *p);
void runs_title(const struct pane *p, struct strbuf *left, struct strbuf *right);
const enum action_id *runs_hints(const struct pane *p);

#endif
