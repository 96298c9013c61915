#include "core/results.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "util/strbuf.h"

/* Kind, name and line of each, as "F name 3", a line each. */
static void check(const struct jci_results *r, const char *expected)
{
	static const char letters[] = "FESP";
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	size_t count[4] = {0};

	for (size_t i = 0; i < r->n; i++) {
		strbuf_addf(&text, "%c %s %d\n", letters[r->items[i].kind], r->items[i].name,
			    (int)r->items[i].line);
		count[r->items[i].kind]++;
	}
	assert_string_equal(text.buf, expected);
	assert_memory_equal(count, r->count, sizeof(count));
}

static void parse(struct jci_results *r, enum jci_results_format format, const char *text)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;

	assert_int_equal(jci_results_guess("x", text, strlen(text)), format);
	assert_int_equal(jci_results_parse(r, format, text, strlen(text), &err), 0);
}

static void refused(enum jci_results_format format, const char *text, size_t len,
		    const char *message)
{
	cleanup_results struct jci_results r = {0};
	cleanup_error struct jci_error err = JCI_ERROR_INIT;

	assert_int_equal(jci_results_parse(&r, format, text, len, &err), JCI_EINVALID);
	assert_string_equal(err.message, message);
	assert_int_equal(r.n, 0);
	assert_null(r.items);
}

/* ---- what it is ---- */

static enum jci_results_format guess(const char *path, const char *head)
{
	return jci_results_guess(path, head, strlen(head));
}

static void test_guess(void **state)
{
	(void)state;
	assert_int_equal(guess("r.xml", "<?xml version='1.0'?>\n<testsuites>"), JCI_RESULTS_JUNIT);
	assert_int_equal(guess("report", "\xef\xbb\xbf  <testsuite name='x'>"), JCI_RESULTS_JUNIT);
	assert_int_equal(guess("r.xml", "<html><body>"), JCI_RESULTS_NONE);
	assert_int_equal(guess("r.xml", "see <testsuite"), JCI_RESULTS_NONE);
	assert_int_equal(guess("r.xml", ""), JCI_RESULTS_NONE);
	assert_int_equal(guess("log", "building\nTAP version 14\n"), JCI_RESULTS_TAP);
	assert_int_equal(guess("log", "building\n1..2\nok 1\n"), JCI_RESULTS_TAP);
	assert_int_equal(guess("log", "ok 1\nok 2\n"), JCI_RESULTS_NONE);
	assert_int_equal(guess("a.tap", "ok 1\nok 2\n"), JCI_RESULTS_TAP);
	assert_int_equal(guess("a.tap", "1..x\nnothing\n"), JCI_RESULTS_NONE);
	assert_int_equal(guess("log", "okay\nnot okay\n1..\n"), JCI_RESULTS_NONE);
}

/* ---- JUnit ---- */

static void test_junit(void **state)
{
	cleanup_results struct jci_results r = {0};

	(void)state;
	parse(&r, JCI_RESULTS_JUNIT,
	      "<?xml version='1.0'?>\n"
	      "<testsuites><testsuite name='outer'>\n"
	      "<testcase classname='math' name='adds' time='0.25'/>\n"
	      "<testcase name='divides'>\n"
	      "  <failure message='by &lt;zero&gt;' type='Error'>\n    at line 3\n  </failure>\n"
	      "  <error type='Crash'/>\n"
	      "</testcase>\n"
	      "<testsuite name='inner'><testcase name='waits'><skipped/></testcase>\n"
	      "<testcase name='breaks'><error>boom</error><system-out>x</system-out></testcase>\n"
	      "</testsuite><testcase name='idle' status='notrun'/><testcase name='outer'/>\n"
	      "</testsuite></testsuites>\n");
	check(&r, "F outer: divides 4\n"
		  "E inner: breaks 11\n"
		  "S inner: waits 10\n"
		  "S outer: idle 12\n"
		  "P math: adds 3\n"
		  "P outer 12\n");
	assert_string_equal(r.items[0].message, "by <zero>\n\n    at line 3\n  \nCrash");
	assert_true(r.items[0].seconds < 0);
	assert_string_equal(r.items[1].message, "boom");
	assert_null(r.items[2].message);
	assert_true(r.items[4].seconds == 0.25);
}

