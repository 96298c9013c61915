#include "tui/fuzzy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tui/overlay.h"

static void test_holds(void **state)
{
	static const struct {
		const char *item, *typed;
		bool fits;
	} cases[] = {
		{"main", "", true},
		{"", "", true},
		{"", "a", false},
		{"main", "main", true},
		{"main", "mn", true},
		{"main", "nm", false},
		{"main", "mainx", false},
		{"main", "mm", false},
		{"feature/login", "flog", true},
		{"feature/login", "f log", true}, /* blanks don't count */
		{"Feature", "feat", true},
		{"feature", "Feat", false}, /* a capital: case counts */
		{"FEATURE", "Feat", false},
		{"FEature", "FE", true},
		{"gr\xc3\xbc\xc3\x9f", "r\xc3\xbc", true},
		{"gr\xc3\xbc\xc3\x9f", "\xc3\xa4", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_int_equal(fuzzy_score(cases[i].item, cases[i].typed) >= 0, cases[i].fits);
}

static void assert_better(const char *typed, const char *a, const char *b)
{
	if (fuzzy_score(a, typed) <= fuzzy_score(b, typed))
		fail_msg("'%s': '%s' (%d) should be before '%s' (%d)", typed, a,
			 fuzzy_score(a, typed), b, fuzzy_score(b, typed));
}

static void test_order(void **state)
{
	(void)state;
	assert_better("main", "main", "my-aim-now");
	assert_better("main", "main", "domain");
	assert_better("main", "main", "mainline-of-old");
	assert_better("log", "feature/log", "feature/catalog");
	assert_better("log", "catalog", "lower-orange-grid");
	assert_better("fb", "foo/bar", "fumble");
	assert_better("fb", "fooBar", "foobar");
	assert_better("rel", "release/1.2", "unrelated");
	assert_better("v12", "v1.2", "v1.0.20");
}

static void assert_at(const char *item, const char *typed, const char *expected)
{
	size_t at[FUZZY_MAX], n;
	char marks[64] = "";

	assert_true(fuzzy_match(item, typed, at, &n) >= 0);
	memset(marks, '.', strlen(item));
	for (size_t i = 0; i < n; i++)
		marks[at[i]] = '^';
	assert_string_equal(marks, expected);
}

static void test_at(void **state)
{
	(void)state;
	assert_at("domain/main", "main", ".......^^^^"); /* the beginning of a word */
	assert_at("domain", "main", "..^^^^");
	assert_at("fix/foo-bar", "fb", "....^...^.."); /* close together */
	assert_at("main", "", "....");
}

/* However long item and text are, the score stays in its range. */
static void test_bounds(void **state)
{
	char item[1000], typed[200];
	size_t at[FUZZY_MAX], n;

	(void)state;
	memset(item, 'a', sizeof(item) - 1);
	item[sizeof(item) - 1] = '\0';
	memset(typed, 'a', sizeof(typed) - 1);
	typed[sizeof(typed) - 1] = '\0';
	assert_in_range(fuzzy_match(item, typed, at, &n), 0, FUZZY_SCORE_MAX);
	assert_int_equal(n, FUZZY_MAX);
	for (size_t i = 1; i < sizeof(item) - 1; i++)
		item[i] = '-';
	assert_in_range(fuzzy_match(item, "a", at, &n), 0, FUZZY_SCORE_MAX);
	assert_int_equal(fuzzy_match(item, "aa", at, &n), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_holds),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_at),
		cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
