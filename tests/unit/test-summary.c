#include "core/summary.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "support.h"

/* ---- runs, written into the repository ---- */

static void add_entry(struct strbuf *tree, unsigned mode, const char *name, const git_oid *oid)
{
	strbuf_addf(tree, "%o %s", mode, name);
	strbuf_addch(tree, '\0');
	strbuf_add(tree, oid->id, GIT_OID_RAWSZ);
}

static void add_file(struct strbuf *tree, const char *name, const char *text)
{
	const git_oid oid = put_object(GIT_OBJECT_BLOB, text, strlen(text));

	add_entry(tree, 0100644, name, &oid);
}

/* The tree becomes empty. */
static void init_run(struct jci_record *r, struct strbuf *tree)
{
	const git_oid oid = put_object(GIT_OBJECT_TREE, tree->buf, tree->len);
	cleanup_strbuf struct strbuf commit = STRBUF_INIT;

	strbuf_addf(&commit, "tree %s\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\nrun\n",
		    git_oid_tostr_s(&oid));
	jci_record_init(r);
	r->ref.target = put_object(GIT_OBJECT_COMMIT, commit.buf, commit.len);
	strbuf_release(tree);
}

static void read_run(struct jci_summary *s, struct strbuf *tree)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_record struct jci_record r;

	init_run(&r, tree);
	assert_int_equal(jci_summary_read(s, &repo, &r, NULL, &err), 0);
}

static void assert_counts(const struct jci_summary *s, size_t failed, size_t error, size_t skipped,
			  size_t passed)
{
	assert_int_equal(s->count[JCI_RESULT_FAILED], failed);
	assert_int_equal(s->count[JCI_RESULT_ERROR], error);
	assert_int_equal(s->count[JCI_RESULT_SKIPPED], skipped);
	assert_int_equal(s->count[JCI_RESULT_PASSED], passed);
}

#define JUNIT "<testsuite name='s'><testcase name='a'/></testsuite>"
#define TAP   "1..2\nok 1 - a\nnot ok 2 - b\n"

/* ---- which files ---- */

static void test_names(void **state)
{
	static const char *const names[] = {"Junit-1.XML", "TEST-a.b.xml", "a.junit.xml",
					    "results.xml", "test-results.xml"};
	static const char *const others[] = {"junit.xml.gz", "junit", "other.xml", "tap",
					     "coverage.xml"};
	cleanup_summary struct jci_summary s = {0};
	struct strbuf tree = STRBUF_INIT, sub = STRBUF_INIT;
	git_oid oid;

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		add_file(&tree, names[i], JUNIT);
		add_file(&tree, others[i], JUNIT);
	}
	add_file(&sub, "x.TAP", TAP);
	oid = put_object(GIT_OBJECT_TREE, sub.buf, sub.len);
	strbuf_release(&sub);
	add_entry(&tree, 040000, "zsub", &oid);
	read_run(&s, &tree);
	assert_int_equal(s.n_results, 6);
	assert_int_equal(s.n_coverage, 0);
	assert_int_equal(s.n_left_out, 0);
	assert_counts(&s, 1, 0, 0, 6);
	assert_int_equal(s.n_tests, 3);
	assert_string_equal(s.tests[0].name, "s: a");
	assert_string_equal(s.tests[2].name, "x.TAP: b");
}

static void test_links_and_others(void **state)
{
	cleanup_summary struct jci_summary s = {0};
	struct strbuf tree = STRBUF_INIT;
	git_oid oid = put_object(GIT_OBJECT_BLOB, TAP, strlen(TAP)), absent;

	(void)state;
	memset(absent.id, 7, sizeof(absent.id));
	add_entry(&tree, 0120000, "link.tap", &oid);
	add_file(&tree, "a.tap", "no results\n");
	add_file(&tree, "junit.xml", "<testsuite name='s'><testcase");
	add_file(&tree, "coverage.xml", "<coverage/>");
	add_entry(&tree, 0160000, "submodule.tap", &absent);
	read_run(&s, &tree);
	assert_int_equal(s.n_results, 0);
	assert_int_equal(s.n_coverage, 0);
	assert_int_equal(s.n_left_out, 0);
}

static void test_object_that_is_not_here(void **state)
{
	cleanup_summary struct jci_summary s = {0};
	struct strbuf tree = STRBUF_INIT;
	git_oid absent;

	(void)state;
	memset(absent.id, 7, sizeof(absent.id));
	add_entry(&tree, 0100644, "a.tap", &absent);
	add_file(&tree, "b.tap", TAP);
	read_run(&s, &tree);
	assert_int_equal(s.n_results, 1);
	assert_int_equal(s.n_left_out, 1);
}

