/* git jci version */
#include "cmd/cmd.h"

#include <stdio.h>

#include <cjson/cJSON.h>
#include <openssl/crypto.h>
#include <zlib.h>

#include "cmd/print.h"
#include "util/gettext.h"

static int run_version(const struct jci_command *self, int argc, char **argv)
{
	bool verbose = false;
	const struct option_spec options[] = {
		{'v', "verbose", OPT_FLAG, &verbose, NULL, N_("name the libraries too")},
		OPTIONS_END};
	int status, major, minor, revision;

	if (!cmd_options(self, options, &argc, argv, 0, 0, &status))
		return status;
	printf("git-jci %s\n", VERSION);
	if (verbose) {
		git_libgit2_version(&major, &minor, &revision);
		printf("libgit2 %d.%d.%d\ncJSON %s\nzlib %s\n%s\n", major, minor, revision,
		       cJSON_Version(), zlibVersion(), OpenSSL_version(OPENSSL_VERSION));
	}
	return print_end(STATUS_OK);
}

const struct jci_command cmd_version = {
	.name = "version",
	.synopsis = "[--verbose]",
	.summary = N_("print the version"),
	.run = run_version,
};
