/*
 * The outbox: commit statuses, each exactly once. One that may have been sent already is looked for
 * at Gitea before it is sent again, and some time later once more: Gitea may still be at it.
 */
#include "server/backgroundpriv.h"

#include "util/clock.h"
#include "util/fault.h"

#define SETTLE_US (INT64_C(3) * 1000 * 1000)

static void log_status(const struct worker *w, const char *event, const struct status *s,
		       int64_t wait_us, const char *why)
{
	event_log(w->log, event, EVENT_INT("job", s->job), EVENT_INT("status", s->id),
		  EVENT_TEXT("repository", s->repository), EVENT_TEXT("commit", s->commit),
		  EVENT_TEXT("context", s->context), EVENT_TEXT("state", s->state),
		  EVENT_TEXT("description", s->description), EVENT_INT("again_ms", wait_us / 1000),
		  EVENT_TEXT("why", why));
}

static void log_sent(const struct worker *w, const struct status *s, const char *event)
{
	event_log(w->log, event, EVENT_INT("job", s->job), EVENT_INT("status", s->id),
		  EVENT_TEXT("repository", s->repository), EVENT_TEXT("commit", s->commit),
		  EVENT_TEXT("context", s->context), EVENT_TEXT("state", s->state),
		  EVENT_TEXT("description", s->description));
}

/* Gitea 1.15 answers 500 for a commit that is not there. */
static bool is_commit_gone(struct worker *w, const struct status *s)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	bool has = true;

	return gitea_has_commit(w->gitea, s->repository, s->commit, &has, &err) == 0 && !has;
}

/*
 * Whether Gitea will never have it. A repository may be renamed back and permissions be mended, and
 * so may the token: that has a day's time.
 */
static bool is_final(struct worker *w, const struct status *s, const struct jci_error *why,
		     unsigned status, int64_t since_us)
{
	if (why->code == JCI_ENOTFOUND || status == 401 || status == 403)
		return worker_gives_up(w, since_us);
	if (why->code == JCI_EINVALID)
		return true;
	return status == 500 && is_commit_gone(w, s);
}

static int failed(struct worker *w, const struct status *s, bool maybe, const struct jci_error *why,
		  struct jci_error *err)
{
	unsigned status = gitea_last_status(w->gitea), failures;
	int64_t since_us, wait_us;
	bool final;

	worker_called(w, why);
	failures = trials_failed(&w->b->statuses, s->id, &since_us);
	wait_us = worker_backoff_us(w, failures);
	final = is_final(w, s, why, status, since_us);
	if (!atomic_load(&w->b->stopping)) /* else that is what ended the call */
		log_status(w, final ? "status.refused" : "status.failed", s, final ? 0 : wait_us,
			   why->message);
	if (final)
		trials_forget(&w->b->statuses, s->id);
	return queue_status_failed(w->b->queue, s->id, maybe, final ? 0 : clock_now_us() + wait_us,
				   why->message, err);
}

/* Says so until the queue has it: else the status would be sent twice. */
static int sent(struct worker *w, const struct status *s, bool before, struct jci_error *err)
{
	log_sent(w, s, before ? "status.found" : "status.sent");
	trials_forget(&w->b->statuses, s->id);
	trials_forget(&w->b->looks, s->id);
	while (queue_status_sent(w->b->queue, s->id, err) < 0) {
		event_log(w->log, "queue.failed", EVENT_INT("status", s->id),
			  EVENT_TEXT("why", err->message));
		if (atomic_load(&w->b->stopping))
			return err->code;
		jci_error_clear(err);
		worker_rest(w, INT64_C(1000) * 1000);
	}
	return 1;
}

/* Whether it was not there long enough ago for nobody to be at it any more. */
static bool is_settled(struct worker *w, const struct status *s)
{
	int64_t since_us;

	trials_failed(&w->b->looks, s->id, &since_us);
	if (since_us < SETTLE_US)
		return false;
	trials_forget(&w->b->looks, s->id);
	return true;
}

/* 1: it was dealt with; 0: it is not at Gitea. */
static int look_for(struct worker *w, const struct status *s, struct jci_error *err)
{
	cleanup_error struct jci_error why = JCI_ERROR_INIT;
	bool has = false;

	if (gitea_has_status(w->gitea, s, &has, &why) < 0)
		return failed(w, s, true, &why, err) < 0 ? err->code : 1;
	worker_called(w, &why);
	if (has)
		return sent(w, s, true, err);
	if (is_settled(w, s))
		return 0;
	return queue_status_failed(w->b->queue, s->id, true, clock_now_us() + SETTLE_US, NULL,
				   err) < 0
		       ? err->code
		       : 1;
}

static int report_next(struct worker *w, struct jci_error *err)
{
	cleanup_error struct jci_error why = JCI_ERROR_INIT;
	cleanup_status struct status s = {0};
	int found = queue_next_status(w->b->queue, &s, err), looked = 0;
	bool maybe;

	if (found <= 0)
		return found;
	fault_point("report");
	if (s.uncertain)
		looked = look_for(w, &s, err);
	if (looked != 0)
		return looked;
	if (gitea_set_status(w->gitea, &s, &maybe, &why) < 0)
		return failed(w, &s, maybe, &why, err) < 0 ? err->code : 1;
	fault_point("reported");
	worker_called(w, &why);
	return sent(w, &s, false, err);
}

const struct worker_kind reporter = {
	.threads = 4, .step = report_next, .interval_us = INT64_C(1000) * 1000};
