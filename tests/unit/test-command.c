#include "tui/command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <unistd.h>

#include "tui/options.h"
#include "util/alloc.h"

#include "support.h"

/* ---- commands ---- */

static void assert_command(const char *text, enum command_kind kind, enum action_id id,
			   const char *arg)
{
	cleanup_command struct command c = COMMAND_INIT;
	cleanup_error struct jci_error err = JCI_ERROR_INIT;

	if (command_parse(&c, text, &err) < 0)
		fail_msg("%s", err.message);
	assert_int_equal(c.kind, kind);
	assert_int_equal(c.id, id);
	if (arg)
		assert_non_null(c.arg);
	else
		assert_null(c.arg);
	if (arg)
		assert_string_equal(c.arg, arg);
}

static void assert_wrong(const char *text, int code, const char *message)
{
	cleanup_command struct command c = COMMAND_INIT;
	cleanup_error struct jci_error err = JCI_ERROR_INIT;

	assert_int_equal(command_parse(&c, text, &err), code);
	assert_string_equal(err.message, message);
	assert_null(c.arg);
}

static void test_actions(void **state)
{
	(void)state;
	assert_command("up", COMMAND_ACTION, ACT_UP, NULL);
	assert_command("  quit\t", COMMAND_ACTION, ACT_QUIT, NULL);
	assert_command("q", COMMAND_ACTION, ACT_QUIT, NULL);
	assert_command("fil", COMMAND_ACTION, ACT_FILTER, NULL);
	assert_command("next", COMMAND_ACTION, ACT_NEXT, NULL);
	assert_command("next-p", COMMAND_ACTION, ACT_NEXT_PANE, NULL);
	assert_command("run HEAD~2", COMMAND_ACTION, ACT_RUN, "HEAD~2");
	assert_command("fil \t author  a  b ", COMMAND_ACTION, ACT_FILTER, "author  a  b");
	assert_command("push", COMMAND_ACTION, ACT_PUSH, NULL);
}

static void test_lines(void **state)
{
	(void)state;
	assert_command("12", COMMAND_ACTION, ACT_GOTO, "12");
	assert_command(" 50% ", COMMAND_ACTION, ACT_GOTO, "50%");
	assert_command("goto 12", COMMAND_ACTION, ACT_GOTO, "12");
	assert_wrong("12x", JCI_ENOTFOUND, "no command '12x'; see 'help'");
	assert_wrong("%", JCI_ENOTFOUND, "no command '%'; see 'help'");
	assert_wrong("5%%", JCI_ENOTFOUND, "no command '5%%'; see 'help'");
}

static void test_shell(void **state)
{
	(void)state;
	assert_command("!make", COMMAND_SHELL, ACT_NONE, "make");
	assert_command(" ! make check | less ", COMMAND_SHELL, ACT_NONE, "make check | less");
	assert_command("shell make  it", COMMAND_SHELL, ACT_NONE, "make  it");
	assert_command("@date", COMMAND_BACKGROUND, ACT_NONE, "date");
	assert_command("!", COMMAND_ACTION, ACT_SHELL, NULL);
	assert_command("shell", COMMAND_ACTION, ACT_SHELL, NULL);
	assert_wrong("@ ", JCI_EINVALID, "no command behind '@'");
}

static void test_wrong(void **state)
{
	(void)state;
	assert_wrong("", JCI_EINVALID, "no command");
	assert_wrong(" \t", JCI_EINVALID, "no command");
	assert_wrong("nothing", JCI_ENOTFOUND, "no command 'nothing'; see 'help'");
	assert_wrong("upp 1", JCI_ENOTFOUND, "no command 'upp'; see 'help'");
	assert_wrong("next-", JCI_EAMBIGUOUS, "'next-' is ambiguous: next-pane, next-error");
	assert_wrong("up 1", JCI_EINVALID, "'up' takes no argument");
}

static void test_needs_arg(void **state)
{
	(void)state;
	assert_command("goto", COMMAND_ACTION, ACT_GOTO, NULL);
	assert_true(action_needs_arg(ACT_GOTO));
	assert_true(action_needs_arg(ACT_MARK));
	assert_true(action_needs_arg(ACT_SET));
	assert_false(action_needs_arg(ACT_FILTER));
	assert_false(action_needs_arg(ACT_UP));
	assert_false(action_needs_arg(ACT_NONE));
}

