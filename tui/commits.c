#include "tui/commitspriv.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tui/live.h"
#include "tui/watch.h"
#include "util/alloc.h"
#include "util/gettext.h"

/* Where the size of the terminal is not known yet. */
enum { SCREEN_ROWS = 40 };

/* ---- what is known ---- */

const git_oid *commits_selected(const struct pane *p)
{
	const struct commits *c = commits_of(p);

	return git_oid_is_zero(&c->selected) ? NULL : &c->selected;
}

const char *commits_branch(const struct pane *p)
{
	const struct history_place *place = history_place(commits_of(p)->history);

	return place ? place->label : "";
}

const char *commits_filter(const struct pane *p)
{
	return commits_of(p)->filter.buf;
}

const char *commits_subject(const struct pane *p, const git_oid *commit)
{
	const struct commit_info *info = history_info(commits_of(p)->history, commit);

	return info ? info->subject : NULL;
}

/* How it was drawn last; NONE where it wasn't. */
static enum jci_status shown_status(const struct commits *c, const git_oid *oid)
{
	for (size_t i = 0; i < c->n_shown; i++)
		if (git_oid_equal(&c->shown[i].oid, oid))
			return c->shown[i].status;
	return JCI_STATUS_NONE;
}

static unsigned count_live(const struct commits *c, const git_oid *oid)
{
	const struct jci_records *records = live_records(c->pane.tui->live);
	unsigned n = 0;

	for (size_t i = 0; records && i < records->n; i++)
		n += git_oid_equal(&records->items[i].ref.commit, oid);
	return n;
}

/* One that goes on counts more than any that ended; one that was lost, if nothing came after it. */
enum jci_status commits_status(const struct commits *c, const git_oid *oid, unsigned *n_runs)
{
	const struct commit_info *info = history_info(c->history, oid);
	const struct jci_record *live = live_of_commit(c->pane.tui->live, oid);

	*n_runs = info ? info->n_runs : 0;
	if (live) {
		*n_runs += count_live(c, oid);
		if (live->status == JCI_STATUS_RUNNING || !info || !info->n_runs ||
		    jci_run_id_cmp(&live->ref.id, &info->newest) > 0)
			return live->status;
	}
	if (info && info->runs_stale && shown_status(c, oid) == JCI_STATUS_RUNNING)
		return JCI_STATUS_RUNNING;
	return info ? info->status : JCI_STATUS_NONE;
}

/* ---- the cursor ---- */

/* The rows that a screen can hold, for the first one, which is read before curses has begun. */
static size_t screen_rows(const struct commits *c)
{
	struct winsize size;

	if (c->pane.win)
		return (size_t)getmaxy(c->pane.win);
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row)
		return size.ws_row;
	return SCREEN_ROWS;
}

static void tell_selected(struct commits *c)
{
	size_t n = history_count(c->history);
	const git_oid none = {{0}};
	const git_oid *oid = c->list.cursor < n ? history_row(c->history, c->list.cursor) : &none;

	pane_dirty(&c->pane);
	if (git_oid_equal(&c->selected, oid))
		return;
	git_oid_cpy(&c->selected, oid);
	tui_select_commit(c->pane.tui, commits_selected(&c->pane));
}

static void go_to(struct commits *c, size_t row)
{
	list_goto(&c->list, row);
	tell_selected(c);
}

/* A move gives up what would move the cursor later. */
static void user_moves(struct commits *c)
{
	history_stop(c->history);
	c->moved = true;
	c->to_end = false;
	c->typing = false;
	c->wanted = (git_oid){{0}};
}

void commits_move_to(struct commits *c, size_t row)
{
	user_moves(c);
	go_to(c, row);
}

void commits_goto(struct pane *p, const git_oid *commit)
{
	struct commits *c = commits_of(p);

	user_moves(c);
	git_oid_cpy(&c->wanted, commit);
	if (history_place(c->history))
		history_find(c->history, commit);
}

/* ---- opening ---- */

static void add_running(const struct commits *c, struct history_start *start)
{
	const struct jci_records *live = live_records(c->pane.tui->live);
	size_t cap = 0;

	for (size_t i = 0; live && i < live->n; i++) {
		if (live->items[i].status != JCI_STATUS_RUNNING)
			continue;
		ARRAY_GROW(start->running, start->n_running + 1, cap);
		git_oid_cpy(&start->running[start->n_running++], &live->items[i].ref.commit);
	}
}

