/* Nothing here trusts Gitea: types are looked at, names and hashes must be such. */
#include "server/giteapriv.h"

#include <git2.h>

#include "server/event.h"
#include "util/alloc.h"
#include "util/text.h"

enum { MAX_MESSAGE = 200, MAX_REF = 512 };

static const double max_id = 9007199254740991.0; /* 2^53 - 1 (RFC 8259, 6) */

void gitea_parse_message(struct strbuf *sb, const char *body, size_t len)
{
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;
	cleanup_json cJSON *json = NULL;
	const char *message;
	size_t n;

	if (json_parse(&json, body, len, &ignored) < 0)
		return;
	message = json_string(json, "message");
	if (!message || !*message)
		return;
	n = strlen(message);
	if (n > MAX_MESSAGE)
		n = utf8_whole(message, MAX_MESSAGE);
	strbuf_addstr(sb, ": ");
	text_add_safe(sb, message, n);
}

bool gitea_parse_repository(const cJSON *json, struct gitea_repository *out)
{
	const cJSON *may = cJSON_GetObjectItemCaseSensitive(json, "permissions");
	const char *ssh_url = json_string(json, "ssh_url");

	if (!json_string(json, "full_name"))
		return false;
	*out = (struct gitea_repository){
		.push = json_bool(may, "push", false),
		.admin = json_bool(may, "admin", false),
		.ssh_url = ssh_url && *ssh_url ? xstrdup(ssh_url) : NULL,
	};
	return true;
}

static bool copy_hash(char oid[JCI_OID_HEX_SIZE], const char *hash)
{
	if (!hash || strlen(hash) != JCI_OID_HEX_SIZE - 1 ||
	    strspn(hash, "0123456789abcdef") != JCI_OID_HEX_SIZE - 1)
		return false;
	memcpy(oid, hash, JCI_OID_HEX_SIZE);
	return true;
}

static bool is_ref(const char *ref)
{
	int valid = 0;

	return strlen(ref) <= MAX_REF && git_reference_name_is_valid(&valid, ref) == 0 && valid;
}

bool gitea_parse_branch(const cJSON *json, struct head *head)
{
	const cJSON *commit = cJSON_GetObjectItemCaseSensitive(json, "commit");
	const char *name = json_string(json, "name"), *message = json_string(commit, "message");
	cleanup_free char *ref = NULL;

	*head = (struct head){0};
	if (!name || !copy_hash(head->commit, json_string(commit, "id")))
		return false;
	ref = xasprintf("refs/heads/%s", name);
	if (!is_ref(ref))
		return false;
	head->ref = steal_ptr(ref);
	head->skip_ci = message && event_skips_ci(message);
	return true;
}

static bool parse_ref(const cJSON *json, const char *ref, char oid[JCI_OID_HEX_SIZE])
{
	const cJSON *object = cJSON_GetObjectItemCaseSensitive(json, "object");
	const char *name = json_string(json, "ref");

	if (!name)
		return false;
	return strcmp(name, ref) != 0 || copy_hash(oid, json_string(object, "sha"));
}

/* Versions before 1.12 told of a single one without a list around it. */
bool gitea_parse_refs(const cJSON *json, const char *ref, char oid[JCI_OID_HEX_SIZE])
{
	const cJSON *item;

	oid[0] = '\0';
	if (cJSON_IsObject(json))
		return parse_ref(json, ref, oid);
	if (!cJSON_IsArray(json))
		return false;
	cJSON_ArrayForEach(item, json)
	{
		if (!parse_ref(item, ref, oid))
			return false;
	}
	return true;
}

static bool is_same(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

/* Gitea calls it `status`, GitHub `state`. */
bool gitea_status_is(const cJSON *json, const struct status *status)
{
	const char *state = json_string(json, "status");

	return is_same(json_string(json, "context"), status->context) &&
	       is_same(json_string(json, "description"), status->description) &&
	       is_same(state ? state : json_string(json, "state"), status->state);
}

bool gitea_parse_id(const cJSON *json, int64_t *id)
{
	double n;

	if (!json_number(json, "id", &n) || !(n >= 1 && n <= max_id))
		return false;
	*id = (int64_t)n;
	return true;
}

bool gitea_hook_is(const cJSON *json, const char *path)
{
	const cJSON *config = cJSON_GetObjectItemCaseSensitive(json, "config");
	const char *url = json_string(config, "url"), *host = url ? strstr(url, "://") : NULL;
	size_t len;

	if (!host || !json_bool(json, "active", false))
		return false;
	host += strlen("://");
	url = host + strcspn(host, "/?#");
	len = strcspn(url, "?#");
	/* a proxy may have more in front of it */
	return len >= strlen(path) && strncmp(url + len - strlen(path), path, strlen(path)) == 0;
}
