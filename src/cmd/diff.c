/* git jci diff: compares two runs. */
#include "cmd/cmd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/logsource.h"
#include "cmd/print.h"
#include "core/artifacts.h"
#include "core/find.h"
#include "core/gitclean.h"
#include "core/logmask.h"
#include "core/page.h"
#include "core/walk.h"
#include "util/duration.h"
#include "util/gettext.h"
#include "util/io.h"
#include "util/text.h"

enum { MAX_LOG = 64 * 1024 * 1024 };

struct comparison {
	const struct jci_repo *repo;
	struct jci_record base, run;
	git_diff *artifacts;
	git_patch *log;                  /* of the masked logs; NULL: not compared */
	struct strbuf base_log, run_log; /* the patch points into them */
};

static void comparison_release(struct comparison *c)
{
	git_patch_free(c->log);
	git_diff_free(c->artifacts);
	strbuf_release(&c->base_log);
	strbuf_release(&c->run_log);
	jci_record_release(&c->base);
	jci_record_release(&c->run);
}

/* ---- what to compare with ---- */

/* JCI_ENOTFOUND where the commit has no green run. */
static int find_green(const struct jci_repo *repo, const git_oid *commit, struct jci_record *r,
		      struct jci_error *err)
{
	cleanup_strbuf struct strbuf name = STRBUF_INIT;

	strbuf_addf(&name, "%s/latest-ok", git_oid_tostr_s(commit));
	return jci_find_run(repo, name.buf, r, err);
}

/* The newest green run of the nearest ancestor that has one. */
static int find_base(const struct jci_repo *repo, const struct jci_record *r,
		     struct jci_record *base, struct jci_error *err)
{
	cleanup_walk struct jci_walk *walk = NULL;
	cleanup_refs struct jci_refs refs = JCI_REFS_INIT;
	git_oid commit;
	int code;

	if (jci_refs_list(repo, NULL, &refs, err) < 0)
		return err->code;
	jci_refs_sort(&refs);
	if (jci_walk_new(&walk, repo, false, err) < 0 ||
	    jci_walk_push(walk, git_oid_tostr_s(&r->ref.commit), err) < 0)
		return err->code;
	while ((code = jci_walk_next(walk, &commit, err)) > 0) {
		if (git_oid_equal(&commit, &r->ref.commit) || !jci_refs_has(&refs, &commit))
			continue;
		if (find_green(repo, &commit, base, err) == 0)
			return 0;
		if (err->code != JCI_ENOTFOUND)
			return err->code;
		jci_error_clear(err);
	}
	if (code < 0)
		return code;
	return jci_error_set(err, JCI_ENOTFOUND,
			     _("no ancestor of %.*s has a green run; name the run to compare with"),
			     PRINT_ABBREV, git_oid_tostr_s(&r->ref.commit));
}

static int need_stored(const struct jci_record *r, struct jci_error *err)
{
	char id[JCI_RUN_ID_SIZE];

	if (jci_record_is_stored(r))
		return 0;
	jci_run_id_format(id, &r->ref.id);
	return jci_error_set(err, JCI_EINVALID, _("run '%s' is not stored yet"), id);
}

static int find_runs(struct comparison *c, int argc, char **argv, struct jci_error *err)
{
	if (argc > 2) { /* git diff's order: the old one first */
		if (jci_find_run(c->repo, argv[1], &c->base, err) < 0 ||
		    jci_find_run(c->repo, argv[2], &c->run, err) < 0)
			return err->code;
	} else if (jci_find_run(c->repo, argc > 1 ? argv[1] : "latest", &c->run, err) < 0 ||
		   find_base(c->repo, &c->run, &c->base, err) < 0) {
		return err->code;
	}
	if (need_stored(&c->base, err) < 0)
		return err->code;
	return need_stored(&c->run, err);
}

/* ---- artifacts ---- */

static int tree_of(const struct jci_repo *repo, const struct jci_record *r, git_tree **tree,
		   struct jci_error *err)
{
	cleanup_git_commit git_commit *commit = NULL;

	if (git_commit_lookup(&commit, repo->git, &r->ref.target) < 0 ||
	    git_commit_tree(tree, commit) < 0)
		return jci_error_git(err, JCI_EFAIL, _("cannot read the run"));
	return 0;
}

