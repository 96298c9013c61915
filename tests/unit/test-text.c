#include "util/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <locale.h>

#include "util/alloc.h"

static void test_utf8_sequence(void **state)
{
	static const struct {
		const char *s;
		size_t len, expected;
	} cases[] = {
		{"", 0, 0},
		{"a", 1, 1},
		{"\0", 1, 1},
		{"\x7f", 1, 1},
		{"\x80", 1, 0},
		{"\xc1\xbf", 2, 0},
		{"\xc2\x80", 2, 2},
		{"\xc3\xa9z", 3, 2},
		{"\xc3", 1, 0},
		{"\xc3z", 2, 0},
		{"\xe0\x9f\xbf", 3, 0},
		{"\xe0\xa0\x80", 3, 3},
		{"\xe2\x82", 2, 0},
		{"\xe2\x82\xac", 3, 3},
		{"\xe2\x82z", 3, 0},
		{"\xed\x9f\xbf", 3, 3},
		{"\xed\xa0\x80", 3, 0},
		{"\xf0\x8f\xbf\xbf", 4, 0},
		{"\xf0\x9f\x98\x80", 4, 4},
		{"\xf4\x8f\xbf\xbf", 4, 4},
		{"\xf4\x90\x80\x80", 4, 0},
		{"\xf5\x80\x80\x80", 4, 0},
		{"\xff", 1, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(utf8_sequence(cases[i].s, cases[i].len), cases[i].expected);
	assert_true(utf8_is_valid("a\xc3\xa9\xe2\x82\xac", 6));
	assert_false(utf8_is_valid("a\xc3\xa9\xe2\x82", 5));
	assert_true(utf8_is_valid("", 0));
}

typedef void (*add_fn)(struct strbuf *sb, const char *s, size_t len);

static void check(add_fn add, const char *s, size_t len, const char *expected)
{
	cleanup_strbuf struct strbuf sb = STRBUF_INIT;

	strbuf_addch(&sb, '>');
	add(&sb, s, len);
	assert_string_equal(sb.buf + 1, expected);
}
#define CHECK(add, s, expected) check(add, s, sizeof(s) - 1, expected)

/* What another byte could still make a character of is left out, and nothing else. */
static void test_utf8_whole(void **state)
{
	static const struct {
		const char *text;
		size_t whole;
	} cases[] = {
		{"", 0},
		{"a", 1},
		{"a\303", 1},
		{"a\303\244", 3},
		{"a\342\202", 1},
		{"\342\202\254", 3},
		{"\360\237\230", 0},
		{"\360\237\230\200", 4},
		{"a\377", 2},
		{"a\200", 2},
		{"\200\200\200\200", 4},
		{"\342a", 2},
		{"a\301", 2},
		{"\303\244\303", 2},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(utf8_whole(cases[i].text, strlen(cases[i].text)), cases[i].whole);
}

static void test_safe(void **state)
{
	(void)state;
	CHECK(text_add_safe, "", "");
	CHECK(text_add_safe, "plain name\\n 'x'.txt", "plain name\\n 'x'.txt");
	CHECK(text_add_safe, "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
	      "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
	CHECK(text_add_safe, "a\nb\tc\rd", "a\\nb\\tc\\rd");
	CHECK(text_add_safe, "\033[31m\a\0\x7f", "\\033[31m\\007\\000\\177");
	CHECK(text_add_safe,
	      "\xc2\x9b"
	      "2J\xc2\xa0",
	      "\\u009b2J\xc2\xa0");
	CHECK(text_add_safe,
	      "\xff\x9b"
	      "1\xc3",
	      "\\xff\\x9b1\\xc3");
	CHECK(text_add_safe,
	      "\xe2\x80\xae"
	      "x\xe2\x81\xa9\xe2\x80\xa8",
	      "\\u202ex\\u2069\\u2028");
	CHECK(text_add_safe, "\xe2\x80\xa7\xe2\x80\xaf", "\xe2\x80\xa7\xe2\x80\xaf");
}

static void test_html(void **state)
{
	(void)state;
	CHECK(text_add_html, "<a href=\"x\">'&'</a>",
	      "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;");
	CHECK(text_add_html, "a\n\tb", "a\n\tb");
	CHECK(text_add_html, "a\033b\0c\xff\xc2\x85\xc3\xa9",
	      "a\xef\xbf\xbd"
	      "b\xef\xbf\xbd"
	      "c\xef\xbf\xbd\xef\xbf\xbd\xc3\xa9");
}

static void test_utf8(void **state)
{
	(void)state;
	CHECK(text_add_utf8, "a\033\n\xc3\xa9", "a\033\n\xc3\xa9");
	CHECK(text_add_utf8,
	      "\xff"
	      "a\xe2\x82",
	      "\xef\xbf\xbd"
	      "a\xef\xbf\xbd\xef\xbf\xbd");
}

static void check_shell(const char *s, const char *expected)
{
	cleanup_strbuf struct strbuf sb = STRBUF_INIT;

	text_add_shell(&sb, s);
	assert_string_equal(sb.buf, expected);
}

static void test_shell(void **state)
{
	(void)state;
	check_shell("refs/jci-runs/a_b-1.2", "refs/jci-runs/a_b-1.2");
	check_shell("--since=HEAD~1", "--since=HEAD~1");
	check_shell("", "''");
	check_shell("~root", "'~root'");
	check_shell("=ls", "'=ls'");
	check_shell("a b", "'a b'");
	check_shell("$(x)`", "'$(x)`'");
	check_shell("it's 'it'", "'it'\\''s '\\''it'\\'''");
}

static void test_width(void **state)
{
	(void)state;
	assert_int_equal(text_width("", 0), 0);
	assert_int_equal(text_width("abc", 3), 3);
	assert_int_equal(text_width("a\xff\xff", 3), 3);
	assert_int_equal(text_width("a\n\033", 3), 3);
	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		skip();
	assert_int_equal(text_width("e\xcc\x81", 3), 1);
	assert_int_equal(text_width("\xe4\xb8\xad\xe6\x96\x87", 6), 4);
	assert_int_equal(text_width("\xc3\xa9\xc3z", 4), 3);
	assert_int_equal(text_width("a\xe4\xb8", 3), 3);
}

static void check_filter(const char *s, size_t len, const char *expected, size_t expected_len)
{
	for (size_t step = 1; step <= len; step++) {
		cleanup_strbuf struct strbuf out = STRBUF_INIT;
		struct term_filter filter = TERM_FILTER_INIT;

		for (size_t at = 0; at < len; at += step)
			term_filter_add(&filter, &out, s + at, len - at < step ? len - at : step);
		assert_int_equal(out.len, expected_len);
		assert_memory_equal(out.buf, expected, expected_len);
	}
}
/* However the text is cut. */
#define FILTER(s, expected) check_filter(s, sizeof(s) - 1, expected, sizeof(expected) - 1)

static void test_filter_text(void **state)
{
	(void)state;
	FILTER("plain \xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80 text\r\n\tx\b.",
	       "plain \xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80 text\r\n\tx\b.");
	FILTER("a\0b\ac\vd\fe\x0e\x0f\x05\x7f.", "abcde.");
	FILTER("caf\xe9 au", "caf\xe9 au");
	FILTER("\xe2\x82.", "\xe2.");
	FILTER("\xe2\xac.", "\xe2\xac.");
	FILTER("\xe9\xe2\x82\xac.", "\xe9\xe2\x82\xac.");
}

static void test_filter_sgr(void **state)
{
	(void)state;
	FILTER("\033[31mred\033[0m\033[m", "\033[31mred\033[0m\033[m");
	FILTER("\033[38;2;1;2;3;4:3mx", "\033[38;2;1;2;3;4:3mx");
	FILTER("\033[>4mx\033[?4my\033[1 mz\033[1\"m.", "xyz.");
	FILTER("\033[3\n1m.", "\n\033[31m.");
}

static void check_long_sgr(size_t digits, bool passes)
{
	cleanup_strbuf struct strbuf in = STRBUF_INIT;

	strbuf_addstr(&in, "\033[");
	for (size_t i = 0; i < digits; i++)
		strbuf_addch(&in, '1');
	strbuf_addstr(&in, "mx");
	if (passes)
		check_filter(in.buf, in.len, in.buf, in.len);
	else
		check_filter(in.buf, in.len, "x", 1);
}

static void test_filter_long_sgr(void **state)
{
	(void)state;
	check_long_sgr(64, true);
	check_long_sgr(65, false);
	check_long_sgr(1000, false);
}

static void test_filter_sequences(void **state)
{
	(void)state;
	FILTER("a\033[2Jb\033[10;20Hc\033[?1049hd\033[6ne", "abcde");
	FILTER("a\033cb\033(Bc\033#8d\0337e\033=f", "abcdef");
	FILTER("a\033[31\033[32mb", "a\033[32mb");
	FILTER("a\033[31\x18mb\033[2\x1aJ", "ambJ");
	FILTER("a\033\033[1mb", "a\033[1mb");
	FILTER("a\033[31\xc3\xa9m", "a\xc3\xa9m");
}

static void test_filter_strings(void **state)
{
	(void)state;
	FILTER("a\033]0;title\ab", "ab");
	FILTER("a\033]8;;http://x\033\\link\033]8;;\033\\b", "alinkb");
	FILTER("a\033P1$q\a\nm\033\\b", "ab");
	FILTER("a\033Xx\033\\b\033^x\033\\c\033_x\033\\d", "abcd");
	FILTER("a\033]0;\xe2\x9c\x93 x\033\\b", "ab");
	FILTER("a\033]0;x\033[1mb", "a\033[1mb");
	FILTER("a\033Px\x18"
	       "b\033]x\x1a"
	       "c",
	       "abc");
	FILTER("a\033]0;\r\n\tx\ab", "ab");
}

static void test_filter_c1(void **state)
{
	(void)state;
	FILTER("a\x9b"
	       "2Jb\x9b"
	       "1mc",
	       "abc");
	FILTER("a\xc2\x9b"
	       "2Jb\xc2\x85"
	       "c\xc2\xa0",
	       "abc\xc2\xa0");
	FILTER("a\x9d"
	       "0;x\ab\x9d"
	       "0;x\x9c"
	       "c\xc2\x9d"
	       "0;x\xc2\x9c"
	       "d",
	       "abcd");
	FILTER("a\x90x\x9c"
	       "b\x98x\x9c"
	       "c\x9ex\033\\d\x9fx\xc2\x9c"
	       "e",
	       "abcde");
	FILTER("a\xc2\x90x\n\xc2\x9c"
	       "b",
	       "ab");
	FILTER("a\x84\x85\x8d"
	       "b",
	       "ab");
	FILTER("a\xc2\033[2J\x9b"
	       "2Jb",
	       "a\xc2"
	       "b");
	FILTER("\xe0\x9b"
	       "2Jb",
	       "\xe0"
	       "b");
	FILTER("\xe2\x82\x9b"
	       "2Jb",
	       "\xe2\x82\x9b"
	       "2Jb");
	FILTER("\xf0\x9f\x9b"
	       "cut\n",
	       "\xf0"
	       "cut\n");
	FILTER("\xf0\xa0\x9b"
	       "cut\n",
	       "\xf0\xa0"
	       "cut\n");
	FILTER("a\033]0;\xe2\x9c"
	       "b",
	       "ab");
}

/* A stray byte of another encoding hides its line at most. */
static void test_filter_c1_ends_with_line(void **state)
{
	(void)state;
	FILTER("a\x90tr\xe9s\nnext", "a\nnext");
	FILTER("a\x9dtr\xe9s\r\nnext", "a\r\nnext");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_utf8_sequence),
		cmocka_unit_test(test_utf8_whole),
		cmocka_unit_test(test_safe),
		cmocka_unit_test(test_html),
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_shell),
		cmocka_unit_test(test_width),
		cmocka_unit_test(test_filter_text),
		cmocka_unit_test(test_filter_sgr),
		cmocka_unit_test(test_filter_long_sgr),
		cmocka_unit_test(test_filter_sequences),
		cmocka_unit_test(test_filter_strings),
		cmocka_unit_test(test_filter_c1),
		cmocka_unit_test(test_filter_c1_ends_with_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
