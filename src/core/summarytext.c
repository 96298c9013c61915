/* Summaries in words and as JSON; see core/summary.h. */
#include "core/summary.h"

#include <string.h>

#include "util/gettext.h"
#include "util/text.h"

enum { MAX_NAMES = 1000, ABBREV = 10 };

static const int order[] = {JCI_RESULT_PASSED, JCI_RESULT_FAILED, JCI_RESULT_ERROR,
			    JCI_RESULT_SKIPPED};
/* Where there may be no room for the rest. */
static const int brief_order[] = {JCI_RESULT_FAILED, JCI_RESULT_ERROR, JCI_RESULT_PASSED,
				  JCI_RESULT_SKIPPED};

/* ---- in words ---- */

static void add_since(struct strbuf *sb, const struct jci_summaries *s)
{
	strbuf_addf(sb, _(" since %.*s"), ABBREV, git_oid_tostr_s(&s->base_run.ref.commit));
}

static void add_unchanged(struct strbuf *sb, const struct jci_summaries *s)
{
	strbuf_addf(sb, _(" (as in %.*s)"), ABBREV, git_oid_tostr_s(&s->base_run.ref.commit));
}

static long difference(const struct jci_summaries *s, int kind)
{
	return s->base.n_results ? (long)s->now.count[kind] - (long)s->base.count[kind] : 0;
}

/* "+3 passed, -2 failed"; false where there is nothing. */
static bool add_differences(struct strbuf *sb, const struct jci_summaries *s)
{
	const size_t start = sb->len;

	for (size_t i = 0; i < JCI_RESULT_KINDS; i++) {
		const long n = difference(s, order[i]);

		if (n == 0)
			continue;
		strbuf_addstr(sb, sb->len > start ? ", " : "");
		strbuf_addch(sb, n > 0 ? '+' : '-');
		jci_result_add_count(sb, order[i], (unsigned long)(n > 0 ? n : -n));
	}
	return sb->len > start;
}

/* Those that there are; with `brief` those that changed as well, and how. */
static void add_counts(struct strbuf *sb, const struct jci_summaries *s, bool brief)
{
	const size_t start = sb->len;

	for (size_t i = 0; i < JCI_RESULT_KINDS; i++) {
		const int kind = brief ? brief_order[i] : order[i];
		const long n = brief ? difference(s, kind) : 0;

		if (s->now.count[kind] == 0 && n == 0)
			continue;
		strbuf_addstr(sb, sb->len > start ? ", " : "");
		jci_result_add_count(sb, kind, s->now.count[kind]);
		if (n)
			strbuf_addf(sb, " %+ld", n);
	}
	if (sb->len == start)
		strbuf_addstr(sb, _("none"));
}

void jci_summaries_add_tests(struct strbuf *sb, const struct jci_summaries *s, bool brief)
{
	cleanup_strbuf struct strbuf change = STRBUF_INIT;

	if (!s->now.n_results)
		return;
	add_counts(sb, s, brief);
	if (brief || !s->base.n_results)
		return;
	if (!add_differences(&change, s)) {
		add_unchanged(sb, s);
		return;
	}
	add_since(&change, s);
	strbuf_addf(sb, " (%s)", change.buf);
}

/* In thousandths, as it is shown: so that the change is that of the numbers one sees. */
static int lines_of(const struct jci_summary *s)
{
	return (int)jci_coverage_permille(s->coverage.lines_covered, s->coverage.lines);
}

static int branches_of(const struct jci_summary *s)
{
	return (int)jci_coverage_permille(s->coverage.branches_covered, s->coverage.branches);
}

static void add_change(struct strbuf *sb, const struct jci_summaries *s)
{
	const bool both = s->now.coverage.branches && s->base.coverage.branches;
	const int lines = lines_of(&s->now) - lines_of(&s->base);
	const int branches = both ? branches_of(&s->now) - branches_of(&s->base) : 0;
	cleanup_strbuf struct strbuf change = STRBUF_INIT;

	if (!lines && !branches) {
		add_unchanged(sb, s);
		return;
	}
	strbuf_addf(&change, "%+.1f", lines / 10.0);
	if (both)
		strbuf_addf(&change, ", %+.1f", branches / 10.0);
	add_since(&change, s);
	strbuf_addf(sb, " (%s)", change.buf);
}

