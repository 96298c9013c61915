#include "server/giteapriv.h"

#include <string.h>

#include "util/alloc.h"
#include "util/gettext.h"

#define CALL_US    (INT64_C(30) * 1000 * 1000)
#define STREAM_US  (INT64_C(30) * 60 * 1000 * 1000)
#define MAX_ANSWER ((size_t)32 * 1024 * 1024) /* 50 branches, with messages of commits */

/* ---- addresses ---- */

static bool is_host(const char *host, size_t len)
{
	static const char chars[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789-._:[]";

	return len > 0 && strspn(host, chars) >= len;
}

bool gitea_url(struct strbuf *url, const char *host)
{
	const char *name = strstr(host, "://"), *path;
	size_t len = strlen(host);

	if (name && strncmp(host, "http://", 7) != 0 && strncmp(host, "https://", 8) != 0)
		return false;
	name = name ? name + strlen("://") : host;
	path = name + strcspn(name, "/");
	if (!is_host(name, (size_t)(path - name)))
		return false;
	for (const char *p = path; *p; p++)
		if (*p <= ' ' || *p > '~' || strchr("?#@\\\"'<>", *p))
			return false;
	while (len > (size_t)(path - host) && host[len - 1] == '/')
		len--;
	if (name == host)
		strbuf_addstr(url, "https://");
	strbuf_add(url, host, len);
	return true;
}

void gitea_add_clone_url(struct strbuf *sb, const struct gitea_options *options,
			 const char *repository)
{
	strbuf_addf(sb, "%s/", options->url);
	http_add_encoded(sb, repository, "/");
	strbuf_addstr(sb, ".git");
}

/* A part of a path that is not ".", which curl would take away, with what is in front of it. */
static bool is_part(const char *s, size_t len)
{
	return len > 0 && !(len == 1 && s[0] == '.') && !(len == 2 && strncmp(s, "..", 2) == 0);
}

int gitea_add_repository(struct strbuf *path, const char *repository, struct jci_error *err)
{
	const char *slash = strchr(repository, '/');

	if (!slash || strchr(slash + 1, '/') ||
	    !is_part(repository, (size_t)(slash - repository)) ||
	    !is_part(slash + 1, strlen(slash + 1)))
		return jci_error_set(err, JCI_EINVALID,
				     _("'%s' is not the name of a repository (owner/name)"),
				     repository);
	strbuf_addstr(path, "/repos/");
	http_add_encoded(path, repository, "/");
	return 0;
}

/* ---- calls ---- */

int gitea_new(struct gitea **out, const struct gitea_options *options, struct jci_error *err)
{
	cleanup_http_client struct http_client *client = NULL;
	struct gitea *gitea;

	if (http_client_new(&client, err) < 0)
		return err->code;
	gitea = xcalloc(1, sizeof(*gitea));
	gitea->options = *options;
	gitea->client = steal_ptr(client);
	gitea->authorization = xasprintf("Authorization: token %s", options->token);
	gitea->answer = (struct http_answer)HTTP_ANSWER_INIT;
	*out = gitea;
	return 0;
}

void gitea_free(struct gitea *gitea)
{
	if (!gitea)
		return;
	http_client_free(gitea->client);
	free(gitea->authorization);
	http_answer_release(&gitea->answer);
	free(gitea);
}

unsigned gitea_last_status(const struct gitea *gitea)
{
	return gitea->answer.status;
}

int64_t gitea_retry_after_us(const struct gitea *gitea)
{
	return gitea->answer.retry_after_us;
}

bool gitea_is_away(const struct gitea *gitea)
{
	unsigned status = gitea->answer.status;

	return gitea->broken || status == 429 || (status >= 502 && status <= 504);
}

/* The callbacks of a call share one pointer. */
struct carrier {
	const struct gitea *gitea;
	const struct gitea_request *request;
};

static bool on_data(void *ctx, const char *data, size_t len)
{
	const struct carrier *c = ctx;

	return c->request->write(c->request->ctx, data, len);
}

static bool on_stop(void *ctx)
{
	const struct carrier *c = ctx;

	return c->gitea->options.stop && c->gitea->options.stop(c->gitea->options.ctx);
}

/* What an answer other than 2xx means. */
static int refused(const struct gitea *gitea, const struct gitea_request *r, struct jci_error *err)
{
	cleanup_strbuf struct strbuf said = STRBUF_INIT;
	const char *method = r->method ? r->method : "GET";
	unsigned status = gitea->answer.status;
	int code = JCI_EINVALID;

	if (status / 100 == 3 && r->repository)
		return jci_error_set(err, JCI_ENOTFOUND,
				     _("'%s' was renamed or moved: Gitea redirects (%u)"),
				     r->repository, status);
	if (status / 100 == 3)
		return jci_error_set(err, JCI_EINVALID,
				     _("'%s' redirects (%u): it is not the URL of Gitea"),
				     gitea->options.url, status);
	if (status == 404)
		code = JCI_ENOTFOUND;
	else if (status == 408 || status == 429 || status / 100 != 4)
		code = JCI_EFAIL;
	gitea_parse_message(&said, gitea->answer.body.buf, gitea->answer.body.len);
	/* TRANSLATORS: HTTP status, method, path of the request, what Gitea said. */
	return jci_error_set(err, code, _("Gitea answered %u to '%s %.*s'%s"), status, method,
			     (int)strcspn(r->path, "?"), r->path, said.buf);
}

int gitea_call(struct gitea *gitea, const struct gitea_request *r, struct jci_error *err)
{
	cleanup_free char *url = xasprintf("%s/api/v1%s", gitea->options.url, r->path);
	cleanup_strbuf struct strbuf body = STRBUF_INIT;
	struct carrier carrier = {gitea, r};
	struct http_call call = {
		.method = r->method,
		.url = url,
		.ca_file = gitea->options.ca_file,
		.headers = (const char *const[]){gitea->authorization, "Accept: application/json",
						 r->body ? "Content-Type: application/json" : NULL,
						 NULL},
		.write = r->write ? on_data : NULL,
		.stop = on_stop,
		.ctx = &carrier,
		.timeout_us = r->timeout_us ? r->timeout_us : CALL_US,
		.max_body = MAX_ANSWER,
	};

	if (r->body) {
		json_print(&body, r->body, false);
		call.body = body.buf;
		call.body_len = body.len;
		call.once = true;
	}
	gitea->broken = http_call(gitea->client, &call, &gitea->answer, err) < 0;
	if (gitea->broken)
		return err->code;
	return gitea->answer.status / 100 == 2 ? 0 : refused(gitea, r, err);
}

int gitea_unexpected(const struct gitea_request *r, struct jci_error *err)
{
	return jci_error_set(err, JCI_EFAIL,
			     _("Gitea's answer to '%s %.*s' is not what it should be"),
			     r->method ? r->method : "GET", (int)strcspn(r->path, "?"), r->path);
}

int gitea_call_json(struct gitea *gitea, const struct gitea_request *r, cJSON **json,
		    struct jci_error *err)
{
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;

	if (gitea_call(gitea, r, err) < 0)
		return err->code;
	if (json_parse(json, gitea->answer.body.buf, gitea->answer.body.len, &ignored) < 0)
		return gitea_unexpected(r, err);
	return 0;
}

static int get_text(struct gitea *gitea, const char *path, const char *key, char **out,
		    struct jci_error *err)
{
	const struct gitea_request r = {.path = path};
	cleanup_json cJSON *json = NULL;
	const char *text;

	if (gitea_call_json(gitea, &r, &json, err) < 0)
		return err->code;
	text = json_string(json, key);
	if (!text || !*text)
		return gitea_unexpected(&r, err);
	*out = xstrdup(text);
	return 0;
}

int gitea_user(struct gitea *gitea, char **login, struct jci_error *err)
{
	return get_text(gitea, "/user", "login", login, err);
}

int gitea_version(struct gitea *gitea, char **version, struct jci_error *err)
{
	return get_text(gitea, "/version", "version", version, err);
}

/* ---- a repository ---- */

void gitea_repository_release(struct gitea_repository *r)
{
	free(r->ssh_url);
	*r = (struct gitea_repository){0};
}

int gitea_repository(struct gitea *gitea, const char *repository, struct gitea_repository *out,
		     struct jci_error *err)
{
	cleanup_strbuf struct strbuf path = STRBUF_INIT;
	cleanup_json cJSON *json = NULL;
	struct gitea_request r = {.repository = repository};

	if (gitea_add_repository(&path, repository, err) < 0)
		return err->code;
	r.path = path.buf;
	if (gitea_call_json(gitea, &r, &json, err) < 0)
		return err->code;
	return gitea_parse_repository(json, out) ? 0 : gitea_unexpected(&r, err);
}

/* After a 404 for something in it: 0 if the repository itself is there. */
static int is_readable(struct gitea *gitea, const char *repository, struct jci_error *err)
{
	struct gitea_repository found = {0};

	jci_error_clear(err);
	if (gitea_repository(gitea, repository, &found, err) < 0)
		return err->code;
	gitea_repository_release(&found);
	return 0;
}

int gitea_has_commit(struct gitea *gitea, const char *repository, const char *commit, bool *has,
		     struct jci_error *err)
{
	cleanup_strbuf struct strbuf path = STRBUF_INIT;
	struct gitea_request r = {.repository = repository};

	if (gitea_add_repository(&path, repository, err) < 0)
		return err->code;
	strbuf_addf(&path, "/git/commits/%s?stat=false&verification=false&files=false", commit);
	r.path = path.buf;
	*has = gitea_call(gitea, &r, err) == 0;
	return *has || err->code != JCI_ENOTFOUND ? err->code : is_readable(gitea, repository, err);
}

int gitea_ref(struct gitea *gitea, const char *repository, const char *ref,
	      char oid[JCI_OID_HEX_SIZE], struct jci_error *err)
{
	cleanup_strbuf struct strbuf path = STRBUF_INIT;
	cleanup_json cJSON *json = NULL;
	struct gitea_request r = {.repository = repository};

	oid[0] = '\0';
	if (gitea_add_repository(&path, repository, err) < 0)
		return err->code;
	strbuf_addstr(&path, "/git/");
	http_add_encoded(&path, ref, "/");
	r.path = path.buf;
	if (gitea_call_json(gitea, &r, &json, err) < 0)
		return err->code != JCI_ENOTFOUND ? err->code : is_readable(gitea, repository, err);
	return gitea_parse_refs(json, ref, oid) ? 0 : gitea_unexpected(&r, err);
}

static int read_file(struct gitea *gitea, const char *repository, const char *rev, const char *path,
		     struct gitea_request *r, struct jci_error *err)
{
	cleanup_strbuf struct strbuf where = STRBUF_INIT;

	if (gitea_add_repository(&where, repository, err) < 0)
		return err->code;
	strbuf_addstr(&where, "/raw/");
	http_add_encoded(&where, path, "/");
	strbuf_addstr(&where, "?ref=");
	http_add_encoded(&where, rev, "");
	r->repository = repository;
	r->path = where.buf;
	return gitea_call(gitea, r, err);
}

int gitea_read_file(struct gitea *gitea, const char *repository, const char *rev, const char *path,
		    bool (*write)(void *ctx, const char *data, size_t len), void *ctx,
		    struct jci_error *err)
{
	struct gitea_request r = {.write = write, .ctx = ctx, .timeout_us = STREAM_US};

	return read_file(gitea, repository, rev, path, &r, err);
}

struct file_copy {
	struct strbuf *out;
	size_t left;
	bool too_large;
};

static bool copy_data(void *ctx, const char *data, size_t len)
{
	struct file_copy *copy = ctx;

	copy->too_large = len > copy->left;
	if (copy->too_large)
		return false;
	strbuf_add(copy->out, data, len);
	copy->left -= len;
	return true;
}

int gitea_file(struct gitea *gitea, const char *repository, const char *rev, const char *path,
	       size_t limit, struct strbuf *out, struct jci_error *err)
{
	struct file_copy copy = {.out = out, .left = limit};
	struct gitea_request r = {.write = copy_data, .ctx = &copy};

	if (read_file(gitea, repository, rev, path, &r, err) == 0)
		return 0;
	if (!copy.too_large)
		return err->code;
	gitea->broken = false;
	jci_error_clear(err);
	return jci_error_set(err, JCI_EINVALID, _("'%s' is larger than %zu bytes"), path, limit);
}

int gitea_set_status(struct gitea *gitea, const struct status *status, bool *maybe_sent,
		     struct jci_error *err)
{
	cleanup_strbuf struct strbuf path = STRBUF_INIT;
	cleanup_json cJSON *body = cJSON_CreateObject();
	struct gitea_request r = {.method = "POST", .repository = status->repository, .body = body};

	*maybe_sent = false;
	if (gitea_add_repository(&path, status->repository, err) < 0)
		return err->code;
	strbuf_addf(&path, "/statuses/%s", status->commit);
	r.path = path.buf;
	json_set_string(body, "state", status->state);
	json_set_string(body, "context", status->context);
	json_set_string(body, "description", status->description);
	json_set_string(body, "target_url", status->target_url ? status->target_url : "");
	if (gitea_call(gitea, &r, err) == 0)
		return 0;
	*maybe_sent = gitea->broken ? gitea->answer.maybe_sent : gitea->answer.status / 100 == 5;
	return err->code;
}
