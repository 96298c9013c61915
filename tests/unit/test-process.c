#include "util/process.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/alloc.h"
#include "util/cleanup.h"
#include "util/io.h"

#include "support.h"

static int run_shell(const char *script, int out, struct jci_error *err)
{
	const char *const argv[] = {"sh", "-c", script, NULL};
	const struct process p = {.argv = argv, .out = out};

	return process_run(&p, err);
}

static int capture_shell(const char *script, struct strbuf *sb, struct jci_error *err)
{
	const char *const argv[] = {"sh", "-c", script, NULL};
	const struct process p = {.argv = argv, .out = -1};

	return process_capture(&p, sb, err);
}

static void check_capture(const char *script, const char *expected)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_strbuf struct strbuf sb = STRBUF_INIT;

	assert_int_equal(capture_shell(script, &sb, &err), 0);
	assert_null(err.message);
	assert_string_equal(sb.buf, expected);
}

static void check_failure(const char *script, const char *expected)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;

	assert_int_equal(run_shell(script, -1, &err), JCI_EFAIL);
	assert_string_equal(err.message, expected);
}

static void test_run(void **state)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_close int out = memfd_create("out", MFD_CLOEXEC);
	char got[16] = "";

	(void)state;
	assert_int_equal(run_shell("echo lost; echo lost >&2", -1, &err), 0);
	assert_int_equal(run_shell("echo found", out, &err), 0);
	assert_int_equal(pread_full(out, got, sizeof(got) - 1, 0), 6);
	assert_string_equal(got, "found\n");
}

static void test_failures(void **state)
{
	(void)state;
	check_failure("exit 3", "'sh' failed with status 3");
	check_failure("echo one >&2; echo two >&2; exit 1", "'sh' failed with status 1: one\ntwo");
	check_failure("echo bye >&2; kill -KILL $$", "'sh' was ended by signal 9 (Killed): bye");
}

static void test_long_message(void **state)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;

	(void)state;
	assert_int_equal(
		run_shell("head -c 1000000 /dev/zero | tr '\\0' x >&2; echo end >&2; exit 1", -1,
			  &err),
		JCI_EFAIL);
	assert_true(strlen(err.message) < 100 * 1024);
	assert_string_equal(err.message + strlen(err.message) - 4, "xend");
}

static void test_not_started(void **state)
{
	static const char *const argv[] = {"/no/such/program", NULL}, *const yes[] = {"true", NULL};
	const struct process absent = {.argv = argv, .out = -1};
	const struct process nowhere = {.argv = yes, .dir = "/no/such/folder", .out = -1};
	cleanup_error struct jci_error err = JCI_ERROR_INIT;

	(void)state;
	assert_int_equal(process_run(&absent, &err), JCI_EFAIL);
	assert_string_equal(err.message,
			    "cannot run '/no/such/program': No such file or directory");
	assert_int_equal(process_detach(&absent, &err), JCI_EFAIL);
	assert_string_equal(err.message,
			    "cannot run '/no/such/program': No such file or directory");
	assert_int_equal(process_run(&nowhere, &err), JCI_EFAIL);
	assert_string_equal(err.message,
			    "cannot run 'true' in '/no/such/folder': No such file or directory");
}

static void test_capture(void **state)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_strbuf struct strbuf sb = STRBUF_INIT;

	(void)state;
	strbuf_addstr(&sb, "> ");
	assert_int_equal(capture_shell("printf 'a\\0b'", &sb, &err), 0);
	assert_int_equal(sb.len, 5);
	assert_memory_equal(sb.buf, "> a\0b", 5);
	assert_int_equal(capture_shell("echo x; exit 2", &sb, &err), JCI_EFAIL);
	assert_string_equal(err.message, "'sh' failed with status 2");
}

