#include "core/compare.h"

#include <string.h>
#include <sys/stat.h>

#include "core/find.h"
#include "core/gitclean.h"
#include "core/logmask.h"
#include "core/logsource.h"
#include "core/page.h"
#include "core/walk.h"
#include "util/gettext.h"
#include "util/io.h"

enum { ABBREV = 10 };

void jci_comparison_init(struct jci_comparison *c, const struct jci_repo *repo)
{
	*c = (struct jci_comparison){.repo = repo, .base_log = STRBUF_INIT, .run_log = STRBUF_INIT};
	jci_record_init(&c->base);
	jci_record_init(&c->run);
}

void jci_comparison_release(struct jci_comparison *c)
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
int jci_compare_find_base(const struct jci_repo *repo, const struct jci_record *r, size_t most,
			  struct jci_record *base, struct jci_error *err)
{
	cleanup_walk struct jci_walk *walk = NULL;
	cleanup_refs struct jci_refs refs = JCI_REFS_INIT;
	git_oid commit;
	int code = 0;

	if (jci_refs_list(repo, NULL, &refs, err) < 0)
		return err->code;
	jci_refs_sort(&refs);
	if (jci_walk_new(&walk, repo, false, err) < 0 ||
	    jci_walk_push(walk, git_oid_tostr_s(&r->ref.commit), err) < 0)
		return err->code;
	/* the first is its own commit */
	for (size_t n = 0; !most || n <= most; n++) {
		code = jci_walk_next(walk, &commit, err);
		if (code <= 0)
			break;
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
			     ABBREV, git_oid_tostr_s(&r->ref.commit));
}

static int need_stored(const struct jci_record *r, struct jci_error *err)
{
	char id[JCI_RUN_ID_SIZE];

	if (jci_record_is_stored(r))
		return 0;
	jci_run_id_format(id, &r->ref.id);
	return jci_error_set(err, JCI_EINVALID, _("run '%s' is not stored yet"), id);
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

static int compare_artifacts(struct jci_comparison *c, struct jci_error *err)
{
	cleanup_git_tree git_tree *base = NULL, *run = NULL;
	git_diff_options options;

	git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION);
	if (c->with_same)
		options.flags |= GIT_DIFF_INCLUDE_UNMODIFIED;
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

bool jci_comparison_is_artifact(const struct jci_comparison *c, const git_diff_delta *d)
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
	if (fstat(fd, &st) == 0 && st.st_size > JCI_COMPARE_MAX_LOG)
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

static int compare_logs(struct jci_comparison *c, struct jci_error *err)
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

/* ---- both ---- */

int jci_compare(struct jci_comparison *c, struct jci_error *err)
{
	if (need_stored(&c->base, err) < 0 || need_stored(&c->run, err) < 0 ||
	    compare_artifacts(c, err) < 0)
		return err->code;
	return compare_logs(c, err);
}
