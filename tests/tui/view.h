/*
 * What a terminal of xterm's kind would show (libvterm), as text with attributes.
 */
#ifndef JCI_TESTS_TUI_VIEW_H
#define JCI_TESTS_TUI_VIEW_H

#include <stdbool.h>
#include <stddef.h>

#include "util/strbuf.h"

struct view;
struct view *view_new(int columns, int rows);
void view_free(struct view *view);
void view_resize(struct view *view, int columns, int rows);

/* What the program wrote; what the terminal answers is appended to `answer`. */
void view_write(struct view *view, const char *data, size_t len, struct strbuf *answer);

/* A row as text, without the blanks at its end. */
void view_add_row(const struct view *view, int row, struct strbuf *sb);
bool view_contains(const struct view *view, const char *text);

/*
 * All rows between two lines that tell the size and where the cursor is. With attributes, each
 * row begins with '|', and below it, where a character has attributes, is a row that begins with ':' and
 * has a letter for each; the letters are explained at the end.
 */
void view_add_screen(const struct view *view, bool attributes, struct strbuf *sb);

/* What a program that has ended should have undone, a line each; nothing if it has. */
void view_add_leftovers(const struct view *view, struct strbuf *sb);

#endif
