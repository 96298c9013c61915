/* git jci prune: removes runs, or tells which would go. */
#include "cmd/cmd.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/print.h"
#include "cmd/transfer.h"
#include "core/config.h"
#include "core/prune.h"
#include "util/clock.h"
#include "util/duration.h"
#include "util/gettext.h"
#include "util/text.h"

/* Of runs that stay, more than this are only counted. */
enum { MAX_STAYING = 40, STATUS_WIDTH = 9, AGE_WIDTH = 14 };

struct prune {
	const struct jci_repo *repo;
	struct jci_prune_rules rules;
	const char *on_remote; /* NULL: here; "": the default */
	struct jci_remote remote;
	bool commit, gc, json, nul;
};

/* ---- one run ---- */

/* The words of --json and -z: not translated. */
static const char *why_name(enum jci_prune_why why)
{
	static const char *const names[] = {
		[JCI_PRUNE_NOTHING] = "",        [JCI_PRUNE_GONE] = "gone",
		[JCI_PRUNE_MISSING] = "missing", [JCI_PRUNE_OLD] = "old",
		[JCI_PRUNE_MANY] = "surplus",    [JCI_PRUNE_NEVER_HERE] = "never-here",
		[JCI_PRUNE_RUNNING] = "running", [JCI_PRUNE_UNKNOWN] = "unknown",
		[JCI_PRUNE_FAILED] = "failed",
	};

	return names[why];
}

static const char *fate_name(const struct jci_prune_item *item)
{
	static const char *const names[] = {
		[JCI_PRUNE_PLANNED] = "goes",
		[JCI_PRUNE_REMOVED] = "removed",
		[JCI_PRUNE_VANISHED] = "vanished",
		[JCI_PRUNE_REFUSED] = "refused",
	};

	return jci_prune_goes(item->why) ? names[item->fate] : "stays";
}

static void print_item_json(const struct jci_prune_item *item)
{
	cleanup_json cJSON *json = cJSON_CreateObject();
	cleanup_strbuf struct strbuf name = STRBUF_INIT;
	char id[JCI_RUN_ID_SIZE];

	jci_run_id_format(id, &item->ref.id);
	jci_ref_name(&name, &item->ref);
	json_set_string(json, "commit", git_oid_tostr_s(&item->ref.commit));
	json_set_string(json, "runId", id);
	json_set_string(json, "ref", name.buf);
	json_set_string(json, "status", item->status ? jci_status_name(item->status) : NULL);
	json_set_string(json, "fate", fate_name(item));
	json_set_string(json, "why", why_name(item->why));
	if (item->has_bytes)
		json_set_number(json, "size", (double)item->bytes);
	else
		json_set_string(json, "size", NULL);
	if (item->message)
		json_set_bytes(json, "message", item->message, strlen(item->message));
	print_json_line(json);
}

static void print_item_z(const struct jci_prune_item *item)
{
	char id[JCI_RUN_ID_SIZE];

	jci_run_id_format(id, &item->ref.id);
	printf("%s\t%s\t%s\t%s\t%s\t", fate_name(item), why_name(item->why),
	       git_oid_tostr_s(&item->ref.commit), id, jci_status_name(item->status));
	if (item->has_bytes)
		printf("%" PRIu64, item->bytes);
	putchar('\0');
}

static void add_column(struct strbuf *sb, const char *text, int width, bool right)
{
	int blanks = width - (int)text_width(text, strlen(text));

	if (right && blanks > 0)
		strbuf_addf(sb, "%*s", blanks, "");
	strbuf_addstr(sb, text);
	if (!right && blanks > 0)
		strbuf_addf(sb, "%*s", blanks, "");
}

static void add_status(struct strbuf *sb, const struct jci_prune_item *item)
{
	const struct jci_record r = {.status = item->status, .reason = item->reason};
	cleanup_strbuf struct strbuf word = STRBUF_INIT;

	add_column(&word, item->status ? print_word(&r) : "-", STATUS_WIDTH, false);
	print_add_styled(sb, item->status ? print_run_style(&r) : STYLE_DIM, word.buf);
}

