#include "tui/commitspriv.h"

#include <locale.h>
#include <string.h>

#include "tui/draw.h"
#include "tui/watch.h"
#include "tui/when.h"
#include "util/alloc.h"
#include "util/gettext.h"

/* Columns; a pane too narrow for all of them leaves out the author, then the age. */
enum {
	HASH = 8,
	AUTHOR = 14,
	MIN_SUBJECT = 20,
	COUNT = 2, /* of runs */
	MAX_MATCHES = 16,
};

/* ---- the line above ---- */

/* With the separator of this locale, in groups of three. */
static void add_count(struct strbuf *sb, size_t n)
{
	const char *separator = localeconv()->thousands_sep;

	if (!*separator)
		separator = ",";
	if (n < 1000) {
		strbuf_addf(sb, "%zu", n);
		return;
	}
	add_count(sb, n / 1000);
	strbuf_addf(sb, "%s%03zu", separator, n % 1000);
}

static void add_doing(const struct commits *c, struct strbuf *sb)
{
	size_t looked_at;

	if (history_is_searching(c->history, &looked_at)) {
		strbuf_addf(sb, " %s ", _("searching..."));
		add_count(sb, looked_at);
	} else if (history_is_busy(c->history) || (c->is_new && history_place(c->history))) {
		strbuf_addf(sb, " %s", _("reading..."));
	}
}

void commits_title(const struct pane *p, struct strbuf *left, struct strbuf *right)
{
	const struct commits *c = commits_of(p);
	const size_t n = history_count(c->history);

	strbuf_addstr(left, commits_branch(p));
	if (c->filter.len)
		strbuf_addf(left, " (%s)", c->filter.buf);
	add_doing(c, left);
	if (!n)
		return;
	add_count(right, c->list.cursor + 1);
	strbuf_addch(right, '/');
	add_count(right, n);
	if (!history_is_complete(c->history))
		strbuf_addch(right, '+');
}

/* ---- where there are no rows ---- */

static void add_key(const struct commits *c, enum action_id id, struct strbuf *sb)
{
	keymap_add_first(c->pane.tui->keys, SCOPE_COMMITS, id, sb);
	if (!sb->len)
		strbuf_addf(sb, ":%s", actions[id].name);
}

static void explain_empty(const struct commits *c, struct strbuf *sb)
{
	const struct history_place *place = history_place(c->history);
	cleanup_strbuf struct strbuf press = STRBUF_INIT;

	if (c->problem) {
		add_key(c, ACT_BRANCH, &press);
		strbuf_addf(sb, _("%s\n\nPress %s to choose a branch or tag."), c->problem,
			    press.buf);
	} else if (place && place->is_empty) {
		add_key(c, ACT_INIT, &press);
		strbuf_addf(sb,
			    _("There is no commit on '%s' yet.\n\n"
			      "CI runs for commits. Make the first one: git add, git commit.\n\n"
			      "Press %s for a .jci/run.sh to begin with: the script that is run."),
			    place->label, press.buf);
	} else if (place && !history_is_complete(c->history)) {
		strbuf_addstr(sb, _("Looking for commits that match..."));
	} else if (place && c->filter.len) {
		add_key(c, ACT_FILTER, &press);
		strbuf_addf(sb,
			    _("No commit on '%s' matches the filter '%s'.\n\n"
			      "Press %s and choose '%s', or type ':filter all'."),
			    place->label, c->filter.buf, press.buf,
			    commit_filter_title(FILTER_ALL));
	} else if (place) {
		strbuf_addf(sb, _("There is no commit in '%s'."), place->label);
	}
}

static void draw_empty(const struct commits *c)
{
	WINDOW *win = c->pane.win;
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	int margin = getmaxx(win) > 4 ? 1 : 0;

	explain_empty(c, &text);
	draw_paragraph(win, margin, margin, getmaxx(win) - 2 * margin, STYLE_HINT, text.buf);
}

/* ---- a row ---- */

/* Columns of the pane, as wide as it is. */
struct columns {
	int count, when, author; /* 0: left out */
};

