/* Results of tests as a list: the failed ones first, each kind below a heading. */
#include "tui/viewerpriv.h"

#include <stdlib.h>
#include <string.h>

#include "tui/draw.h"
#include "tui/overlay.h"
#include "util/alloc.h"
#include "util/duration.h"
#include "util/gettext.h"

enum {
	KINDS = JCI_RESULT_KINDS,
	HEAD = 4096,
	GATHER_PIECE = 64 * 1024,
	GATHER_STEP = 2 * 1024 * 1024
};
/* A larger file is text only. */
static const uint64_t results_size_max = 64 * 1024 * 1024;

/* ---- rows: a heading for each kind that there is, and its tests ---- */

static size_t count_rows(const struct jci_results *r)
{
	size_t n = r->n;

	for (int kind = 0; kind < KINDS; kind++)
		n += r->count[kind] > 0;
	return n;
}

/* The test in a row; NULL: a heading, of *kind. */
static const struct jci_result *result_at(const struct jci_results *r, size_t row, int *kind)
{
	size_t first = 0;

	for (*kind = 0; *kind < KINDS; ++*kind) {
		const size_t n = r->count[*kind];

		if (n == 0)
			continue;
		if (row == 0)
			return NULL;
		if (row <= n)
			return &r->items[first + row - 1];
		row -= n + 1;
		first += n;
	}
	*kind = JCI_RESULT_PASSED;
	return NULL;
}

/* ---- reading them ---- */

struct parsing {
	struct job job;
	struct viewer *v;
	enum jci_results_format format;
	struct strbuf bytes;
	struct jci_results results;
};

static void parsing_run(struct job *job, struct jci_repo *repo)
{
	struct parsing *p = (struct parsing *)job;

	(void)repo;
	jci_results_parse(&p->results, p->format, p->bytes.buf, p->bytes.len, &job->error);
}

static void show_list(struct viewer *v)
{
	v->res.wanted = v->res.open = false;
	v->mode = VIEWER_RESULTS;
	v->selecting = false;
	v->res.list.height = view_height(v);
	list_goto(&v->res.list, v->res.list.cursor ? v->res.list.cursor : 1);
}

static void parsed(struct viewer *v, struct jci_results *results)
{
	struct view_results *res = &v->res;

	jci_results_release(&res->results);
	res->results = *results;
	*results = (struct jci_results){0};
	res->ready = true;
	res->list.n = count_rows(&res->results);
	list_adjust(&res->list);
	if (res->results.n > 0 && (res->wanted || (res->open && !v->mode_chosen)))
		show_list(v);
	else if (res->wanted)
		tui_say(v->pane.tui, _("'%s' has no results of tests"), v->path);
	res->wanted = false;
}

static void parsing_done(struct job *job)
{
	struct parsing *p = (struct parsing *)job;
	struct viewer *v = p->v;

	v->res.job = NULL;
	if (!job->error.code)
		parsed(v, &p->results);
	else if (v->res.wanted)
		tui_fail(v->pane.tui, &job->error);
	v->res.wanted = false;
	pane_dirty(&v->pane);
	if (doc_size(v->doc) != v->res.size)
		viewresults_refresh(v);
}

static void parsing_release(struct job *job)
{
	struct parsing *p = (struct parsing *)job;

	strbuf_release(&p->bytes);
	jci_results_release(&p->results);
	free(p);
}

static const struct job_ops parsing_ops = {
	.run = parsing_run,
	.done = parsing_done,
	.release = parsing_release,
};

static void parse(struct viewer *v)
{
	struct parsing *p = xcalloc(1, sizeof(*p));

	p->job.ops = &parsing_ops;
	p->v = v;
	p->format = v->res.format;
	p->bytes = v->res.bytes;
	v->res.bytes = (struct strbuf)STRBUF_INIT;
	v->res.job = &p->job;
	job_start(v->pane.tui->workers, &p->job);
}

/* Some megabytes a turn of the loop. */
static void gather(void *ctx)
{
	struct viewer *v = ctx;
	struct view_results *res = &v->res;

	for (size_t step = 0; step < GATHER_STEP && res->bytes.len < res->size;) {
		const uint64_t left = res->size - res->bytes.len;
		size_t got;

		strbuf_grow(&res->bytes, GATHER_PIECE);
		got = doc_read(v->doc, res->bytes.len, res->bytes.buf + res->bytes.len,
			       left < GATHER_PIECE ? (size_t)left : GATHER_PIECE);
		if (got == 0)
			res->size = res->bytes.len;
		strbuf_setlen(&res->bytes, res->bytes.len + got);
		step += got;
	}
	if (res->bytes.len < res->size)
		loop_timer_set(v->pane.tui->loop, &res->timer, 0);
	else
		parse(v);
}

static bool is_gathering(const struct viewer *v)
{
	return v->res.job || v->res.timer.due_us;
}

