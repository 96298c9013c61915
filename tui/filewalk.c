#include "tui/filewalk.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/live.h"
#include "core/livefiles.h"
#include "util/alloc.h"
#include "util/clock.h"

/* What is there sooner comes at once. */
enum { FIRST_US = 80000, BETWEEN_US = 150000, STOPPED = 1 };

void file_batch_release(struct file_batch *batch)
{
	strbuf_release(&batch->paths);
	free(batch->items);
	*batch = (struct file_batch){STRBUF_INIT, NULL, 0, 0};
}

bool file_batch_add_to(const struct file_batch *batch, struct filetree *tree)
{
	for (size_t i = 0; i < batch->n; i++) {
		const struct file_item *item = &batch->items[i];

		if (!filetree_add(tree, batch->paths.buf + item->path, item->mode, item->size))
			return false;
	}
	return true;
}

/* Of the worker's thread alone. */
struct walker {
	struct file_walk *walk;
	size_t n, bytes;
	int64_t next_us; /* when to publish */
};

static int add(struct walker *w, const char *path, unsigned mode, uint64_t size)
{
	struct file_batch *batch = &w->walk->batch;
	size_t len = strlen(path) + 1;

	if (job_cancelled(&w->walk->job))
		return STOPPED;
	pthread_mutex_lock(&w->walk->lock);
	ARRAY_GROW(batch->items, batch->n + 1, batch->cap);
	batch->items[batch->n++] = (struct file_item){batch->paths.len, mode, size};
	strbuf_add(&batch->paths, path, len);
	pthread_mutex_unlock(&w->walk->lock);
	w->bytes += len;
	/* one more than the tree takes, so that it knows */
	if (++w->n > FILETREE_MAX || w->bytes > FILETREE_MAX_BYTES)
		return STOPPED;
	if (clock_monotonic_us() >= w->next_us) {
		job_publish(&w->walk->job);
		w->next_us = clock_monotonic_us() + BETWEEN_US;
	}
	return 0;
}

static int add_stored(void *ctx, const struct jci_artifact *a)
{
	return add(ctx, a->path, a->mode, a->size);
}

/* The log is in the registry; a file of its name in the output folder is replaced by it. */
static int add_live(void *ctx, const struct jci_artifact *a)
{
	if (strcmp(a->path, FILETREE_LOG) == 0)
		return 0;
	return add(ctx, a->path, a->mode, a->size);
}

static void walk_live(struct walker *w, const struct jci_repo *repo)
{
	const struct jci_record *r = &w->walk->run;
	cleanup_close int log = jci_live_open(repo, &r->ref.id, "log");
	struct stat st;

	w->walk->gone = log < 0 || fstat(log, &st) < 0;
	if (w->walk->gone || add(w, FILETREE_LOG, 0100644, (uint64_t)st.st_size))
		return;
	jci_livefiles_walk(r, add_live, w);
}

/* A record that can't be read in full has to do as it is. */
static void read_full(struct file_walk *walk, const struct jci_repo *repo)
{
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;
	cleanup_record struct jci_record full;

	jci_record_init(&full);
	if (!walk->run.full && !walk->run.foreign &&
	    jci_record_read_full(repo, &walk->run.ref, &full, &ignored) == 0)
		jci_record_copy(&walk->run, &full);
}

static void walk_run(struct job *job, struct jci_repo *repo)
{
	struct file_walk *walk = (struct file_walk *)job;
	int64_t start = clock_monotonic_us();
	struct walker w = {.walk = walk, .next_us = start + FIRST_US};

	if (jci_record_is_stored(&walk->run)) {
		read_full(walk, repo);
		jci_artifacts_walk(repo, &walk->run, add_stored, &w, &job->error);
	} else {
		walk_live(&w, repo);
	}
	walk->took_us = clock_monotonic_us() - start;
}

static void walk_progress(struct job *job)
{
	struct file_walk *walk = (struct file_walk *)job;

	walk->progress(walk);
}

static void walk_done(struct job *job)
{
	struct file_walk *walk = (struct file_walk *)job;

	walk->done(walk);
}

static void walk_release(struct job *job)
{
	struct file_walk *walk = (struct file_walk *)job;

	file_batch_release(&walk->batch);
	jci_record_release(&walk->run);
	pthread_mutex_destroy(&walk->lock);
	free(walk);
}

struct file_walk *file_walk_new(const struct jci_record *run, void *ctx)
{
	static const struct job_ops ops = {.run = walk_run,
					   .progress = walk_progress,
					   .done = walk_done,
					   .release = walk_release};
	struct file_walk *walk = xcalloc(1, sizeof(*walk));

	walk->job.ops = &ops;
	walk->ctx = ctx;
	walk->batch = (struct file_batch){STRBUF_INIT, NULL, 0, 0};
	jci_record_init(&walk->run);
	jci_record_copy(&walk->run, run);
	pthread_mutex_init(&walk->lock, NULL);
	return walk;
}

void file_walk_take(struct file_walk *walk, struct file_batch *out)
{
	pthread_mutex_lock(&walk->lock);
	*out = walk->batch;
	walk->batch = (struct file_batch){STRBUF_INIT, NULL, 0, 0};
	pthread_mutex_unlock(&walk->lock);
}
