#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include "tui/docpriv.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/io.h"

enum {
	BUCKET = 1024 * 1024,
	BUFFER = 256 * 1024,
	AT_ONCE = 4 * 1024 * 1024, /* bytes searched while the caller waits */
	SHOW_EVERY_US = 50 * 1000,
	SEARCH_EVERY_US = 100 * 1000, /* what has come meanwhile */
};

/*
 * How far it is: [from, ahead) and [0, behind) are done, with so many lines with a match that begin
 * in each MiB. That is all that is kept of them: one MiB is searched again in no time.
 */
struct found {
	uint64_t from, ahead, behind;
	uint64_t matches;
	uint32_t *counts;
	size_t n_counts, cap_counts;
};

struct doc_search {
	char *text;
	struct pattern *pattern;
	struct found found;
	struct search_job *job; /* NULL: not under way */
	uint64_t size;          /* of the file, when the last one began */
	bool complete;          /* and whether it was complete */
	int64_t us;             /* when; 0: never */
};

static void found_copy(struct found *to, const struct found *from)
{
	uint32_t *counts = to->counts;
	size_t cap = to->cap_counts;

	ARRAY_GROW(counts, from->n_counts, cap);
	if (from->n_counts)
		memcpy(counts, from->counts, from->n_counts * sizeof(*counts));
	*to = *from;
	to->counts = counts;
	to->cap_counts = cap;
}

static void found_add(struct found *found, uint64_t position)
{
	size_t bucket = (size_t)(position / BUCKET);

	ARRAY_GROW(found->counts, bucket + 1, found->cap_counts);
	while (found->n_counts <= bucket)
		found->counts[found->n_counts++] = 0;
	found->counts[bucket]++;
	found->matches++;
}

/* ---- going through lines ---- */

/* A piece of the file, from the beginning of a line on; lines are as in tui/doc.h. */
struct window {
	char *bytes;
	size_t len;
	uint64_t position;
};

/*
 * How much of the window are whole lines. At the end of what is there a line without newline is one
 * if nothing can follow.
 */
static size_t whole_lines(const struct window *w, bool at_end)
{
	const char *newline = memrchr(w->bytes, '\n', w->len);

	if (at_end)
		return w->len;
	if (newline)
		return (size_t)(newline - w->bytes) + 1;
	return w->len / DOC_LINE_MAX * DOC_LINE_MAX;
}

struct hits {
	const struct window *window;
	size_t len;  /* of it, that is to be searched */
	size_t at;   /* where to go on */
	size_t line; /* where the line that this is in begins, as far as the window has it */
};

/* Goes on behind the line at `hit`, in which the match begins. */
static void pass_line(struct hits *h, size_t hit, size_t start)
{
	const char *bytes = h->window->bytes, *newline;
	size_t end = hit + DOC_LINE_MAX;

	newline = memchr(bytes + start, '\n', (end < h->len ? end + 1 : h->len) - start);
	h->at = newline ? (size_t)(newline - bytes) + 1 : end;
	if (newline)
		h->line = h->at;
}

/*
 * The next line with a match; its offset in the window. What lies on both sides of where a long
 * line is cut is none: it could not be shown as one.
 */
static bool next_hit(struct hits *h, struct pattern *pattern, size_t *hit)
{
	const char *bytes = h->window->bytes, *newline;
	size_t start, end;

	while (h->at < h->len &&
	       pattern_find_in_lines(pattern, bytes, h->len, h->at, &start, &end)) {
		newline = memrchr(bytes + h->line, '\n', start - h->line);
		if (newline)
			h->line = (size_t)(newline - bytes) + 1;
		*hit = h->line + (start - h->line) / DOC_LINE_MAX * DOC_LINE_MAX;
		if (end <= *hit + DOC_LINE_MAX) {
			pass_line(h, *hit, start);
			return true;
		}
		h->at = *hit + DOC_LINE_MAX;
	}
	return false;
}

/* ---- the job ---- */

struct search_job {
	struct job job;
	struct doc *doc;
	char *text;
	int fd;
	bool complete;
	int64_t due_us;
	struct found found; /* the job's own */

	pthread_mutex_t lock;
	struct found shown;
};

static void show_found(struct search_job *j)
{
	pthread_mutex_lock(&j->lock);
	found_copy(&j->shown, &j->found);
	pthread_mutex_unlock(&j->lock);
	job_publish(&j->job);
}

