/* Commit statuses on their way to Gitea. */
#include <stdlib.h>
#include <string.h>

#include "server/queuepriv.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/gettext.h"
#include "util/text.h"

/* Gitea keeps 255 characters of a description. */
enum { MAX_DESCRIPTION = 255 };

static const char *const kinds[] = {
	[STATUS_QUEUED] = "queued",
	[STATUS_RUNNING] = "running",
	[STATUS_FINAL] = "final",
};

/* "TEXT (job 7)" in one line, and short enough. */
static void describe(struct strbuf *out, const char *text, int64_t job)
{
	cleanup_strbuf struct strbuf line = STRBUF_INIT;
	cleanup_free char *end = xasprintf(_(" (job %lld)"), (long long)job);
	const size_t max = MAX_DESCRIPTION - strlen(end);

	text_add_safe(&line, text, strlen(text));
	if (line.len > max) {
		strbuf_setlen(&line, utf8_whole(line.buf, max - strlen("...")));
		strbuf_addstr(&line, "...");
	}
	strbuf_add(out, line.buf, line.len);
	strbuf_addstr(out, end);
}

int queue_status_add(struct queue *queue, int64_t job, enum status_kind kind, const char *state,
		     const char *text, struct jci_error *err)
{
	cleanup_strbuf struct strbuf description = STRBUF_INIT;

	describe(&description, text, job);
	if (queue_tell(queue,
		       "DELETE FROM outbox WHERE job = ? AND phase = 'waiting' "
		       "AND phase IN ('waiting', 'sending')",
		       DB_VALUES(DB_INT(job)), err) < 0)
		return err->code;
	return queue_tell(queue,
			  "INSERT INTO outbox (job, kind, state, description, due_us) "
			  "VALUES (?, ?, ?, ?, ?)",
			  DB_VALUES(DB_INT(job), DB_TEXT(kinds[kind]), DB_TEXT(state),
				    DB_TEXT(description.buf), DB_INT(clock_now_us())),
			  err);
}

/* ---- what Gitea is shown ---- */

static char *context_of(const char *ref)
{
	static const char tags[] = "refs/tags/";

	return strncmp(ref, tags, strlen(tags)) == 0 ? xasprintf("git-jci/%s", ref + strlen(tags))
						     : xstrdup("git-jci");
}

/* Appends what the placeholder at s stands for; its length, 0: it is none. */
static size_t add_placeholder(struct strbuf *url, const char *s, const struct job *job)
{
	cleanup_free char *id = xasprintf("%lld", (long long)job->id);
	const char *slash = strchr(job->repository, '/');
	cleanup_free char *owner =
		xstrndup(job->repository, slash ? (size_t)(slash - job->repository) : 0);
	const char *const values[][2] = {
		{"{owner}", owner},
		{"{repo}", slash ? slash + 1 : ""},
		{"{commit}", job->commit},
		{"{run}", job->run_id},
		{"{job}", id},
	};

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		size_t len = strlen(values[i][0]);

		if (strncmp(s, values[i][0], len) != 0)
			continue;
		strbuf_addstr(url, values[i][1]);
		return len;
	}
	return 0;
}

/* The values are names of Gitea's, hex and numbers: none needs to be escaped. */
static char *target_of(const char *web_url, const struct job *job)
{
	struct strbuf url = STRBUF_INIT;
	bool placed = false;

	for (const char *p = web_url; *p;) {
		size_t len = *p == '{' ? add_placeholder(&url, p, job) : 0;

		placed |= len > 0;
		if (!len)
			strbuf_addch(&url, *p);
		p += len ? len : 1;
	}
	if (!placed) {
		while (url.len && url.buf[url.len - 1] == '/')
			strbuf_setlen(&url, url.len - 1);
		strbuf_addf(&url, "/jobs/%lld", (long long)job->id);
	}
	return strbuf_detach(&url, NULL);
}

/* ---- sending ---- */

static const char *state_of(const char *text)
{
	static const char *const states[] = {"pending", "success", "failure", "error"};

	for (size_t i = 0; i < ARRAY_SIZE(states); i++)
		if (strcmp(states[i], text) == 0)
			return states[i];
	return states[0];
}

