/* alloc, error, strbuf, clock, duration and json. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "util/alloc.h"
#include "util/clock.h"
#include "util/duration.h"
#include "util/error.h"
#include "util/json.h"
#include "util/strbuf.h"

static void test_array_grow(void **state)
{
	cleanup_free int *numbers = NULL;
	size_t cap = 0, moves = 0;

	(void)state;
	for (size_t i = 0; i < 10000; i++) {
		size_t before = cap;

		ARRAY_GROW(numbers, i + 1, cap);
		assert_true(cap > i);
		moves += cap != before;
		numbers[i] = (int)i;
	}
	assert_true(moves < 30);
	for (size_t i = 0; i < 10000; i++)
		assert_int_equal(numbers[i], i);
	ARRAY_GROW(numbers, 1000000, cap);
	assert_true(cap >= 1000000);
}

static void test_alloc_of_nothing(void **state)
{
	cleanup_free void *a = xmalloc(0), *b = xcalloc(0, 8), *c = xreallocarray(NULL, 0, 8);
	cleanup_free char *s = xstrndup("abc", 2), *f = xasprintf("%s-%d", s, 3);

	(void)state;
	assert_non_null(a);
	assert_non_null(b);
	assert_non_null(c);
	assert_string_equal(f, "ab-3");
}

static void test_error(void **state)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;

	(void)state;
	assert_int_equal(jci_error_set(&err, JCI_ENOTFOUND, "no run '%s'", "x"), JCI_ENOTFOUND);
	assert_int_equal(err.code, JCI_ENOTFOUND);
	assert_string_equal(err.message, "no run 'x'");
	assert_int_equal(jci_error_prefix(&err, "line %d", 3), JCI_ENOTFOUND);
	assert_string_equal(err.message, "line 3: no run 'x'");
	jci_error_set(&err, JCI_EFAIL, "<%s>", err.message);
	assert_string_equal(err.message, "<line 3: no run 'x'>");
	errno = ENOENT;
	assert_int_equal(jci_error_errno(&err, JCI_EFAIL, "can't open '%s'", "f"), JCI_EFAIL);
	assert_string_equal(err.message, "can't open 'f': No such file or directory");
	assert_int_equal(errno, ENOENT);
	jci_error_clear(&err);
	assert_null(err.message);
	assert_int_equal(err.code, JCI_OK);
}

static void test_strbuf(void **state)
{
	cleanup_strbuf struct strbuf sb = STRBUF_INIT;
	cleanup_free char *detached = NULL, *empty = NULL;
	size_t len;

	(void)state;
	assert_string_equal(sb.buf, "");
	strbuf_reset(&sb);
	strbuf_add(&sb, NULL, 0);
	strbuf_grow(&sb, 100);
	assert_true(sb.alloc > 100);
	assert_string_equal(sb.buf, "");
	strbuf_addstr(&sb, "ab");
	strbuf_addch(&sb, '\0');
	strbuf_add(&sb, "cd", 2);
	assert_int_equal(sb.len, 5);
	assert_memory_equal(sb.buf, "ab\0cd", 6);
	strbuf_setlen(&sb, 1);
	assert_string_equal(sb.buf, "a");
	detached = strbuf_detach(&sb, &len);
	assert_string_equal(detached, "a");
	assert_int_equal(len, 1);
	assert_int_equal(sb.alloc, 0);
	empty = strbuf_detach(&sb, NULL);
	assert_string_equal(empty, "");
}

static void test_strbuf_format(void **state)
{
	cleanup_strbuf struct strbuf sb = STRBUF_INIT;

	(void)state;
	for (int width = 0; width < 300; width++) {
		strbuf_reset(&sb);
		strbuf_addf(&sb, "x%*dy", width, 7);
		assert_int_equal(sb.len, (width ? width : 1) + 2);
		assert_int_equal(strlen(sb.buf), sb.len);
		assert_int_equal(sb.buf[sb.len - 1], 'y');
	}
	assert_string_equal(strbuf_empty, "");
}

static void check_time(const char *text, int64_t us, const char *again)
{
	cleanup_strbuf struct strbuf sb = STRBUF_INIT;
	int64_t parsed = -1;

	assert_true(time_parse_rfc3339(text, &parsed));
	assert_int_equal(parsed, us);
	time_add_rfc3339(&sb, us);
	assert_string_equal(sb.buf, again ? again : text);
}

static void test_rfc3339(void **state)
{
	(void)state;
	check_time("1970-01-01T00:00:00.000000Z", 0, NULL);
	check_time("2026-11-23T20:49:46.123456Z", 1795466986123456, NULL);
	check_time("1969-12-31T23:59:59.999999Z", -1, NULL);
	check_time("2024-02-29T00:00:00.000001Z", 1709164800000001, NULL);
	check_time("2026-11-23T20:49:46Z", 1795466986000000, "2026-11-23T20:49:46.000000Z");
	check_time("2026-11-23T20:49:46.1234567899Z", 1795466986123456,
		   "2026-11-23T20:49:46.123456Z");
	check_time("2026-11-23T22:19:46.5+01:30", 1795466986500000, "2026-11-23T20:49:46.500000Z");
	check_time("2026-11-23T15:49:46-05:00", 1795466986000000, "2026-11-23T20:49:46.000000Z");
	check_time("2016-12-31T23:59:60Z", 1483228800000000, "2017-01-01T00:00:00.000000Z");
}

static void test_rfc3339_wrong(void **state)
{
	static const char *const wrong[] = {
		"",
		"2026",
		"2026-11-23",
		"2026-11-23T20:49",
		"2026-11-23T20:49:46",
		"2026-11-23 20:49:46Z",
		"2026-11-23T20:49:46.Z",
		"2026-11-23T20:49:46Zx",
		"2026-02-29T00:00:00Z",
		"2026-13-01T00:00:00Z",
		"2026-00-01T00:00:00Z",
		"2026-01-00T00:00:00Z",
		"2026-01-01T24:00:00Z",
		"2026-01-01T00:60:00Z",
		"2026-01-01T00:00:61Z",
		"2026-01-01T00:00:00+24:00",
		"2026-01-01T00:00:00+0100",
		"2026-01-01T00:00:00+01:60",
		"-026-01-01T00:00:00Z",
		"2026-1-01T00:00:00Z",
	};
	int64_t us;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_false(time_parse_rfc3339(wrong[i], &us));
}

static void test_local_time(void **state)
{
	cleanup_strbuf struct strbuf sb = STRBUF_INIT;

	(void)state;
	setenv("TZ", "XST-05:30", 1);
	tzset();
	time_add_local(&sb, 1795466986123456);
	assert_string_equal(sb.buf, "2026-11-24 02:19:46 +0530");
}

static void check_age(int64_t seconds, const char *expected)
{
	cleanup_strbuf struct strbuf sb = STRBUF_INIT;

	time_add_age(&sb, 1000000, 1000000 + seconds * 1000000);
	assert_string_equal(sb.buf, expected);
}

static void test_age(void **state)
{
	(void)state;
	check_age(-100, "now");
	check_age(0, "now");
	check_age(1, "1 second ago");
	check_age(59, "59 seconds ago");
	check_age(60, "1 minute ago");
	check_age(3599, "59 minutes ago");
	check_age(3600, "1 hour ago");
	check_age(86399, "23 hours ago");
	check_age(86400, "1 day ago");
	check_age(14 * 86400 - 1, "13 days ago");
	check_age(14 * 86400, "2 weeks ago");
	check_age(90 * 86400, "2 months ago");
	check_age(3 * 366 * 86400, "3 years ago");
}

static void test_clocks(void **state)
{
	int64_t before = clock_monotonic_us();

	(void)state;
	assert_true(clock_monotonic_us() >= before);
	assert_true(clock_now_us() > INT64_C(1600000000000000));
}

static void check_duration(const char *text, int64_t seconds)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	int64_t us = -1;

	assert_int_equal(duration_parse(text, &us, &err), 0);
	assert_int_equal(us, seconds * 1000000);
	assert_null(err.message);
}

static void test_duration_parse(void **state)
{
	(void)state;
	check_duration("90s", 90);
	check_duration("30m", 30 * 60);
	check_duration("12h", 12 * 3600);
	check_duration("14d", 14 * 86400);
	check_duration("2w", 14 * 86400);
	check_duration("1h30m", 5400);
	check_duration("30m1h", 5400);
	check_duration("0h1s", 1);
}

static void check_wrong_duration(const char *text, const char *message)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	int64_t us = -1;

	assert_int_equal(duration_parse(text, &us, &err), JCI_EINVALID);
	assert_string_equal(err.message, message);
	assert_int_equal(us, -1);
}

static void test_duration_wrong(void **state)
{
	(void)state;
	check_wrong_duration("", "'' is not a duration such as 90s, 30m or 1h30m");
	check_wrong_duration("h", "'h' is not a duration such as 90s, 30m or 1h30m");
	check_wrong_duration("1x", "'1x' is not a duration such as 90s, 30m or 1h30m");
	check_wrong_duration("-1h", "'-1h' is not a duration such as 90s, 30m or 1h30m");
	check_wrong_duration("1h 2m", "'1h 2m' is not a duration such as 90s, 30m or 1h30m");
	check_wrong_duration("90", "duration '90' needs a unit: s, m, h, d or w");
	check_wrong_duration("1h30", "duration '1h30' needs a unit: s, m, h, d or w");
	check_wrong_duration("0s", "duration '0s' is zero");
	check_wrong_duration("9999999999999w", "duration '9999999999999w' is too long");
	check_wrong_duration("15250284w15250284w", "duration '15250284w15250284w' is too long");
}

static void check_duration_age(const char *text, int64_t seconds, const char *message)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	int64_t us = -1;

	assert_int_equal(duration_parse_age(text, &us, &err), message ? JCI_EINVALID : 0);
	assert_int_equal(us, message ? -1 : seconds * 1000000);
	if (message)
		assert_string_equal(err.message, message);
}

static void test_duration_age(void **state)
{
	(void)state;
	check_duration_age("30min", 1800, NULL);
	check_duration_age("3mo", 90 * 86400, NULL);
	check_duration_age("1mo2d3min", 32 * 86400 + 180, NULL);
	check_duration_age("12h30s", 12 * 3600 + 30, NULL);
	check_duration_age("2w", 14 * 86400, NULL);
	check_duration_age("3m", 0, "'m' in '3m' could be minutes or months: write min or mo");
	check_duration_age("1h3m", 0, "'m' in '1h3m' could be minutes or months: write min or mo");
	check_duration_age("1h3m2s", 0,
			   "'m' in '1h3m2s' could be minutes or months: write min or mo");
	check_duration_age("x", 0, "'x' is not an age such as 12h, 14d or 3mo");
	check_duration_age("none", 0, "'none' is not an age such as 12h, 14d or 3mo");
	check_duration_age("14", 0, "age '14' needs a unit: s, min, h, d, w or mo");
	check_duration_age("0d", 0, "duration '0d' is zero");
	check_duration_age("9999999999999mo", 0, "duration '9999999999999mo' is too long");
}

static void check_duration_text(int64_t us, const char *expected)
{
	cleanup_strbuf struct strbuf sb = STRBUF_INIT;

	duration_add(&sb, us);
	assert_string_equal(sb.buf, expected);
}

static void test_duration_add(void **state)
{
	const int64_t second = 1000000;

	(void)state;
	check_duration_text(-5, "0 ms");
	check_duration_text(999, "0 ms");
	check_duration_text(450999, "450 ms");
	check_duration_text(3 * second + 290000, "3.2 s");
	check_duration_text(60 * second - 1, "59.9 s");
	check_duration_text(65 * second, "1m 05s");
	check_duration_text(3600 * second - 1, "59m 59s");
	check_duration_text(7380 * second, "2h 03m");
	check_duration_text((3 * 24 + 4) * 3600 * second, "3d 04h");
}

static void check_size(uint64_t bytes, const char *expected)
{
	cleanup_strbuf struct strbuf sb = STRBUF_INIT;

	size_add(&sb, bytes);
	assert_string_equal(sb.buf, expected);
}

static void test_size_add(void **state)
{
	(void)state;
	check_size(0, "0 B");
	check_size(1023, "1023 B");
	check_size(1024, "1.0 KiB");
	check_size(1536, "1.5 KiB");
	check_size(10 * 1024, "10 KiB");
	check_size(1024 * 1024 - 1, "1023 KiB");
	check_size(12 * 1024 * 1024 + 5, "12 MiB");
	check_size(UINT64_MAX, "15 EiB");
}

static void test_size_parse(void **state)
{
	static const char *const wrong[] = {"",
					    "k",
					    "-1",
					    "+1",
					    "1kb",
					    "1t",
					    "1 k",
					    "0x10",
					    "18446744073709551616",
					    "17179869184g"};
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	uint64_t n;

	(void)state;
	assert_int_equal(size_parse("0", &n, &err), 0);
	assert_int_equal(n, 0);
	assert_int_equal(size_parse("3k", &n, &err), 0);
	assert_int_equal(n, 3072);
	assert_int_equal(size_parse("3M", &n, &err), 0);
	assert_int_equal(n, 3 << 20);
	assert_int_equal(size_parse("17179869183g", &n, &err), 0);
	assert_int_equal(n, UINT64_C(17179869183) << 30);
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_int_equal(size_parse(wrong[i], &n, &err), JCI_EINVALID);
}

static void test_json_parse(void **state)
{
	static const char text[] = " {\"s\":\"x\",\"n\":1.5,\"t\":true,\"f\":false,\"z\":null}\n ";
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_json cJSON *value = NULL;
	double number = 0;

	(void)state;
	assert_int_equal(json_parse(&value, text, strlen(text), &err), 0);
	assert_string_equal(json_string(value, "s"), "x");
	assert_null(json_string(value, "n"));
	assert_null(json_string(value, "S"));
	assert_null(json_string(NULL, "s"));
	assert_true(json_number(value, "n", &number));
	assert_true(number > 1.4 && number < 1.6);
	assert_false(json_number(value, "s", &number));
	assert_true(json_bool(value, "t", false));
	assert_false(json_bool(value, "f", true));
	assert_true(json_bool(value, "z", true));
	assert_false(json_bool(value, "absent", false));
}

static void check_wrong_json(const char *text, size_t len)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_json cJSON *value = NULL;

	assert_int_equal(json_parse(&value, text, len, &err), JCI_EINVALID);
	assert_non_null(err.message);
	assert_null(value);
}

static void test_json_wrong(void **state)
{
	(void)state;
	check_wrong_json("", 0);
	check_wrong_json("{", 1);
	check_wrong_json("{\"a\":1", 6);
	check_wrong_json("{} x", 4);
	check_wrong_json("{}{}", 4);
	check_wrong_json("{}\0", 3);
	check_wrong_json("{}\v", 3);
}

static int parse_nested(int depth, const char *inside)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_strbuf struct strbuf sb = STRBUF_INIT;
	cleanup_json cJSON *value = NULL;

	for (int i = 0; i < depth; i++)
		strbuf_addch(&sb, '[');
	strbuf_addstr(&sb, inside);
	for (int i = 0; i < depth; i++)
		strbuf_addch(&sb, ']');
	return json_parse(&value, sb.buf, sb.len, &err);
}

static void test_json_nesting(void **state)
{
	(void)state;
	assert_int_equal(parse_nested(32, ""), 0);
	assert_int_equal(parse_nested(33, ""), JCI_EINVALID);
	assert_int_equal(parse_nested(500000, ""), JCI_EINVALID);
	assert_int_equal(parse_nested(31, "[],[],{}"), 0);
	assert_int_equal(parse_nested(31, "{\"a\":{}}"), JCI_EINVALID);
	assert_int_equal(parse_nested(32, "\"[[\\\"[[\""), 0);
}

static void test_json_set(void **state)
{
	cleanup_json cJSON *object = cJSON_CreateObject();
	cleanup_strbuf struct strbuf sb = STRBUF_INIT;

	(void)state;
	json_set_string(object, "s", "old");
	json_set_string(object, "s", "a\xff\"\n");
	json_set_string(object, "z", NULL);
	json_set_number(object, "n", 1795466986123457.0);
	json_set_bool(object, "b", true);
	json_print(&sb, object, false);
	assert_string_equal(sb.buf, "{\"s\":\"a\xef\xbf\xbd\\\"\\n\",\"z\":null,"
				    "\"n\":1795466986123457,\"b\":true}\n");
	strbuf_reset(&sb);
	json_print(&sb, object, true);
	assert_string_equal(sb.buf, "{\n\t\"s\":\t\"a\xef\xbf\xbd\\\"\\n\",\n\t\"z\":\tnull,\n"
				    "\t\"n\":\t1795466986123457,\n\t\"b\":\ttrue\n}\n");
}

static void check_bytes(const char *bytes, size_t len, const char *text, const char *base64)
{
	cleanup_json cJSON *object = cJSON_CreateObject();
	cleanup_strbuf struct strbuf sb = STRBUF_INIT;

	json_set_bytes(object, "path", "\xff", 1);
	json_set_bytes(object, "path", bytes, len);
	assert_string_equal(json_string(object, "path"), text);
	if (base64)
		assert_string_equal(json_string(object, "pathBase64"), base64);
	else
		assert_null(json_string(object, "pathBase64"));
	assert_true(json_get_bytes(object, "path", &sb));
	assert_int_equal(sb.len, len);
	assert_memory_equal(sb.buf, bytes, len);
}

static void test_json_bytes(void **state)
{
	(void)state;
	check_bytes("", 0, "", NULL);
	check_bytes("a\n\xc3\xa9", 4, "a\n\xc3\xa9", NULL);
	check_bytes("\xff", 1, "\xef\xbf\xbd", "/w==");
	check_bytes("a\xe9", 2, "a\xef\xbf\xbd", "Yek=");
	check_bytes("a\xe9z", 3, "a\xef\xbf\xbdz", "Yel6");
	check_bytes("a\0b\0", 4,
		    "a\xef\xbf\xbd"
		    "b\xef\xbf\xbd",
		    "YQBiAA==");
}

static void check_get_bytes(const char *json, const char *expected)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_strbuf struct strbuf sb = STRBUF_INIT;
	cleanup_json cJSON *object = NULL;

	assert_int_equal(json_parse(&object, json, strlen(json), &err), 0);
	assert_int_equal(json_get_bytes(object, "k", &sb), expected != NULL);
	assert_string_equal(sb.buf, expected ? expected : "");
}

static void test_json_get_bytes(void **state)
{
	(void)state;
	check_get_bytes("{}", NULL);
	check_get_bytes("{\"k\":1}", NULL);
	check_get_bytes("{\"k\":\"a\"}", "a");
	check_get_bytes("{\"k\":\"a\",\"kBase64\":\"Yg==\"}", "b");
	check_get_bytes("{\"kBase64\":\"Yg==\"}", "b");
	check_get_bytes("{\"k\":\"a\",\"kBase64\":\"Yg=\"}", "a");
	check_get_bytes("{\"k\":\"a\",\"kBase64\":\"Y===\"}", "a");
	check_get_bytes("{\"k\":\"a\",\"kBase64\":\"=Yg=\"}", "a");
	check_get_bytes("{\"k\":\"a\",\"kBase64\":\" Yg=\"}", "a");
	check_get_bytes("{\"k\":\"a\",\"kBase64\":\"Y*g=\"}", "a");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_array_grow),
		cmocka_unit_test(test_alloc_of_nothing),
		cmocka_unit_test(test_error),
		cmocka_unit_test(test_strbuf),
		cmocka_unit_test(test_strbuf_format),
		cmocka_unit_test(test_rfc3339),
		cmocka_unit_test(test_rfc3339_wrong),
		cmocka_unit_test(test_local_time),
		cmocka_unit_test(test_age),
		cmocka_unit_test(test_clocks),
		cmocka_unit_test(test_duration_parse),
		cmocka_unit_test(test_duration_age),
		cmocka_unit_test(test_duration_wrong),
		cmocka_unit_test(test_duration_add),
		cmocka_unit_test(test_size_add),
		cmocka_unit_test(test_size_parse),
		cmocka_unit_test(test_json_parse),
		cmocka_unit_test(test_json_wrong),
		cmocka_unit_test(test_json_nesting),
		cmocka_unit_test(test_json_set),
		cmocka_unit_test(test_json_bytes),
		cmocka_unit_test(test_json_get_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
