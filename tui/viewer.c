#include "tui/viewerpriv.h"

#include <stdlib.h>
#include <string.h>

#include "tui/draw.h"
#include "tui/live.h"
#include "tui/prompt.h"
#include "tui/theme.h"
#include "tui/watch.h"
#include "util/alloc.h"
#include "util/duration.h"
#include "util/gettext.h"

/* Here, or elsewhere and published. */
static bool is_live(const struct viewer *v)
{
	return v->run.status == JCI_STATUS_RUNNING;
}

/* ---- opening and closing ---- */

static bool has_suffix(const char *path, const char *suffix)
{
	const size_t len = strlen(path), n = strlen(suffix);

	return len >= n && strcasecmp(path + len - n, suffix) == 0;
}

static bool is_html(const struct viewer *v)
{
	return has_suffix(v->path, ".html") || has_suffix(v->path, ".htm") ||
	       has_suffix(v->path, ".xhtml");
}

void viewer_set_mode(struct viewer *v, enum viewer_mode mode)
{
	if (v->mode == mode)
		return;
	v->mode = mode;
	v->selecting = false;
	v->at.left = 0;
	v->at.at_end = false;
	v->center = true;
	viewtext_forget(v);
	view_search_stop(v);
	v->search.found = v->search.start = v->search.end = UINT64_MAX;
	pane_dirty(&v->pane);
}

static void watch_it(struct viewer *v)
{
	watch_file(v->pane.tui->watch, doc_watch_path(v->doc));
}

/* By its first bytes. */
static void choose_mode(struct viewer *v)
{
	if (!v->mode_chosen && v->mode == VIEWER_TEXT && doc_is_binary(v->doc))
		viewer_set_mode(v, VIEWER_HEX);
}

static void index_came(struct viewer *v)
{
	if (v->want_line)
		view_goto_number(v, v->want_line);
	if (!v->fold_known && v->pane.tui->options.fold && doc_is_log(v->doc)) {
		doc_fold_all(v->doc, true);
		v->folded = true;
	}
	/* groups that a live log still begins are shown as they come */
	v->fold_known = v->fold_known || is_live(v) || doc_is_complete(v->doc);
}

static void doc_changed(void *ctx, unsigned what)
{
	struct viewer *v = ctx;

	if (!v->doc) /* while it is being opened */
		return;
	viewtext_forget(v);
	if (what & DOC_OPENED)
		watch_it(v);
	if (what & (DOC_OPENED | DOC_GREW | DOC_COMPLETE)) {
		choose_mode(v);
		viewresults_refresh(v);
	}
	if (what & DOC_INDEX)
		index_came(v);
	if (what & (DOC_MATCHES | DOC_GREW | DOC_COMPLETE))
		view_search_go_on(v);
	pane_dirty(&v->pane);
}

void viewer_close(struct pane *p)
{
	struct viewer *v = viewer_of(p);

	if (!v->doc)
		return;
	if (doc_watch_path(v->doc))
		watch_file(p->tui->watch, NULL);
	job_cancel(&v->stored);
	viewresults_clear(v);
	view_search_clear(v);
	doc_free(v->doc);
	v->doc = NULL;
	free(v->path);
	v->path = NULL;
	jci_record_release(&v->run);
	viewtext_forget(v);
	pane_dirty(p);
}

static void reset(struct viewer *v)
{
	v->mode = VIEWER_TEXT;
	v->mode_chosen = v->folded = v->fold_known = v->selecting = v->stored_again = false;
	v->at = (struct view_spot){0};
	v->follow = true;
	v->want_line = 0;
	v->jumped = UINT64_MAX;
	for (int i = 0; i < VIEW_MARKS; i++)
		v->marks[i] = UINT64_MAX;
}

void viewer_open(struct pane *p, const struct jci_record *run, const char *path)
{
	struct viewer *v = viewer_of(p);
	struct jci_record copy;
	char *name = xstrdup(path); /* what is open may be what is passed */

	jci_record_init(&copy);
	jci_record_copy(&copy, run);
	viewer_close(p);
	reset(v);
	v->run = copy;
	v->path = name;
	v->doc = doc_new(p->tui->workers, doc_changed, v);
	doc_open(v->doc, &v->run, v->path);
	v->at.at_end = doc_is_log(v->doc) && v->run.status != JCI_STATUS_OK;
	if (doc_is_open(v->doc))
		doc_changed(v, DOC_OPENED | DOC_GREW | DOC_INDEX);
	pane_dirty(p);
}

