#include "tui/runload.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/live.h"
#include "util/alloc.h"
#include "util/clock.h"

enum { PUBLISH_US = 50000 };

void run_rows_release(struct run_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		jci_record_release(&rows[i].record);
	free(rows);
}

/* Of a run that can't be read, its name alone. */
static void read_record(const struct jci_repo *repo, const struct jci_ref *ref,
			struct jci_record *r)
{
	const struct jci_ref copy = *ref;
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;

	if (jci_record_read_full(repo, &copy, r, &ignored) == 0)
		return;
	jci_error_clear(&ignored);
	if (jci_record_read(repo, &copy, r, &ignored) == 0)
		return;
	jci_record_release(r);
	r->ref = copy;
	r->start_us = jci_run_id_us(&copy.id);
}

/* ---- the list ---- */

static struct run_row *add_row(struct run_load *load, const struct jci_ref *ref)
{
	struct run_row *row;

	ARRAY_GROW(load->rows, load->n + 1, load->cap);
	row = &load->rows[load->n++];
	jci_record_init(&row->record);
	row->record.ref = *ref;
	row->record.start_us = jci_run_id_us(&ref->id);
	row->read = false;
	return row;
}

static bool has_run(const struct jci_refs *refs, const struct jci_run_id *id)
{
	for (size_t i = 0; i < refs->n; i++)
		if (jci_run_id_cmp(&refs->items[i].id, id) == 0)
			return true;
	return false;
}

/* A run is stored before it leaves the registry: it is in both, and stored. */
static void add_live(struct run_load *load, struct jci_records *live, const struct jci_refs *refs)
{
	for (size_t i = 0; i < live->n; i++) {
		struct jci_record *r = &live->items[i];
		struct run_row *row;

		if (!git_oid_equal(&r->ref.commit, &load->commit) || has_run(refs, &r->ref.id))
			continue;
		row = add_row(load, &r->ref);
		row->record = *r;
		row->read = true;
		jci_record_init(r);
	}
}

static int by_id(const void *a, const void *b)
{
	const struct run_row *x = a, *y = b;

	return jci_run_id_cmp(&y->record.ref.id, &x->record.ref.id);
}

static int by_start(const void *a, const void *b)
{
	const struct run_row *x = a, *y = b;

	if (x->record.start_us != y->record.start_us)
		return x->record.start_us > y->record.start_us ? -1 : 1;
	return by_id(a, b);
}

static bool is_known(const struct run_load *load, const struct jci_ref *ref)
{
	for (size_t i = 0; i < load->n_known; i++)
		if (jci_run_id_cmp(&load->known[i].id, &ref->id) == 0 &&
		    git_oid_equal(&load->known[i].target, &ref->target))
			return true;
	return false;
}

static void read_row(const struct jci_repo *repo, struct run_row *row)
{
	if (row->read)
		return;
	read_record(repo, &row->record.ref, &row->record);
	row->read = true;
}

/* Of runs that began in the same second the stored start tells which came first. */
static void order_second(struct run_load *load, const struct jci_repo *repo, size_t start,
			 size_t end)
{
	if (end - start < 2)
		return;
	for (size_t i = start; i < end && !job_cancelled(&load->job); i++)
		read_row(repo, &load->rows[i]);
	qsort(load->rows + start, end - start, sizeof(*load->rows), by_start);
}

static void order_rows(struct run_load *load, const struct jci_repo *repo)
{
	size_t start = 0;

	if (load->n)
		qsort(load->rows, load->n, sizeof(*load->rows), by_id);
	for (size_t i = 1; i <= load->n; i++) {
		if (i < load->n &&
		    load->rows[i].record.ref.id.seconds == load->rows[start].record.ref.id.seconds)
			continue;
		order_second(load, repo, start, i);
		start = i;
	}
}

static bool tree_has_script(const struct jci_repo *repo, const git_oid *commit)
{
	git_tree_entry *entry = NULL;
	git_tree *tree = NULL;
	git_oid oid;
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;
	bool there;

	if (jci_repo_tree(repo, commit, &oid, &ignored) < 0 ||
	    git_tree_lookup(&tree, repo->git, &oid) < 0)
		return true; /* not known: nothing to say */
	there = git_tree_entry_bypath(&entry, tree, ".jci/run.sh") == 0;
	git_tree_entry_free(entry);
	git_tree_free(tree);
	return there;
}

static enum script find_script(const struct jci_repo *repo, const git_oid *commit)
{
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;
	cleanup_free char *path = NULL;
	git_oid head;

