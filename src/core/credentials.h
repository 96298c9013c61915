/*
 * What a job clones and pushes with, for the git processes that do that and for no other: nothing
 * of it is written to a disk, so that a kill at any moment leaves none there, and neither
 * .git/config nor a command line has it.
 *
 * User and token for HTTP are a header, in the environment of that git (GIT_CONFIG_COUNT,
 * git-config(1)), for the job's URL alone. A credential helper or GIT_ASKPASS would need a shell or
 * a program that a bare image does not have; the environment of a process can be read by just those
 * who could also read what such a helper answers from its memory, and the script's processes are
 * not there yet, or no longer, while git runs.
 *
 * The key for ssh is in a file without a name (memfd_create(2)), as are the hosts' keys that are
 * known, or become so in the clone: git inherits them as descriptors 3 and 4. This very program is
 * git's ssh (GIT_SSH: a command line in GIT_SSH_COMMAND would need a shell), with JCI_JOB_SSH in
 * its environment, and executes the real one with options that name these files as the descriptors
 * of git.
 */
#ifndef JCI_CORE_CREDENTIALS_H
#define JCI_CORE_CREDENTIALS_H

#include "core/jobfile.h"
#include "core/secrets.h"
#include "util/process.h"

struct jci_credentials {
	char **vars; /* NULL at the end */
	size_t n, cap;
	int fds[2];
	size_t n_fds;
	struct jci_secrets *secrets; /* all spellings of them; NULL: none */
};
#define JCI_CREDENTIALS_INIT                    \
	{                                       \
		.vars = NULL, .fds = { -1, -1 } \
	}
void jci_credentials_release(struct jci_credentials *c); /* overwrites them */
#define cleanup_credentials cleanup(jci_credentials_release)

int jci_credentials_make(struct jci_credentials *c, const struct jci_job *job,
			 struct jci_error *err);
/* Fills in `vars` and `fds` of a git that is to have them. */
void jci_credentials_give(const struct jci_credentials *c, struct process *git);

/* Whether this process was started as git's ssh; and becomes that. Returns on failure. */
bool jci_credentials_is_ssh(void);
int jci_credentials_exec_ssh(int argc, char **argv, struct jci_error *err);

#endif
