/* Names of what is selected, on the clipboard. */
#include <string.h>

#include "tui/acts.h"
#include "tui/term.h"
#include "util/gettext.h"

static int copy(struct acts *acts, const char *text, struct jci_error *err)
{
	if (term_copy(text, strlen(text), err) < 0)
		return err->code;
	tui_say(acts->tui, _("copied: %s"), text);
	return 1;
}

static int copy_run_id(struct acts *acts, struct jci_error *err)
{
	const struct jci_record *run;
	char id[JCI_RUN_ID_SIZE];

	if (acts_need_run(acts, &run, err) < 0)
		return err->code;
	jci_run_id_format(id, &run->ref.id);
	return copy(acts, id, err);
}

static int copy_commit(struct acts *acts, struct jci_error *err)
{
	const git_oid *commit;

	if (acts_need_commit(acts, &commit, err) < 0)
		return err->code;
	return copy(acts, git_oid_tostr_s(commit), err);
}

int act_copy(struct acts *acts, const char *arg, struct jci_error *err)
{
	const char *path = acts_path(acts->tui);

	(void)arg;
	if (acts->tui->focus == PANE_COMMITS)
		return copy_commit(acts, err);
	if (acts->tui->focus == PANE_RUNS)
		return copy_run_id(acts, err);
	if (!path)
		return jci_error_set(err, JCI_ENOTFOUND, _("no artifact is selected"));
	return copy(acts, path, err);
}

int act_copy_name(struct acts *acts, const char *arg, struct jci_error *err)
{
	const struct jci_record *run = acts_run(acts->tui);
	cleanup_free char *name = NULL;

	(void)arg;
	if (!run)
		return copy_commit(acts, err);
	name = acts_run_name(run);
	return copy(acts, name, err);
}
