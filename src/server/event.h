/*
 * What a webhook of Gitea tells (https://docs.gitea.com/usage/webhooks; GitHub's form of the same
 * events is close enough to be read too): one delivery becomes one struct event.
 */
#ifndef JCI_SERVER_EVENT_H
#define JCI_SERVER_EVENT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/runid.h"
#include "util/error.h"

enum event_kind {
	EVENT_IGNORED,     /* event->why tells */
	EVENT_PUSH,        /* `ref` is at `commit` now: a job, unless skip_ci */
	EVENT_DELETE,      /* `ref` is gone */
	EVENT_PULL_OPENED, /* or has new commits: a job, if `commit` of branch `ref` has none */
	EVENT_PULL_CLOSED, /* jobs of the pull request that have not begun are not wanted any more
			    */
};

struct event {
	enum event_kind kind;
	const char *why;  /* EVENT_IGNORED: translated, for the answer and the log */
	char *repository; /* owner/name */
	char *ref;        /* full: refs/heads/..., refs/tags/... */
	char commit[JCI_OID_HEX_SIZE];
	char before[JCI_OID_HEX_SIZE]; /* of a push; "" if there was nothing */
	bool skip_ci;                  /* the head commit's message says [skip ci] or [ci skip] */
	int pull;                      /* number of the pull request; 0: none */
	unsigned char digest[32];      /* SHA-256 of the body: the same one is never taken twice */
	char *delivery;                /* its id by the header, which nobody signed; NULL: none */
};
void event_release(struct event *event);
#define cleanup_event cleanup(event_release)

/* What the headers of the request say; NULL where one is missing. */
struct event_headers {
	const char *event;         /* X-Gitea-Event or X-GitHub-Event */
	const char *delivery;      /* X-Gitea-Delivery or X-GitHub-Delivery */
	const char *signature;     /* X-Gitea-Signature: hex */
	const char *signature_256; /* X-Hub-Signature-256: sha256=hex */
};

/*
 * Whether the body was signed with the secret: HMAC-SHA256, compared in constant time. One
 * signature that is right is enough, one that is wrong is not; none is false.
 */
bool event_is_signed(const struct event_headers *headers, const void *body, size_t len,
		     const char *secret);

/*
 * Reads the body. JCI_EINVALID: it is no JSON, or not that of such an event. Repository and ref
 * are names that git takes, and short; a pull request from a fork is EVENT_IGNORED.
 */
int event_parse(struct event *event, const struct event_headers *headers, const char *body,
		size_t len, struct jci_error *err);

/* Whether a commit message asks for no CI. */
bool event_skips_ci(const char *message);

#endif
