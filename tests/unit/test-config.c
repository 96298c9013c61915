#include "core/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "util/alloc.h"

#include "support.h"

static void reopen(void)
{
	cleanup_free char *git_dir = below("repo/.git");

	jci_repo_release(&repo);
	open_repo(git_dir);
}

static int add_value(void *ctx, const char *value, struct jci_error *err)
{
	strbuf_addf(ctx, "%s;", value);
	return strcmp(value, "stop") == 0 ? jci_error_set(err, JCI_EBUSY, "stopped") : 0;
}

static int each(struct strbuf *sb, const char *key, struct jci_error *err)
{
	return jci_config_each(&repo, key, add_value, sb, err);
}

static void test_none(void **state)
{
	cleanup_strbuf struct strbuf sb = STRBUF_INIT;
	cleanup_error struct jci_error err = JCI_ERROR_INIT;

	(void)state;
	assert_int_equal(each(&sb, "jci.bind", &err), 0);
	assert_string_equal(sb.buf, "");
}

static void test_order(void **state)
{
	cleanup_strbuf struct strbuf sb = STRBUF_INIT;
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_free char *global = below("gitconfig");

	(void)state;
	write_below("gitconfig", "[jci]\n\tbind = user 1\n\tbind = user 2\n\tbinds = other\n");
	write_below("repo/.git/config", "[core]\n\trepositoryFormatVersion = 0\n"
					"[JCI]\n\tBind = own 1\n\tbind\n\tbind = own 2\n");
	setenv("GIT_CONFIG_GLOBAL", global, 1);
	setenv("GIT_CONFIG_COUNT", "1", 1);
	setenv("GIT_CONFIG_KEY_0", "jci.BIND", 1);
	setenv("GIT_CONFIG_VALUE_0", "counted", 1);
	setenv("GIT_CONFIG_PARAMETERS", "'jci.bind'='given' 'jci.wrap'='true'", 1);
	reopen();
	assert_int_equal(each(&sb, "jci.bind", &err), 0);
	assert_string_equal(sb.buf, "user 1;user 2;own 1;;own 2;counted;given;");
	unsetenv("GIT_CONFIG_GLOBAL");
	unsetenv("GIT_CONFIG_COUNT");
	unsetenv("GIT_CONFIG_PARAMETERS");
}

static void test_stop(void **state)
{
	cleanup_strbuf struct strbuf sb = STRBUF_INIT;
	cleanup_error struct jci_error err = JCI_ERROR_INIT;

	(void)state;
	write_below("repo/.git/config", "[jci]\n\tbind = one\n\tbind = stop\n\tbind = two\n");
	setenv("GIT_CONFIG_PARAMETERS", "'jci.bind'='three'", 1);
	reopen();
	assert_int_equal(each(&sb, "jci.bind", &err), JCI_EBUSY);
	assert_string_equal(err.message, "stopped");
	assert_string_equal(sb.buf, "one;stop;");
	strbuf_reset(&sb);
	jci_error_clear(&err);
	write_below("repo/.git/config", "");
	setenv("GIT_CONFIG_PARAMETERS", "'jci.bind'='stop' 'jci.bind'='three'", 1);
	reopen();
	assert_int_equal(each(&sb, "jci.bind", &err), JCI_EBUSY);
	assert_string_equal(sb.buf, "stop;");
	unsetenv("GIT_CONFIG_PARAMETERS");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_none, make_repo, remove_repo),
		cmocka_unit_test_setup_teardown(test_order, make_repo, remove_repo),
		cmocka_unit_test_setup_teardown(test_stop, make_repo, remove_repo),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
