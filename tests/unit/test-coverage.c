#include "core/coverage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "util/strbuf.h"

static void told(const char *text, enum jci_coverage_format format, uint64_t covered,
		 uint64_t lines, uint64_t branches_covered, uint64_t branches)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	struct jci_coverage c;

	assert_int_equal(jci_coverage_guess(text, strlen(text)), format);
	assert_int_equal(jci_coverage_parse(&c, format, text, strlen(text), &err), 0);
	assert_int_equal(c.lines, lines);
	assert_int_equal(c.lines_covered, covered);
	assert_int_equal(c.branches, branches);
	assert_int_equal(c.branches_covered, branches_covered);
}

static void refused_bytes(const char *text, size_t len, enum jci_coverage_format format,
			  const char *message)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	struct jci_coverage c;

	assert_int_equal(jci_coverage_parse(&c, format, text, len, &err), JCI_EINVALID);
	assert_string_equal(err.message, message);
	assert_int_equal(c.lines, 0);
	assert_int_equal(c.branches, 0);
}

static void refused(const char *text, enum jci_coverage_format format, const char *message)
{
	refused_bytes(text, strlen(text), format, message);
}

/* ---- what it is ---- */

static enum jci_coverage_format guess(const char *head)
{
	return jci_coverage_guess(head, strlen(head));
}

static void test_guess(void **state)
{
	(void)state;
	assert_int_equal(guess("<coverage>"), JCI_COVERAGE_COBERTURA);
	assert_int_equal(guess("\xef\xbb\xbf\n <?xml version='1.0'?><coverage a='b'>"),
			 JCI_COVERAGE_COBERTURA);
	assert_int_equal(guess("<html>"), JCI_COVERAGE_NONE);
	assert_int_equal(guess("TN:\nSF:a.c\n"), JCI_COVERAGE_LCOV);
	assert_int_equal(guess("SF:a.c\n"), JCI_COVERAGE_LCOV);
	assert_int_equal(guess("coverage: 7 %"), JCI_COVERAGE_NONE);
	assert_int_equal(guess(""), JCI_COVERAGE_NONE);
	assert_int_equal(jci_coverage_guess("\0SF:", 4), JCI_COVERAGE_NONE);
}

static void test_permille(void **state)
{
	(void)state;
	assert_int_equal(jci_coverage_permille(0, 0), 1000);
	assert_int_equal(jci_coverage_permille(0, 7), 0);
	assert_int_equal(jci_coverage_permille(7, 7), 1000);
	assert_int_equal(jci_coverage_permille(2, 3), 666);
	/* what is not all is never shown as all */
	assert_int_equal(jci_coverage_permille(jci_coverage_max - 1, jci_coverage_max), 999);
}

/* ---- Cobertura ---- */

static void test_cobertura_sums(void **state)
{
	(void)state;
	told("<?xml version='1.0'?>\n"
	     "<!DOCTYPE coverage SYSTEM 'coverage-04.dtd'>\n"
	     "<coverage lines-valid='40' lines-covered='30' branches-valid='8' "
	     "branches-covered='3'><packages/></coverage>",
	     JCI_COVERAGE_COBERTURA, 30, 40, 3, 8);
	told("<coverage lines-valid='40' lines-covered='30'></coverage>", JCI_COVERAGE_COBERTURA,
	     30, 40, 0, 0);
}

static void test_cobertura_lines(void **state)
{
	(void)state;
	told("<coverage line-rate='0.5'><packages><package><classes>"
	     "<class name='a'>"
	     "<methods><method><lines><line number='1' hits='9'/></lines></method></methods>"
	     "<lines><line number='1' hits='9'/><line number='2' hits='0'/>"
	     "<line number='3' hits='1' branch='true' condition-coverage='75% (3/4)'/></lines>"
	     "</class><class name='b'><lines>"
	     "<line number='1' hits='0' branch='true' condition-coverage='none'/>"
	     "<line number='2'/></lines></class>"
	     "</classes></package></packages><line hits='5'/></coverage>",
	     JCI_COVERAGE_COBERTURA, 2, 4, 3, 4);
}

