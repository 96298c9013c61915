#include "core/verify.h"

#include <string.h>

#include "core/find.h"

void jci_verdict_init(struct jci_verdict *v)
{
	*v = (struct jci_verdict){.why = JCI_VERIFY_NONE};
	jci_record_init(&v->newest);
}

void jci_verdict_release(struct jci_verdict *v)
{
	jci_record_release(&v->newest);
}

static bool is_asked_for(const char *wanted, const char *have)
{
	return !wanted || (have && strcmp(wanted, have) == 0);
}

static bool is_finished(const struct jci_record *r)
{
	return r->status == JCI_STATUS_OK || r->status == JCI_STATUS_ERR;
}

/* Runs come newest first. */
static void take(struct jci_verdict *v, const struct jci_verify_rules *rules, struct jci_record *r)
{
	if (r->status == JCI_STATUS_RUNNING && !v->running) {
		v->running = true;
		v->running_id = r->ref.id;
	}
	if (!is_finished(r) || !is_asked_for(rules->trigger, r->trigger) ||
	    !is_asked_for(rules->host, r->host))
		return;
	if (jci_run_id_us(&r->ref.id) > rules->now_us + JCI_VERIFY_AHEAD_US) {
		v->future = true;
		v->future_id = r->ref.id;
		return;
	}
	if (r->dirty && !rules->dirty) {
		if (v->why == JCI_VERIFY_NONE)
			v->why = JCI_VERIFY_DIRTY;
		return;
	}
	v->green += r->status == JCI_STATUS_OK;
	if (v->newest.status == JCI_STATUS_NONE)
		jci_record_copy(&v->newest, r);
}

int jci_verify(const struct jci_repo *repo, const git_oid *commit,
	       const struct jci_verify_rules *rules, struct jci_verdict *v, struct jci_error *err)
{
	cleanup_run_list struct jci_run_list *runs = NULL;
	int code = 1;

	git_oid_cpy(&v->commit, commit);
	if (jci_run_list_new(&runs, repo, commit, err) < 0)
		return err->code;
	while (code > 0) {
		cleanup_record struct jci_record r;

		jci_record_init(&r);
		code = jci_run_list_next(runs, &r, err);
		if (code > 0)
			take(v, rules, &r);
	}
	if (code < 0)
		return code;
	if (v->newest.status == JCI_STATUS_ERR)
		v->why = JCI_VERIFY_RED;
	else if (v->newest.status == JCI_STATUS_OK)
		v->why = v->green < (size_t)rules->require ? JCI_VERIFY_FEW : JCI_VERIFY_GREEN;
	return 0;
}
