/*
 * The input is rendered as lines of a log: whatever it holds, only printable characters come out,
 * as many columns as they take, and their styles in order. The same for a pattern in it: a match
 * lies in the text, and in one line.
 */
#include "tui/line.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

#include "util/pattern.h"
#include "util/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

static void check(bool ok)
{
	if (!ok)
		abort();
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	check(setlocale(LC_ALL, "C.UTF-8") != NULL);
	return 0;
}

static void check_text(const struct line *line)
{
	const char *text = line->text.buf;
	size_t len = line->text.len, columns = 0, n;
	int width;

	check(utf8_is_valid(text, len));
	for (size_t i = 0; i < len; i += n) {
		uint32_t c;

		n = utf8_sequence(text + i, len - i);
		c = utf8_decode(text + i, n);
		check(!text_is_unsafe(c) && iswprint((wint_t)c));
		check(line_char(text + i, len - i, &width) == n);
		check(width == wcwidth((wchar_t)c) && width >= 0);
		/* the first has something to be shown in */
		check(i > 0 || width > 0);
		columns += (size_t)width;
	}
	check(columns == line->columns);
}

static void check_spans(const struct line *line)
{
	check((line->n_spans > 0) == (line->text.len > 0));
	for (size_t i = 0; i < line->n_spans; i++) {
		const struct line_span *s = &line->spans[i];

		check(i == 0 ? s->start == 0 : s->start > s[-1].start);
		check(s->start < line->text.len);
		check(s->style.foreground >= -1 && s->style.foreground < 1 << 25);
		check(s->style.background >= -1 && s->style.background < 1 << 25);
		/* no span begins within a character */
		check((line->text.buf[s->start] & 0xc0) != 0x80);
	}
}

static void check_columns(const struct line *line)
{
	size_t at, byte, before = 0;

	for (size_t column = 0; column <= line->columns && column < 300; column++) {
		byte = line_byte_at(line, column, &at);
		check(byte >= before && byte <= line->text.len);
		check(at >= column && at <= column + 1 && at <= line->columns);
		before = byte;
	}
	check(line_byte_at(line, line->columns, &at) == line->text.len && at == line->columns);
}

/* As they are, as they follow each other on the screen. */
static void fuzz_lines(const char *text, size_t len)
{
	cleanup(line_release) struct line line = LINE_INIT;

	for (size_t at = 0; at < len;) {
		const char *newline = memchr(text + at, '\n', len - at);
		size_t end = newline ? (size_t)(newline - text) : len;

		line_render(&line, text + at, end - at, 8);
		check_text(&line);
		check_spans(&line);
		check_columns(&line);
		at = end + 1;
	}
	line_render(&line, text, len, 3);
	check_text(&line);
}

/* The first line is the pattern, the others are searched. */
static void fuzz_pattern(const char *text, size_t len)
{
	cleanup_pattern struct pattern *pattern = NULL;
	const char *newline = memchr(text, '\n', len);
	cleanup_free char *first = NULL;
	size_t start, end, at = 0, n;

	if (!newline)
		return;
	n = (size_t)(newline - text);
	first = strndup(text, n < 200 ? n : 200);
	pattern = pattern_new(first);
	check((pattern != NULL) == (first[0] != '\0'));
	text = newline + 1;
	len -= n + 1;
	while (pattern && pattern_find_in_lines(pattern, text, len, at, &start, &end)) {
		check(start >= at && start < end && end <= len);
		check(!memchr(text + start, '\n', end - start));
		at = end;
	}
	if (pattern && pattern_find(pattern, text, len, 0, &start, &end))
		check(start < end && end <= len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = size > 0 ? (const char *)data : "";

	fuzz_lines(text, size);
	fuzz_pattern(text, size);
	return 0;
}
