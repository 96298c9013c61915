#include "tui/runs.h"

#include <stdlib.h>
#include <string.h>

#include "tui/live.h"
#include "tui/runspriv.h"
#include "util/alloc.h"
#include "util/gettext.h"

#define LOG_PATH "run.output.txt"

/* Records that come with the names, so that the first screen is whole at once. */
enum { FIRST_RECORDS = 64 };

static struct runs *runs_of(struct pane *p)
{
	return (struct runs *)p;
}

bool runs_are_current(const struct runs *runs)
{
	return runs->have_commit && runs->shown &&
	       git_oid_equal(&runs->commit, &runs->shown_commit);
}

struct run_row *runs_cursor_row(const struct runs *runs)
{
	return runs_are_current(runs) && runs->list.n ? &runs->rows[runs->list.cursor] : NULL;
}

static bool is_live(const struct jci_record *r)
{
	return !jci_record_is_stored(r);
}

/* ---- telling the others ---- */

static void tell_none(struct runs *runs)
{
	if (runs->told)
		tui_select_run(runs->pane.tui, NULL);
	runs->told = false;
}

static bool ref_equal(const struct jci_ref *a, const struct jci_ref *b)
{
	return jci_run_id_cmp(&a->id, &b->id) == 0 && git_oid_equal(&a->commit, &b->commit) &&
	       git_oid_equal(&a->target, &b->target);
}

/* A row that is not read yet is told when it is: within milliseconds. */
static void tell_selected(struct runs *runs)
{
	const struct run_row *row = runs_cursor_row(runs);
	const struct jci_record *r;

	if (!row) {
		if (!runs->load)
			tell_none(runs);
		return;
	}
	r = &row->record;
	if (!row->read ||
	    (runs->told && ref_equal(&runs->told_ref, &r->ref) && runs->told_status == r->status))
		return;
	runs->told = true;
	runs->told_ref = r->ref;
	runs->told_status = r->status;
	tui_select_run(runs->pane.tui, r);
}

/* Opens the log of the run at the cursor, or will when its runs are there. */
static int open_log(struct runs *runs)
{
	const struct run_row *row = runs_cursor_row(runs);

	runs->opening = !row && runs->load;
	if (row)
		tui_open(runs->pane.tui, &row->record, LOG_PATH);
	return 1;
}

/* ---- records ---- */

static void search_more(struct runs *runs);

/* The list may have changed since the job began. */
static struct run_row *find_row(struct runs *runs, size_t row, const struct jci_ref *ref)
{
	if (row < runs->list.n && ref_equal(&runs->rows[row].record.ref, ref))
		return &runs->rows[row];
	for (size_t i = 0; i < runs->list.n; i++)
		if (ref_equal(&runs->rows[i].record.ref, ref))
			return &runs->rows[i];
	return NULL;
}

static void got_record(struct run_read *read, size_t at, struct jci_record *record)
{
	struct run_row *row = find_row(read->ctx, at, &record->ref);

	if (!row || row->read)
		return;
	jci_record_release(&row->record);
	row->record = *record;
	row->read = true;
	jci_record_init(record);
}

static void got_all(struct run_read *read, size_t at, struct jci_record *record)
{
	got_record(read, at, record);
	pane_dirty(&((struct runs *)read->ctx)->pane);
}

static void screen_read(struct run_read *read)
{
	struct runs *runs = read->ctx;

	runs->read = NULL;
	pane_dirty(&runs->pane);
	tell_selected(runs);
	runs_read_screen(runs);
	search_more(runs);
}

static void all_read(struct run_read *read)
{
	struct runs *runs = read->ctx;

	runs->all = NULL;
	tell_selected(runs);
	search_more(runs);
}

static void add_unread(const struct runs *runs, struct run_read *read, size_t start, size_t end)
{
	for (size_t i = start; i < end && i < runs->list.n; i++)
		if (!runs->rows[i].read)
			run_read_add(read, &runs->rows[i].record.ref, i);
}

