#include "tui/wrap.h"

#include "tui/line.h"

size_t wrap_next(const char *text, size_t len, size_t from, size_t width)
{
	size_t used = 0, at = from;

	while (at < len) {
		int columns;
		const size_t bytes = line_char(text + at, len - at, &columns);

		used += (size_t)columns;
		if (used > width && at > from)
			break;
		at += bytes;
	}
	return at;
}

size_t wrap_rows(const char *text, size_t len, size_t width)
{
	size_t rows = 0, at = 0;

	do {
		at = wrap_next(text, len, at, width);
		rows++;
	} while (at < len);
	return rows;
}

size_t wrap_byte(const char *text, size_t len, size_t width, size_t row)
{
	size_t at = 0;

	while (row-- > 0 && at < len)
		at = wrap_next(text, len, at, width);
	return at;
}

size_t wrap_row(const char *text, size_t len, size_t width, size_t byte)
{
	size_t row = 0, end = wrap_next(text, len, 0, width);

	while (end < len && end <= byte) {
		end = wrap_next(text, len, end, width);
		row++;
	}
	return row;
}

size_t wrap_columns(const char *text, size_t len)
{
	size_t used = 0;

	for (size_t at = 0; at < len;) {
		int columns;

		at += line_char(text + at, len - at, &columns);
		used += (size_t)columns;
	}
	return used;
}
