/*
 * What the parts of the viewer share. The text and the hexadecimal mode have one way to move about
 * (viewmove.c): rows on the screen belong to lines, which in hexadecimal are a row's bytes each.
 * The list of results is a list like others.
 */
#ifndef JCI_TUI_VIEWERPRIV_H
#define JCI_TUI_VIEWERPRIV_H

#include "core/results.h"
#include "tui/doc.h"
#include "tui/line.h"
#include "tui/list.h"
#include "tui/viewer.h"

enum viewer_mode { VIEWER_TEXT, VIEWER_HEX, VIEWER_RESULTS };

/* A row on the screen: that of a line, which has more than one where it is wrapped. */
struct view_place {
	uint64_t line;
	size_t row;
};

/* Where one is in the file. */
struct view_spot {
	uint64_t cursor;       /* position of a line */
	struct view_place top; /* at the top of the screen */
	size_t left;           /* columns that are scrolled away */
	bool at_end;           /* the user went to the last line: held while it grows */
};

/* A search: `dir` != 0 while DOC_MATCHES is waited for to go on with it. */
struct view_search {
	struct pattern *pattern; /* NULL: none */
	char *text;              /* of pattern */
	char *last;              /* accepted last; NULL: none */
	bool typing;             /* the prompt is open: origin counts */
	struct view_spot origin;
	size_t origin_row;   /* the same in the list of results */
	int dir;             /* > 0: on, < 0: back */
	bool at, say;        /* at this line too; tell when there is none */
	uint64_t from;       /* where the search goes on from */
	uint64_t found;      /* the line that was gone to last; UINT64_MAX: none */
	uint64_t number;     /* of that line among those with a match; 0: not known yet */
	uint64_t start, end; /* bytes found last, for the hexadecimal mode */
};

/* The bytes of a text on the screen that match. */
struct view_match {
	size_t start, end;
};

struct view_results {
	enum jci_results_format format;
	struct strbuf bytes; /* as far as they were gathered */
	uint64_t size;       /* of the file at that time */
	struct loop_timer timer;
	struct job *job;
	struct jci_results results;
	struct list list;
	bool ready;
	bool wanted; /* asked for by M: failures are told, the list is shown when it is there */
	bool open;   /* is to be shown by itself */
};

enum { VIEW_MARKS = 52 };

struct viewer {
	struct pane pane;
	struct doc *doc; /* NULL: nothing is open */
	struct jci_record run;
	char *path;
	enum viewer_mode mode;
	bool mode_chosen; /* by the user */
	struct view_spot at;
	bool follow;     /* stay at the end while the cursor is there */
	bool center;     /* the cursor went far: show what is around it */
	bool folded;     /* all groups were, last */
	bool fold_known; /* jci.fold was obeyed, or the user folds himself */
	bool selecting;
	uint64_t anchor;                    /* of the selection */
	uint64_t want_line;                 /* a number to go to as soon as it is known; 0: none */
	uint64_t marks[VIEW_MARKS], jumped; /* UINT64_MAX: not set */
	struct view_search search;
	struct view_results res;
	struct job *stored; /* looks whether the run has been stored */
	bool stored_again;
	/* the line that was rendered last */
	struct line line;
	uint64_t line_at;
	bool line_valid;
	struct view_match *matches;
	size_t n_matches, cap_matches;
};

static inline struct viewer *viewer_of(struct pane *p)
{
	return (struct viewer *)p;
}

static inline int view_height(const struct viewer *v)
{
	return v->pane.win ? getmaxy(v->pane.win) : 1;
}

static inline int view_width(const struct viewer *v)
{
	return v->pane.win ? getmaxx(v->pane.win) : 1;
}

/* ---- viewer.c ---- */

/* Text or hexadecimal, at the same byte. */
void viewer_set_mode(struct viewer *v, enum viewer_mode mode);

/* ---- viewmove.c ---- */

bool view_next(struct viewer *v, uint64_t *line);
bool view_prev(struct viewer *v, uint64_t *line);
uint64_t view_last(struct viewer *v);
/* The line that has a byte. */
uint64_t view_line_at(struct viewer *v, uint64_t offset);
size_t view_rows(struct viewer *v, uint64_t line);
/* One row on; false at the end. */
bool view_place_next(struct viewer *v, struct view_place *place);
/* Before drawing: all positions exist, and the cursor is on the screen. */
void view_adjust(struct viewer *v);
/* After the cursor was: follows or not, and nothing waits to move it any more. */
void view_moved(struct viewer *v);
/* UP ... LAST; false for other actions. */
bool view_move(struct viewer *v, enum action_id id);
void view_scroll(struct viewer *v, int rows);
/* Goes far: folds are opened, and '' leads back. */
void view_goto(struct viewer *v, uint64_t line);
void view_goto_end(struct viewer *v);
/* "12" or "30%"; 0: neither. */
int view_goto_text(struct viewer *v, const char *text);
/* To a line's number, later if it is not known yet. */
void view_goto_number(struct viewer *v, uint64_t number);
/* The line at a row of the screen; false below the last. */
bool view_line_of_row(struct viewer *v, int y, uint64_t *line);

/* ---- viewtext.c ---- */

/* Renders a line into v->line and v->matches. */
void viewtext_load(struct viewer *v, uint64_t line);
void viewtext_forget(struct viewer *v);
size_t viewtext_rows(struct viewer *v, uint64_t line);
/* Columns for the text itself. */
size_t viewtext_width(struct viewer *v);
void viewtext_draw(struct viewer *v);
/* Scrolls so that the match in the cursor's line can be seen. */
void viewtext_show_match(struct viewer *v);
/* Scrolls half a screen; false where there is nothing on that side. */
bool viewtext_scroll_columns(struct viewer *v, bool right);

/* ---- viewhex.c ---- */

/* Bytes in a row: 16, less in a narrow window. */
uint64_t viewhex_bytes(const struct viewer *v);
void viewhex_draw(struct viewer *v);
/* A row as it is on the screen. */
void viewhex_add_row(struct strbuf *sb, const struct viewer *v, uint64_t offset);

/* ---- viewfind.c ---- */

void view_search(struct viewer *v, const char *pattern, enum search_step step);
/* n and N. */
void view_search_again(struct viewer *v, int dir);
/* More was searched: goes on with what was waiting for it. */
void view_search_go_on(struct viewer *v);
void view_search_stop(struct viewer *v);
void view_search_clear(struct viewer *v);
void view_search_title(const struct viewer *v, struct strbuf *sb);
void view_error(struct viewer *v, bool next);

/* ---- viewcopy.c ---- */

int view_copy(struct viewer *v, struct jci_error *err);

/* ---- viewresults.c ---- */

/* There are bytes to guess by, or more of them. */
void viewresults_refresh(struct viewer *v);
void viewresults_clear(struct viewer *v);
void viewresults_draw(struct viewer *v);
void viewresults_title(const struct viewer *v, struct strbuf *sb);
/* M */
void viewresults_toggle(struct viewer *v);
int viewresults_act(struct viewer *v, const struct call *call);
void viewresults_click(struct viewer *v, int y, bool twice);
void viewresults_search(struct viewer *v, int dir, bool at);
/* The test at the cursor, its message; nothing on a heading. */
void viewresults_add_text(struct strbuf *sb, const struct viewer *v);

#endif
