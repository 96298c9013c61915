#include "core/record.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/gitclean.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/gettext.h"

enum { FORMAT = 1, MAX_STATUS_TXT = 64, MAX_RUN_JSON = 16 * 1024 * 1024 };

static const char *const status_names[] = {
	[JCI_STATUS_NONE] = "",         [JCI_STATUS_OK] = N_("ok"),
	[JCI_STATUS_ERR] = N_("err"),   [JCI_STATUS_RUNNING] = N_("running"),
	[JCI_STATUS_LOST] = N_("lost"),
};

/* At most nine columns, also in a translation. */
static const char *const reason_names[] = {
	[JCI_REASON_NONE] = "",
	[JCI_REASON_PASSED] = N_("passed"),
	[JCI_REASON_FAILED] = N_("failed"),
	[JCI_REASON_TIMEOUT] = N_("timeout"),
	[JCI_REASON_CANCELLED] = N_("cancelled"),
	[JCI_REASON_KILLED] = N_("killed"),
	[JCI_REASON_LOST] = N_("lost"),
};

const char *jci_status_name(enum jci_status status)
{
	return status_names[status];
}

const char *jci_reason_name(enum jci_reason reason)
{
	return reason_names[reason];
}

const char *jci_record_word(const struct jci_record *r)
{
	const char *name = r->reason ? reason_names[r->reason] : status_names[r->status];

	return *name ? _(name) : name;
}

const char *jci_status_mark(enum jci_status status, bool utf8)
{
	static const char *const marks[][2] = {
		[JCI_STATUS_NONE] = {"", ""},
		[JCI_STATUS_OK] = {"+", "\xe2\x9c\x93"},      /* check mark */
		[JCI_STATUS_ERR] = {"x", "\xe2\x9c\x97"},     /* ballot x */
		[JCI_STATUS_RUNNING] = {"*", "\xe2\x97\x8f"}, /* black circle */
		[JCI_STATUS_LOST] = {"?", "?"},
	};

	return marks[status][utf8];
}

enum jci_status jci_status_parse(const char *s, size_t len)
{
	while (len > 0 && strchr(" \t\r\n", s[len - 1]))
		len--;
	for (size_t i = 1; i < ARRAY_SIZE(status_names); i++)
		if (strlen(status_names[i]) == len && memcmp(status_names[i], s, len) == 0)
			return (enum jci_status)i;
	return JCI_STATUS_NONE;
}

enum jci_reason jci_reason_parse(const char *s)
{
	for (size_t i = 1; i < ARRAY_SIZE(reason_names); i++)
		if (strcmp(reason_names[i], s) == 0)
			return (enum jci_reason)i;
	return JCI_REASON_NONE;
}

void jci_record_init(struct jci_record *r)
{
	*r = (struct jci_record){.exit_status = -1, .duration_us = -1};
}

void jci_record_release(struct jci_record *r)
{
	free(r->branch);
	free(r->trigger);
	free(r->host);
	free(r->program);
	free(r->output_dir);
	free(r->worktree);
	for (size_t i = 0; i < r->n_left_out; i++) {
		free(r->left_out[i].path);
		free(r->left_out[i].why);
	}
	free(r->left_out);
	jci_record_init(r);
}

void jci_record_left_out(struct jci_record *r, const char *path, const char *why)
{
	ARRAY_GROW(r->left_out, r->n_left_out + 1, r->cap_left_out);
	r->left_out[r->n_left_out].path = xstrdup(path);
	r->left_out[r->n_left_out++].why = xstrdup(why);
}

static char *copy_text(const char *text)
{
	return text ? xstrdup(text) : NULL;
}

void jci_record_copy(struct jci_record *to, const struct jci_record *from)
{
	struct jci_record copy = *from;

	copy.branch = copy_text(from->branch);
	copy.trigger = copy_text(from->trigger);
	copy.host = copy_text(from->host);
	copy.program = copy_text(from->program);
	copy.output_dir = copy_text(from->output_dir);
	copy.worktree = copy_text(from->worktree);
	copy.left_out = NULL;
	copy.n_left_out = copy.cap_left_out = 0;
	for (size_t i = 0; i < from->n_left_out; i++)
		jci_record_left_out(&copy, from->left_out[i].path, from->left_out[i].why);
	jci_record_release(to);
	*to = copy;
}

/* ---- run.json ---- */

static void set_time(cJSON *json, const char *key, int64_t us)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;

	if (us)
		time_add_rfc3339(&text, us);
	json_set_string(json, key, us ? text.buf : NULL);
}