/* status, commit, run id, age, size, subject of the commit or what git said */
static void print_item(const struct prune *p, const struct jci_prune_item *item)
{
	cleanup_strbuf struct strbuf line = STRBUF_INIT, age = STRBUF_INIT, size = STRBUF_INIT;
	cleanup_free char *subject = jci_repo_subject(p->repo, &item->ref.commit);
	const char *text = item->message ? item->message : subject;
	char id[JCI_RUN_ID_SIZE];

	jci_run_id_format(id, &item->ref.id);
	strbuf_addstr(&line, "  ");
	add_status(&line, item);
	strbuf_addf(&line, " %.*s %s ", PRINT_ABBREV, git_oid_tostr_s(&item->ref.commit), id);
	time_add_age(&age, jci_run_id_us(&item->ref.id), p->rules.now_us);
	add_column(&line, age.buf, AGE_WIDTH, false);
	if (item->has_bytes)
		size_add(&size, item->bytes);
	else
		strbuf_addch(&size, '-');
	strbuf_addch(&line, ' ');
	add_column(&line, size.buf, STATUS_WIDTH, true);
	strbuf_addstr(&line, "  ");
	text_add_safe(&line, text, strlen(text));
	while (line.buf[line.len - 1] == ' ')
		strbuf_setlen(&line, line.len - 1);
	strbuf_addch(&line, '\n');
	fwrite(line.buf, 1, line.len, stdout);
}

/* ---- the table ---- */

static void print_title(const struct prune *p, enum jci_prune_why why)
{
	switch (why) {
	case JCI_PRUNE_GONE:
		puts(_("the commit is gone:"));
		break;
	case JCI_PRUNE_MISSING:
		puts(_("the commit was never here:"));
		break;
	case JCI_PRUNE_OLD:
		puts(p->rules.keep < 0 ? _("too old:") : _("too old, and not among the newest:"));
		break;
	case JCI_PRUNE_MANY:
		printf(_("not among the %d newest of the branch:\n"), p->rules.keep);
		break;
	case JCI_PRUNE_NEVER_HERE:
		puts(_("stay, because their commits were never here (--missing takes them too):"));
		break;
	case JCI_PRUNE_RUNNING:
		puts(_("stay, because they are still running:"));
		break;
	case JCI_PRUNE_UNKNOWN:
		puts(_("stay, because their results are not here (fetch them: git jci pull):"));
		break;
	case JCI_PRUNE_FAILED:
		puts(_("stay, because they failed:"));
		break;
	case JCI_PRUNE_NOTHING:
		break;
	}
}

static void print_table(const struct prune *p, const struct jci_prune *plan)
{
	size_t lines = 0;

	for (size_t i = 0; i < plan->n && !ferror(stdout); i++) {
		const struct jci_prune_item *item = &plan->items[i];
		bool last = i + 1 == plan->n || plan->items[i + 1].why != item->why;

		if (i == 0 || plan->items[i - 1].why != item->why) {
			print_title(p, item->why);
			lines = 0;
		}
		if (jci_prune_goes(item->why) || lines < MAX_STAYING)
			print_item(p, item);
		lines++;
		if (last && !jci_prune_goes(item->why) && lines > MAX_STAYING)
			/* TRANSLATORS: below a list of runs */
			printf(Q_("  ... and %zu more\n", "  ... and %zu more\n",
				  lines - MAX_STAYING),
			       lines - MAX_STAYING);
	}
}

struct sums {
	size_t go, fate[JCI_PRUNE_REFUSED + 1];
	uint64_t bytes; /* of those that were removed, or else would be */
};

static struct sums sum_up(const struct jci_prune *plan)
{
	struct sums s = {0};

	for (size_t i = 0; i < plan->n; i++) {
		const struct jci_prune_item *item = &plan->items[i];

		if (!jci_prune_goes(item->why))
			continue;
		s.go++;
		s.fate[item->fate]++;
		if (item->fate == JCI_PRUNE_PLANNED || item->fate == JCI_PRUNE_REMOVED)
			s.bytes += item->bytes;
	}
	return s;
}

/* One line if there is nothing to do: the browser shows it as such. */
static void print_plan(const struct prune *p, const struct jci_prune *plan)
{
	cleanup_strbuf struct strbuf line = STRBUF_INIT;
	struct sums s = sum_up(plan);

	print_table(p, plan);
	if (s.go == 0) {
		puts(_("there is nothing to remove"));
		return;
	}
	strbuf_addf(&line, Q_("%zu run would be removed", "%zu runs would be removed", s.go), s.go);
	if (p->on_remote) {
		/* TRANSLATORS: "3 runs removed on origin" */
		strbuf_addstr(&line, _(" on "));
		text_add_safe(&line, p->remote.name, strlen(p->remote.name));
	} else {
		strbuf_addstr(&line, ", ");
		size_add(&line, s.bytes);
	}
	strbuf_addf(&line, Q_("; %zu stays", "; %zu stay", plan->total - s.go), plan->total - s.go);
	strbuf_addstr(&line, _(" (remove them with --commit)"));
	puts(line.buf);
}

