/* /api/commit/COMMIT[/RUN]: a commit, and one of its runs with its artifacts. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/artifacts.h"
#include "core/find.h"
#include "core/gitclean.h"
#include "core/livefiles.h"
#include "core/page.h"
#include "util/clock.h"
#include "util/text.h"
#include "web/find.h"
#include "web/kind.h"
#include "web/respond.h"
#include "web/routes.h"
#include "web/runjson.h"
#include "web/ticket.h"

/* Of more files than these the list is cut: no browser shows them. */
enum { MAX_FILES = 100000 };

/* ---- the commit ---- */

static void set_parents(cJSON *json, const git_commit *commit)
{
	cJSON *parents = cJSON_AddArrayToObject(json, "parents");

	for (unsigned i = 0; i < git_commit_parentcount(commit); i++)
		cJSON_AddItemToArray(parents, cJSON_CreateString(git_oid_tostr_s(
						      git_commit_parent_id(commit, i))));
}

/* "3 minutes ago", as git's %cr. */
static void set_date(cJSON *json, const git_commit *commit)
{
	cleanup_strbuf struct strbuf age = STRBUF_INIT;
	const int64_t seconds = git_commit_committer(commit)->when.time;

	time_add_age(&age, jci_run_id_us(&(struct jci_run_id){.seconds = seconds}), clock_now_us());
	json_set_string(json, "date", age.buf);
	json_set_number(json, "time", (double)seconds);
}

/* A commit that is not here may have runs all the same: then nothing is known of it but its hash.
 */
static void set_commit(cJSON *json, const struct jci_repo *repo, const git_oid *oid)
{
	cleanup_git_commit git_commit *commit = NULL;
	const git_signature *author;
	const char *subject;

	json_set_string(json, "hash", git_oid_tostr_s(oid));
	if (git_commit_lookup(&commit, repo->git, oid) < 0) {
		json_set_string(json, "author", "");
		json_set_string(json, "date", "");
		return;
	}
	author = git_commit_author(commit);
	subject = git_commit_summary(commit);
	json_set_string(json, "author", author->name);
	json_set_string(json, "email", author->email);
	set_date(json, commit);
	json_set_string(json, "subject", subject ? subject : "");
	json_set_string(json, "message", git_commit_message(commit));
	set_parents(json, commit);
}

/* ---- its runs ---- */

/* Oldest first, as the Go program has them. */
static int set_runs(struct web_request *rq, cJSON *json, const git_oid *commit)
{
	cleanup_run_list struct jci_run_list *list = NULL;
	cJSON *runs = cJSON_AddArrayToObject(json, "runs");
	int code;

	if (jci_run_list_new(&list, rq->repo, commit, &rq->err) < 0)
		return rq->err.code;
	for (;;) {
		cleanup_record struct jci_record r;

		jci_record_init(&r);
		code = jci_run_list_next(list, &r, &rq->err);
		if (code <= 0)
			return code;
		cJSON_InsertItemInArray(runs, 0, web_run_json(&r));
	}
}

/* ---- artifacts ---- */

struct files {
	const struct jci_repo *repo;
	cJSON *files, *artifacts;
	size_t n;
	bool stored;
};

static bool is_our_page(const struct jci_repo *repo, const struct jci_artifact *a)
{
	cleanup_git_blob git_blob *blob = NULL;

	return strcmp(a->path, "index.html") == 0 &&
	       git_blob_lookup(&blob, repo->git, &a->oid) == 0 &&
	       jci_page_is_ours(git_blob_rawcontent(blob), git_blob_rawsize(blob));
}

static void add_name(cJSON *list, const char *name)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;

	text_add_utf8(&text, name, strlen(name));
	cJSON_AddItemToArray(list, cJSON_CreateString(text.buf));
}

