/* Where branches are, and what that ends. */
#include <stdlib.h>
#include <string.h>

#include "server/queuepriv.h"
#include "util/alloc.h"
#include "util/gettext.h"

/* ---- heads ---- */

int queue_head_read(struct queue *queue, const char *repository, const char *ref,
		    struct head_row *head, struct jci_error *err)
{
	struct db_row *row = queue_ask(queue,
				       "SELECT commit_id, before, source, number FROM heads "
				       "WHERE repository = ? AND ref = ?",
				       DB_VALUES(DB_TEXT(repository), DB_TEXT(ref)), err);
	int code = db_next(row, err);

	*head = (struct head_row){.there = code > 0};
	if (code > 0) {
		snprintf(head->commit, sizeof(head->commit), "%s", db_text(row, 0));
		snprintf(head->before, sizeof(head->before), "%s", db_text(row, 1));
		head->pushed = strcmp(db_text(row, 2), "push") == 0;
		head->caught_up = strcmp(db_text(row, 2), "catch-up") == 0;
		head->number = db_int(row, 3);
	}
	db_end(row);
	return code < 0 ? code : 0;
}

int queue_head_write(struct queue *queue, const char *repository, const char *ref,
		     const char *commit, const char *before, const char *source,
		     struct jci_error *err)
{
	return queue_tell(queue,
			  "INSERT INTO heads (repository, ref, commit_id, before, source, number) "
			  "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
			  "commit_id = excluded.commit_id, before = excluded.before, "
			  "source = excluded.source, number = excluded.number",
			  DB_VALUES(DB_TEXT(repository), DB_TEXT(ref), DB_TEXT(commit),
				    DB_TEXT(before), DB_TEXT(source), DB_INT(queue->pushes)),
			  err);
}

int queue_head_remove(struct queue *queue, const char *repository, const char *ref,
		      struct jci_error *err)
{
	return queue_tell(queue, "DELETE FROM heads WHERE repository = ? AND ref = ?",
			  DB_VALUES(DB_TEXT(repository), DB_TEXT(ref)), err);
}

int queue_skip_commit(struct queue *queue, const char *repository, const char *commit,
		      struct jci_error *err)
{
	return queue_tell(queue,
			  "INSERT OR IGNORE INTO skipped (repository, commit_id) VALUES (?, ?)",
			  DB_VALUES(DB_TEXT(repository), DB_TEXT(commit)), err);
}

int queue_is_skipped(struct queue *queue, const char *repository, const char *commit,
		     struct jci_error *err)
{
	return queue_ask_exists(queue,
				"SELECT 1 FROM skipped WHERE repository = ? AND commit_id = ?",
				DB_VALUES(DB_TEXT(repository), DB_TEXT(commit)), err);
}

/* ---- ending older jobs ---- */

struct ids {
	int64_t *v;
	size_t n, cap;
};

static void ids_release(struct ids *ids)
{
	free(ids->v);
}

/* Of rows with an id: collected first, because what is done with them changes the table. */
static int collect(struct db_row *row, struct ids *ids, struct jci_error *err)
{
	int code;

	while ((code = db_next(row, err)) > 0) {
		ARRAY_GROW(ids->v, ids->n + 1, ids->cap);
		ids->v[ids->n++] = db_int(row, 0);
	}
	return code;
}

/* Pending ones end; others are stopped, if they are in state assigned. */
static int end_all(struct queue *queue, const struct ids *ids, enum job_reason reason,
		   const char *detail, int *n, struct jci_error *err)
{
	for (size_t i = 0; i < ids->n; i++) {
		struct live *live = queue_live_find(&queue->memory, ids->v[i]);
		int code = 0;

		if (!live || live->cancelled ||
		    (live->state != JOB_PENDING && live->state != JOB_ASSIGNED))
			continue;
		if (live->state == JOB_PENDING)
			code = queue_job_end(queue, live, reason, detail, err);
		else
			code = queue_job_stop(queue, live, reason, detail, err);
		if (code < 0)
			return code;
		++*n;
	}
	return 0;
}

char *queue_superseded_text(const char *commit)
{
	return xasprintf(_("superseded by %.7s"), commit);
}

int queue_supersede_older(struct queue *queue, const struct new_job *newer, int64_t id, int *n,
			  struct jci_error *err)
{
	cleanup(ids_release) struct ids ids = {0};
	cleanup_free char *detail = queue_superseded_text(newer->commit);
	const bool running = queue->options.supersede == SUPERSEDE_RUNNING;

	if (queue->options.supersede == SUPERSEDE_NONE)
		return 0;
	if (collect(queue_ask(queue,
			      "SELECT id FROM jobs INDEXED BY jobs_live WHERE repository = ? AND "
			      "ref = ? "
			      "AND id < ? "
			      "AND commit_id <> ? AND state <> 'done' "
			      "AND (state = 'pending' OR (? AND state = 'assigned'))",
			      DB_VALUES(DB_TEXT(newer->repository), DB_TEXT(newer->ref), DB_INT(id),
					DB_TEXT(newer->commit), DB_INT(running)),
			      err),
		    &ids, err) < 0)
		return err->code;
	return end_all(queue, &ids, JOB_SUPERSEDED, detail, n, err);
}

int queue_cancel_deleted(struct queue *queue, const char *repository, const char *ref, int *n,
			 struct jci_error *err)
{
	static const char tags[] = "refs/tags/";
	cleanup(ids_release) struct ids ids = {0};

	if (collect(queue_ask(queue,
			      "SELECT id FROM jobs INDEXED BY jobs_live WHERE repository = ? AND "
			      "ref = ? "
			      "AND state <> 'done' AND state = 'pending'",
			      DB_VALUES(DB_TEXT(repository), DB_TEXT(ref)), err),
		    &ids, err) < 0)
		return err->code;
	return end_all(queue, &ids, JOB_CANCELLED,
		       strncmp(ref, tags, strlen(tags)) == 0 ? _("tag deleted")
							     : _("branch deleted"),
		       n, err);
}

int queue_cancel_pull(struct queue *queue, const char *repository, int pull, int *n,
		      struct jci_error *err)
{
	cleanup(ids_release) struct ids ids = {0};

	if (collect(queue_ask(queue,
			      "SELECT id FROM jobs INDEXED BY jobs_live WHERE repository = ? "
			      "AND pull = ? AND state <> 'done' AND state = 'pending'",
			      DB_VALUES(DB_TEXT(repository), DB_INT(pull)), err),
		    &ids, err) < 0)
		return err->code;
	return end_all(queue, &ids, JOB_CANCELLED, _("pull request closed"), n, err);
}