	if (repo->work_tree && jci_repo_head(repo, &head, &ignored) == 0 &&
	    git_oid_equal(&head, commit)) {
		path = xasprintf("%s/.jci/run.sh", repo->work_tree);
		return access(path, F_OK) == 0 ? SCRIPT_THERE : SCRIPT_NOT_HERE;
	}
	return tree_has_script(repo, commit) ? SCRIPT_THERE : SCRIPT_NOT_IN_COMMIT;
}

/* The registry is read first: what is stored meanwhile is then seen twice rather than not at all.
 */
static void load_run(struct job *job, struct jci_repo *repo)
{
	struct run_load *load = (struct run_load *)job;
	cleanup_records struct jci_records live = JCI_RECORDS_INIT;
	cleanup_refs struct jci_refs refs = JCI_REFS_INIT;

	if (jci_live_list(repo, &live, &job->error) < 0 ||
	    jci_refs_list(repo, &load->commit, &refs, &job->error) < 0)
		return;
	for (size_t i = 0; i < refs.n; i++)
		add_row(load, &refs.items[i]);
	add_live(load, &live, &refs);
	order_rows(load, repo);
	for (size_t i = 0; i < load->n && i < load->n_first && !job_cancelled(job); i++)
		if (!is_known(load, &load->rows[i].record.ref))
			read_row(repo, &load->rows[i]);
	if (!load->n)
		load->script = find_script(repo, &load->commit);
}

static void load_done(struct job *job)
{
	struct run_load *load = (struct run_load *)job;

	load->done(load);
}

static void load_release(struct job *job)
{
	struct run_load *load = (struct run_load *)job;

	run_rows_release(load->rows, load->n);
	free(load->known);
	free(load);
}

struct run_load *run_load_new(void *ctx, void (*done)(struct run_load *load))
{
	static const struct job_ops ops = {
		.run = load_run, .done = load_done, .release = load_release};
	struct run_load *load = xcalloc(1, sizeof(*load));

	load->job.ops = &ops;
	load->ctx = ctx;
	load->done = done;
	return load;
}

/* ---- records ---- */

static void read_run(struct job *job, struct jci_repo *repo)
{
	struct run_read *read = (struct run_read *)job;
	int64_t next = clock_monotonic_us() + PUBLISH_US;

	for (size_t i = 0; i < read->n && !job_cancelled(job); i++) {
		read_record(repo, &read->refs[i], &read->records[i]);
		pthread_mutex_lock(&read->lock);
		read->n_read = i + 1;
		pthread_mutex_unlock(&read->lock);
		if (clock_monotonic_us() < next)
			continue;
		job_publish(job);
		next = clock_monotonic_us() + PUBLISH_US;
	}
}

static void read_progress(struct job *job)
{
	struct run_read *read = (struct run_read *)job;
	size_t n;

	pthread_mutex_lock(&read->lock);
	n = read->n_read;
	pthread_mutex_unlock(&read->lock);
	for (; read->n_taken < n && !job_cancelled(job); read->n_taken++)
		read->got(read, read->rows[read->n_taken], &read->records[read->n_taken]);
}

static void read_done(struct job *job)
{
	struct run_read *read = (struct run_read *)job;

	read_progress(job);
	read->done(read);
}

static void read_release(struct job *job)
{
	struct run_read *read = (struct run_read *)job;

	for (size_t i = 0; i < read->n; i++)
		jci_record_release(&read->records[i]);
	pthread_mutex_destroy(&read->lock);
	free(read->records);
	free(read->refs);
	free(read->rows);
	free(read);
}

struct run_read *run_read_new(void *ctx)
{
	static const struct job_ops ops = {.run = read_run,
					   .progress = read_progress,
					   .done = read_done,
					   .release = read_release};
	struct run_read *read = xcalloc(1, sizeof(*read));

	read->job.ops = &ops;
	read->ctx = ctx;
	pthread_mutex_init(&read->lock, NULL);
	return read;
}

void run_read_add(struct run_read *read, const struct jci_ref *ref, size_t row)
{
	size_t records_cap = read->cap;

	ARRAY_GROW(read->records, read->n + 1, records_cap);
	ARRAY_GROW(read->refs, read->n + 1, read->cap);
	ARRAY_GROW(read->rows, read->n + 1, read->rows_cap);
	jci_record_init(&read->records[read->n]);
	read->refs[read->n] = *ref;
	read->rows[read->n++] = row;
}
