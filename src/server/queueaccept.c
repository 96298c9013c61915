/* Webhooks. */
#include <string.h>

#include "server/queuepriv.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/gettext.h"

enum { PRUNE_STEP = 256, PRUNE_AT_ONCE = 1024 };
static const int64_t KEEP_DELIVERIES_US = INT64_C(30) * 24 * 3600 * 1000000;

/* ---- pushes ---- */

static int has_job(struct queue *queue, const struct event *event, struct jci_error *err)
{
	return queue_ask_exists(queue,
				"SELECT 1 FROM jobs INDEXED BY jobs_commit "
				"WHERE commit_id = ? AND repository = ?",
				DB_VALUES(DB_TEXT(event->commit), DB_TEXT(event->repository)), err);
}

/* The id of the job that makes this push nothing new; 0: none; <0 as usual. */
static int64_t pushed_before(struct queue *queue, const struct event *event,
			     const struct head_row *head, struct jci_error *err)
{
	const bool same_head =
		head->there && !head->pushed && strcmp(head->commit, event->commit) == 0;
	struct db_row *row =
		queue_ask(queue,
			  "SELECT id FROM jobs INDEXED BY jobs_commit "
			  "WHERE repository = ? AND ref = ? AND commit_id = ? AND (state = "
			  "'pending' OR (? AND (state <> 'done' OR "
			  "reason <> 'superseded'))) ORDER BY id DESC LIMIT 1",
			  DB_VALUES(DB_TEXT(event->repository), DB_TEXT(event->ref),
				    DB_TEXT(event->commit), DB_INT(same_head)),
			  err);
	int64_t id = db_next(row, err);

	if (id > 0)
		id = db_int(row, 0);
	db_end(row);
	return id;
}

enum lateness { ON_TIME, LATE, LATE_AND_BETWEEN };

/*
 * Whether a newer push of the ref was here before this one. What the catch-up saw may be several
 * pushes after the one that it had seen before: those between them come as a chain.
 */
static enum lateness lateness(const struct event *event, const struct head_row *head)
{
	if (!head->there || strcmp(head->commit, event->commit) == 0 ||
	    strcmp(head->commit, event->before) == 0)
		return ON_TIME;
	if (*head->before && strcmp(head->before, event->commit) == 0)
		return LATE;
	if (head->caught_up && *head->before && strcmp(head->before, event->before) == 0)
		return LATE_AND_BETWEEN;
	return ON_TIME;
}

static int accept_late(struct queue *queue, const struct event *event, const struct head_row *head,
		       enum lateness late, struct accepted *out, struct jci_error *err)
{
	const struct new_job new = {event->repository, event->ref, event->commit,
				    strncmp(event->ref, "refs/tags/", 10) == 0 ? "tag" : "push", 0};
	cleanup_free char *detail = queue_superseded_text(head->commit);
	const char *between = late == LATE ? event->before : event->commit;

	out->outcome = event->skip_ci ? ACCEPT_SKIPPED : ACCEPT_STALE;
	if (queue_tell(queue, "UPDATE heads SET before = ? WHERE repository = ? AND ref = ?",
		       DB_VALUES(DB_TEXT(between), DB_TEXT(event->repository), DB_TEXT(event->ref)),
		       err) < 0)
		return err->code;
	if (event->skip_ci)
		return queue_skip_commit(queue, event->repository, event->commit, err);
	if (queue_job_insert(queue, &new, &out->job, err) < 0)
		return err->code;
	return queue_job_end(queue, queue_live_find(&queue->memory, out->job), JOB_SUPERSEDED,
			     detail, err);
}

static int accept_new(struct queue *queue, const struct event *event, int64_t known,
		      struct accepted *out, struct jci_error *err)
{
	const struct new_job new = {event->repository, event->ref, event->commit,
				    strncmp(event->ref, "refs/tags/", 10) == 0 ? "tag" : "push", 0};

	queue->pushes++;
	if (queue_head_write(queue, event->repository, event->ref, event->commit, event->before,
			     "push", err) < 0)
		return err->code;
	if (event->skip_ci) {
		out->outcome = ACCEPT_SKIPPED;
		return queue_skip_commit(queue, event->repository, event->commit, err);
	}
	out->outcome = known ? ACCEPT_KNOWN : ACCEPT_QUEUED;
	if (!known && queue_job_insert(queue, &new, &out->job, err) < 0)
		return err->code;
	return queue_supersede_older(queue, &new, known ? known : out->job, &out->superseded, err);
}

