/* Names for copies of files, the environment of commands, and what is told of their output. */
#include "tui/actenv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tui/task.h"

static void expect_name(const char *path, const char *expected)
{
	cleanup_strbuf struct strbuf name = STRBUF_INIT;

	strbuf_addstr(&name, "folder/");
	actenv_safe_name(&name, path);
	assert_memory_equal(name.buf, "folder/", 7);
	assert_string_equal(name.buf + 7, expected);
}

static void names_stay_what_they_are(void **state)
{
	(void)state;
	expect_name("run.output.txt", "run.output.txt");
	expect_name("report/html/index.html", "index.html");
	expect_name("na\303\257ve name's \"$(x)\"", "na\303\257ve name's \"$(x)\"");
	expect_name(".hidden", ".hidden");
	expect_name("a-b~", "a-b~");
}

static void names_can_do_no_harm(void **state)
{
	(void)state;
	expect_name("-rf", "_rf");
	expect_name("folder/--help", "_-help");
	expect_name("~root", "_root");
	expect_name("a\033[31m\nb\177", "a_[31m_b_");
	expect_name("folder/", "file");
	expect_name("", "file");
	expect_name(".", "file");
	expect_name("a/..", "file");
	expect_name("...", "...");
}

static void names_have_an_end(void **state)
{
	cleanup_strbuf struct strbuf name = STRBUF_INIT;
	char path[1000];

	(void)state;
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	actenv_safe_name(&name, path);
	assert_int_equal(name.len, 200);
}

static void variables_are_set_once(void **state)
{
	char one[] = "ONE=1", longer[] = "ONE_AND_MORE=2", empty[] = "EMPTY=";
	char *const from[] = {longer, one, empty, NULL};
	cleanup_actenv struct actenv env = ACTENV_INIT;

	(void)state;
	actenv_copy(&env, from);
	assert_int_equal(env.n, 3);
	actenv_set(&env, "ONE", "first = 1");
	actenv_set(&env, "EMPTY", "no more");
	actenv_set(&env, "NEW", "");
	assert_int_equal(env.n, 4);
	assert_string_equal(env.vars[0], "ONE_AND_MORE=2");
	assert_string_equal(env.vars[1], "ONE=first = 1");
	assert_string_equal(env.vars[2], "EMPTY=no more");
	assert_string_equal(env.vars[3], "NEW=");
	assert_null(env.vars[4]);
	assert_string_equal(one, "ONE=1");
}

static void less_keeps_its_other_options(void **state)
{
	cleanup_actenv struct actenv env = ACTENV_INIT;

	(void)state;
	setenv("LESS", "FX", 1);
	actenv_hold_less(&env);
	assert_string_equal(env.vars[0], "LESS=FX -R -+F");
	unsetenv("LESS");
	actenv_hold_less(&env);
	assert_int_equal(env.n, 1);
	assert_string_equal(env.vars[0], "LESS= -R -+F");
}

static void expect_last(const char *output, const char *expected)
{
	char *line = task_last_line(output);

	if (expected)
		assert_string_equal(line, expected);
	else
		assert_null(line);
	free(line);
}

static void the_last_line_is_what_was_left_to_see(void **state)
{
	(void)state;
	expect_last("", NULL);
	expect_last(" \r\n\n", NULL);
	expect_last("one", "one");
	expect_last("one\ntwo\n\n", "two");
	expect_last("1%\r50%\r100%\r", "100%");
	expect_last("git-jci: passed: abc\n", "passed: abc");
	expect_last("one\r\ntwo \r\n", "two");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_stay_what_they_are),
		cmocka_unit_test(names_can_do_no_harm),
		cmocka_unit_test(names_have_an_end),
		cmocka_unit_test(variables_are_set_once),
		cmocka_unit_test(less_keeps_its_other_options),
		cmocka_unit_test(the_last_line_is_what_was_left_to_see),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
