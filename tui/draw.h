/*
 * Putting text on the screen. Nothing that comes from others reaches curses but through here: every
 * character is printable in this locale, control characters and wrong bytes are visible escapes
 * (util/text.h), and no line leaves its columns: a wide character that would is left out.
 */
#ifndef JCI_TUI_DRAW_H
#define JCI_TUI_DRAW_H

#include <stddef.h>

#include <curses.h>

#include "tui/theme.h"

/* Text at (y, x), in at most `width` columns, '~' or an ellipsis in the last if it is longer.
   Returns the columns used. NUL ends text where len is DRAW_ALL. */
#define DRAW_ALL ((size_t)-1)
int draw_text(WINDOW *win, int y, int x, int width, enum style style, const char *text, size_t len);
/* The same, right aligned. */
int draw_right(WINDOW *win, int y, int x, int width, enum style style, const char *text);
/* Blanks. */
void draw_blank(WINDOW *win, int y, int x, int width, enum style style);
/*
 * Blanks between columns, in the style of what is before them unless that shows: fewer bytes than
 * the change to another style and back.
 */
void draw_gap(WINDOW *win, int y, int x, int width, enum style style);
/* Columns that draw_text() would use without a limit. */
int draw_width(const char *text, size_t len);
/* Restyles columns that are drawn already: the cursor line keeps its text. */
void draw_restyle(WINDOW *win, int y, int x, int width, enum style style);
/* Text over several lines, wrapped at words; returns the lines used. For empty states. */
int draw_paragraph(WINDOW *win, int y, int x, int width, enum style style, const char *text);

#endif
