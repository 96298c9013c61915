/* git jci runner: jobs of the server, in containers of this host. */
#include "cmd/cmd.h"

#include <signal.h>
#include <stdio.h>

#include "cmd/interrupt.h"
#include "cmd/print.h"
#include "runner/runner.h"
#include "util/gettext.h"
#include "util/text.h"

static void print_fact(void *ctx, bool right, const char *line)
{
	cleanup_strbuf struct strbuf safe = STRBUF_INIT;

	(void)ctx;
	text_add_safe(&safe, line, strlen(line));
	printf("%s: %s\n", right ? _("ok") : _("wrong"), safe.buf);
}

/* What is wrong with the environment itself comes first, a line each. */
static int check(const struct runner_settings *s, struct env *env)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	int wrong = 0;

	if (env_end(env, &err) < 0) {
		char *rest = err.message;

		for (char *line; (line = strsep(&rest, "\n")); wrong++)
			print_fact(NULL, false, line);
	}
	wrong += runner_check(s, print_fact, NULL);
	return print_end(wrong ? STATUS_RED : STATUS_OK);
}

/* A hangup is nothing to it: there may be no terminal, and it is not for one to end jobs. */
static int run(const struct runner_settings *s, struct env *env, struct jci_error *err)
{
	struct runner_control control = {.count = interrupt_count};
	cleanup_runner struct runner *runner = NULL;
	int code;

	signal(SIGHUP, SIG_IGN);
	control.fd = interrupt_begin(_("waiting for the jobs that run; again cancels them"));
	if (control.fd < 0) {
		jci_error_errno(err, JCI_EFAIL, _("cannot watch for signals"));
		return cmd_fail(err);
	}
	if (runner_open(&runner, s, env, &control, err) < 0)
		return cmd_fail(err);
	code = runner_run(runner, err);
	if (code < 0)
		return cmd_fail(err);
	return code > 0 ? interrupt_end(STATUS_FAILED) : STATUS_OK;
}

static int run_runner(const struct jci_command *self, int argc, char **argv)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_env struct env env = ENV_INIT;
	struct runner_settings settings;
	int64_t keep_age = -1;
	int keep = -1, status;
	bool only_check = false;
	const struct option_spec options[] = {
		{0, "check", OPT_FLAG, &only_check, NULL,
		 N_("test the configuration, tell what is wrong, and end")},
		{0, "keep", OPT_INT, &keep, N_("N"),
		 N_("keep the N newest containers that have ended (JCI_KEEP, 20)")},
		{0, "keep-age", OPT_AGE, &keep_age, N_("D"),
		 N_("and none of them for longer than this (JCI_KEEP_AGE, 7d)")},
		OPTIONS_END};

	if (!cmd_options(self, options, &argc, argv, 0, 0, &status))
		return status;
	runner_settings_read(&settings, &env);
	if (keep >= 0)
		settings.keep = keep;
	if (keep_age >= 0)
		settings.keep_us = keep_age;
	return only_check ? check(&settings, &env) : run(&settings, &env, &err);
}

const struct jci_command cmd_runner = {
	.name = "runner",
	.synopsis = "[--keep=N] [--keep-age=D]\n--check",
	.summary = N_("run jobs of a server in containers of Docker"),
	.run = run_runner,
};