static struct job *start_reading(struct runs *runs, size_t start, size_t end,
				 void (*got)(struct run_read *, size_t, struct jci_record *),
				 void (*done)(struct run_read *))
{
	struct run_read *read = run_read_new(runs);
	struct job *job = &read->job;

	read->got = got;
	read->done = done;
	add_unread(runs, read, start, end);
	if (read->n) {
		job_start(runs->pane.tui->workers, job);
		return job;
	}
	job->ops->release(job);
	return NULL;
}

void runs_read_screen(struct runs *runs)
{
	size_t height = runs->list.height > 0 ? (size_t)runs->list.height : 1;

	if (!runs->read && runs_are_current(runs))
		runs->read = start_reading(runs, runs->list.top, runs->list.top + height,
					   got_record, screen_read);
}

static void read_all(struct runs *runs)
{
	if (!runs->all && runs_are_current(runs))
		runs->all = start_reading(runs, 0, runs->list.n, got_all, all_read);
}

/* ---- the list ---- */

static int by_ref(const void *a, const void *b)
{
	const struct run_row *x = a, *y = b;

	return jci_run_id_cmp(&x->record.ref.id, &y->record.ref.id);
}

/* Moves what is known already into the new rows. The old ones lose their order. */
static void keep_records(struct run_row *rows, size_t n, struct run_row *old, size_t n_old)
{
	if (n_old)
		qsort(old, n_old, sizeof(*old), by_ref);
	for (size_t i = 0; i < n && n_old; i++) {
		struct run_row *known = bsearch(&rows[i], old, n_old, sizeof(*old), by_ref);

		if (rows[i].read || !known || !known->read ||
		    !ref_equal(&known->record.ref, &rows[i].record.ref))
			continue;
		jci_record_release(&rows[i].record);
		rows[i] = *known;
		known->read = false;
		jci_record_init(&known->record);
		known->record.ref = rows[i].record.ref;
	}
}

static bool find_id(const struct runs *runs, const struct jci_run_id *id, size_t *row)
{
	for (size_t i = 0; i < runs->list.n; i++) {
		if (jci_run_id_cmp(&runs->rows[i].record.ref.id, id) != 0)
			continue;
		*row = i;
		return true;
	}
	return false;
}

/*
 * Who looks at the newest run goes on to a newer one, but not while he is at one of its files.
 */
static size_t place_cursor(const struct runs *runs, bool same, const struct jci_run_id *id)
{
	int focus = runs->pane.tui->focus;
	size_t row;

	if (!same)
		return 0;
	if (runs->list.cursor == 0 && focus != PANE_FILES && focus != PANE_VIEWER)
		return 0;
	return find_id(runs, id, &row) ? row : runs->list.cursor;
}

static void go_to(struct runs *runs)
{
	size_t row;

	if (!runs->going || !find_id(runs, &runs->going_to, &row))
		return;
	runs->going = false;
	list_goto(&runs->list, row);
}

static void take_rows(struct runs *runs, struct run_load *load)
{
	bool same = runs_are_current(runs);
	const struct run_row *row = runs_cursor_row(runs);
	struct jci_run_id id = row ? row->record.ref.id : (struct jci_run_id){0};
	struct run_row *old = runs->rows;
	size_t n_old = runs->list.n;

	if (same)
		keep_records(load->rows, load->n, old, n_old);
	runs->rows = load->rows;
	runs->list.n = load->n;
	load->rows = NULL;
	load->n = 0;
	run_rows_release(old, n_old);
	runs->script = load->script;
	runs->shown = true;
	runs->shown_commit = load->commit;
	if (!same)
		runs->list.top = 0;
	list_goto(&runs->list, place_cursor(runs, same && row, &id));
	go_to(runs);
}

static void start_loading(struct runs *runs);

static void loaded(struct run_load *load)
{
	struct runs *runs = load->ctx;

	runs->load = NULL;
	if (load->job.error.code)
		tui_fail(runs->pane.tui, &load->job.error);
	else
		take_rows(runs, load);
	if (runs->again)
		start_loading(runs);
	pane_dirty(&runs->pane);
	tell_selected(runs);
	if (runs->opening)
		open_log(runs);
	runs_read_screen(runs);
	search_more(runs);
}

