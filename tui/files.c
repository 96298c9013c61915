#include "tui/files.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/live.h"
#include "core/watch.h"
#include "tui/draw.h"
#include "tui/filetree.h"
#include "tui/filewalk.h"
#include "tui/find.h"
#include "tui/list.h"
#include "tui/term.h"
#include "tui/tested.h"
#include "util/alloc.h"
#include "util/gettext.h"
#include "util/text.h"

enum {
	FOLD_FROM = 200,  /* files: folders of larger runs begin folded */
	MAX_NOTES = 100,  /* files that were left out, named one by one */
	REST = 20,        /* a live run is walked for at most 1/REST of the time */
	SIZE_COLUMNS = 5, /* "1023K" */
	MIN_NAME = 12,    /* columns; sizes are left out where there is no room for names */
	INDENT = 2,
};

struct files {
	struct pane pane;
	bool have_run;
	struct jci_record run; /* that is selected */
	/* What is shown: until the first files of the selected run are there, the one before. */
	struct filetree *tree;
	struct jci_run_id shown;
	bool any_shown;
	struct list list;
	char *wanted; /* the path that the user went to last; NULL: he didn't */
	size_t above; /* rows above the cursor then */
	struct strbuf selected;

	struct job *walk;
	struct filetree *next; /* being filled by it; `tree` itself as soon as that is shown */
	int64_t next_walk_us;  /* of a live run, by now_us */
	uint64_t live_sum;     /* of a live run, what it looked like at the last tick */

	struct tested tested;
	struct find find;
};

static struct files *files_of(struct pane *p)
{
	return (struct files *)p;
}

/* Whether what is shown belongs to the run that is selected. */
static bool is_current(const struct files *files)
{
	return files->have_run && files->any_shown &&
	       jci_run_id_cmp(&files->shown, &files->run.ref.id) == 0;
}

/* false: nothing, or a note. */
static bool cursor_row(const struct files *files, struct filetree_row *row)
{
	if (!is_current(files) || !files->list.n)
		return false;
	filetree_row(files->tree, files->list.cursor, row);
	return row->path != NULL;
}

/* ---- the cursor ---- */

static void moved(struct files *files)
{
	struct filetree_row row;

	pane_dirty(&files->pane);
	if (!cursor_row(files, &row))
		return;
	files->above = files->list.cursor - files->list.top;
	free(files->wanted);
	files->wanted = xstrndup(row.path, row.path_len);
}

static void go_to(struct files *files, size_t row)
{
	list_goto(&files->list, row);
	moved(files);
}

/* After the rows changed: on the same path, at the same height on the screen. */
static void place_cursor(struct files *files, bool same)
{
	struct list *list = &files->list;
	size_t row = FILETREE_NONE;

	list->n = filetree_rows(files->tree);
	if (files->wanted)
		row = filetree_find(files->tree, files->wanted, strlen(files->wanted));
	if (row == FILETREE_NONE && !(same && files->wanted))
		row = 0;
	if (row != FILETREE_NONE && row != list->cursor) {
		list->cursor = row;
		list->top = row > files->above ? row - files->above : 0;
	}
	list_adjust(list);
	pane_dirty(&files->pane);
}

/* ---- reading ---- */

static void drop_next(struct files *files)
{
	if (files->next != files->tree)
		filetree_free(files->next);
	files->next = NULL;
}

static void show_next(struct files *files)
{
	if (files->next == files->tree)
		return;
	if (!is_current(files))
		tested_clear(&files->tested);
	filetree_free(files->tree);
	files->tree = files->next;
	files->shown = files->run.ref.id;
	files->any_shown = true;
}

static void add_notes(struct filetree *tree, const struct jci_record *r, bool full)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	char id[JCI_RUN_ID_SIZE];

	if (full) {
		jci_run_id_format(id, &r->ref.id);
		strbuf_addf(&text, _("only the first %zu files; all of them: git jci show %s"),
			    filetree_count(tree), id);
		filetree_note(tree, text.buf);
	}
	for (size_t i = 0; i < r->n_left_out; i++) {
		strbuf_reset(&text);
		if (i == MAX_NOTES) {
			size_t n = r->n_left_out - i;

			strbuf_addf(&text, Q_("left out: %zu more", "left out: %zu more", n), n);
			filetree_note(tree, text.buf);
			return;
		}
		strbuf_addf(&text, _("left out: %s (%s)"), r->left_out[i].path, r->left_out[i].why);
		filetree_note(tree, text.buf);
	}
}

/* Returns whether the tree is full. */
static bool take_batch(struct files *files, struct file_walk *walk)
{
	struct file_batch batch;
	bool full;

	file_walk_take(walk, &batch);
	full = !file_batch_add_to(&batch, files->next);
	file_batch_release(&batch);
	return full;
}

