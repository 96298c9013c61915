/* What the files about Docker share; not for others. */
#ifndef JCI_RUNNER_DOCKERPRIV_H
#define JCI_RUNNER_DOCKERPRIV_H

#include "http/client.h"
#include "runner/docker.h"

struct docker {
	const struct docker_host *host;
	struct http_client *client;
	bool (*stop)(void *ctx);
	void *ctx;
	bool away;
	char *api; /* "/v1.41" */
	char *version, *arch;
	struct http_answer answer; /* to the last call */
};

/*
 * Calls METHOD PATH, below the version of the API; the rest of `call` may be filled in, where its
 * ctx is set also stop, for which d->stop(d->ctx) stands otherwise. An answer
 * of status 2xx or 304 (it is so already) is a success; the body of any is in d->answer.
 */
int docker_call(struct docker *d, const char *method, const char *path, struct http_call *call,
		struct jci_error *err);
/* The same without anything else; and with a JSON object or array as the answer. */
int docker_do(struct docker *d, const char *method, const char *path, struct jci_error *err);
int docker_get_json(struct docker *d, const char *path, size_t max_body, cJSON **out,
		    struct jci_error *err);
/* Appends {"label":["LABEL"]}, percent-encoded, as a value of the query; with `events` (NULL at the
 * end; may be NULL) those of containers alone. */
void docker_add_filters(struct strbuf *path, const char *label, const char *const *events);
/* Docker's words as text in one line, at most a few hundred bytes. */
void docker_add_words(struct strbuf *sb, const char *words);

#endif