/* What of the first screen needs no reading. */
static void add_known(const struct runs *runs, struct run_load *load)
{
	size_t n = runs->list.n < load->n_first ? runs->list.n : load->n_first;

	if (!runs_are_current(runs) || !n)
		return;
	load->known = xcalloc(n, sizeof(*load->known));
	for (size_t i = 0; i < n; i++)
		if (runs->rows[i].read && !is_live(&runs->rows[i].record))
			load->known[load->n_known++] = runs->rows[i].record.ref;
}

static void start_loading(struct runs *runs)
{
	struct run_load *load;

	runs->again = runs->load != NULL;
	if (runs->load || !runs->have_commit)
		return;
	load = run_load_new(runs, loaded);
	load->commit = runs->commit;
	load->n_first = FIRST_RECORDS;
	add_known(runs, load);
	runs->load = &load->job;
	job_start(runs->pane.tui->workers, runs->load);
}

static void cancel_jobs(struct runs *runs)
{
	job_cancel(&runs->load);
	job_cancel(&runs->read);
	job_cancel(&runs->all);
	runs->again = false;
	runs->pending = false;
	runs->opening = false;
}

void runs_set_commit(struct pane *p, const git_oid *commit)
{
	struct runs *runs = runs_of(p);

	if (commit && runs->have_commit && git_oid_equal(commit, &runs->commit))
		return;
	cancel_jobs(runs);
	runs->have_commit = commit != NULL;
	if (commit) {
		runs->commit = *commit;
		start_loading(runs);
		return;
	}
	run_rows_release(runs->rows, runs->list.n);
	runs->rows = NULL;
	runs->shown = false;
	runs->list.n = runs->list.cursor = runs->list.top = 0;
	tell_none(runs);
	pane_dirty(p);
}

const struct jci_record *runs_selected(const struct pane *p)
{
	const struct run_row *row = runs_cursor_row((const struct runs *)p);

	return row ? &row->record : NULL;
}

void runs_goto(struct pane *p, const struct jci_run_id *id)
{
	struct runs *runs = runs_of(p);

	runs->going = true;
	runs->going_to = *id;
	if (!runs_are_current(runs))
		return;
	go_to(runs);
	pane_dirty(p);
	tell_selected(runs);
	runs_read_screen(runs);
}

static void moved(struct runs *runs)
{
	runs->going = false;
	pane_dirty(&runs->pane);
	tell_selected(runs);
	runs_read_screen(runs);
}

/* ---- searching ---- */

static bool row_matches(struct runs *runs, const struct jci_record *r)
{
	const char *const fields[] = {r->branch, r->trigger, r->host};
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	char id[JCI_RUN_ID_SIZE];

	jci_run_id_format(id, &r->ref.id);
	strbuf_addf(&text, "%s %s", jci_record_word(r), id);
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		strbuf_addf(&text, " %s", fields[i] ? fields[i] : "");
	return find_matches(&runs->find, text.buf, text.len, 0);
}

/* Returns false where what is not read yet has to be known first. */
static bool search_rows(struct runs *runs)
{
	size_t n = runs->list.n;

	for (size_t step = runs->at ? 0 : 1; n && step <= n; step++) {
		size_t i = (runs->from + (runs->backward ? n - step % n : step)) % n;

		if (!runs->rows[i].read)
			return false;
		if (!row_matches(runs, &runs->rows[i].record))
			continue;
		runs->find.found = true;
		list_goto(&runs->list, i);
		moved(runs);
		return true;
	}
	if (runs->find.typing)
		list_goto(&runs->list, runs->find.origin);
	else
		tui_say(runs->pane.tui, _("no match for '%s'"), runs->find.text);
	moved(runs);
	return true;
}

static void search_more(struct runs *runs)
{
	if (!runs->pending || runs->all)
		return;
	runs->pending = !search_rows(runs);
	if (runs->pending)
		read_all(runs);
	if (!runs->all)
		runs->pending = false;
}

static void start_search(struct runs *runs, size_t from, bool at, bool backward)
{
	runs->from = from;
	runs->at = at;
	runs->backward = backward;
	runs->find.found = false;
	runs->pending = runs_are_current(runs);
	search_more(runs);
}