static void test_worst_result_counts(void **state)
{
	cleanup_summary struct jci_summary s = {0};
	struct strbuf tree = STRBUF_INIT;

	(void)state;
	add_file(&tree, "junit.xml",
		 "<testsuite><testcase name='t'/><testcase name='t'><error/></testcase>"
		 "<testcase name='t'><failure/></testcase></testsuite>");
	read_run(&s, &tree);
	assert_counts(&s, 1, 1, 0, 1);
	assert_int_equal(s.n_tests, 1);
	assert_int_equal(s.tests[0].kind, JCI_RESULT_FAILED);
}

static void test_coverage(void **state)
{
	static const char lcov[] = "SF:a.c\nLF:10\nLH:5\nend_of_record\n";
	static const char cobertura[] = "<coverage lines-valid='8' lines-covered='6'/>";
	cleanup_summary struct jci_summary s = {0};
	struct strbuf tree = STRBUF_INIT;

	(void)state;
	add_file(&tree, "a.lcov", lcov);
	add_file(&tree, "lcov.info", lcov);
	read_run(&s, &tree);
	assert_int_equal(s.n_coverage, 2);
	assert_int_equal(s.coverage.lines, 20);
	assert_int_equal(s.coverage.lines_covered, 10);
	add_file(&tree, "coverage.info", lcov);
	add_file(&tree, "coverage.xml", cobertura);
	add_file(&tree, "my-cobertura.xml", cobertura);
	read_run(&s, &tree);
	assert_int_equal(s.n_coverage, 2);
	assert_int_equal(s.coverage.lines, 16);
	assert_int_equal(s.coverage.lines_covered, 12);
}

/* ---- bounds ---- */

static void test_too_many_files(void **state)
{
	cleanup_summary struct jci_summary s = {0};
	const git_oid oid = put_object(GIT_OBJECT_BLOB, TAP, strlen(TAP));
	struct strbuf tree = STRBUF_INIT;
	char name[32];

	(void)state;
	for (int i = 0; i < JCI_SUMMARY_MAX_FILES + 7; i++) {
		snprintf(name, sizeof(name), "%04d.tap", i);
		add_entry(&tree, 0100644, name, &oid);
	}
	read_run(&s, &tree);
	assert_int_equal(s.n_results, JCI_SUMMARY_MAX_FILES);
	assert_int_equal(s.n_left_out, 7);
}

static void test_too_many_bytes(void **state)
{
	cleanup_summary struct jci_summary s = {0};
	struct strbuf tree = STRBUF_INIT, text = STRBUF_INIT;

	(void)state;
	strbuf_addstr(&text, TAP);
	while (text.len < JCI_SUMMARY_MAX_BYTES - strlen(TAP))
		strbuf_addstr(&text, "# nothing but a long line that takes place\n");
	strbuf_setlen(&text, JCI_SUMMARY_MAX_BYTES - strlen(TAP));
	add_file(&tree, "a.tap", text.buf);
	add_file(&tree, "b.tap", TAP);
	add_file(&tree, "c.tap", TAP);
	strbuf_release(&text);
	read_run(&s, &tree);
	assert_int_equal(s.n_results, 2);
	assert_int_equal(s.n_left_out, 1);
}

static void test_too_many_tests(void **state)
{
	cleanup_summary struct jci_summary s = {0};
	struct strbuf tree = STRBUF_INIT, text = STRBUF_INIT;

	(void)state;
	for (int i = 0; i < JCI_SUMMARY_MAX_TESTS - 3; i++)
		strbuf_addstr(&text, "ok\n");
	strbuf_addstr(&text, "1..1\n");
	add_file(&tree, "a.tap", text.buf);
	add_file(&tree, "b.tap", TAP "ok\nok\n");
	add_file(&tree, "c.tap", TAP);
	strbuf_release(&text);
	read_run(&s, &tree);
	assert_int_equal(s.n_results, 2);
	assert_int_equal(s.n_left_out, 1);
}

/* A name that is short in the file and long in each of its tests. */
static void test_long_suite_name(void **state)
{
	cleanup_summary struct jci_summary s = {0};
	struct strbuf tree = STRBUF_INIT, text = STRBUF_INIT;

	(void)state;
	strbuf_addstr(&text, "<testsuite name='");
	for (int i = 0; i < 4000; i++)
		strbuf_addch(&text, 'n');
	strbuf_addstr(&text, "'><testcase name='t'/></testsuite>");
	add_file(&tree, "junit.xml", text.buf);
	strbuf_release(&text);
	read_run(&s, &tree);
	assert_int_equal(strlen(s.tests[0].name), 256 + 3);
}

static bool stop_after(void *ctx)
{
	int *n = ctx;

	return (*n)-- <= 0;
}

static void test_stop(void **state)
{
	cleanup_summary struct jci_summary s = {0};
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_record struct jci_record r;
	struct strbuf tree = STRBUF_INIT;
	int n = 2;
	const struct jci_summary_stop stop = {stop_after, &n};

	(void)state;
	add_file(&tree, "a.tap", TAP);
	add_file(&tree, "b.tap", TAP);
	init_run(&r, &tree);
	assert_int_equal(jci_summary_read(&s, &repo, &r, &stop, &err), JCI_EFAIL);
	assert_int_equal(n, -1);
}