/* More than a pipe holds, on both. */
static void test_capture_both(void **state)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_strbuf struct strbuf sb = STRBUF_INIT;

	(void)state;
	assert_int_equal(capture_shell("head -c 1000000 /dev/zero >&2; head -c 1000000 /dev/zero;"
				       "head -c 1000000 /dev/zero >&2; head -c 1000000 /dev/zero",
				       &sb, &err),
			 0);
	assert_int_equal(sb.len, 2000000);
}

static void test_folder_and_input(void **state)
{
	static const char *const argv[] = {"pwd", NULL};
	const struct process p = {.argv = argv, .dir = "/usr", .out = -1};
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_strbuf struct strbuf sb = STRBUF_INIT;

	(void)state;
	assert_int_equal(process_capture(&p, &sb, &err), 0);
	assert_string_equal(sb.buf, "/usr\n");
	check_capture("cat; readlink /proc/self/fd/0", "/dev/null\n");
}

static void test_environment(void **state)
{
	(void)state;
	for (const char *const *name = git_local_env_vars; *name; name++)
		setenv(*name, "/nowhere", 1);
	setenv("GIT_DIRECTION", "kept", 1);
	setenv("LC_ALL", "C", 1);
	check_capture("env | grep /nowhere; echo $GIT_DIRECTION $LC_ALL", "kept C\n");
	for (const char *const *name = git_local_env_vars; *name; name++)
		unsetenv(*name);
	unsetenv("GIT_DIRECTION");
}

static void test_variables(void **state)
{
	const char *const argv[] = {"sh", "-c", "echo $JCI_ONE $JCI_TWO $JCI_THREE", NULL};
	const char *const vars[] = {"JCI_TWO=two", "JCI_THREE=", NULL};
	const struct process p = {.argv = argv, .out = -1, .vars = vars};
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_strbuf struct strbuf sb = STRBUF_INIT;

	(void)state;
	setenv("JCI_ONE", "1", 1);
	setenv("JCI_TWO", "2", 1);
	setenv("JCI_THREE", "3", 1);
	assert_int_equal(process_capture(&p, &sb, &err), 0);
	assert_string_equal(sb.buf, "1 two\n");
	unsetenv("JCI_ONE");
	unsetenv("JCI_TWO");
	unsetenv("JCI_THREE");
}

static bool is_on_path(const char *before, const char *folder, const char *after)
{
	cleanup_free char *path = xasprintf("%s%s%s", before, folder, after);

	return process_is_on_path(path, "program");
}

static void test_path(void **state)
{
	cleanup_free char *program = below("program");

	(void)state;
	write_below("program", "#!/bin/sh\n");
	assert_false(is_on_path("", base, ""));
	assert_int_equal(chmod(program, 0755), 0);
	assert_true(is_on_path("", base, ""));
	assert_true(is_on_path("/nope:", base, ":/bin"));
	assert_false(is_on_path("/nope:", "", ":/bin"));
	assert_false(is_on_path("", "", ""));
	assert_int_equal(unlink(program), 0);
	assert_int_equal(mkdir(program, 0755), 0);
	assert_false(is_on_path("", base, ""));
	assert_int_equal(chdir(base), 0);
	assert_int_equal(mkdir("bin", 0755), 0);
	write_below("bin/program", "#!/bin/sh\n");
	assert_int_equal(chmod("bin/program", 0755), 0);
	assert_false(is_on_path("", "bin", ""));
	assert_true(is_on_path("bin:", base, "/bin"));
	assert_int_equal(chdir("/"), 0);
}

/* Every name that the git installed here knows. */
static void test_git_names(void **state)
{
	static const char *const argv[] = {"git", "rev-parse", "--local-env-vars", NULL};
	const struct process p = {.argv = argv, .dir = "/", .out = -1};
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_strbuf struct strbuf sb = STRBUF_INIT;
	size_t names = 0;

	(void)state;
	assert_int_equal(process_capture(&p, &sb, &err), 0);
	for (char *line = sb.buf, *end; (end = strchr(line, '\n')); line = end + 1, names++) {
		const char *const *name = git_local_env_vars;

		*end = '\0';
		while (*name && strcmp(*name, line))
			name++;
		assert_non_null(*name);
	}
	assert_true(names > 10);
}

