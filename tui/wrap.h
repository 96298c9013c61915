/*
 * Where a long line is continued on the next row of the screen: behind as many characters as go
 * into `width` columns. A wide character is never cut in two, and characters without a width stay
 * with the one before them. The text is that of struct line: printable UTF-8.
 */
#ifndef JCI_TUI_WRAP_H
#define JCI_TUI_WRAP_H

#include <stddef.h>

/* The byte behind the row that begins with the byte `from`; at least one character further. */
size_t wrap_next(const char *text, size_t len, size_t from, size_t width);
/* How many rows it takes; an empty line takes one. */
size_t wrap_rows(const char *text, size_t len, size_t width);
/* The first byte of a row; len behind the last one. */
size_t wrap_byte(const char *text, size_t len, size_t width, size_t row);
/* The row, from 0, that a byte is in. */
size_t wrap_row(const char *text, size_t len, size_t width, size_t byte);
/* Columns of a text. */
size_t wrap_columns(const char *text, size_t len);

#endif