static void set_seconds(cJSON *json, const char *key, int64_t us)
{
	if (us < 0)
		json_set_string(json, key, NULL);
	else
		json_set_number(json, key, (double)us / 1e6);
}

static void set_left_out(cJSON *json, const struct jci_record *r)
{
	cJSON *list = cJSON_AddArrayToObject(json, "leftOut");

	for (size_t i = 0; i < r->n_left_out; i++) {
		cJSON *item = cJSON_CreateObject();

		json_set_bytes(item, "path", r->left_out[i].path, strlen(r->left_out[i].path));
		json_set_string(item, "reason", r->left_out[i].why);
		cJSON_AddItemToArray(list, item);
	}
}

static void set_identity(cJSON *json, const struct jci_record *r)
{
	char id[JCI_RUN_ID_SIZE];

	jci_run_id_format(id, &r->ref.id);
	json_set_number(json, "format", FORMAT);
	json_set_string(json, "commit", git_oid_tostr_s(&r->ref.commit));
	json_set_string(json, "runId", id);
	json_set_string(json, "tree", git_oid_is_zero(&r->tree) ? NULL : git_oid_tostr_s(&r->tree));
	if (r->branch)
		json_set_bytes(json, "branch", r->branch, strlen(r->branch));
	else
		json_set_string(json, "branch", NULL);
	json_set_bool(json, "dirty", r->dirty);
}

static void set_result(cJSON *json, const struct jci_record *r)
{
	json_set_string(json, "status", jci_status_name(r->status));
	json_set_string(json, "reason", r->reason ? jci_reason_name(r->reason) : NULL);
	if (r->exit_status >= 0)
		json_set_number(json, "exitStatus", r->exit_status);
	else
		json_set_string(json, "exitStatus", NULL);
	if (r->signal)
		json_set_number(json, "signal", r->signal);
	else
		json_set_string(json, "signal", NULL);
	set_time(json, "start", r->start_us);
	set_time(json, "end", r->end_us);
	set_seconds(json, "duration", r->duration_us);
}

/* What trailers don't tell. */
static void set_rest(cJSON *json, const struct jci_record *r)
{
	set_seconds(json, "timeout", r->timeout_us ? r->timeout_us : -1);
	json_set_string(json, "program", r->program);
	json_set_number(json, "logBytes", (double)r->log_bytes);
	json_set_number(json, "logLines", (double)r->log_lines);
	set_left_out(json, r);
}

cJSON *jci_record_to_json(const struct jci_record *r, bool live)
{
	cJSON *json = cJSON_CreateObject();

	set_identity(json, r);
	set_result(json, r);
	json_set_string(json, "trigger", r->trigger);
	json_set_string(json, "host", r->host);
	if (r->full)
		set_rest(json, r);
	if (live && r->output_dir)
		json_set_bytes(json, "outputDir", r->output_dir, strlen(r->output_dir));
	if (live && r->worktree)
		json_set_bytes(json, "worktree", r->worktree, strlen(r->worktree));
	return json;
}

static char *get_bytes(const cJSON *json, const char *key)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;

	if (!json_get_bytes(json, key, &text) || strlen(text.buf) != text.len)
		return NULL;
	return strbuf_detach(&text, NULL);
}

static char *get_text(const cJSON *json, const char *key)
{
	const char *s = json_string(json, key);

	return s ? xstrdup(s) : NULL;
}

static void get_oid(const cJSON *json, const char *key, git_oid *oid)
{
	const char *s = json_string(json, key);

	if (!s || strlen(s) != GIT_OID_HEXSZ || git_oid_fromstr(oid, s) < 0)
		memset(oid, 0, sizeof(*oid));
}

/* A number within [low, high], else the fallback. */
static int64_t get_number(const cJSON *json, const char *key, double low, double high,
			  int64_t fallback)
{
	double n;

	if (!json_number(json, key, &n) || !(n >= low && n <= high))
		return fallback;
	return (int64_t)n;
}

static int64_t get_seconds(const cJSON *json, const char *key, int64_t fallback)
{
	double n;

	if (!json_number(json, key, &n) || !(n >= 0 && n <= 1e12))
		return fallback;
	return (int64_t)(n * 1e6 + 0.5);
}

static int64_t get_time(const cJSON *json, const char *key)
{
	const char *s = json_string(json, key);
	int64_t us;

	/* to the end of the year 9999, what can be printed again */
	if (!s || !time_parse_rfc3339(s, &us) || us < 0 || us >= INT64_C(253402300800) * 1000000)
		return 0;
	return us;
}

