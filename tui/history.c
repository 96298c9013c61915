#include "tui/historypriv.h"

#include <string.h>

#include "util/alloc.h"

enum {
	BATCH = 1024, /* rows read ahead at once */
	MARGIN = 256, /* rows below the screen at which the next batch is read */
	KEEP_MORE = 4096, /* rows beyond the old ones, for a commit to be kept */
};

static void want_release(struct want *want)
{
	free(want->pattern);
	*want = (struct want){0};
}

struct walk_job;
struct fill_job;
struct decor_job;

struct history {
	struct workers *workers;
	const struct history_ops *ops;
	void *ctx;
	struct source *current, *opening;
	struct walk_job *open_job; /* of `opening` */
	struct walk_job *walking;  /* of `current`, not cancelled */
	struct want pending;       /* once the walk is free */
	struct fill_job *filling;
	struct decor_job *decorating;
	struct shared_decor *decor;
	struct commit_cache *cache;
	unsigned generation; /* of runs, as far as changes were told */
};

/* ---- rows ---- */

static void source_unref(struct source *s)
{
	struct commit_info *next;

	if (--s->refs)
		return;
	history_walk_free(s->walk);
	for (size_t i = 0; i < s->n_chunks; i++)
		free(s->chunks[i]);
	free(s->chunks);
	free(s->fresh.rows);
	for (struct commit_info *info = s->fresh.infos; info; info = next) {
		next = info->next;
		commit_info_free(info);
	}
	pthread_mutex_destroy(&s->lock);
	free(s);
}

static struct source *source_new(struct history *h, struct history_start *start)
{
	struct source *s = xcalloc(1, sizeof(*s));

	s->history = h;
	s->refs = 1;
	s->walk = history_walk_new(start);
	pthread_mutex_init(&s->lock, NULL);
	return s;
}

static void source_add(struct source *s, const git_oid *rows, size_t n)
{
	while (n) {
		size_t at = s->n % HISTORY_CHUNK, room = HISTORY_CHUNK - at,
		       take = n < room ? n : room;

		if (!at) {
			ARRAY_GROW(s->chunks, s->n_chunks + 1, s->cap_chunks);
			s->chunks[s->n_chunks++] =
				xreallocarray(NULL, HISTORY_CHUNK, sizeof(git_oid));
		}
		memcpy(s->chunks[s->n_chunks - 1] + at, rows, take * sizeof(*rows));
		s->n += take;
		rows += take;
		n -= take;
	}
}

static const git_oid *source_row(const struct source *s, size_t row)
{
	return &s->chunks[row / HISTORY_CHUNK][row % HISTORY_CHUNK];
}

static void take_infos(struct history *h, struct commit_info *infos, unsigned generation)
{
	struct commit_info *next;

	for (struct commit_info *info = infos; info; info = next) {
		next = info->next;
		info->next = NULL;
		/* read while they changed */
		if (generation != h->generation)
			info->runs_stale = true;
		commit_cache_put(h->cache, info);
	}
}

/* Takes over what jobs left; true where there was anything. */
static bool drain(struct source *s, bool *opened)
{
	struct fresh fresh;

	pthread_mutex_lock(&s->lock);
	fresh = s->fresh;
	s->fresh = (struct fresh){0};
	pthread_mutex_unlock(&s->lock);
	source_add(s, fresh.rows, fresh.n);
	free(fresh.rows);
	s->ended |= fresh.ended;
	take_infos(s->history, fresh.infos, fresh.generation);
	*opened = fresh.opened;
	return fresh.n || fresh.infos || fresh.ended || fresh.opened;
}

static void drop_current(struct history *h)
{
	if (h->walking) {
		struct job *job = &h->walking->job;

		job_cancel(&job);
		h->walking = NULL;
	}
	if (h->current) {
		h->current->history = NULL;
		source_unref(h->current);
		h->current = NULL;
	}
}

static void drop_opening(struct history *h)
{
	if (!h->opening)
		return;
	h->opening->history = NULL;
	source_unref(h->opening);
	h->opening = NULL;
	h->open_job = NULL;
}

static void cancel_opening(struct history *h)
{
	if (h->open_job) {
		struct job *job = &h->open_job->job;

		job_cancel(&job);
	}
	drop_opening(h);
}