static struct columns choose_columns(const struct commits *c, int width)
{
	const int when = when_width(c->pane.tui->options.dates) + 1;
	struct columns columns = {0};
	int left = width - 2 - HASH - 1 - MIN_SUBJECT;

	if (left >= when) {
		columns.when = when;
		left -= when;
	}
	if (left >= COUNT + 1) {
		columns.count = COUNT + 1;
		left -= COUNT + 1;
	}
	if (columns.when && left >= AUTHOR + 1)
		columns.author = AUTHOR + 1;
	return columns;
}

struct row {
	const struct commits *c;
	int y, x, width;
	struct {
		int x, width;
	} matches[MAX_MATCHES];
	size_t n_matches;
};

/* What the search found in a text that is drawn at r->x. */
static void note_matches(struct row *r, const char *text, int width)
{
	size_t len = strlen(text), from = 0, start, end;

	while (r->c->pattern && r->n_matches < MAX_MATCHES &&
	       pattern_find(r->c->pattern, text, len, from, &start, &end)) {
		int x = draw_width(text, start), columns = draw_width(text + start, end - start);

		if (x >= width)
			break;
		r->matches[r->n_matches].x = r->x + x;
		r->matches[r->n_matches++].width = columns < width - x ? columns : width - x;
		from = end;
	}
}

/* In columns of its own, one blank behind. */
static void put_column(struct row *r, int columns, enum style style, const char *text)
{
	if (columns <= 1)
		return;
	note_matches(r, text, columns - 1);
	draw_text(r->c->pane.win, r->y, r->x, columns - 1, style, text, DRAW_ALL);
	r->x += columns;
}

/* As wide as it is, up to a limit. */
static void put_text(struct row *r, int max, enum style style, const char *text)
{
	if (r->x >= r->width || !*text)
		return;
	if (max > r->width - r->x)
		max = r->width - r->x;
	note_matches(r, text, max);
	r->x += draw_text(r->c->pane.win, r->y, r->x, max, style, text, DRAW_ALL);
}

static void put_runs(struct row *r, const struct columns *columns, enum jci_status status,
		     unsigned n_runs)
{
	char count[8] = "";

	draw_text(r->c->pane.win, r->y, r->x, 1, theme_status_style(status),
		  theme_status_mark(status), DRAW_ALL);
	r->x += columns->count ? 1 : 2;
	if (n_runs > 99)
		snprintf(count, sizeof(count), "++");
	else if (n_runs > 1)
		snprintf(count, sizeof(count), "%u", n_runs);
	put_column(r, columns->count, STYLE_HINT, count);
}

static void put_when(struct row *r, const struct columns *columns, const struct commit_info *info)
{
	const struct tui *tui = r->c->pane.tui;
	cleanup_strbuf struct strbuf when = STRBUF_INIT;

	if (!columns->when)
		return;
	if (info && info->subject)
		when_add(&when, tui->options.dates, info->time_us, tui->now_us);
	draw_right(r->c->pane.win, r->y, r->x, columns->when - 1, STYLE_DATE, when.buf);
	r->x += columns->when;
}

/* Until all branches are known: the one that is shown. */
static void add_refs(const struct commits *c, const git_oid *oid, struct strbuf *sb)
{
	const struct decor *decor = history_decor(c->history);
	const struct history_place *place = history_place(c->history);

	if (decor)
		decor_add(decor, oid, sb);
	else if (place->ref && git_oid_equal(&place->tip, oid))
		strbuf_addf(sb, "[%s]", place->label);
}

static void put_subject(struct row *r, const git_oid *oid, const struct commit_info *info)
{
	cleanup_strbuf struct strbuf refs = STRBUF_INIT;

	add_refs(r->c, oid, &refs);
	if (refs.len) {
		put_text(r, (r->width - r->x) * 2 / 3, STYLE_REF, refs.buf);
		r->x++;
	}
	if (info && info->subject)
		put_text(r, r->width, STYLE_NORMAL, info->subject);
}

