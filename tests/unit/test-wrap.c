#include "tui/wrap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <locale.h>
#include <string.h>

static void check_rows(const char *text, size_t width, const size_t *starts, size_t n)
{
	const size_t len = strlen(text);
	size_t at = 0;

	assert_int_equal(wrap_rows(text, len, width), n);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(at, starts[i]);
		assert_int_equal(wrap_byte(text, len, width, i), starts[i]);
		if (at < len)
			assert_int_equal(wrap_row(text, len, width, at), i);
		at = wrap_next(text, len, at, width);
	}
	assert_int_equal(at, len);
	assert_int_equal(wrap_byte(text, len, width, n), len);
}

static void test_ascii(void **state)
{
	(void)state;
	check_rows("", 4, (const size_t[]){0}, 1);
	check_rows("abc", 4, (const size_t[]){0}, 1);
	check_rows("abcd", 4, (const size_t[]){0}, 1);
	check_rows("abcde", 4, (const size_t[]){0, 4}, 2);
	check_rows("abcdefghi", 4, (const size_t[]){0, 4, 8}, 3);
	check_rows("abc", 1, (const size_t[]){0, 1, 2}, 3);
}

static void test_wide(void **state)
{
	(void)state;
	/* three bytes, two columns each: the fourth column of a row stays empty */
	check_rows("a日本語", 4, (const size_t[]){0, 4}, 2);
	check_rows("日本語", 2, (const size_t[]){0, 3, 6}, 3);
	/* no column is enough: one a row nevertheless */
	check_rows("日本", 1, (const size_t[]){0, 3}, 2);
}

static void test_combining(void **state)
{
	(void)state;
	/* the accent stays with the last letter of a full row */
	check_rows("abe\xcc\x81"
		   "f",
		   3, (const size_t[]){0, 5}, 2);
	check_rows("abe\xcc\x81", 3, (const size_t[]){0}, 1);
	assert_int_equal(wrap_columns("e\xcc\x81日", 6), 3);
}

static void test_row_of_byte(void **state)
{
	(void)state;
	assert_int_equal(wrap_row("abcdefghi", 9, 4, 3), 0);
	assert_int_equal(wrap_row("abcdefghi", 9, 4, 4), 1);
	assert_int_equal(wrap_row("abcdefghi", 9, 4, 8), 2);
	assert_int_equal(wrap_row("abcdefgh", 8, 4, 8), 1);
	assert_int_equal(wrap_row("", 0, 4, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ascii),
		cmocka_unit_test(test_wide),
		cmocka_unit_test(test_combining),
		cmocka_unit_test(test_row_of_byte),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
