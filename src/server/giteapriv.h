/* What the files of server/gitea share: calls and, apart from them, reading the answers. */
#ifndef JCI_SERVER_GITEAPRIV_H
#define JCI_SERVER_GITEAPRIV_H

#include "http/client.h"
#include "server/gitea.h"
#include "util/json.h"

struct gitea {
	struct gitea_options options;
	struct http_client *client;
	char *authorization;
	struct http_answer answer; /* of the last call */
	bool broken;               /* it did not come, or not as a whole */
};

struct gitea_request {
	const char *method;     /* NULL: GET */
	const char *path;       /* behind /api/v1, encoded */
	const char *repository; /* that it is about; NULL: none */
	const cJSON *body;      /* NULL: none */
	/* As of struct http_call; NULL: the body becomes that of gitea->answer. */
	bool (*write)(void *ctx, const char *data, size_t len);
	void *ctx;
	int64_t timeout_us; /* 0: as for any small answer */
};

/* 0: the answer's status is 2xx. */
int gitea_call(struct gitea *gitea, const struct gitea_request *request, struct jci_error *err);
/* Calls, and parses the answer. */
int gitea_call_json(struct gitea *gitea, const struct gitea_request *request, cJSON **json,
		    struct jci_error *err);
/* JCI_EFAIL: what came is no such answer. */
int gitea_unexpected(const struct gitea_request *request, struct jci_error *err);
/* Appends /repos/OWNER/NAME; JCI_EINVALID: it is no name of a repository. */
int gitea_add_repository(struct strbuf *path, const char *repository, struct jci_error *err);

/*
 * A list that comes in pages: add() gets each entry until it returns false, or there is no more.
 * Returns how many pages were asked for; too many are JCI_EFAIL.
 */
int gitea_list(struct gitea *gitea, const char *repository, const char *what,
	       bool (*add)(void *ctx, const cJSON *entry), void *ctx, struct jci_error *err);

/* ---- reading answers (giteaparse.c): false, or what is said, where they are not as expected ----
 */

/* What went wrong, by a body that says so; nothing where it doesn't. */
void gitea_parse_message(struct strbuf *sb, const char *body, size_t len);
bool gitea_parse_repository(const cJSON *json, struct gitea_repository *out);
/* A branch, with its full name; owned members. */
bool gitea_parse_branch(const cJSON *json, struct head *head);
/* The hash that the ref points to, among refs whose names begin as its does; "" if it is not. */
bool gitea_parse_refs(const cJSON *json, const char *ref, char oid[JCI_OID_HEX_SIZE]);
bool gitea_status_is(const cJSON *json, const struct status *status);
/* An id of Gitea's: above 0, and a number that JSON can have. */
bool gitea_parse_id(const cJSON *json, int64_t *id);
bool gitea_hook_is(const cJSON *json, const char *path);

#endif
