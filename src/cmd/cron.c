/* git jci cron: what `.jci/crontab` asks for, and putting it into the user's crontab. */
#include "cmd/cmd.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cmd/print.h"
#include "core/cron.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/duration.h"
#include "util/gettext.h"
#include "util/text.h"

#define SECOND_US INT64_C(1000000)

enum { STATE_WIDTH = 11, TIME_WIDTH = 27, WAIT_WIDTH = 13 };

struct cron {
	bool json, remove, dry_run;
};

/* ---- ls ---- */

/* The words of --json: not translated. */
static const char *state_name(enum jci_cron_state state)
{
	static const char *const names[] = {
		[JCI_CRON_MISSING] = "missing", [JCI_CRON_INSTALLED] = "installed",
		[JCI_CRON_DIFFERS] = "differs", [JCI_CRON_STALE] = "stale",
		[JCI_CRON_GONE] = "gone",
	};

	return names[state];
}

static const char *state_word(enum jci_cron_state state)
{
	switch (state) {
	case JCI_CRON_MISSING:
		return _("missing");
	case JCI_CRON_INSTALLED:
		return _("installed");
	case JCI_CRON_DIFFERS:
		return _("differs");
	case JCI_CRON_STALE:
		return _("stale");
	case JCI_CRON_GONE:
		return _("gone");
	}
	return "?";
}

static enum print_style state_style(enum jci_cron_state state)
{
	return state == JCI_CRON_INSTALLED ? STYLE_OK : STYLE_ERR;
}

static void set_bytes(cJSON *json, const char *key, const char *text)
{
	if (text)
		json_set_bytes(json, key, text, strlen(text));
	else
		json_set_string(json, key, NULL);
}

static void print_item_json(const struct jci_cron_item *item, time_t now)
{
	const struct jci_cron_entry *e = item->entry;
	cleanup_json cJSON *json = cJSON_CreateObject();
	cleanup_strbuf struct strbuf time = STRBUF_INIT;
	time_t next = e ? jci_cron_next(e, now) : -1;

	if (next >= 0)
		time_add_rfc3339(&time, next * SECOND_US);
	json_set_string(json, "state", state_name(item->state));
	json_set_string(json, "schedule", e ? e->schedule : NULL);
	set_bytes(json, "branch", e ? e->branch : NULL);
	json_set_string(json, "name", e ? e->name : NULL);
	json_set_string(json, "next", next >= 0 ? time.buf : NULL);
	if (e)
		json_set_number(json, "line", e->line);
	else
		json_set_string(json, "line", NULL);
	set_bytes(json, "installed", item->line);
	set_bytes(json, "wanted", item->wanted);
	print_json_line(json);
}

/* Widths of the columns that have no width of their own. */
struct widths {
	size_t schedule, branch;
};

static void add_text(struct strbuf *sb, const char *text)
{
	text = text ? text : "-";
	text_add_safe(sb, text, strlen(text));
}

static size_t width_of(const char *text)
{
	cleanup_strbuf struct strbuf safe = STRBUF_INIT;

	add_text(&safe, text);
	return text_width(safe.buf, safe.len);
}

static struct widths measure(const struct jci_cron_plan *plan)
{
	struct widths w = {0};

	for (size_t i = 0; i < plan->crontab.n; i++) {
		size_t schedule = width_of(plan->crontab.entries[i].schedule);
		size_t branch = width_of(plan->crontab.entries[i].branch);

		w.schedule = schedule > w.schedule ? schedule : w.schedule;
		w.branch = branch > w.branch ? branch : w.branch;
	}
	return w;
}

static void add_next(struct strbuf *sb, const struct jci_cron_entry *e, time_t now)
{
	cleanup_strbuf struct strbuf time = STRBUF_INIT, left = STRBUF_INIT, wait = STRBUF_INIT;
	time_t next = jci_cron_next(e, now);

	if (next >= 0) {
		time_add_local(&time, next * SECOND_US);
		duration_add(&left, (next - now) * SECOND_US);
		/* TRANSLATORS: the time until something happens, such as "in 3h 05m" */
		strbuf_addf(&wait, _("in %s"), left.buf);
	}
	print_add_padded(sb, next >= 0 ? time.buf : "-", TIME_WIDTH);
	print_add_padded(sb, wait.buf, WAIT_WIDTH);
}