/* What was removed, then what was not; one line for all of it at the end. */
static void print_done(const struct prune *p, const struct jci_prune *plan)
{
	static const enum jci_prune_fate order[] = {JCI_PRUNE_REMOVED, JCI_PRUNE_VANISHED,
						    JCI_PRUNE_REFUSED};
	const char *const titles[] = {_("removed:"), _("were gone already, or have changed:"),
				      _("refused:")};

	for (size_t k = 0; k < sizeof(order) / sizeof(order[0]); k++) {
		bool any = false;

		for (size_t i = 0; i < plan->n; i++) {
			if (!jci_prune_goes(plan->items[i].why) || plan->items[i].fate != order[k])
				continue;
			if (!any)
				puts(titles[k]);
			any = true;
			print_item(p, &plan->items[i]);
		}
	}
}

/* On a remote: those that are still here are new to it at the next push. */
static size_t count_still_here(const struct prune *p, const struct jci_prune *plan)
{
	size_t n = 0;

	for (size_t i = 0; i < plan->n; i++) {
		cleanup_error struct jci_error none = JCI_ERROR_INIT;
		const struct jci_ref *ref = &plan->items[i].ref;
		git_oid target;

		n += plan->items[i].fate == JCI_PRUNE_REMOVED &&
		     jci_refs_lookup(p->repo, &ref->commit, &ref->id, &target, &none) == 0;
	}
	return n;
}

static void add_what_gc_frees(struct strbuf *sb, const struct prune *p, uint64_t bytes)
{
	cleanup_free char *expire = jci_config_string(p->repo, "gc.pruneExpire");

	strbuf_addstr(sb, _("; git gc would free "));
	size_add(sb, bytes);
	if (expire && strcmp(expire, "now") == 0)
		return;
	strbuf_addstr(sb, _(", once that is older than gc.pruneExpire ("));
	text_add_safe(sb, expire ? expire : "2.weeks.ago", strlen(expire ? expire : "2.weeks.ago"));
	strbuf_addch(sb, ')');
}

static void print_sums(const struct prune *p, const struct jci_prune *plan)
{
	cleanup_strbuf struct strbuf line = STRBUF_INIT;
	struct sums s = sum_up(plan);
	size_t removed = s.fate[JCI_PRUNE_REMOVED], refused = s.fate[JCI_PRUNE_REFUSED];
	size_t here = p->on_remote ? count_still_here(p, plan) : 0;

	if (here > 0)
		printf(Q_("%zu of them is still here: the next git jci push would send it again\n",
			  "%zu of them are still here: the next git jci push would send them "
			  "again\n",
			  here),
		       here);
	strbuf_addf(&line, Q_("%zu run removed", "%zu runs removed", removed), removed);
	if (p->on_remote) {
		/* TRANSLATORS: "3 runs removed on origin" */
		strbuf_addstr(&line, _(" on "));
		text_add_safe(&line, p->remote.name, strlen(p->remote.name));
	}
	if (refused > 0)
		strbuf_addf(&line, Q_(", %zu refused", ", %zu refused", refused), refused);
	if (!p->on_remote && !p->gc && removed > 0)
		add_what_gc_frees(&line, p, s.bytes);
	puts(line.buf);
}

static void print_list(const struct prune *p, const struct jci_prune *plan)
{
	for (size_t i = 0; i < plan->n && !ferror(stdout); i++)
		if (p->json)
			print_item_json(&plan->items[i]);
		else
			print_item_z(&plan->items[i]);
}

/* ---- the command ---- */

static int run_gc(const struct prune *p, struct jci_error *err)
{
	cleanup_strbuf struct strbuf size = STRBUF_INIT;
	int64_t freed;

	if (jci_prune_gc(p->repo, &freed, err) < 0)
		return err->code;
	size_add(&size, freed > 0 ? (uint64_t)freed : 0);
	if (!p->json && !p->nul)
		printf(_("git gc freed %s\n"), size.buf);
	return 0;
}