/* ---- completion ---- */

static void assert_completes(const char *text, const char *expected)
{
	cleanup_completions struct completions c = {NULL, 0, 0};
	cleanup_strbuf struct strbuf sb = STRBUF_INIT;

	command_complete(&c, &repo, text);
	for (size_t i = 0; i < c.n; i++) {
		assert_int_equal(strncmp(c.items[i], text, strlen(text)), 0);
		strbuf_addf(&sb, "%s;", c.items[i]);
	}
	assert_string_equal(sb.buf, expected);
}

static void test_complete_names(void **state)
{
	cleanup_completions struct completions c = {NULL, 0, 0};

	(void)state;
	assert_completes("fo", "fold;fold-all;follow;");
	assert_completes(" fil", " filter ;");
	assert_completes("nothing", "");
	assert_completes("!ma", "");
	assert_completes("up ", "");
	assert_completes("next- ", "");
	command_complete(&c, &repo, "");
	assert_true(c.n > 50);
	assert_string_equal(c.items[0], "branch ");
}

static void test_complete_words(void **state)
{
	(void)state;
	assert_completes("filter ", "filter all;filter author ;filter failed;filter path ;"
				    "filter running;filter runs;");
	assert_completes("fil  r", "fil  running;fil  runs;");
	assert_completes("filter author j", "");
	assert_completes("set ", "set dates ;set fold ;set lineNumbers ;set mouse ;set tabWidth ;"
				 "set times ;set wrap ;");
	assert_completes("set wrap ", "set wrap false;set wrap true;");
	assert_completes("set times c", "set times clock;");
	assert_completes("set nothing ", "");
	assert_completes("set wrap true ", "");
}

static void put_ref(const char *name)
{
	cleanup_free char *path = xasprintf("repo/.git/%s", name);

	write_below(path, "1111111111111111111111111111111111111111\n");
}

static void test_complete_repo(void **state)
{
	(void)state;
	put_ref("refs/heads/main");
	put_ref("refs/heads/topic/a");
	put_ref("refs/tags/main");
	put_ref("refs/tags/v1");
	put_ref("refs/remotes/origin/topic");
	put_ref("refs/notes/main");
	write_below("repo/.git/config", "[remote \"origin\"]\n\turl = x\n"
					"[remote \"other\"]\n\turl = y\n");
	assert_completes("branch ", "branch main;branch origin/topic;branch topic/a;branch v1;");
	assert_completes("run m", "run main;");
	assert_completes("goto topic/", "goto topic/a;");
	assert_completes("goto nothing", "");
	assert_completes("push ", "push origin;push other;");
	assert_completes("pull ot", "pull other;");
}

static void test_complete_files(void **state)
{
	cleanup_free char *text = xasprintf("save %s/d/", base), *hidden = xasprintf("%s.", text),
			  *expected = xasprintf("%sa b;%sfolder/;", text, text),
			  *dot = xasprintf("%sx;", hidden);

	(void)state;
	write_below("d/a b", "");
	write_below("d/.x", "");
	write_below("d/folder/y", "");
	assert_completes(text, expected);
	assert_completes(hidden, dot);
}

/* ---- options ---- */

static int read_options(struct tui_options *o, const char *lines, struct jci_error *err)
{
	cleanup_free char *text = xasprintf("[jci]\n%s", lines), *git_dir = below("repo/.git");

	write_below("repo/.git/config", text);
	jci_repo_release(&repo);
	open_repo(git_dir);
	return tui_options_read(o, &repo, err);
}

static void test_read_options(void **state)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	struct tui_options o;

	(void)state;
	assert_int_equal(read_options(&o, "", &err), 0);
	assert_true(o.mouse);
	assert_false(o.wrap || o.numbers || o.fold);
	assert_int_equal(o.times, TIMES_NONE);
	assert_int_equal(o.dates, DATES_RELATIVE);
	assert_int_equal(o.tab_width, 8);
	assert_int_equal(
		read_options(&o,
			     "\tmouse = no\n\twrap = 1\n\tlineNumbers = true\n\tfold = on\n"
			     "\ttimes = Delta\n\tdates = iso\n\ttabWidth = 4\n",
			     &err),
		0);
	assert_false(o.mouse);
	assert_true(o.wrap && o.numbers && o.fold);
	assert_int_equal(o.times, TIMES_DELTA);
	assert_int_equal(o.dates, DATES_ISO);
	assert_int_equal(o.tab_width, 4);
}

