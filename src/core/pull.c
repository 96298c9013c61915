/* Fetching runs, and what a remote has: core/remote.h. */
#include "core/transport.h"

#include <stdlib.h>
#include <string.h>

#include "core/artifacts.h"
#include "util/alloc.h"
#include "util/gettext.h"

/* ---- what is there ---- */

/* "<hash> TAB <name>" */
static void add_listed(struct jci_refs *refs, const char *line, size_t len)
{
	struct jci_ref ref;

	if (len > GIT_OID_HEXSZ + 1 && line[GIT_OID_HEXSZ] == '\t' &&
	    jci_ref_parse(&ref, line + GIT_OID_HEXSZ + 1, len - GIT_OID_HEXSZ - 1) &&
	    git_oid_fromstrn(&ref.target, line, GIT_OID_HEXSZ) == 0)
		jci_refs_add(refs, &ref);
}

int jci_remote_list(const struct jci_repo *repo, const struct jci_remote *remote,
		    struct jci_refs *refs, struct jci_error *err)
{
	cleanup_argv struct jci_argv argv = {NULL, 0, 0};
	cleanup_strbuf struct strbuf out = STRBUF_INIT;
	const char *end;

	jci_transport_begin(&argv, repo, remote, "ls-remote");
	jci_argv_add(&argv, "--");
	jci_argv_add(&argv, "%s", remote->name);
	jci_argv_add(&argv, "%s*", JCI_REF_PREFIX);
	if (jci_transport_capture(&argv, remote, &out, err) < 0)
		return err->code;
	end = out.buf + out.len;
	for (const char *line = out.buf; line < end;) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		size_t len = (size_t)((newline ? newline : end) - line);

		add_listed(refs, line, len);
		line += len + 1;
	}
	return 0;
}

int jci_remote_default(const struct jci_repo *repo, char **name, struct jci_error *err)
{
	git_strarray names = {NULL, 0};
	const char *found = NULL;
	int code = 0;

	if (git_remote_list(&names, repo->git) < 0)
		return jci_error_git(err, JCI_EFAIL, _("cannot read the remotes"));
	for (size_t i = 0; i < names.count; i++)
		if (names.count == 1 || strcmp(names.strings[i], "origin") == 0)
			found = names.strings[i];
	if (found)
		*name = xstrdup(found);
	else if (names.count == 0)
		code = jci_error_set(err, JCI_EINVALID,
				     _("there is no remote; add one: git remote add origin URL"));
	else
		code = jci_error_set(err, JCI_EINVALID,
				     _("there is no remote 'origin'; which one: git remote"));
	git_strarray_dispose(&names);
	return code;
}

/* ---- fetching ---- */

static const char another_result[] = N_("another result of this run is here");

struct fetching {
	struct jci_transfer *t;
	struct jci_transfer
		refused;          /* by git: that are here in another state, or can't be written */
	struct jci_refs replaced; /* as they were before */
	struct strbuf undo;       /* lines for git-update-ref(1) that take back what is no run */
};

static void fetching_release(struct fetching *f)
{
	jci_transfer_release(&f->refused);
	jci_refs_release(&f->replaced);
	strbuf_release(&f->undo);
}

static enum jci_fate fate_of(char flag)
{
	if (flag == '=')
		return JCI_FATE_SAME;
	return flag == '*' ? JCI_FATE_NEW : JCI_FATE_REPLACED;
}

static void on_report(void *ctx, const struct jci_ref_report *report)
{
	struct fetching *f = ctx;
	struct jci_ref ref = {0};

	if (!jci_ref_parse(&ref, report->name, report->len)) {
		/* in our folder, but none of ours */
		if (report->flag == '*' &&
		    strncmp(report->name, JCI_REF_PREFIX, strlen(JCI_REF_PREFIX)) == 0)
			strbuf_addf(&f->undo, "delete %.*s\n", (int)report->len, report->name);
		return;
	}
	if (report->flag == '!') {
		jci_transfer_refuse(&f->refused,
				    jci_transfer_add(&f->refused, &ref, JCI_FATE_REFUSED),
				    report->why, report->why_len);
		return;
	}
	jci_transfer_add(f->t, &ref, fate_of(report->flag));
	git_oid_cpy(&ref.target, &report->old);
	if (!git_oid_is_zero(&ref.target))
		jci_refs_add(&f->replaced, &ref);
}