static void runs_search(struct pane *p, const char *pattern, enum search_step step)
{
	struct runs *runs = runs_of(p);

	switch (find_step(&runs->find, pattern, step, runs->list.cursor)) {
	case FIND_BACK:
		runs->pending = false;
		list_goto(&runs->list, runs->find.origin);
		moved(runs);
		break;
	case FIND_AT:
		start_search(runs, runs->find.origin, true, false);
		break;
	case FIND_NEXT:
		start_search(runs, runs->list.cursor, false, false);
		break;
	case FIND_STAY:
		if (step == SEARCH_ACCEPT && !runs->find.found && !runs->pending)
			tui_say(p->tui, _("no match for '%s'"), pattern);
		break;
	}
}

static int search_next(struct runs *runs, bool backward)
{
	if (runs->find.pattern)
		start_search(runs, runs->list.cursor, false, backward);
	else
		tui_say(runs->pane.tui, _("nothing was searched for yet"));
	return 1;
}

/* ---- actions and changes ---- */

static int runs_act(struct pane *p, const struct call *call, struct jci_error *err)
{
	struct runs *runs = runs_of(p);

	(void)err;
	switch (call->id) {
	case ACT_OPEN:
	case ACT_LOG:
		return open_log(runs);
	case ACT_NEXT:
		return search_next(runs, false);
	case ACT_PREV:
		return search_next(runs, true);
	default:
		if (!list_act(&runs->list, call->id))
			return 0;
		moved(runs);
		return 1;
	}
}

static void runs_click(struct pane *p, int y, int x, bool twice)
{
	struct runs *runs = runs_of(p);
	size_t row = runs->list.top + (size_t)y;

	(void)x;
	if (row >= runs->list.n)
		return;
	list_goto(&runs->list, row);
	moved(runs);
	if (twice)
		open_log(runs);
}

static void runs_wheel(struct pane *p, int lines)
{
	struct runs *runs = runs_of(p);

	list_scroll(&runs->list, lines);
	moved(runs);
}

static bool has_live_row(const struct runs *runs)
{
	for (size_t i = 0; i < runs->list.n; i++)
		if (is_live(&runs->rows[i].record))
			return true;
	return false;
}

static bool concerns(const struct runs *runs, const struct change *change)
{
	if (change->what & CHANGED_ALL)
		return true;
	if (change->what & CHANGED_LIVE &&
	    (has_live_row(runs) || live_of_commit(runs->pane.tui->live, &runs->commit)))
		return true;
	/* HEAD and the work tree: whether there is a script */
	if (change->what & CHANGED_REFS && !runs->list.n)
		return true;
	return change->what & CHANGED_RUNS &&
	       (git_oid_is_zero(&change->commit) || git_oid_equal(&change->commit, &runs->commit));
}

static void forget_records(struct runs *runs)
{
	for (size_t i = 0; i < runs->list.n; i++)
		if (!is_live(&runs->rows[i].record))
			runs->rows[i].read = false;
}

static void runs_changed(struct pane *p, const struct change *change)
{
	struct runs *runs = runs_of(p);

	if (change->what & CHANGED_OPTIONS)
		pane_dirty(p);
	if (!runs->have_commit || !concerns(runs, change))
		return;
	if (change->what & CHANGED_ALL)
		forget_records(runs);
	start_loading(runs);
}

static void runs_tick(struct pane *p)
{
	if (runs_of(p)->list.n)
		pane_dirty(p);
}

static void runs_release(struct pane *p)
{
	struct runs *runs = runs_of(p);

	cancel_jobs(runs);
	find_release(&runs->find);
	run_rows_release(runs->rows, runs->list.n);
	free(runs);
}

struct pane *runs_new(struct tui *tui)
{
	static const struct pane_ops ops = {
		.name = "runs",
		.scope = SCOPE_RUNS,
		.title = runs_title,
		.draw = runs_draw,
		.act = runs_act,
		.hints = runs_hints,
		.click = runs_click,
		.wheel = runs_wheel,
		.search = runs_search,
		.changed = runs_changed,
		.tick = runs_tick,
		.release = runs_release,
	};
	struct runs *runs = xcalloc(1, sizeof(*runs));

	runs->pane.ops = &ops;
	runs->pane.tui = tui;
	runs->pane.dirty = true;
	return &runs->pane;
}
