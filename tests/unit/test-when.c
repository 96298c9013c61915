#include "tui/when.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

static const int64_t SECOND = 1000000, HOUR = 3600 * 1000000LL, DAY = 24 * 3600 * 1000000LL;
static const int64_t NOW = 1795480000LL * 1000000;

static void assert_age(int64_t ago, const char *expected)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;

	when_add(&text, DATES_RELATIVE, NOW - ago, NOW);
	assert_string_equal(text.buf, expected);
	assert_true(text.len <= (size_t)when_width(DATES_RELATIVE));
}

static void tells_ages(void **state)
{
	(void)state;
	assert_age(0, "now");
	assert_age(SECOND - 1, "now");
	assert_age(SECOND, "1s");
	assert_age(60 * SECOND - 1, "59s");
	assert_age(60 * SECOND, "1m");
	assert_age(HOUR - 1, "59m");
	assert_age(HOUR, "1h");
	assert_age(DAY - 1, "23h");
	assert_age(DAY, "1d");
	assert_age(14 * DAY - 1, "13d");
	assert_age(14 * DAY, "2w");
	assert_age(63 * DAY - 1, "8w");
	assert_age(63 * DAY, "2mo");
	assert_age(365 * DAY, "11mo");
	assert_age(366 * DAY, "1y");
	assert_age(20000 * DAY, "54y");
}

static void takes_the_future_as_now(void **state)
{
	(void)state;
	assert_age(-DAY, "now");
}

static void says_nothing_of_unknown_times(void **state)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;

	(void)state;
	when_add(&text, DATES_RELATIVE, 0, NOW);
	when_add(&text, DATES_ISO, 0, NOW);
	assert_string_equal(text.buf, "");
}

static void tells_dates(void **state)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;

	(void)state;
	setenv("TZ", "UTC0", 1);
	tzset();
	strbuf_addstr(&text, "at ");
	when_add(&text, DATES_ISO, NOW, NOW + DAY);
	assert_string_equal(text.buf, "at 2026-11-24 00:26");
	assert_int_equal(text.len - 3, when_width(DATES_ISO));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_ages),
		cmocka_unit_test(takes_the_future_as_now),
		cmocka_unit_test(says_nothing_of_unknown_times),
		cmocka_unit_test(tells_dates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