static void get_left_out(const cJSON *json, struct jci_record *r)
{
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(json, "leftOut"), *item;

	cJSON_ArrayForEach(item, list)
	{
		cleanup_free char *path = get_bytes(item, "path");
		const char *why = json_string(item, "reason");

		if (path && why)
			jci_record_left_out(r, path, why);
	}
}

static void get_result(const cJSON *json, struct jci_record *r)
{
	const char *status = json_string(json, "status"), *reason = json_string(json, "reason");

	r->status = status ? jci_status_parse(status, strlen(status)) : JCI_STATUS_NONE;
	r->reason = reason ? jci_reason_parse(reason) : JCI_REASON_NONE;
	r->exit_status = (int)get_number(json, "exitStatus", 0, 255, -1);
	r->signal = (int)get_number(json, "signal", 1, 128, 0);
	r->start_us = get_time(json, "start");
	r->end_us = get_time(json, "end");
	r->duration_us = get_seconds(json, "duration", -1);
	r->timeout_us = get_seconds(json, "timeout", 0);
}

int jci_record_from_json(struct jci_record *r, const char *text, size_t len, struct jci_error *err)
{
	cleanup_json cJSON *json = NULL;
	const char *id;
	double format;

	if (json_parse(&json, text, len, err) < 0)
		return err->code;
	if (!json_number(json, "format", &format) || format != FORMAT)
		return jci_error_set(err, JCI_EINVALID,
				     _("run.json is of a format not known here"));
	jci_record_release(r);
	id = json_string(json, "runId");
	if (!id || !jci_run_id_parse(&r->ref.id, id, strlen(id)))
		return jci_error_set(err, JCI_EINVALID, _("run.json has no valid run id"));
	get_oid(json, "commit", &r->ref.commit);
	get_oid(json, "tree", &r->tree);
	get_result(json, r);
	r->dirty = json_bool(json, "dirty", false);
	r->branch = get_bytes(json, "branch");
	r->trigger = get_text(json, "trigger");
	r->host = get_text(json, "host");
	r->program = get_text(json, "program");
	r->log_bytes = (uint64_t)get_number(json, "logBytes", 0, 9e15, 0);
	r->log_lines = (uint64_t)get_number(json, "logLines", 0, 9e15, 0);
	get_left_out(json, r);
	r->output_dir = get_bytes(json, "outputDir");
	r->worktree = get_bytes(json, "worktree");
	r->full = true;
	return 0;
}

/* ---- trailers ---- */

/* The bytes as they are, but for what would end the line or the trailers. */
static void add_trailer(struct strbuf *sb, const char *key, const char *value)
{
	if (!value || !*value)
		return;
	strbuf_addf(sb, "Jci-%s: ", key);
	for (; *value; value++)
		strbuf_addch(sb, (unsigned char)*value < ' ' || *value == 0x7f ? ' ' : *value);
	strbuf_addch(sb, '\n');
}

static void add_number_trailer(struct strbuf *sb, const char *key, int64_t n)
{
	strbuf_addf(sb, "Jci-%s: %" PRId64 "\n", key, n);
}

static void add_time_trailer(struct strbuf *sb, const char *key, int64_t us)
{
	strbuf_addf(sb, "Jci-%s: %" PRId64 ".%06" PRId64 "\n", key, us / 1000000, us % 1000000);
}

void jci_record_message(struct strbuf *sb, const struct jci_record *r)
{
	char id[JCI_RUN_ID_SIZE];
	const char *commit = git_oid_tostr_s(&r->ref.commit);

	jci_run_id_format(id, &r->ref.id);
	strbuf_addf(sb, "CI results for %.12s (run %s)\n\n", commit, id);
	add_trailer(sb, "Commit", commit);
	add_trailer(sb, "Status", jci_status_name(r->status));
	add_trailer(sb, "Reason", jci_reason_name(r->reason));
	if (r->exit_status >= 0)
		add_number_trailer(sb, "Exit", r->exit_status);
	if (r->signal)
		add_number_trailer(sb, "Signal", r->signal);
	add_time_trailer(sb, "Start", r->start_us);
	if (r->duration_us >= 0)
		add_time_trailer(sb, "Duration", r->duration_us);
	if (!git_oid_is_zero(&r->tree))
		add_trailer(sb, "Tree", git_oid_tostr_s(&r->tree));
	if (r->dirty)
		add_trailer(sb, "Dirty", "true");
	add_trailer(sb, "Branch", r->branch);
	add_trailer(sb, "Trigger", r->trigger);
	add_trailer(sb, "Host", r->host);
}