/* One window at *at; false where there are no more whole lines before `end`. */
static bool search_window(struct search_job *j, struct pattern *pattern, struct window *w,
			  uint64_t *at, uint64_t end)
{
	struct hits hits = {.window = w};
	size_t want = end - *at < BUFFER ? (size_t)(end - *at) : BUFFER, hit;
	ssize_t n = pread_full(j->fd, w->bytes, want, (off_t)*at);

	if (n <= 0)
		return false;
	w->len = (size_t)n;
	w->position = *at;
	/* `end` may be that of the file, or where the search began: the beginning of a line */
	hits.len = whole_lines(w, w->len < BUFFER && (j->complete || end != UINT64_MAX));
	while (next_hit(&hits, pattern, &hit))
		found_add(&j->found, w->position + hit);
	*at += hits.len;
	return hits.len > 0;
}

static void search_range(struct search_job *j, struct pattern *pattern, uint64_t *at, uint64_t end)
{
	cleanup_free char *buffer = xmalloc(BUFFER);
	struct window w = {.bytes = buffer};
	int64_t next = clock_monotonic_us() + SHOW_EVERY_US;

	while (*at < end && !job_cancelled(&j->job) && search_window(j, pattern, &w, at, end)) {
		if (clock_monotonic_us() < next)
			continue;
		show_found(j);
		next = clock_monotonic_us() + SHOW_EVERY_US;
	}
}

DEFINE_CLEANUP(search_pattern, struct pattern *, pattern_free)

static void search_run(struct job *job, struct jci_repo *repo)
{
	struct search_job *j = (struct search_job *)job;
	cleanup(search_pattern_cleanup) struct pattern *pattern = pattern_new(j->text);

	(void)repo;
	if (!doc_job_sleep(job, j->due_us))
		return;
	search_range(j, pattern, &j->found.ahead, UINT64_MAX);
	search_range(j, pattern, &j->found.behind, j->found.from);
	show_found(j);
}

static void take_found(struct search_job *j)
{
	struct doc *doc = j->doc;

	pthread_mutex_lock(&j->lock);
	found_copy(&doc->search->found, &j->shown);
	pthread_mutex_unlock(&j->lock);
}

static void search_progress(struct job *job)
{
	struct search_job *j = (struct search_job *)job;

	take_found(j);
	j->doc->changed(j->doc->ctx, DOC_MATCHES);
}

static void search_done(struct job *job)
{
	struct search_job *j = (struct search_job *)job;
	struct doc *doc = j->doc;

	doc->search->job = NULL;
	if (!job->error.code)
		take_found(j);
	doc_search_update(doc);
	doc->changed(doc->ctx, DOC_MATCHES);
}

static void search_release(struct job *job)
{
	struct search_job *j = (struct search_job *)job;

	cleanup_closep(&j->fd);
	free(j->found.counts);
	free(j->shown.counts);
	free(j->text);
	pthread_mutex_destroy(&j->lock);
	free(j);
}

static const struct job_ops search_ops = {
	.run = search_run,
	.progress = search_progress,
	.done = search_done,
	.release = search_release,
};

static void start_search(struct doc *doc)
{
	struct search_job *j = xcalloc(1, sizeof(*j));
	struct doc_search *s = doc->search;

	j->job.ops = &search_ops;
	j->doc = doc;
	j->text = xstrdup(s->text);
	j->fd = fcntl(doc->fd, F_DUPFD_CLOEXEC, 0);
	j->complete = s->complete = doc->is_complete;
	j->due_us = s->us ? s->us + SEARCH_EVERY_US : 0;
	found_copy(&j->found, &s->found);
	pthread_mutex_init(&j->lock, NULL);
	s->size = doc->size;
	s->us = clock_monotonic_us();
	if (j->due_us > s->us)
		s->us = j->due_us;
	s->job = j;
	job_start(doc->workers, &j->job);
}

void doc_search_update(struct doc *doc)
{
	const struct doc_search *s = doc->search;

	if (!s || s->job || !doc->is_open)
		return;
	if (!s->us || s->size != doc->size || s->complete != doc->is_complete)
		start_search(doc);
}

static void cancel_search(struct doc *doc)
{
	struct job *job = doc->search->job ? &doc->search->job->job : NULL;

	job_cancel(&job);
	doc->search->job = NULL;
}

void doc_search_reset(struct doc *doc)
{
	struct doc_search *s = doc->search;

	if (!s)
		return;
	cancel_search(doc);
	free(s->found.counts);
	s->found = (struct found){0};
	s->us = 0;
}

void doc_search(struct doc *doc, const char *text, uint64_t from)
{
	struct doc_search *s = doc->search;

	if (s) {
		cancel_search(doc);
		pattern_free(s->pattern);
		free(s->found.counts);
		free(s->text);
		free(steal_ptr(doc->search));
	}
	if (!text || !text[0])
		return;
	s = doc->search = xcalloc(1, sizeof(*s));
	s->text = xstrdup(text);
	s->pattern = pattern_new(text);
	s->found.from = s->found.ahead = doc_raw_line_at(doc, from);
	doc_search_update(doc);
}

