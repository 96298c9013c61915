#include "core/secrets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "util/alloc.h"

/* Fed in pieces that end at a and b. */
static void expect_split(const char *const *list, const char *text, size_t a, size_t b,
			 const char *masked)
{
	cleanup_secrets struct jci_secrets *s = jci_secrets_new(list);
	cleanup_strbuf struct strbuf out = STRBUF_INIT;
	size_t len = strlen(text);

	strbuf_addstr(&out, ">");
	jci_secrets_feed(s, &out, text, a);
	jci_secrets_feed(s, &out, text + a, b - a);
	jci_secrets_feed(s, &out, text + b, len - b);
	jci_secrets_end(s, &out);
	assert_string_equal(out.buf + 1, masked);
}

/* At every pair of positions, and byte by byte. */
static void expect(const char *const *list, const char *text, const char *masked)
{
	cleanup_secrets struct jci_secrets *s = jci_secrets_new(list);
	cleanup_strbuf struct strbuf out = STRBUF_INIT;
	size_t len = strlen(text);

	for (size_t a = 0; a <= len; a++)
		for (size_t b = a; b <= len; b++)
			expect_split(list, text, a, b, masked);
	for (size_t i = 0; i < len; i++)
		jci_secrets_feed(s, &out, text + i, 1);
	jci_secrets_end(s, &out);
	assert_string_equal(out.buf, masked);
}

static void test_one(void **state)
{
	static const char *const list[] = {"s3cr3t", NULL};

	(void)state;
	expect(list, "", "");
	expect(list, "nothing", "nothing");
	expect(list, "s3cr3t", "***");
	expect(list, "a s3cr3t, s3cr3t.", "a ***, ***.");
	expect(list, "s3cr3ts3cr3t", "***");
	expect(list, "s3cr3 s3cr3", "s3cr3 s3cr3");
	expect(list, "s3cs3cr3t", "s3c***");
	expect(list, "line\ns3cr3t\n", "line\n***\n");
}

static void test_overlapping(void **state)
{
	static const char *const list[] = {"abab", "babcd", "abcdefgh", NULL};

	(void)state;
	expect(list, "ababab", "***");
	expect(list, "xababcdx", "x***x");
	expect(list, "xabcdefghx", "x***x");
	expect(list, "xabcdefgx", "xabcdefgx");
	expect(list, "ababcdefgh", "***");
	expect(list, "ababcdefg", "***efg");
	expect(list, "xabab abab", "x*** ***");
}

/* One that is part of another: the longer one is masked whole. */
static void test_within(void **state)
{
	static const char *const list[] = {"token", "user:token@host", NULL};

	(void)state;
	expect(list, "user:token@host", "***");
	expect(list, "user:token@hos", "user:***@hos");
	expect(list, "xtoken", "x***");
}

static void test_short_ones_are_ignored(void **state)
{
	static const char *const none[] = {"", "a", "abc", NULL};
	static const char *const list[] = {"abc", "abcd", NULL};

	(void)state;
	assert_null(jci_secrets_new(none));
	expect(list, "abc abcd", "abc ***");
}

static void test_all_bytes(void **state)
{
	static const char *const list[] = {"\377\376\375\374", NULL};
	cleanup_secrets struct jci_secrets *s = jci_secrets_new(list);
	cleanup_strbuf struct strbuf out = STRBUF_INIT;

	(void)state;
	jci_secrets_feed(s, &out, "\0a\377\376\375\374\0", 7);
	jci_secrets_end(s, &out);
	assert_int_equal(out.len, 6);
	assert_memory_equal(out.buf, "\0a***\0", 6);
}

/* What can be no beginning of a secret is said at once. */
static void test_what_is_kept_back(void **state)
{
	static const char *const list[] = {"s3cr3t", NULL};
	cleanup_secrets struct jci_secrets *s = jci_secrets_new(list);
	cleanup_strbuf struct strbuf out = STRBUF_INIT;

	(void)state;
	jci_secrets_feed(s, &out, "a line\n", 7);
	assert_string_equal(out.buf, "a line\n");
	jci_secrets_feed(s, &out, "s3", 2);
	assert_string_equal(out.buf, "a line\n");
	jci_secrets_feed(s, &out, "c2", 2);
	assert_string_equal(out.buf, "a line\ns3c2");
	jci_secrets_end(s, &out);
	jci_secrets_feed(s, &out, "s3cr3t", 6);
	jci_secrets_end(s, &out);
	assert_string_equal(out.buf, "a line\ns3c2***");
}

/* A long text, a long secret, and pieces such as a pipe gives. */
static void test_long(void **state)
{
	enum { LENGTH = 3000, SECRET = 700 };
	char secret[SECRET + 1], *text = xcalloc(1, LENGTH + 1);
	const char *const list[] = {secret, "0123456789", NULL};
	cleanup_free char *masked = NULL;

	(void)state;
	memset(secret, 's', SECRET);
	secret[SECRET] = '\0';
	memset(text, '.', LENGTH);
	memset(text + 1000, 's', SECRET);
	memcpy(text + 2500, "0123456789", 10);
	masked = xasprintf("%.1000s***%.800s***%.490s", text, text + 1700, text + 2510);
	for (size_t at = 0; at <= LENGTH; at++)
		expect_split(list, text, at, LENGTH - at > at ? LENGTH - at : at, masked);
	free(text);
}

static void test_whole(void **state)
{
	static const char *const list[] = {"s3cr3t", NULL};
	cleanup_secrets struct jci_secrets *s = jci_secrets_new(list);
	cleanup_strbuf struct strbuf text = STRBUF_INIT;

	(void)state;
	strbuf_addstr(&text, "fatal: http://u:s3cr3t@host");
	jci_secrets_mask(NULL, &text);
	jci_secrets_mask(s, &text);
	assert_string_equal(text.buf, "fatal: http://u:***@host");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one),       cmocka_unit_test(test_overlapping),
		cmocka_unit_test(test_within),    cmocka_unit_test(test_short_ones_are_ignored),
		cmocka_unit_test(test_all_bytes), cmocka_unit_test(test_what_is_kept_back),
		cmocka_unit_test(test_long),      cmocka_unit_test(test_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