/* ONLY: these, whatever is here; otherwise all, and what is here stays. */
static int fetch(const struct jci_repo *repo, const struct jci_pull *pull, struct fetching *f,
		 const struct jci_refs *only, struct jci_error *err)
{
	const struct jci_refs *forced = only ? only : pull->running;
	cleanup_argv struct jci_argv argv = {NULL, 0, 0};
	bool reported;

	jci_transport_begin(&argv, repo, &pull->remote, "fetch");
	jci_argv_add(&argv, "--verbose");
	jci_argv_add(&argv, "--no-tags");
	jci_argv_add(&argv, "--no-prune");
	jci_argv_add(&argv, "--no-write-fetch-head");
	if (pull->dry_run)
		jci_argv_add(&argv, "--dry-run");
	jci_argv_add(&argv, "--");
	jci_argv_add(&argv, "%s", pull->remote.name);
	for (size_t i = 0; forced && i < forced->n; i++) {
		cleanup_strbuf struct strbuf name = STRBUF_INIT;

		jci_ref_name(&name, &forced->items[i]);
		jci_argv_add(&argv, "+%s:%s", name.buf, name.buf);
	}
	if (!only)
		jci_argv_add(&argv, "%s*:%s*", JCI_REF_PREFIX, JCI_REF_PREFIX);
	if (jci_transport_fetch(&argv, &pull->remote, on_report, f, &reported, err) < 0) {
		if (!reported || f->refused.n == 0)
			return err->code;
		jci_error_clear(err); /* that some were refused is all that failed */
	}
	return 0;
}

static bool is_running(const struct jci_repo *repo, const struct jci_ref *ref)
{
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;
	cleanup_record struct jci_record r;

	jci_record_init(&r);
	return jci_record_read(repo, ref, &r, &ignored) == 0 && r.status == JCI_STATUS_RUNNING;
}

static void refuse(struct fetching *f, const struct jci_ref *ref, const char *why)
{
	jci_transfer_refuse(f->t, jci_transfer_add(f->t, ref, JCI_FATE_REFUSED), why, strlen(why));
}

/* Of those that were refused: what replaces a state in which the run went on is taken after all. */
static int fetch_refused(const struct jci_repo *repo, const struct jci_pull *pull,
			 struct fetching *f, struct jci_error *err)
{
	cleanup_refs struct jci_refs running = JCI_REFS_INIT;
	cleanup_transfer struct jci_transfer refused = f->refused;

	f->refused = (struct jci_transfer)JCI_TRANSFER_INIT;
	for (size_t i = 0; i < refused.n; i++) {
		cleanup_error struct jci_error gone = JCI_ERROR_INIT;
		struct jci_ref *ref = &refused.items[i].ref;

		if (jci_refs_lookup(repo, &ref->commit, &ref->id, &ref->target, &gone) < 0)
			refuse(f, ref, refused.items[i].why);
		else if (is_running(repo, ref))
			jci_refs_add(&running, ref);
		else
			refuse(f, ref, _(another_result));
	}
	return running.n > 0 ? fetch(repo, pull, f, &running, err) : 0;
}

/* ---- what came ---- */

static int no_artifact(void *ctx, const struct jci_artifact *a)
{
	(void)ctx;
	(void)a;
	return 0;
}

/* Whether it is a run that may be shown, by its record, and by the names and sizes in its tree. */
static int check_run(const struct jci_repo *repo, const struct jci_ref *ref, struct jci_error *err)
{
	const struct jci_record r = {.ref = *ref};

	if (jci_record_check(repo, ref, err) < 0)
		return err->code;
	return jci_artifacts_walk(repo, &r, no_artifact, NULL, err);
}

/*
 * git takes a descendant in place of anything: of a finished run there must be none. old: NULL
 * where the run was not here.
 */
static int check_came(const struct jci_repo *repo, const struct jci_ref *ref,
		      const struct jci_ref *old, struct jci_error *err)
{
	if (old && !is_running(repo, old))
		return jci_error_set(err, JCI_EEXISTS, "%s", _(another_result));
	return check_run(repo, ref, err);
}

/* Back to what was here before; not if somebody else has changed it since. */
static void add_undo(struct strbuf *undo, const struct jci_ref *ref, const struct jci_ref *old)
{
	strbuf_addstr(undo, old ? "update " : "delete ");
	jci_ref_name(undo, ref);
	if (old)
		strbuf_addf(undo, " %s", git_oid_tostr_s(&old->target));
	strbuf_addf(undo, " %s\n", git_oid_tostr_s(&ref->target));
}