static void read_results(struct viewer *v)
{
	if (is_gathering(v))
		return;
	v->res.size = doc_size(v->doc);
	strbuf_reset(&v->res.bytes);
	v->res.timer.fn = gather;
	v->res.timer.ctx = v;
	gather(v);
}

static void guess(struct viewer *v)
{
	char head[HEAD];
	const size_t len = doc_read(v->doc, 0, head, sizeof(head));

	v->res.format = jci_results_guess(v->path, head, len);
	v->res.open = !doc_is_log(v->doc);
}

void viewresults_refresh(struct viewer *v)
{
	const uint64_t size = doc_size(v->doc);

	if (v->res.format == JCI_RESULTS_NONE && size > 0)
		guess(v);
	if (v->res.format == JCI_RESULTS_NONE || size > results_size_max)
		return;
	/* a live run's file as it is now; a blob when all of it is there */
	if (doc_is_loading(v->doc))
		return;
	if (v->res.ready ? v->mode == VIEWER_RESULTS && v->res.size != size
			 : v->res.open || v->res.wanted)
		read_results(v);
}

void viewresults_clear(struct viewer *v)
{
	job_cancel(&v->res.job);
	loop_timer_stop(v->pane.tui->loop, &v->res.timer);
	jci_results_release(&v->res.results);
	strbuf_release(&v->res.bytes);
	v->res = (struct view_results){.bytes = STRBUF_INIT};
}

void viewresults_toggle(struct viewer *v)
{
	if (v->mode == VIEWER_RESULTS) {
		v->mode_chosen = true;
		viewer_set_mode(v, VIEWER_TEXT);
		return;
	}
	if (v->res.format == JCI_RESULTS_NONE)
		tui_say(v->pane.tui, _("'%s' is neither JUnit XML nor TAP"), v->path);
	else if (doc_size(v->doc) > results_size_max)
		tui_say(v->pane.tui, _("'%s' is too large to be read as results of tests"),
			v->path);
	else if (v->res.ready && v->res.size == doc_size(v->doc) && v->res.results.n > 0)
		show_list(v);
	else {
		v->res.wanted = true;
		v->res.ready = false;
		viewresults_refresh(v);
	}
	pane_dirty(&v->pane);
}

/* ---- on the screen ---- */

static enum style style_of_kind(int kind)
{
	static const enum style styles[KINDS] = {
		[JCI_RESULT_FAILED] = STYLE_ERR,
		[JCI_RESULT_ERROR] = STYLE_ERR,
		[JCI_RESULT_SKIPPED] = STYLE_RUNNING,
		[JCI_RESULT_PASSED] = STYLE_OK,
	};

	return styles[kind];
}

static const char *mark_of_kind(int kind)
{
	if (kind == JCI_RESULT_SKIPPED)
		return "-";
	return theme_status_mark(kind == JCI_RESULT_PASSED ? JCI_STATUS_OK : JCI_STATUS_ERR);
}

void viewresults_title(const struct viewer *v, struct strbuf *sb)
{
	const struct jci_results *r = &v->res.results;
	const char *comma = "";

	for (int kind = 0; kind < KINDS; kind++) {
		if (r->count[kind] == 0)
			continue;
		strbuf_addstr(sb, comma);
		jci_result_add_count(sb, kind, r->count[kind]);
		comma = ", ";
	}
}

static int draw_seconds(struct viewer *v, int y, int width, enum style style,
			const struct jci_result *t)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	int used;

	if (t->seconds < 0 || t->seconds > 1e12 || width < 30)
		return 0;
	duration_add(&text, (int64_t)(t->seconds * 1e6));
	used = draw_width(text.buf, text.len);
	draw_right(v->pane.win, y, width - used, used, style, text.buf);
	return used + 1;
}

static void draw_result(struct viewer *v, int y, int kind, const struct jci_result *t,
			enum style row)
{
	WINDOW *win = v->pane.win;
	const bool plain = row == STYLE_NORMAL;
	const int width = view_width(v);
	int used, left;

	draw_text(win, y, 1, 1, plain ? style_of_kind(kind) : row, mark_of_kind(kind), DRAW_ALL);
	left = width - 3 - draw_seconds(v, y, width, plain ? STYLE_SIZE : row, t);
	if (left <= 0)
		return;
	used = draw_text(win, y, 3, left, row, t->name, DRAW_ALL);
	if (t->message && left - used > 12)
		draw_text(win, y, 3 + used + 2, left - used - 2, plain ? STYLE_HINT : row,
			  t->message, strcspn(t->message, "\n"));
}

