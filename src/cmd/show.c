/* git jci show: what is known of a run, and its artifacts. */
#include "cmd/cmd.h"

#include <stdio.h>
#include <string.h>

#include "cmd/print.h"
#include "core/artifacts.h"
#include "core/find.h"
#include "util/clock.h"
#include "util/duration.h"
#include "util/gettext.h"
#include "util/text.h"

static void add_field(struct strbuf *sb, const char *name, const char *text)
{
	if (!text || !*text)
		return;
	print_add_padded(sb, name, 10);
	text_add_safe(sb, text, strlen(text));
	strbuf_addch(sb, '\n');
}

static void add_status(struct strbuf *sb, const struct jci_record *r)
{
	cleanup_strbuf struct strbuf end = STRBUF_INIT;

	print_add_padded(sb, _("status"), 10);
	print_add_styled(sb, print_run_style(r), print_word(r));
	print_add_end(&end, r);
	if (end.len)
		strbuf_addf(sb, " (%s)", end.buf);
	strbuf_addch(sb, '\n');
	if (r->status == JCI_STATUS_LOST)
		strbuf_addf(sb, "%-10s%s\n", "",
			    _("its process is gone; store what it left with: git jci recover"));
}

static void add_times(struct strbuf *sb, const struct jci_record *r)
{
	cleanup_strbuf struct strbuf start = STRBUF_INIT, took = STRBUF_INIT;

	time_add_local(&start, r->start_us);
	strbuf_addstr(&start, ", ");
	time_add_age(&start, r->start_us, clock_now_us());
	add_field(sb, _("start"), start.buf);
	if (r->duration_us >= 0)
		duration_add(&took, r->duration_us);
	add_field(sb, _("duration"), took.buf);
}

static void add_head(struct strbuf *sb, const struct jci_repo *repo, const struct jci_record *r)
{
	cleanup_free char *subject = jci_repo_subject(repo, &r->ref.commit);
	cleanup_strbuf struct strbuf commit = STRBUF_INIT, ref = STRBUF_INIT;
	char id[JCI_RUN_ID_SIZE];

	jci_run_id_format(id, &r->ref.id);
	add_field(sb, _("run"), id);
	strbuf_addf(&commit, "%s %s", git_oid_tostr_s(&r->ref.commit), subject);
	add_field(sb, _("commit"), commit.buf);
	add_status(sb, r);
	add_field(sb, _("branch"), r->branch);
	if (r->dirty)
		add_field(sb, _("dirty"), _("the work tree was not what the commit holds"));
	add_times(sb, r);
	add_field(sb, _("trigger"), r->trigger);
	add_field(sb, _("host"), r->host);
	add_field(sb, _("program"), r->foreign ? _("not git-jci") : r->program);
	jci_ref_name(&ref, &r->ref);
	if (jci_record_is_stored(r))
		add_field(sb, _("ref"), ref.buf);
}

static void add_left_out(struct strbuf *sb, const struct jci_record *r)
{
	if (r->n_left_out)
		strbuf_addf(sb, "\n%s\n", _("left out:"));
	for (size_t i = 0; i < r->n_left_out; i++) {
		strbuf_addf(sb, "%10s  ", r->left_out[i].why);
		text_add_safe(sb, r->left_out[i].path, strlen(r->left_out[i].path));
		strbuf_addch(sb, '\n');
	}
}

static int add_artifact(void *ctx, const struct jci_artifact *a)
{
	struct strbuf *sb = ctx;
	cleanup_strbuf struct strbuf size = STRBUF_INIT;

	size_add(&size, a->size);
	strbuf_addf(sb, "%10s  ", a->mode == 040000 ? "" : size.buf);
	text_add_safe(sb, a->path, strlen(a->path));
	strbuf_addstr(sb, a->mode == 0100755   ? "*\n"
			  : a->mode == 0120000 ? "@\n"
			  : a->mode == 040000  ? "/\n"
					       : "\n");
	return 0;
}

static int print_name_z(void *ctx, const struct jci_artifact *a)
{
	(void)ctx;
	fwrite(a->path, 1, strlen(a->path) + 1, stdout);
	return 0;
}

