#include "util/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "util/gettext.h"

enum { MAX_WORDS = 16 };

static bool quiet, keep;
static int jobs;
static const char *rev;
static int64_t timeout, age;
static const char *where;

static const struct option_spec options[] = {
	{'q', "quiet", OPT_FLAG, &quiet, NULL, N_("print no output of the script")},
	{0, "keep", OPT_FLAG, &keep, NULL, N_("keep it")},
	{'j', "jobs", OPT_INT, &jobs, N_("N"), N_("run N commits at a time")},
	{0, "rev", OPT_STRING, &rev, N_("REV"), N_("what to run")},
	{'t', "timeout", OPT_DURATION, &timeout, N_("DURATION"), N_("end it then")},
	OPTIONS_END,
};

static const struct option_spec more[] = {
	{0, "age", OPT_AGE, &age, N_("AGE"), N_("how old")},
	{'w', "where", OPT_OPTIONAL, &where, N_("PLACE"), N_("where")},
	OPTIONS_END,
};

static struct jci_error err;
static char *words[MAX_WORDS];
static int n_words;

/* Parses the words up to NULL, with the values at their defaults. */
static int parse(const char *first, ...)
{
	va_list ap;

	quiet = false;
	keep = true;
	jobs = -1;
	rev = NULL;
	timeout = -1;
	n_words = 0;
	words[n_words++] = (char *)"run";
	va_start(ap, first);
	for (const char *word = first; word; word = va_arg(ap, const char *))
		words[n_words++] = (char *)word;
	va_end(ap);
	words[n_words] = NULL;
	return options_parse(&n_words, words, options, &err);
}

#define assert_fails(expected, ...)                                       \
	do {                                                              \
		assert_int_equal(parse(__VA_ARGS__, NULL), JCI_EINVALID); \
		assert_string_equal(err.message, expected);               \
		jci_error_clear(&err);                                    \
	} while (0)

static void test_none(void **state)
{
	(void)state;
	assert_int_equal(parse(NULL), 0);
	assert_int_equal(n_words, 1);
	assert_null(words[1]);
	assert_false(quiet);
	assert_true(keep);
	assert_int_equal(jobs, -1);
}

static void test_short(void **state)
{
	(void)state;
	assert_int_equal(parse("-qj3", "-t", "1h", NULL), 0);
	assert_true(quiet);
	assert_int_equal(jobs, 3);
	assert_int_equal(timeout, INT64_C(3600000000));
	assert_int_equal(n_words, 1);
}

static void test_long(void **state)
{
	(void)state;
	assert_int_equal(parse("--quiet", "--jobs=0", "--rev", "-x", "--timeout", "90s", NULL), 0);
	assert_true(quiet);
	assert_int_equal(jobs, 0);
	assert_string_equal(rev, "-x");
	assert_int_equal(timeout, 90000000);
	assert_int_equal(parse("--rev=", NULL), 0);
	assert_string_equal(rev, "");
	assert_int_equal(parse("--time=2s", NULL), 0);
	assert_int_equal(timeout, 2000000);
}

static void test_no(void **state)
{
	(void)state;
	assert_int_equal(parse("--quiet", "--no-quiet", "--no-keep", NULL), 0);
	assert_false(quiet);
	assert_false(keep);
	assert_int_equal(parse("--no-quiet", "-q", NULL), 0);
	assert_true(quiet);
	assert_fails("unknown option '--no-jobs'", "--no-jobs");
}

static void check_mixed(void)
{
	assert_int_equal(parse("a", "-q", "b", "-", "-j", "2", "--", "-q", "--", "c", NULL), 0);
	assert_int_equal(n_words, 7);
	assert_string_equal(words[0], "run");
	assert_string_equal(words[1], "a");
	assert_string_equal(words[2], "b");
	assert_string_equal(words[3], "-");
	assert_string_equal(words[4], "-q");
	assert_string_equal(words[5], "--");
	assert_string_equal(words[6], "c");
	assert_null(words[7]);
	assert_true(quiet);
	assert_int_equal(jobs, 2);
}

static void test_mixed(void **state)
{
	(void)state;
	check_mixed();
	setenv("POSIXLY_CORRECT", "1", 1);
	check_mixed();
	unsetenv("POSIXLY_CORRECT");
}

static void test_help(void **state)
{
	(void)state;
	assert_int_equal(parse("-h", NULL), OPTIONS_HELP);
	assert_int_equal(parse("a", "--help", "--bad", NULL), OPTIONS_HELP);
	assert_int_equal(parse("--", "-h", NULL), 0);
	assert_null(err.message);
}