/* Even what was opened without O_CLOEXEC. */
static void test_descriptors(void **state)
{
	int leaked = open("/dev/null", O_RDONLY), high = dup2(leaked, 200);

	(void)state;
	assert_int_equal(high, 200);
	check_capture("exec ls /proc/self/fd", "0\n1\n2\n3\n"); /* 3: the folder that ls reads */
	close(leaked);
	close(high);
}

static void test_signals(void **state)
{
	sigset_t set, before;

	(void)state;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, &before);
	signal(SIGPIPE, SIG_IGN);
	check_failure("kill -TERM $$; exit 7", "'sh' was ended by signal 15 (Terminated)");
	check_failure("kill -PIPE $$; exit 7", "'sh' was ended by signal 13 (Broken pipe)");
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_SETMASK, &before, NULL);
}

/* A process left behind holds both pipes open; it is not waited for, and nothing is lost. */
static void test_left_behind(void **state)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_strbuf struct strbuf sb = STRBUF_INIT;
	pid_t pid;

	(void)state;
	assert_int_equal(
		capture_shell("sleep 100000 & echo $!; head -c 50000 /dev/zero", &sb, &err), 0);
	pid = atoi(sb.buf);
	assert_true(pid > 1);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(sb.len, (strchr(sb.buf, '\n') + 1 - sb.buf) + 50000);
}

static int capture_without_streams(void)
{
	struct jci_error err = JCI_ERROR_INIT;
	struct strbuf sb = STRBUF_INIT;
	int ret;

	close(0);
	close(1);
	close(2);
	if (capture_shell("echo out; echo err >&2", &sb, &err) || strcmp(sb.buf, "out\n"))
		return 1;
	ret = capture_shell("echo bad >&2; exit 1", &sb, &err);
	if (ret != JCI_EFAIL || strcmp(err.message, "'sh' failed with status 1: bad"))
		return 2;
	return 0;
}

static void test_no_streams(void **state)
{
	int status = -1;
	pid_t pid;

	(void)state;
	pid = fork();
	if (!pid)
		_exit(capture_without_streams());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void test_detach(void **state)
{
	static const char *const argv[] = {
		"sh", "-c",
		"read -r pid comm state ppid group session rest </proc/$$/stat;"
		"echo $pid $session $(readlink /proc/$$/fd/0 /proc/$$/fd/1 /proc/$$/fd/2) >fifo",
		NULL};
	const struct process p = {.argv = argv, .dir = base, .out = 1};
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_free char *fifo = below("fifo"), *expected = NULL;
	cleanup_strbuf struct strbuf sb = STRBUF_INIT;

	(void)state;
	assert_int_equal(mkfifo(fifo, 0666), 0);
	assert_int_equal(process_detach(&p, &err), 0);
	assert_int_equal(read_file_at(AT_FDCWD, fifo, &sb, 0), 0);
	expected = xasprintf("%d %d /dev/null /dev/null /dev/null\n", atoi(sb.buf), atoi(sb.buf));
	assert_string_equal(sb.buf, expected);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

/* ---- as a stream ---- */

static struct process_stream *open_shell(const char *script)
{
	const char *const argv[] = {"sh", "-c", script, NULL};
	const struct process p = {.argv = argv, .out = -1};
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	struct process_stream *s = NULL;

	assert_int_equal(process_open(&s, &p, &err), 0);
	return s;
}

/* All that it prints, and what its end said. */
static ssize_t read_all(struct process_stream *s, struct strbuf *sb, struct jci_error *err)
{
	char buf[100];
	ssize_t n;

	while ((n = process_read(s, buf, sizeof(buf), -1, err)) > 0)
		strbuf_add(sb, buf, (size_t)n);
	return n;
}

static void test_stream(void **state)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_strbuf struct strbuf sb = STRBUF_INIT;
	cleanup_process struct process_stream *s = open_shell("seq 1000; echo noise >&2; seq 1000");
	char c;

	(void)state;
	assert_int_equal(read_all(s, &sb, &err), 0);
	assert_int_equal(sb.len, 2 * 3893);
	assert_int_equal(process_read(s, &c, 1, -1, &err), 0);
}

static void test_stream_fails(void **state)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_strbuf struct strbuf sb = STRBUF_INIT;
	cleanup_process struct process_stream *s =
		open_shell("echo one; yes no | head -n 100000 >&2; echo why >&2; exit 4");
	const char *const argv[] = {"/nowhere", NULL};
	struct process_stream *none = NULL;

	(void)state;
	assert_int_equal(read_all(s, &sb, &err), JCI_EFAIL);
	assert_string_equal(sb.buf, "one\n");
	assert_int_equal(strncmp(err.message, "'sh' failed with status 4: ", 27), 0);
	assert_string_equal(err.message + strlen(err.message) - 6, "no\nwhy");
	jci_error_clear(&err);
	assert_int_equal(process_open(&none, &(struct process){.argv = argv, .out = -1}, &err),
			 JCI_EFAIL);
	assert_null(none);
}

