/* git jci diff: compares two runs. */
#include "cmd/cmd.h"

#include <stdio.h>
#include <string.h>

#include "cmd/print.h"
#include "core/compare.h"
#include "core/find.h"
#include "util/duration.h"
#include "util/gettext.h"
#include "util/text.h"

/* ---- what to compare with ---- */

static int find_runs(struct jci_comparison *c, int argc, char **argv, struct jci_error *err)
{
	if (argc > 2) { /* git diff's order: the old one first */
		if (jci_find_run(c->repo, argv[1], &c->base, err) < 0)
			return err->code;
		return jci_find_run(c->repo, argv[2], &c->run, err);
	}
	if (jci_find_run(c->repo, argc > 1 ? argv[1] : "latest", &c->run, err) < 0)
		return err->code;
	return jci_compare_find_base(c->repo, &c->run, 0, &c->base, err);
}

/* ---- printing ---- */

static void add_run(struct strbuf *sb, const char *label, const struct jci_comparison *c,
		    const struct jci_record *r)
{
	cleanup_free char *subject = jci_repo_subject(c->repo, &r->ref.commit);
	char id[JCI_RUN_ID_SIZE];

	jci_run_id_format(id, &r->ref.id);
	print_add_padded(sb, label, 10);
	strbuf_addf(sb, "%s %.*s ", id, PRINT_ABBREV, git_oid_tostr_s(&r->ref.commit));
	text_add_safe(sb, subject, strlen(subject));
	strbuf_addch(sb, '\n');
}

static void add_summary(struct strbuf *sb, const struct jci_comparison *c)
{
	const struct jci_record *base = &c->base, *run = &c->run;

	add_run(sb, _("base"), c, base);
	add_run(sb, _("run"), c, run);
	print_add_padded(sb, _("status"), 10);
	print_add_styled(sb, print_run_style(base), print_word(base));
	strbuf_addstr(sb, " -> ");
	print_add_styled(sb, print_run_style(run), print_word(run));
	strbuf_addch(sb, '\n');
	print_add_padded(sb, _("duration"), 10);
	duration_add(sb, base->duration_us > 0 ? base->duration_us : 0);
	strbuf_addstr(sb, " -> ");
	duration_add(sb, run->duration_us > 0 ? run->duration_us : 0);
	if (base->duration_us > 0 && run->duration_us >= 0)
		strbuf_addf(sb, " (%+.0f%%)",
			    100.0 * ((double)run->duration_us / (double)base->duration_us - 1));
	strbuf_addch(sb, '\n');
}

static enum print_style delta_style(git_delta_t status)
{
	if (status == GIT_DELTA_ADDED)
		return STYLE_ADDED;
	return status == GIT_DELTA_DELETED ? STYLE_REMOVED : STYLE_RUNNING;
}

static size_t add_artifacts(struct strbuf *sb, const struct jci_comparison *c)
{
	size_t n = 0;

	for (size_t i = 0; i < git_diff_num_deltas(c->artifacts); i++) {
		const git_diff_delta *d = git_diff_get_delta(c->artifacts, i);
		cleanup_strbuf struct strbuf line = STRBUF_INIT;

		if (!jci_comparison_is_artifact(c, d))
			continue;
		if (n++ == 0)
			strbuf_addf(sb, "\n%s\n", _("artifacts:"));
		strbuf_addf(&line, "%c  ", git_diff_status_char(d->status));
		text_add_safe(&line, d->new_file.path, strlen(d->new_file.path));
		print_add_styled(sb, delta_style(d->status), line.buf);
		strbuf_addch(sb, '\n');
	}
	return n;
}

struct hunk_printer {
	struct strbuf *sb;
	bool whole; /* with the names of the files: a patch of artifacts */
	const struct jci_comparison *c;
};

static int add_diff_line(const git_diff_delta *d, const git_diff_hunk *hunk,
			 const git_diff_line *line, void *ctx)
{
	const struct hunk_printer *p = ctx;
	struct term_filter filter = TERM_FILTER_INIT;
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	enum print_style style = line->origin == '+'   ? STYLE_ADDED
				 : line->origin == '-' ? STYLE_REMOVED
						       : STYLE_DIM;

	(void)hunk;
	if (!p->whole && line->origin == GIT_DIFF_LINE_FILE_HDR)
		return 0;
	if (p->whole && !jci_comparison_is_artifact(p->c, d))
		return 0;
	if (strchr(" +-", line->origin))
		strbuf_addch(&text, line->origin);
	term_filter_add(&filter, &text, line->content, line->content_len);
	if (text.len && text.buf[text.len - 1] == '\n')
		strbuf_setlen(&text, text.len - 1);
	if (line->origin == ' ')
		strbuf_addstr(p->sb, text.buf);
	else
		print_add_styled(p->sb, style, text.buf);
	strbuf_addch(p->sb, '\n');
	return 0;
}

