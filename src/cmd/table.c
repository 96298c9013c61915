#include "cmd/cmd.h"

#include <stdio.h>
#include <string.h>

#include "util/alloc.h"
#include "util/gettext.h"
#include "util/text.h"

const struct jci_command *const jci_commands[] = {
	&cmd_browse, &cmd_run,   &cmd_log,     &cmd_show,    &cmd_cat,      &cmd_tail,   &cmd_get,
	&cmd_status, &cmd_stats, &cmd_verify,  &cmd_diff,    &cmd_push,     &cmd_pull,   &cmd_prune,
	&cmd_cron,   &cmd_hook,  &cmd_cancel,  &cmd_recover, &cmd_web,      &cmd_server, &cmd_jobs,
	&cmd_runner, &cmd_job,   &cmd_version, &cmd_help,    &cmd_complete, NULL,
};

const struct jci_command *jci_command_find(const char *name)
{
	for (size_t i = 0; jci_commands[i]; i++)
		if (strcmp(jci_commands[i]->name, name) == 0)
			return jci_commands[i];
	return NULL;
}

static void print_usage(const struct jci_command *self, const struct option_spec *specs, FILE *to)
{
	cleanup_strbuf struct strbuf usage = STRBUF_INIT;

	options_usage(&usage, self->name, self->synopsis, specs);
	fwrite(usage.buf, 1, usage.len, to);
}

/*
 * A message of git or about a file may have several lines, and each is one of ours; names in them
 * may hold anything. One write, so that notes of runs that go on side by side stay whole.
 */
static void print_note(const char *text)
{
	cleanup_strbuf struct strbuf safe = STRBUF_INIT;

	for (;;) {
		size_t len = strcspn(text, "\n");

		strbuf_addstr(&safe, len > 0 ? "git-jci: " : "git-jci:");
		text_add_safe(&safe, text, len);
		strbuf_addch(&safe, '\n');
		text += len;
		if (!*text || !*++text)
			break;
	}
	fflush(stdout);
	fwrite(safe.buf, 1, safe.len, stderr);
}

static struct {
	cmd_options_fn *fn;
	void *ctx;
} onlooker;

void cmd_look_at_options(const struct jci_command *command, cmd_options_fn *fn, void *ctx)
{
	cleanup_free char *name = xstrdup(command->name);
	char *argv[] = {name, NULL};

	onlooker.fn = fn;
	onlooker.ctx = ctx;
	command->run(command, 1, argv);
	onlooker.fn = NULL;
}

bool cmd_options(const struct jci_command *self, const struct option_spec *specs, int *argc,
		 char **argv, int min, int max, int *status)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	int code, operands;

	if (onlooker.fn) {
		onlooker.fn(onlooker.ctx, specs);
		*status = STATUS_OK;
		return false;
	}
	code = options_parse(argc, argv, specs, &err);
	operands = *argc - 1;
	if (code == OPTIONS_HELP) {
		print_usage(self, specs, stdout);
		*status = STATUS_OK;
		return false;
	}
	if (code == 0 && operands < min)
		code = jci_error_set(&err, JCI_EINVALID, _("something is missing"));
	else if (code == 0 && max >= 0 && operands > max)
		code = jci_error_set(&err, JCI_EINVALID, _("'%s' is too much"), argv[max + 1]);
	if (code == 0)
		return true;
	print_note(err.message);
	print_usage(self, specs, stderr);
	*status = STATUS_USAGE;
	return false;
}

bool cmd_one_format(bool json, bool nul)
{
	if (json && nul)
		cmd_note(_("options '--json' and '-z' exclude each other"));
	return !json || !nul;
}

int cmd_fail(const struct jci_error *err)
{
	print_note(err->message);
	return STATUS_FAILED;
}

void cmd_note(const char *fmt, ...)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	print_note(text.buf);
}
