#include "tui/live.h"

#include <stdlib.h>

#include "util/alloc.h"

struct live {
	struct tui *tui;
	struct jci_records records; /* newest first */
	struct job *job;            /* reads them; NULL: none */
	bool again;                 /* something changed since the job began */
	bool failed;                /* the last time, and the user knows */
};

struct read_job {
	struct job job;
	struct live *live;
	struct jci_records records;
};

static int newest_first(const void *a, const void *b)
{
	const struct jci_record *x = a, *y = b;

	if (x->start_us != y->start_us)
		return x->start_us > y->start_us ? -1 : 1;
	return jci_run_id_cmp(&y->ref.id, &x->ref.id);
}

static void read_run(struct job *job, struct jci_repo *repo)
{
	struct read_job *read = (struct read_job *)job;

	if (jci_live_list(repo, &read->records, &job->error) == 0 && read->records.n)
		qsort(read->records.items, read->records.n, sizeof(*read->records.items),
		      newest_first);
}

static bool records_equal(const struct jci_records *a, const struct jci_records *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		const struct jci_record *x = &a->items[i], *y = &b->items[i];

		if (jci_run_id_cmp(&x->ref.id, &y->ref.id) != 0 ||
		    !git_oid_equal(&x->ref.commit, &y->ref.commit) || x->status != y->status ||
		    x->start_us != y->start_us)
			return false;
	}
	return true;
}

static void take_records(struct live *live, struct jci_records *records)
{
	const struct change change = {.what = CHANGED_LIVE};
	struct jci_records old = live->records;
	bool equal = records_equal(&old, records);

	live->records = *records;
	*records = old;
	live->failed = false;
	if (!equal)
		tui_changed(live->tui, &change);
}

static void read_done(struct job *job)
{
	struct read_job *read = (struct read_job *)job;
	struct live *live = read->live;

	live->job = NULL;
	if (live->again)
		live_refresh(live);
	if (job->error.code == 0) {
		take_records(live, &read->records);
	} else if (!live->failed) {
		live->failed = true;
		tui_fail(live->tui, &job->error);
	}
}

static void read_release(struct job *job)
{
	struct read_job *read = (struct read_job *)job;

	jci_records_release(&read->records);
	free(read);
}

static const struct job_ops read_ops = {
	.run = read_run, .done = read_done, .release = read_release};

void live_refresh(struct live *live)
{
	struct read_job *read;

	live->again = live->job != NULL;
	if (live->job)
		return;
	read = xcalloc(1, sizeof(*read));
	read->job.ops = &read_ops;
	read->live = live;
	live->job = &read->job;
	job_start(live->tui->workers, live->job);
}

struct live *live_new(struct tui *tui)
{
	struct live *live = xcalloc(1, sizeof(*live));

	live->tui = tui;
	live_refresh(live);
	return live;
}

void live_free(struct live *live)
{
	if (!live)
		return;
	job_cancel(&live->job);
	jci_records_release(&live->records);
	free(live);
}

const struct jci_records *live_records(const struct live *live)
{
	return &live->records;
}

unsigned live_running(const struct live *live)
{
	unsigned n = 0;

	for (size_t i = 0; i < live->records.n; i++)
		n += live->records.items[i].status == JCI_STATUS_RUNNING;
	return n;
}

const struct jci_record *live_of_commit(const struct live *live, const git_oid *commit)
{
	for (size_t i = 0; i < live->records.n; i++)
		if (git_oid_equal(&live->records.items[i].ref.commit, commit))
			return &live->records.items[i];
	return NULL;
}

const struct jci_record *live_find(const struct live *live, const struct jci_run_id *id)
{
	for (size_t i = 0; i < live->records.n; i++)
		if (jci_run_id_cmp(&live->records.items[i].ref.id, id) == 0)
			return &live->records.items[i];
	return NULL;
}