const struct jci_record *viewer_run(const struct pane *p)
{
	const struct viewer *v = (const struct viewer *)p;

	return v->doc ? &v->run : NULL;
}

const char *viewer_path(const struct pane *p)
{
	const struct viewer *v = (const struct viewer *)p;

	return v->doc ? v->path : NULL;
}

/* ---- a live run ends ---- */

struct stored {
	struct job job;
	struct viewer *v;
	struct jci_ref ref;
	struct jci_record record;
	bool alive; /* it goes on after all */
};

static void stored_run(struct job *job, struct jci_repo *repo)
{
	struct stored *s = (struct stored *)job;

	/* in this order: it is stored before it leaves the registry */
	s->alive = jci_live_is_alive(repo, &s->ref.id);
	if (jci_refs_lookup(repo, &s->ref.commit, &s->ref.id, &s->ref.target, &job->error) == 0)
		jci_record_read_full(repo, &s->ref, &s->record, &job->error);
}

static void look_for_run(struct viewer *v);

static void stored_done(struct job *job)
{
	struct stored *s = (struct stored *)job;
	struct viewer *v = s->v;

	v->stored = NULL;
	if (!job->error.code) {
		jci_record_copy(&v->run, &s->record);
		doc_stored(v->doc, &v->run);
		watch_it(v);
		viewresults_refresh(v);
	} else if (v->stored_again) {
		look_for_run(v);
	} else if (job->error.code == JCI_ENOTFOUND && !s->alive) {
		v->run.status = JCI_STATUS_LOST;
	}
	pane_dirty(&v->pane);
}

static void stored_release(struct job *job)
{
	struct stored *s = (struct stored *)job;

	jci_record_release(&s->record);
	free(s);
}

static const struct job_ops stored_ops = {
	.run = stored_run,
	.done = stored_done,
	.release = stored_release,
};

static void look_for_run(struct viewer *v)
{
	struct stored *s;

	v->stored_again = v->stored != NULL;
	if (v->stored)
		return;
	s = xcalloc(1, sizeof(*s));
	s->job.ops = &stored_ops;
	s->v = v;
	s->ref = v->run.ref;
	jci_record_init(&s->record);
	v->stored = &s->job;
	job_start(v->pane.tui->workers, &s->job);
}

/* While the registry has the run it is not stored, but maybe lost. */
static void run_changed(struct viewer *v)
{
	const struct jci_record *live = live_find(v->pane.tui->live, &v->run.ref.id);

	if (live && live->status == v->run.status)
		return;
	if (live)
		v->run.status = live->status;
	else
		look_for_run(v);
	pane_dirty(&v->pane);
}

static void viewer_changed(struct pane *p, const struct change *change)
{
	struct viewer *v = viewer_of(p);

	if (change->what & (CHANGED_OPTIONS | CHANGED_ALL)) {
		viewtext_forget(v);
		pane_dirty(p);
	}
	if (!v->doc)
		return;
	if (change->what & (CHANGED_FILE | CHANGED_ALL))
		doc_refresh(v->doc);
	if (change->what & (CHANGED_LIVE | CHANGED_RUNS | CHANGED_ALL) &&
	    (!jci_record_is_stored(&v->run) || is_live(v)))
		run_changed(v);
}

/* ---- the title ---- */

static bool is_following(const struct viewer *v)
{
	return v->follow && v->at.at_end && v->mode != VIEWER_RESULTS;
}

static void add_result(struct strbuf *sb, const struct viewer *v)
{
	if (v->run.status == JCI_STATUS_NONE)
		return;
	strbuf_addf(sb, "  %s ", theme_status_mark(v->run.status));
	strbuf_addstr(sb, jci_record_word(&v->run));
	if (v->run.duration_us >= 0) {
		strbuf_addch(sb, ' ');
		duration_add(sb, v->run.duration_us);
	}
}

/* What of a blob is unpacked. */
static void add_unpacking(struct strbuf *sb, const struct viewer *v)
{
	const uint64_t full = doc_full_size(v->doc), size = doc_size(v->doc);

	if (!doc_error(v->doc) && size < full)
		strbuf_addf(sb, _("  unpacking %d%%"), (int)(100.0 * (double)size / (double)full));
}