static void test_junit_namespaces_and_cdata(void **state)
{
	cleanup_results struct jci_results r = {0};

	(void)state;
	parse(&r, JCI_RESULTS_JUNIT,
	      "<testsuite xmlns:j='urn:j'><j:testcase name='a'>"
	      "<j:failure><![CDATA[<b>]]></j:failure></j:testcase></testsuite>");
	check(&r, "F a 1\n");
	assert_string_equal(r.items[0].message, "<b>");
}

static void test_junit_wrong_time(void **state)
{
	cleanup_results struct jci_results r = {0};

	(void)state;
	parse(&r, JCI_RESULTS_JUNIT,
	      "<testsuite><testcase name='a' time='nan'/><testcase name='b' time='1e400'/>"
	      "<testcase name='c' time='-1'/><testcase name='d' time='1,234'/></testsuite>");
	for (size_t i = 0; i < 3; i++)
		assert_true(r.items[i].seconds == -1);
	assert_true(r.items[3].seconds == 1);
}

static void refused_junit(const char *text, const char *message)
{
	refused(JCI_RESULTS_JUNIT, text, strlen(text), message);
}

static void test_junit_entities(void **state)
{
	(void)state;
	refused_junit("<!DOCTYPE x [\n<!ENTITY a 'ha'>\n<!ENTITY b '&a;&a;&a;'>\n]>\n"
		      "<testsuite><testcase name='&b;'/></testsuite>",
		      "line 2: XML that declares entities is not read");
	refused_junit("<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>\n"
		      "<testsuite><testcase name='a'>&a;</testcase></testsuite>",
		      "line 1: XML that declares entities is not read");
	refused_junit("<!DOCTYPE x [<!ENTITY % a SYSTEM 'file:///etc/passwd'> %a;]><testsuite/>",
		      "line 1: XML that declares entities is not read");
}

static void test_junit_cut_short(void **state)
{
	(void)state;
	refused_junit("<testsuite>\n<testcase name='a'/>\n<testcase",
		      "line 3: XML: unclosed token");
	refused_junit("", "line 1: XML: no element found");
}

static void test_junit_deep(void **state)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;

	(void)state;
	for (int i = 0; i < 100000; i++)
		strbuf_addstr(&text, "<testsuite name='a'>");
	refused(JCI_RESULTS_JUNIT, text.buf, text.len,
		"line 1: more than 64 elements within each other");
}

static void test_junit_large(void **state)
{
	cleanup_results struct jci_results r = {0};
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_strbuf struct strbuf text = STRBUF_INIT;

	(void)state;
	strbuf_addstr(&text, "<testsuite><testcase name='");
	for (int i = 0; i < 1000000; i++)
		strbuf_addch(&text, 'n');
	strbuf_addstr(&text, "'><failure message='");
	for (int i = 0; i < 1000000; i++)
		strbuf_addch(&text, 'm');
	strbuf_addstr(&text, "'>");
	for (int i = 0; i < 1000000; i++)
		strbuf_addch(&text, 't');
	strbuf_addstr(&text, "</failure></testcase></testsuite>");
	assert_int_equal(jci_results_parse(&r, JCI_RESULTS_JUNIT, text.buf, text.len, &err), 0);
	assert_int_equal(r.n, 1);
	assert_int_equal(strlen(r.items[0].name), 4096);
	assert_int_equal(strlen(r.items[0].message), 65536);
}

static void test_too_many(void **state)
{
	cleanup_strbuf struct strbuf xml = STRBUF_INIT, tap = STRBUF_INIT;

	(void)state;
	strbuf_addstr(&xml, "<testsuite>");
	for (int i = 0; i <= JCI_RESULTS_MAX; i++) {
		strbuf_addstr(&xml, "<testcase name=''/>");
		strbuf_addstr(&tap, "ok\n");
	}
	strbuf_addstr(&xml, "</testsuite>");
	refused(JCI_RESULTS_JUNIT, xml.buf, xml.len, "more than 100000 tests");
	refused(JCI_RESULTS_TAP, tap.buf, tap.len, "more than 100000 tests");
}

/* ---- TAP ---- */