static void test_read_wrong(void **state)
{
	static const char *const wrong[][2] = {
		{"\twrap = maybe\n", "configuration 'jci.wrap': 'maybe' is neither true nor false"},
		{"\ttimes = x\n",
		 "configuration 'jci.times': 'x' is none of: none, clock, start, delta"},
		{"\tdates =\n", "configuration 'jci.dates': '' is none of: relative, iso"},
		{"\ttabWidth = 0\n",
		 "configuration 'jci.tabWidth': '0' is not a number from 1 to 32"},
		{"\ttabWidth = 33\n",
		 "configuration 'jci.tabWidth': '33' is not a number from 1 to 32"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		cleanup_error struct jci_error err = JCI_ERROR_INIT;
		struct tui_options o;

		assert_int_equal(read_options(&o, wrong[i][0], &err), JCI_EINVALID);
		assert_string_equal(err.message, wrong[i][1]);
	}
}

static void test_read_around_wrong(void **state)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	struct tui_options o;

	(void)state;
	assert_int_equal(read_options(&o, "\tfold = x\n\ttabWidth = x\n\twrap = true\n", &err),
			 JCI_EINVALID);
	assert_string_equal(err.message, "configuration 'jci.fold': 'x' is neither true nor false");
	assert_false(o.fold);
	assert_int_equal(o.tab_width, 8);
	assert_true(o.wrap);
}

static void set(struct tui_options *o, const char *text)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;

	if (tui_options_set(o, text, &err) < 0)
		fail_msg("%s", err.message);
}

static void test_set(void **state)
{
	struct tui_options o = {.mouse = true, .tab_width = 8};

	(void)state;
	set(&o, "wrap");
	assert_true(o.wrap);
	set(&o, " wrap ");
	assert_false(o.wrap);
	set(&o, "wrap true");
	set(&o, "WRAP\ton ");
	assert_true(o.wrap);
	set(&o, "mouse=false");
	assert_false(o.mouse);
	set(&o, "linenumbers = true");
	assert_true(o.numbers);
	set(&o, "times delta");
	assert_int_equal(o.times, TIMES_DELTA);
	set(&o, "tabWidth 2");
	assert_int_equal(o.tab_width, 2);
}

static void test_set_wrong(void **state)
{
	static const char *const wrong[][2] = {
		{"", "no option ''"},
		{"nothing 1", "no option 'nothing'"},
		{"wrap x", "option 'wrap': 'x' is neither true nor false"},
		{"wrap true false", "option 'wrap': 'true false' is more than a value"},
		{"times", "option 'times' needs a value, such as: none, clock, start, delta"},
		{"times x", "option 'times': 'x' is none of: none, clock, start, delta"},
	};
	struct tui_options o = {.times = TIMES_START}, before = o;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		cleanup_error struct jci_error err = JCI_ERROR_INIT;

		assert_int_equal(tui_options_set(&o, wrong[i][0], &err), JCI_EINVALID);
		assert_string_equal(err.message, wrong[i][1]);
		assert_memory_equal(&o, &before, sizeof(o));
	}
}

static void test_option_words(void **state)
{
	(void)state;
	for (size_t i = 0; tui_option_names[i]; i++) {
		const char *const *values = tui_option_values(tui_option_names[i]);

		assert_non_null(values);
		for (size_t j = 0; values[j]; j++) {
			cleanup_free char *text =
				xasprintf("%s %s", tui_option_names[i], values[j]);
			struct tui_options o = {.tab_width = 8};

			set(&o, text);
		}
	}
	assert_null(tui_option_values("nothing"));
}

#define WITH_REPO(test) cmocka_unit_test_setup_teardown(test, make_repo, remove_repo)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_actions),      cmocka_unit_test(test_lines),
		cmocka_unit_test(test_shell),        cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_needs_arg),    WITH_REPO(test_complete_names),
		WITH_REPO(test_complete_words),      WITH_REPO(test_complete_repo),
		WITH_REPO(test_complete_files),      WITH_REPO(test_read_options),
		WITH_REPO(test_read_wrong),          WITH_REPO(test_read_around_wrong),
		cmocka_unit_test(test_set),          cmocka_unit_test(test_set_wrong),
		cmocka_unit_test(test_option_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