/* While the same run is read once more, what is shown stays until all is there. */
static void walk_progress(struct file_walk *walk)
{
	struct files *files = walk->ctx;
	bool same = is_current(files);

	take_batch(files, walk);
	if (same && files->next != files->tree)
		return;
	show_next(files);
	filetree_layout(files->tree, true);
	place_cursor(files, same);
}

static void walk_done(struct file_walk *walk)
{
	struct files *files = walk->ctx;
	bool same = is_current(files), full = take_batch(files, walk);

	files->walk = NULL;
	files->next_walk_us = files->pane.tui->now_us + walk->took_us * REST;
	if (walk->gone && same) { /* it is being stored: that will be told */
		drop_next(files);
		return;
	}
	show_next(files);
	if (walk->job.error.code) {
		filetree_note(files->tree, walk->job.error.message);
		tui_fail(files->pane.tui, &walk->job.error);
	}
	tested_start(&files->tested, &walk->run);
	add_notes(files->tree, &walk->run, full);
	filetree_layout(files->tree, filetree_count(files->tree) > FOLD_FROM);
	files->next = NULL;
	place_cursor(files, same);
}

static void start_walk(struct files *files)
{
	struct file_walk *walk;

	job_cancel(&files->walk);
	tested_cancel(&files->tested);
	drop_next(files);
	files->next = filetree_new();
	filetree_inherit(files->next, files->tree);
	walk = file_walk_new(&files->run, files);
	walk->progress = walk_progress;
	walk->done = walk_done;
	files->walk = &walk->job;
	job_start(files->pane.tui->workers, files->walk);
}

static void forget_run(struct files *files)
{
	job_cancel(&files->walk);
	tested_clear(&files->tested);
	drop_next(files);
	filetree_free(files->tree);
	files->tree = filetree_new();
	files->have_run = files->any_shown = false;
	files->list.n = files->list.cursor = files->list.top = 0;
	jci_record_release(&files->run);
	pane_dirty(&files->pane);
}

void files_set_run(struct pane *p, const struct jci_record *run)
{
	struct files *files = files_of(p);
	bool same;

	if (!run) {
		forget_run(files);
		return;
	}
	same = files->have_run && jci_run_id_cmp(&run->ref.id, &files->run.ref.id) == 0 &&
	       git_oid_equal(&run->ref.commit, &files->run.ref.commit) &&
	       git_oid_equal(&run->ref.target, &files->run.ref.target);
	jci_record_copy(&files->run, run);
	files->have_run = true;
	if (!same)
		start_walk(files);
}

const char *files_selected(const struct pane *p)
{
	/* the buffer alone changes */
	struct files *files = files_of((struct pane *)p);
	struct filetree_row row;

	if (!cursor_row(files, &row))
		return NULL;
	strbuf_reset(&files->selected);
	strbuf_add(&files->selected, row.path, row.path_len);
	if (row.folder)
		strbuf_addch(&files->selected, '/');
	return files->selected.buf;
}

/* ---- drawing ---- */

/* 512, 1.2K, 35M: powers of 1024. */
static void add_size(struct strbuf *sb, uint64_t bytes)
{
	static const char units[] = "KMGTPE";
	const char *unit = units;

	if (bytes < 1024) {
		strbuf_addf(sb, "%" PRIu64, bytes);
		return;
	}
	for (; bytes >= 1024 * 1024; bytes /= 1024)
		unit++;
	if (bytes < 10 * 1024)
		strbuf_addf(sb, "%" PRIu64 ".%" PRIu64 "%c", bytes / 1024, bytes % 1024 * 10 / 1024,
			    *unit);
	else
		strbuf_addf(sb, "%" PRIu64 "%c", bytes / 1024, *unit);
}

static const char *folder_mark(bool folded)
{
	if (!text_locale_is_utf8())
		return folded ? "+" : "-";
	return folded ? "\xe2\x96\xb8" : "\xe2\x96\xbe"; /* small triangles, right and down */
}

/* Deep folders are indented no further than half the pane. */
static int indent_of(const struct filetree_row *row, int width)
{
	int indent = row->depth > 512 ? 512 * INDENT : (int)row->depth * INDENT;

	return indent > width / 2 ? width / 2 : indent;
}

static void draw_name(WINDOW *win, int y, int width, const struct filetree_row *row)
{
	const enum style style = row->folder ? STYLE_FOLDER : STYLE_NORMAL;
	int x = indent_of(row, width);

	if (row->folder) {
		draw_gap(win, y, x, width - x < INDENT ? width - x : INDENT, style);
		draw_text(win, y, x, width - x, style, folder_mark(row->folded), DRAW_ALL);
	}
	x += INDENT;
	if (x >= width)
		return;
	x += draw_text(win, y, x, width - x, style, row->name, row->name_len);
	if (x < width && row->folder)
		draw_text(win, y, x, width - x, style, "/", 1);
	else if (x < width && row->mode == GIT_FILEMODE_LINK)
		draw_text(win, y, x, width - x, STYLE_HINT, "@", 1);
}

