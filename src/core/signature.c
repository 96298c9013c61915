#include "core/signature.h"

#include <time.h>

#include "core/config.h"
#include "util/gettext.h"

int jci_signature_new(git_signature **out, const struct jci_repo *repo, int64_t us,
		      struct jci_error *err)
{
	cleanup_free char *name = jci_config_string(repo, "user.name");
	cleanup_free char *email = jci_config_string(repo, "user.email");
	time_t seconds = (time_t)(us / 1000000);
	struct tm tm;
	int offset = localtime_r(&seconds, &tm) ? (int)(tm.tm_gmtoff / 60) : 0;

	if (name && email && *email && git_signature_new(out, name, email, seconds, offset) == 0)
		return 0;
	if (git_signature_new(out, "git-jci", "git-jci@localhost", seconds, offset) == 0)
		return 0;
	return jci_error_git(err, JCI_EFAIL, _("cannot make a signature"));
}