static void take_over(struct source *s)
{
	struct history *h = s->history;
	bool opened, any = drain(s, &opened);

	if (s == h->opening && opened) {
		drop_current(h);
		h->current = s;
		h->walking = h->open_job;
		h->opening = NULL;
		h->open_job = NULL;
		h->ops->opened(h->ctx);
	} else if (s == h->current && any) {
		h->ops->changed(h->ctx);
	}
}

/* ---- walking ---- */

static void decor_unref(struct shared_decor *decor)
{
	if (!decor || --decor->refs)
		return;
	decor_free(decor->decor);
	free(decor);
}

static void progress_walk(struct job *job)
{
	struct walk_job *w = (struct walk_job *)job;

	if (!w->source->history)
		return;
	take_over(w->source);
	if (w->want.goal == GOAL_SEARCH && w->source->history)
		w->source->history->ops->changed(w->source->history->ctx);
}

static void end_opening(struct history *h, struct walk_job *w)
{
	drop_opening(h);
	if (w->job.error.code)
		h->ops->failed(h->ctx, &w->job.error);
}

static void done_walk(struct job *job)
{
	struct walk_job *w = (struct walk_job *)job;
	struct history *h = w->source->history;

	if (!h)
		return;
	take_over(w->source);
	if (w == h->open_job) {
		end_opening(h, w);
		return;
	}
	if (w != h->walking)
		return;
	h->walking = NULL;
	if (w->job.error.code)
		h->ops->failed(h->ctx, &w->job.error);
	if (w->has_found)
		h->ops->found(h->ctx, &w->found);
	else if (w->want.goal == GOAL_ALL)
		h->ops->complete(h->ctx);
}

static void start_pending(struct history *h);

static void release_walk(struct job *job)
{
	struct walk_job *w = (struct walk_job *)job;
	struct source *s = w->source;

	s->busy = false;
	if (s->history && s == s->history->current) {
		take_over(s);
		start_pending(s->history);
		s->history->ops->changed(s->history->ctx);
	}
	source_unref(s);
	decor_unref(w->decor);
	want_release(&w->want);
	if (w->old)
		free(w->old->label);
	free(w->old);
	free(w->chunks);
	free(w->added);
	jci_error_clear(&w->job.error);
	free(w);
}

static const struct job_ops walk_ops = {
	.run = history_run_walk,
	.progress = progress_walk,
	.done = done_walk,
	.release = release_walk,
};

/* Takes over what `want` holds. */
static struct walk_job *walk_job_new(struct source *s, struct want *want)
{
	struct walk_job *w = xcalloc(1, sizeof(*w));

	w->job.ops = &walk_ops;
	w->source = s;
	w->want = *want;
	*want = (struct want){0};
	w->n_old = s->n;
	w->generation = s->history->generation;
	w->chunks = xcalloc(s->n_chunks + 1, sizeof(*w->chunks));
	if (s->n_chunks)
		memcpy(w->chunks, s->chunks, s->n_chunks * sizeof(*w->chunks));
	s->refs++;
	s->busy = true;
	return w;
}

static void start_pending(struct history *h)
{
	struct source *s = h->current;

	if (!h->pending.goal || !s || s->busy)
		return;
	h->walking = walk_job_new(s, &h->pending);
	if (h->walking->want.goal == GOAL_SEARCH && h->decor) {
		h->walking->decor = h->decor;
		h->decor->refs++;
	}
	job_start(h->workers, &h->walking->job);
}

static void cancel_walking(struct history *h)
{
	struct job *job = h->walking ? &h->walking->job : NULL;

	job_cancel(&job);
	h->walking = NULL;
}

/* Instead of whatever goes on. */
static void start_want(struct history *h, const struct want *want)
{
	want_release(&h->pending);
	h->pending = *want;
	cancel_walking(h);
	start_pending(h);
}

/* ---- what is known of commits, in a worker ---- */

struct fill_job {
	struct job job;
	struct history *history;
	unsigned generation;
	struct commit_info *infos;
	struct fill_item {
		struct commit_info *info;
		bool details;
	} * items;
	size_t n, cap;
};

static void run_fill(struct job *job, struct jci_repo *repo)
{
	struct fill_job *f = (struct fill_job *)job;

	for (size_t i = 0; i < f->n && !job_cancelled(job); i++) {
		if (f->items[i].details)
			commit_info_read_details(f->items[i].info, repo);
		commit_info_read_runs(f->items[i].info, repo);
	}
}

