/* What the commits pane shows, chosen: filter, branch, and where to go. */
#include "tui/commitspriv.h"

#include <string.h>

#include "core/find.h"
#include "tui/overlay.h"
#include "tui/prompt.h"
#include "tui/runs.h"
#include "util/alloc.h"
#include "util/gettext.h"

/* ---- filter ---- */

static void type_filter(struct tui *tui, enum commit_filter_kind kind, const char *pattern)
{
	struct commit_filter filter = {kind, *pattern ? xstrdup(pattern) : NULL};
	struct commits *c = commits_of(tui->panes[PANE_COMMITS]);

	if (filter.pattern)
		commits_open(c, NULL, &filter);
	commit_filter_release(&filter);
}

static void author_typed(struct tui *tui, const char *text, void *ctx)
{
	(void)ctx;
	type_filter(tui, FILTER_AUTHOR, text);
}

static void path_typed(struct tui *tui, const char *text, void *ctx)
{
	(void)ctx;
	type_filter(tui, FILTER_PATH, text);
}

static void ask_pattern(struct tui *tui, enum commit_filter_kind kind)
{
	static struct prompt_ops author = {.kind = "author", .accept = author_typed};
	static struct prompt_ops path = {.kind = "path", .accept = path_typed};

	author.label = _("author: ");
	path.label = _("path: ");
	prompt_open(tui, kind == FILTER_AUTHOR ? &author : &path, "", NULL);
}

static void filter_chosen(struct tui *tui, const char *item, void *ctx)
{
	struct commits *c = ctx;

	for (unsigned i = 0; i < FILTER_MAX; i++) {
		const struct commit_filter filter = {.kind = (enum commit_filter_kind)i};

		if (strcmp(item, commit_filter_title(filter.kind)) != 0)
			continue;
		if (commit_filter_has_pattern(filter.kind))
			ask_pattern(tui, filter.kind);
		else
			commits_open(c, NULL, &filter);
		return;
	}
}

static void choose_filter(struct commits *c)
{
	const struct history_start *start = history_start(c->history);
	const char *items[FILTER_MAX];

	for (unsigned i = 0; i < FILTER_MAX; i++)
		items[i] = commit_filter_title((enum commit_filter_kind)i);
	overlay_menu(c->pane.tui, &(struct overlay_menu){
					  .title = _("Commits to show"),
					  .items = items,
					  .n = FILTER_MAX,
					  .current = start ? items[start->filter.kind] : NULL,
					  .chosen = filter_chosen,
					  .ctx = c,
				  });
}

int commits_act_filter(struct commits *c, const char *arg, struct jci_error *err)
{
	cleanup_commit_filter struct commit_filter filter = COMMIT_FILTER_INIT;

	if (!arg) {
		choose_filter(c);
		return 1;
	}
	if (commit_filter_parse(&filter, arg, err) < 0)
		return err->code;
	commits_open(c, NULL, &filter);
	return 1;
}

/* ---- branch ---- */

struct listing {
	struct job job;
	struct commits *commits;
	char **names;
	size_t n;
};

static void open_branch(struct commits *c, const char *rev)
{
	const struct commit_filter all = COMMIT_FILTER_INIT;
	const struct history_start *start = history_start(c->history);

	commits_open(c, rev, start ? &start->filter : &all);
}

static void branch_chosen(struct tui *tui, const char *item, void *ctx)
{
	(void)tui;
	open_branch(ctx, item);
}

static void run_listing(struct job *job, struct jci_repo *repo)
{
	struct listing *l = (struct listing *)job;

	decor_list_names(&l->names, &l->n, repo, &job->error);
}