static void put_marks(const struct row *r, bool at_cursor)
{
	WINDOW *win = r->c->pane.win;

	if (at_cursor)
		draw_restyle(win, r->y, 0, r->width,
			     r->c->pane.focused ? STYLE_CURSOR : STYLE_CURSOR_IDLE);
	for (size_t i = 0; i < r->n_matches; i++)
		draw_restyle(win, r->y, r->matches[i].x, r->matches[i].width, STYLE_MATCH);
}

static void draw_row(struct commits *c, const struct columns *columns, int y, size_t at,
		     struct shown_commit *shown)
{
	const git_oid *oid = history_row(c->history, at);
	const struct commit_info *info = history_info(c->history, oid);
	struct row r = {.c = c, .y = y, .width = getmaxx(c->pane.win)};
	unsigned n_runs;

	git_oid_cpy(&shown->oid, oid);
	shown->status = commits_status(c, oid, &n_runs);
	put_runs(&r, columns, shown->status, n_runs);
	draw_gap(c->pane.win, y, r.x, HASH + columns->when, STYLE_HASH);
	put_column(&r, HASH + 1, STYLE_HASH, git_oid_tostr((char[HASH + 1]){0}, HASH + 1, oid));
	put_when(&r, columns, info);
	put_column(&r, columns->author, STYLE_AUTHOR, info && info->author ? info->author : "");
	put_subject(&r, oid, info);
	put_marks(&r, at == c->list.cursor);
}

/* ---- all of it ---- */

static bool is_shown_already(const struct commits *c, const struct shown_commit *shown, size_t n)
{
	if (n != c->n_shown)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!git_oid_equal(&shown[i].oid, &c->shown[i].oid))
			return false;
	return true;
}

/* Runs of what is on the screen shall be noticed whoever makes them. */
static void watch_shown(const struct commits *c)
{
	cleanup_free git_oid *oids = xcalloc(c->n_shown + 1, sizeof(*oids));

	for (size_t i = 0; i < c->n_shown; i++)
		oids[i] = c->shown[i].oid;
	watch_commits(c->pane.tui->watch, oids, c->n_shown);
}

static void draw_rows(struct commits *c)
{
	const struct columns columns = choose_columns(c, getmaxx(c->pane.win));
	size_t height = (size_t)c->list.height, n = c->list.n - c->list.top;
	cleanup_free struct shown_commit *shown = NULL;
	bool same;

	if (n > height)
		n = height;
	shown = xcalloc(n + 1, sizeof(*shown));
	for (size_t i = 0; i < n; i++)
		draw_row(c, &columns, (int)i, c->list.top + i, &shown[i]);
	same = is_shown_already(c, shown, n);
	free(c->shown);
	c->shown = steal_ptr(shown);
	c->n_shown = n;
	if (!same)
		watch_shown(c);
	history_show(c->history, c->list.top, n);
}

void commits_draw(struct pane *p)
{
	struct commits *c = commits_of(p);

	werase(p->win);
	c->drawn_us = p->tui->now_us;
	c->list.height = getmaxy(p->win);
	c->list.n = history_count(c->history);
	list_adjust(&c->list);
	if (c->list.n)
		draw_rows(c);
	else
		draw_empty(c);
	history_ensure(c->history, c->list.top + (size_t)c->list.height);
}

void commits_tick(struct pane *p)
{
	struct commits *c = commits_of(p);
	const enum tui_dates dates = p->tui->options.dates;

	for (size_t i = 0; i < c->n_shown; i++) {
		const struct commit_info *info = history_info(c->history, &c->shown[i].oid);
		cleanup_strbuf struct strbuf before = STRBUF_INIT, now = STRBUF_INIT;

		if (!info || !info->subject)
			continue;
		when_add(&before, dates, info->time_us, c->drawn_us);
		when_add(&now, dates, info->time_us, p->tui->now_us);
		if (strcmp(before.buf, now.buf) != 0) {
			pane_dirty(p);
			return;
		}
	}
}