static void done_fill(struct job *job)
{
	struct fill_job *f = (struct fill_job *)job;
	struct history *h = f->history;

	h->filling = NULL;
	for (size_t i = 0; i < f->n; i++)
		take_infos(h, steal_ptr(f->items[i].info), f->generation);
	h->ops->changed(h->ctx);
}

static void release_fill(struct job *job)
{
	struct fill_job *f = (struct fill_job *)job;

	for (size_t i = 0; i < f->n; i++)
		if (f->items[i].info)
			commit_info_free(f->items[i].info);
	free(f->items);
	jci_error_clear(&job->error);
	free(f);
}

static const struct job_ops fill_ops = {
	.run = run_fill,
	.done = done_fill,
	.release = release_fill,
};

static void add_missing(struct history *h, struct fill_job *f, size_t row)
{
	const git_oid *oid = source_row(h->current, row);
	const struct commit_info *info = commit_cache_find(h->cache, oid);

	if (info && info->subject && info->runs_known && !info->runs_stale)
		return;
	ARRAY_GROW(f->items, f->n + 1, f->cap);
	f->items[f->n++] = (struct fill_item){commit_info_new(oid), !info || !info->subject};
}

/* Those on the screen, and as many above and below. */
void history_show(struct history *h, size_t first, size_t n)
{
	struct fill_job *f;
	size_t end;

	if (!h->current || h->filling)
		return;
	f = xcalloc(1, sizeof(*f));
	f->job.ops = &fill_ops;
	f->history = h;
	f->generation = h->generation;
	end = first + 2 * n < h->current->n ? first + 2 * n : h->current->n;
	for (size_t row = first > n ? first - n : 0; row < end; row++)
		add_missing(h, f, row);
	if (!f->n) {
		release_fill(&f->job);
		return;
	}
	h->filling = f;
	job_start(h->workers, &f->job);
}

const struct commit_info *history_info(const struct history *h, const git_oid *commit)
{
	return commit_cache_find(h->cache, commit);
}

void history_runs_changed(struct history *h, const git_oid *commit)
{
	h->generation++;
	commit_cache_stale(h->cache, commit);
}

/* ---- branches and tags ---- */

struct decor_job {
	struct job job;
	struct history *history;
	struct decor *decor;
};

static void run_decor(struct job *job, struct jci_repo *repo)
{
	struct decor_job *d = (struct decor_job *)job;

	decor_new(&d->decor, repo, &job->error);
}

static void done_decor(struct job *job)
{
	struct decor_job *d = (struct decor_job *)job;
	struct history *h = d->history;

	h->decorating = NULL;
	if (job->error.code) {
		h->ops->failed(h->ctx, &job->error);
		return;
	}
	decor_unref(h->decor);
	h->decor = xcalloc(1, sizeof(*h->decor));
	h->decor->refs = 1;
	h->decor->decor = steal_ptr(d->decor);
	h->ops->changed(h->ctx);
}

static void release_decor(struct job *job)
{
	struct decor_job *d = (struct decor_job *)job;

	if (d->decor)
		decor_free(d->decor);
	jci_error_clear(&job->error);
	free(d);
}

static const struct job_ops decor_ops = {
	.run = run_decor,
	.done = done_decor,
	.release = release_decor,
};

void history_decorate(struct history *h)
{
	struct job *job = h->decorating ? &h->decorating->job : NULL;

	job_cancel(&job);
	h->decorating = xcalloc(1, sizeof(*h->decorating));
	h->decorating->job.ops = &decor_ops;
	h->decorating->history = h;
	job_start(h->workers, &h->decorating->job);
}

const struct decor *history_decor(const struct history *h)
{
	return h->decor ? h->decor->decor : NULL;
}

/* ---- the model ---- */

struct history *history_new(struct workers *workers, const struct history_ops *ops, void *ctx)
{
	struct history *h = xcalloc(1, sizeof(*h));

	h->workers = workers;
	h->ops = ops;
	h->ctx = ctx;
	h->cache = commit_cache_new();
	return h;
}

void history_free(struct history *h)
{
	struct job *job = h->filling ? &h->filling->job : NULL;

	job_cancel(&job);
	job = h->decorating ? &h->decorating->job : NULL;
	job_cancel(&job);
	cancel_opening(h);
	drop_current(h);
	want_release(&h->pending);
	decor_unref(h->decor);
	commit_cache_free(h->cache);
	free(h);
}