void jci_summaries_add_coverage(struct strbuf *sb, const struct jci_summaries *s, bool brief)
{
	const struct jci_coverage *c = &s->now.coverage;
	const int change = s->base.n_coverage ? lines_of(&s->now) - lines_of(&s->base) : 0;

	if (!s->now.n_coverage)
		return;
	if (brief) {
		strbuf_addf(sb, "%.1f%%", lines_of(&s->now) / 10.0);
		if (change)
			strbuf_addf(sb, " %+.1f", change / 10.0);
		return;
	}
	strbuf_addf(sb,
		    Q_("%.1f%% of %'llu line", "%.1f%% of %'llu lines", (unsigned long)c->lines),
		    lines_of(&s->now) / 10.0, (unsigned long long)c->lines);
	if (c->branches)
		strbuf_addf(sb,
			    Q_(", %.1f%% of %'llu branch", ", %.1f%% of %'llu branches",
			       (unsigned long)c->branches),
			    branches_of(&s->now) / 10.0, (unsigned long long)c->branches);
	if (s->base.n_coverage)
		add_change(sb, s);
}

void jci_summaries_add_left_out(struct strbuf *sb, const struct jci_summaries *s)
{
	const size_t n = s->now.n_left_out;

	if (n)
		strbuf_addf(sb,
			    Q_("%zu file with results was not read",
			       "%zu files with results were not read", n),
			    n);
}

/* ---- for scripts ---- */

const char *jci_summary_word(int kind)
{
	static const char *const words[JCI_RESULT_KINDS] = {
		[JCI_RESULT_FAILED] = "failed",
		[JCI_RESULT_ERROR] = "error",
		[JCI_RESULT_SKIPPED] = "skipped",
		[JCI_RESULT_PASSED] = "passed",
	};

	return kind == JCI_SUMMARY_ABSENT ? NULL : words[kind];
}

static cJSON *tests_json(const struct jci_summary *s)
{
	cJSON *json = s->n_results ? cJSON_CreateObject() : cJSON_CreateNull();

	if (!s->n_results)
		return json;
	json_set_number(json, "passed", (double)s->count[JCI_RESULT_PASSED]);
	json_set_number(json, "failed", (double)s->count[JCI_RESULT_FAILED]);
	json_set_number(json, "errors", (double)s->count[JCI_RESULT_ERROR]);
	json_set_number(json, "skipped", (double)s->count[JCI_RESULT_SKIPPED]);
	return json;
}

static cJSON *coverage_json(const struct jci_summary *s)
{
	const struct jci_coverage *c = &s->coverage;
	cJSON *json = s->n_coverage ? cJSON_CreateObject() : cJSON_CreateNull();

	if (!s->n_coverage)
		return json;
	json_set_number(json, "percent", lines_of(s) / 10.0);
	json_set_number(json, "lines", (double)c->lines);
	json_set_number(json, "linesCovered", (double)c->lines_covered);
	json_set_number(json, "branches", (double)c->branches);
	json_set_number(json, "branchesCovered", (double)c->branches_covered);
	return json;
}

void jci_summary_set_json(cJSON *json, const struct jci_summary *s)
{
	cJSON_AddItemToObject(json, "tests", tests_json(s));
	cJSON_AddItemToObject(json, "coverage", coverage_json(s));
}

static cJSON *base_json(const struct jci_summaries *s)
{
	cJSON *json = s->has_base ? cJSON_CreateObject() : cJSON_CreateNull();
	char id[JCI_RUN_ID_SIZE];

	if (!s->has_base)
		return json;
	jci_run_id_format(id, &s->base_run.ref.id);
	json_set_string(json, "commit", git_oid_tostr_s(&s->base_run.ref.commit));
	json_set_string(json, "run", id);
	jci_summary_set_json(json, &s->base);
	return json;
}

static void add_failing(cJSON *list, const struct jci_summaries *s)
{
	size_t left = MAX_NAMES;

	for (size_t i = 0; left && i < s->n_changes; i++) {
		cleanup_strbuf struct strbuf name = STRBUF_INIT;

		if (!jci_summary_is_failing(&s->changes[i]))
			continue;
		text_add_utf8(&name, s->changes[i].name, strlen(s->changes[i].name));
		cJSON_AddItemToArray(list, cJSON_CreateString(name.buf));
		left--;
	}
}

cJSON *jci_summaries_to_json(const struct jci_summaries *s)
{
	cJSON *json = cJSON_CreateObject();

	jci_summary_set_json(json, &s->now);
	cJSON_AddItemToObject(json, "base", base_json(s));
	add_failing(cJSON_AddArrayToObject(json, "newlyFailing"), s);
	json_set_number(json, "newlyFailingCount", (double)s->n_failing);
	json_set_number(json, "filesNotRead", (double)s->now.n_left_out);
	return json;
}
