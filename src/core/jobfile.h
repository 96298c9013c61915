/*
 * What a job is to do: a JSON object in a file that holds credentials, so the file is gone once it
 * was read. Members (git-jci-job(1)); others are ignored:
 *
 *	run_id	    the run's id, which says where its result will be
 *	repository  OWNER/NAME
 *	commit	    40 hexadecimal digits
 *	ref	    full name of the ref that was pushed
 *	branch	    a name, or null
 *	trigger	    a word
 *	timeout_s   seconds, from 1
 *	clone_url   http:, https: or ssh:, without a password
 *	user, token	      for http: and https:
 *	ssh_key, known_hosts  for ssh:, the key as a file has it; known_hosts (sshd(8)) may be null
 */
#ifndef JCI_CORE_JOBFILE_H
#define JCI_CORE_JOBFILE_H

#include "core/repo.h"
#include "core/runid.h"

enum {
	JCI_JOB_FILE_MAX = 1024 * 1024,
	JCI_JOB_TIMEOUT_MAX_S = 366 * 24 * 3600,
};

struct jci_job {
	struct jci_run_id id;
	char *run_id, *repository, *ref, *trigger, *url;
	char *branch; /* NULL: none */
	git_oid commit;
	int64_t timeout_us;
	char *user, *token;          /* both or none */
	char *ssh_key, *known_hosts; /* NULL: none */
};
#define JCI_JOB_INIT           \
	{                      \
		.branch = NULL \
	}
void jci_job_release(struct jci_job *job); /* overwrites the credentials */
#define cleanup_job cleanup(jci_job_release)

/* Reads the file and removes it. JCI_EINVALID: its content; the file is gone then too. */
int jci_job_read(struct jci_job *job, const char *path, struct jci_error *err);
/* The text alone. */
int jci_job_parse(struct jci_job *job, const char *text, size_t len, struct jci_error *err);

#endif
