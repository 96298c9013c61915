#include "web/range.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "util/alloc.h"

enum { SIZE = 1000 };

static void test_some(void **state)
{
	static const struct {
		const char *header;
		uint64_t from, to;
	} cases[] = {
		{"bytes=0-0", 0, 1},       {"bytes=0-", 0, SIZE},
		{"bytes=5-9", 5, 10},      {"Bytes= 5-9 ", 5, 10},
		{"bytes=999-", 999, SIZE}, {"bytes=999-999", 999, SIZE},
		{"bytes=0-1000", 0, SIZE}, {"bytes=0-99999999999999999999999", 0, SIZE},
		{"bytes=-1", 999, SIZE},   {"bytes=-1000", 0, SIZE},
		{"bytes=-5000", 0, SIZE},  {"bytes=-99999999999999999999999", 0, SIZE},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint64_t from = 7777, to = 7777;

		if (web_range_parse(cases[i].header, SIZE, &from, &to) != WEB_RANGE_SOME ||
		    from != cases[i].from || to != cases[i].to)
			fail_msg("'%s' is %llu to %llu", cases[i].header, (unsigned long long)from,
				 (unsigned long long)to);
	}
}

static void test_wrong(void **state)
{
	static const char *const headers[] = {
		"bytes=1000-",
		"bytes=1000-1000",
		"bytes=99999999999999999999999-",
		"bytes=-0",
	};
	uint64_t from, to;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(headers); i++)
		if (web_range_parse(headers[i], SIZE, &from, &to) != WEB_RANGE_WRONG)
			fail_msg("'%s' is within the size", headers[i]);
	assert_int_equal(web_range_parse("bytes=0-", 0, &from, &to), WEB_RANGE_WRONG);
	assert_int_equal(web_range_parse("bytes=-5", 0, &from, &to), WEB_RANGE_WRONG);
}

/* Several ranges, and what is none: all of it is sent, which is always right. */
static void test_none(void **state)
{
	static const char *const headers[] = {
		NULL,
		"",
		"bytes",
		"bytes=",
		"bytes=-",
		"bytes=5",
		"bytes=9-5",
		"lines=1-2",
		"bytes=0-1,4-5",
		"bytes=+1-2",
		"bytes=-1-2",
		"bytes=1--2",
		"bytes=0x1-2",
		"bytes=1-2;q=1",
		"bytes:1-2",
		"bytes=1-2 3",
		"bytes=1 - 2",
		" bytes=1-2",
	};
	uint64_t from, to;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(headers); i++)
		if (web_range_parse(headers[i], SIZE, &from, &to) != WEB_RANGE_NONE)
			fail_msg("'%s' is a range", headers[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_some),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
