#include "runner/poll.h"

#include <limits.h>
#include <string.h>

#include "util/alloc.h"
#include "util/gettext.h"
#include "util/text.h"

enum { PROTOCOL = 1, MAX_JOBS = 1000, MAX_NAME = 512, MAX_URL = 4096 };

/* ---- the request ---- */

static void add_job(cJSON *array, const struct runner_job *job)
{
	cJSON *item = cJSON_CreateObject();
	bool ended = job->state == RUNNER_ENDED;

	json_set_number(item, "id", (double)job->id);
	json_set_number(item, "attempt", job->attempt);
	json_set_string(item, "state", ended ? "exited" : "running");
	if (ended) {
		if (job->exit >= 0)
			json_set_number(item, "exit", job->exit);
		json_set_string(item, "reason", runner_reason_name(job->reason));
		if (job->detail) {
			cleanup_strbuf struct strbuf text = STRBUF_INIT;

			strbuf_add(&text, job->detail,
				   utf8_whole(job->detail, strnlen(job->detail, POLL_MAX_DETAIL)));
			json_set_string(item, "detail", text.buf);
		}
	}
	cJSON_AddItemToArray(array, item);
}

static void add_jobs(cJSON *array, const struct runner_jobs *jobs)
{
	int ended = 0;

	for (size_t i = 0; i < jobs->n; i++)
		if (jobs->jobs[i]->state != RUNNER_ENDED)
			add_job(array, jobs->jobs[i]);
	for (size_t i = 0; i < jobs->n && ended < POLL_MAX_ENDED; i++) {
		if (jobs->jobs[i]->state != RUNNER_ENDED || jobs->jobs[i]->told)
			continue;
		add_job(array, jobs->jobs[i]);
		ended++;
	}
}

static void add_labels(cJSON *array, const char *labels)
{
	static const char blanks[] = ", \t\n";

	for (labels += strspn(labels, blanks); *labels; labels += strspn(labels, blanks)) {
		size_t len = strcspn(labels, blanks);
		cleanup_free char *label = xstrndup(labels, len);

		cJSON_AddItemToArray(array, cJSON_CreateString(label));
		labels += len;
	}
}

void poll_add_request(struct strbuf *out, const struct poll_me *me, const struct runner_jobs *jobs)
{
	cleanup_json cJSON *request = cJSON_CreateObject();

	json_set_number(request, "protocol", PROTOCOL);
	json_set_string(request, "runner", me->uuid);
	json_set_string(request, "name", me->name);
	json_set_string(request, "version", PACKAGE_VERSION);
	add_labels(cJSON_AddArrayToObject(request, "labels"), me->labels);
	json_set_number(request, "slots", me->slots);
	add_jobs(cJSON_AddArrayToObject(request, "jobs"), jobs);
	json_print(out, request, false);
}

/* ---- the answer ---- */

void poll_job_free(struct poll_job *job)
{
	if (!job)
		return;
	if (job->json)
		explicit_bzero(job->json, strlen(job->json));
	free(job->json);
	free(job->wrong);
	free(job->run_id);
	free(job->repository);
	free(job->commit);
	free(job->image);
	free(job);
}

void poll_answer_release(struct poll_answer *answer)
{
	poll_job_free(answer->job);
	free(answer->cancel.keys);
	free(answer->forget.keys);
	*answer = (struct poll_answer)POLL_ANSWER_INIT;
}

/* A whole number that a double holds exactly. */
static bool get_integer(const cJSON *object, const char *key, int64_t min, int64_t max,
			int64_t *out)
{
	double n;

	if (!json_number(object, key, &n) || !(n >= (double)min && n <= (double)max) ||
	    n != (double)(int64_t)n)
		return false;
	*out = (int64_t)n;
	return true;
}

static bool get_key(const cJSON *object, struct poll_key *key)
{
	int64_t attempt;

	if (!get_integer(object, "id", 1, INT64_C(1) << 53, &key->id) ||
	    !get_integer(object, "attempt", 1, INT_MAX, &attempt))
		return false;
	key->attempt = (int)attempt;
	return true;
}

static int get_keys(const cJSON *json, const char *name, struct poll_keys *out,
		    struct jci_error *err)
{
	const cJSON *array = cJSON_GetObjectItemCaseSensitive(json, name), *item;

