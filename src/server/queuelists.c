/* Lists of jobs and repositories, and numbers. */
#include <stdlib.h>
#include <string.h>

#include "server/queuepriv.h"
#include "util/alloc.h"
#include "util/clock.h"

enum { MAX_LIST = 1000 };

/* ---- jobs ---- */

/*
 * One query for each index, because SQLite chooses it without knowing the values. All have the same
 * parameters.
 */
#define LIST(index, where)                                                 \
	"SELECT " JOB_COLUMNS " FROM jobs " index " WHERE " where          \
	" AND (?1 IS NULL OR repository = ?1) "                            \
	"AND (?2 IS NULL OR ref = ?2) AND (?3 IS NULL OR commit_id = ?3) " \
	"AND (?4 IS NULL OR state = ?4) AND (?5 = 0 OR id < ?5) ORDER BY id DESC LIMIT ?6"

static const char *query_for(const struct job_filter *filter)
{
	if (filter->commit)
		return LIST("INDEXED BY jobs_commit", "commit_id = ?3");
	if (filter->state >= 0 && filter->state != JOB_DONE)
		return LIST("INDEXED BY jobs_live", "state <> 'done'");
	if (filter->repository && filter->ref)
		return LIST("INDEXED BY jobs_ref", "repository = ?1 AND ref = ?2");
	if (filter->repository)
		return LIST("INDEXED BY jobs_ref", "repository = ?1");
	return LIST("", "true");
}

static int list_jobs(struct queue *queue, const struct job_filter *filter, struct job_list *list,
		     struct jci_error *err)
{
	const char *state =
		filter->state >= 0 ? job_state_name((enum job_state)filter->state) : NULL;
	int limit = filter->limit > 0 && filter->limit < MAX_LIST ? filter->limit : MAX_LIST;
	struct db_row *row = queue_ask(queue, query_for(filter),
				       DB_VALUES(DB_TEXT(filter->repository), DB_TEXT(filter->ref),
						 DB_TEXT(filter->commit), DB_TEXT(state),
						 DB_INT(filter->before), DB_INT(limit)),
				       err);
	int code;

	while ((code = db_next(row, err)) > 0) {
		ARRAY_GROW(list->jobs, list->n + 1, list->cap);
		queue_job_from_row(&list->jobs[list->n++], row);
	}
	return code;
}

int queue_list(struct queue *queue, const struct job_filter *filter, struct job_list *list,
	       struct jci_error *err)
{
	*list = (struct job_list){0};
	if (queue_begin(queue, err) < 0)
		return err->code;
	return queue_end(queue, list_jobs(queue, filter, list, err), err);
}

/* ---- repositories ---- */

int queue_repositories(struct queue *queue, struct name_list *list, struct jci_error *err)
{
	const struct named_set *set = &queue->memory.repositories;

	*list = (struct name_list){0};
	if (queue_begin(queue, err) < 0)
		return err->code;
	for (size_t i = 0; i < set->n; i++) {
		ARRAY_GROW(list->names, list->n + 1, list->cap);
		list->names[list->n++] = xstrdup(set->v[i]->name);
	}
	return queue_end(queue, 0, err);
}

int queue_add_repository(struct queue *queue, const char *repository, struct jci_error *err)
{
	if (queue_begin(queue, err) < 0)
		return err->code;
	return queue_end(queue, queue_repository(queue, repository, err) ? 0 : err->code, err);
}

/* ---- numbers ---- */

static void count_jobs(const struct memory *memory, struct queue_numbers *out)
{
	out->unprepared = (int64_t)memory->unprepared.n;
	out->pending = (int64_t)(memory->all.n - memory->busy.n);
	for (size_t i = 0; i < memory->busy.n; i++) {
		out->assigned += memory->busy.v[i]->state == JOB_ASSIGNED;
		out->exited += memory->busy.v[i]->state == JOB_EXITED;
	}
}

static void count_runners(const struct queue *queue, struct queue_numbers *out)
{
	const struct named_set *set = &queue->memory.runners;
	const int64_t since = clock_monotonic_us() - queue->options.lease_us;

	out->runners = (int64_t)set->n;
	for (size_t i = 0; i < set->n; i++) {
		const struct runner *runner = (const struct runner *)set->v[i];

		out->runners_alive += runner->seen_us && runner->seen_us >= since;
	}
}

static int64_t first_number(struct queue *queue, const char *sql, const struct db_value *values)
{
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;
	struct db_row *row = queue_ask(queue, sql, values, &ignored);
	int64_t n = db_next(row, &ignored) > 0 ? db_int(row, 0) : 0;

	db_end(row);
	return n;
}

static int64_t oldest_pending(struct queue *queue)
{
	const struct live_set *all = &queue->memory.all;
	int64_t age = 0;

	for (size_t i = 0; i < all->n; i++) {
		if (all->v[i]->state != JOB_PENDING)
			continue;
		age = clock_now_us() - first_number(queue,
						    "SELECT created_us FROM jobs WHERE id = ?",
						    DB_VALUES(DB_INT(all->v[i]->id)));
		break;
	}
	return age > 0 ? age : 0;
}

void queue_numbers(struct queue *queue, struct queue_numbers *out)
{
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;

	*out = (struct queue_numbers){0};
	if (queue_begin(queue, &ignored) < 0)
		return;
	*out = queue->sum;
	count_jobs(&queue->memory, out);
	count_runners(queue, out);
	out->outbox = first_number(
		queue, "SELECT count(*) FROM outbox WHERE phase IN ('waiting', 'sending')",
		DB_NONE);
	out->oldest_pending_us = oldest_pending(queue);
	queue_end(queue, 0, &ignored);
}