/* What others can make is not to be trusted: what is no run, or not in its place, is refused. */
static int check_all(const struct jci_repo *repo, struct fetching *f, struct jci_error *err)
{
	jci_refs_sort(&f->replaced);
	for (size_t i = 0; i < f->t->n; i++) {
		cleanup_error struct jci_error wrong = JCI_ERROR_INIT;
		struct jci_transfer_item *item = &f->t->items[i];
		struct jci_ref *ref = &item->ref;
		const struct jci_ref *old = jci_refs_find(&f->replaced, ref);

		if (item->fate > JCI_FATE_REPLACED ||
		    jci_refs_lookup(repo, &ref->commit, &ref->id, &ref->target, &wrong) < 0)
			continue; /* another process has removed it */
		if (check_came(repo, ref, old, &wrong) == 0)
			continue;
		add_undo(&f->undo, ref, old);
		jci_transfer_refuse(f->t, item, wrong.message, strlen(wrong.message));
	}
	return f->undo.len > 0 ? jci_refs_update(repo, &f->undo, err) : 0;
}

/* ---- afterwards ---- */

/* What the remote has, as far as it is the same here, and what came from it just now. */
static int remember(const struct jci_repo *repo, const struct jci_pull *pull,
		    struct jci_transfer *t, struct jci_error *err)
{
	cleanup_refs struct jci_refs here = JCI_REFS_INIT, there = JCI_REFS_INIT;
	cleanup_refs struct jci_refs fetched = JCI_REFS_INIT;

	if (jci_refs_list(repo, NULL, &here, err) < 0)
		return err->code;
	jci_refs_sort(&here);
	for (size_t i = 0; i < here.n; i++) {
		struct jci_transfer_item *item = jci_transfer_find(t, &here.items[i]);

		if (!item)
			continue;
		item->ref.target = here.items[i].target;
		if (item->fate <= JCI_FATE_SAME)
			jci_refs_add(&there, &here.items[i]);
		if (item->fate == JCI_FATE_NEW)
			jci_refs_add(&fetched, &here.items[i]);
	}
	if (jci_fetched_add(repo, &fetched, &here, err) < 0)
		return err->code;
	return jci_remote_saw(repo, pull->remote.name, &there, err);
}

/* What the remote had in the state that is here, and now has not. */
static int remove_pruned(const struct jci_repo *repo, const struct jci_pull *pull,
			 const struct jci_refs *seen, struct jci_transfer *t, struct jci_error *err)
{
	cleanup_refs struct jci_refs gone = JCI_REFS_INIT;

	for (size_t i = 0; i < seen->n; i++) {
		cleanup_error struct jci_error missing = JCI_ERROR_INIT;
		struct jci_ref ref = seen->items[i];

		if (jci_transfer_find(t, &ref) ||
		    jci_refs_lookup(repo, &ref.commit, &ref.id, &ref.target, &missing) < 0 ||
		    !git_oid_equal(&ref.target, &seen->items[i].target))
			continue;
		jci_refs_add(&gone, &ref);
	}
	if (!pull->dry_run && jci_refs_delete(repo, &gone, err) < 0)
		return err->code;
	for (size_t i = 0; i < gone.n; i++)
		jci_transfer_add(t, &gone.items[i], JCI_FATE_REMOVED);
	return 0;
}

int jci_pull(const struct jci_repo *repo, const struct jci_pull *pull, struct jci_transfer *t,
	     struct jci_error *err)
{
	cleanup(fetching_release) struct fetching f = {.t = t, .undo = STRBUF_INIT};
	cleanup_refs struct jci_refs seen = JCI_REFS_INIT;

	if (pull->prune && (jci_remote_seen(repo, pull->remote.name, &seen, err) < 0 ||
			    jci_remote_gone(repo, pull->remote.name, &seen, err) < 0))
		return err->code;
	if (fetch(repo, pull, &f, NULL, err) < 0 || fetch_refused(repo, pull, &f, err) < 0)
		return err->code;
	if (!pull->dry_run && check_all(repo, &f, err) < 0)
		return err->code;
	jci_transfer_sort(t);
	if (remove_pruned(repo, pull, &seen, t, err) < 0)
		return err->code;
	jci_transfer_sort(t);
	return pull->dry_run ? 0 : remember(repo, pull, t, err);
}