static void title_left(const struct viewer *v, struct strbuf *sb)
{
	strbuf_addstr(sb, v->path);
	if (doc_is_log(v->doc))
		add_result(sb, v);
	if (is_live(v) && is_following(v))
		strbuf_addf(sb, "  %s", _("following"));
	else if (doc_is_loading(v->doc))
		add_unpacking(sb, v);
	if (v->selecting)
		strbuf_addf(sb, "  %s", _("selecting"));
}

static int percent_of(const struct viewer *v)
{
	const uint64_t size = doc_size(v->doc);

	if (size == 0 || v->at.cursor >= view_last((struct viewer *)v))
		return 100;
	return (int)(100.0 * (double)v->at.cursor / (double)size);
}

static void add_line_number(const struct viewer *v, struct strbuf *sb)
{
	const unsigned long long number = doc_number(v->doc, v->at.cursor);
	const unsigned long long lines = doc_lines(v->doc);

	if (v->want_line)
		strbuf_addf(sb, _("counting lines to %llu  "), (unsigned long long)v->want_line);
	else if (number && lines)
		strbuf_addf(sb, "%llu/%llu  ", number, lines);
	else if (number)
		strbuf_addf(sb, "%llu  ", number);
}

static void title_right(const struct viewer *v, struct strbuf *sb)
{
	if (v->mode == VIEWER_RESULTS) {
		viewresults_title(v, sb);
		return;
	}
	if (!doc_is_open(v->doc) || doc_error(v->doc))
		return;
	view_search_title(v, sb);
	if (v->mode == VIEWER_HEX) {
		strbuf_addf(sb, "0x%llx  ", (unsigned long long)v->at.cursor);
		size_add(sb, doc_size(v->doc));
		strbuf_addstr(sb, "  ");
	} else {
		if (v->at.left)
			strbuf_addf(sb, _("column %zu  "), v->at.left + 1);
		add_line_number(v, sb);
	}
	strbuf_addf(sb, "%d%%", percent_of(v));
}

static void viewer_title(const struct pane *p, struct strbuf *left, struct strbuf *right)
{
	const struct viewer *v = (const struct viewer *)p;

	if (!v->doc)
		return;
	title_left(v, left);
	title_right(v, right);
}

/* ---- drawing ---- */

static void draw_message(struct viewer *v, enum style style, const char *text)
{
	werase(v->pane.win);
	draw_paragraph(v->pane.win, 0, 0, view_width(v), style, text);
}

static void viewer_draw(struct pane *p)
{
	struct viewer *v = viewer_of(p);

	if (!v->doc || (!doc_is_open(v->doc) && !doc_error(v->doc)))
		werase(p->win);
	else if (doc_error(v->doc))
		draw_message(v, STYLE_ERR, doc_error(v->doc));
	else if (v->mode == VIEWER_RESULTS)
		viewresults_draw(v);
	else if (doc_size(v->doc) == 0)
		draw_message(v, STYLE_HINT,
			     is_live(v) ? _("Nothing was written to it yet.")
					: _("This file is empty."));
	else if (v->mode == VIEWER_HEX)
		viewhex_draw(v);
	else
		viewtext_draw(v);
}

/* ---- actions ---- */

static void toggle_follow(struct viewer *v)
{
	const bool on = is_following(v);

	if (doc_is_complete(v->doc))
		tui_say(v->pane.tui, "%s", _("this file does not grow any more"));
	if (on && !doc_is_complete(v->doc)) {
		v->follow = false;
		pane_dirty(&v->pane);
	} else {
		v->follow = true;
		view_goto_end(v);
	}
}

static void fold(struct viewer *v)
{
	const struct doc_group *group = doc_group_at(v->doc, v->at.cursor);

	if (!group) {
		tui_say(v->pane.tui, "%s", _("this line is in no group"));
		return;
	}
	v->at.cursor = group->folded ? v->at.cursor : group->start;
	doc_fold(v->doc, group->start, !group->folded);
}

static void fold_all(struct viewer *v)
{
	v->folded = !v->folded;
	doc_fold_all(v->doc, v->folded);
	v->center = true;
}

static int fold_act(struct viewer *v, enum action_id id)
{
	if (v->mode == VIEWER_HEX)
		return 0;
	v->fold_known = true;
	if (id == ACT_FOLD_ALL)
		fold_all(v);
	else if (id == ACT_FOLD || doc_group_at(v->doc, v->at.cursor))
		fold(v);
	viewtext_forget(v);
	pane_dirty(&v->pane);
	return 1;
}