uint64_t doc_matches(const struct doc *doc, bool *complete)
{
	const struct doc_search *s = doc->search;

	*complete = s && s->us && !s->job;
	return s ? s->found.matches : 0;
}

/* ---- the next one ---- */

/* Where to look for a line with a match. */
struct step {
	struct doc *doc;
	uint64_t from, end; /* lines that begin there */
	bool last;          /* the last of them, not the first */
	size_t budget;      /* bytes that may still be searched without being known */
	uint64_t hits;      /* lines that were found */
	uint64_t *position;
};

/* Lines that begin in [from, end), which is short. */
static bool search_lines(struct step *step, uint64_t from, uint64_t end)
{
	size_t cap = (size_t)(end - from) + DOC_LINE_MAX + 1, hit;
	cleanup_free char *buffer = xmalloc(cap);
	struct window w = {.bytes = buffer, .position = from};
	struct hits hits = {.window = &w};
	bool found = false;

	w.len = hits.len = doc_read(step->doc, from, buffer, cap);
	while ((step->last || !found) && next_hit(&hits, step->doc->search->pattern, &hit)) {
		if (from + hit >= end)
			break;
		*step->position = from + hit;
		step->hits++;
		found = true;
	}
	return found;
}

static bool is_searched(const struct found *f, uint64_t from, uint64_t end)
{
	uint64_t behind = f->behind >= f->from ? f->ahead : f->behind;

	return (from >= f->from && end <= f->ahead) || end <= behind;
}

/* The lines that begin in a MiB: 1 found, 0 there is none, -1 not known. */
static int step_bucket(struct step *step, uint64_t bucket)
{
	const struct found *f = &step->doc->search->found;
	uint64_t from = bucket * BUCKET, end = from + BUCKET;

	if (is_searched(f, from, end < step->doc->size ? end : step->doc->size)) {
		if (bucket >= f->n_counts || !f->counts[bucket])
			return 0;
	} else if (step->budget < BUCKET) {
		return -1;
	} else {
		step->budget -= BUCKET;
	}
	from = from < step->from ? step->from : from;
	end = end < step->end ? end : step->end;
	if (doc_raw_line_at(step->doc, from) < from) {
		from = doc_raw_line_at(step->doc, from);
		if (!doc_raw_next(step->doc, &from))
			return 0;
	}
	return from < end && search_lines(step, from, end);
}

static int step_range(struct step *step, uint64_t from, uint64_t end)
{
	uint64_t first = from / BUCKET, n;
	int ret;

	if (end > step->doc->size)
		end = step->doc->size;
	if (from >= end)
		return 0;
	step->from = from;
	step->end = end;
	n = (end - 1) / BUCKET - first + 1;
	for (uint64_t i = 0; i < n; i++) {
		ret = step_bucket(step, step->last ? first + n - 1 - i : first + i);
		if (ret)
			return ret;
	}
	return 0;
}

/* Where the search by the job has to look, too, nothing is said to be none. */
static int step_wrapped(struct step *step, const uint64_t range[4], bool *wrapped)
{
	int ret;

	if (wrapped)
		*wrapped = false;
	if (!step->doc->search)
		return 0;
	ret = step_range(step, range[0], range[1]);
	if (ret)
		return ret;
	ret = step_range(step, range[2], range[3]);
	if (ret > 0 && wrapped)
		*wrapped = true;
	return ret;
}

int doc_next_match(struct doc *doc, uint64_t *position, bool at, bool *wrapped)
{
	uint64_t from = at ? *position : *position + 1;
	struct step step = {.doc = doc, .budget = AT_ONCE, .position = position};

	return step_wrapped(&step, (uint64_t[]){from, UINT64_MAX, 0, from}, wrapped);
}

int doc_prev_match(struct doc *doc, uint64_t *position, bool at, bool *wrapped)
{
	uint64_t end = at ? *position + 1 : *position;
	struct step step = {.doc = doc, .last = true, .budget = AT_ONCE, .position = position};

	return step_wrapped(&step, (uint64_t[]){0, end, end, UINT64_MAX}, wrapped);
}

uint64_t doc_match_number(struct doc *doc, uint64_t position)
{
	struct step step = {.doc = doc, .last = true, .position = &position};
	const uint64_t end = position + 1, bucket = position / BUCKET;
	const struct found *f;
	uint64_t before = 0;

	if (!doc->search)
		return 0;
	f = &doc->search->found;
	if (!is_searched(f, 0, end))
		return 0;
	for (size_t i = 0; i < bucket && i < f->n_counts; i++)
		before += f->counts[i];
	step.budget = BUCKET;
	step_range(&step, bucket * BUCKET, end);
	return before + step.hits;
}