static int compare_artifacts(struct comparison *c, struct jci_error *err)
{
	cleanup_git_tree git_tree *base = NULL, *run = NULL;
	git_diff_options options;

	git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION);
	if (tree_of(c->repo, &c->base, &base, err) < 0 || tree_of(c->repo, &c->run, &run, err) < 0)
		return err->code;
	if (git_diff_tree_to_tree(&c->artifacts, c->repo->git, base, run, &options) < 0)
		return jci_error_git(err, JCI_EFAIL, _("cannot compare the artifacts"));
	return 0;
}

/* Whether a program made the page, not the script: then it differs always and tells nothing. */
static bool is_made_page(const struct jci_repo *repo, const struct jci_record *r,
			 const git_oid *oid)
{
	git_blob *blob;
	bool ours;

	if (git_oid_is_zero(oid) || r->foreign)
		return true;
	if (git_blob_lookup(&blob, repo->git, oid) < 0)
		return false;
	ours = jci_page_is_ours(git_blob_rawcontent(blob), (size_t)git_blob_rawsize(blob));
	git_blob_free(blob);
	return ours;
}

/* Not what the storage of a run itself adds to it. */
static bool is_artifact(const struct comparison *c, const git_diff_delta *d)
{
	const char *path = d->new_file.path;

	if (strcmp(path, "status.txt") == 0 || strcmp(path, "run.output.txt") == 0 ||
	    strcmp(path, ".jci/run.json") == 0 || strcmp(path, ".jci/log.index") == 0 ||
	    strcmp(path, ".jci/log.timing") == 0)
		return false;
	return strcmp(path, "index.html") != 0 ||
	       !is_made_page(c->repo, &c->base, &d->old_file.id) ||
	       !is_made_page(c->repo, &c->run, &d->new_file.id);
}

/* ---- logs ---- */

/*
 * The Go program writes a header, which ends in a blank line, and a footer around the script's
 * output; the newline in front of the footer's rule is the footer's.
 */
static void strip_foreign(struct strbuf *log)
{
	static const char rule[] = "======================\n", title[] = "=== JCI Run Output ===\n";
	char *head = strstr(log->buf, rule), *foot = NULL, *next = log->buf;
	size_t start = head ? (size_t)(head - log->buf) + sizeof(rule) - 1 : 0;

	if (strncmp(log->buf, title, sizeof(title) - 1) != 0)
		return;
	while ((next = strstr(next, "\n======================\nFinished: "))) {
		foot = next;
		next++;
	}
	if (foot && (size_t)(foot - log->buf) >= start)
		strbuf_setlen(log, (size_t)(foot - log->buf));
	if (log->buf[start] == '\n')
		start++;
	memmove(log->buf, log->buf + start, log->len - start);
	strbuf_setlen(log, log->len - start);
}

/* 1 and the masked log, 0 where it is too large, <0 on failure. */
static int masked_log(const struct jci_repo *repo, const struct jci_record *r, struct strbuf *out,
		      struct jci_error *err)
{
	cleanup_close int fd = jci_log_open(repo, r, err);
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	struct stat st;
	ssize_t n;

	if (fd < 0)
		return err->code;
	if (fstat(fd, &st) == 0 && st.st_size > MAX_LOG)
		return 0;
	strbuf_grow(&text, (size_t)st.st_size);
	n = read_full(fd, text.buf, (size_t)st.st_size);
	if (n < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot read the log"));
	strbuf_setlen(&text, (size_t)n);
	if (r->foreign)
		strip_foreign(&text);
	jci_log_mask(out, text.buf, text.len);
	return 1;
}

static int compare_logs(struct comparison *c, struct jci_error *err)
{
	git_diff_options options;
	int code = masked_log(c->repo, &c->base, &c->base_log, err);

	if (code <= 0)
		return code;
	code = masked_log(c->repo, &c->run, &c->run_log, err);
	if (code <= 0)
		return code;
	git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION);
	options.flags |= GIT_DIFF_FORCE_TEXT;
	if (git_patch_from_buffers(&c->log, c->base_log.buf, c->base_log.len, "run.output.txt",
				   c->run_log.buf, c->run_log.len, "run.output.txt", &options) < 0)
		return jci_error_git(err, JCI_EFAIL, _("cannot compare the logs"));
	return 0;
}

/* ---- printing ---- */

