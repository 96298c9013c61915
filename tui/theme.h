/*
 * How things look: the styles of the interface, each an attribute and colours of curses, changed by
 * `jci.color.NAME` (git-jci-config(5); values as in git-config(1): colours and attributes); and the
 * marks in front of runs. NO_COLOR and terminals without colour leave attributes alone.
 */
#ifndef JCI_TUI_THEME_H
#define JCI_TUI_THEME_H

#include <stdbool.h>
#include <stdint.h>

#include <curses.h>

#include "core/record.h"

/* NAME in jci.color.NAME, the default value, what it is for (git-jci-config(5)). */
#define THEME_STYLES(S)                                                                         \
	S(NORMAL, "normal", "normal", N_("text"))                                               \
	S(TITLE, "title", "bold", N_("titles of panes"))                                        \
	S(TITLE_FOCUS, "titleFocus", "bold reverse", N_("title of the pane that has the keys")) \
	S(BORDER, "border", "dim", N_("lines between panes"))                                   \
	S(CURSOR, "cursor", "reverse", N_("the line at the cursor"))                            \
	S(CURSOR_IDLE, "cursorIdle", "bold", N_("the same in the other panes"))                 \
	S(SELECTED, "selected", "standout", N_("lines that are selected"))                      \
	S(OK, "ok", "green", N_("green runs"))                                                  \
	S(ERR, "err", "red", N_("red runs, error lines"))                                       \
	S(RUNNING, "running", "yellow", N_("runs that go on"))                                  \
	S(LOST, "lost", "magenta", N_("runs that are lost"))                                    \
	S(HASH, "hash", "yellow", N_("hashes of commits"))                                      \
	S(DATE, "date", "blue", N_("ages and times"))                                           \
	S(AUTHOR, "author", "cyan", N_("authors"))                                              \
	S(REF, "ref", "bold green", N_("branches and tags"))                                    \
	S(FOLDER, "folder", "blue", N_("folders of artifacts"))                            \
	S(SIZE, "size", "normal", N_("sizes"))                                                  \
	S(LINE_NUMBER, "lineNumber", "dim", N_("numbers of lines, time stamps"))                \
	S(GROUP, "group", "bold cyan", N_("titles of groups in logs"))                          \
	S(MATCH, "match", "black yellow", N_("what a search found"))                            \
	S(HINT, "hint", "dim", N_("hints, what is left out"))                                   \
	S(STATUS, "status", "reverse", N_("the status line"))                                   \
	S(STATUS_ERROR, "statusError", "bold white red", N_("failures in the status line"))     \
	S(KEY, "key", "bold", N_("keys in hints and in the help"))

enum style {
#define THEME_ENUM(id, name, value, help) STYLE_##id,
	THEME_STYLES(THEME_ENUM)
#undef THEME_ENUM
		STYLE_MAX
};

/* After term_begin(). A colour value that is wrong is JCI_EINVALID and names its key. */
int theme_init(const struct jci_repo *repo, struct jci_error *err);
/* For wattr_set(3X). */
void theme_get(enum style style, attr_t *attrs, int *pair);
/*
 * The same with colours of a log (ECMA-48 SGR, xterm's 256 colours): -1 the terminal's own, 0 to
 * 255 of the palette, THEME_RGB | 0xrrggbb; brought down to what the terminal has. Pairs are made
 * as they are needed; where the terminal has no more, the default's is taken.
 */
enum { THEME_RGB = 1 << 24 };
int theme_pair(int foreground, int background);

/* The name of a style, NULL behind the last; for completion and tests. */
const char *theme_style_name(enum style style);

/* One column wide: the mark of a run's status, "" for none; ASCII where need be. */
const char *theme_status_mark(enum jci_status status);
enum style theme_status_style(enum jci_status status);
/* The colour as git-config(1) writes it: "bold red", "#ff0000", "brightblue black", "214". */
struct theme_color {
	attr_t attrs;
	int foreground, background; /* as in theme_pair() */
};
bool theme_color_parse(struct theme_color *color, const char *value);

#endif
