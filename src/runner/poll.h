/*
 * The runner's side of the poll protocol, version 1, whose manual is git-jci-server(1): the text of
 * a request, and what an answer says. Nothing of an answer is trusted: types, ranges and forms are
 * looked at here.
 */
#ifndef JCI_RUNNER_POLL_H
#define JCI_RUNNER_POLL_H

#include "runner/jobs.h"

enum {
	POLL_MAX_ANSWER = 1024 * 1024,
	POLL_MAX_TIMEOUT_S = 30 * 24 * 60 * 60,
	POLL_MAX_DETAIL = 1000, /* bytes of what is told of a job */
	POLL_MAX_ENDED = 200,   /* jobs that are over, in one request: the server takes 1 MiB */
};

struct poll_me {
	const char *uuid, *name;
	const char *labels; /* separated by commas or blanks */
	int slots;          /* how many more jobs it would take now */
};
/* Appends the body of a request. Jobs that are not over come first. */
void poll_add_request(struct strbuf *out, const struct poll_me *me, const struct runner_jobs *jobs);

struct poll_key {
	int64_t id;
	int attempt;
};
struct poll_keys {
	struct poll_key *keys;
	size_t n, cap;
};

struct poll_job {
	struct poll_key key;
	char *wrong; /* what is wrong with the rest, which isn't filled in then; NULL: nothing */
	char *run_id, *repository, *commit;
	char *image; /* what .jci/image says, as it is; NULL: there is none */
	int64_t timeout_s;
	char *json; /* all of it, for the container; it holds credentials */
};

struct poll_answer {
	struct poll_job *job; /* NULL: none */
	struct poll_keys cancel, forget;
	int max_jobs;
};
#define POLL_ANSWER_INIT                            \
	{                                           \
		NULL, {NULL, 0, 0}, {NULL, 0, 0}, 0 \
	}
/* JCI_EINVALID: it is none, or not one that can be understood as a whole. */
int poll_answer_parse(struct poll_answer *answer, const char *text, size_t len,
		      struct jci_error *err);
void poll_answer_release(struct poll_answer *answer);
#define cleanup_poll_answer cleanup(poll_answer_release)
/* Also overwrites the credentials. NULL is fine. */
void poll_job_free(struct poll_job *job);

#endif
