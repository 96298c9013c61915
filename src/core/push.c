/* Sending runs: core/remote.h. */
#include "core/transport.h"

#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"
#include "util/gettext.h"

#define INCOMING_PREFIX "refs/jci-incoming/"

static bool has_same(const struct jci_refs *refs, const struct jci_ref *ref)
{
	const struct jci_ref *found = jci_refs_find(refs, ref);

	return found && git_oid_equal(&found->target, &ref->target);
}

/* ---- which ---- */

static int read_status(const struct jci_repo *repo, const struct jci_ref *ref,
		       enum jci_status *status, struct jci_error *err)
{
	cleanup_record struct jci_record r;

	jci_record_init(&r);
	if (jci_record_read(repo, ref, &r, err) < 0)
		return err->code;
	*status = r.status;
	return 0;
}

/* Puts what `there` (sorted) does not have into t as to be sent; false where that is nothing. */
static bool choose(const struct jci_repo *repo, const struct jci_push *push,
		   const struct jci_refs *here, const struct jci_refs *there,
		   struct jci_transfer *t)
{
	bool any = false;

	for (size_t i = 0; i < here->n; i++) {
		cleanup_error struct jci_error broken = JCI_ERROR_INIT;
		const struct jci_ref *ref = &here->items[i];
		enum jci_status status = JCI_STATUS_NONE;
		enum jci_fate fate = has_same(there, ref) ? JCI_FATE_SAME : JCI_FATE_NEW;
		struct jci_transfer_item *item;

		if (fate == JCI_FATE_NEW && read_status(repo, ref, &status, &broken) == 0 &&
		    status == JCI_STATUS_RUNNING && !push->running)
			fate = JCI_FATE_RUNNING;
		item = jci_transfer_add(t, ref, fate);
		if (broken.message)
			jci_transfer_refuse(t, item, broken.message, strlen(broken.message));
		any |= item->fate == JCI_FATE_NEW;
	}
	return any;
}

static void forget(struct jci_transfer *t)
{
	jci_transfer_release(t);
	*t = (struct jci_transfer)JCI_TRANSFER_INIT;
}

/* ---- sending ---- */

struct sending {
	struct jci_transfer *t;
	struct jci_refs changed; /* that the remote has with another result */
};

static void sending_release(struct sending *s)
{
	jci_refs_release(&s->changed);
}

static void on_report(void *ctx, const struct jci_ref_report *report)
{
	static const char theirs[] = "[rejected]"; /* by git here, for what it saw there */
	struct sending *s = ctx;
	struct jci_transfer_item *item;
	struct jci_ref ref;

	if (!jci_ref_parse(&ref, report->name, report->len) ||
	    !(item = jci_transfer_find(s->t, &ref)))
		return;
	if (report->flag == '!') {
		jci_transfer_refuse(s->t, item, report->why, report->why_len);
		if (strncmp(item->why, theirs, strlen(theirs)) == 0)
			jci_refs_add(&s->changed, &item->ref);
	} else if (report->flag == '=') {
		jci_transfer_set(s->t, item, JCI_FATE_SAME);
	} else {
		jci_transfer_set(s->t, item,
				 report->flag == '*' ? JCI_FATE_NEW : JCI_FATE_REPLACED);
	}
}

static void add_named(struct jci_argv *argv, const struct jci_transfer *t)
{
	for (size_t i = 0; i < t->n; i++) {
		cleanup_strbuf struct strbuf name = STRBUF_INIT;

		if (t->items[i].fate != JCI_FATE_NEW)
			continue;
		jci_ref_name(&name, &t->items[i].ref);
		jci_argv_add(argv, "%s:%s", name.buf, name.buf);
	}
}

/* All: git itself looks which of them the remote has, whatever is believed here. */
static void add_all_but(struct jci_argv *argv, const struct jci_transfer *t)
{
	jci_argv_add(argv, "%s*:%s*", JCI_REF_PREFIX, JCI_REF_PREFIX);
	for (size_t i = 0; i < t->n; i++) {
		cleanup_strbuf struct strbuf name = STRBUF_INIT;

		if (t->items[i].fate != JCI_FATE_RUNNING && t->items[i].fate != JCI_FATE_REFUSED)
			continue;
		jci_ref_name(&name, &t->items[i].ref);
		jci_argv_add(argv, "^%s", name.buf);
	}
}

/* What replaces `state` there, and nothing else. */
static void add_lease(struct jci_argv *argv, const struct jci_ref *ref, const git_oid *state)
{
	cleanup_strbuf struct strbuf name = STRBUF_INIT;

	jci_ref_name(&name, ref);
	jci_argv_add(argv, "--force-with-lease=%s:%s", name.buf, git_oid_tostr_s(state));
}

/* Refused refs are no failure: the transfer has them. */
static int push_and_report(const struct jci_argv *argv, const struct jci_push *push,
			   struct sending *s, struct jci_error *err)
{
	bool reported;