/* 1: there is one. Of one job none is due while another is being sent. */
static int read_next(struct queue *queue, struct status *status, struct jci_error *err)
{
	struct db_row *row =
		queue_ask(queue,
			  "SELECT id, job, state, description, uncertain FROM outbox AS this "
			  "WHERE phase = 'waiting' AND due_us <= ? AND NOT EXISTS "
			  "(SELECT 1 FROM outbox WHERE job = this.job AND phase = 'sending' "
			  "AND phase IN ('waiting', 'sending')) "
			  "ORDER BY due_us, id LIMIT 1",
			  DB_VALUES(DB_INT(clock_now_us())), err);
	int code = db_next(row, err);

	if (code > 0) {
		status->id = db_int(row, 0);
		status->job = db_int(row, 1);
		status->state = state_of(db_text(row, 2));
		status->description = xstrdup(db_text(row, 3));
		status->uncertain = db_int(row, 4) != 0;
	}
	db_end(row);
	return code;
}

static int next_status(struct queue *queue, struct status *status, struct jci_error *err)
{
	cleanup_job struct job job = {0};
	int code = read_next(queue, status, err);

	if (code <= 0 || queue_job_read(queue, status->job, &job, err) < 0)
		return code < 0 ? code : err->code;
	status->repository = xstrdup(job.repository);
	memcpy(status->commit, job.commit, sizeof(status->commit));
	status->context = context_of(job.ref);
	if (queue->options.web_url)
		status->target_url = target_of(queue->options.web_url, &job);
	if (queue_tell(queue, "UPDATE outbox SET phase = 'sending', tries = tries + 1 WHERE id = ?",
		       DB_VALUES(DB_INT(status->id)), err) < 0)
		return err->code;
	return 1;
}

int queue_next_status(struct queue *queue, struct status *status, struct jci_error *err)
{
	int code;

	*status = (struct status){0};
	if (queue_begin(queue, err) < 0)
		return err->code;
	code = queue_end(queue, next_status(queue, status, err), err);
	if (code <= 0)
		queue_status_release(status);
	return code;
}

/* Only final ones are kept: of these a job may not have a second one. */
static int remove_status(struct queue *queue, int64_t id, struct jci_error *err)
{
	return queue_tell(queue, "DELETE FROM outbox WHERE id = ? AND kind <> 'final'",
			  DB_VALUES(DB_INT(id)), err);
}

static int status_sent(struct queue *queue, int64_t id, struct jci_error *err)
{
	queue->sum.statuses_sent++;
	if (remove_status(queue, id, err) < 0)
		return err->code;
	return queue_tell(queue, "UPDATE outbox SET phase = 'sent', why = NULL WHERE id = ?",
			  DB_VALUES(DB_INT(id)), err);
}

int queue_status_sent(struct queue *queue, int64_t id, struct jci_error *err)
{
	if (queue_begin(queue, err) < 0)
		return err->code;
	return queue_end(queue, status_sent(queue, id, err), err);
}

/* A newer one waits for it: it is not needed any more. */
static int drop_outdated(struct queue *queue, int64_t id, struct jci_error *err)
{
	return queue_tell(
		queue,
		"DELETE FROM outbox WHERE id = ?1 AND EXISTS (SELECT 1 FROM outbox AS newer "
		"WHERE newer.job = outbox.job AND newer.id > ?1 "
		"AND newer.phase IN ('waiting', 'sending'))",
		DB_VALUES(DB_INT(id)), err);
}

static int status_failed(struct queue *queue, int64_t id, bool maybe, int64_t again_us,
			 const char *why, struct jci_error *err)
{
	queue->sum.statuses_failed++;
	if ((again_us ? drop_outdated(queue, id, err) : remove_status(queue, id, err)) < 0)
		return err->code;
	return queue_tell(
		queue,
		"UPDATE outbox SET phase = ?, uncertain = uncertain OR ?, due_us = ?, why = ? "
		"WHERE id = ? AND phase = 'sending'",
		DB_VALUES(DB_TEXT(again_us ? "waiting" : "refused"), DB_INT(maybe),
			  DB_INT(again_us), DB_TEXT(why), DB_INT(id)),
		err);
}

int queue_status_failed(struct queue *queue, int64_t id, bool maybe, int64_t again_us,
			const char *why, struct jci_error *err)
{
	if (queue_begin(queue, err) < 0)
		return err->code;
	return queue_end(queue, status_failed(queue, id, maybe, again_us, why, err), err);
}