static void done_listing(struct job *job)
{
	struct listing *l = (struct listing *)job;
	struct commits *c = l->commits;

	c->listing = NULL;
	if (job->error.code) {
		tui_fail(c->pane.tui, &job->error);
		return;
	}
	overlay_menu(c->pane.tui, &(struct overlay_menu){
					  .title = _("Branches and tags"),
					  .items = (const char *const *)l->names,
					  .n = l->n,
					  .current = commits_branch(&c->pane),
					  .chosen = branch_chosen,
					  .ctx = c,
				  });
}

static void release_listing(struct job *job)
{
	struct listing *l = (struct listing *)job;

	for (size_t i = 0; i < l->n; i++)
		free(l->names[i]);
	free(l->names);
	jci_error_clear(&job->error);
	free(l);
}

static const struct job_ops listing_ops = {
	.run = run_listing,
	.done = done_listing,
	.release = release_listing,
};

int commits_act_branch(struct commits *c, const char *arg)
{
	struct listing *l;

	if (arg) {
		open_branch(c, arg);
		return 1;
	}
	job_cancel(&c->listing);
	l = xcalloc(1, sizeof(*l));
	l->job.ops = &listing_ops;
	l->commits = c;
	c->listing = &l->job;
	job_start(c->pane.tui->workers, &l->job);
	return 1;
}

/* ---- goto ---- */

struct naming {
	struct job job;
	struct commits *commits;
	char *name;
	git_oid commit;
	struct jci_run_id run;
	bool is_run;
};

/* A revision or, where it is none, a run. */
static void run_naming(struct job *job, struct jci_repo *repo)
{
	struct naming *n = (struct naming *)job;
	cleanup_error struct jci_error no_run = JCI_ERROR_INIT;
	struct jci_record r;

	if (jci_find_commit(repo, n->name, &n->commit, &job->error) == 0)
		return;
	jci_record_init(&r);
	if (jci_find_run(repo, n->name, &r, &no_run) == 0) {
		jci_error_clear(&job->error);
		n->is_run = true;
		n->commit = r.ref.commit;
		n->run = r.ref.id;
	}
	jci_record_release(&r);
}

static void done_naming(struct job *job)
{
	struct naming *n = (struct naming *)job;
	struct tui *tui = n->commits->pane.tui;

	n->commits->naming = NULL;
	if (job->error.code) {
		tui_fail(tui, &job->error);
		return;
	}
	commits_goto(&n->commits->pane, &n->commit);
	if (!n->is_run)
		return;
	tui_select_commit(tui, &n->commit);
	runs_goto(tui->panes[PANE_RUNS], &n->run);
	tui_focus(tui, PANE_RUNS);
}

static void release_naming(struct job *job)
{
	struct naming *n = (struct naming *)job;

	free(n->name);
	jci_error_clear(&job->error);
	free(n);
}

static const struct job_ops naming_ops = {
	.run = run_naming,
	.done = done_naming,
	.release = release_naming,
};

/* "12" or "50%": a row, counted from 1. Longer numbers are hashes. */
static bool parse_row(const struct commits *c, const char *arg, size_t *row)
{
	size_t digits = strspn(arg, "0123456789"), n;
	bool percent = arg[digits] == '%' && !arg[digits + 1];

	if (!digits || digits > 6 || (arg[digits] && !percent))
		return false;
	n = strtoul(arg, NULL, 10);
	*row = percent ? c->list.n * (n < 100 ? n : 100) / 100 : n;
	*row -= *row > 0;
	return true;
}

int commits_act_goto(struct commits *c, const char *arg)
{
	struct naming *n;
	size_t row;

	if (!arg) {
		tui_say(c->pane.tui, _("where to? goto REVISION, RUN or NUMBER"));
		return 1;
	}
	if (parse_row(c, arg, &row)) {
		commits_move_to(c, row);
		return 1;
	}
	job_cancel(&c->naming);
	n = xcalloc(1, sizeof(*n));
	n->job.ops = &naming_ops;
	n->commits = c;
	n->name = xstrdup(arg);
	c->naming = &n->job;
	job_start(c->pane.tui->workers, &n->job);
	return 1;
}