static int accept_push(struct queue *queue, const struct event *event, struct accepted *out,
		       struct jci_error *err)
{
	struct head_row head;
	enum lateness late;
	int64_t known;

	if (queue_head_read(queue, event->repository, event->ref, &head, err) < 0)
		return err->code;
	late = lateness(event, &head);
	if (late != ON_TIME)
		return accept_late(queue, event, &head, late, out, err);
	known = event->skip_ci ? 0 : pushed_before(queue, event, &head, err);
	return known < 0 ? err->code : accept_new(queue, event, known, out, err);
}

/* ---- the other events ---- */

static int accept_delete(struct queue *queue, const struct event *event, struct accepted *out,
			 struct jci_error *err)
{
	out->outcome = ACCEPT_DONE;
	if (queue_head_remove(queue, event->repository, event->ref, err) < 0)
		return err->code;
	return queue_cancel_deleted(queue, event->repository, event->ref, &out->superseded, err);
}

static int accept_pull(struct queue *queue, const struct event *event, struct accepted *out,
		       struct jci_error *err)
{
	const struct new_job new = {event->repository, event->ref, event->commit, "pull_request",
				    event->pull};
	int skipped = queue_is_skipped(queue, event->repository, event->commit, err);
	int known = skipped < 0 ? skipped : has_job(queue, event, err);
	struct head_row head;

	if (known < 0)
		return known;
	out->outcome = skipped || event->skip_ci ? ACCEPT_SKIPPED
		       : known                   ? ACCEPT_KNOWN
						 : ACCEPT_QUEUED;
	if (out->outcome != ACCEPT_QUEUED)
		return 0;
	if (queue_job_insert(queue, &new, &out->job, err) < 0 ||
	    queue_head_read(queue, event->repository, event->ref, &head, err) < 0)
		return err->code;
	if (head.there && strcmp(head.commit, event->commit) == 0)
		return 0;
	queue->pushes++;
	return queue_head_write(queue, event->repository, event->ref, event->commit, head.commit,
				"pull_request", err);
}

static int accept_closed(struct queue *queue, const struct event *event, struct accepted *out,
			 struct jci_error *err)
{
	out->outcome = ACCEPT_DONE;
	return event->pull ? queue_cancel_pull(queue, event->repository, event->pull,
					       &out->superseded, err)
			   : 0;
}

/* ---- deliveries ---- */

static int prune_deliveries(struct queue *queue, struct jci_error *err)
{
	if (++queue->sum.accepted % PRUNE_STEP)
		return 0;
	return queue_tell(
		queue,
		"DELETE FROM deliveries WHERE id IN "
		"(SELECT id FROM deliveries ORDER BY id LIMIT ?) AND received_us < ?",
		DB_VALUES(DB_INT(PRUNE_AT_ONCE), DB_INT(clock_now_us() - KEEP_DELIVERIES_US)), err);
}

/* 1: it is new. */
static int note_delivery(struct queue *queue, const struct event *event, struct jci_error *err)
{
	if (queue_tell(queue,
		       "INSERT OR IGNORE INTO deliveries (digest, delivery, kind, received_us) "
		       "VALUES (?, ?, ?, ?)",
		       DB_VALUES(DB_BLOB(event->digest, sizeof(event->digest)),
				 DB_TEXT(event->delivery), DB_INT(event->kind),
				 DB_INT(clock_now_us())),
		       err) < 0)
		return err->code;
	return db_changes(queue->db) > 0;
}

static int accept(struct queue *queue, const struct event *event, struct accepted *out,
		  struct jci_error *err)
{
	int code = note_delivery(queue, event, err);

	if (code == 0) {
		out->outcome = ACCEPT_DUPLICATE;
		queue->sum.duplicates++;
	}
	if (code <= 0)
		return code;
	if (prune_deliveries(queue, err) < 0 || !queue_repository(queue, event->repository, err))
		return err->code;
	switch (event->kind) {
	case EVENT_PUSH:
		return accept_push(queue, event, out, err);
	case EVENT_DELETE:
		return accept_delete(queue, event, out, err);
	case EVENT_PULL_OPENED:
		return accept_pull(queue, event, out, err);
	default:
		return accept_closed(queue, event, out, err);
	}
}

int queue_accept(struct queue *queue, const struct event *event, struct accepted *out,
		 struct jci_error *err)
{
	*out = (struct accepted){0};
	if (queue_begin(queue, err) < 0)
		return err->code;
	return queue_end(queue, accept(queue, event, out, err), err);
}