static int add_artifact_json(void *ctx, const struct jci_artifact *a)
{
	cJSON *list = ctx, *item = cJSON_CreateObject();
	char mode[16];

	snprintf(mode, sizeof(mode), "%06o", a->mode);
	json_set_bytes(item, "path", a->path, strlen(a->path));
	json_set_string(item, "mode", mode);
	json_set_number(item, "size", (double)a->size);
	json_set_string(item, "oid", git_oid_tostr_s(&a->oid));
	cJSON_AddItemToArray(list, item);
	return 0;
}

static int show_json(const struct jci_repo *repo, const struct jci_record *r, struct jci_error *err)
{
	cleanup_json cJSON *json = print_run_json(r);
	cleanup_summaries struct jci_summaries summaries;
	cJSON *list;

	jci_summaries_init(&summaries);
	if (jci_summaries_read(&summaries, repo, r, NULL, NULL, err) < 0)
		return err->code;
	cJSON_AddItemToObject(json, "summary", jci_summaries_to_json(&summaries));
	list = cJSON_AddArrayToObject(json, "artifacts");
	if (jci_record_is_stored(r) &&
	    jci_artifacts_walk(repo, r, add_artifact_json, list, err) < 0)
		return err->code;
	print_json_line(json);
	return 0;
}

static int show_text(const struct jci_repo *repo, const struct jci_record *r, struct jci_error *err)
{
	cleanup_strbuf struct strbuf sb = STRBUF_INIT;
	cleanup_summaries struct jci_summaries summaries;

	jci_summaries_init(&summaries);
	if (jci_summaries_read(&summaries, repo, r, NULL, NULL, err) < 0)
		return err->code;
	print_begin(repo);
	add_head(&sb, repo, r);
	print_add_summary(&sb, &summaries);
	print_add_failing(&sb, &summaries);
	if (jci_record_is_stored(r)) {
		strbuf_addf(&sb, "\n%s\n", _("artifacts:"));
		if (jci_artifacts_walk(repo, r, add_artifact, &sb, err) < 0)
			return err->code;
	}
	add_left_out(&sb, r);
	fwrite(sb.buf, 1, sb.len, stdout);
	return 0;
}

static int find_full(const struct jci_repo *repo, const char *name, struct jci_record *r,
		     struct jci_error *err)
{
	struct jci_ref ref;

	if (jci_find_run(repo, name, r, err) < 0)
		return err->code;
	ref = r->ref;
	return jci_record_is_stored(r) ? jci_record_read_full(repo, &ref, r, err) : 0;
}

static int run_show(const struct jci_command *self, int argc, char **argv)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_repo struct jci_repo repo = JCI_REPO_INIT;
	cleanup_record struct jci_record r;
	bool json = false, nul = false;
	int status, code;
	const struct option_spec options[] = {
		{0, "json", OPT_FLAG, &json, NULL, N_("print one JSON object")},
		{'z', "null", OPT_FLAG, &nul, NULL,
		 N_("print only the paths of the artifacts, each ended by NUL")},
		OPTIONS_END};

	jci_record_init(&r);
	if (!cmd_options(self, options, &argc, argv, 0, 1, &status))
		return status;
	if (!cmd_one_format(json, nul))
		return STATUS_USAGE;
	if (jci_repo_open(&repo, &err) < 0 ||
	    find_full(&repo, argc > 1 ? argv[1] : "latest", &r, &err) < 0)
		return cmd_fail(&err);
	if (json)
		code = show_json(&repo, &r, &err);
	else if (nul)
		code = jci_record_is_stored(&r)
			       ? jci_artifacts_walk(&repo, &r, print_name_z, NULL, &err)
			       : 0;
	else
		code = show_text(&repo, &r, &err);
	return print_end(code < 0 ? cmd_fail(&err) : STATUS_OK);
}

const struct jci_command cmd_show = {
	.name = "show",
	.synopsis = "[--json | -z] [RUN]",
	.summary = N_("show what is known of a run, and its artifacts"),
	.operands = "<run>",
	.run = run_show,
};
