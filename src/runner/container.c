/* Containers, by Docker's API. */
#include <string.h>
#include <unistd.h>

#include "runner/docker.h"
#include "runner/dockerpriv.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/gettext.h"
#include "util/strbuf.h"

enum {
	MAX_LIST = 64 * 1024 * 1024,
	TAIL_LINES = 5,
};

/* Sending the bundle, and removing gigabytes, to a disk that others work on. */
static const int64_t slow_timeout_us = INT64_C(120) * 1000 * 1000;

/* ---- making ---- */

int docker_create(struct docker *d, const char *name, const cJSON *spec, char **id,
		  struct jci_error *err)
{
	static const char *const headers[] = {"Content-Type: application/json", NULL};
	cleanup_strbuf struct strbuf body = STRBUF_INIT;
	cleanup_free char *path = xasprintf("/containers/create?name=%s", name);
	cleanup_json cJSON *json = NULL;
	struct http_call call = {.timeout_us = slow_timeout_us, .headers = headers};
	const char *got;

	json_print(&body, spec, false);
	call.body = body.buf;
	call.body_len = body.len;
	if (docker_call(d, "POST", path, &call, err) < 0 ||
	    json_parse(&json, d->answer.body.buf, d->answer.body.len, err) < 0)
		return err->code;
	got = json_string(json, "Id");
	if (!got)
		return jci_error_set(err, JCI_EFAIL, _("Docker's answer to '%s'"), path);
	*id = xstrdup(got);
	return 0;
}

struct sender {
	struct docker *d;
	const int *parts;
	size_t n;
	off_t at; /* in the first of them */
};

static ssize_t send_more(void *ctx, char *buf, size_t max)
{
	struct sender *s = ctx;
	ssize_t n = 0;

	while (s->n > 0 && n == 0) {
		do
			n = pread(*s->parts, buf, max, s->at);
		while (n < 0 && errno == EINTR);
		if (n > 0) {
			s->at += n;
		} else if (n == 0) {
			s->parts++;
			s->n--;
			s->at = 0;
		}
	}
	return n;
}

static bool stop_sending(void *ctx)
{
	const struct sender *s = ctx;

	return s->d->stop && s->d->stop(s->d->ctx);
}

int docker_put(struct docker *d, const char *id, const int *parts, size_t n, struct jci_error *err)
{
	static const char *const headers[] = {"Content-Type: application/x-tar", NULL};
	cleanup_free char *path = xasprintf("/containers/%s/archive?path=%%2F", id);
	struct sender sender = {.d = d, .parts = parts, .n = n};
	struct http_call call = {.timeout_us = slow_timeout_us,
				 .headers = headers,
				 .read = send_more,
				 .stop = stop_sending,
				 .ctx = &sender};

	return docker_call(d, "PUT", path, &call, err);
}

int docker_start(struct docker *d, const char *id, struct jci_error *err)
{
	cleanup_free char *path = xasprintf("/containers/%s/start", id);

	return docker_do(d, "POST", path, err);
}

int docker_kill(struct docker *d, const char *id, const char *signal, struct jci_error *err)
{
	cleanup_free char *path = xasprintf("/containers/%s/kill?signal=%s", id, signal);

	return docker_do(d, "POST", path, err);
}

int docker_remove(struct docker *d, const char *id, bool force, struct jci_error *err)
{
	cleanup_free char *path = xasprintf("/containers/%s?v=1%s", id, force ? "&force=1" : "");
	struct http_call call = {.timeout_us = slow_timeout_us};

	return docker_call(d, "DELETE", path, &call, err);
}

/* ---- looking ---- */

static enum docker_state parse_state(const char *s)
{
	if (s && strcmp(s, "created") == 0)
		return DOCKER_CREATED;
	return s && (strcmp(s, "exited") == 0 || strcmp(s, "dead") == 0) ? DOCKER_EXITED
									 : DOCKER_RUNNING;
}

void docker_list_release(struct docker_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		free(list->containers[i].id);
		cJSON_Delete(list->containers[i].labels);
	}
	free(list->containers);
	*list = (struct docker_list)DOCKER_LIST_INIT;
}

