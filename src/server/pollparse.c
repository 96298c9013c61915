/* What a runner sends and what it gets, as JSON. */
#include "server/poll.h"

#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"
#include "util/gettext.h"
#include "util/text.h"

enum {
	MAX_NAME = 255,
	MAX_VERSION = 64,
	MAX_LABEL = 63,
	MAX_SLOTS = 10000,
	MAX_DETAIL = 1000,
	MAX_ATTEMPT = 1000000
};
/* Beyond it a number of JSON is not exact. */
#define MAX_ID (INT64_C(1) << 53)

static int wrong(const char *what, struct jci_error *err)
{
	return jci_error_set(err, JCI_EINVALID, _("'%s' is missing or wrong in the poll"), what);
}

/* ---- members ---- */

static bool read_int(const cJSON *object, const char *key, int64_t min, int64_t max, int64_t *out)
{
	double n;

	if (!json_number(object, key, &n) || !(n >= (double)min && n <= (double)max))
		return false;
	*out = (int64_t)n;
	return (double)*out == n;
}

static bool has_controls(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return true;
	return false;
}

static bool read_text(const cJSON *object, const char *key, size_t max, const char **out)
{
	*out = json_string(object, key);
	return *out && **out && strlen(*out) <= max && !has_controls(*out);
}

/* 8-4-4-4-12 hexadecimal digits in lower case (RFC 9562). */
static bool is_uuid(const char *s)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

	if (!s || strlen(s) != strlen(form))
		return false;
	for (size_t i = 0; form[i]; i++)
		if (form[i] == '-' ? s[i] != '-' : !strchr("0123456789abcdef", s[i]))
			return false;
	return true;
}

static bool is_label(const char *s)
{
	static const char chars[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789._-";

	return s && *s && strlen(s) <= MAX_LABEL && !s[strspn(s, chars)];
}

static bool read_labels(struct poll_request *out)
{
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(out->json, "labels"), *item;
	size_t n = 0;

	if (!cJSON_IsArray(list))
		return false;
	cJSON_ArrayForEach(item, list)
	{
		const char *label = cJSON_GetStringValue(item);

		if (n == POLL_MAX_LABELS || !is_label(label))
			return false;
		out->labels[n++] = label;
	}
	out->poll.labels = out->labels;
	return true;
}

/* ---- its jobs ---- */

static bool is_reason(const char *s)
{
	static const char *const reasons[] = {"exited", "timeout", "cancelled", "refused",
					      "failed"};

	for (size_t i = 0; s && i < ARRAY_SIZE(reasons); i++)
		if (strcmp(s, reasons[i]) == 0)
			return true;
	return false;
}

/* For people alone: a long one is cut, for a result must not get lost by it. */
static const char *detail_of(const cJSON *object)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, "detail");
	char *text = cJSON_GetStringValue(item);

	if (text && strlen(text) > MAX_DETAIL)
		text[utf8_whole(text, MAX_DETAIL)] = '\0';
	return text;
}

static bool read_exited(const cJSON *item, struct polled_job *job)
{
	int64_t status = 0;

	job->exited = true;
	job->exit_reason = json_string(item, "reason");
	job->detail = detail_of(item);
	if (!is_reason(job->exit_reason))
		return false;
	/* One that never began has no exit status. */
	if (!read_int(item, "exit", -1, 255, &status) && strcmp(job->exit_reason, "exited") == 0)
		return false;
	job->exit_status = (int)status;
	return true;
}

static bool read_job(const cJSON *item, struct polled_job *job)
{
	const char *state = json_string(item, "state");
	int64_t attempt;

	if (!read_int(item, "id", 1, MAX_ID, &job->id) ||
	    !read_int(item, "attempt", 1, MAX_ATTEMPT, &attempt) || !state)
		return false;
	job->attempt = (int)attempt;
	return strcmp(state, "running") == 0 ||
	       (strcmp(state, "exited") == 0 && read_exited(item, job));
}

static bool read_jobs(struct poll_request *out)
{
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(out->json, "jobs"), *item;
	const int n = cJSON_IsArray(list) ? cJSON_GetArraySize(list) : -1;

	if (n < 0 || n > POLL_MAX_JOBS)
		return false;
	out->jobs = xcalloc((size_t)n + 1, sizeof(*out->jobs));
	out->poll.jobs = out->jobs;
	cJSON_ArrayForEach(item, list)
	{
		if (!read_job(item, &out->jobs[out->poll.n]))
			return false;
		out->poll.n++;
	}
	return true;
}