static void test_tap(void **state)
{
	cleanup_results struct jci_results r = {0};

	(void)state;
	parse(&r, JCI_RESULTS_TAP,
	      "TAP version 13\r\n"
	      "1..6\r\n"
	      "ok 1 - adds\r\n"
	      "not ok 2 - divides\n"
	      "#   by zero\n"
	      "# at line 3\n"
	      "  ---\n"
	      "  duration_ms: 250.5\n"
	      "  got: 1\n"
	      "  ...\n"
	      "ok 3 waits # SKIP no clock\n"
	      "not ok 4 - shines # TODO later\n"
	      "ok 5 - blooms # todo was to do\n"
	      "ok - issue \\#6 is \\\\ mended\n");
	check(&r, "F divides 4\n"
		  "S waits 11\n"
		  "S shines 12\n"
		  "P adds 3\n"
		  "P blooms 13\n"
		  "P issue #6 is \\ mended 14\n");
	assert_string_equal(r.items[0].message,
			    "   by zero\n at line 3\n  duration_ms: 250.5\n  got: 1");
	assert_true(r.items[0].seconds == 0.2505);
	assert_string_equal(r.items[1].message, "SKIP no clock");
	assert_null(r.items[3].message);
}

static void test_tap_subtests(void **state)
{
	cleanup_results struct jci_results r = {0};

	(void)state;
	parse(&r, JCI_RESULTS_TAP,
	      "TAP version 14\n"
	      "    1..2\n"
	      "    ok 1 - inner\n"
	      "    not ok 2 - other\n"
	      "not ok 1 - outer\n"
	      "ok 2\n"
	      "1..2\n");
	check(&r, "F outer 5\nP test 2 6\n");
	assert_string_equal(r.items[0].message, "    1..2\n    ok 1 - inner\n    not ok 2 - other");
	assert_null(r.items[1].message);
}

static void test_tap_plan(void **state)
{
	cleanup_results struct jci_results r = {0};

	(void)state;
	parse(&r, JCI_RESULTS_TAP, "1..4\nok 1\nnoise\nok 2\n");
	check(&r, "E 2 planned tests did not run 4\nP test 1 2\nP test 2 4\n");
	parse(&r, JCI_RESULTS_TAP, "TAP version 13\n1..0 # SKIP nothing to do\n");
	check(&r, "");
	parse(&r, JCI_RESULTS_TAP, "1..99999999999999999999999\nok\n");
	assert_int_equal(r.count[JCI_RESULT_ERROR], 1);
}

static void test_tap_bail_out(void **state)
{
	cleanup_results struct jci_results r = {0};

	(void)state;
	parse(&r, JCI_RESULTS_TAP, "1..4\nok 1 - a\nBail out! no disk\n");
	check(&r, "E Bail out! no disk 3\nP a 2\n");
}

static void test_tap_large(void **state)
{
	cleanup_results struct jci_results r = {0};
	cleanup_strbuf struct strbuf text = STRBUF_INIT;

	(void)state;
	strbuf_addstr(&text, "TAP version 13\nnot ok 1 - ");
	for (int i = 0; i < 1000000; i++)
		strbuf_addch(&text, 'n');
	for (int i = 0; i < 100000; i++)
		strbuf_addstr(&text, "\n# why");
	parse(&r, JCI_RESULTS_TAP, text.buf);
	assert_int_equal(strlen(r.items[0].name), 4096);
	assert_in_range(strlen(r.items[0].message), 60000, 65536);
}

static void test_tap_in_a_log(void **state)
{
	cleanup_results struct jci_results r = {0};

	(void)state;
	parse(&r, JCI_RESULTS_TAP,
	      "cc -o t t.c\n1..2\nokay then\nok 1 - a\nnothing\nnot okay\nnot ok 2 - b");
	check(&r, "F b 7\nP a 4\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_guess),
		cmocka_unit_test(test_junit),
		cmocka_unit_test(test_junit_namespaces_and_cdata),
		cmocka_unit_test(test_junit_wrong_time),
		cmocka_unit_test(test_junit_entities),
		cmocka_unit_test(test_junit_cut_short),
		cmocka_unit_test(test_junit_deep),
		cmocka_unit_test(test_junit_large),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_tap),
		cmocka_unit_test(test_tap_subtests),
		cmocka_unit_test(test_tap_plan),
		cmocka_unit_test(test_tap_bail_out),
		cmocka_unit_test(test_tap_large),
		cmocka_unit_test(test_tap_in_a_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