/* "SECONDS.FRACTION" in microseconds. */
static bool parse_us(const char *s, int64_t *us)
{
	char *end;
	double n = strtod(s, &end);

	if (end == s || *end || !(n >= 0 && n < 1e12))
		return false;
	*us = (int64_t)(n * 1e6 + 0.5);
	return true;
}

static void set_text(char **field, const char *value)
{
	free(*field);
	*field = xstrdup(value);
}

static void take_trailer(struct jci_record *r, const char *key, const char *value)
{
	if (strcmp(key, "Status") == 0)
		r->status = jci_status_parse(value, strlen(value));
	else if (strcmp(key, "Reason") == 0)
		r->reason = jci_reason_parse(value);
	else if (strcmp(key, "Exit") == 0)
		r->exit_status = atoi(value) & 0xff;
	else if (strcmp(key, "Signal") == 0)
		r->signal = atoi(value) & 0x7f;
	else if (strcmp(key, "Start") == 0)
		parse_us(value, &r->start_us);
	else if (strcmp(key, "Duration") == 0)
		parse_us(value, &r->duration_us);
	else if (strcmp(key, "Tree") == 0 && strlen(value) == GIT_OID_HEXSZ)
		git_oid_fromstr(&r->tree, value);
	else if (strcmp(key, "Dirty") == 0)
		r->dirty = strcmp(value, "true") == 0;
	else if (strcmp(key, "Branch") == 0)
		set_text(&r->branch, value);
	else if (strcmp(key, "Trigger") == 0)
		set_text(&r->trigger, value);
	else if (strcmp(key, "Host") == 0)
		set_text(&r->host, value);
}

static void take_trailers(struct jci_record *r, const char *message)
{
	git_message_trailer_array trailers = {0};

	if (git_message_trailers(&trailers, message) < 0)
		return;
	for (size_t i = 0; i < trailers.count; i++)
		if (strncmp(trailers.trailers[i].key, "Jci-", 4) == 0)
			take_trailer(r, trailers.trailers[i].key + 4, trailers.trailers[i].value);
	git_message_trailer_array_free(&trailers);
}

/* ---- stored runs ---- */

/* Content of a small file of the run; JCI_ENOTFOUND where it isn't there. */
static int read_small(const struct jci_repo *repo, const git_commit *commit, const char *path,
		      size_t limit, struct strbuf *out, struct jci_error *err)
{
	cleanup_git_tree git_tree *tree = NULL;
	cleanup_git_tree_entry git_tree_entry *entry = NULL;
	cleanup_git_blob git_blob *blob = NULL;
	git_object_t type;
	git_odb *odb;
	size_t size;
	int code;

	if (git_commit_tree(&tree, commit) < 0 || git_tree_entry_bypath(&entry, tree, path) < 0)
		return jci_error_git(err, JCI_ENOTFOUND, _("cannot read '%s' of the run"), path);
	if (git_repository_odb(&odb, repo->git) < 0)
		return jci_error_git(err, JCI_EFAIL, _("cannot open the object database"));
	code = git_odb_read_header(&size, &type, odb, git_tree_entry_id(entry));
	git_odb_free(odb);
	if (code < 0 || type != GIT_OBJECT_BLOB || size > limit)
		return jci_error_set(err, JCI_EINVALID,
				     _("'%s' of the run is not what it should be"), path);
	if (git_blob_lookup(&blob, repo->git, git_tree_entry_id(entry)) < 0)
		return jci_error_git(err, JCI_EFAIL, _("cannot read '%s' of the run"), path);
	strbuf_add(out, git_blob_rawcontent(blob), size);
	return 0;
}

static int lookup_commit(git_commit **commit, const struct jci_repo *repo,
			 const struct jci_ref *ref, struct jci_error *err)
{
	cleanup_strbuf struct strbuf name = STRBUF_INIT;

	if (git_commit_lookup(commit, repo->git, &ref->target) == 0)
		return 0;
	jci_ref_name(&name, ref);
	return jci_error_git(err, JCI_EFAIL, _("cannot read '%s'"), name.buf);
}

/* A run of the Go program says how it went in its tree alone. */
static void read_foreign(const struct jci_repo *repo, const git_commit *commit,
			 struct jci_record *r)
{
	cleanup_strbuf struct strbuf status = STRBUF_INIT;
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;

