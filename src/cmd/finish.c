#include "cmd/finish.h"

#include <stdio.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/interrupt.h"
#include "core/finish.h"
#include "util/gettext.h"

static void command_failed(void *ctx, const struct jci_error *e)
{
	(void)ctx;
	cmd_note(_("warning: %s"), e->message);
}

/* The signal that cancelled the run itself doesn't count: then too they tell somebody. */
static bool has_new_signal(void *ctx)
{
	const int *before = ctx;

	return interrupt_count() > *before;
}

void finish_run(const struct jci_repo *repo, const struct jci_record *r)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	int before = interrupt_count();
	const struct jci_finish finish = {
		.out = STDERR_FILENO,
		.failed = command_failed,
		.stop = has_new_signal,
		.ctx = &before,
	};

	fflush(stdout);
	if (jci_finish(repo, r, &finish, &err) < 0)
		command_failed(NULL, &err);
}
