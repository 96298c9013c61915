#include "core/runid.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "util/alloc.h"

static bool parses(const char *s)
{
	struct jci_run_id id;

	return jci_run_id_parse(&id, s, strlen(s));
}

static void test_parse(void **state)
{
	struct jci_run_id id;

	(void)state;
	assert_true(jci_run_id_parse(&id, "1700000000-1a2f", 15));
	assert_int_equal(id.seconds, 1700000000);
	assert_int_equal(id.digits, 0x1a2f);
	assert_true(jci_run_id_parse(&id, "0-0000", 6));
	assert_int_equal(id.seconds, 0);
	assert_int_equal(id.digits, 0);
	assert_true(jci_run_id_parse(&id, "9223372036854775807-ffff", 24));
	assert_true(id.seconds == INT64_MAX);
	assert_int_equal(id.digits, 0xffff);
}

static void test_takes_exactly_len(void **state)
{
	struct jci_run_id id;

	(void)state;
	assert_true(jci_run_id_parse(&id, "17-00001", 7));
	assert_false(jci_run_id_parse(&id, "17-00001", 6));
	assert_false(jci_run_id_parse(&id, "17-00001", 8));
	assert_false(jci_run_id_parse(&id, "17-0000", 8)); /* its NUL */
	assert_false(jci_run_id_parse(&id, "17-0000", 0));
}

static void test_refuses(void **state)
{
	static const char *const wrong[] = {
		"",
		"-",
		"-0000",
		"1",
		"1-",
		"1-000",
		"1-00000",
		"1-000g",
		"1-ABCD",
		"1-abcD",
		"01-0000",
		"00-0000",
		"+1-0000",
		"-1-0000",
		" 1-0000",
		"1-0000 ",
		"1 -0000",
		"1-0000\n",
		"1--000",
		"1-+000",
		"1-0x00",
		"1.5-0000",
		"1e3-0000",
		"0x1-0000",
		"1_0000",
		"1-00/0",
		"a-0000",
		"9223372036854775808-0000",
		"99999999999999999999999999999999-0000",
		"1-0000.lock",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		if (parses(wrong[i]))
			fail_msg("'%s' is taken for a run id", wrong[i]);
}

static void test_round_trip(void **state)
{
	static const char *const ids[] = {"0-0000", "1-000f", "1700000000-1a2f",
					  "9223372036854775807-ffff"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		char out[JCI_RUN_ID_SIZE];
		struct jci_run_id id;

		assert_true(jci_run_id_parse(&id, ids[i], strlen(ids[i])));
		jci_run_id_format(out, &id);
		assert_string_equal(out, ids[i]);
	}
}

static void test_order(void **state)
{
	const struct jci_run_id a = {1, 5}, b = {1, 6}, c = {2, 0}, z = {INT64_MAX, 0};

	(void)state;
	assert_int_equal(jci_run_id_cmp(&a, &a), 0);
	assert_true(jci_run_id_cmp(&a, &b) < 0);
	assert_true(jci_run_id_cmp(&b, &a) > 0);
	assert_true(jci_run_id_cmp(&b, &c) < 0);
	assert_true(jci_run_id_cmp(&z, &a) > 0);
	assert_true(jci_run_id_cmp(&a, &z) < 0);
}

static void test_new(void **state)
{
	struct jci_run_id id;
	unsigned ones = 0, zeros = 0;

	(void)state;
	for (int i = 0; i < 64; i++) {
		jci_run_id_new(&id, 1700000000);
		assert_int_equal(id.seconds, 1700000000);
		ones |= id.digits;
		zeros |= ~(unsigned)id.digits & 0xffff;
	}
	/* each of the 16 bits is both, but once in 2^59 */
	assert_int_equal(ones, 0xffff);
	assert_int_equal(zeros, 0xffff);
}

static void test_time(void **state)
{
	const struct jci_run_id now = {1700000000, 0}, zero = {0, 1}, far = {INT64_MAX, 0};

	(void)state;
	assert_int_equal(jci_run_id_us(&now), INT64_C(1700000000000000));
	assert_int_equal(jci_run_id_us(&zero), 0);
	assert_int_equal(jci_run_id_us(&far), INT64_C(253402300799000000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),   cmocka_unit_test(test_takes_exactly_len),
		cmocka_unit_test(test_refuses), cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_order),   cmocka_unit_test(test_new),
		cmocka_unit_test(test_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
