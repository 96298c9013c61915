/*
 * All that the browser can do, in one table: the name (for the command line `:` and for key
 * bindings), the panes it is for, its keys, and a line of help. The help screen, completion, the
 * hints in the status line and git-jci-browser(7) are made from it.
 *
 * To add one: add a line here, and handle ACT_ID in act() of a pane, or in tui/act.c where it
 * concerns no single pane.
 *
 * Keys are separated by blanks and written as tui/keys.h says.
 */
#ifndef JCI_TUI_ACTION_H
#define JCI_TUI_ACTION_H

#include <stdbool.h>

/* Where an action, or a key, counts. */
enum scope {
	SCOPE_COMMITS = 1 << 0,
	SCOPE_RUNS = 1 << 1,
	SCOPE_FILES = 1 << 2, /* the artifacts pane */
	SCOPE_VIEWER = 1 << 3,
	SCOPE_LISTS = SCOPE_COMMITS | SCOPE_RUNS | SCOPE_FILES,
	SCOPE_ALL = SCOPE_LISTS | SCOPE_VIEWER,
};

/* ID, name, scope, keys, arguments (for people; NULL: none), help. Order: as in the help. */
#define ACTIONS(A)                                                                                 \
	ACTION_GROUP(A, MOVING, N_("Moving"))                                                      \
	A(UP, "up", SCOPE_ALL, "k <Up>", NULL, N_("one line up"))                                  \
	A(DOWN, "down", SCOPE_ALL, "j <Down>", NULL, N_("one line down"))                          \
	A(PAGE_UP, "page-up", SCOPE_ALL, "<PgUp> ^B", NULL, N_("one page up"))                     \
	A(PAGE_DOWN, "page-down", SCOPE_ALL, "<PgDn> ^F <Space>", NULL, N_("one page down"))       \
	A(HALF_UP, "half-up", SCOPE_ALL, "^U", NULL, N_("half a page up"))                         \
	A(HALF_DOWN, "half-down", SCOPE_ALL, "^D", NULL, N_("half a page down"))                   \
	A(FIRST, "first", SCOPE_ALL, "g <Home>", NULL, N_("to the first line"))                    \
	A(LAST, "last", SCOPE_ALL, "G <End>", NULL, N_("to the last line"))                        \
	A(LEFT, "left", SCOPE_ALL, "h <Left>", NULL,                                               \
	  N_("to the pane on the left, or scroll left"))                                           \
	A(RIGHT, "right", SCOPE_ALL, "l <Right>", NULL,                                            \
	  N_("to the pane on the right, or scroll right"))                                         \
	A(NEXT_PANE, "next-pane", SCOPE_ALL, "<Tab>", NULL, N_("to the next pane"))                \
	A(PREV_PANE, "prev-pane", SCOPE_ALL, "<S-Tab>", NULL, N_("to the pane before"))            \
	A(OPEN, "open", SCOPE_ALL, "<Enter>", NULL,                                                \
	  N_("open what is at the cursor; fold and unfold"))                                       \
	A(LOG, "log", SCOPE_LISTS, "L", NULL, N_("open the log of the run"))                       \
	A(CLOSE, "close", SCOPE_ALL, "q <Esc>", NULL, N_("go back; in the first pane, q quits"))   \
	A(ZOOM, "zoom", SCOPE_ALL, "z", NULL, N_("fill the screen with this pane, and back"))      \
	A(GOTO, "goto", SCOPE_ALL, NULL, N_("REV|RUN|LINE|N%"),                                    \
	  N_("go to a commit, a run or a line"))                                                   \
	ACTION_GROUP(A, FINDING, N_("Finding"))                                                    \
	A(SEARCH, "search", SCOPE_ALL, "/", N_("[PATTERN]"), N_("search as you type"))             \
	A(NEXT, "next", SCOPE_ALL, "n", NULL, N_("to the next match"))                             \
	A(PREV, "prev", SCOPE_ALL, "N", NULL, N_("to the match before"))                           \
	A(FILTER, "filter", SCOPE_LISTS, "f",                                                      \
	  N_("[all|runs|failed|running|author PATTERN|path PATH]"),                                \
	  N_("choose which commits are shown"))                                                    \
	A(BRANCH, "branch", SCOPE_LISTS, "b", N_("[NAME]"), N_("choose a branch or tag"))          \
	ACTION_GROUP(A, ACTING, N_("Acting"))                                                      \
	A(RUN, "run", SCOPE_LISTS, "r", N_("[REV]"), N_("run CI on HEAD, or on another commit"))   \
	A(RERUN, "rerun", SCOPE_ALL, "R", NULL, N_("run CI again on the commit of this run"))      \
	A(CANCEL, "cancel", SCOPE_ALL, "x", NULL, N_("stop the run that is going on"))             \
	A(PUSH, "push", SCOPE_LISTS, "P", N_("[REMOTE]"), N_("send runs to a remote"))             \
	A(PULL, "pull", SCOPE_LISTS, "U", N_("[REMOTE]"), N_("fetch runs from a remote"))          \
	A(PRUNE, "prune", SCOPE_LISTS, "D", N_("[OPTION...]"),                                     \
	  N_("list the runs that can go, then remove them"))                                       \
	A(RECOVER, "recover", SCOPE_LISTS, NULL, NULL, N_("store what lost runs left behind"))     \
	A(INIT, "init", SCOPE_LISTS, "i", NULL, N_("write a first .jci/run.sh"))                   \
	A(SAVE, "save", SCOPE_RUNS | SCOPE_FILES | SCOPE_VIEWER, "s", N_("[FILE|FOLDER]"),         \
	  N_("save the artifact, or the whole run, to disk"))                                      \
	A(EDIT, "edit", SCOPE_FILES | SCOPE_VIEWER, "v", NULL, N_("open a copy in $EDITOR"))       \
	A(PAGER, "pager", SCOPE_FILES | SCOPE_VIEWER, "p", NULL, N_("open it in $PAGER"))          \
	A(BROWSER, "browser", SCOPE_FILES | SCOPE_VIEWER, "o", NULL, N_("open it in $BROWSER"))    \
	A(PIPE, "pipe", SCOPE_FILES | SCOPE_VIEWER, "|", N_("[COMMAND]"),                          \
	  N_("pipe it, or the selected lines, to a command"))                                      \
	A(COPY, "copy", SCOPE_ALL, "y", NULL, N_("copy the hash, the run id, the path, or lines")) \
	A(COPY_NAME, "copy-name", SCOPE_ALL, "Y", NULL,                                            \
	  N_("copy the name of the run for 'git jci'"))                                            \
	A(COMPARE, "compare", SCOPE_ALL, "=", NULL, N_("compare with the last green ancestor"))    \
	A(SHOW, "show", SCOPE_ALL, "d", NULL, N_("show the commit with 'git show'"))               \
	A(TIG, "tig", SCOPE_ALL, "t", NULL, N_("show the commit in tig"))                          \
	ACTION_GROUP(A, VIEWING, N_("In the viewer"))                                              \
	A(FOLLOW, "follow", SCOPE_VIEWER, "F", NULL, N_("stay at the end as the log grows"))       \
	A(NEXT_ERROR, "next-error", SCOPE_VIEWER, "e", NULL, N_("to the next error"))              \
	A(PREV_ERROR, "prev-error", SCOPE_VIEWER, "E", NULL, N_("to the error before"))            \
	A(FOLD, "fold", SCOPE_VIEWER, "c", NULL, N_("fold or unfold the group at the cursor"))     \
	A(FOLD_ALL, "fold-all", SCOPE_VIEWER, "C", NULL, N_("fold or unfold all groups"))          \
	A(WRAP, "wrap", SCOPE_VIEWER, "w", NULL, N_("wrap long lines, or cut them"))               \
	A(NUMBERS, "numbers", SCOPE_VIEWER, "#", NULL, N_("line numbers on and off"))              \
	A(TIMES, "times", SCOPE_VIEWER, "T", NULL, N_("time stamps: none, clock, start, delta"))   \
	A(SELECT, "select", SCOPE_VIEWER, "V", NULL, N_("select lines, to copy or to pipe"))       \
	A(MARK, "mark", SCOPE_VIEWER, "m", N_("LETTER"), N_("mark this line with a letter"))       \
	A(TO_MARK, "to-mark", SCOPE_VIEWER, "'", N_("LETTER"),                                     \
	  N_("to the line marked with a letter"))                                                  \
	A(HEX, "hex", SCOPE_VIEWER, "H", NULL, N_("show bytes in hexadecimal, and back"))          \
	A(RESULTS, "results", SCOPE_VIEWER, "M", NULL,                                             \
	  N_("list test results (JUnit XML, TAP), and back"))                                      \
	ACTION_GROUP(A, OTHER, N_("Other"))                                                        \
	A(HELP, "help", SCOPE_ALL, "? <F1>", NULL, N_("this help"))                                \
	A(COMMAND, "command", SCOPE_ALL, ":", NULL,                                                \
	  N_("type any of these by its name, or !COMMAND"))                                        \
	A(SET, "set", SCOPE_ALL, NULL, N_("OPTION [VALUE]"), N_("set an option until you quit"))   \
	A(SHELL, "shell", SCOPE_ALL, "!", N_("[COMMAND]"), N_("run a command of the shell"))       \
	A(MESSAGES, "messages", SCOPE_ALL, "^G", NULL, N_("list the messages of the status line")) \
	A(REFRESH, "refresh", SCOPE_ALL, "<F5>", NULL, N_("read everything again"))                \
	A(REDRAW, "redraw", SCOPE_ALL, "^L", NULL, N_("draw the screen again"))                    \
	A(SUSPEND, "suspend", SCOPE_ALL, "^Z", NULL, N_("back to the shell; 'fg' returns"))        \
	A(QUIT, "quit", SCOPE_ALL, "Q ^C", NULL, N_("quit"))

/* A heading in the help; the entry has no name. */
#define ACTION_GROUP(A, ID, title) A(GROUP_##ID, NULL, 0, NULL, NULL, title)

enum action_id {
	ACT_NONE,
#define ACTION_ENUM(id, name, scope, keys, args, help) ACT_##id,
	ACTIONS(ACTION_ENUM)
#undef ACTION_ENUM
		ACT_MAX
};

struct action {
	const char *name; /* NULL: a heading, `help` is its text */
	unsigned scope;
	const char *keys; /* by default; NULL: none */
	const char *args; /* translated; NULL: it takes none */
	const char *help; /* translated */
};

extern const struct action actions[ACT_MAX]; /* [ACT_NONE] is empty */
/* ACT_NONE where there is none of that name. */
enum action_id action_find(const char *name);
/* Is there an argument that must not be missing? */
bool action_needs_arg(enum action_id id);

/* An action on its way to a pane. */
struct call {
	enum action_id id;
	const char *arg; /* what stood behind the name; NULL: nothing */
};

/* For act() of panes: 1 done, 0 not for this pane, <0 it failed: err is filled. */

#endif