static void draw_row(const struct files *files, int y, size_t i)
{
	WINDOW *win = files->pane.win;
	int width = getmaxx(win), room = width - SIZE_COLUMNS - 1;
	cleanup_strbuf struct strbuf size = STRBUF_INIT;
	struct filetree_row row;

	filetree_row(files->tree, i, &row);
	if (!row.path) {
		draw_text(win, y, 0, width, STYLE_HINT, row.name, row.name_len);
	} else if (room < MIN_NAME) {
		draw_name(win, y, width, &row);
	} else {
		add_size(&size, row.size);
		draw_name(win, y, room, &row);
		draw_right(win, y, room + 1, SIZE_COLUMNS, STYLE_SIZE, size.buf);
	}
	if (i == files->list.cursor)
		draw_restyle(win, y, 0, width,
			     files->pane.focused ? STYLE_CURSOR : STYLE_CURSOR_IDLE);
}

static void files_draw(struct pane *p)
{
	struct files *files = files_of(p);
	const int height = getmaxy(p->win);
	const int rows = tested_rows(&files->tested, height, getmaxx(p->win));
	int y = 0;

	werase(p->win);
	if (!files->have_run)
		draw_paragraph(p->win, 0, 0, getmaxx(p->win), STYLE_HINT, _("No run is selected."));
	files->list.height = height - rows;
	list_adjust(&files->list);
	for (size_t i = files->list.top; y < files->list.height && i < files->list.n; i++)
		draw_row(files, y++, i);
	tested_draw(&files->tested, rows);
}

static void files_title(const struct pane *p, struct strbuf *left, struct strbuf *right)
{
	const struct files *files = (const struct files *)p;

	strbuf_addstr(left, _("Artifacts"));
	if (files->list.n)
		strbuf_addf(right, "%zu/%zu", files->list.cursor + 1, files->list.n);
}

static const enum action_id *files_hints(const struct pane *p)
{
	static const enum action_id none[] = {ACT_NONE};
	static const enum action_id folder[] = {ACT_OPEN, ACT_LOG, ACT_NONE};
	static const enum action_id file[] = {ACT_OPEN, ACT_SAVE, ACT_PAGER, ACT_EDIT, ACT_NONE};
	struct filetree_row row;

	if (!cursor_row((const struct files *)p, &row))
		return none;
	return row.folder ? folder : file;
}

/* ---- searching ---- */

/* By the name; by the whole path where the pattern has a slash. */
static bool matches(void *ctx, const char *path, size_t len, size_t name_start)
{
	struct find *find = ctx;

	if (find_matches(find, path + name_start, len - name_start, 0))
		return true;
	return strchr(find->text, '/') && find_matches(find, path, len, 0);
}

static void search(struct files *files, size_t from, bool at, bool backward)
{
	size_t row = filetree_search(files->tree, from, backward, at, matches, &files->find);

	files->find.found = row != FILETREE_NONE;
	files->list.n = filetree_rows(files->tree);
	if (files->find.found)
		go_to(files, row);
	else if (files->find.typing)
		go_to(files, files->find.origin);
	else
		tui_say(files->pane.tui, _("no match for '%s'"), files->find.text);
}

static void files_search(struct pane *p, const char *pattern, enum search_step step)
{
	struct files *files = files_of(p);

	switch (find_step(&files->find, pattern, step, files->list.cursor)) {
	case FIND_BACK:
		go_to(files, files->find.origin);
		break;
	case FIND_AT:
		search(files, files->find.origin, true, false);
		break;
	case FIND_NEXT:
		search(files, files->list.cursor, false, false);
		break;
	case FIND_STAY:
		if (step == SEARCH_ACCEPT && !files->find.found)
			tui_say(p->tui, _("no match for '%s'"), pattern);
		break;
	}
}

static int search_next(struct files *files, bool backward)
{
	if (files->find.pattern)
		search(files, files->list.cursor, false, backward);
	else
		tui_say(files->pane.tui, _("nothing was searched for yet"));
	return 1;
}

/* ---- actions and changes ---- */

static int fold(struct files *files, bool folded)
{
	filetree_fold(files->tree, files->list.cursor, folded);
	files->list.n = filetree_rows(files->tree);
	go_to(files, files->list.cursor);
	return 1;
}

static int open_row(struct files *files)
{
	struct filetree_row row;

	if (!cursor_row(files, &row))
		return 1;
	if (row.folder)
		return fold(files, !row.folded);
	tui_open(files->pane.tui, &files->run, files_selected(&files->pane));
	return 1;
}