static int add_file(void *ctx, const struct jci_artifact *a)
{
	struct files *f = ctx;
	char mode[8];
	cJSON *json;

	if (a->mode == GIT_FILEMODE_TREE || (f->stored && is_our_page(f->repo, a)))
		return 0;
	if (f->n++ == MAX_FILES)
		return 1;
	add_name(f->files, a->path);
	json = cJSON_CreateObject();
	json_set_bytes(json, "path", a->path, strlen(a->path));
	snprintf(mode, sizeof(mode), "%06o", a->mode);
	json_set_string(json, "mode", mode);
	json_set_number(json, "size", (double)a->size);
	json_set_string(json, "oid", f->stored ? git_oid_tostr_s(&a->oid) : NULL);
	json_set_string(json, "type", web_kind_of(a->path, a->mode)->name);
	cJSON_AddItemToArray(f->artifacts, json);
	return 0;
}

/* The log of a run that goes on is not in its output folder yet. */
static int add_live_log(const struct jci_repo *repo, const struct jci_record *r, struct files *f)
{
	struct jci_artifact log = {.path = "run.output.txt", .mode = GIT_FILEMODE_BLOB};
	cleanup_close int fd = jci_live_open(repo, &r->ref.id, "log");
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return 0;
	log.size = (uint64_t)st.st_size;
	return add_file(f, &log);
}

static int set_files(struct web_request *rq, cJSON *json, const struct jci_record *r)
{
	struct files f = {
		.repo = rq->repo,
		.files = cJSON_AddArrayToObject(json, "files"),
		.artifacts = cJSON_AddArrayToObject(json, "artifacts"),
		.stored = jci_record_is_stored(r),
	};
	int code;

	if (f.stored)
		code = jci_artifacts_walk(rq->repo, r, add_file, &f, &rq->err);
	else
		code = add_live_log(rq->repo, r, &f) || jci_livefiles_walk(r, add_file, &f);
	json_set_bool(json, "filesCut", code > 0);
	return code < 0 ? code : 0;
}

/* ---- the whole ---- */

/* Where a frame finds the run's files, relative to the page's base. */
static void set_view(struct web_request *rq, cJSON *json, const char *commit, const char *run)
{
	cleanup_strbuf struct strbuf view = STRBUF_INIT;
	char ticket[WEB_TICKET_SIZE];

	web_ticket_make(web_ticket_key_of(rq->web), commit, run, ticket);
	strbuf_addf(&view, "view/%s/%s/%s/", ticket, commit, run);
	json_set_string(json, "view", view.buf);
}

static int set_run(struct web_request *rq, cJSON *json, const struct jci_record *r)
{
	const bool stored = jci_record_is_stored(r);
	cleanup_strbuf struct strbuf ref = STRBUF_INIT;
	char id[JCI_RUN_ID_SIZE];

	jci_run_id_format(id, &r->ref.id);
	jci_ref_name(&ref, &r->ref);
	json_set_string(json, "status", web_status_name(r->status));
	json_set_string(json, "ref", stored ? ref.buf : NULL);
	json_set_string(json, "runId", id);
	json_set_bool(json, "isLive", !stored || r->status == JCI_STATUS_RUNNING);
	set_view(rq, json, git_oid_tostr_s(&r->ref.commit), id);
	cJSON_AddItemToObject(json, "record", jci_record_to_json(r, false));
	return set_files(rq, json, r);
}

static void set_no_run(cJSON *json)
{
	json_set_string(json, "status", "");
	json_set_string(json, "ref", NULL);
	json_set_string(json, "runId", NULL);
	json_set_bool(json, "isLive", false);
	cJSON_AddArrayToObject(json, "files");
	cJSON_AddArrayToObject(json, "artifacts");
}

int serve_commit(struct web_request *rq)
{
	cleanup_json cJSON *json = cJSON_CreateObject();
	cleanup_record struct jci_record r;
	const char *id = rq->n_args > 1 ? rq->args[1].s : NULL;
	git_oid commit;

	jci_record_init(&r);
	if (web_find_commit(rq, rq->args[0].s, &commit) < 0)
		return rq->err.code;
	set_commit(json, rq->repo, &commit);
	if (set_runs(rq, json, &commit) < 0)
		return rq->err.code;
	if (!id && cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(json, "runs")) == 0)
		set_no_run(json);
	else if (web_find_run(rq, &commit, id, &r) < 0 || set_run(rq, json, &r) < 0)
		return rq->err.code;
	return respond_json(rq, json);
}
