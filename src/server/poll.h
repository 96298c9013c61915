/*
 * The protocol between runners and the server, version 1: what the one sends and what the other
 * answers. git-jci-server(1) has it for people.
 *
 *	POST /poll
 *	Authorization: Bearer <JCI_RUNNER_SECRET>
 *
 *	{"protocol": 1, "runner": "<uuid>", "name": "host-a", "version": "0.1.0",
 *	 "labels": ["linux", "amd64"], "slots": 4,
 *	 "jobs": [{"id": 7, "attempt": 1, "state": "running"},
 *	          {"id": 6, "attempt": 1, "state": "exited", "exit": 0, "reason": "exited",
 *	           "detail": "for people"}]}
 *
 * `slots` is how many more jobs the runner takes; `jobs` is all that it knows of and the server has
 * not taken over. The reason of one that has exited: exited (by itself), timeout (the runner ended
 * it), cancelled (it was told to, or was ended itself), refused (the image is not allowed), failed
 * (it could not be started). The answer:
 *
 *	{"job": null or {"id": 8, "attempt": 1, "run_id": ..., "repository": "boss/demo",
 *	                 "commit": ..., "ref": "refs/heads/main", "branch": "main" or null,
 *	                 "trigger": "push", "timeout_s": 3600, "image": null or "debian:12",
 *	                 "clone_url": "https://gitea.example/boss/demo.git",
 *	                 "user": ..., "token": ...},
 *	 "cancel": [{"id": 7, "attempt": 1}], "forget": [{"id": 6, "attempt": 1}], "max_jobs": 4}
 *
 * With deploy keys clone_url is one of SSH, and "ssh_key" (PEM) and "known_hosts" (a text, or null)
 * are in place of user and token.
 *
 * A job that was assigned to the runner and that it does not list is answered again, with the same
 * id, attempt and run id: the answer was lost. So a runner starts an (id, attempt) at most once.
 * `cancel`: stop them, and report them as cancelled. `forget`: their results are on disk here.
 */
#ifndef JCI_SERVER_POLL_H
#define JCI_SERVER_POLL_H

#include "server/server.h"
#include "util/json.h"

enum { POLL_PROTOCOL = 1, POLL_MAX_LABELS = 32, POLL_MAX_JOBS = 1000 };

struct poll_request {
	cJSON *json; /* the texts are its */
	const char *labels[POLL_MAX_LABELS + 1];
	struct polled_job *jobs;
	struct poll poll;
};
/* JCI_EINVALID names the member that is wrong. Unknown members are ignored. */
int poll_parse(struct poll_request *out, const char *body, size_t len, struct jci_error *err);
void poll_release(struct poll_request *request);
#define cleanup_poll cleanup(poll_release)

/* Appends the answer. */
void poll_print(struct strbuf *sb, const struct orders *orders,
		const struct server_options *options);

#endif
