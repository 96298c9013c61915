/*
 * The job behind tui/files.h: the files of a run, stored or live, in batches, so that a run of a
 * hundred thousand files is on the screen before all of it has been read.
 */
#ifndef JCI_TUI_FILEWALK_H
#define JCI_TUI_FILEWALK_H

#include <pthread.h>

#include "core/record.h"
#include "tui/filetree.h"
#include "tui/worker.h"

struct file_item {
	size_t path; /* in the batch's paths, ended by NUL */
	unsigned mode;
	uint64_t size;
};
struct file_batch {
	struct strbuf paths;
	struct file_item *items;
	size_t n, cap;
};
void file_batch_release(struct file_batch *batch);
/* false: the tree is full. */
bool file_batch_add_to(const struct file_batch *batch, struct filetree *tree);

/* From the run of job_start() to done(), of what it found so far; see file_walk_take(). */
struct file_walk {
	struct job job;
	void *ctx;
	void (*progress)(struct file_walk *walk);
	void (*done)(struct file_walk *walk);
	/* When done: */
	struct jci_record run; /* full, if it could be read */
	bool gone;             /* a live run that isn't there any more */
	int64_t took_us;
	/* under the lock */
	pthread_mutex_t lock;
	struct file_batch batch;
};
struct file_walk *file_walk_new(const struct jci_record *run, void *ctx);
/* Moves what was found since the last time into `out`. */
void file_walk_take(struct file_walk *walk, struct file_batch *out);

#endif