	if (jci_transport_push(argv, &push->remote, on_report, s, &reported, err) == 0)
		return 0;
	if (!reported)
		return err->code;
	jci_error_clear(err);
	return 0;
}

static int send(const struct jci_repo *repo, const struct jci_push *push, struct sending *s,
		struct jci_error *err)
{
	cleanup_argv struct jci_argv argv = {NULL, 0, 0};

	jci_transport_begin(&argv, repo, &push->remote, "push");
	jci_argv_add(&argv, "--verbose"); /* tells of what was there as well */
	if (push->replaces)
		add_lease(&argv, &push->runs->items[0], push->replaces);
	jci_argv_add(&argv, "--");
	jci_argv_add(&argv, "%s", push->remote.name);
	if (push->runs)
		add_named(&argv, s->t);
	else
		add_all_but(&argv, s->t);
	return push_and_report(&argv, push, s, err);
}

/* Again without the lease, where the remote does not have the state that it should have. */
static int send_once_or_twice(const struct jci_repo *repo, const struct jci_push *push,
			      struct sending *s, struct jci_error *err)
{
	struct jci_push plain = *push;

	if (send(repo, push, s, err) < 0)
		return err->code;
	if (!push->replaces || s->changed.n == 0)
		return 0;
	plain.replaces = NULL;
	jci_transfer_set(s->t, &s->t->items[0], JCI_FATE_NEW);
	jci_refs_release(&s->changed);
	return send(repo, &plain, s, err);
}

/* ---- what the remote has in another state ---- */

static void incoming_name(struct strbuf *sb, const struct jci_ref *ref)
{
	char id[JCI_RUN_ID_SIZE];

	jci_run_id_format(id, &ref->id);
	strbuf_addf(sb, INCOMING_PREFIX "%s/%s", git_oid_tostr_s(&ref->commit), id);
}

/* Fetches the remote's state of the refs beside ours. */
static int fetch_changed(const struct jci_repo *repo, const struct jci_push *push,
			 const struct jci_refs *changed, struct jci_error *err)
{
	cleanup_argv struct jci_argv argv = {NULL, 0, 0};
	cleanup_strbuf struct strbuf out = STRBUF_INIT;

	jci_transport_begin(&argv, repo, &push->remote, "fetch");
	jci_argv_add(&argv, "--no-tags");
	jci_argv_add(&argv, "--no-write-fetch-head");
	jci_argv_add(&argv, "--");
	jci_argv_add(&argv, "%s", push->remote.name);
	for (size_t i = 0; i < changed->n; i++) {
		cleanup_strbuf struct strbuf from = STRBUF_INIT, to = STRBUF_INIT;

		jci_ref_name(&from, &changed->items[i]);
		incoming_name(&to, &changed->items[i]);
		jci_argv_add(&argv, "+%s:%s", from.buf, to.buf);
	}
	return jci_transport_capture(&argv, &push->remote, &out, err);
}

static int remove_incoming(const struct jci_repo *repo, const struct jci_refs *changed,
			   struct jci_error *err)
{
	for (size_t i = 0; i < changed->n; i++) {
		cleanup_strbuf struct strbuf name = STRBUF_INIT;

		incoming_name(&name, &changed->items[i]);
		if (git_reference_remove(repo->git, name.buf) < 0)
			return jci_error_git(err, JCI_EFAIL, _("cannot remove '%s'"), name.buf);
	}
	return 0;
}

/* Adds what replaces a state in which the run went on; leases keep anything newer there. */
static int add_replaced(struct jci_argv *argv, const struct jci_repo *repo, struct sending *s,
			bool *any, struct jci_error *err)
{
	static const char finished[] = N_("another result of this run is there");

	for (size_t i = 0; i < s->changed.n; i++) {
		cleanup_strbuf struct strbuf name = STRBUF_INIT, incoming = STRBUF_INIT;
		cleanup_error struct jci_error broken = JCI_ERROR_INIT;
		struct jci_ref theirs = s->changed.items[i];
		enum jci_status status = JCI_STATUS_NONE;

		jci_ref_name(&name, &theirs);
		incoming_name(&incoming, &theirs);
		if (jci_ref_resolve(repo, incoming.buf, &theirs.target, err) < 0)
			return err->code;
		read_status(repo, &theirs, &status, &broken);
		if (status != JCI_STATUS_RUNNING) {
			jci_transfer_refuse(s->t, jci_transfer_find(s->t, &theirs), _(finished),
					    strlen(_(finished)));
			continue;
		}
		*any = true;
		add_lease(argv, &theirs, &theirs.target);
		jci_argv_add(argv, "%s:%s", name.buf, name.buf);
	}
	return 0;
}

