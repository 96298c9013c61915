#include "tui/line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <locale.h>

#include "tui/theme.h"
#include "util/alloc.h"

/* The line as text with its styles: "{BOLD,fg,bg}" where one begins that isn't the default. */
static char *shown(const char *bytes, size_t len)
{
	cleanup(line_release) struct line line = LINE_INIT;
	struct strbuf sb = STRBUF_INIT;
	size_t span = 0;

	line_render(&line, bytes, len, 8);
	for (size_t i = 0; i < line.text.len; i++) {
		if (span < line.n_spans && line.spans[span].start == i) {
			const struct line_style *s = &line.spans[span++].style;

			if (s->flags == LINE_ESCAPE)
				strbuf_addstr(&sb, "{!}");
			else if (s->flags || s->foreground != -1 || s->background != -1)
				strbuf_addf(&sb, "{%d,%d,%d}", s->flags, s->foreground,
					    s->background);
			else if (i > 0)
				strbuf_addstr(&sb, "{}");
		}
		strbuf_addch(&sb, line.text.buf[i]);
	}
	assert_int_equal(span, line.n_spans);
	return strbuf_detach(&sb, NULL);
}

#define assert_shown(bytes, want)                                            \
	do {                                                                 \
		cleanup_free char *got_ = shown((bytes), sizeof(bytes) - 1); \
		assert_string_equal(got_, (want));                           \
	} while (0)

static size_t columns_of(const char *bytes)
{
	cleanup(line_release) struct line line = LINE_INIT;

	line_render(&line, bytes, strlen(bytes), 8);
	return line.columns;
}

static void test_plain(void **state)
{
	(void)state;
	assert_shown("", "");
	assert_shown("plain text", "plain text");
	assert_shown("ends\n", "ends");
	assert_shown("ends\r\n", "ends");
	assert_shown("\r\n", "");
	assert_shown("na\303\257ve", "na\303\257ve");
	assert_int_equal(columns_of("na\303\257ve"), 5);
}

static void test_colours(void **state)
{
	(void)state;
	assert_shown("\033[31mred\033[0m on", "{0,1,-1}red{} on");
	assert_shown("a\033[1;4;97;105mb\033[22mc\033[mno", "a{9,15,13}b{8,15,13}c{}no");
	assert_shown("\033[38;5;200mx\033[48;5;7my", "{0,200,-1}x{0,200,7}y");
	assert_shown("\033[38;2;1;2;3;1mx", "{1,16843267,-1}x");
	assert_shown("\033[38:2::1:2:3;1mx", "{1,16843267,-1}x");
	assert_shown("\033[38:2:1:2:3;1mx", "{1,16843267,-1}x");
	assert_shown("\033[58;5;1;3mx\033[23my", "{4,-1,-1}x{}y");
	assert_shown("\033[4:3mx\033[4:0my", "{8,-1,-1}x{}y");
	assert_shown("\033[2;7;9mx\033[22;27;29my", "{50,-1,-1}x{}y");
	assert_shown("\033[31mx\033[39my\033[41mz\033[49m.", "{0,1,-1}x{}y{0,-1,1}z{}.");
	/* a colour that changes nothing makes no span */
	assert_shown("a\033[0mb\033[31m\033[39mc", "abc");
	assert_shown("\033[38mx\033[38;9mx", "x{32,-1,-1}x");
	/* not SGR */
	assert_shown("\033[?1mx\033[>4;2my\033[1 mz", "xyz");
}

static void test_sequences_are_left_out(void **state)
{
	(void)state;
	assert_shown("a\033[2J\033[10;10Hb\033[?25lc", "abc");
	assert_shown("\033]0;title\ax\033]2;t\033\\y", "xy");
	assert_shown("\033]8;;https://example.org\033\\link\033]8;;\033\\.", "link.");
	assert_shown("\033P1$r\033\\a\033_x\033\\b\033^x\033\\c\033Xx\033\\d", "abcd");
	assert_shown("\033(Ba\0337b\033cc", "abc");
}

static void test_broken_sequences_are_shown(void **state)
{
	(void)state;
	assert_shown("a\033", "a{!}\\033");
	assert_shown("\033[31", "{!}\\033{}[31");
	assert_shown("\033[1\001m", "{!}\\033{}[1{!}\\001{}m");
	assert_shown("\033]0;never", "{!}\\033{}]0;never");
	assert_shown("\033]a\033]b\ac", "c");
	assert_shown("\033\303\274", "{!}\\033{}\303\274");
}

static void test_overwriting(void **state)
{
	(void)state;
	assert_shown("10%\r20%\r100%", "100%");
	assert_shown("long text\rshort", "shorttext");
	assert_shown("50%\r", "50%");
	assert_shown("50%\r\033[Kdone", "done");
	assert_shown("abcdef\r\033[2Kxy", "xy");
	assert_shown("abcdef\b\b\033[1KX", "    Xf");
	assert_shown("abcdef\b\b\033[0K", "abcd");
	assert_shown("abc\b\bX", "aXc");
	assert_shown("\b\bx", "x");
	assert_shown("\033[31mabc\r\033[32mX", "{0,2,-1}X{0,1,-1}bc");
	/* half of a wide character */
	assert_shown("\343\201\202\343\201\204\rx", "x \343\201\204");
	assert_shown("\343\201\202\343\201\204\b\b\bx", " x\343\201\204");
	assert_shown("\343\201\202\343\201\204\b\033[K", "\343\201\202");
	assert_shown("abcd\r\343\201\202", "\343\201\202cd");
}

