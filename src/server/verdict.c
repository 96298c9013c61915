#include "server/verdict.h"

#include <string.h>

#include "core/record.h"
#include "util/duration.h"
#include "util/gettext.h"
#include "util/text.h"

enum { MAX_DETAIL = 160 };

void verdict_release(struct verdict *verdict)
{
	strbuf_release(&verdict->detail);
}

/* ---- by a run ---- */

static void describe_end(struct strbuf *sb, const struct jci_record *r)
{
	if (r->signal > 0)
		strbuf_addf(sb, _("failed: signal %d"), r->signal);
	else if (r->exit_status > 0)
		strbuf_addf(sb, _("failed: exit status %d"), r->exit_status);
	else if (r->reason == JCI_REASON_KILLED)
		strbuf_addstr(sb, _("failed: the run was killed"));
	else
		strbuf_addstr(sb, _("failed"));
}

static enum job_reason describe(struct strbuf *sb, const struct jci_record *r)
{
	switch (r->reason) {
	case JCI_REASON_TIMEOUT:
		strbuf_addstr(sb, _("timed out"));
		return JOB_TIMEOUT;
	case JCI_REASON_CANCELLED:
		strbuf_addstr(sb, _("cancelled"));
		return JOB_CANCELLED;
	default:
		describe_end(sb, r);
		return JOB_FAILED;
	}
}

static void add_duration(struct strbuf *sb, const struct jci_record *r)
{
	cleanup_strbuf struct strbuf time = STRBUF_INIT;

	if (r->duration_us < 0)
		return;
	duration_add(&time, r->duration_us);
	/* TRANSLATORS: how long a run took, behind "passed"; then behind how it ended otherwise. */
	strbuf_addf(sb, r->status == JCI_STATUS_OK ? _(" in %s") : _(" after %s"), time.buf);
}

bool verdict_of_run(struct verdict *verdict, const struct strbuf *status_txt,
		    const struct strbuf *run_json)
{
	enum jci_status status = jci_status_parse(status_txt->buf, status_txt->len);
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;
	cleanup_record struct jci_record r;

	jci_record_init(&r);
	if (status != JCI_STATUS_OK && status != JCI_STATUS_ERR)
		return false;
	if (run_json)
		jci_record_from_json(&r, run_json->buf, run_json->len, &ignored);
	r.status = status;
	if (status == JCI_STATUS_OK) {
		verdict->reason = JOB_PASSED;
		strbuf_addstr(&verdict->detail, _("passed"));
	} else {
		verdict->reason = describe(&verdict->detail, &r);
	}
	add_duration(&verdict->detail, &r);
	return true;
}

/* ---- by the runner ---- */

static bool is(const struct job *job, const char *exit_reason)
{
	return job->exit_reason && strcmp(job->exit_reason, exit_reason) == 0;
}

static void describe_exit(struct strbuf *sb, const struct job *job)
{
	size_t len = job->detail ? strlen(job->detail) : 0;

	if (is(job, "exited"))
		strbuf_addf(sb, _("the container ended with status %d without pushing a result"),
			    job->exit_status);
	else if (len > 0)
		text_add_safe(sb, job->detail,
			      len > MAX_DETAIL ? utf8_whole(job->detail, MAX_DETAIL) : len);
	else if (is(job, "refused"))
		strbuf_addstr(sb, _("the runner refused the image"));
	else
		strbuf_addstr(sb, _("the runner could not start it"));
}

void verdict_of_runner(struct verdict *verdict, const struct job *job, int64_t timeout_us)
{
	cleanup_strbuf struct strbuf time = STRBUF_INIT;

	if (is(job, "timeout")) {
		verdict->reason = JOB_TIMEOUT;
		duration_add(&time, timeout_us);
		strbuf_addf(&verdict->detail, _("ran past %s and was removed"), time.buf);
	} else if (is(job, "cancelled")) {
		verdict->reason = JOB_CANCELLED;
		strbuf_addstr(&verdict->detail, _("cancelled"));
	} else {
		verdict->reason = JOB_BROKEN;
		describe_exit(&verdict->detail, job);
	}
}
