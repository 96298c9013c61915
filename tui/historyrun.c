#include "tui/historypriv.h"

#include <string.h>

#include "util/alloc.h"
#include "util/clock.h"
#include "util/pattern.h"

enum { PUBLISH_US = 50000 };

/* ---- walking ---- */

static const git_oid *job_row(const struct walk_job *w, size_t row)
{
	if (row < w->n_old)
		return &w->chunks[row / HISTORY_CHUNK][row % HISTORY_CHUNK];
	return &w->added[row - w->n_old];
}

static size_t job_rows(const struct walk_job *w)
{
	return w->n_old + w->n_added;
}

/* Now and then, so that rows appear and the count of a search moves. */
static void publish_when_due(struct walk_job *w)
{
	int64_t now = clock_monotonic_us();

	if (now - w->published_us < PUBLISH_US)
		return;
	w->published_us = now;
	job_publish(&w->job);
}

static void add_fresh(struct walk_job *w, const git_oid *oid, bool ended)
{
	struct fresh *fresh = &w->source->fresh;

	if (oid) {
		ARRAY_GROW(w->added, w->n_added + 1, w->cap_added);
		git_oid_cpy(&w->added[w->n_added++], oid);
	}
	pthread_mutex_lock(&w->source->lock);
	if (oid) {
		ARRAY_GROW(fresh->rows, fresh->n + 1, fresh->cap);
		git_oid_cpy(&fresh->rows[fresh->n++], oid);
	}
	fresh->ended |= ended;
	pthread_mutex_unlock(&w->source->lock);
}

/* 1 one more row, HISTORY_LATER not yet, 0 there are no more: the end, or cancelled. */
static int step(struct walk_job *w)
{
	git_oid oid;
	int code;

	if (job_cancelled(&w->job))
		return 0;
	code = history_walk_next(w->source->walk, &oid, &w->job.error);
	if (code == 1)
		add_fresh(w, &oid, false);
	else if (code <= 0)
		add_fresh(w, NULL, true);
	if (code == HISTORY_LATER || job_rows(w) % 64 == 0)
		publish_when_due(w);
	return code < 0 ? 0 : code;
}

/* Goes on until there is such a row; false at the end. */
static bool reach(struct walk_job *w, size_t row)
{
	while (job_rows(w) <= row)
		if (!step(w))
			return false;
	return true;
}

static void reach_all(struct walk_job *w)
{
	while (step(w))
		continue;
}

static void found(struct walk_job *w, bool is_there, size_t row)
{
	w->has_found = true;
	w->found.found = is_there;
	w->found.row = row;
}

static void find(struct walk_job *w)
{
	for (size_t row = w->n_old; reach(w, row); row++)
		if (git_oid_equal(job_row(w, row), &w->want.oid)) {
			found(w, true, row);
			return;
		}
	if (!job_cancelled(&w->job))
		found(w, false, 0);
}

/* ---- searching ---- */

struct search {
	struct walk_job *w;
	struct pattern *pattern;
	struct strbuf author, subject, refs;
};

static void search_release(struct search *s)
{
	pattern_free(s->pattern);
	strbuf_release(&s->author);
	strbuf_release(&s->subject);
	strbuf_release(&s->refs);
}

static bool is_in(struct search *s, const char *text, size_t len)
{
	size_t start, end;

	return len && pattern_find(s->pattern, text, len, 0, &start, &end);
}

static bool matches(struct search *s, size_t row)
{
	const git_oid *oid = job_row(s->w, row);
	char hash[GIT_OID_HEXSZ];

	s->w->looked_at++;
	publish_when_due(s->w);
	git_oid_fmt(hash, oid);
	if (is_in(s, hash, sizeof(hash)))
		return true;
	strbuf_reset(&s->refs);
	if (s->w->decor)
		decor_add(s->w->decor->decor, oid, &s->refs);
	if (is_in(s, s->refs.buf, s->refs.len))
		return true;
	commit_texts(history_walk_repo(s->w->source->walk), oid, &s->author, &s->subject);
	return is_in(s, s->subject.buf, s->subject.len) || is_in(s, s->author.buf, s->author.len);
}

