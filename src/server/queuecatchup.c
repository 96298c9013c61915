/* What the catch-up has seen at Gitea. */
#include <stdlib.h>
#include <string.h>

#include "server/queuepriv.h"
#include "util/alloc.h"

/* So many heads a call, because others wait for it. */
enum { STEP = 100 };

struct look {
	const char *name;
	struct repository *repository; /* valid within one call */
	int queued;
};

/* A job of the commit that counts, 1 or 0. */
static int has_result(struct queue *queue, const char *repository, const char *commit,
		      struct jci_error *err)
{
	return queue_ask_exists(queue,
				"SELECT 1 FROM jobs INDEXED BY jobs_commit WHERE commit_id = ? "
				"AND repository = ? AND (state <> 'done' OR "
				"reason NOT IN ('superseded', 'cancelled'))",
				DB_VALUES(DB_TEXT(commit), DB_TEXT(repository)), err);
}

/* All that the commit had were superseded, and there was one. */
static int was_superseded(struct queue *queue, const char *repository, const char *commit,
			  struct jci_error *err)
{
	return queue_ask_exists(queue,
				"SELECT 1 FROM jobs INDEXED BY jobs_commit WHERE commit_id = ? "
				"AND repository = ? GROUP BY commit_id "
				"HAVING min(state = 'done' AND reason = 'superseded') = 1",
				DB_VALUES(DB_TEXT(commit), DB_TEXT(repository)), err);
}

/*
 * Whether a branch that is at this commit needs a job. One that was known to be there needs none,
 * unless a push that came in the wrong order took it away. A new branch needs none when the
 * repository is looked at for the first time.
 */
static int needs_job(struct queue *queue, const struct look *look, const struct head *head,
		     const struct head_row *row, struct jci_error *err)
{
	const char *repository = look->name;
	int code;

	if (head->skip_ci || (!row->there && !look->repository->looked_at))
		return 0;
	code = queue_is_skipped(queue, repository, head->commit, err);
	if (code != 0)
		return code < 0 ? code : 0;
	if (row->there && strcmp(row->commit, head->commit) == 0)
		return was_superseded(queue, repository, head->commit, err);
	code = has_result(queue, repository, head->commit, err);
	return code < 0 ? code : !code;
}

static int queue_job_for(struct queue *queue, struct look *look, const struct head *head,
			 struct jci_error *err)
{
	const struct new_job new = {look->name, head->ref, head->commit, "catch-up", 0};
	int64_t id;
	int superseded = 0;

	look->queued++;
	if (queue_job_insert(queue, &new, &id, err) < 0)
		return err->code;
	return queue_supersede_older(queue, &new, id, &superseded, err);
}

static int look_at(struct queue *queue, struct look *look, const struct head *head,
		   struct jci_error *err)
{
	const char *repository = look->name;
	struct head_row row;
	int needed;

	if (queue_head_read(queue, repository, head->ref, &row, err) < 0)
		return err->code;
	/* a push came after these heads were read, maybe */
	if (row.there && row.number > look->repository->looked_to)
		return 0;
	needed = needs_job(queue, look, head, &row, err);
	if (needed < 0 || (needed && queue_job_for(queue, look, head, err) < 0))
		return err->code;
	if (head->skip_ci && queue_skip_commit(queue, repository, head->commit, err) < 0)
		return err->code;
	if (row.there && strcmp(row.commit, head->commit) == 0)
		return 0;
	return queue_head_write(queue, repository, head->ref, head->commit, row.commit, "catch-up",
				err);
}

static int look_at_some(struct queue *queue, struct look *look, const struct head *const *heads,
			size_t n, struct jci_error *err)
{
	if (queue_begin(queue, err) < 0)
		return err->code;
	look->repository = queue_repository(queue, look->name, err);
	for (size_t i = 0; i < n && look->repository; i++)
		if (look_at(queue, look, heads[i], err) < 0)
			break;
	return queue_end(queue, err->code, err);
}

/* ---- branches that are gone ---- */

static int by_ref(const void *a, const void *b)
{
	return strcmp((*(const struct head *const *)a)->ref, (*(const struct head *const *)b)->ref);
}

static bool is_there(const struct head *const *heads, size_t n, const char *ref)
{
	const struct head wanted = {.ref = (char *)ref}, *key = &wanted;

	return n && bsearch(&key, heads, n, sizeof(*heads), by_ref);
}

static int list_gone(struct queue *queue, const struct look *look, const struct head *const *heads,
		     size_t n, struct name_list *gone, struct jci_error *err)
{
	struct db_row *row =
		queue_ask(queue,
			  "SELECT ref FROM heads WHERE repository = ? AND number <= ? "
			  "AND ref GLOB 'refs/heads/*'",
			  DB_VALUES(DB_TEXT(look->name), DB_INT(look->repository->looked_to)), err);
	int code;

	while ((code = db_next(row, err)) > 0) {
		if (is_there(heads, n, db_text(row, 0)))
			continue;
		ARRAY_GROW(gone->names, gone->n + 1, gone->cap);
		gone->names[gone->n++] = xstrdup(db_text(row, 0));
	}
	return code;
}

static int finish(struct queue *queue, struct look *look, const struct head *const *heads, size_t n,
		  struct jci_error *err)
{
	cleanup_name_list struct name_list gone = {0};
	const char *repository = look->name;
	int cancelled = 0;

	look->repository = queue_repository(queue, repository, err);
	if (!look->repository || list_gone(queue, look, heads, n, &gone, err) < 0)
		return err->code;
	for (size_t i = 0; i < gone.n; i++)
		if (queue_head_remove(queue, repository, gone.names[i], err) < 0 ||
		    queue_cancel_deleted(queue, repository, gone.names[i], &cancelled, err) < 0)
			return err->code;
	look->repository->looked_to = queue->pushes;
	if (look->repository->looked_at)
		return 0;
	look->repository->looked_at = true;
	return queue_tell(queue, "UPDATE repositories SET looked_at = 1 WHERE name = ?",
			  DB_VALUES(DB_TEXT(repository)), err);
}

int queue_catch_up(struct queue *queue, const char *repository, const struct head *heads, size_t n,
		   int *queued, struct jci_error *err)
{
	cleanup_free const struct head **sorted = xcalloc(n + 1, sizeof(*sorted));
	struct look look = {.name = repository};

	for (size_t i = 0; i < n; i++)
		sorted[i] = &heads[i];
	qsort(sorted, n, sizeof(*sorted), by_ref);
	for (size_t i = 0; i < n; i += STEP)
		if (look_at_some(queue, &look, sorted + i, n - i < STEP ? n - i : STEP, err) < 0)
			return err->code;
	*queued = look.queued;
	if (queue_begin(queue, err) < 0)
		return err->code;
	return queue_end(queue, finish(queue, &look, sorted, n, err), err);
}