static void open_start(struct commits *c, const char *rev, const struct commit_filter *filter)
{
	struct history_start start = {.rev = rev ? xstrdup(rev) : NULL};

	commit_filter_copy(&start.filter, filter);
	if (filter->kind == FILTER_RUNNING)
		add_running(c, &start);
	history_open(c->history, &start, screen_rows(c));
	pane_dirty(&c->pane);
}

void commits_open(struct commits *c, const char *rev, const struct commit_filter *filter)
{
	const struct history_start *now = history_start(c->history);

	history_stop(c->history);
	c->is_new = true;
	open_start(c, rev || !now ? rev : now->rev, filter);
}

static void reload(struct commits *c, bool force)
{
	const struct history_start *now = history_start(c->history);
	bool follow = !c->moved && c->list.cursor == 0;

	if (!now) { /* nothing so far, but there may be by now */
		const struct commit_filter all = COMMIT_FILTER_INIT;

		if (c->problem && !history_is_opening(c->history))
			commits_open(c, NULL, &all);
	} else if (history_is_busy(c->history) || c->is_new) {
		c->reload_due = true;
	} else if (now->filter.kind == FILTER_RUNNING) {
		open_start(c, now->rev, &now->filter);
	} else {
		history_reload(c->history, follow ? NULL : commits_selected(&c->pane),
			       screen_rows(c), force);
	}
}

static void reload_if_due(struct commits *c)
{
	if (!c->reload_due || history_is_busy(c->history) || c->is_new)
		return;
	c->reload_due = false;
	reload(c, true);
}

/* The commit that was selected stays so, and at its place on the screen, if it is still there. */
static void keep_place(struct commits *c)
{
	size_t row, above = c->list.cursor - c->list.top;

	if (!c->moved && c->list.cursor == 0)
		row = 0;
	else if (!history_row_of(c->history, &c->selected, &row))
		row = c->list.cursor;
	if (c->list.top > 0 || row >= (size_t)(c->list.height > 0 ? c->list.height : 1))
		c->list.top = row > above ? row - above : 0;
	c->list.cursor = row;
	list_adjust(&c->list);
}

static void history_opened(void *ctx)
{
	struct commits *c = ctx;
	const struct history_place *place = history_place(c->history);

	c->list.n = history_count(c->history);
	if (c->is_new) {
		c->list.cursor = c->list.top = 0;
		c->moved = false;
	} else {
		keep_place(c);
	}
	c->is_new = false;
	free(c->problem);
	c->problem = NULL;
	strbuf_reset(&c->filter);
	commit_filter_add(&c->filter, &history_start(c->history)->filter);
	watch_branch(c->pane.tui->watch, place->ref);
	if (git_oid_is_zero(&c->wanted))
		tell_selected(c);
	else
		history_find(c->history, &c->wanted);
	pane_dirty(&c->pane);
}

static void history_has_changed(void *ctx)
{
	struct commits *c = ctx;
	bool first = c->list.n == 0;

	c->list.n = history_count(c->history);
	if (first && c->list.n && git_oid_is_zero(&c->wanted))
		tell_selected(c);
	pane_dirty(&c->pane);
	reload_if_due(c);
}

static void history_has_failed(void *ctx, struct jci_error *err)
{
	struct commits *c = ctx;

	c->is_new = false;
	if (!history_place(c->history)) {
		free(c->problem);
		c->problem = xstrdup(err->message);
	}
	pane_dirty(&c->pane);
	tui_fail(c->pane.tui, err);
}

static void history_is_whole(void *ctx)
{
	struct commits *c = ctx;

	c->list.n = history_count(c->history);
	if (c->to_end && c->list.n)
		go_to(c, c->list.n - 1);
	c->to_end = false;
	pane_dirty(&c->pane);
}

/* ---- searching ---- */

static void say_wrapped(const struct commits *c, const struct history_found *found)
{
	if (found->wrapped && found->backward)
		tui_say(c->pane.tui, _("search hit the top, went on at the end"));
	else if (found->wrapped)
		tui_say(c->pane.tui, _("search hit the end, went on at the top"));
}

static void search_ended(struct commits *c, const struct history_found *found)
{
	if (found->found) {
		go_to(c, found->row);
		if (!c->typing)
			say_wrapped(c, found);
	} else if (c->typing) {
		go_to(c, c->before_cursor);
	} else {
		tui_say(c->pane.tui, _("no commit matches '%s'"), c->searched);
	}
}

