/* How jobs ended: what their runs stored at Gitea, in the ref of exactly this attempt. */
#include "server/backgroundpriv.h"

#include "server/verdict.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/fault.h"

/* A run that was pushed may be seen a little later: Gitea has caches. */
#define LATE_US       (INT64_C(10) * 1000 * 1000)
#define LATE_AGAIN_US (INT64_C(1000) * 1000)

enum { STATUS_SIZE = 64, RUN_JSON_SIZE = 1024 * 1024 };

/* 1: it is there; 0: it is not, or it is not what it should be. */
static int read_file(struct worker *w, const struct job *job, const char *oid, const char *path,
		     size_t limit, struct strbuf *text, struct jci_error *err)
{
	if (gitea_file(w->gitea, job->repository, oid, path, limit, text, err) == 0)
		return 1;
	if (err->code != JCI_ENOTFOUND &&
	    !(err->code == JCI_EINVALID && gitea_last_status(w->gitea) == 200))
		return err->code;
	jci_error_clear(err);
	return 0;
}

/* 1: it has a result; 0: none. */
static int find_result(struct worker *w, const struct job *job, struct verdict *verdict,
		       struct jci_error *err)
{
	cleanup_free char *ref = xasprintf(JCI_REF_PREFIX "%s/%s", job->commit, job->run_id);
	cleanup_strbuf struct strbuf status = STRBUF_INIT, json = STRBUF_INIT;
	char oid[JCI_OID_HEX_SIZE];
	int has_status, has_json;

	if (gitea_ref(w->gitea, job->repository, ref, oid, err) < 0)
		return err->code;
	if (!oid[0])
		return 0;
	has_status = read_file(w, job, oid, "status.txt", STATUS_SIZE, &status, err);
	if (has_status <= 0)
		return has_status;
	has_json = read_file(w, job, oid, ".jci/run.json", RUN_JSON_SIZE, &json, err);
	if (has_json < 0)
		return has_json;
	return verdict_of_run(verdict, &status, has_json ? &json : NULL);
}

/* ---- no result ---- */

/* Whether one may still appear: the job says that it pushed. */
static bool is_awaited(struct worker *w, const struct job *job)
{
	int64_t since_us;

	if (!job->exit_reason || strcmp(job->exit_reason, "exited") != 0 || job->exit_status != 0)
		return false;
	trials_failed(&w->b->jobs, job->id, &since_us);
	return since_us < LATE_US;
}

static int end_exited(struct worker *w, const struct job *job, struct jci_error *err)
{
	cleanup_verdict struct verdict verdict = VERDICT_INIT;

	if (is_awaited(w, job)) {
		queue_postpone(w->b->queue, job->id, clock_monotonic_us() + LATE_AGAIN_US);
		return 0;
	}
	verdict_of_runner(&verdict, job, w->b->options->queue.timeout_us);
	return finish_job(w, job, verdict.reason, verdict.detail.buf, err);
}

/* Its runner does not answer any more; the queue knows whether it was to end anyway. */
static int end_abandoned(struct worker *w, const struct job *job, struct jci_error *err)
{
	if (queue_try_again(w->b->queue, job->id, job->attempt, err) < 0)
		return err->code;
	trials_forget(&w->b->jobs, job->id);
	event_log(w->log, "job.abandoned", EVENT_INT("job", job->id),
		  EVENT_INT("attempt", job->attempt), EVENT_TEXT("repository", job->repository),
		  EVENT_TEXT("commit", job->commit), EVENT_TEXT("runner", job->runner),
		  EVENT_TEXT("name", job->runner_name));
	return 0;
}

/* ---- */

static int inspect(struct worker *w, const struct job *job, struct jci_error *err)
{
	cleanup_verdict struct verdict verdict = VERDICT_INIT;
	cleanup_error struct jci_error why = JCI_ERROR_INIT;
	int found = find_result(w, job, &verdict, &why);

	worker_called(w, &why);
	if (found < 0)
		return postpone_job(w, job, "job.uninspected", &why, err);
	if (found > 0)
		return finish_job(w, job, verdict.reason, verdict.detail.buf, err);
	return job->state == JOB_EXITED ? end_exited(w, job, err) : end_abandoned(w, job, err);
}

int inspect_next(struct worker *w, struct jci_error *err)
{
	cleanup_job struct job job = {0};
	int found = queue_to_inspect(w->b->queue, &job, err);

	if (found <= 0)
		return found;
	fault_point("inspect");
	return inspect(w, &job, err) < 0 ? err->code : 1;
}

/* Results first: someone waits for them, and they make room for what is prepared. */
static int inspect_or_prepare(struct worker *w, struct jci_error *err)
{
	int did = inspect_next(w, err);

	if (did < 0 || w->rest_us > 0)
		return did;
	if (prepare_next(w, err) > 0)
		did = 1;
	return err->code < 0 ? err->code : did;
}

const struct worker_kind inspector = {
	.threads = 4, .step = inspect_or_prepare, .interval_us = INT64_C(1000) * 1000};