/* Rows from `first` up to and without `end`, or to the end of all. */
static bool search_down(struct search *s, size_t first, size_t end)
{
	for (size_t row = first; row < end && reach(s->w, row); row++) {
		if (job_cancelled(&s->w->job))
			return true;
		if (matches(s, row)) {
			found(s->w, true, row);
			return true;
		}
	}
	return false;
}

/* Rows from the one before `end` down to `first`. */
static bool search_up(struct search *s, size_t end, size_t first)
{
	for (size_t row = end; row-- > first;) {
		if (job_cancelled(&s->w->job))
			return true;
		if (matches(s, row)) {
			found(s->w, true, row);
			return true;
		}
	}
	return false;
}

static bool search_around(struct search *s)
{
	struct walk_job *w = s->w;
	size_t from = w->want.from;

	if (!w->want.backward) {
		if (search_down(s, from, SIZE_MAX))
			return true;
		w->found.wrapped = true;
		return search_down(s, 0, from);
	}
	if (search_up(s, from + 1, 0))
		return true;
	w->found.wrapped = true;
	reach_all(w);
	return search_up(s, job_rows(w), from + 1);
}

static void search(struct walk_job *w)
{
	cleanup(search_release) struct search s = {w, pattern_new(w->want.pattern), STRBUF_INIT,
						   STRBUF_INIT, STRBUF_INIT};

	w->found.is_search = true;
	w->found.backward = w->want.backward;
	if (s.pattern && !search_around(&s) && !job_cancelled(&w->job))
		found(w, false, 0);
}

/* ---- opening ---- */

static bool is_same_place(const struct history_place *a, const struct history_place *b)
{
	return a->is_empty == b->is_empty && strcmp(a->label, b->label) == 0 &&
	       git_oid_equal(&a->tip, &b->tip) && (a->is_empty || !git_oid_is_zero(&a->tip));
}

static void read_first_infos(struct walk_job *w)
{
	const struct jci_repo *repo = history_walk_repo(w->source->walk);
	struct commit_info *infos = NULL;

	for (size_t row = 0; row < w->screen && row < job_rows(w); row++) {
		struct commit_info *info = commit_info_new(job_row(w, row));

		commit_info_read_details(info, repo);
		commit_info_read_runs(info, repo);
		info->next = infos;
		infos = info;
	}
	pthread_mutex_lock(&w->source->lock);
	w->source->fresh.infos = infos;
	w->source->fresh.generation = w->generation;
	w->source->fresh.opened = true;
	pthread_mutex_unlock(&w->source->lock);
	w->published_us = clock_monotonic_us();
	job_publish(&w->job);
}

/* The first screen; a filter that finds nothing so soon shows what it has. */
static void reach_screen(struct walk_job *w)
{
	const int64_t patience_us = 150000, start_us = clock_monotonic_us();

	while (job_rows(w) < w->screen) {
		int code = step(w);

		if (!code ||
		    (code == HISTORY_LATER && clock_monotonic_us() - start_us > patience_us))
			break;
	}
}

static void reach_keep(struct walk_job *w)
{
	for (size_t row = 0; row < w->keep_limit && reach(w, row); row++)
		if (git_oid_equal(job_row(w, row), &w->keep))
			break;
}

static int open_first(struct walk_job *w)
{
	if (history_walk_open(w->source->walk, &w->job.error) < 0)
		return -1;
	if (w->old && is_same_place(w->old, history_walk_place(w->source->walk))) {
		w->unchanged = true;
		return -1;
	}
	w->published_us = clock_monotonic_us();
	reach_screen(w);
	if (w->keeps)
		reach_keep(w);
	read_first_infos(w);
	return 0;
}

void history_run_walk(struct job *job, struct jci_repo *repo)
{
	struct walk_job *w = (struct walk_job *)job;

	(void)repo;
	if (w->screen && open_first(w) < 0)
		return;
	switch (w->want.goal) {
	case GOAL_NONE:
		break;
	case GOAL_ROWS:
		if (w->want.until)
			reach(w, w->want.until - 1);
		break;
	case GOAL_ALL:
		reach_all(w);
		break;
	case GOAL_FIND:
		find(w);
		break;
	case GOAL_SEARCH:
		search(w);
		break;
	}
}