static void test_errors(void **state)
{
	(void)state;
	assert_fails("unknown option '--foo'", "--foo");
	assert_fails("unknown option '--foo'", "x", "--foo=3", "y");
	assert_fails("unknown option '-x'", "-qx");
	assert_fails("unknown option '-x'", "-xq"); /* stops within a word */
	assert_int_equal(parse("a", NULL), 0);
	assert_false(quiet);
	assert_fails("option '--no' is ambiguous", "--no");
	assert_fails("option '--quiet' takes no value", "--quiet=1");
	assert_fails("option '--help' takes no value", "--help=1");
	assert_fails("option '--jobs' needs a value", "--jobs");
	assert_fails("option '--jobs' needs a value", "-j");
	assert_fails("option '--rev' needs a value", "a", "--rev");
	assert_fails("option '--jobs': 'x' is not a number", "--jobs", "x");
	assert_fails("option '--jobs': '-1' is not a number", "-j", "-1");
	assert_fails("option '--jobs': '+1' is not a number", "-j+1");
	assert_fails("option '--jobs': '' is not a number", "--jobs=");
	assert_fails("option '--jobs': '2147483648' is too large", "-j2147483648");
	assert_fails("option '--timeout': duration '5' needs a unit: s, m, h, d or w", "-t5");
	assert_int_equal(parse("-j2147483647", NULL), 0);
	assert_int_equal(jobs, 2147483647);
}

/* Parses one word, with the values at their defaults. */
static int parse_more(const char *word)
{
	char *argv[] = {(char *)"prune", (char *)word, (char *)"x", NULL};
	int argc = 3;

	age = -1;
	where = NULL;
	jci_error_clear(&err);
	return options_parse(&argc, argv, more, &err);
}

static void test_optional(void **state)
{
	(void)state;
	assert_int_equal(parse_more("--where"), 0);
	assert_string_equal(where, "");
	assert_int_equal(parse_more("-w"), 0);
	assert_string_equal(where, "");
	assert_int_equal(parse_more("--where=here"), 0);
	assert_string_equal(where, "here");
	assert_int_equal(parse_more("-whome"), 0);
	assert_string_equal(where, "home");
	assert_int_equal(parse_more("y"), 0);
	assert_null(where);
	assert_int_equal(parse_more("--where="), JCI_EINVALID);
	assert_string_equal(err.message, "option '--where=' lacks its value");
	assert_null(where);
	jci_error_clear(&err);
}

static void test_age(void **state)
{
	(void)state;
	assert_int_equal(parse_more("--age=2min"), 0);
	assert_int_equal(age, 120000000);
	assert_int_equal(parse_more("--age=2m"), JCI_EINVALID);
	assert_string_equal(err.message, "option '--age': 'm' in '2m' could be minutes or months: "
					 "write min or mo");
	assert_int_equal(age, -1);
	jci_error_clear(&err);
}

static void test_usage(void **state)
{
	cleanup_strbuf struct strbuf sb = STRBUF_INIT;

	(void)state;
	options_usage(&sb, "run", "[options] [REV...]\n--all", options);
	assert_string_equal(sb.buf, "usage: git jci run [options] [REV...]\n"
				    "   or: git jci run --all\n"
				    "\n"
				    "    -q, --quiet             print no output of the script\n"
				    "        --keep              keep it\n"
				    "    -j, --jobs N            run N commits at a time\n"
				    "        --rev REV           what to run\n"
				    "    -t, --timeout DURATION  end it then\n"
				    "    -h, --help              show this text\n");
	strbuf_reset(&sb);
	options_usage(&sb, "prune", "", more);
	assert_string_equal(sb.buf, "usage: git jci prune\n"
				    "\n"
				    "        --age AGE        how old\n"
				    "    -w, --where[=PLACE]  where\n"
				    "    -h, --help           show this text\n");
	strbuf_reset(&sb);
	options_usage(&sb, NULL, "", options + 5);
	assert_string_equal(sb.buf, "usage: git jci\n\n    -h, --help  show this text\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_none),   cmocka_unit_test(test_short),
		cmocka_unit_test(test_long),   cmocka_unit_test(test_no),
		cmocka_unit_test(test_mixed),  cmocka_unit_test(test_help),
		cmocka_unit_test(test_errors), cmocka_unit_test(test_usage),
		cmocka_unit_test(test_age),    cmocka_unit_test(test_optional),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