static void add_container(struct docker_list *list, cJSON *item)
{
	const char *id = json_string(item, "Id");
	cJSON *labels = cJSON_DetachItemFromObjectCaseSensitive(item, "Labels");
	double created = 0;

	if (!id || !cJSON_IsObject(labels)) {
		cJSON_Delete(labels);
		return;
	}
	json_number(item, "Created", &created);
	ARRAY_GROW(list->containers, list->n + 1, list->cap);
	list->containers[list->n++] = (struct docker_container){
		.id = xstrdup(id),
		.state = parse_state(json_string(item, "State")),
		.created_s = created > 0 && created < 1e15 ? (int64_t)created : 0,
		.labels = labels,
	};
}

int docker_list(struct docker *d, const char *label, struct docker_list *list,
		struct jci_error *err)
{
	cleanup_strbuf struct strbuf path = STRBUF_INIT;
	cleanup_json cJSON *json = NULL;
	cJSON *item;

	strbuf_addstr(&path, "/containers/json?all=1&filters=");
	docker_add_filters(&path, label, NULL);
	if (docker_get_json(d, path.buf, MAX_LIST, &json, err) < 0)
		return err->code;
	if (!cJSON_IsArray(json))
		return jci_error_set(err, JCI_EFAIL, _("Docker's list of containers is none"));
	cJSON_ArrayForEach(item, json) add_container(list, item);
	return 0;
}

int docker_inspect(struct docker *d, const char *id, struct docker_end *end, struct jci_error *err)
{
	cleanup_free char *path = xasprintf("/containers/%s/json", id);
	cleanup_json cJSON *json = NULL;
	const cJSON *state;
	const char *finished;
	double exit = 0;

	if (docker_get_json(d, path, MAX_LIST, &json, err) < 0)
		return err->code;
	state = cJSON_GetObjectItemCaseSensitive(json, "State");
	finished = json_string(state, "FinishedAt");
	json_number(state, "ExitCode", &exit);
	*end = (struct docker_end){
		.state = parse_state(json_string(state, "Status")),
		.exit = exit >= 0 && exit <= 255 ? (int)exit : 255,
		.oom = json_bool(state, "OOMKilled", false),
	};
	if (!finished || !time_parse_rfc3339(finished, &end->end_us) || end->end_us < 0)
		end->end_us = 0;
	return 0;
}

/* Each piece has a head of eight bytes: the stream, three zeros, the length (big endian). */
static void add_pieces(struct strbuf *out, const unsigned char *p, size_t len)
{
	while (len >= 8) {
		size_t piece = (size_t)p[4] << 24 | (size_t)p[5] << 16 | (size_t)p[6] << 8 | p[7];

		p += 8;
		len -= 8;
		if (piece > len)
			piece = len;
		strbuf_add(out, p, piece);
		p += piece;
		len -= piece;
	}
}

int docker_log_tail(struct docker *d, const char *id, struct strbuf *out, struct jci_error *err)
{
	cleanup_free char *path = xasprintf("/containers/%s/logs?stderr=1&tail=%d", id, TAIL_LINES);

	if (docker_do(d, "GET", path, err) < 0)
		return err->code;
	add_pieces(out, (const unsigned char *)d->answer.body.buf, d->answer.body.len);
	return 0;
}

/* ---- events ---- */

struct listener {
	struct docker *d;
	void (*told)(void *ctx);
	void *ctx;
};

static bool on_event(void *ctx, const char *data, size_t len)
{
	const struct listener *l = ctx;

	(void)data;
	(void)len;
	l->told(l->ctx);
	return true;
}

static bool stop_listening(void *ctx)
{
	const struct listener *l = ctx;

	return l->d->stop && l->d->stop(l->d->ctx);
}

int docker_events(struct docker *d, const char *label, void (*told)(void *ctx), void *ctx,
		  struct jci_error *err)
{
	static const char *const events[] = {"die", "destroy", NULL};
	struct listener l = {d, told, ctx};
	struct http_call call = {.write = on_event, .stop = stop_listening, .ctx = &l};
	cleanup_strbuf struct strbuf path = STRBUF_INIT;

	strbuf_addstr(&path, "/events?filters=");
	docker_add_filters(&path, label, events);
	told(ctx);
	if (docker_call(d, "GET", path.buf, &call, err) < 0)
		return err->code;
	return jci_error_set(err, JCI_EFAIL, _("Docker has ended its list of events"));
}
