#include "tui/draw.h"
#include "tui/runspriv.h"
#include "tui/when.h"
#include "util/duration.h"
#include "util/gettext.h"

/* Where columns begin; 0: there is no room for it. */
struct columns {
	int start, duration, trigger, branch, width;
};
enum { WORD_AT = 2, WORD_WIDTH = 9, DURATION_WIDTH = 7, TRIGGER_WIDTH = 7, BRANCH_MIN = 4 };

static struct columns lay_out(const struct runs *runs)
{
	int width = getmaxx(runs->pane.win), when = when_width(runs->pane.tui->options.dates);
	struct columns c = {.width = width};
	int at = WORD_AT + WORD_WIDTH + 1;

	if (at + when > width)
		return c;
	c.start = at;
	at += when + 1;
	if (at + DURATION_WIDTH > width)
		return c;
	c.duration = at;
	at += DURATION_WIDTH + 1;
	if (at + TRIGGER_WIDTH > width)
		return c;
	c.trigger = at;
	at += TRIGGER_WIDTH + 1;
	if (at + BRANCH_MIN <= width)
		c.branch = at;
	return c;
}

static void draw_times(const struct runs *runs, int y, const struct columns *c,
		       const struct jci_record *r)
{
	const struct tui *tui = runs->pane.tui;
	int64_t us = r->status == JCI_STATUS_RUNNING ? tui->now_us - r->start_us : r->duration_us;
	int when = when_width(tui->options.dates);
	cleanup_strbuf struct strbuf text = STRBUF_INIT;

	if (!c->start)
		return;
	when_add(&text, tui->options.dates, r->start_us, tui->now_us);
	draw_right(runs->pane.win, y, c->start, when, STYLE_DATE, text.buf);
	if (!c->duration || (us < 0 && r->status != JCI_STATUS_RUNNING))
		return;
	strbuf_reset(&text);
	if (r->status == JCI_STATUS_RUNNING && us < 60 * 1000000) /* the tick: once a second */
		strbuf_addf(&text, "%d s", us > 0 ? (int)(us / 1000000) : 0);
	else
		duration_add(&text, us);
	draw_right(runs->pane.win, y, c->duration, DURATION_WIDTH, STYLE_NORMAL, text.buf);
}

static void draw_row(const struct runs *runs, int y, const struct columns *c, size_t i)
{
	const struct jci_record *r = &runs->rows[i].record;
	WINDOW *win = runs->pane.win;
	enum style style = theme_status_style(r->status);

	draw_gap(win, y, 0, c->duration ? c->duration - 1 : c->start, style);
	draw_text(win, y, 0, c->width, style, theme_status_mark(r->status), DRAW_ALL);
	draw_text(win, y, WORD_AT, c->width - WORD_AT, style, jci_record_word(r), DRAW_ALL);
	draw_times(runs, y, c, r);
	if (c->trigger && r->trigger)
		draw_text(win, y, c->trigger, TRIGGER_WIDTH, STYLE_NORMAL, r->trigger, DRAW_ALL);
	if (c->branch && r->branch)
		draw_text(win, y, c->branch, c->width - c->branch, STYLE_NORMAL, r->branch,
			  DRAW_ALL);
	if (i == runs->list.cursor)
		draw_restyle(win, y, 0, c->width,
			     runs->pane.focused ? STYLE_CURSOR : STYLE_CURSOR_IDLE);
}

/* "Press r to ...", or what to type where no key does it. */
static void add_key(const struct runs *runs, struct strbuf *sb, enum action_id id)
{
	size_t len = sb->len;

	keymap_add_first(runs->pane.tui->keys, SCOPE_RUNS, id, sb);
	if (sb->len == len)
		strbuf_addf(sb, ":%s", actions[id].name);
}

static void draw_empty(const struct runs *runs)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT, name = STRBUF_INIT;

	if (!runs->have_commit) {
		strbuf_addstr(&text, _("No commit is selected."));
	} else if (!runs_are_current(runs)) {
		return; /* it takes milliseconds to know */
	} else if (runs->script == SCRIPT_NOT_HERE) {
		add_key(runs, &name, ACT_INIT);
		strbuf_addf(&text,
			    _("No runs of this commit yet, and there is no .jci/run.sh: %s makes "
			      "one to begin with."),
			    name.buf);
	} else if (runs->script == SCRIPT_NOT_IN_COMMIT) {
		strbuf_addstr(&text, _("No runs of this commit, and it has no .jci/run.sh."));
	} else {
		add_key(runs, &name, ACT_RUN);
		strbuf_addf(&text, _("No runs of this commit yet: %s runs CI for it."), name.buf);
	}
	draw_paragraph(runs->pane.win, 0, 0, getmaxx(runs->pane.win), STYLE_HINT, text.buf);
}

void runs_draw(struct pane *p)
{
	struct runs *runs = (struct runs *)p;
	struct columns c = lay_out(runs);

	runs->list.height = getmaxy(p->win);
	list_adjust(&runs->list);
	runs_read_screen(runs);
	werase(p->win);
	if (!runs->list.n)
		draw_empty(runs);
	for (int y = 0; y < runs->list.height; y++) {
		size_t i = runs->list.top + (size_t)y;

		if (i < runs->list.n)
			draw_row(runs, y, &c, i);
	}
}

void runs_title(const struct pane *p, struct strbuf *left, struct strbuf *right)
{
	const struct runs *runs = (const struct runs *)p;

	strbuf_addstr(left, _("Runs"));
	if (runs->list.n)
		strbuf_addf(right, "%zu/%zu", runs->list.cursor + 1, runs->list.n);
}

const enum action_id *runs_hints(const struct pane *p)
{
	static const enum action_id none[] = {ACT_RUN, ACT_PULL, ACT_NONE};
	static const enum action_id no_script[] = {ACT_INIT, ACT_PULL, ACT_NONE};
	static const enum action_id running[] = {ACT_OPEN, ACT_CANCEL, ACT_NONE};
	static const enum action_id lost[] = {ACT_OPEN, ACT_RECOVER, ACT_RERUN, ACT_NONE};
	static const enum action_id stored[] = {ACT_OPEN, ACT_RERUN, ACT_COMPARE, ACT_SAVE,
						ACT_NONE};
	const struct runs *runs = (const struct runs *)p;
	const struct run_row *row = runs_cursor_row(runs);

	if (!row)
		return runs->script == SCRIPT_NOT_HERE ? no_script : none;
	if (row->record.status == JCI_STATUS_RUNNING)
		return running;
	return row->record.status == JCI_STATUS_LOST ? lost : stored;
}
