#include "web/find.h"

#include <string.h>

#include "core/find.h"
#include "util/gettext.h"

const char *web_status_name(enum jci_status status)
{
	switch (status) {
	case JCI_STATUS_OK:
		return "success";
	case JCI_STATUS_ERR:
		return "failed";
	default:
		return jci_status_name(status);
	}
}

int web_find_commit(struct web_request *rq, const char *hex, git_oid *commit)
{
	const size_t len = strspn(hex, "0123456789abcdef");

	if (hex[len] || len < GIT_OID_MINPREFIXLEN || len > GIT_OID_HEXSZ)
		return jci_error_set(&rq->err, JCI_ENOTFOUND, _("'%s' is no commit"), hex);
	return jci_find_commit(rq->repo, hex, commit, &rq->err);
}

/* 1: found. */
static int find_live(struct web_request *rq, const git_oid *commit, const struct jci_run_id *id,
		     struct jci_record *r)
{
	cleanup_records struct jci_records live = JCI_RECORDS_INIT;

	if (jci_live_list(rq->repo, &live, &rq->err) < 0)
		return rq->err.code;
	for (size_t i = 0; i < live.n; i++) {
		const struct jci_ref *ref = &live.items[i].ref;

		if (jci_run_id_cmp(&ref->id, id) == 0 && git_oid_equal(&ref->commit, commit)) {
			jci_record_copy(r, &live.items[i]);
			return 1;
		}
	}
	return 0;
}

/* 1: found. */
static int find_stored(struct web_request *rq, const git_oid *commit, const struct jci_run_id *id,
		       struct jci_record *r)
{
	struct jci_ref ref = {.commit = *commit, .id = *id};
	int code = jci_refs_lookup(rq->repo, commit, id, &ref.target, &rq->err);

	if (code == 0)
		return jci_record_read_full(rq->repo, &ref, r, &rq->err) < 0 ? rq->err.code : 1;
	if (code == JCI_ENOTFOUND) {
		jci_error_clear(&rq->err);
		return 0;
	}
	return code;
}

/* A run that is stored between the two looks leaves the registry only then. */
static int find_by_id(struct web_request *rq, const git_oid *commit, const struct jci_run_id *id,
		      struct jci_record *r)
{
	int found = find_stored(rq, commit, id, r);

	if (found == 0)
		found = find_live(rq, commit, id, r);
	return found ? found : find_stored(rq, commit, id, r);
}

static int find_newest(struct web_request *rq, const git_oid *commit, struct jci_record *r)
{
	cleanup_run_list struct jci_run_list *list = NULL;
	cleanup_record struct jci_record newest;
	int code;

	jci_record_init(&newest);
	if (jci_run_list_new(&list, rq->repo, commit, &rq->err) < 0)
		return rq->err.code;
	code = jci_run_list_next(list, &newest, &rq->err);
	if (code < 0)
		return code;
	if (code == 0)
		return jci_error_set(&rq->err, JCI_ENOTFOUND, _("commit %.12s has no run"),
				     git_oid_tostr_s(commit));
	if (jci_record_is_stored(&newest))
		return jci_record_read_full(rq->repo, &newest.ref, r, &rq->err);
	jci_record_copy(r, &newest);
	return 0;
}

int web_find_run(struct web_request *rq, const git_oid *commit, const char *id,
		 struct jci_record *r)
{
	struct jci_run_id run;
	int found;

	if (!id)
		return find_newest(rq, commit, r);
	if (!jci_run_id_parse(&run, id, strlen(id)))
		return jci_error_set(&rq->err, JCI_ENOTFOUND, _("'%s' is no run id"), id);
	found = find_by_id(rq, commit, &run, r);
	if (found == 0)
		return jci_error_set(&rq->err, JCI_ENOTFOUND, _("commit %.12s has no run '%s'"),
				     git_oid_tostr_s(commit), id);
	return found < 0 ? found : 0;
}

int web_find_run_at(struct web_request *rq, size_t i, struct jci_record *r)
{
	git_oid commit;

	if (web_find_commit(rq, rq->args[i].s, &commit) < 0)
		return rq->err.code;
	return web_find_run(rq, &commit, i + 1 < rq->n_args ? rq->args[i + 1].s : NULL, r);
}