	r->foreign = true;
	if (read_small(repo, commit, "status.txt", MAX_STATUS_TXT, &status, &ignored) == 0)
		r->status = jci_status_parse(status.buf, status.len);
	if (r->status == JCI_STATUS_OK)
		r->reason = JCI_REASON_PASSED;
	else if (r->status == JCI_STATUS_ERR)
		r->reason = JCI_REASON_FAILED;
	r->duration_us = r->end_us > r->start_us ? r->end_us - r->start_us : -1;
}

static void fill(const struct jci_repo *repo, const git_commit *commit, const struct jci_ref *ref,
		 struct jci_record *r)
{
	const int64_t end = git_commit_committer(commit)->when.time;

	jci_record_release(r);
	r->ref = *ref;
	r->start_us = jci_run_id_us(&ref->id);
	r->end_us = end > 0 ? jci_run_id_us(&(struct jci_run_id){.seconds = end}) : 0;
	take_trailers(r, git_commit_message(commit));
	if (r->status == JCI_STATUS_NONE)
		read_foreign(repo, commit, r);
	else if (r->duration_us >= 0)
		r->end_us = r->start_us + r->duration_us;
}

int jci_record_read(const struct jci_repo *repo, const struct jci_ref *ref, struct jci_record *r,
		    struct jci_error *err)
{
	cleanup_git_commit git_commit *commit = NULL;

	if (lookup_commit(&commit, repo, ref, err) < 0)
		return err->code;
	fill(repo, commit, ref, r);
	return 0;
}

int jci_record_read_full(const struct jci_repo *repo, const struct jci_ref *ref,
			 struct jci_record *r, struct jci_error *err)
{
	cleanup_git_commit git_commit *commit = NULL;
	cleanup_strbuf struct strbuf json = STRBUF_INIT;

	if (lookup_commit(&commit, repo, ref, err) < 0)
		return err->code;
	fill(repo, commit, ref, r);
	if (r->foreign)
		return 0;
	if (read_small(repo, commit, ".jci/run.json", MAX_RUN_JSON, &json, err) < 0) {
		if (err->code != JCI_ENOTFOUND)
			return err->code;
		jci_error_clear(err); /* somebody else's: the trailers have to do */
		return 0;
	}
	if (jci_record_from_json(r, json.buf, json.len, err) < 0)
		return err->code;
	r->ref = *ref;
	return 0;
}

/* ---- runs of others ---- */

static int mismatch(const char *file, struct jci_error *err)
{
	return jci_error_set(err, JCI_EINVALID,
			     _("'%s' of the run does not fit its name or status"), file);
}

/* The Go program's status.txt may end with a newline. */
static int check_status_txt(const struct jci_repo *repo, const git_commit *commit,
			    const struct jci_record *r, struct jci_error *err)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;

	if (read_small(repo, commit, "status.txt", MAX_STATUS_TXT, &text, err) < 0)
		return err->code;
	return jci_status_parse(text.buf, text.len) == r->status ? 0 : mismatch("status.txt", err);
}

static int check_run_json(const struct jci_repo *repo, const git_commit *commit,
			  const struct jci_record *r, struct jci_error *err)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	cleanup_record struct jci_record json;

	jci_record_init(&json);
	if (read_small(repo, commit, ".jci/run.json", MAX_RUN_JSON, &text, err) < 0) {
		if (err->code != JCI_ENOTFOUND)
			return err->code;
		jci_error_clear(err); /* somebody else's, or the Go program's */
		return 0;
	}
	if (jci_record_from_json(&json, text.buf, text.len, err) < 0)
		return err->code;
	if (!git_oid_equal(&json.ref.commit, &r->ref.commit) ||
	    jci_run_id_cmp(&json.ref.id, &r->ref.id) != 0 || json.status != r->status)
		return mismatch(".jci/run.json", err);
	return 0;
}

int jci_record_check(const struct jci_repo *repo, const struct jci_ref *ref, struct jci_error *err)
{
	cleanup_git_commit git_commit *commit = NULL;
	cleanup_record struct jci_record r;

	jci_record_init(&r);
	if (lookup_commit(&commit, repo, ref, err) < 0)
		return err->code;
	fill(repo, commit, ref, &r);
	if (check_status_txt(repo, commit, &r, err) < 0)
		return err->code;
	if (r.status == JCI_STATUS_NONE || r.status == JCI_STATUS_LOST)
		return mismatch("status.txt", err);
	return check_run_json(repo, commit, &r, err);
}
