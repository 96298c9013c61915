#include "runner/docker.h"

#include <stdio.h>
#include <string.h>

#include "runner/dockerpriv.h"
#include "runner/image.h"
#include "util/alloc.h"
#include "util/gettext.h"
#include "util/text.h"

enum { API_MAJOR = 1, API_MINOR = 40, MAX_WORDS = 500, MAX_PROGRESS = 64 * 1024 };

static const int64_t call_timeout_us = INT64_C(20) * 1000 * 1000;

/* ---- where it is ---- */

void docker_host_release(struct docker_host *host)
{
	free(host->socket);
	free(host->url);
	*host = (struct docker_host)DOCKER_HOST_INIT;
}

int docker_host_parse(struct docker_host *host, const char *text, struct jci_error *err)
{
	static const char *const schemes[] = {"tcp://", "http://"};
	size_t len = strlen(text);

	if (strncmp(text, "unix:///", 8) == 0 && text[8]) {
		host->socket = xstrdup(text + 7);
		host->url = xstrdup("http://docker");
		return 0;
	}
	while (len > 0 && text[len - 1] == '/')
		len--;
	for (size_t i = 0; i < ARRAY_SIZE(schemes); i++) {
		size_t skip = strlen(schemes[i]);

		if (strncmp(text, schemes[i], skip) != 0 || len <= skip)
			continue;
		host->url = xasprintf("http://%.*s", (int)(len - skip), text + skip);
		return 0;
	}
	return jci_error_set(err, JCI_EINVALID,
			     _("'%s' is not of the form unix:///PATH or tcp://HOST:PORT"), text);
}

/* ---- calls ---- */

void docker_add_words(struct strbuf *sb, const char *words)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;

	text_add_utf8(&text, words, strlen(words));
	while (text.len > 0 && strchr(" \n\r\t", text.buf[text.len - 1]))
		strbuf_setlen(&text, text.len - 1);
	if (text.len > MAX_WORDS)
		strbuf_setlen(&text, utf8_whole(text.buf, MAX_WORDS));
	for (size_t i = 0; i < text.len; i++)
		strbuf_addch(sb, (unsigned char)text.buf[i] < ' ' ? ' ' : text.buf[i]);
}

/* Its errors are {"message": "..."}. */
static int refused(struct docker *d, const char *what, struct jci_error *err)
{
	cleanup_json cJSON *json = NULL;
	cleanup_strbuf struct strbuf words = STRBUF_INIT;
	cleanup_error struct jci_error none = JCI_ERROR_INIT;
	const char *message = NULL;
	unsigned status = d->answer.status;

	if (json_parse(&json, d->answer.body.buf, d->answer.body.len, &none) == 0)
		message = json_string(json, "message");
	docker_add_words(&words, message ? message : d->answer.body.buf);
	return jci_error_set(err,
			     status == 404   ? JCI_ENOTFOUND
			     : status == 409 ? JCI_EEXISTS
					     : JCI_EFAIL,
			     _("Docker refuses '%s': %s (status %u)"), what, words.buf, status);
}

int docker_call(struct docker *d, const char *method, const char *path, struct http_call *call,
		struct jci_error *err)
{
	cleanup_free char *url = xasprintf("%s%s%s", d->host->url, d->api ? d->api : "", path);
	cleanup_free char *what = xasprintf("%s %.*s", method, (int)strcspn(path, "?"), path);
	unsigned status;

	call->method = method;
	call->url = url;
	call->unix_socket = d->host->socket;
	if (!call->ctx) {
		call->stop = d->stop;
		call->ctx = d->ctx;
	}
	d->away = http_call(d->client, call, &d->answer, err) < 0;
	if (d->away)
		return jci_error_prefix(err, _("no answer of Docker to '%s'"), what);
	status = d->answer.status;
	return status / 100 == 2 || status == 304 ? 0 : refused(d, what, err);
}

int docker_do(struct docker *d, const char *method, const char *path, struct jci_error *err)
{
	struct http_call call = {.timeout_us = call_timeout_us};

	return docker_call(d, method, path, &call, err);
}

int docker_get_json(struct docker *d, const char *path, size_t max_body, cJSON **out,
		    struct jci_error *err)
{
	struct http_call call = {.timeout_us = call_timeout_us, .max_body = max_body};

	if (docker_call(d, "GET", path, &call, err) < 0)
		return err->code;
	if (json_parse(out, d->answer.body.buf, d->answer.body.len, err) < 0)
		return jci_error_prefix(err, _("Docker's answer to '%s'"), path);
	return 0;
}

static void add_filter(cJSON *filters, const char *name, const char *value)
{
	cJSON *array = cJSON_GetObjectItemCaseSensitive(filters, name);

	if (!array)
		array = cJSON_AddArrayToObject(filters, name);
	cJSON_AddItemToArray(array, cJSON_CreateString(value));
}

void docker_add_filters(struct strbuf *path, const char *label, const char *const *events)
{
	cleanup_json cJSON *filters = cJSON_CreateObject();
	cleanup_strbuf struct strbuf text = STRBUF_INIT;

	add_filter(filters, "label", label);
	if (events)
		add_filter(filters, "type", "container");
	for (; events && *events; events++)
		add_filter(filters, "event", *events);
	json_print(&text, filters, false);
	strbuf_setlen(&text, text.len - 1); /* the newline */
	http_add_encoded(path, text.buf, "");
}

