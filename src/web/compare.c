/* /api/compare: two stored runs side by side. */
#include <string.h>

#include "core/compare.h"
#include "core/gitclean.h"
#include "core/summary.h"
#include "util/gettext.h"
#include "web/find.h"
#include "web/logtext.h"
#include "web/respond.h"
#include "web/routes.h"
#include "web/runjson.h"

/* Of more than these the rest is left out: nobody reads it. */
enum { MAX_FILES = 10000, MAX_TESTS = 5000, MAX_LOG_LINES = 5000, MAX_LOG_BYTES = 1024 * 1024 };

static void add_run(cJSON *json, const char *key, const struct jci_repo *repo,
		    const struct jci_record *r, const struct jci_summary *summary)
{
	cJSON *run = web_run_json(r);
	cleanup_free char *subject = jci_repo_subject(repo, &r->ref.commit);

	json_set_string(run, "hash", git_oid_tostr_s(&r->ref.commit));
	json_set_bytes(run, "subject", subject, strlen(subject));
	jci_summary_set_json(run, summary);
	cJSON_AddItemToObject(json, key, run);
}

/* ---- tests ---- */

/* Those that end in another way, or are in one of the runs alone. */
static void add_tests(cJSON *json, const struct jci_summaries *s)
{
	cJSON *list = cJSON_AddArrayToObject(json, "tests");

	for (size_t i = 0; i < s->n_changes && i < MAX_TESTS; i++) {
		const struct jci_summary_change *change = &s->changes[i];
		cJSON *item = cJSON_CreateObject();

		json_set_bytes(item, "name", change->name, strlen(change->name));
		json_set_string(item, "a", jci_summary_word(change->before));
		json_set_string(item, "b", jci_summary_word(change->now));
		cJSON_AddItemToArray(list, item);
	}
	json_set_bool(json, "testsCut", s->n_changes > MAX_TESTS);
}

/* ---- artifacts ---- */

static const char *change_word(git_delta_t status)
{
	switch (status) {
	case GIT_DELTA_ADDED:
		return "added";
	case GIT_DELTA_DELETED:
		return "removed";
	case GIT_DELTA_UNMODIFIED:
		return "same";
	default:
		return "changed";
	}
}

/* Of the Go program's files, and of links, too; null where there is none. */
static void set_size(cJSON *json, const char *key, git_odb *odb, const git_oid *oid)
{
	git_object_t type;
	size_t size;

	if (git_oid_is_zero(oid) || git_odb_read_header(&size, &type, odb, oid) < 0)
		json_set_string(json, key, NULL);
	else
		json_set_number(json, key, (double)size);
}

static int add_files(cJSON *json, const struct jci_comparison *c, struct jci_error *err)
{
	cleanup_git_odb git_odb *odb = NULL;
	cJSON *list = cJSON_AddArrayToObject(json, "files");
	size_t left = MAX_FILES;

	if (git_repository_odb(&odb, c->repo->git) < 0)
		return jci_error_git(err, JCI_EFAIL, _("cannot compare the artifacts"));
	for (size_t i = 0; left && i < git_diff_num_deltas(c->artifacts); i++) {
		const git_diff_delta *d = git_diff_get_delta(c->artifacts, i);
		cJSON *item;

		if (!jci_comparison_is_artifact(c, d))
			continue;
		item = cJSON_CreateObject();
		json_set_bytes(item, "path", d->new_file.path, strlen(d->new_file.path));
		json_set_string(item, "change", change_word(d->status));
		set_size(item, "sizeA", odb, &d->old_file.id);
		set_size(item, "sizeB", odb, &d->new_file.id);
		cJSON_AddItemToArray(list, item);
		left--;
	}
	json_set_bool(json, "filesCut", !left);
	return 0;
}

/* ---- logs ---- */

struct log_list {
	cJSON *lines;
	size_t left, bytes; /* lines that there is room for, and bytes */
};

static void add_text(struct log_list *list, const char *op, const char *text, size_t len)
{
	cleanup_strbuf struct strbuf safe = STRBUF_INIT;
	cJSON *item = cJSON_CreateObject();

	while (len && (text[len - 1] == '\n' || text[len - 1] == '\r'))
		len--;
	web_add_log_text(&safe, text, len);
	json_set_string(item, "op", op);
	json_set_string(item, "text", safe.buf);
	cJSON_AddItemToArray(list->lines, item);
	list->left--;
	list->bytes -= len < list->bytes ? len : list->bytes;
}

/* Between two places that differ there is a gap, which begins with git's "@@ -1,2 +3,4 @@". */
static int add_line(const git_diff_delta *d, const git_diff_hunk *hunk, const git_diff_line *line,
		    void *ctx)
{
	struct log_list *list = ctx;
	const char *op = NULL;

	(void)d;
	(void)hunk;
	if (line->origin == GIT_DIFF_LINE_CONTEXT)
		op = "same";
	else if (line->origin == GIT_DIFF_LINE_ADDITION)
		op = "add";
	else if (line->origin == GIT_DIFF_LINE_DELETION)
		op = "remove";
	else if (line->origin == GIT_DIFF_LINE_HUNK_HDR)
		op = "gap";
	if (!op)
		return 0;
	if (!list->left || !list->bytes)
		return 1;
	add_text(list, op, line->content, line->content_len);
	return 0;
}

static void add_log(cJSON *json, const struct jci_comparison *c)
{
	struct log_list list = {.left = MAX_LOG_LINES, .bytes = MAX_LOG_BYTES};
	bool cut = !c->log;

	list.lines = cJSON_AddArrayToObject(json, "log");
	if (c->log)
		cut = git_patch_print(c->log, add_line, &list) != 0;
	json_set_bool(json, "logCut", cut);
}

/* ---- the whole ---- */

int serve_compare(struct web_request *rq)
{
	cleanup_comparison struct jci_comparison c;
	cleanup_summaries struct jci_summaries summaries;
	cleanup_json cJSON *json = cJSON_CreateObject();

	jci_comparison_init(&c, rq->repo);
	jci_summaries_init(&summaries);
	c.with_same = true;
	if (web_find_run_at(rq, 0, &c.base) < 0 || web_find_run_at(rq, 2, &c.run) < 0 ||
	    jci_compare(&c, &rq->err) < 0 ||
	    jci_summaries_read(&summaries, rq->repo, &c.run, &c.base, NULL, &rq->err) < 0)
		return rq->err.code;
	add_run(json, "a", rq->repo, &c.base, &summaries.base);
	add_run(json, "b", rq->repo, &c.run, &summaries.now);
	add_tests(json, &summaries);
	if (add_files(json, &c, &rq->err) < 0)
		return rq->err.code;
	add_log(json, &c);
	return respond_json(rq, json);
}
