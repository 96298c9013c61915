/* `=`: what became different since the last green ancestor, as `git jci diff` tells it. */
#include <stdlib.h>

#include "tui/acts.h"
#include "tui/overlay.h"
#include "util/alloc.h"
#include "util/gettext.h"

static void show(struct tui *tui, const struct task_result *result, void *ctx)
{
	const char *run = ctx;
	cleanup_free char *title = xasprintf(_("%.10s compared with its last green ancestor"), run);

	if (result->status != 0)
		task_fail(tui, _("compare"), result);
	else
		overlay_text(tui, &(struct overlay_text){.title = title, .text = result->output});
}

int act_compare(struct acts *acts, const char *arg, struct jci_error *err)
{
	const struct jci_record *run;
	const char *argv[] = {"git-jci", "diff", NULL, NULL};
	struct task task = {
		.argv = argv,
		.title = _("compare"),
		.done = show,
		.release = free,
	};

	(void)arg;
	if (acts_need_run(acts, &run, err) < 0)
		return err->code;
	if (!jci_record_is_stored(run))
		return jci_error_set(err, JCI_EINVALID,
				     _("the run goes on; it can be compared once it has ended"));
	task.ctx = acts_run_name(run);
	argv[2] = task.ctx;
	return task_start(acts->tui, &task, err) < 0 ? err->code : 1;
}