static bool log_differs(const struct jci_comparison *c)
{
	return !c->log || git_patch_num_hunks(c->log) > 0;
}

static void add_log(struct strbuf *sb, const struct jci_comparison *c)
{
	struct hunk_printer printer = {.sb = sb};

	if (!c->log) {
		strbuf_addf(sb, "\n%s\n", _("the logs are too large to compare"));
		return;
	}
	if (!log_differs(c))
		return;
	strbuf_addf(sb, "\n%s\n", _("log:"));
	git_patch_print(c->log, add_diff_line, &printer);
}

/* Whether anything but the duration differs. */
static bool print_text(const struct jci_comparison *c, const struct jci_summaries *s, bool patch)
{
	cleanup_strbuf struct strbuf sb = STRBUF_INIT;
	struct hunk_printer printer = {.sb = &sb, .whole = true, .c = c};
	size_t changed;

	print_begin(c->repo);
	add_summary(&sb, c);
	print_add_summary(&sb, s);
	print_add_failing(&sb, s);
	changed = add_artifacts(&sb, c);
	if (patch && changed) {
		strbuf_addch(&sb, '\n');
		git_diff_print(c->artifacts, GIT_DIFF_FORMAT_PATCH, add_diff_line, &printer);
	}
	add_log(&sb, c);
	fwrite(sb.buf, 1, sb.len, stdout);
	return changed || log_differs(c) || c->base.status != c->run.status;
}

static bool print_json(const struct jci_comparison *c, const struct jci_summaries *s)
{
	cleanup_json cJSON *json = cJSON_CreateObject();
	cJSON *list;

	cJSON_AddItemToObject(json, "base", print_run_json(&c->base));
	cJSON_AddItemToObject(json, "run", print_run_json(&c->run));
	cJSON_AddItemToObject(json, "summary", jci_summaries_to_json(s));
	list = cJSON_AddArrayToObject(json, "artifacts");
	for (size_t i = 0; i < git_diff_num_deltas(c->artifacts); i++) {
		const git_diff_delta *d = git_diff_get_delta(c->artifacts, i);
		const char change[] = {git_diff_status_char(d->status), '\0'};
		cJSON *item;

		if (!jci_comparison_is_artifact(c, d))
			continue;
		item = cJSON_CreateObject();
		json_set_string(item, "change", change);
		json_set_bytes(item, "path", d->new_file.path, strlen(d->new_file.path));
		cJSON_AddItemToArray(list, item);
	}
	json_set_bool(json, "logDiffers", log_differs(c));
	print_json_line(json);
	return cJSON_GetArraySize(list) || log_differs(c) || c->base.status != c->run.status;
}

static int run_diff(const struct jci_command *self, int argc, char **argv)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_repo struct jci_repo repo = JCI_REPO_INIT;
	cleanup_comparison struct jci_comparison c;
	cleanup_summaries struct jci_summaries summaries;
	bool json = false, patch = false, exit_code = false, differs;
	int status;
	const struct option_spec options[] = {
		{'p', "patch", OPT_FLAG, &patch, NULL,
		 N_("show the changes within the artifacts too")},
		{0, "exit-code", OPT_FLAG, &exit_code, NULL,
		 N_("exit with 1 where the runs differ")},
		{0, "json", OPT_FLAG, &json, NULL, N_("print one JSON object")},
		OPTIONS_END};

	jci_comparison_init(&c, &repo);
	jci_summaries_init(&summaries);
	if (!cmd_options(self, options, &argc, argv, 0, 2, &status))
		return status;
	if (jci_repo_open(&repo, &err) < 0 || find_runs(&c, argc, argv, &err) < 0 ||
	    jci_compare(&c, &err) < 0 ||
	    jci_summaries_read(&summaries, &repo, &c.run, &c.base, NULL, &err) < 0)
		return cmd_fail(&err);
	differs = json ? print_json(&c, &summaries) : print_text(&c, &summaries, patch);
	return print_end(exit_code && differs ? STATUS_RED : STATUS_OK);
}

const struct jci_command cmd_diff = {
	.name = "diff",
	.synopsis = "[-p] [--exit-code] [--json] [RUN]\nBASE-RUN RUN",
	.summary = N_("compare a run with another, or with its last green ancestor"),
	.operands = "<run> <run>",
	.run = run_diff,
};
