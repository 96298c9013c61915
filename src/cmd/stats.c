/* git jci stats: how often the runs of a branch fail, and how long they take. */
#include "cmd/cmd.h"

#include <stdio.h>
#include <string.h>

#include "cmd/plot.h"
#include "cmd/print.h"
#include "core/stats.h"
#include "util/clock.h"
#include "util/duration.h"
#include "util/gettext.h"
#include "util/text.h"

enum { LABEL = 10, MAX_FLAKY = 4 };

/* ---- the summary ---- */

static void add_label(struct strbuf *sb, const char *text)
{
	print_add_padded(sb, text, LABEL);
	strbuf_addch(sb, ' ');
}

static void add_share(struct strbuf *sb, size_t part, size_t whole)
{
	if (whole)
		/* TRANSLATORS: a share, "12.5 %". */
		strbuf_addf(sb, _(" (%.1f %%)"), 100.0 * (double)part / (double)whole);
}

static void add_title(struct strbuf *sb, const char *rev, const struct jci_stats *stats)
{
	text_add_safe(sb, rev, strlen(rev));
	strbuf_addstr(sb, ": ");
	strbuf_addf(sb, Q_("%zu run", "%zu runs", stats->n), stats->n);
	strbuf_addch(sb, ' ');
	/* TRANSLATORS: behind "12 runs". */
	strbuf_addf(sb, Q_("of %zu commit", "of %zu commits", stats->commits), stats->commits);
	if (stats->more)
		strbuf_addstr(sb, _(", the newest ones"));
	strbuf_addch(sb, '\n');
}

static void add_count(struct strbuf *sb, const char *label, size_t n)
{
	add_label(sb, label);
	strbuf_addf(sb, "%zu", n);
}

/* "2 of 35 commits (5.7 %): 1234567890 abcdef0123" */
static void add_flaky(struct strbuf *sb, const struct jci_stats *stats)
{
	const git_oid *shown[MAX_FLAKY];
	size_t n = 0;

	add_count(sb, _("flaky"), stats->flaky);
	strbuf_addch(sb, ' ');
	strbuf_addf(sb, Q_("of %zu commit", "of %zu commits", stats->tested), stats->tested);
	add_share(sb, stats->flaky, stats->tested);
	for (size_t i = stats->n; i > 0 && n < MAX_FLAKY; i--) {
		const struct jci_stats_run *run = &stats->runs[i - 1];
		bool again = false;

		for (size_t j = 0; j < n; j++)
			again |= git_oid_equal(shown[j], &run->ref.commit);
		if (!run->flaky || again)
			continue;
		strbuf_addf(sb, "%s %.*s", n ? "" : ":", PRINT_ABBREV,
			    git_oid_tostr_s(&run->ref.commit));
		shown[n++] = &run->ref.commit;
	}
	strbuf_addstr(sb, stats->flaky > n ? " ...\n" : "\n");
}

static void add_durations(struct strbuf *sb, const struct jci_stats *stats)
{
	cleanup_strbuf struct strbuf median = STRBUF_INIT, p95 = STRBUF_INIT;

	if (stats->median_us < 0)
		return;
	duration_add(&median, stats->median_us);
	duration_add(&p95, stats->p95_us);
	add_label(sb, _("duration"));
	strbuf_addf(sb, _("%s in the median, %s at the 95th percentile"), median.buf, p95.buf);
	strbuf_addch(sb, '\n');
}

static void add_trend(struct strbuf *sb, const struct jci_stats *stats)
{
	cleanup_strbuf struct strbuf older = STRBUF_INIT, newer = STRBUF_INIT;

	if (stats->older_us < 0)
		return;
	duration_add(&older, stats->older_us);
	duration_add(&newer, stats->newer_us);
	add_label(sb, _("trend"));
	if (stats->older_us > 0)
		strbuf_addf(sb, "%+.0f %%, ",
			    100.0 * (double)(stats->newer_us - stats->older_us) /
				    (double)stats->older_us);
	/* TRANSLATORS: the median duration of the older half of the runs, and of the newer half. */
	strbuf_addf(sb, _("from %s to %s"), older.buf, newer.buf);
	strbuf_addch(sb, '\n');
}

static void add_summary(struct strbuf *sb, const char *rev, const struct jci_stats *stats)
{
	add_title(sb, rev, stats);
	if (!stats->n)
		return;
	add_count(sb, _("passed"), stats->passed);
	strbuf_addch(sb, '\n');
	add_count(sb, _("failed"), stats->failed);
	add_share(sb, stats->failed, stats->passed + stats->failed);
	strbuf_addch(sb, '\n');
	if (stats->other) {
		add_count(sb, _("other"), stats->other);
		strbuf_addch(sb, '\n');
	}
	add_flaky(sb, stats);
	add_durations(sb, stats);
	add_trend(sb, stats);
}

/* ---- the command ---- */

static void print_json(const char *rev, const struct jci_stats *stats)
{
	cleanup_json cJSON *json = cJSON_CreateObject();

	json_set_bytes(json, "revision", rev, strlen(rev));
	jci_stats_add_json(json, stats, jci_status_name);
	print_json_line(json);
}

static void print_all(const struct jci_repo *repo, const char *rev, const struct jci_stats *stats)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	const size_t columns = plot_columns(); /* before the pager takes the terminal's place */

	print_begin(repo);
	add_summary(&text, rev, stats);
	if (stats->n)
		plot_add(&text, stats, columns, clock_now_us());
	fwrite(text.buf, 1, text.len, stdout);
}

static int run_stats(const struct jci_command *self, int argc, char **argv)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_repo struct jci_repo repo = JCI_REPO_INIT;
	cleanup_stats struct jci_stats stats = JCI_STATS_INIT;
	cleanup_free char *branch = NULL;
	struct jci_stats_query query = {0};
	int limit = JCI_STATS_RUNS, status;
	int64_t since_us = 0;
	bool json = false;
	const struct option_spec options[] = {
		{'n', "max-count", OPT_INT, &limit, N_("N"), N_("look at most at N runs")},
		{0, "since", OPT_AGE, &since_us, N_("AGE"),
		 N_("only runs that are not older (30min, 12h, 14d, 2w, 3mo)")},
		{0, "json", OPT_FLAG, &json, NULL, N_("print one JSON object")},
		OPTIONS_END};

	if (!cmd_options(self, options, &argc, argv, 0, 1, &status))
		return status;
	if (jci_repo_open(&repo, &err) < 0)
		return cmd_fail(&err);
	branch = argc > 1 ? NULL : jci_repo_head_branch(&repo);
	query.rev = argc > 1 ? argv[1] : "HEAD";
	query.max_runs = (size_t)limit;
	query.since_us = since_us ? clock_now_us() - since_us : 0;
	if (jci_stats_read(&repo, &query, &stats, &err) < 0)
		return cmd_fail(&err);
	if (json)
		print_json(branch ? branch : query.rev, &stats);
	else
		print_all(&repo, branch ? branch : query.rev, &stats);
	return print_end(STATUS_OK);
}

const struct jci_command cmd_stats = {
	.name = "stats",
	.synopsis = "[-n N] [--since AGE] [--json] [BRANCH | REV | A..B]",
	.summary = N_("tell how often runs fail, and how long they take"),
	.operands = "<rev>",
	.run = run_stats,
};