static void test_cobertura_wrong(void **state)
{
	(void)state;
	refused("<coverage lines-valid='3' lines-covered='4'/>", JCI_COVERAGE_COBERTURA,
		"it covers more than there is");
	refused("<coverage lines-valid='99999999999999999999' lines-covered='4'/>",
		JCI_COVERAGE_COBERTURA, "it covers more than there is");
	refused("<coverage lines-valid='-3' lines-covered='-4'/>", JCI_COVERAGE_COBERTURA,
		"it tells of no lines");
	refused("<coverage/>", JCI_COVERAGE_COBERTURA, "it tells of no lines");
	refused("<testsuites><coverage lines-valid='1' lines-covered='1'/></testsuites>",
		JCI_COVERAGE_COBERTURA, "it is no Cobertura XML");
	refused("<coverage><class><lines><line hits='1'/>", JCI_COVERAGE_COBERTURA,
		"line 1: XML: no element found");
	refused("<!DOCTYPE c [<!ENTITY a 'b'>]>\n<coverage lines-valid='1' lines-covered='1'/>",
		JCI_COVERAGE_COBERTURA, "line 1: XML that declares entities is not read");
	refused("", JCI_COVERAGE_COBERTURA, "line 1: XML: no element found");
	refused("", JCI_COVERAGE_NONE, "neither Cobertura XML nor lcov's format");
}

static void test_cobertura_deep(void **state)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;

	(void)state;
	strbuf_addstr(&text, "<coverage>");
	for (int i = 0; i < 1000; i++)
		strbuf_addstr(&text, "<class>");
	refused(text.buf, JCI_COVERAGE_COBERTURA,
		"line 1: more than 64 elements within each other");
}

/* ---- lcov ---- */

static void test_lcov(void **state)
{
	(void)state;
	told("TN:\nSF:a.c\r\nFN:1,f\nDA:1,5\nDA:2,0\nBRF:6\nBRH:2\nLF:10\nLH:7\nend_of_record\r\n"
	     "noise\nDA:9,9\nSF:b.c\nDA:1,0\nDA:2,3,checksum\nDA:3,-1\nDA:4\nend_of_record\n",
	     JCI_COVERAGE_LCOV, 8, 13, 2, 6);
	told("SF:a.c\nDA:1,1\nend_of_record", JCI_COVERAGE_LCOV, 1, 1, 0, 0);
}

static void test_lcov_wrong(void **state)
{
	(void)state;
	refused("TN:\nSF:a.c\nDA:1,1\n", JCI_COVERAGE_LCOV, "line 3: not of lcov's format");
	refused("SF:a.c\nSF:b.c\nend_of_record\n", JCI_COVERAGE_LCOV,
		"line 2: not of lcov's format");
	refused("SF:a.c\nLF:1\nLH:2\nend_of_record\n", JCI_COVERAGE_LCOV,
		"line 4: not of lcov's format");
	refused("SF:a.c\nBRF:1\nBRH:2\nDA:1,1\nend_of_record\n", JCI_COVERAGE_LCOV,
		"line 5: not of lcov's format");
	refused("SF:a.c\nLF:99999999999999999999\nLH:2\nend_of_record\n", JCI_COVERAGE_LCOV,
		"line 4: not of lcov's format");
	refused("SF:a.c\nend_of_record\n", JCI_COVERAGE_LCOV, "it tells of no lines");
	refused("TN:\n", JCI_COVERAGE_LCOV, "it tells of no lines");
	refused_bytes("SF:\0\nDA:1", 9, JCI_COVERAGE_LCOV, "line 2: not of lcov's format");
}

static void test_lcov_sum(void **state)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;

	(void)state;
	for (int i = 0; i < 3; i++)
		strbuf_addstr(&text, "SF:a\nLF:1099511627776\nLH:1\nend_of_record\n");
	refused(text.buf, JCI_COVERAGE_LCOV, "line 8: not of lcov's format");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_guess),
		cmocka_unit_test(test_permille),
		cmocka_unit_test(test_cobertura_sums),
		cmocka_unit_test(test_cobertura_lines),
		cmocka_unit_test(test_cobertura_wrong),
		cmocka_unit_test(test_cobertura_deep),
		cmocka_unit_test(test_lcov),
		cmocka_unit_test(test_lcov_wrong),
		cmocka_unit_test(test_lcov_sum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