static void find_ended(struct commits *c, const struct history_found *found)
{
	git_oid oid = c->wanted;

	c->wanted = (git_oid){{0}};
	if (found->found) {
		size_t rows = screen_rows(c);

		if (found->row < c->list.top || found->row >= c->list.top + rows)
			c->list.top = found->row > rows / 3 ? found->row - rows / 3 : 0;
		go_to(c, found->row);
		return;
	}
	tell_selected(c);
	if (c->filter.len)
		tui_say(c->pane.tui, _("commit %.8s is not among those that the filter shows"),
			git_oid_tostr_s(&oid));
	else
		tui_say(c->pane.tui, _("commit %.8s is not in '%s'"), git_oid_tostr_s(&oid),
			commits_branch(&c->pane));
}

static void history_has_found(void *ctx, const struct history_found *found)
{
	struct commits *c = ctx;

	c->list.n = history_count(c->history);
	if (found->is_search)
		search_ended(c, found);
	else
		find_ended(c, found);
	pane_dirty(&c->pane);
}

static const struct history_ops history_ops = {
	.opened = history_opened,
	.changed = history_has_changed,
	.found = history_has_found,
	.complete = history_is_whole,
	.failed = history_has_failed,
};

static void set_pattern(struct commits *c, const char *pattern)
{
	free(c->searched);
	pattern_free(c->pattern);
	c->searched = xstrdup(pattern);
	c->pattern = pattern_new(pattern);
	pane_dirty(&c->pane);
}

static void back_to_before(struct commits *c)
{
	c->list.top = c->before_top;
	go_to(c, c->before_cursor);
}

static void search_typed(struct commits *c, const char *pattern)
{
	if (!c->typing) {
		user_moves(c);
		c->before_cursor = c->list.cursor;
		c->before_top = c->list.top;
		c->typing = true;
	}
	set_pattern(c, pattern);
	if (*pattern) {
		history_search(c->history, pattern, c->before_cursor, false);
	} else {
		history_stop(c->history);
		back_to_before(c);
	}
}

static void search_next(struct commits *c, bool backward)
{
	size_t cursor = c->list.cursor;

	user_moves(c);
	history_search(c->history, c->searched, backward ? cursor - 1 : cursor + 1, backward);
	pane_dirty(&c->pane);
}

/* What was typed is being searched for, or is found, already. */
static void search_accepted(struct commits *c, const char *pattern)
{
	bool typed = c->typing && c->searched && strcmp(c->searched, pattern) == 0;

	c->typing = false;
	free(c->accepted);
	c->accepted = xstrdup(pattern);
	if (typed && (history_is_busy(c->history) || c->list.cursor != c->before_cursor))
		return;
	set_pattern(c, pattern);
	if (typed) /* at the cursor, or nowhere: it is found at once again, or said */
		history_search(c->history, pattern, c->list.cursor, false);
	else
		search_next(c, false);
}

static void search(struct pane *p, const char *pattern, enum search_step step)
{
	struct commits *c = commits_of(p);

	switch (step) {
	case SEARCH_TYPED:
		search_typed(c, pattern);
		break;
	case SEARCH_ACCEPT:
		search_accepted(c, pattern);
		break;
	case SEARCH_CANCEL:
		history_stop(c->history);
		set_pattern(c, c->accepted ? c->accepted : "");
		if (c->typing)
			back_to_before(c);
		c->typing = false;
		break;
	}
}

static int act_next(struct commits *c, bool backward)
{
	if (!c->accepted) {
		tui_say(c->pane.tui, _("nothing was searched for yet"));
		return 1;
	}
	if (!c->pattern)
		set_pattern(c, c->accepted);
	search_next(c, backward);
	return 1;
}

/* ---- actions ---- */

static int act_last(struct commits *c)
{
	user_moves(c);
	go_to(c, c->list.n ? c->list.n - 1 : 0);
	c->to_end = true;
	history_load_all(c->history);
	return 1;
}

static int act_close(struct commits *c)
{
	if (history_is_busy(c->history)) {
		user_moves(c);
		pane_dirty(&c->pane);
		return 1;
	}
	if (!c->pattern)
		return 0;
	set_pattern(c, ""); /* matches are no longer marked */
	return 1;
}

static int act_move(struct commits *c, enum action_id id)
{
	struct list moved = c->list;

	if (!list_act(&moved, id))
		return 0;
	user_moves(c);
	c->list = moved;
	tell_selected(c);
	return 1;
}

