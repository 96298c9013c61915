#include "util/pattern.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <locale.h>
#include <string.h>

#include "util/alloc.h"

/* "START-END" of the first match at or behind `from`, "" for none. */
static const char *found(const char *pattern, const char *text, size_t len, size_t from, bool lines)
{
	static char out[64];
	struct pattern *p = pattern_new(pattern);
	size_t start, end;
	bool is;

	is = lines ? pattern_find_in_lines(p, text, len, from, &start, &end)
		   : pattern_find(p, text, len, from, &start, &end);
	out[0] = '\0';
	if (is)
		snprintf(out, sizeof(out), "%zu-%zu", start, end);
	pattern_free(p);
	return out;
}

#define assert_found(pattern, text, want) \
	assert_string_equal(found((pattern), (text), sizeof(text) - 1, 0, false), (want))
#define assert_in_lines(pattern, text, from, want) \
	assert_string_equal(found((pattern), (text), sizeof(text) - 1, (from), true), (want))

static void test_text(void **state)
{
	(void)state;
	assert_null(pattern_new(""));
	assert_found("b", "abc", "1-2");
	assert_found("Bc", "abc aBc", "5-7");
	assert_found("x", "abc", "");
	assert_found("nul", "a\0 nul", "3-6");
	assert_string_equal(found("b", "b b", 3, 1, false), "2-3");
	assert_string_equal(found("b", "b b", 3, 3, false), "");
	assert_string_equal(found("b", "b b", 3, 7, false), "");
}

static void test_case(void **state)
{
	(void)state;
	assert_found("error", "an ERROR", "3-8");
	assert_found("Error", "an ERROR", "");
	assert_found("err.r", "an ERROR", "3-8");
	assert_found("Err.r", "an ERROR", "");
	/* escapes are no capitals */
	assert_found("a\\Sc", "xABC", "1-4");
	assert_found("a\\p{Lu}c", "ABC", "0-3");
	assert_found("a\\x42", "Ab", "0-2");
	/* umlauts */
	assert_found("\303\244", "x\303\204", "1-3");
	assert_found("\303\204", "\303\244\303\204", "2-4");
}

static void test_expressions(void **state)
{
	(void)state;
	assert_found("^b|c$", "abc", "2-3");
	assert_found("a+", "xaaay", "1-4");
	assert_found("(ab)+\\d", "abab7", "0-5");
	assert_found("c$", "abc\r", "2-3");
	/* empty matches are none */
	assert_found("x*", "abc", "");
	assert_found("x*|c", "abc", "2-3");
	assert_found("$", "abc", "");
	/* none (yet): text */
	assert_found("a(", "xa(b", "1-3");
	assert_found("[", "x[b", "1-2");
	assert_found("*", "x*", "1-2");
	assert_found("A\\", "xA\\", "1-3");
	assert_found("a\\C", "xa\\C", "1-4");
	/* begins behind its end */
	assert_found("(?=ab\\K)", "ab", "");
}

static void test_wrong_bytes(void **state)
{
	(void)state;
	assert_found("b.", "a\200b\200bc", "4-6");
	assert_found(".", "\200x", "1-2");
	assert_found("b", "\377\376b", "2-3");
	assert_found("\377", "a\377", "1-2");
	assert_found("\377(", "a\377(", "1-3");
}

static void test_lines(void **state)
{
	(void)state;
	assert_in_lines("b", "a\nb\n", 0, "2-3");
	assert_in_lines("^b", "ab\nb\n", 0, "3-4");
	assert_in_lines("b$", "bc\nab\n", 0, "4-5");
	assert_in_lines("b$", "bc\r\nab\r\n", 0, "5-6");
	/* never over two lines */
	assert_in_lines("a\\s+b", "a\nb\na b", 0, "4-7");
	assert_in_lines("a[^x]", "a\nab", 0, "2-4");
	assert_in_lines("a\\s*", "a\nb", 0, "0-1");
	assert_in_lines("(?s)a.*", "a1\nb", 0, "0-2");
	assert_in_lines("a\\nb", "a\nb", 0, "");
	assert_in_lines("\\n", "a\nb\n", 0, "");
	assert_in_lines("a", "a\na", 1, "2-3");
	assert_in_lines("a", "a", 1, "");
}

/* One that takes for ever at some place does not match there, but elsewhere. */
static void test_bounded(void **state)
{
	cleanup_free char *text = xmalloc(64 * 1024);

	(void)state;
	memset(text, 'a', 64 * 1024);
	memcpy(text + 64 * 1024 - 8, "b\naaac\nx", 8);
	assert_string_equal(found("(a+)+c", text, 64 * 1024, 0, true), "65530-65534");
	assert_string_equal(found("(a+)+c", text, 64 * 1024 - 7, 0, false), "");
	assert_string_equal(found("(a|aa)+$", text, 64 * 1024 - 7, 0, false), "");
}

static void assert_compiles(const char *text, bool regex, bool caseless, const char *in,
			    size_t want_start)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_pattern struct pattern *p = NULL;
	size_t start = SIZE_MAX, end;

	assert_int_equal(pattern_compile(&p, text, regex, caseless, &err), 0);
	pattern_find(p, in, strlen(in), 0, &start, &end);
	assert_int_equal(start, want_start);
}

/* Nothing is guessed. */
static void test_compile(void **state)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	struct pattern *p = NULL;

	(void)state;
	assert_compiles("a.c", false, false, "abc a.c", 4);
	assert_compiles("a.c", true, false, "Abc abc", 4);
	assert_compiles("A.c", true, true, "abc a.c", 0);
	assert_compiles("error", false, false, "ERROR", SIZE_MAX);
	assert_compiles("Error", false, true, "ERROR", 0);
	assert_compiles("a(", false, true, "xA(", 1);
	assert_int_equal(pattern_compile(&p, "a(", true, true, &err), JCI_EINVALID);
	assert_non_null(strstr(err.message, "'a(' is no regular expression: missing"));
	jci_error_clear(&err);
	assert_int_equal(pattern_compile(&p, "", false, true, &err), JCI_EINVALID);
	assert_null(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),        cmocka_unit_test(test_case),
		cmocka_unit_test(test_expressions), cmocka_unit_test(test_wrong_bytes),
		cmocka_unit_test(test_lines),       cmocka_unit_test(test_bounded),
		cmocka_unit_test(test_compile),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