/* It waits for nobody: neither for output, nor for a child that ignores being told to end. */
static void test_stream_is_closed(void **state)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	struct process_stream *endless = open_shell("exec yes");
	struct process_stream *silent = open_shell("echo $$; exec tail -f /dev/null");
	struct process_stream *stubborn = open_shell("trap '' TERM; echo; exec tail -f /dev/null");
	char buf[32] = "";
	pid_t pid;

	(void)state;
	assert_true(process_read(endless, buf, 4, -1, &err) > 0);
	process_close(endless);
	memset(buf, 0, sizeof(buf));
	assert_true(process_read(silent, buf, sizeof(buf) - 1, -1, &err) > 0);
	assert_int_equal(process_read(silent, buf + 16, 1, 0, &err), PROCESS_LATER);
	pid = atoi(buf);
	assert_true(pid > 1);
	process_close(silent);
	assert_int_equal(kill(pid, 0), -1);
	assert_true(process_read(stubborn, buf, 1, -1, &err) > 0);
	process_close(stubborn);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static bool stop_at_third(void *ctx)
{
	int *calls = ctx;

	return ++*calls == 3;
}

static void test_stop(void **state)
{
	const char *const argv[] = {"sleep", "600", NULL}, *const yes[] = {"true", NULL};
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	int calls = 0;
	struct process p = {.argv = argv, .out = -1, .stop = stop_at_third, .ctx = &calls};

	(void)state;
	assert_int_equal(process_run(&p, &err), JCI_EFAIL);
	assert_non_null(strstr(err.message, "'sleep' was ended by signal 15"));
	assert_int_equal(calls, 3);
	jci_error_clear(&err);
	/* never true */
	p.argv = yes;
	assert_int_equal(process_run(&p, &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_run),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_long_message),
		cmocka_unit_test(test_not_started),
		cmocka_unit_test(test_capture),
		cmocka_unit_test(test_capture_both),
		cmocka_unit_test(test_folder_and_input),
		cmocka_unit_test(test_environment),
		cmocka_unit_test(test_variables),
		cmocka_unit_test_setup_teardown(test_path, make_folder, remove_folder),
		cmocka_unit_test(test_git_names),
		cmocka_unit_test(test_descriptors),
		cmocka_unit_test(test_signals),
		cmocka_unit_test(test_left_behind),
		cmocka_unit_test(test_no_streams),
		cmocka_unit_test(test_stop),
		cmocka_unit_test_setup_teardown(test_detach, make_folder, remove_folder),
		cmocka_unit_test(test_stream),
		cmocka_unit_test(test_stream_fails),
		cmocka_unit_test(test_stream_is_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
