/* git jci recover: stores what runs left whose process died. */
#include "cmd/cmd.h"

#include "cmd/report.h"
#include "core/recover.h"
#include "util/gettext.h"

static int run_recover(const struct jci_command *self, int argc, char **argv)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_repo struct jci_repo repo = JCI_REPO_INIT;
	struct report_recovery recovery = {&repo, STATUS_OK};
	const struct option_spec options[] = {OPTIONS_END};
	int status;

	if (!cmd_options(self, options, &argc, argv, 0, 0, &status))
		return status;
	if (jci_repo_open(&repo, &err) < 0)
		return cmd_fail(&err);
	if (jci_recover(&repo, report_recovered, &recovery, &err) < 0)
		return cmd_fail(&err);
	return recovery.status;
}

const struct jci_command cmd_recover = {
	.name = "recover",
	.synopsis = "",
	.summary = N_("store what runs left whose process died"),
	.run = run_recover,
};
