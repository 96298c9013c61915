/*
 * Gitea's API (https://docs.gitea.com/api/, version 1.15 and later), as far as the server needs it.
 * A handle is one thread's: it keeps its connection. Errors: JCI_ENOTFOUND for 404, which is also
 * what Gitea says of a repository that the token may not see, and for a repository that was renamed
 * (Gitea redirects); JCI_EINVALID for another answer that says the request will not do (400, 401,
 * 403, 422); JCI_EFAIL for what may go better later (no connection, 5xx, 429, nonsense). Messages
 * have what Gitea said in them, cut and safe to print.
 */
#ifndef JCI_SERVER_GITEA_H
#define JCI_SERVER_GITEA_H

#include <stdbool.h>
#include <stdint.h>

#include "core/runid.h"
#include "server/queue.h"
#include "util/error.h"
#include "util/strbuf.h"

struct gitea_options {
	const char *url; /* with scheme, without a slash at its end (gitea_url()) */
	const char *user, *token;
	const char *ca_file;     /* NULL: the system's */
	bool (*stop)(void *ctx); /* ends a call; NULL: nothing does */
	void *ctx;
};

/* GITEA_HOST, a host name or a URL, as a URL; false: it is neither. */
bool gitea_url(struct strbuf *url, const char *host);
/* The URL to clone a repository from, without credentials. */
void gitea_add_clone_url(struct strbuf *sb, const struct gitea_options *options,
			 const char *repository);

struct gitea;
int gitea_new(struct gitea **out, const struct gitea_options *options, struct jci_error *err);
void gitea_free(struct gitea *gitea);
DEFINE_CLEANUP(gitea, struct gitea *, gitea_free)
#define cleanup_gitea cleanup(gitea_cleanup)

/*
 * Of the last call: the status of its answer (0: there was none), and how long Gitea asked to be
 * left alone (0: it did not). gitea_is_away(): no call would do better now: there was no answer, or
 * one that says so (429, 502, 503, 504).
 */
unsigned gitea_last_status(const struct gitea *gitea);
int64_t gitea_retry_after_us(const struct gitea *gitea);
bool gitea_is_away(const struct gitea *gitea);

/* Whose token it is (GET /user); the version of Gitea. */
int gitea_user(struct gitea *gitea, char **login, struct jci_error *err);
int gitea_version(struct gitea *gitea, char **version, struct jci_error *err);

struct gitea_repository {
	bool push, admin; /* what the token may */
	char *ssh_url;    /* NULL: it has none */
};
void gitea_repository_release(struct gitea_repository *r);
int gitea_repository(struct gitea *gitea, const char *repository, struct gitea_repository *out,
		     struct jci_error *err);

/*
 * Whether the repository has the commit. Any repository that can't be read is an error: a token
 * that is wrong makes it look as if nothing was there.
 */
int gitea_has_commit(struct gitea *gitea, const char *repository, const char *commit, bool *has,
		     struct jci_error *err);
/* What a ref (its full name) points to: its hash in hex, or "" where there is none. As above. */
int gitea_ref(struct gitea *gitea, const char *repository, const char *ref,
	      char oid[JCI_OID_HEX_SIZE], struct jci_error *err);

/*
 * A file at a commit or ref; JCI_ENOTFOUND where there is none. gitea_file() appends at most
 * `limit` bytes of it, a larger one is JCI_EINVALID (while gitea_last_status() is 200);
 * gitea_read_file() hands over any size as it comes, to write(), which returns false to end it.
 */
int gitea_read_file(struct gitea *gitea, const char *repository, const char *rev, const char *path,
		    bool (*write)(void *ctx, const char *data, size_t len), void *ctx,
		    struct jci_error *err);
int gitea_file(struct gitea *gitea, const char *repository, const char *rev, const char *path,
	       size_t limit, struct strbuf *out, struct jci_error *err);
/* All branches, with the commits that they are at; *heads is an array to be freed with
 * heads_free(). */
int gitea_branches(struct gitea *gitea, const char *repository, struct head **heads, size_t *n,
		   struct jci_error *err);
void heads_free(struct head *heads, size_t n);

/* *maybe_sent, of one that failed: Gitea may have it even so. */
int gitea_set_status(struct gitea *gitea, const struct status *status, bool *maybe_sent,
		     struct jci_error *err);
/* Whether Gitea has it already: the same context, state and description. */
int gitea_has_status(struct gitea *gitea, const struct status *status, bool *has,
		     struct jci_error *err);

/* Deploy keys, that may push; `public_key` as in authorized_keys (sshd(8)). */
int gitea_add_key(struct gitea *gitea, const char *repository, const char *title,
		  const char *public_key, int64_t *id, struct jci_error *err);
int gitea_delete_key(struct gitea *gitea, const struct key_ref *key, struct jci_error *err);
/* Ids of those whose title begins so. */
int gitea_keys(struct gitea *gitea, const char *repository, const char *title_prefix, int64_t **ids,
	       size_t *n, struct jci_error *err);

/* Whether the repository has an active webhook to this URL's path; for `git jci server check`. */
int gitea_has_webhook(struct gitea *gitea, const char *repository, const char *path, bool *has,
		      struct jci_error *err);

#endif
