#include "server/event.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <git2.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "util/alloc.h"
#include "util/gettext.h"
#include "util/json.h"

enum { DIGEST_SIZE = 32, MAX_REPOSITORY = 255, MAX_REF = 512, MAX_DELIVERY = 100 };

/* ---- signature ---- */

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static bool parse_digest(unsigned char out[DIGEST_SIZE], const char *hex)
{
	if (strlen(hex) != 2 * DIGEST_SIZE)
		return false;
	for (size_t i = 0; i < DIGEST_SIZE; i++) {
		int high = hex_digit(hex[2 * i]), low = hex_digit(hex[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		out[i] = (unsigned char)(high << 4 | low);
	}
	return true;
}

static bool is_digest(const char *hex, const unsigned char expected[DIGEST_SIZE])
{
	unsigned char digest[DIGEST_SIZE];

	return parse_digest(digest, hex) && CRYPTO_memcmp(digest, expected, DIGEST_SIZE) == 0;
}

bool event_is_signed(const struct event_headers *headers, const void *body, size_t len,
		     const char *secret)
{
	static const char method[] = "sha256=";
	const char *github = headers->signature_256;
	unsigned char expected[EVP_MAX_MD_SIZE];
	unsigned n;

	if (!*secret || !HMAC(EVP_sha256(), secret, (int)strlen(secret), body, len, expected, &n))
		return false;
	if (headers->signature && is_digest(headers->signature, expected))
		return true;
	return github && strncmp(github, method, strlen(method)) == 0 &&
	       is_digest(github + strlen(method), expected);
}

/* ---- names ---- */

static bool is_name(const char *s, size_t len)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789._-";

	if (len == 0 || (len == 1 && s[0] == '.') || (len == 2 && s[0] == '.' && s[1] == '.'))
		return false;
	return strspn(s, allowed) >= len;
}

/* owner/name, of Gitea's characters: https://docs.gitea.com/usage/ */
static bool is_repository(const char *s)
{
	size_t owner = strcspn(s, "/");

	return strlen(s) <= MAX_REPOSITORY && s[owner] == '/' && is_name(s, owner) &&
	       is_name(s + owner + 1, strlen(s + owner + 1));
}

static bool is_ref(const char *s)
{
	int valid = 0;

	return strlen(s) <= MAX_REF && strncmp(s, "refs/", 5) == 0 &&
	       git_reference_name_is_valid(&valid, s) == 0 && valid;
}

static bool is_commit(const char *s)
{
	return strlen(s) == JCI_OID_HEX_SIZE - 1 && strspn(s, "0123456789abcdef") == strlen(s);
}

static bool is_nothing(const char *commit)
{
	return strspn(commit, "0") == JCI_OID_HEX_SIZE - 1;
}

static bool starts_with(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool event_skips_ci(const char *message)
{
	return strcasestr(message, "[skip ci]") || strcasestr(message, "[ci skip]");
}

/* ---- reading ---- */

static int wrong(struct jci_error *err, const char *member)
{
	return jci_error_set(err, JCI_EINVALID, _("'%s' is missing in the event, or is wrong"),
			     member);
}

static int ignore(struct event *event, const char *why)
{
	event->kind = EVENT_IGNORED;
	event->why = why;
	return 0;
}

static const cJSON *member(const cJSON *object, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(object, key);
}

static int read_repository(struct event *event, const cJSON *json, struct jci_error *err)
{
	const char *name = json_string(member(json, "repository"), "full_name");

	if (!name || !is_repository(name))
		return wrong(err, "repository.full_name");
	event->repository = xstrdup(name);
	return 0;
}

static int set_ref(struct event *event, const char *prefix, const char *name, struct jci_error *err)
{
	cleanup_free char *ref = name ? xasprintf("%s%s", prefix, name) : NULL;

	if (!ref || !is_ref(ref))
		return wrong(err, "ref");
	event->ref = steal_ptr(ref);
	return 0;
}

static int set_commit(char out[JCI_OID_HEX_SIZE], const char *commit, const char *name,
		      struct jci_error *err)
{
	if (!commit || !is_commit(commit))
		return wrong(err, name);
	memcpy(out, commit, JCI_OID_HEX_SIZE);
	return 0;
}

/* A tag that is an object of its own has that as `after`; what it points to is the head commit. */
static int read_head_commit(struct event *event, const cJSON *json, struct jci_error *err)
{
	const cJSON *head = member(json, "head_commit");
	const char *message = json_string(head, "message");

	if (!cJSON_IsObject(head))
		return 0;
	event->skip_ci = message && event_skips_ci(message);
	return starts_with(event->ref, "refs/tags/")
		       ? set_commit(event->commit, json_string(head, "id"), "head_commit.id", err)
		       : 0;
}

static int read_push(struct event *event, const cJSON *json, struct jci_error *err)
{
	if (set_ref(event, "", json_string(json, "ref"), err) < 0 ||
	    set_commit(event->commit, json_string(json, "after"), "after", err) < 0 ||
	    set_commit(event->before, json_string(json, "before"), "before", err) < 0)
		return err->code;
	if (is_nothing(event->before))
		event->before[0] = '\0';
	if (starts_with(event->ref, JCI_REF_PREFIX))
		return ignore(event, _("a run of git-jci"));
	if (!starts_with(event->ref, "refs/heads/") && !starts_with(event->ref, "refs/tags/"))
		return ignore(event, _("neither a branch nor a tag"));
	if (is_nothing(event->commit)) {
		event->kind = EVENT_DELETE;
		event->commit[0] = '\0';
		return 0;
	}
	event->kind = EVENT_PUSH;
	return read_head_commit(event, json, err);
}

static int read_delete(struct event *event, const cJSON *json, struct jci_error *err)
{
	const char *type = json_string(json, "ref_type"), *ref = json_string(json, "ref");

	if (!type || !ref)
		return wrong(err, type ? "ref" : "ref_type");
	event->kind = EVENT_DELETE;
	if (strcmp(type, "branch") == 0)
		return set_ref(event, "refs/heads/", ref, err);
	if (strcmp(type, "tag") == 0)
		return set_ref(event, "refs/tags/", ref, err);
	return ignore(event, _("neither a branch nor a tag"));
}

static bool is_one_of(const char *s, const char *const *words)
{
	while (*words && strcmp(*words, s) != 0)
		words++;
	return *words;
}

static int read_opened(struct event *event, const cJSON *head, struct jci_error *err)
{
	event->kind = EVENT_PULL_OPENED;
	if (set_commit(event->commit, json_string(head, "sha"), "pull_request.head.sha", err) < 0)
		return err->code;
	return set_ref(event, "refs/heads/", json_string(head, "ref"), err);
}

/* (`closed` of a branch that is gone has no name of a branch any more.) */
static int read_pull(struct event *event, const cJSON *json, struct jci_error *err)
{
	static const char *const opened[] = {"opened", "reopened", "synchronized", "synchronize",
					     NULL};
	const cJSON *pull = member(json, "pull_request");
	const cJSON *head = member(pull, "head"), *base = member(pull, "base");
	const char *action = json_string(json, "action");
	const char *from = json_string(member(head, "repo"), "full_name");
	const char *to = json_string(member(base, "repo"), "full_name");
	double number;

	if (!action)
		return wrong(err, "action");
	if (!is_one_of(action, opened) && strcmp(action, "closed") != 0)
		return ignore(event, _("no new commits in the pull request"));
	if (!json_number(json, "number", &number) || number < 1 || number > INT32_MAX)
		return wrong(err, "number");
	event->pull = (int)number;
	if (!to)
		return wrong(err, "pull_request.base.repo.full_name");
	if (!from || strcmp(from, to) != 0 || strcmp(to, event->repository) != 0)
		return ignore(event, _("a pull request from another repository"));
	if (is_one_of(action, opened))
		return read_opened(event, head, err);
	event->kind = EVENT_PULL_CLOSED;
	return 0;
}

static int read_event(struct event *event, const char *name, const cJSON *json,
		      struct jci_error *err)
{
	static const struct {
		const char *name;
		int (*read)(struct event *event, const cJSON *json, struct jci_error *err);
	} readers[] = {{"push", read_push}, {"delete", read_delete}, {"pull_request", read_pull}};

	for (size_t i = 0; i < ARRAY_SIZE(readers); i++) {
		if (strcmp(readers[i].name, name) != 0)
			continue;
		if (read_repository(event, json, err) < 0)
			return err->code;
		return readers[i].read(event, json, err);
	}
	return ignore(event, strcmp(name, "create") == 0 ? _("its push comes by itself")
							 : _("nothing to do for this event"));
}

/* It is not signed, and only a help: one that is strange is left out. */
static void read_delivery(struct event *event, const char *id)
{
	if (id && *id && strlen(id) <= MAX_DELIVERY && is_name(id, strlen(id)))
		event->delivery = xstrdup(id);
}

int event_parse(struct event *event, const struct event_headers *headers, const char *body,
		size_t len, struct jci_error *err)
{
	cleanup_json cJSON *json = NULL;

	*event = (struct event){0};
	if (!headers->event)
		return jci_error_set(err, JCI_EINVALID,
				     _("the request does not say which event it is: there is no "
				       "X-Gitea-Event"));
	if (!EVP_Digest(body, len, event->digest, NULL, EVP_sha256(), NULL))
		out_of_memory();
	read_delivery(event, headers->delivery);
	if (json_parse(&json, body, len, err) < 0)
		return err->code;
	if (!cJSON_IsObject(json))
		return jci_error_set(err, JCI_EINVALID, _("the event is no JSON object"));
	return read_event(event, headers->event, json, err);
}

void event_release(struct event *event)
{
	free(event->repository);
	free(event->ref);
	free(event->delivery);
	*event = (struct event){0};
}