/* state, next run, how far away that is, schedule, branch, name */
static void print_entry(const struct jci_cron_item *item, const struct widths *w, time_t now)
{
	cleanup_strbuf struct strbuf line = STRBUF_INIT, word = STRBUF_INIT, branch = STRBUF_INIT;
	const struct jci_cron_entry *e = item->entry;

	print_add_padded(&word, state_word(item->state), STATE_WIDTH);
	print_add_styled(&line, state_style(item->state), word.buf);
	add_next(&line, e, now);
	print_add_padded(&line, e->schedule, w->schedule + 2);
	add_text(&branch, e->branch);
	print_add_padded(&line, branch.buf, w->branch + 2);
	add_text(&line, e->name);
	puts(line.buf);
}

static void print_line(const char *before, const char *text, enum print_style style)
{
	cleanup_strbuf struct strbuf line = STRBUF_INIT, safe = STRBUF_INIT;

	strbuf_addstr(&safe, before);
	text_add_safe(&safe, text, strlen(text));
	print_add_styled(&line, style, safe.buf);
	puts(line.buf);
}

/* Whether there is any. */
static bool print_others(const struct jci_cron_plan *plan, enum jci_cron_state state,
			 const char *title)
{
	bool any = false;

	for (size_t i = 0; i < plan->n; i++) {
		if (plan->items[i].state != state)
			continue;
		if (!any)
			puts(title);
		any = true;
		print_line("  ", plan->items[i].line, STYLE_DIM);
	}
	return any;
}

static bool print_stale(const struct jci_cron_plan *plan)
{
	return print_others(plan, JCI_CRON_STALE,
			    _("installed, but no longer configured (git jci cron sync removes "
			      "it):"));
}

static void print_gone(const struct jci_cron_plan *plan)
{
	print_others(plan, JCI_CRON_GONE,
		     _("installed, but the folder is not there (crontab -e removes it):"));
}

static void print_list(const struct jci_cron_plan *plan, time_t now)
{
	struct widths w = measure(plan);
	bool all = true;

	for (size_t i = 0; i < plan->crontab.n && !ferror(stdout); i++) {
		print_entry(&plan->items[i], &w, now);
		all &= plan->items[i].state == JCI_CRON_INSTALLED;
	}
	if (!print_stale(plan) && plan->crontab.n == 0)
		printf(_("there are no entries in '%s'\n"), JCI_CRONTAB_PATH);
	else if (!all)
		puts(_("not everything is installed as it is configured; mend it with: git jci "
		       "cron "
		       "sync"));
	print_gone(plan);
}

static int list(const struct jci_repo *repo, const struct cron *c, struct jci_error *err)
{
	cleanup_cron_plan struct jci_cron_plan plan = JCI_CRON_PLAN_INIT;
	time_t now = (time_t)(clock_now_us() / SECOND_US);

	if (jci_cron_look(repo, &plan, err) < 0)
		return cmd_fail(err);
	if (!c->json) {
		print_begin(repo);
		print_list(&plan, now);
		return print_end(STATUS_OK);
	}
	for (size_t i = 0; i < plan.n && !ferror(stdout); i++)
		print_item_json(&plan.items[i], now);
	return print_end(STATUS_OK);
}

/* ---- sync ---- */

/* The lines that went, and those that came in their place. */
static void print_changes(const struct jci_cron_plan *plan)
{
	for (size_t i = 0; i < plan->n; i++) {
		const struct jci_cron_item *item = &plan->items[i];

		if (item->state == JCI_CRON_INSTALLED || item->state == JCI_CRON_GONE)
			continue;
		if (item->line)
			print_line("- ", item->line, STYLE_REMOVED);
		if (item->wanted)
			print_line("+ ", item->wanted, STYLE_ADDED);
	}
}