/* Options and refspecs may be mixed: git's own option parser sorts them. */
static int send_changed(const struct jci_repo *repo, const struct jci_push *push, struct sending *s,
			struct jci_error *err)
{
	cleanup_argv struct jci_argv argv = {NULL, 0, 0};
	bool any = false;

	jci_transport_begin(&argv, repo, &push->remote, "push");
	jci_argv_add(&argv, "%s", push->remote.name);
	if (add_replaced(&argv, repo, s, &any, err) < 0)
		return err->code;
	return any ? push_and_report(&argv, push, s, err) : 0;
}

static int replace_running(const struct jci_repo *repo, const struct jci_push *push,
			   struct sending *s, struct jci_error *err)
{
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;
	int code;

	if (s->changed.n == 0)
		return 0;
	if (fetch_changed(repo, push, &s->changed, err) < 0)
		return err->code;
	code = send_changed(repo, push, s, err);
	if (remove_incoming(repo, &s->changed, code < 0 ? &ignored : err) < 0 && code == 0)
		code = err->code;
	return code;
}

/* ---- two at once ---- */

/* Whether the remote, not git here, refused any. */
static bool any_refused_there(const struct jci_transfer *t)
{
	static const char theirs[] = "[remote ";

	for (size_t i = 0; i < t->n; i++)
		if (t->items[i].fate == JCI_FATE_REFUSED &&
		    strncmp(t->items[i].why, theirs, strlen(theirs)) == 0)
			return true;
	return false;
}

/*
 * Of two that send the same run at once one is refused: it is there all the same. (Also after a
 * push that was killed, whose other end goes on.)
 */
static int forgive(const struct jci_repo *repo, const struct jci_push *push, struct jci_transfer *t,
		   struct jci_error *err)
{
	cleanup_refs struct jci_refs now = JCI_REFS_INIT;

	if (!any_refused_there(t))
		return 0;
	if (jci_remote_list(repo, &push->remote, &now, err) < 0)
		return err->code;
	jci_refs_sort(&now);
	for (size_t i = 0; i < t->n; i++)
		if (t->items[i].fate == JCI_FATE_REFUSED && has_same(&now, &t->items[i].ref))
			jci_transfer_set(t, &t->items[i], JCI_FATE_SAME);
	return 0;
}

/* ---- the module ---- */

/* What was sent, and what turned out to be there, is known to be there from now on. */
static int remember(const struct jci_repo *repo, const struct jci_push *push,
		    const struct jci_transfer *t, struct jci_refs *seen, struct jci_error *err)
{
	size_t known = seen->n;

	for (size_t i = 0; i < t->n; i++) {
		const struct jci_transfer_item *item = &t->items[i];
		struct jci_ref *old = NULL;

		if (item->fate > JCI_FATE_SAME)
			continue;
		if (known > 0)
			old = bsearch(&item->ref, seen->items, known, sizeof(item->ref),
				      jci_ref_cmp);
		if (old)
			old->target = item->ref.target;
		else
			jci_refs_add(seen, &item->ref);
	}
	return jci_remote_saw(repo, push->remote.name, seen, err);
}

static int ask(const struct jci_repo *repo, const struct jci_push *push, struct jci_refs *seen,
	       struct jci_error *err)
{
	jci_refs_release(seen);
	if (jci_remote_list(repo, &push->remote, seen, err) < 0)
		return err->code;
	jci_refs_sort(seen);
	return 0;
}

int jci_push(const struct jci_repo *repo, const struct jci_push *push, struct jci_transfer *t,
	     struct jci_error *err)
{
	cleanup_refs struct jci_refs all = JCI_REFS_INIT, seen = JCI_REFS_INIT;
	cleanup(sending_release) struct sending s = {.t = t, .changed = JCI_REFS_INIT};
	const struct jci_refs none = JCI_REFS_INIT, *here = push->runs ? push->runs : &all;
	bool any;

	if (!push->runs && jci_refs_list(repo, NULL, &all, err) < 0)
		return err->code;
	jci_refs_sort(&all);
	if ((push->dry_run ? ask(repo, push, &seen, err)
			   : jci_remote_seen(repo, push->remote.name, &seen, err)) < 0)
		return err->code;
	any = choose(repo, push, here, push->runs && !push->dry_run ? &none : &seen, t);
	if (!any && !push->dry_run && here->n > 0) { /* or so it was when it was last seen */
		if (ask(repo, push, &seen, err) < 0)
			return err->code;
		forget(t);
		any = choose(repo, push, here, &seen, t);
	}
	jci_transfer_sort(t);
	if (push->dry_run)
		return 0;
	if (any && (send_once_or_twice(repo, push, &s, err) < 0 ||
		    replace_running(repo, push, &s, err) < 0 || forgive(repo, push, t, err) < 0))
		return err->code;
	return here->n > 0 ? remember(repo, push, t, &seen, err) : 0;
}