static void test_tabs(void **state)
{
	(void)state;
	assert_shown("a\tb", "a       b");
	assert_shown("12345678\tb", "12345678        b");
	assert_shown("abcdefghij\r\tX", "abcdefghXj");
	assert_shown("ab\r\tX", "ab      X");
	assert_shown("\343\201\202\tb", "\343\201\202      b");
}

static void test_escapes(void **state)
{
	(void)state;
	assert_shown("a\001b\177c", "a{!}\\001{}b{!}\\177{}c");
	assert_shown("a\000b", "a{!}\\000{}b");
	assert_shown("\200\303", "{!}\\x80\\xc3");
	assert_shown("\302\233m", "{!}\\u009b{}m");
	assert_shown("\342\200\256evil", "{!}\\u202e{}evil");
	assert_shown("\342\201\246evil", "{!}\\u2066{}evil");
	/* the second line end of two, and a newline within a line, which no caller gives */
	assert_shown("a\nb", "a{!}\\n{}b");
	/* no character */
	assert_shown("\364\217\277\277", "{!}?");
}

static void test_combining(void **state)
{
	(void)state;
	assert_shown("e\314\201x", "e\314\201x");
	assert_int_equal(columns_of("e\314\201x"), 2);
	assert_shown("ex\b\b\314\201", "{!}\\u0301");
	assert_shown("\314\201", "{!}\\u0301");
	assert_shown("\357\273\277BOM", "{!}\\ufeff{}BOM");
	/* with a colour between them; behind a move */
	assert_shown("e\033[31m\314\201", "e\314\201");
	assert_shown("exy\b\b\314\201", "e\314\201xy");
	/* a heap of them, of which four are kept */
	assert_shown("e\314\201\314\201\314\201\314\201\314\201\314\201x",
		     "e\314\201\314\201\314\201\314\201x");
	/* a family of three */
	assert_int_equal(columns_of("\360\237\221\250\342\200\215\360\237\221\251"), 4);
}

static void test_too_long(void **state)
{
	cleanup(line_release) struct line line = LINE_INIT;
	cleanup_free char *bytes = xmalloc(64 * 1024);

	(void)state;
	memset(bytes, '\t', 64 * 1024);
	bytes[64 * 1024 - 1] = 'x';
	line_render(&line, bytes, 64 * 1024, 1000);
	assert_true(line.columns <= 512 * 1024);
	memset(bytes, '\001', 64 * 1024);
	line_render(&line, bytes, 64 * 1024, 8);
	assert_int_equal(line.columns, 4 * 64 * 1024);
	line_render(&line, "x", 1, 8);
	assert_string_equal(line.text.buf, "x");
}

static void assert_byte_at(const char *bytes, size_t column, size_t byte, size_t at)
{
	cleanup(line_release) struct line line = LINE_INIT;
	size_t got;

	line_render(&line, bytes, strlen(bytes), 8);
	assert_int_equal(line_byte_at(&line, column, &got), byte);
	assert_int_equal(got, at);
}

static void test_byte_at(void **state)
{
	(void)state;
	assert_byte_at("abc", 0, 0, 0);
	assert_byte_at("abc", 2, 2, 2);
	assert_byte_at("abc", 9, 3, 3);
	assert_byte_at("\343\201\202x", 0, 0, 0);
	assert_byte_at("\343\201\202x", 1, 3, 2);
	assert_byte_at("\343\201\202x", 2, 3, 2);
	assert_byte_at("\343\201\202x", 3, 4, 3);
	/* what combines goes with its character */
	assert_byte_at("e\314\201x", 1, 3, 1);
}

static void test_char(void **state)
{
	int columns;

	(void)state;
	assert_int_equal(line_char("ab", 2, &columns), 1);
	assert_int_equal(columns, 1);
	assert_int_equal(line_char("\343\201\202x", 4, &columns), 3);
	assert_int_equal(columns, 2);
	assert_int_equal(line_char("\314\201", 2, &columns), 2);
	assert_int_equal(columns, 0);
}

static void test_other_locale(void **state)
{
	(void)state;
	setlocale(LC_ALL, "C");
	assert_shown("na\303\257ve \033[31mred", "na{!}?{}ve {0,1,-1}red");
	assert_shown("\200", "{!}\\x80");
	setlocale(LC_ALL, "C.UTF-8");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_colours),
		cmocka_unit_test(test_sequences_are_left_out),
		cmocka_unit_test(test_broken_sequences_are_shown),
		cmocka_unit_test(test_overwriting),
		cmocka_unit_test(test_tabs),
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_combining),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_byte_at),
		cmocka_unit_test(test_char),
		cmocka_unit_test(test_other_locale),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