	if (!cJSON_IsArray(array))
		return jci_error_set(err, JCI_EINVALID, _("'%s' is no list"), name);
	cJSON_ArrayForEach(item, array)
	{
		ARRAY_GROW(out->keys, out->n + 1, out->cap);
		if (!get_key(item, &out->keys[out->n]))
			return jci_error_set(err, JCI_EINVALID,
					     _("an element of '%s' has no id and attempt"), name);
		out->n++;
	}
	return 0;
}

/* A text of one line, without control characters; NULL: it is none. */
static const char *get_line(const cJSON *object, const char *key, size_t max)
{
	const char *s = json_string(object, key);
	size_t len = s ? strlen(s) : 0;

	if (!s || !len || len > max)
		return NULL;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)s[i] < ' ' || s[i] == 127)
			return NULL;
	return s;
}

static bool is_hash(const char *s)
{
	size_t len = s ? strspn(s, "0123456789abcdef") : 0;

	return s && !s[len] && (len == 40 || len == 64);
}

static bool is_run_id(const char *s)
{
	struct jci_run_id id;

	return s && jci_run_id_parse(&id, s, strlen(s));
}

/* OWNER/NAME */
static bool is_repository(const char *s)
{
	const char *slash = s ? strchr(s, '/') : NULL;

	return slash && slash > s && slash[1] && !strchr(slash + 1, '/') && !strchr(s, ' ');
}

static bool is_clone_url(const char *s)
{
	static const char *const schemes[] = {"http://", "https://", "ssh://"};

	for (size_t i = 0; s && i < ARRAY_SIZE(schemes); i++)
		if (strncmp(s, schemes[i], strlen(schemes[i])) == 0)
			return !strchr(s, ' ');
	return false;
}

/* NULL: nothing. */
static const char *find_wrong(const cJSON *json, int64_t *timeout_s)
{
	const cJSON *image = cJSON_GetObjectItemCaseSensitive(json, "image");

	if (!is_run_id(json_string(json, "run_id")))
		return "run_id";
	if (!is_repository(get_line(json, "repository", MAX_NAME)))
		return "repository";
	if (!is_hash(json_string(json, "commit")))
		return "commit";
	if (!get_integer(json, "timeout_s", 1, POLL_MAX_TIMEOUT_S, timeout_s))
		return "timeout_s";
	if (image && !cJSON_IsNull(image) && !cJSON_IsString(image))
		return "image";
	if (!is_clone_url(get_line(json, "clone_url", MAX_URL)))
		return "clone_url";
	return NULL;
}

static char *copy_string(const cJSON *json, const char *key)
{
	const char *s = json_string(json, key);

	return s ? xstrdup(s) : NULL;
}

static void fill_job(struct poll_job *job, const cJSON *json)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	const char *wrong = find_wrong(json, &job->timeout_s);

	if (wrong) {
		job->wrong = xasprintf(_("the server's answer has no right '%s'"), wrong);
		return;
	}
	job->run_id = copy_string(json, "run_id");
	job->repository = copy_string(json, "repository");
	job->commit = copy_string(json, "commit");
	job->image = copy_string(json, "image");
	json_print(&text, json, false);
	job->json = strbuf_detach(&text, NULL);
}

static int get_job(struct poll_answer *answer, const cJSON *json, struct jci_error *err)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, "job");
	struct poll_key key;

	if (!item || cJSON_IsNull(item))
		return 0;
	if (!cJSON_IsObject(item) || !get_key(item, &key))
		return jci_error_set(err, JCI_EINVALID, _("the job has no id and attempt"));
	answer->job = xcalloc(1, sizeof(*answer->job));
	answer->job->key = key;
	fill_job(answer->job, item);
	return 0;
}

int poll_answer_parse(struct poll_answer *answer, const char *text, size_t len,
		      struct jci_error *err)
{
	cleanup_json cJSON *json = NULL;
	int64_t max_jobs;

	if (json_parse(&json, text, len, err) < 0)
		return err->code;
	if (!cJSON_IsObject(json))
		return jci_error_set(err, JCI_EINVALID, _("it is no JSON object"));
	if (!get_integer(json, "max_jobs", 0, MAX_JOBS, &max_jobs))
		return jci_error_set(err, JCI_EINVALID, _("'%s' is no number from 0 to %d"),
				     "max_jobs", MAX_JOBS);
	answer->max_jobs = (int)max_jobs;
	if (get_keys(json, "cancel", &answer->cancel, err) < 0 ||
	    get_keys(json, "forget", &answer->forget, err) < 0)
		return err->code;
	return get_job(answer, json, err);
}