static struct walk_job *open_job_new(struct history *h, struct history_start *start, size_t screen)
{
	struct want want = {.goal = GOAL_ROWS}; /* what is shown asks for more */

	cancel_opening(h);
	h->opening = source_new(h, start);
	h->open_job = walk_job_new(h->opening, &want);
	h->open_job->screen = screen ? screen : 1;
	return h->open_job;
}

void history_open(struct history *h, struct history_start *start, size_t screen)
{
	struct walk_job *w = open_job_new(h, start, screen);

	job_start(h->workers, &w->job);
}

static void copy_start(struct history_start *to, const struct history_start *from)
{
	*to = (struct history_start){0};
	to->rev = from->rev ? xstrdup(from->rev) : NULL;
	commit_filter_copy(&to->filter, &from->filter);
	to->n_running = from->n_running;
	if (!to->n_running)
		return;
	to->running = xreallocarray(NULL, to->n_running, sizeof(*to->running));
	memcpy(to->running, from->running, to->n_running * sizeof(*to->running));
}

static struct history_place *copy_place(const struct history_place *from)
{
	struct history_place *place = xcalloc(1, sizeof(*place));

	*place = *from;
	place->label = xstrdup(from->label);
	place->ref = NULL;
	return place;
}

void history_reload(struct history *h, const git_oid *keep, size_t screen, bool force)
{
	struct history_start start;
	struct walk_job *w;

	if (!h->current)
		return;
	copy_start(&start, history_walk_start(h->current->walk));
	w = open_job_new(h, &start, screen);
	if (!force)
		w->old = copy_place(history_walk_place(h->current->walk));
	if (keep) {
		w->keeps = true;
		git_oid_cpy(&w->keep, keep);
		w->keep_limit = h->current->n + KEEP_MORE;
	}
	job_start(h->workers, &w->job);
}

const struct history_place *history_place(const struct history *h)
{
	return h->current ? history_walk_place(h->current->walk) : NULL;
}

const struct history_start *history_start(const struct history *h)
{
	return h->current ? history_walk_start(h->current->walk) : NULL;
}

bool history_is_opening(const struct history *h)
{
	return h->opening;
}

size_t history_count(const struct history *h)
{
	return h->current ? h->current->n : 0;
}

bool history_is_complete(const struct history *h)
{
	return h->current && h->current->ended;
}

const git_oid *history_row(const struct history *h, size_t row)
{
	return source_row(h->current, row);
}

bool history_row_of(const struct history *h, const git_oid *commit, size_t *row)
{
	for (size_t i = 0; i < history_count(h); i++)
		if (git_oid_equal(source_row(h->current, i), commit)) {
			*row = i;
			return true;
		}
	return false;
}

void history_ensure(struct history *h, size_t row)
{
	struct source *s = h->current;

	if (!s || s->ended || s->n > row + MARGIN || h->walking || h->pending.goal)
		return;
	h->pending = (struct want){.goal = GOAL_ROWS, .until = row + BATCH};
	start_pending(h);
}

void history_load_all(struct history *h)
{
	const struct want want = {.goal = GOAL_ALL};

	if (history_is_complete(h))
		h->ops->complete(h->ctx);
	else
		start_want(h, &want);
}

void history_find(struct history *h, const git_oid *commit)
{
	struct want want = {.goal = GOAL_FIND};
	struct history_found at = {0};

	at.found = history_row_of(h, commit, &at.row);
	if (at.found || history_is_complete(h)) {
		h->ops->found(h->ctx, &at);
		return;
	}
	git_oid_cpy(&want.oid, commit);
	start_want(h, &want);
}

void history_search(struct history *h, const char *pattern, size_t from, bool backward)
{
	const struct want want = {
		.goal = GOAL_SEARCH,
		.pattern = xstrdup(pattern),
		.from = from,
		.backward = backward,
	};

	start_want(h, &want);
}

static enum goal goal_of(const struct history *h)
{
	return h->pending.goal ? h->pending.goal : h->walking ? h->walking->want.goal : GOAL_NONE;
}

bool history_is_busy(const struct history *h)
{
	return goal_of(h) > GOAL_ROWS;
}

bool history_is_searching(const struct history *h, size_t *looked_at)
{
	*looked_at = h->walking ? h->walking->looked_at : 0;
	return goal_of(h) == GOAL_SEARCH;
}

void history_stop(struct history *h)
{
	if (!history_is_busy(h))
		return;
	want_release(&h->pending);
	cancel_walking(h);
}