/* TRANSLATORS: the parts of "2 lines added, 1 line changed, 1 line removed" */
static void add_sum(struct strbuf *sb, enum jci_cron_state state, size_t n)
{
	switch (state) {
	case JCI_CRON_MISSING:
		strbuf_addf(sb, Q_("%zu line added", "%zu lines added", n), n);
		break;
	case JCI_CRON_DIFFERS:
		strbuf_addf(sb, Q_("%zu line changed", "%zu lines changed", n), n);
		break;
	case JCI_CRON_STALE:
		strbuf_addf(sb, Q_("%zu line removed", "%zu lines removed", n), n);
		break;
	case JCI_CRON_INSTALLED:
	case JCI_CRON_GONE:
		break;
	}
}

static void print_sums(const struct jci_cron_plan *plan, bool dry_run)
{
	static const enum jci_cron_state order[] = {JCI_CRON_MISSING, JCI_CRON_DIFFERS,
						    JCI_CRON_STALE};
	cleanup_strbuf struct strbuf line = STRBUF_INIT;

	for (size_t k = 0; k < ARRAY_SIZE(order); k++) {
		size_t n = 0;

		for (size_t i = 0; i < plan->n; i++)
			n += plan->items[i].state == order[k];
		if (n == 0)
			continue;
		strbuf_addstr(&line, line.len ? ", " : "");
		add_sum(&line, order[k], n);
	}
	if (dry_run)
		strbuf_addstr(&line, _(" (a dry run: not yet)"));
	puts(line.buf);
}

static int sync_lines(const struct jci_repo *repo, const struct cron *c, struct jci_error *err)
{
	cleanup_cron_plan struct jci_cron_plan plan = JCI_CRON_PLAN_INIT;

	if (jci_cron_sync(repo, c->remove, c->dry_run, &plan, err) < 0)
		return cmd_fail(err);
	if (jci_cron_plan_changes(&plan)) {
		print_changes(&plan);
		print_sums(&plan, c->dry_run);
	} else {
		puts(c->remove ? _("nothing to do: the crontab has no line of this repository")
			       : _("nothing to do: the crontab is as it is configured"));
	}
	print_gone(&plan);
	return print_end(STATUS_OK);
}

/* ---- the command ---- */

/* What is wrong with the action, or with an option that doesn't go with it. */
static int check_usage(const struct cron *c, const char *action, struct jci_error *err)
{
	bool ls = strcmp(action, "ls") == 0;

	if (!ls && strcmp(action, "sync") != 0)
		return jci_error_set(err, JCI_EINVALID, _("'%s' is neither 'ls' nor 'sync'"),
				     action);
	if (ls && (c->remove || c->dry_run))
		return jci_error_set(err, JCI_EINVALID,
				     _("'--remove' and '--dry-run' go with 'cron sync'"));
	if (!ls && c->json)
		return jci_error_set(err, JCI_EINVALID, _("'--json' goes with 'cron ls'"));
	return 0;
}

static int run_cron(const struct jci_command *self, int argc, char **argv)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_repo struct jci_repo repo = JCI_REPO_INIT;
	struct cron c = {0};
	int status;
	const struct option_spec options[] = {
		{0, "json", OPT_FLAG, &c.json, NULL, N_("ls: print one JSON object a line")},
		{0, "remove", OPT_FLAG, &c.remove, NULL,
		 N_("sync: remove all lines of this repository")},
		{'n', "dry-run", OPT_FLAG, &c.dry_run, NULL,
		 N_("sync: only tell what would change")},
		OPTIONS_END};

	if (!cmd_options(self, options, &argc, argv, 1, 1, &status))
		return status;
	if (check_usage(&c, argv[1], &err) < 0) {
		cmd_fail(&err);
		return STATUS_USAGE;
	}
	if (jci_repo_open(&repo, &err) < 0)
		return cmd_fail(&err);
	return strcmp(argv[1], "ls") == 0 ? list(&repo, &c, &err) : sync_lines(&repo, &c, &err);
}

const struct jci_command cmd_cron = {
	.name = "cron",
	.synopsis = "ls [--json]\nsync [--remove] [-n]",
	.summary = N_("list .jci/crontab; install it into your crontab"),
	.operands = "ls|sync",
	.run = run_cron,
};