static int act(struct pane *p, const struct call *call, struct jci_error *err)
{
	struct commits *c = commits_of(p);

	switch (call->id) {
	case ACT_LAST:
		return act_last(c);
	case ACT_OPEN:
		tui_focus(p->tui, PANE_RUNS);
		return 1;
	case ACT_CLOSE:
		return act_close(c);
	case ACT_NEXT:
	case ACT_PREV:
		return act_next(c, call->id == ACT_PREV);
	case ACT_FILTER:
		return commits_act_filter(c, call->arg, err);
	case ACT_BRANCH:
		return commits_act_branch(c, call->arg);
	case ACT_GOTO:
		return commits_act_goto(c, call->arg);
	default:
		return act_move(c, call->id);
	}
}

static const enum action_id *hints(const struct pane *p)
{
	static const enum action_id of_rows[] = {ACT_RUN,    ACT_LOG,  ACT_FILTER, ACT_BRANCH,
						 ACT_SEARCH, ACT_HELP, ACT_NONE};
	static const enum action_id of_none[] = {ACT_BRANCH, ACT_FILTER, ACT_INIT, ACT_HELP,
						 ACT_NONE};

	return commits_of(p)->list.n ? of_rows : of_none;
}

static void click(struct pane *p, int y, int x, bool twice)
{
	struct commits *c = commits_of(p);

	(void)x;
	if (y < 0 || c->list.top + (size_t)y >= c->list.n)
		return;
	commits_move_to(c, c->list.top + (size_t)y);
	if (twice)
		tui_focus(p->tui, PANE_RUNS);
}

static void wheel(struct pane *p, int lines)
{
	struct commits *c = commits_of(p);

	user_moves(c);
	list_scroll(&c->list, lines);
	tell_selected(c);
}

/* ---- changes outside ---- */

static void runs_changed(struct commits *c, const git_oid *commit)
{
	const struct history_start *start = history_start(c->history);

	history_runs_changed(c->history, git_oid_is_zero(commit) ? NULL : commit);
	if (start && (start->filter.kind == FILTER_RUNS || start->filter.kind == FILTER_FAILED))
		reload(c, true);
}

/* A run that has ended is a stored one now. */
static void live_changed(struct commits *c)
{
	const struct history_start *start = history_start(c->history);

	for (size_t i = 0; i < c->n_shown; i++)
		if (c->shown[i].status == JCI_STATUS_RUNNING ||
		    c->shown[i].status == JCI_STATUS_LOST)
			history_runs_changed(c->history, &c->shown[i].oid);
	if (start && start->filter.kind == FILTER_RUNNING)
		reload(c, true);
}

static void changed(struct pane *p, const struct change *change)
{
	struct commits *c = commits_of(p);

	if (change->what & CHANGED_LIVE)
		live_changed(c);
	if (change->what & CHANGED_RUNS)
		runs_changed(c, &change->commit);
	if (change->what & CHANGED_ALL)
		history_runs_changed(c->history, NULL);
	if (change->what & (CHANGED_REFS | CHANGED_ALL)) {
		history_decorate(c->history);
		reload(c, change->what & CHANGED_ALL);
	}
	pane_dirty(p);
}

/* ---- the pane ---- */

static void release(struct pane *p)
{
	struct commits *c = commits_of(p);

	job_cancel(&c->listing);
	job_cancel(&c->naming);
	history_free(c->history);
	strbuf_release(&c->filter);
	free(c->problem);
	free(c->searched);
	free(c->accepted);
	pattern_free(c->pattern);
	free(c->shown);
	free(c);
}

static const struct pane_ops commits_ops = {
	.name = "commits",
	.scope = SCOPE_COMMITS,
	.title = commits_title,
	.draw = commits_draw,
	.act = act,
	.hints = hints,
	.click = click,
	.wheel = wheel,
	.search = search,
	.changed = changed,
	.tick = commits_tick,
	.release = release,
};

struct pane *commits_new(struct tui *tui, const char *rev)
{
	struct commits *c = xcalloc(1, sizeof(*c));
	const struct commit_filter all = COMMIT_FILTER_INIT;

	c->pane.ops = &commits_ops;
	c->pane.tui = tui;
	c->filter = (struct strbuf)STRBUF_INIT;
	/* libgit2 would keep every commit that a walk comes through, up to 256 MiB of them */
	git_libgit2_opts(GIT_OPT_SET_CACHE_OBJECT_LIMIT, (int)GIT_OBJECT_COMMIT, (size_t)0);
	c->history = history_new(tui->workers, &history_ops, c);
	commits_open(c, rev, &all);
	history_decorate(c->history);
	return &c->pane;
}