static void add_run(struct strbuf *sb, const char *label, const struct comparison *c,
		    const struct jci_record *r)
{
	cleanup_free char *subject = jci_repo_subject(c->repo, &r->ref.commit);
	char id[JCI_RUN_ID_SIZE];

	jci_run_id_format(id, &r->ref.id);
	strbuf_addf(sb, "%-10s%s %.*s ", label, id, PRINT_ABBREV, git_oid_tostr_s(&r->ref.commit));
	text_add_safe(sb, subject, strlen(subject));
	strbuf_addch(sb, '\n');
}

static void add_summary(struct strbuf *sb, const struct comparison *c)
{
	const struct jci_record *base = &c->base, *run = &c->run;

	add_run(sb, _("base"), c, base);
	add_run(sb, _("run"), c, run);
	strbuf_addf(sb, "%-10s", _("status"));
	print_add_styled(sb, print_run_style(base), print_word(base));
	strbuf_addstr(sb, " -> ");
	print_add_styled(sb, print_run_style(run), print_word(run));
	strbuf_addf(sb, "\n%-10s", _("duration"));
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

static size_t add_artifacts(struct strbuf *sb, const struct comparison *c)
{
	size_t n = 0;

	for (size_t i = 0; i < git_diff_num_deltas(c->artifacts); i++) {
		const git_diff_delta *d = git_diff_get_delta(c->artifacts, i);
		cleanup_strbuf struct strbuf line = STRBUF_INIT;

		if (!is_artifact(c, d))
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
	const struct comparison *c;
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
	if (p->whole && !is_artifact(p->c, d))
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

static bool log_differs(const struct comparison *c)
{
	return !c->log || git_patch_num_hunks(c->log) > 0;
}

static void add_log(struct strbuf *sb, const struct comparison *c)
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
static bool print_text(const struct comparison *c, bool patch)
{
	cleanup_strbuf struct strbuf sb = STRBUF_INIT;
	struct hunk_printer printer = {.sb = &sb, .whole = true, .c = c};
	size_t changed;

	print_begin(c->repo);
	add_summary(&sb, c);
	changed = add_artifacts(&sb, c);
	if (patch && changed) {
		strbuf_addch(&sb, '\n');
		git_diff_print(c->artifacts, GIT_DIFF_FORMAT_PATCH, add_diff_line, &printer);
	}
	add_log(&sb, c);
	fwrite(sb.buf, 1, sb.len, stdout);
	return changed || log_differs(c) || c->base.status != c->run.status;
}

static bool print_json(const struct comparison *c)
{
	cleanup_json cJSON *json = cJSON_CreateObject();
	cJSON *list;

	cJSON_AddItemToObject(json, "base", print_run_json(&c->base));
	cJSON_AddItemToObject(json, "run", print_run_json(&c->run));
	list = cJSON_AddArrayToObject(json, "artifacts");
	for (size_t i = 0; i < git_diff_num_deltas(c->artifacts); i++) {
		const git_diff_delta *d = git_diff_get_delta(c->artifacts, i);
		const char change[] = {git_diff_status_char(d->status), '\0'};
		cJSON *item;

		if (!is_artifact(c, d))
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
	cleanup(comparison_release) struct comparison c = {
		.repo = &repo, .base_log = STRBUF_INIT, .run_log = STRBUF_INIT};
	bool json = false, patch = false, exit_code = false, differs;
	int status;
	const struct option_spec options[] = {
		{'p', "patch", OPT_FLAG, &patch, NULL,
		 N_("show the changes within the artifacts too")},
		{0, "exit-code", OPT_FLAG, &exit_code, NULL,
		 N_("exit with 1 where the runs differ")},
		{0, "json", OPT_FLAG, &json, NULL, N_("print one JSON object")},
		OPTIONS_END};

	jci_record_init(&c.base);
	jci_record_init(&c.run);
	if (!cmd_options(self, options, &argc, argv, 0, 2, &status))
		return status;
	if (jci_repo_open(&repo, &err) < 0 || find_runs(&c, argc, argv, &err) < 0 ||
	    compare_artifacts(&c, &err) < 0 || compare_logs(&c, &err) < 0)
		return cmd_fail(&err);
	differs = json ? print_json(&c) : print_text(&c, patch);
	return print_end(exit_code && differs ? STATUS_RED : STATUS_OK);
}

const struct jci_command cmd_diff = {
	.name = "diff",
	.synopsis = "[-p] [--exit-code] [--json] [RUN]\nBASE-RUN RUN",
	.summary = N_("compare a run with another, or with its last green ancestor"),
	.run = run_diff,
};
