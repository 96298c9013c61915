#include "tui/draw.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <limits.h>
#include <locale.h>
#include <string.h>
#include <wchar.h>

#include "support.h"
#include "util/alloc.h"
#include "util/strbuf.h"

enum { ROWS = 6, COLUMNS = 20 };

static WINDOW *win;
static SCREEN *screen;
static FILE *in, *out;

/* A terminal that nobody looks at: what is drawn is read back from the window. */
static int begin(void **state)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;

	make_bare_repo(state);
	setlocale(LC_CTYPE, "C.UTF-8");
	unsetenv("NO_COLOR");
	in = fopen("/dev/null", "r");
	out = fopen("/dev/null", "w");
	screen = newterm("xterm-256color", out, in);
	assert_non_null(screen);
	assert_int_equal(theme_init(&repo, &err), 0);
	return 0;
}

static int end(void **state)
{
	endwin();
	delscreen(screen);
	fclose(in);
	fclose(out);
	return remove_repo(state);
}

static int make_window(void **state)
{
	(void)state;
	win = newpad(ROWS, COLUMNS);
	for (int y = 0; y < ROWS; y++)
		mvwhline(win, y, 0, '.', COLUMNS);
	return 0;
}

static int remove_window(void **state)
{
	(void)state;
	delwin(win);
	setlocale(LC_CTYPE, "C.UTF-8");
	return 0;
}

/* A row as text; the second column of a wide character is not there. */
static void check_row(int y, const char *expected)
{
	cleanup_strbuf struct strbuf sb = STRBUF_INIT;

	for (int x = 0; x < COLUMNS; x++) {
		wchar_t text[CCHARW_MAX + 1];
		char bytes[MB_LEN_MAX * CCHARW_MAX + 1];
		attr_t attrs;
		cchar_t cell;
		short pair;

		mvwin_wch(win, y, x, &cell);
		getcchar(&cell, text, &attrs, &pair, NULL);
		assert_true(wcstombs(bytes, text, sizeof(bytes)) != (size_t)-1);
		strbuf_addstr(&sb, bytes);
		if (wcwidth(text[0]) == 2)
			x++;
	}
	assert_string_equal(sb.buf, expected);
}

static attr_t attrs_at(int y, int x)
{
	return mvwinch(win, y, x) & A_ATTRIBUTES & ~A_COLOR;
}

static void test_text(void **state)
{
	static const struct {
		const char *text;
		int x, width, used;
		const char *row;
	} cases[] = {
		{"plain", 2, 10, 5, "..plain............."},
		{"", 2, 10, 0, "...................."},
		{"exactly so", 0, 10, 10, "exactly so.........."},
		{"one too many", 0, 11, 11, "one too ma\xe2\x80\xa6........."},
		{"x", 5, 0, 0, "...................."},
		{"xyz", 5, 1, 1, ".....\xe2\x80\xa6.............."},
		{"at the border", 15, 99, 5, "...............at t\xe2\x80\xa6"},
		{"outside", 20, 5, 0, "...................."},
		{"outside", -1, 5, 0, "...................."},
		{"a\tb\nc", 0, 20, 7, "a\\tb\\nc............."},
		{"\033[31m\x9b", 0, 20, 12, "\\033[31m\\x9b........"},
		/* wide: \xe6\x97\xa5 */
		{"\xe6\x97\xa5\xe6\x97\xa5", 0, 4, 4, "\xe6\x97\xa5\xe6\x97\xa5................"},
		{"\xe6\x97\xa5\xe6\x97\xa5", 0, 3, 3, "\xe6\x97\xa5\xe2\x80\xa6................."},
		{"a\xe6\x97\xa5\xe6\x97\xa5", 0, 4, 4, "a\xe6\x97\xa5\xe2\x80\xa6................"},
		{"\xe6\x97\xa5\xe6\x97\xa5", 0, 2, 1, "\xe2\x80\xa6..................."},
		{"\xe6\x97\xa5\xe6\x97\xa5", 18, 9, 1, "..................\xe2\x80\xa6."},
		/* combining: \xcc\x81 */
		{"e\xcc\x81.", 3, 20, 2, "...e\xcc\x81................"},
		{"\xcc\x81", 3, 20, 0, "...................."},
		{"\xcc\x81x", 3, 20, 1, "...x................"},
		{"ae\xcc\x81", 18, 2, 2, "..................ae\xcc\x81"},
		/* not a character of Unicode yet */
		{"\xf0\xaf\xbf\xbe", 0, 20, 1, "?..................."},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int used = draw_text(win, 1, cases[i].x, cases[i].width, STYLE_NORMAL,
				     cases[i].text, DRAW_ALL);

		check_row(1, cases[i].row);
		assert_int_equal(used, cases[i].used);
		mvwhline(win, 1, 0, '.', COLUMNS);
	}
	draw_text(win, -1, 0, 5, STYLE_NORMAL, "x", DRAW_ALL);
	draw_text(win, ROWS, 0, 5, STYLE_NORMAL, "x", DRAW_ALL);
	check_row(0, "....................");
	check_row(ROWS - 1, "....................");
}

