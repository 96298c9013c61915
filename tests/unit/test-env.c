#include "util/env.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <unistd.h>

#include "util/eventlog.h"
#include "util/io.h"
#include "util/json.h"

#include "support.h"

static struct env env;

static int setup(void **state)
{
	clearenv();
	env = (struct env)ENV_INIT;
	return make_folder(state);
}

static int teardown(void **state)
{
	env_release(&env);
	return remove_folder(state);
}

static void check_problems(const char *expected)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;

	assert_int_equal(env_end(&env, &err), *expected ? JCI_EINVALID : 0);
	assert_string_equal(err.message ? err.message : "", expected);
}

static void test_nothing_is_set(void **state)
{
	static const char *const words[] = {"a", "b", NULL};

	(void)state;
	assert_null(env_text(&env, "T"));
	assert_null(env_secret(&env, "S"));
	assert_null(env_file(&env, "F", 10));
	assert_int_equal(env_word(&env, "W", words), 0);
	assert_int_equal(env_int(&env, "N", 7, 1, 9), 7);
	assert_int_equal(env_duration(&env, "D", 8), 8);
	assert_int_equal(env_size(&env, "B", 9), 9);
	check_problems("");
}

static void test_all_problems_at_once(void **state)
{
	static const char *const words[] = {"text", "json", NULL};

	(void)state;
	setenv("W", "yaml", 1);
	setenv("N", "12x", 1);
	setenv("M", "10", 1);
	setenv("D", "5", 1);
	setenv("E", "", 1); /* counts as none */
	env_need(&env, "E");
	env_need_secret(&env, "S");
	env_word(&env, "W", words);
	env_int(&env, "N", 7, 1, 9);
	env_int(&env, "M", 7, 1, 9);
	env_duration(&env, "D", 8);
	env_problem(&env, "X", "%s", "is odd");
	check_problems("E: is not set\n"
		       "S: is not set, nor is S_FILE\n"
		       "W: 'yaml' is none of: text, json\n"
		       "N: '12x' is no number from 1 to 9\n"
		       "M: '10' is no number from 1 to 9\n"
		       "D: duration '5' needs a unit: s, m, h, d or w\n"
		       "X: is odd");
}

static void test_secrets(void **state)
{
	cleanup_free char *path = below("secret"), *empty = below("empty");

	(void)state;
	write_below("secret", "first line\r\nsecond\n");
	write_below("empty", "\nsecond\n");
	setenv("A", "plain", 1);
	setenv("B_FILE", path, 1);
	setenv("C", "both", 1);
	setenv("C_FILE", path, 1);
	setenv("D_FILE", empty, 1);
	assert_string_equal(env_secret(&env, "A"), "plain");
	assert_string_equal(env_need_secret(&env, "B"), "first line");
	check_problems("");
	env_need_secret(&env, "C");
	check_problems("C_FILE: is set, and so is C; set one of them");
	strbuf_reset(&env.problems);
	assert_null(env_need_secret(&env, "D"));
	assert_non_null(strstr(env.problems.buf, "D_FILE: the first line of '"));
	strbuf_reset(&env.problems);
	setenv("E_FILE", "/nowhere/at/all", 1);
	assert_null(env_need_secret(&env, "E"));
	check_problems("E_FILE: cannot read '/nowhere/at/all': No such file or directory");
}

static void test_state_files(void **state)
{
	(void)state;
	assert_null(env_state_file(&env, "DB", "x.db"));
	check_problems("DB: is not set, nor is HOME");
	setenv("HOME", "/home/me", 1);
	assert_string_equal(env_state_file(&env, "DB", "x.db"),
			    "/home/me/.local/state/git-jci/x.db");
	setenv("XDG_STATE_HOME", "/s", 1);
	assert_string_equal(env_state_file(&env, "DB", "x.db"), "/s/git-jci/x.db");
	setenv("STATE_DIRECTORY", "/var/lib/a:/var/lib/b", 1);
	assert_string_equal(env_state_file(&env, "DB", "x.db"), "/var/lib/a/x.db");
	setenv("DB", "here.db", 1);
	assert_string_equal(env_state_file(&env, "DB", "x.db"), "here.db");
}

/* ---- the log ---- */

static char *logged(bool json)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	struct eventlog log = {.fd = open_unnamed_file(), .json = json};

	assert_true(log.fd >= 0);
	event_log(&log, "job.done", EVENT_INT("job", 7), EVENT_TEXT("repository", "boss/demo"),
		  EVENT_TEXT("none", NULL), EVENT_TEXT("why", "it's \"so\"\nand \033[31m \xff"));
	assert_int_equal(lseek(log.fd, 0, SEEK_SET), 0);
	assert_int_equal(read_to_end(log.fd, &text, 0), 0);
	close(log.fd);
	return strbuf_detach(&text, NULL);
}

static void test_a_line_of_text(void **state)
{
	cleanup_free char *line = logged(false);

	(void)state;
	assert_string_equal(strchr(line, ' '),
			    " job.done job=7 repository=boss/demo "
			    "why=\"it's \\\"so\\\"\\nand \\u001b[31m \xef\xbf\xbd\"\n");
}

static void test_a_line_of_json(void **state)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_free char *line = logged(true);
	cleanup_json cJSON *json = NULL;
	double job;

	(void)state;
	assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
	assert_int_equal(json_parse(&json, line, strlen(line), &err), 0);
	assert_string_equal(json_string(json, "event"), "job.done");
	assert_non_null(json_string(json, "time"));
	assert_true(json_number(json, "job", &job) && job == 7);
	assert_null(json_string(json, "none"));
	assert_string_equal(json_string(json, "why"), "it's \"so\"\nand \033[31m \xef\xbf\xbd");
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_nothing_is_set), CASE(test_all_problems_at_once),
		CASE(test_secrets),        CASE(test_state_files),
		CASE(test_a_line_of_text), CASE(test_a_line_of_json),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