/* ---- a connection ---- */

void docker_close(struct docker *d)
{
	http_client_free(d->client);
	http_answer_release(&d->answer);
	free(d->api);
	free(d->version);
	free(d->arch);
	free(d);
}

bool docker_is_away(const struct docker *d)
{
	return d->away;
}

const char *docker_version(const struct docker *d)
{
	return d->version;
}

const char *docker_arch(const struct docker *d)
{
	return d->arch;
}

static bool parse_api(const char *s, int *minor)
{
	int major;
	char end;

	return s && sscanf(s, "%d.%d%c", &major, minor, &end) == 2 && major == API_MAJOR &&
	       *minor >= 0;
}

/* The oldest version that both sides know: the one that is read here is never too new. */
static int agree(struct docker *d, const cJSON *json, struct jci_error *err)
{
	const char *newest = json_string(json, "ApiVersion");
	const char *oldest = json_string(json, "MinAPIVersion");
	const char *version = json_string(json, "Version"), *arch = json_string(json, "Arch");
	int max, min = 0;

	if (!parse_api(newest, &max) || (oldest && !parse_api(oldest, &min)))
		return jci_error_set(err, JCI_EINVALID, _("'%s' is no Docker Engine"),
				     d->host->socket ? d->host->socket : d->host->url);
	if (max < API_MINOR)
		return jci_error_set(err, JCI_EINVALID,
				     _("Docker's API is of version 1.%d; at least 1.%d is needed"),
				     max, API_MINOR);
	d->api = xasprintf("/v%d.%d", API_MAJOR, min > API_MINOR ? min : API_MINOR);
	d->version = xstrdup(version ? version : "?");
	d->arch = xstrdup(arch ? arch : "unknown");
	return 0;
}

int docker_open(struct docker **out, const struct docker_host *host, bool (*stop)(void *ctx),
		void *ctx, struct jci_error *err)
{
	cleanup_docker struct docker *d = NULL;
	cleanup_json cJSON *json = NULL;
	struct http_client *client = NULL;

	if (http_client_new(&client, err) < 0)
		return err->code;
	d = xcalloc(1, sizeof(*d));
	d->host = host;
	d->client = client;
	d->stop = stop;
	d->ctx = ctx;
	d->answer = (struct http_answer)HTTP_ANSWER_INIT;
	if (docker_get_json(d, "/version", 0, &json, err) < 0 || agree(d, json, err) < 0)
		return err->code;
	*out = steal_ptr(d);
	return 0;
}

/* ---- images and networks ---- */

int docker_image_find(struct docker *d, const char *image, struct jci_error *err)
{
	cleanup_free char *path = xasprintf("/images/%s/json", image);

	return docker_do(d, "GET", path, err);
}

int docker_network_find(struct docker *d, const char *name, struct jci_error *err)
{
	cleanup_strbuf struct strbuf path = STRBUF_INIT;

	strbuf_addstr(&path, "/networks/");
	http_add_encoded(&path, name, "");
	return docker_do(d, "GET", path.buf, err);
}

/* An answer that is a stream of objects, a line each; the last one tells how it ended. */
struct progress {
	struct docker *d;
	struct strbuf line;
	char *error;
};

static void read_progress(struct progress *p)
{
	cleanup_json cJSON *json = NULL;
	cleanup_error struct jci_error none = JCI_ERROR_INIT;
	const char *error = NULL;

	if (json_parse(&json, p->line.buf, p->line.len, &none) == 0)
		error = json_string(json, "error");
	if (error) {
		free(p->error);
		p->error = xstrdup(error);
	}
	strbuf_reset(&p->line);
}

static bool on_progress(void *ctx, const char *data, size_t len)
{
	struct progress *p = ctx;

	for (size_t i = 0; i < len; i++) {
		if (data[i] == '\n')
			read_progress(p);
		else if (p->line.len < MAX_PROGRESS)
			strbuf_addch(&p->line, data[i]);
	}
	return true;
}

static bool stop_pull(void *ctx)
{
	const struct progress *p = ctx;

	return p->d->stop && p->d->stop(p->d->ctx);
}

int docker_image_pull(struct docker *d, const char *image, int64_t timeout_us,
		      struct jci_error *err)
{
	cleanup_strbuf struct strbuf path = STRBUF_INIT, words = STRBUF_INIT;
	struct progress p = {.d = d, .line = STRBUF_INIT};
	struct http_call call = {
		.timeout_us = timeout_us, .write = on_progress, .stop = stop_pull, .ctx = &p};
	const char *tag = image_default_tag(image);
	int code;

	strbuf_addstr(&path, "/images/create?fromImage=");
	http_add_encoded(&path, image, "");
	if (tag) /* without any, all of them would come */
		strbuf_addf(&path, "&tag=%s", tag);
	code = docker_call(d, "POST", path.buf, &call, err);
	read_progress(&p);
	if (code == 0 && p.error) {
		docker_add_words(&words, p.error);
		code = jci_error_set(err, JCI_EFAIL, "%s", words.buf);
	}
	strbuf_release(&p.line);
	free(p.error);
	return code < 0 ? jci_error_prefix(err, _("cannot pull the image '%s'"), image) : 0;
}
