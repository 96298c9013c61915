/* git jci get: extracts the artifacts of a run. */
#include "cmd/cmd.h"

#include "core/artifacts.h"
#include "core/find.h"
#include "util/gettext.h"

static int run_get(const struct jci_command *self, int argc, char **argv)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_repo struct jci_repo repo = JCI_REPO_INIT;
	cleanup_record struct jci_record r;
	const struct option_spec options[] = {OPTIONS_END};
	int status;

	jci_record_init(&r);
	if (!cmd_options(self, options, &argc, argv, 2, 2, &status))
		return status;
	if (jci_repo_open(&repo, &err) < 0 || jci_find_run(&repo, argv[1], &r, &err) < 0)
		return cmd_fail(&err);
	if (!jci_record_is_stored(&r)) {
		jci_error_set(&err, JCI_ENOTFOUND,
			      _("run '%s' is not stored yet; follow it with: git jci tail -f"),
			      argv[1]);
		return cmd_fail(&err);
	}
	return jci_artifacts_get(&repo, &r, argv[2], &err) < 0 ? cmd_fail(&err) : STATUS_OK;
}

const struct jci_command cmd_get = {
	.name = "get",
	.synopsis = "RUN DIR",
	.summary = N_("extract the artifacts of a run into a folder"),
	.operands = "<run> <folder>",
	.run = run_get,
};