/* Also what was done before it failed is told. */
static int carry_out(const struct prune *p, struct jci_prune *plan, struct jci_error *err)
{
	struct sums before = sum_up(plan), after;
	int code = 0;

	if (before.go > 0)
		code = jci_prune_remove(p->repo, p->on_remote ? &p->remote : NULL, plan, err);
	after = sum_up(plan);
	if (p->json || p->nul) {
		print_list(p, plan);
	} else if (before.go == 0) {
		puts(_("there is nothing to remove"));
	} else {
		print_done(p, plan);
		print_sums(p, plan);
	}
	fflush(stdout);
	if (code == 0 && p->gc)
		code = run_gc(p, err);
	if (code < 0)
		return transfer_fail(err);
	return after.fate[JCI_PRUNE_REFUSED] > 0 ? STATUS_RED : STATUS_OK;
}

static int prune(struct prune *p, struct jci_error *err)
{
	cleanup_prune struct jci_prune plan = JCI_PRUNE_INIT;
	const struct jci_remote *remote = p->on_remote ? &p->remote : NULL;

	if (jci_prune_plan(p->repo, &p->rules, remote, &plan, err) < 0)
		return transfer_fail(err);
	if (p->commit)
		return print_end(carry_out(p, &plan, err));
	if (p->json || p->nul) {
		print_list(p, &plan);
		return print_end(STATUS_OK);
	}
	print_begin(p->repo);
	print_plan(p, &plan);
	return print_end(STATUS_OK);
}

/* Options that make no sense, or do harm, together; NULL: they are right. */
static const char *wrong_options(const struct prune *p)
{
	if (p->rules.keep == 0)
		return _("'--keep=0' would leave nothing; use --older-than");
	if (p->gc && !p->commit)
		return _("'--gc' goes with '--commit'");
	if (p->gc && p->on_remote)
		return _("'--gc' is about this repository, not about a remote");
	return NULL;
}

static int run_prune(const struct jci_command *self, int argc, char **argv)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_repo struct jci_repo repo = JCI_REPO_INIT;
	cleanup_free char *name = NULL;
	struct prune p = {.repo = &repo, .rules = {.now_us = clock_now_us(), .keep = -1}};
	int status;
	const struct option_spec options[] = {
		{0, "commit", OPT_FLAG, &p.commit, NULL,
		 N_("do it; without, only tell what would go")},
		{0, "older-than", OPT_AGE, &p.rules.older_us, N_("AGE"),
		 N_("runs older than that go: 12h, 14d, 2w, 3mo")},
		{0, "keep", OPT_INT, &p.rules.keep, N_("N"),
		 N_("the newest N runs of each branch stay; older ones go")},
		{0, "keep-failed", OPT_FLAG, &p.rules.keep_failed, NULL,
		 N_("no red run goes for its age or its number")},
		{0, "missing", OPT_FLAG, &p.rules.missing, NULL,
		 N_("runs whose commits were never here go too")},
		{0, "on-remote", OPT_OPTIONAL, &p.on_remote, N_("REMOTE"),
		 N_("remove runs there, and none here"), "<remote>"},
		{0, "gc", OPT_FLAG, &p.gc, NULL, N_("run git gc afterwards")},
		{0, "json", OPT_FLAG, &p.json, NULL, N_("print one JSON object a line")},
		{'z', "null", OPT_FLAG, &p.nul, NULL,
		 N_("print TAB-separated fields, each run ended by NUL")},
		OPTIONS_END};

	if (!cmd_options(self, options, &argc, argv, 0, 0, &status))
		return status;
	if (!cmd_one_format(p.json, p.nul))
		return STATUS_USAGE;
	if (wrong_options(&p)) {
		cmd_note("%s", wrong_options(&p));
		return STATUS_USAGE;
	}
	if (jci_repo_open(&repo, &err) < 0)
		return cmd_fail(&err);
	if (p.on_remote) {
		if (transfer_remote(&repo, *p.on_remote ? p.on_remote : NULL, &name, &err) < 0 ||
		    transfer_begin(&repo, &p.remote, &err) < 0)
			return cmd_fail(&err);
		p.remote.name = name;
	}
	return prune(&p, &err);
}

const struct jci_command cmd_prune = {
	.name = "prune",
	.synopsis = "[--commit [--gc]] [--older-than AGE] [--keep N] [--keep-failed] [--missing] "
		    "[--on-remote[=REMOTE]] [--json | -z]",
	.summary = N_("remove runs of commits that are gone, and old ones"),
	.run = run_prune,
};