/* ---- the request ---- */

static int read_protocol(const cJSON *json, struct jci_error *err)
{
	int64_t protocol;

	if (!read_int(json, "protocol", 0, MAX_ID, &protocol))
		return wrong("protocol", err);
	if (protocol != POLL_PROTOCOL)
		return jci_error_set(err, JCI_EINVALID,
				     _("the runner speaks protocol %lld, this server %d; install "
				       "the same version of git-jci on both"),
				     (long long)protocol, POLL_PROTOCOL);
	return 0;
}

static int read_poll(struct poll_request *out, struct jci_error *err)
{
	struct poll *poll = &out->poll;
	int64_t slots;

	if (read_protocol(out->json, err) < 0)
		return err->code;
	poll->runner = json_string(out->json, "runner");
	if (!is_uuid(poll->runner))
		return wrong("runner", err);
	if (!read_text(out->json, "name", MAX_NAME, &poll->name))
		return wrong("name", err);
	if (!read_text(out->json, "version", MAX_VERSION, &poll->version))
		return wrong("version", err);
	if (!read_labels(out))
		return wrong("labels", err);
	if (!read_int(out->json, "slots", 0, MAX_SLOTS, &slots))
		return wrong("slots", err);
	poll->slots = (int)slots;
	return read_jobs(out) ? 0 : wrong("jobs", err);
}

int poll_parse(struct poll_request *out, const char *body, size_t len, struct jci_error *err)
{
	*out = (struct poll_request){0};
	if (json_parse(&out->json, body, len, err) < 0)
		return err->code;
	return read_poll(out, err);
}

void poll_release(struct poll_request *request)
{
	cJSON_Delete(request->json);
	free(request->jobs);
	*request = (struct poll_request){0};
}

/* ---- the answer ---- */

static void set_credentials(cJSON *json, const struct orders *orders,
			    const struct server_options *o)
{
	cleanup_strbuf struct strbuf url = STRBUF_INIT;

	if (orders->key) {
		json_set_string(json, "clone_url", orders->key_url);
		json_set_string(json, "ssh_key", orders->key);
		json_set_string(json, "known_hosts", o->known_hosts);
	} else {
		gitea_add_clone_url(&url, &o->gitea, orders->job.repository);
		json_set_string(json, "clone_url", url.buf);
		json_set_string(json, "user", o->gitea.user);
		json_set_string(json, "token", o->gitea.token);
	}
}

static cJSON *job_json(const struct orders *orders, const struct server_options *o)
{
	const struct job *job = &orders->job;
	cJSON *json = cJSON_CreateObject();

	json_set_number(json, "id", (double)job->id);
	json_set_number(json, "attempt", job->attempt);
	json_set_string(json, "run_id", job->run_id);
	json_set_string(json, "repository", job->repository);
	json_set_string(json, "commit", job->commit);
	json_set_string(json, "ref", job->ref);
	json_set_string(json, "branch", job_branch(job));
	json_set_string(json, "trigger", job->trigger);
	json_set_number(json, "timeout_s", (double)((o->queue.timeout_us + 999999) / 1000000));
	json_set_string(json, "image", job->image);
	set_credentials(json, orders, o);
	return json;
}

static cJSON *refs_json(const struct job_ref *refs, size_t n)
{
	cJSON *list = cJSON_CreateArray();

	for (size_t i = 0; i < n; i++) {
		cJSON *item = cJSON_CreateObject();

		json_set_number(item, "id", (double)refs[i].id);
		json_set_number(item, "attempt", refs[i].attempt);
		cJSON_AddItemToArray(list, item);
	}
	return list;
}

void poll_print(struct strbuf *sb, const struct orders *orders,
		const struct server_options *options)
{
	cleanup_json cJSON *json = cJSON_CreateObject();

	cJSON_AddItemToObject(json, "job",
			      orders->has_job ? job_json(orders, options) : cJSON_CreateNull());
	cJSON_AddItemToObject(json, "cancel", refs_json(orders->cancel, orders->n_cancel));
	cJSON_AddItemToObject(json, "forget", refs_json(orders->forget, orders->n_forget));
	json_set_number(json, "max_jobs", options->queue.max_jobs);
	json_print(sb, json, false);
}