/* ---- two of them ---- */

static void read_pair(struct jci_summaries *s, struct strbuf *before, struct strbuf *now)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_record struct jci_record a, b;

	init_run(&a, before);
	init_run(&b, now);
	memset(a.ref.commit.id, 0x12, sizeof(a.ref.commit.id));
	jci_summaries_init(s);
	assert_int_equal(jci_summaries_read(s, &repo, &b, &a, NULL, &err), 0);
}

static void test_changes(void **state)
{
	cleanup_summaries struct jci_summaries s;
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	struct strbuf before = STRBUF_INIT, now = STRBUF_INIT;

	(void)state;
	add_file(&before, "t.tap",
		 "1..6\nok - a\nnot ok - b\nok - c\nnot ok - d\nok - e # skip\nok - z\n");
	add_file(&now, "t.tap",
		 "1..6\nnot ok - a\nok - b\nok - c\nnot ok - d\nnot ok - e\nnot ok - new\n");
	read_pair(&s, &before, &now);
	for (size_t i = 0; i < s.n_changes; i++)
		strbuf_addf(&text, "%s %d %d %d|", s.changes[i].name, s.changes[i].before,
			    s.changes[i].now, jci_summary_is_failing(&s.changes[i]));
	assert_string_equal(text.buf, "t.tap: a 3 0 1|t.tap: b 0 3 0|t.tap: e 2 0 1|"
				      "t.tap: new -1 0 1|t.tap: z 3 -1 0|");
	assert_int_equal(s.n_failing, 3);
}

static void assert_words(const struct jci_summaries *s, const char *tests, const char *brief_tests,
			 const char *coverage, const char *brief_coverage)
{
	cleanup_strbuf struct strbuf sb = STRBUF_INIT;

	jci_summaries_add_tests(&sb, s, false);
	assert_string_equal(sb.buf, tests);
	strbuf_reset(&sb);
	jci_summaries_add_tests(&sb, s, true);
	assert_string_equal(sb.buf, brief_tests);
	strbuf_reset(&sb);
	jci_summaries_add_coverage(&sb, s, false);
	assert_string_equal(sb.buf, coverage);
	strbuf_reset(&sb);
	jci_summaries_add_coverage(&sb, s, true);
	assert_string_equal(sb.buf, brief_coverage);
}

static void test_words(void **state)
{
	struct strbuf before = STRBUF_INIT, now = STRBUF_INIT;
	struct jci_summaries s;

	(void)state;
	add_file(&before, "t.tap", "1..3\nok\nnot ok\nok # skip\n");
	add_file(&before, "coverage.xml",
		 "<coverage lines-valid='1000' lines-covered='814' branches-valid='2' "
		 "branches-covered='1'/>");
	add_file(&now, "t.tap", "1..3\nok\nok\nok # skip\n");
	add_file(&now, "coverage.xml",
		 "<coverage lines-valid='1000' lines-covered='817' branches-valid='2' "
		 "branches-covered='0'/>");
	read_pair(&s, &before, &now);
	assert_words(&s, "2 passed, 1 skipped (+1 passed, -1 failed since 1212121212)",
		     "0 failed -1, 2 passed +1, 1 skipped",
		     "81.7% of 1000 lines, 0.0% of 2 branches (+0.3, -50.0 since 1212121212)",
		     "81.7% +0.3");
	jci_summaries_release(&s);

	add_file(&before, "t.tap", "1..1\nok\n");
	add_file(&before, "coverage.xml", "<coverage lines-valid='3' lines-covered='1'/>");
	add_file(&now, "t.tap", "1..1\nok\n");
	add_file(&now, "coverage.xml", "<coverage lines-valid='6' lines-covered='2'/>");
	read_pair(&s, &before, &now);
	assert_words(&s, "1 passed (as in 1212121212)", "1 passed",
		     "33.3% of 6 lines (as in 1212121212)", "33.3%");
	jci_summaries_release(&s);

	/* a base that tells nothing */
	add_file(&now, "t.tap", "1..0\n");
	add_file(&now, "coverage.xml", "<coverage lines-valid='1' lines-covered='1'/>");
	read_pair(&s, &before, &now);
	assert_words(&s, "none", "none", "100.0% of 1 line", "100.0%");
	jci_summaries_release(&s);

	/* a run that tells nothing */
	add_file(&before, "t.tap", TAP);
	read_pair(&s, &before, &now);
	assert_words(&s, "", "", "", "");
	jci_summaries_release(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_links_and_others),
		cmocka_unit_test(test_object_that_is_not_here),
		cmocka_unit_test(test_worst_result_counts),
		cmocka_unit_test(test_coverage),
		cmocka_unit_test(test_too_many_files),
		cmocka_unit_test(test_too_many_bytes),
		cmocka_unit_test(test_too_many_tests),
		cmocka_unit_test(test_long_suite_name),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, make_bare_repo, remove_repo);
}
