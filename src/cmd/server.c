/* git jci server: pushes to Gitea become jobs for runners. */
#include "cmd/cmd.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "cmd/interrupt.h"
#include "cmd/print.h"
#include "server/server.h"
#include "util/gettext.h"
#include "util/text.h"

static void wait_for_signal(int event)
{
	struct pollfd fd = {.fd = event, .events = POLLIN};

	while (!interrupt_signal())
		poll(&fd, 1, -1);
}

static int serve(const struct server_options *options, struct jci_error *err)
{
	cleanup_server struct server *server = NULL;
	cleanup_free char *url = NULL;
	int event = interrupt_begin(NULL);

	if (event < 0) {
		jci_error_errno(err, JCI_EFAIL, _("cannot watch for signals"));
		return cmd_fail(err);
	}
	if (server_start(&server, options, err) < 0)
		return cmd_fail(err);
	url = server_url(server);
	printf(_("listening on %s\n"), url);
	fflush(stdout);
	event_log(&options->log, "server.started", EVENT_TEXT("url", url),
		  EVENT_TEXT("version", PACKAGE_VERSION), EVENT_TEXT("gitea", options->gitea.url),
		  EVENT_TEXT("user", options->gitea.user));
	wait_for_signal(event);
	event_log(&options->log, "server.stopping", EVENT_INT("signal", interrupt_signal()));
	return print_end(STATUS_OK);
}

static void print_fact(void *ctx, bool right, const char *line)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;

	(void)ctx;
	print_add_padded(&text, right ? _("ok") : _("wrong"), 7);
	text_add_safe(&text, line, strlen(line));
	puts(text.buf);
}

static int check(const struct server_options *options, struct jci_error *err)
{
	int wrong = server_check(options, print_fact, NULL, err);

	if (wrong < 0)
		return cmd_fail(err);
	return print_end(wrong ? STATUS_RED : STATUS_OK);
}

static int run_server(const struct jci_command *self, int argc, char **argv)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_env struct env env = ENV_INIT;
	struct server_options options;
	const struct option_spec specs[] = {OPTIONS_END};
	int status;

	if (!cmd_options(self, specs, &argc, argv, 0, 1, &status))
		return status;
	if (argc > 1 && strcmp(argv[1], "check") != 0) {
		cmd_note(_("'%s' is no word for 'git jci server'; it takes 'check' alone"),
			 argv[1]);
		return STATUS_USAGE;
	}
	if (server_options_read(&options, &env, &err) < 0) {
		cmd_fail(&err);
		return STATUS_USAGE;
	}
	if (argc > 1)
		return check(&options, &err);
	status = serve(&options, &err);
	return interrupt_end(status);
}

const struct jci_command cmd_server = {
	.name = "server",
	.synopsis = "\ncheck",
	.summary = N_("turn pushes to Gitea into jobs for runners"),
	.operands = "check",
	.run = run_server,
};
