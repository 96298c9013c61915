#include "tui/lineedit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <locale.h>

/* Keys by their names, as in tui/keys.h, and nothing between them. */
static void type(struct line_edit *e, const char *keys)
{
	while (*keys) {
		key k;
		size_t len = key_parse(keys, &k);

		assert_true(len > 0);
		assert_true(line_edit_key(e, k));
		keys += len;
	}
}

static void test_editing(void **state)
{
	static const struct {
		const char *keys, *text;
		size_t cursor;
	} cases[] = {
		{"", "", 0},
		{"abc", "abc", 3},
		{"abc^Ax", "xabc", 1},
		{"abc^A^Ex", "abcx", 4},
		{"abc<Left><Left>x", "axbc", 2},
		{"abc^B^Fx", "abcx", 4},
		{"abc<Home><Right>x", "axbc", 2},
		{"abc<Home><End>x", "abcx", 4},
		{"abc<Backspace>", "ab", 2},
		{"abc^H^H^H^H", "", 0},
		{"abc^A^D", "bc", 0},
		{"abc^A<Del><Del>", "c", 0},
		{"abc<Del>", "abc", 3},
		{"abc^B^K", "ab", 2},
		{"abc^B^U", "c", 0},
		{"abc^B^U^E^Y", "cab", 3},
		{"set<Space>tab-width<Space>^W", "set ", 4},
		{"set<Space>tab-widthM-bM-b", "set tab-width", 4},
		{"set<Space>tab^AM-f", "set tab", 3},
		{"set<Space>tab^AM-d", " tab", 0},
		/* by characters, whatever they take */
		{"aé", "aé", 3},
		{"aé<Backspace>", "a", 1},
		{"aé<Left>x", "axé", 2},
		{"日本<Left>x", "日x本", 4},
		{"😀<Backspace>", "", 0},
		/* an accent stands on what is before it */
		{"e\xcc\x81<Left>x", "xe\xcc\x81", 1},
		{"ae\xcc\x81<Backspace>", "a", 1},
		{"ae\xcc\x81<Home><Right><Del>", "a", 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct line_edit e = LINE_EDIT_INIT;

		type(&e, cases[i].keys);
		assert_string_equal(e.text.buf, cases[i].text);
		assert_int_equal(e.cursor, cases[i].cursor);
		line_edit_release(&e);
	}
}

static void test_other_keys(void **state)
{
	static const char *const keys[] = {"<Up>", "<F1>", "^G", "<Esc>", "M-x", "<Enter>"};
	struct line_edit e = LINE_EDIT_INIT;

	(void)state;
	line_edit_set(&e, "text");
	assert_int_equal(e.cursor, 4);
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		key k;

		assert_true(key_parse(keys[i], &k) > 0);
		assert_false(line_edit_key(&e, k));
	}
	assert_string_equal(e.text.buf, "text");
	line_edit_release(&e);
}

/* Bytes that are no characters, from a branch name that was completed, are stepped over singly. */
static void test_wrong_bytes(void **state)
{
	struct line_edit e = LINE_EDIT_INIT;

	(void)state;
	line_edit_set(&e, "a\xff\xfe");
	type(&e, "<Left>x");
	assert_string_equal(e.text.buf, "a\xffx\xfe");
	type(&e, "^A<Right><Right><Del>");
	assert_string_equal(e.text.buf, "a\xff\xfe");
	line_edit_release(&e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_editing),
		cmocka_unit_test(test_other_keys),
		cmocka_unit_test(test_wrong_bytes),
	};

	if (!setlocale(LC_ALL, "C.UTF-8"))
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