static void draw_row(struct viewer *v, int y, size_t n)
{
	const struct jci_result *t;
	enum style row = STYLE_NORMAL;
	int kind;

	if (n == v->res.list.cursor)
		row = v->pane.focused ? STYLE_CURSOR : STYLE_CURSOR_IDLE;
	draw_blank(v->pane.win, y, 0, view_width(v), row);
	t = result_at(&v->res.results, n, &kind);
	if (t) {
		draw_result(v, y, kind, t, row);
	} else {
		cleanup_strbuf struct strbuf text = STRBUF_INIT;

		jci_result_add_count(&text, kind, v->res.results.count[kind]);
		draw_text(v->pane.win, y, 0, view_width(v), row == STYLE_NORMAL ? STYLE_GROUP : row,
			  text.buf, text.len);
	}
}

void viewresults_draw(struct viewer *v)
{
	struct list *list = &v->res.list;

	list->height = view_height(v);
	list_adjust(list);
	for (int y = 0; y < view_height(v); y++) {
		const size_t row = list->top + (size_t)y;

		if (row < list->n)
			draw_row(v, y, row);
		else
			draw_blank(v->pane.win, y, 0, view_width(v), STYLE_NORMAL);
	}
}

/* ---- one of them ---- */

void viewresults_add_text(struct strbuf *sb, const struct viewer *v)
{
	int kind;
	const struct jci_result *t = result_at(&v->res.results, v->res.list.cursor, &kind);

	if (!t)
		return;
	strbuf_addf(sb, "%s\n", t->name);
	if (!t->message)
		return;
	strbuf_addstr(sb, t->message);
	if (sb->buf[sb->len - 1] != '\n')
		strbuf_addch(sb, '\n');
}

struct to_line {
	struct viewer *v;
	uint64_t line;
};

static void goto_line(struct tui *tui, void *ctx)
{
	const struct to_line *to = ctx;

	(void)tui;
	if (!to->v->doc)
		return;
	to->v->mode_chosen = true;
	viewer_set_mode(to->v, VIEWER_TEXT);
	view_goto_number(to->v, to->line);
}

/* For text above the panes, where \1 would make a heading. */
static void add_plain(struct strbuf *sb, const char *text)
{
	for (; *text; text++)
		strbuf_addch(sb, *text == '\1' ? '?' : *text);
}

static void show_result(struct viewer *v, int kind, const struct jci_result *t)
{
	static const char *const titles[KINDS] = {
		[JCI_RESULT_FAILED] = N_("failed test"),
		[JCI_RESULT_ERROR] = N_("test with an error"),
		[JCI_RESULT_SKIPPED] = N_("skipped test"),
		[JCI_RESULT_PASSED] = N_("passed test"),
	};
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	struct to_line *to = xmalloc(sizeof(*to));

	*to = (struct to_line){v, t->line};
	strbuf_addch(&text, '\1');
	add_plain(&text, t->name);
	strbuf_addf(&text, "\n%s:%llu\n", v->path, (unsigned long long)t->line);
	strbuf_addch(&text, '\n');
	add_plain(&text, t->message ? t->message : _("It left no message."));
	overlay_text(v->pane.tui, &(struct overlay_text){
					  .title = _(titles[kind]),
					  .text = text.buf,
					  .accept_hint = _("to its line in the file"),
					  .accept = goto_line,
					  .release = free,
					  .ctx = to,
				  });
}

static void open_row(struct viewer *v)
{
	int kind;
	const struct jci_result *t = result_at(&v->res.results, v->res.list.cursor, &kind);

	if (t)
		show_result(v, kind, t);
}

int viewresults_act(struct viewer *v, const struct call *call)
{
	v->res.list.height = view_height(v);
	if (list_act(&v->res.list, call->id)) {
		pane_dirty(&v->pane);
		return 1;
	}
	if (call->id != ACT_OPEN)
		return 0;
	open_row(v);
	return 1;
}

void viewresults_click(struct viewer *v, int y, bool twice)
{
	const size_t row = v->res.list.top + (size_t)y;

	if (row >= v->res.list.n)
		return;
	list_goto(&v->res.list, row);
	if (twice)
		open_row(v);
}

/* ---- searching, in names and messages ---- */

static bool row_matches(struct viewer *v, size_t row)
{
	int kind;
	const struct jci_result *t = result_at(&v->res.results, row, &kind);
	struct pattern *p = v->search.pattern;
	size_t start, end;

	if (!t)
		return false;
	return pattern_find(p, t->name, strlen(t->name), 0, &start, &end) ||
	       (t->message && pattern_find(p, t->message, strlen(t->message), 0, &start, &end));
}

void viewresults_search(struct viewer *v, int dir, bool at)
{
	struct list *list = &v->res.list;
	size_t row = list->cursor;

	for (size_t i = 0; i < list->n; i++) {
		if (i > 0 || !at)
			row = (row + (dir > 0 ? 1 : list->n - 1)) % list->n;
		if (row_matches(v, row)) {
			list_goto(list, row);
			pane_dirty(&v->pane);
			return;
		}
	}
	if (v->search.say)
		tui_say(v->pane.tui, _("nothing matches '%s'"), v->search.text);
}