static void toggle_selection(struct viewer *v)
{
	v->selecting = !v->selecting;
	v->anchor = v->at.cursor;
	pane_dirty(&v->pane);
}

static void set_option(struct viewer *v, const char *text)
{
	cleanup_strbuf struct strbuf command = STRBUF_INIT;

	strbuf_addf(&command, "set %s", text);
	tui_command(v->pane.tui, command.buf);
}

static void next_times(struct viewer *v)
{
	static const char *const next[] = {
		[TIMES_NONE] = "times clock",
		[TIMES_CLOCK] = "times start",
		[TIMES_START] = "times delta",
		[TIMES_DELTA] = "times none",
	};

	set_option(v, next[v->pane.tui->options.times]);
}

static void toggle_hex(struct viewer *v)
{
	v->mode_chosen = true;
	viewer_set_mode(v, v->mode == VIEWER_HEX ? VIEWER_TEXT : VIEWER_HEX);
	if (v->mode == VIEWER_TEXT)
		doc_reveal(v->doc, v->at.cursor);
}

/* ---- marks ---- */

static int mark_index(unsigned k)
{
	if (k >= 'a' && k <= 'z')
		return (int)(k - 'a');
	if (k >= 'A' && k <= 'Z')
		return (int)(k - 'A') + 26;
	return -1;
}

static void set_mark(struct tui *tui, key k, void *ctx)
{
	struct viewer *v = ctx;
	const int i = mark_index(k);

	if (i < 0) {
		tui_say(tui, "%s", _("marks are letters"));
		return;
	}
	v->marks[i] = v->at.cursor;
	pane_dirty(&v->pane);
}

static void to_mark(struct tui *tui, key k, void *ctx)
{
	struct viewer *v = ctx;
	const int i = mark_index(k);
	const uint64_t line = i >= 0 ? v->marks[i] : k == '\'' ? v->jumped : UINT64_MAX;

	if (line != UINT64_MAX)
		view_goto(v, line);
	else if (k == '\'')
		tui_say(tui, "%s", _("there is no place to go back to yet"));
	else if (i >= 0)
		tui_say(tui, _("no line has the mark '%c'"), (char)k);
	else
		tui_say(tui, "%s", _("marks are letters"));
}

static void mark_act(struct viewer *v, const struct call *call)
{
	const bool set = call->id == ACT_MARK;

	if (call->arg && *call->arg)
		(set ? set_mark : to_mark)(v->pane.tui, (key)(unsigned char)*call->arg, v);
	else
		prompt_key(v->pane.tui,
			   set ? _("mark this line with the letter: ")
			       : _("go to the mark (' for where you were): "),
			   set ? set_mark : to_mark, v);
}

/* ---- who does what ---- */

/* What concerns text and bytes alike. */
static int act_on_file(struct viewer *v, const struct call *call)
{
	switch (call->id) {
	case ACT_FOLLOW:
		toggle_follow(v);
		return 1;
	case ACT_GOTO:
		return call->arg ? view_goto_text(v, call->arg) : 0;
	case ACT_SELECT:
		toggle_selection(v);
		return 1;
	case ACT_MARK:
	case ACT_TO_MARK:
		mark_act(v, call);
		return 1;
	case ACT_LEFT:
		return v->mode == VIEWER_TEXT && viewtext_scroll_columns(v, false);
	case ACT_RIGHT:
		if (v->mode == VIEWER_TEXT)
			viewtext_scroll_columns(v, true);
		return 1;
	case ACT_NEXT_ERROR:
	case ACT_PREV_ERROR:
		view_error(v, call->id == ACT_NEXT_ERROR);
		return 1;
	case ACT_FOLD:
	case ACT_FOLD_ALL:
	case ACT_OPEN:
		return fold_act(v, call->id);
	default:
		return view_move(v, call->id);
	}
}

static int close_or_unselect(struct viewer *v)
{
	if (v->selecting)
		toggle_selection(v);
	else
		tui_close_viewer(v->pane.tui);
	return 1;
}