/* Also behind a NUL; and a heap of combining characters does not run over anything. */
static void test_length(void **state)
{
	cleanup_strbuf struct strbuf sb = STRBUF_INIT;

	(void)state;
	draw_text(win, 0, 0, 20, STYLE_NORMAL, "abcdef", 3);
	check_row(0, "abc.................");
	draw_text(win, 0, 0, 20, STYLE_NORMAL, "a\0b", 3);
	check_row(0, "a\\000b..............");
	strbuf_addch(&sb, 'e');
	for (int i = 0; i < 100000; i++)
		strbuf_addstr(&sb, "\xcc\x81");
	assert_int_equal(draw_text(win, 1, 0, 1, STYLE_NORMAL, sb.buf, sb.len), 1);
}

static void test_ascii(void **state)
{
	(void)state;
	setlocale(LC_CTYPE, "C");
	assert_int_equal(draw_text(win, 0, 0, 20, STYLE_NORMAL, "\xc3\xa9t\xc3\xa9 \xff", DRAW_ALL),
			 8);
	check_row(0, "?t? \\xff............");
	draw_text(win, 1, 0, 5, STYLE_NORMAL, "too long", DRAW_ALL);
	check_row(1, "too ~...............");
	assert_string_equal(theme_status_mark(JCI_STATUS_OK), "+");
	assert_string_equal(theme_status_mark(JCI_STATUS_NONE), "");
}

static void test_width(void **state)
{
	(void)state;
	assert_int_equal(draw_width("", DRAW_ALL), 0);
	assert_int_equal(draw_width("a\xe6\x97\xa5"
				    "e\xcc\x81\n",
				    DRAW_ALL),
			 6);
	assert_int_equal(draw_width("abc", 2), 2);
}

static void test_right(void **state)
{
	(void)state;
	draw_right(win, 0, 5, 10, STYLE_NORMAL, "12");
	check_row(0, ".............12.....");
	draw_right(win, 1, 5, 4, STYLE_NORMAL, "123456");
	check_row(1, ".....123\xe2\x80\xa6...........");
	draw_right(win, 2, 5, 4, STYLE_NORMAL, "");
	check_row(2, "....................");
}

static void test_styles(void **state)
{
	(void)state;
	draw_text(win, 0, 1, 3, STYLE_TITLE, "abc", DRAW_ALL);
	assert_int_equal(attrs_at(0, 0), A_NORMAL);
	assert_int_equal(attrs_at(0, 1), A_BOLD);
	assert_int_equal(attrs_at(0, 3), A_BOLD);
	assert_int_equal(attrs_at(0, 4), A_NORMAL);
	draw_restyle(win, 0, 2, 10, STYLE_CURSOR);
	check_row(0, ".abc................");
	assert_int_equal(attrs_at(0, 1), A_BOLD);
	assert_int_equal(attrs_at(0, 2), A_REVERSE);
	assert_int_equal(attrs_at(0, 11), A_REVERSE);
	assert_int_equal(attrs_at(0, 12), A_NORMAL);
	draw_blank(win, 1, 15, 99, STYLE_STATUS);
	check_row(1, "...............     ");
	assert_int_equal(attrs_at(1, 19), A_REVERSE);
	check_row(2, "....................");
}

static void test_paragraph(void **state)
{
	(void)state;
	assert_int_equal(
		draw_paragraph(win, 0, 2, 10, STYLE_NORMAL, "some words averyverylongone\n\n  in"),
		4);
	check_row(0, "..some words........");
	check_row(1, "..averyvery\xe2\x80\xa6........");
	check_row(2, "....................");
	check_row(3, "..  in..............");
	/* as far as there are rows */
	assert_int_equal(draw_paragraph(win, 4, 0, 20, STYLE_NORMAL, "a\nb\nc\nd"), 2);
	check_row(5, "b...................");
	assert_int_equal(draw_paragraph(win, 0, 0, 20, STYLE_NORMAL, ""), 0);
}

static void test_pairs(void **state)
{
	short foreground, background;
	int pair = theme_pair(1, -1);

	(void)state;
	assert_int_equal(theme_pair(-1, -1), 0);
	assert_true(pair > 0);
	assert_int_equal(theme_pair(1, -1), pair);
	assert_int_equal(pair_content((short)pair, &foreground, &background), OK);
	assert_int_equal(foreground, 1);
	assert_int_equal(background, -1);
	assert_int_equal(theme_pair(THEME_RGB | 0xff0000, 0), theme_pair(196, 0));
	assert_int_not_equal(theme_pair(196, 0), theme_pair(0, 196));
	/* more than there can be: the default's */
	for (int f = 0; f < 256; f++) {
		for (int b = 0; b < 256; b++)
			assert_in_range(theme_pair(f, b), 0, 32766);
	}
	assert_int_equal(theme_pair(255, 255), 0);
	assert_int_equal(theme_pair(1, -1), pair);
}

#define DRAW_TEST(f) cmocka_unit_test_setup_teardown(f, make_window, remove_window)

int main(void)
{
	const struct CMUnitTest tests[] = {
		DRAW_TEST(test_text),      DRAW_TEST(test_length), DRAW_TEST(test_ascii),
		DRAW_TEST(test_width),     DRAW_TEST(test_right),  DRAW_TEST(test_styles),
		DRAW_TEST(test_paragraph), DRAW_TEST(test_pairs),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