/* Out of a folder, then to the pane on the left. */
static int go_left(struct files *files)
{
	struct filetree_row row;
	size_t parent;

	if (!cursor_row(files, &row))
		return 0;
	if (row.folder && !row.folded)
		return fold(files, true);
	parent = filetree_parent(files->tree, files->list.cursor);
	if (parent == FILETREE_NONE)
		return 0;
	go_to(files, parent);
	return 1;
}

/* Into a folder, or to what is open, or opens the file. */
static int go_right(struct files *files)
{
	struct filetree_row row;

	if (!cursor_row(files, &row))
		return 0;
	if (row.folder && row.folded)
		return fold(files, false);
	if (row.folder) {
		go_to(files, files->list.cursor + 1);
		return 1;
	}
	return tui_viewer_is_open(files->pane.tui) ? 0 : open_row(files);
}

static int files_act(struct pane *p, const struct call *call, struct jci_error *err)
{
	struct files *files = files_of(p);

	(void)err;
	switch (call->id) {
	case ACT_OPEN:
		return open_row(files);
	case ACT_LOG:
		if (files->have_run)
			tui_open(p->tui, &files->run, FILETREE_LOG);
		return 1;
	case ACT_LEFT:
		return go_left(files);
	case ACT_RIGHT:
		return go_right(files);
	case ACT_NEXT:
		return search_next(files, false);
	case ACT_PREV:
		return search_next(files, true);
	default:
		if (!list_act(&files->list, call->id))
			return 0;
		moved(files);
		return 1;
	}
}

static void files_click(struct pane *p, int y, int x, bool twice)
{
	struct files *files = files_of(p);
	size_t i = files->list.top + (size_t)y;
	struct filetree_row row;

	if (y >= files->list.height || i >= files->list.n)
		return;
	go_to(files, i);
	/* the triangle takes one click, anything else two */
	if (twice || (cursor_row(files, &row) && row.folder &&
		      x == indent_of(&row, getmaxx(p->win) - SIZE_COLUMNS - 1)))
		open_row(files);
}

static void files_wheel(struct pane *p, int lines)
{
	struct files *files = files_of(p);

	list_scroll(&files->list, lines);
	moved(files);
}

static void files_changed(struct pane *p, const struct change *change)
{
	struct files *files = files_of(p);

	if (change->what & CHANGED_ALL && files->have_run)
		start_walk(files);
}

/*
 * What a live run's files look like: the log, the output folder, and what is on the screen. It
 * takes no thread, so a run that writes nothing costs nothing.
 */
static uint64_t live_sum(const struct files *files)
{
	size_t end = files->list.top + (size_t)files->list.height;
	cleanup_strbuf struct strbuf path = STRBUF_INIT;
	uint64_t sum;

	jci_live_path(&path, files->pane.tui->repo, &files->run.ref.id);
	strbuf_addstr(&path, "/log");
	sum = jci_watch_mix(0, path.buf);
	if (!files->run.output_dir)
		return sum;
	sum = jci_watch_mix(sum, files->run.output_dir);
	for (size_t i = files->list.top; i < end && i < files->list.n; i++) {
		struct filetree_row row;

		filetree_row(files->tree, i, &row);
		strbuf_reset(&path);
		strbuf_addf(&path, "%s/", files->run.output_dir);
		strbuf_add(&path, row.path ? row.path : "", row.path_len);
		sum = jci_watch_mix(sum, path.buf);
	}
	return sum;
}

static void files_tick(struct pane *p)
{
	struct files *files = files_of(p);
	uint64_t sum;

	if (!p->win || !is_current(files) || files->run.status != JCI_STATUS_RUNNING ||
	    files->walk || p->tui->now_us < files->next_walk_us)
		return;
	sum = live_sum(files);
	if (sum != files->live_sum)
		start_walk(files);
	files->live_sum = sum;
}

static void files_release(struct pane *p)
{
	struct files *files = files_of(p);

	forget_run(files);
	filetree_free(files->tree);
	strbuf_release(&files->selected);
	find_release(&files->find);
	free(files->wanted);
	free(files);
}

struct pane *files_new(struct tui *tui)
{
	static const struct pane_ops ops = {
		.name = "artifacts",
		.scope = SCOPE_FILES,
		.title = files_title,
		.draw = files_draw,
		.act = files_act,
		.hints = files_hints,
		.click = files_click,
		.wheel = files_wheel,
		.search = files_search,
		.changed = files_changed,
		.tick = files_tick,
		.release = files_release,
	};
	struct files *files = xcalloc(1, sizeof(*files));

	files->pane.ops = &ops;
	files->pane.tui = tui;
	files->pane.dirty = true;
	files->tree = filetree_new();
	tested_init(&files->tested, &files->pane);
	files->selected = (struct strbuf)STRBUF_INIT;
	jci_record_init(&files->run);
	return &files->pane;
}
