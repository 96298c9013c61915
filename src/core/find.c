#include "core/find.h"

#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"
#include "util/gettext.h"

/* ---- the sequence of runs ---- */

struct item {
	struct jci_ref ref;
	bool live;
	size_t index; /* in `live` */
};

struct jci_run_list {
	const struct jci_repo *repo;
	struct item *items;
	size_t n, next;
	struct jci_records live;
	struct jci_records ready; /* read already, newest last */
};

void jci_run_list_free(struct jci_run_list *list)
{
	if (!list)
		return;
	free(list->items);
	jci_records_release(&list->live);
	jci_records_release(&list->ready);
	free(list);
}

static int newest_first(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	if (x->ref.id.seconds != y->ref.id.seconds)
		return x->ref.id.seconds > y->ref.id.seconds ? -1 : 1;
	return jci_run_id_cmp(&y->ref.id, &x->ref.id);
}

static bool is_listed(const struct jci_refs *refs, const struct jci_ref *ref)
{
	for (size_t i = 0; i < refs->n; i++)
		if (jci_run_id_cmp(&refs->items[i].id, &ref->id) == 0 &&
		    git_oid_equal(&refs->items[i].commit, &ref->commit))
			return true;
	return false;
}

/* A run is stored before it leaves the live registry, and is then in both. */
static void add_live(struct jci_run_list *list, const git_oid *commit, const struct jci_refs *refs)
{
	for (size_t i = 0; i < list->live.n; i++) {
		const struct jci_ref *ref = &list->live.items[i].ref;

		if (commit && !git_oid_equal(commit, &ref->commit))
			continue;
		if (!is_listed(refs, ref))
			list->items[list->n++] =
				(struct item){.ref = *ref, .live = true, .index = i};
	}
}

/*
 * The live registry is read first: a run that is stored meanwhile is then seen in both places
 * rather than in none.
 */
int jci_run_list_new(struct jci_run_list **out, const struct jci_repo *repo, const git_oid *commit,
		     struct jci_error *err)
{
	cleanup_refs struct jci_refs refs = JCI_REFS_INIT;
	cleanup_run_list struct jci_run_list *list = xcalloc(1, sizeof(*list));

	list->repo = repo;
	if (jci_live_list(repo, &list->live, err) < 0 ||
	    jci_refs_list(repo, commit, &refs, err) < 0)
		return err->code;
	list->items = xcalloc(refs.n + list->live.n + 1, sizeof(*list->items));
	for (size_t i = 0; i < refs.n; i++)
		list->items[list->n++].ref = refs.items[i];
	add_live(list, commit, &refs);
	qsort(list->items, list->n, sizeof(*list->items), newest_first);
	*out = steal_ptr(list);
	return 0;
}

/*
 * One item's record, moved out of the registry's list or read from its commit; of one that can't be
 * read, its name alone.
 */
static void read_item(struct jci_run_list *list, const struct item *item, struct jci_record *r)
{
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;

	jci_record_init(r);
	if (item->live) {
		*r = list->live.items[item->index];
		jci_record_init(&list->live.items[item->index]);
		return;
	}
	if (jci_record_read(list->repo, &item->ref, r, &ignored) < 0) {
		jci_record_release(r);
		r->ref = item->ref;
		r->start_us = jci_run_id_us(&item->ref.id);
	}
}

static int oldest_first(const void *a, const void *b)
{
	const struct jci_record *x = a, *y = b;

	if (x->start_us != y->start_us)
		return x->start_us < y->start_us ? -1 : 1;
	return jci_run_id_cmp(&x->ref.id, &y->ref.id);
}

/* Reads all runs of the next second: only their stored start times tell their order. */
static void read_second(struct jci_run_list *list)
{
	int64_t seconds = list->items[list->next].ref.id.seconds;
	struct jci_records *ready = &list->ready;

	while (list->next < list->n && list->items[list->next].ref.id.seconds == seconds) {
		ARRAY_GROW(ready->items, ready->n + 1, ready->cap);
		read_item(list, &list->items[list->next++], &ready->items[ready->n++]);
	}
	qsort(ready->items, ready->n, sizeof(*ready->items), oldest_first);
}

int jci_run_list_next(struct jci_run_list *list, struct jci_record *r, struct jci_error *err)
{
	(void)err;
	if (list->ready.n == 0 && list->next == list->n)
		return 0;
	if (list->ready.n == 0)
		read_second(list);
	*r = list->ready.items[--list->ready.n];
	return 1;
}

/* ---- names of runs ---- */

static int newest(const struct jci_repo *repo, const git_oid *commit, bool only_ok,
		  struct jci_record *r, struct jci_error *err)
{
	cleanup_run_list struct jci_run_list *list = NULL;
	int code;

	if (jci_run_list_new(&list, repo, commit, err) < 0)
		return err->code;
	while ((code = jci_run_list_next(list, r, err)) > 0) {
		if (!only_ok || r->status == JCI_STATUS_OK)
			return 0;
		jci_record_release(r);
	}
	if (code < 0)
		return code;
	if (commit)
		return jci_error_set(err, JCI_ENOTFOUND,
				     only_ok ? _("commit %.12s has no green run")
					     : _("commit %.12s has no run; make one with: git jci "
						 "run --worktree %.12s"),
				     git_oid_tostr_s(commit), git_oid_tostr_s(commit));
	return jci_error_set(err, JCI_ENOTFOUND,
			     only_ok ? _("there is no green run yet")
				     : _("there is no run yet; make one with: git jci run"));
}

/* Digits, then perhaps '-' and up to four hexadecimal ones. */
static bool looks_like_id(const char *s)
{
	size_t digits = strspn(s, "0123456789"), hex;

	if (digits < 4)
		return false;
	if (!s[digits])
		return true;
	hex = strspn(s + digits + 1, "0123456789abcdef");
	return s[digits] == '-' && hex <= 4 && !s[digits + 1 + hex];
}

