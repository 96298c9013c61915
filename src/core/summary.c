#include "core/summary.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "core/artifacts.h"
#include "core/compare.h"
#include "core/gitclean.h"
#include "util/alloc.h"
#include "util/gettext.h"

/* Of the name of a file that tests are in: each of them has it in its own. */
enum { FILE_NAME_MAX = 256, HEAD = 4096 };

static void drop_tests(struct jci_summary *s, size_t from)
{
	for (size_t i = from; i < s->n_tests; i++)
		free(s->tests[i].name);
	s->n_tests = from;
}

void jci_summary_release(struct jci_summary *s)
{
	drop_tests(s, 0);
	free(s->tests);
	*s = (struct jci_summary){0};
}

/* ---- which files ---- */

enum about { ABOUT_NOTHING, ABOUT_TESTS, ABOUT_COVERAGE };

static bool fits(const char *name, const char *const *patterns)
{
	for (; *patterns; patterns++)
		if (fnmatch(*patterns, name, FNM_CASEFOLD) == 0)
			return true;
	return false;
}

/* As git-jci-show(1) lists them. */
static enum about about_what(const char *name)
{
	static const char *const tests[] = {"junit*.xml",   "*junit.xml", "test-*.xml",
					    "*results.xml", "*.tap",      NULL};
	static const char *const coverage[] = {"coverage*.xml", "*cobertura*.xml", "lcov*.info",
					       "coverage.info", "*.lcov",          NULL};

	if (fits(name, tests))
		return ABOUT_TESTS;
	return fits(name, coverage) ? ABOUT_COVERAGE : ABOUT_NOTHING;
}

struct file {
	enum about about;
	char *name;
	git_oid oid;
};

struct reading {
	struct jci_summary *s;
	const struct jci_summary_stop *stop;
	struct jci_error *err;
	git_odb *odb;
	struct file *files;
	size_t n, cap;
	size_t bytes;             /* read so far */
	struct jci_coverage lcov; /* counts where there is no Cobertura XML */
	size_t n_lcov;
};

static void reading_release(struct reading *rd)
{
	for (size_t i = 0; i < rd->n; i++)
		free(rd->files[i].name);
	free(rd->files);
	git_odb_free(rd->odb);
}

static int stopped(struct reading *rd)
{
	if (!rd->stop || !rd->stop->stop || !rd->stop->stop(rd->stop->ctx))
		return 0;
	return jci_error_set(rd->err, JCI_EFAIL, _("stopped"));
}

static int choose(void *ctx, const struct jci_artifact *a)
{
	struct reading *rd = ctx;
	const char *slash = strrchr(a->path, '/'), *name = slash ? slash + 1 : a->path;
	enum about about;

	if (stopped(rd) < 0)
		return rd->err->code;
	if (a->chunks || (a->mode != GIT_FILEMODE_BLOB && a->mode != GIT_FILEMODE_BLOB_EXECUTABLE))
		return 0;
	about = about_what(name);
	if (about == ABOUT_NOTHING)
		return 0;
	if (rd->n == JCI_SUMMARY_MAX_FILES) {
		rd->s->n_left_out++;
		return 0;
	}
	ARRAY_GROW(rd->files, rd->n + 1, rd->cap);
	rd->files[rd->n++] = (struct file){about, xstrndup(name, FILE_NAME_MAX), a->oid};
	return 0;
}

/* ---- reading them ---- */

static void add_test(struct jci_summary *s, const char *file, const struct jci_result *r)
{
	struct jci_summary_test *t;

	ARRAY_GROW(s->tests, s->n_tests + 1, s->cap_tests);
	t = &s->tests[s->n_tests++];
	t->kind = r->kind;
	t->name = file ? xasprintf("%s: %s", file, r->name) : xstrdup(r->name);
}

static void read_tests(struct reading *rd, const struct file *file, const char *data, size_t len)
{
	cleanup_results struct jci_results results = {0};
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;
	const enum jci_results_format format =
		jci_results_guess(file->name, data, len < HEAD ? len : HEAD);
	struct jci_summary *s = rd->s;

	if (jci_results_parse(&results, format, data, len, &ignored) < 0)
		return;
	if (s->n_tests + results.n > JCI_SUMMARY_MAX_TESTS) {
		s->n_left_out++;
		return;
	}
	for (size_t i = 0; i < results.n; i++)
		add_test(s, format == JCI_RESULTS_TAP ? file->name : NULL, &results.items[i]);
	for (size_t kind = 0; kind < JCI_RESULT_KINDS; kind++)
		s->count[kind] += results.count[kind];
	s->n_results++;
}

static void read_coverage(struct reading *rd, const char *data, size_t len)
{
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;
	const enum jci_coverage_format format = jci_coverage_guess(data, len < HEAD ? len : HEAD);
	struct jci_coverage c;

	if (jci_coverage_parse(&c, format, data, len, &ignored) < 0)
		return;
	if (format == JCI_COVERAGE_LCOV) {
		jci_coverage_add(&rd->lcov, &c);
		rd->n_lcov++;
	} else {
		jci_coverage_add(&rd->s->coverage, &c);
		rd->s->n_coverage++;
	}
}