static int act_on_view(struct viewer *v, const struct call *call, struct jci_error *err)
{
	switch (call->id) {
	case ACT_CLOSE:
		return close_or_unselect(v);
	case ACT_WRAP:
		set_option(v, "wrap");
		return 1;
	case ACT_NUMBERS:
		set_option(v, "lineNumbers");
		return 1;
	case ACT_TIMES:
		next_times(v);
		return 1;
	case ACT_HEX:
		toggle_hex(v);
		return 1;
	case ACT_RESULTS:
		viewresults_toggle(v);
		return 1;
	case ACT_NEXT:
	case ACT_PREV:
		view_search_again(v, call->id == ACT_NEXT ? 1 : -1);
		return 1;
	case ACT_COPY:
		return view_copy(v, err);
	default:
		return 0;
	}
}

static int viewer_act(struct pane *p, const struct call *call, struct jci_error *err)
{
	struct viewer *v = viewer_of(p);
	int ret;

	if (!v->doc)
		return 0;
	ret = act_on_view(v, call, err);
	if (ret || !v->doc)
		return ret;
	if (v->mode == VIEWER_RESULTS)
		return viewresults_act(v, call);
	return act_on_file(v, call);
}

static const enum action_id *viewer_hints(const struct pane *p)
{
	static enum action_id hints[10];
	const struct viewer *v = (const struct viewer *)p;
	size_t n = 0;

	if (v->doc && v->mode == VIEWER_RESULTS) {
		hints[n++] = ACT_OPEN;
		hints[n++] = ACT_RESULTS;
	} else if (v->doc) {
		if (is_live(v) && !is_following(v))
			hints[n++] = ACT_FOLLOW;
		if (v->selecting) {
			hints[n++] = ACT_COPY;
			hints[n++] = ACT_PIPE;
		}
		if (is_html(v) || (doc_is_open(v->doc) && doc_is_binary(v->doc)))
			hints[n++] = ACT_BROWSER;
		if (doc_errors(v->doc))
			hints[n++] = ACT_NEXT_ERROR;
		if (v->mode == VIEWER_TEXT && doc_group_at(v->doc, v->at.cursor))
			hints[n++] = ACT_FOLD;
		if (v->res.format != JCI_RESULTS_NONE)
			hints[n++] = ACT_RESULTS;
		hints[n++] = v->search.pattern ? ACT_NEXT : ACT_SEARCH;
	}
	hints[n++] = ACT_CLOSE;
	hints[n] = ACT_NONE;
	return hints;
}

static void viewer_click(struct pane *p, int y, int x, bool twice)
{
	struct viewer *v = viewer_of(p);
	uint64_t line;

	(void)x;
	if (!v->doc || !doc_is_open(v->doc))
		return;
	pane_dirty(p);
	if (v->mode == VIEWER_RESULTS) {
		viewresults_click(v, y, twice);
	} else if (view_line_of_row(v, y, &line)) {
		v->at.cursor = line;
		view_moved(v);
		if (twice)
			fold_act(v, ACT_OPEN);
	}
}

static void viewer_wheel(struct pane *p, int lines)
{
	struct viewer *v = viewer_of(p);

	if (!v->doc || !doc_is_open(v->doc))
		return;
	pane_dirty(p);
	if (v->mode == VIEWER_RESULTS)
		list_scroll(&v->res.list, lines);
	else
		view_scroll(v, lines);
}

static void viewer_search(struct pane *p, const char *pattern, enum search_step step)
{
	view_search(viewer_of(p), pattern, step);
}

static void viewer_release(struct pane *p)
{
	struct viewer *v = viewer_of(p);

	viewer_close(p);
	line_release(&v->line);
	free(v->matches);
	free(v);
}

static const struct pane_ops viewer_ops = {
	.name = "viewer",
	.scope = SCOPE_VIEWER,
	.title = viewer_title,
	.draw = viewer_draw,
	.act = viewer_act,
	.hints = viewer_hints,
	.click = viewer_click,
	.wheel = viewer_wheel,
	.search = viewer_search,
	.changed = viewer_changed,
	.release = viewer_release,
};

struct pane *viewer_new(struct tui *tui)
{
	struct viewer *v = xcalloc(1, sizeof(*v));

	v->pane.ops = &viewer_ops;
	v->pane.tui = tui;
	v->line = (struct line)LINE_INIT;
	v->res.bytes = (struct strbuf)STRBUF_INIT;
	v->search.found = v->search.start = v->search.end = UINT64_MAX;
	jci_record_init(&v->run);
	reset(v);
	return &v->pane;
}