static bool id_has_prefix(const struct jci_run_id *id, const char *prefix)
{
	char text[JCI_RUN_ID_SIZE];

	jci_run_id_format(text, id);
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

static int by_id(const struct jci_repo *repo, const git_oid *commit, const char *prefix,
		 struct jci_record *r, struct jci_error *err)
{
	cleanup_run_list struct jci_run_list *list = NULL;
	const struct item *found = NULL;

	if (jci_run_list_new(&list, repo, commit, err) < 0)
		return err->code;
	for (size_t i = 0; i < list->n; i++) {
		if (!id_has_prefix(&list->items[i].ref.id, prefix))
			continue;
		if (found)
			return jci_error_set(err, JCI_EAMBIGUOUS,
					     _("'%s' is the beginning of several runs; see them "
					       "with: git jci log"),
					     prefix);
		found = &list->items[i];
	}
	if (!found)
		return jci_error_set(err, JCI_ENOTFOUND, _("no run '%s'"), prefix);
	read_item(list, found, r);
	return 0;
}

static bool is_hash(const char *rev)
{
	const size_t len = strlen(rev);

	return len >= GIT_OID_MINPREFIXLEN && len <= GIT_OID_HEXSZ &&
	       strspn(rev, "0123456789abcdef") == len;
}

/* A commit that is not in this repository, but runs of which were fetched; `prefix` is_hash(). */
static int commit_of_refs(const struct jci_repo *repo, const char *prefix, git_oid *commit,
			  struct jci_error *err)
{
	cleanup_refs struct jci_refs refs = JCI_REFS_INIT;
	size_t len = strlen(prefix);
	bool found = false;
	git_oid want;

	if (git_oid_fromstrn(&want, prefix, len) < 0)
		return jci_error_git(err, JCI_EINVALID, "%s", prefix);
	if (jci_refs_list(repo, NULL, &refs, err) < 0)
		return err->code;
	for (size_t i = 0; i < refs.n; i++) {
		const git_oid *have = &refs.items[i].commit;

		if (git_oid_ncmp(have, &want, len) != 0 || (found && git_oid_equal(have, commit)))
			continue;
		if (found)
			return jci_error_set(err, JCI_EAMBIGUOUS, _("commit '%s' is ambiguous"),
					     prefix);
		git_oid_cpy(commit, have);
		found = true;
	}
	if (!found)
		return jci_error_set(err, JCI_ENOTFOUND, _("unknown revision '%s'"), prefix);
	return 0;
}

int jci_find_commit(const struct jci_repo *repo, const char *rev, git_oid *commit,
		    struct jci_error *err)
{
	if (jci_repo_commit(repo, rev, commit, err) == 0)
		return 0;
	if (err->code != JCI_ENOTFOUND || !is_hash(rev))
		return err->code;
	jci_error_clear(err);
	return commit_of_refs(repo, rev, commit, err);
}

static int within(const struct jci_repo *repo, const git_oid *commit, const char *which,
		  struct jci_record *r, struct jci_error *err)
{
	if (strcmp(which, "latest") == 0)
		return newest(repo, commit, false, r, err);
	if (strcmp(which, "latest-ok") == 0)
		return newest(repo, commit, true, r, err);
	return by_id(repo, commit, which, r, err);
}

/*
 * "REVISION/latest" and kin; JCI_ENOTFOUND, with `known` false, where the name is not of that form
 * or there is no such revision.
 */
static int by_path(const struct jci_repo *repo, const char *name, struct jci_record *r, bool *known,
		   struct jci_error *err)
{
	const char *slash = strrchr(name, '/');
	cleanup_free char *rev = slash ? xstrndup(name, (size_t)(slash - name)) : NULL;
	git_oid commit;

	*known = false;
	if (!slash || (strcmp(slash + 1, "latest") != 0 && strcmp(slash + 1, "latest-ok") != 0 &&
		       !looks_like_id(slash + 1)))
		return jci_error_set(err, JCI_ENOTFOUND, _("no run '%s'"), name);
	if (jci_find_commit(repo, rev, &commit, err) < 0)
		return err->code;
	*known = true;
	return within(repo, &commit, slash + 1, r, err);
}

int jci_find_run(const struct jci_repo *repo, const char *name, struct jci_record *r,
		 struct jci_error *err)
{
	cleanup_error struct jci_error as_path = JCI_ERROR_INIT;
	bool known = false;
	git_oid commit;

	if (strncmp(name, JCI_REF_PREFIX, strlen(JCI_REF_PREFIX)) == 0)
		return by_path(repo, name + strlen(JCI_REF_PREFIX), r, &known, err);
	if (strcmp(name, "latest") == 0 || strcmp(name, "latest-ok") == 0)
		return within(repo, NULL, name, r, err);
	if (looks_like_id(name) && by_id(repo, NULL, name, r, err) != JCI_ENOTFOUND)
		return err->code;
	jci_error_clear(err);
	if (by_path(repo, name, r, &known, &as_path) == 0)
		return 0;
	if (as_path.code != JCI_ENOTFOUND)
		return jci_error_set(err, as_path.code, "%s", as_path.message);
	if (jci_find_commit(repo, name, &commit, err) < 0) {
		if (known) /* a branch, but without such a run */
			return jci_error_set(err, as_path.code, "%s", as_path.message);
		if (err->code == JCI_ENOTFOUND)
			return jci_error_set(err, JCI_ENOTFOUND, _("no run or revision '%s'"),
					     name);
		return err->code;
	}
	return newest(repo, &commit, false, r, err);
}