/* One that is not here, as in a partial clone, is left out. */
static void read_file(struct reading *rd, const struct jci_repo *repo, const struct file *file)
{
	cleanup_git_blob git_blob *blob = NULL;
	git_object_t type;
	size_t size;

	if (git_odb_read_header(&size, &type, rd->odb, &file->oid) < 0 ||
	    size > JCI_SUMMARY_MAX_BYTES - rd->bytes ||
	    git_blob_lookup(&blob, repo->git, &file->oid) < 0) {
		rd->s->n_left_out++;
		return;
	}
	rd->bytes += size;
	if (file->about == ABOUT_TESTS)
		read_tests(rd, file, git_blob_rawcontent(blob), size);
	else
		read_coverage(rd, git_blob_rawcontent(blob), size);
}

/* ---- tests by name ---- */

static int by_name(const void *a, const void *b)
{
	const struct jci_summary_test *x = a, *y = b;
	const int order = strcmp(x->name, y->name);

	return order ? order : (int)x->kind - (int)y->kind;
}

static void sort_tests(struct jci_summary *s)
{
	size_t n = 0;

	if (s->n_tests)
		qsort(s->tests, s->n_tests, sizeof(*s->tests), by_name);
	for (size_t i = 0; i < s->n_tests; i++)
		if (n && strcmp(s->tests[n - 1].name, s->tests[i].name) == 0)
			free(s->tests[i].name);
		else
			s->tests[n++] = s->tests[i];
	s->n_tests = n;
}

int jci_summary_read(struct jci_summary *s, const struct jci_repo *repo, const struct jci_record *r,
		     const struct jci_summary_stop *stop, struct jci_error *err)
{
	cleanup(reading_release) struct reading rd = {.s = s, .stop = stop, .err = err};

	jci_summary_release(s);
	if (!jci_record_is_stored(r))
		return 0;
	if (git_repository_odb(&rd.odb, repo->git) < 0)
		return jci_error_git(err, JCI_EFAIL, _("cannot read the objects"));
	if (jci_artifacts_list(repo, r, choose, &rd, err) < 0)
		return err->code;
	for (size_t i = 0; i < rd.n; i++) {
		if (stopped(&rd) < 0)
			return err->code;
		read_file(&rd, repo, &rd.files[i]);
	}
	if (!s->n_coverage) {
		s->coverage = rd.lcov;
		s->n_coverage = rd.n_lcov;
	}
	sort_tests(s);
	return 0;
}

/* ---- two of them ---- */

void jci_summaries_init(struct jci_summaries *s)
{
	*s = (struct jci_summaries){0};
	jci_record_init(&s->base_run);
}

void jci_summaries_release(struct jci_summaries *s)
{
	jci_summary_release(&s->now);
	jci_summary_release(&s->base);
	jci_record_release(&s->base_run);
	free(s->changes);
	s->changes = NULL;
	s->n_changes = s->cap_changes = 0;
}

static bool fails(int kind)
{
	return kind == JCI_RESULT_FAILED || kind == JCI_RESULT_ERROR;
}

bool jci_summary_is_failing(const struct jci_summary_change *c)
{
	return fails(c->now) && !fails(c->before);
}

static void add_change(struct jci_summaries *s, const char *name, int before, int now)
{
	struct jci_summary_change *c;

	if (before == now)
		return;
	ARRAY_GROW(s->changes, s->n_changes + 1, s->cap_changes);
	c = &s->changes[s->n_changes++];
	*c = (struct jci_summary_change){name, before, now};
	s->n_failing += jci_summary_is_failing(c);
}

/* Both are sorted. */
static void find_changes(struct jci_summaries *s)
{
	const struct jci_summary *a = &s->base, *b = &s->now;
	size_t i = 0, j = 0;

	while (i < a->n_tests || j < b->n_tests) {
		const struct jci_summary_test *x = i < a->n_tests ? &a->tests[i] : NULL;
		const struct jci_summary_test *y = j < b->n_tests ? &b->tests[j] : NULL;
		const int order = !x ? 1 : !y ? -1 : strcmp(x->name, y->name);

		add_change(s, order < 0 ? x->name : y->name,
			   order <= 0 ? (int)x->kind : JCI_SUMMARY_ABSENT,
			   order >= 0 ? (int)y->kind : JCI_SUMMARY_ABSENT);
		i += order <= 0;
		j += order >= 0;
	}
}

bool jci_summaries_tell(const struct jci_summaries *s)
{
	return s->now.n_results || s->now.n_coverage || s->now.n_left_out;
}

/* Of a commit that is not here no ancestor is known: that is as if it had none. */
static bool find_base(struct jci_summaries *s, const struct jci_repo *repo,
		      const struct jci_record *r, const struct jci_record *base)
{
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;

	if (base)
		jci_record_copy(&s->base_run, base);
	return base || jci_compare_find_base(repo, r, JCI_SUMMARY_MAX_ANCESTORS, &s->base_run,
					     &ignored) == 0;
}

int jci_summaries_read(struct jci_summaries *s, const struct jci_repo *repo,
		       const struct jci_record *r, const struct jci_record *base,
		       const struct jci_summary_stop *stop, struct jci_error *err)
{
	if (jci_summary_read(&s->now, repo, r, stop, err) < 0)
		return err->code;
	if (!base && !jci_summaries_tell(s))
		return 0;
	s->has_base = find_base(s, repo, r, base);
	if (s->has_base && jci_summary_read(&s->base, repo, &s->base_run, stop, err) < 0)
		return err->code;
	find_changes(s);
	return 0;
}
