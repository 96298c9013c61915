/* Carrying out a plan: core/prune.h. */
#include "core/prune.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/transport.h"
#include "util/alloc.h"
#include "util/gettext.h"

/* So often the refs are looked at again, where somebody else removes some at the same time. */
enum { MAX_TRIES = 3 };

static bool is_to_go(const struct jci_prune_item *item)
{
	return jci_prune_goes(item->why) && item->fate == JCI_PRUNE_PLANNED;
}

/* ---- here ---- */

/* Whether any of them is no longer what it was. */
static bool drop_changed(const struct jci_repo *repo, struct jci_prune *prune)
{
	bool any = false;

	for (size_t i = 0; i < prune->n; i++) {
		struct jci_prune_item *item = &prune->items[i];
		cleanup_error struct jci_error gone = JCI_ERROR_INIT;
		git_oid target;

		if (!is_to_go(item) ||
		    (jci_refs_lookup(repo, &item->ref.commit, &item->ref.id, &target, &gone) == 0 &&
		     git_oid_equal(&target, &item->ref.target)))
			continue;
		item->fate = JCI_PRUNE_VANISHED;
		any = true;
	}
	return any;
}

static int remove_here(const struct jci_repo *repo, struct jci_prune *prune, struct jci_error *err)
{
	for (int tries = 1;; tries++) {
		cleanup_refs struct jci_refs refs = JCI_REFS_INIT;

		for (size_t i = 0; i < prune->n; i++)
			if (is_to_go(&prune->items[i]))
				jci_refs_add(&refs, &prune->items[i].ref);
		if (jci_refs_delete(repo, &refs, err) == 0)
			break;
		if (tries == MAX_TRIES || !drop_changed(repo, prune))
			return err->code;
		jci_error_clear(err);
	}
	for (size_t i = 0; i < prune->n; i++)
		if (is_to_go(&prune->items[i]))
			prune->items[i].fate = JCI_PRUNE_REMOVED;
	return 0;
}

/* ---- on a remote ---- */

/* The items of one push, sorted by ref. */
struct batch {
	struct jci_prune_item **items;
	size_t n;
};

static int cmp_pointers(const void *x, const void *y)
{
	struct jci_prune_item *const *a = x, *const *b = y;

	return jci_ref_cmp(&(*a)->ref, &(*b)->ref);
}

static int cmp_ref_item(const void *ref, const void *item)
{
	return jci_ref_cmp(ref, &(*(struct jci_prune_item *const *)item)->ref);
}

static void on_report(void *ctx, const struct jci_ref_report *report)
{
	const struct batch *batch = ctx;
	struct jci_prune_item **found = NULL;
	struct jci_ref ref;

	if (jci_ref_parse(&ref, report->name, report->len) && batch->n > 0)
		found = bsearch(&ref, batch->items, batch->n, sizeof(*batch->items), cmp_ref_item);
	if (!found)
		return;
	if (report->flag == '-') {
		(*found)->fate = JCI_PRUNE_REMOVED;
		return;
	}
	free((*found)->message);
	(*found)->message = xasprintf("%.*s", (int)report->why_len, report->why);
	(*found)->fate = JCI_PRUNE_REFUSED;
}

/* Half of what the system takes as arguments is left for the environment and their pointers. */
static size_t max_bytes(void)
{
	long max = sysconf(_SC_ARG_MAX);

	return max > 0 ? (size_t)max / 2 : 64 * 1024;
}

/* Takes as many from `from` on as one command line holds, and makes that. */
static void fill_batch(struct batch *batch, struct jci_argv *argv, struct jci_prune_item **from,
		       size_t n)
{
	size_t bytes = 0, max = max_bytes();

	batch->items = from;
	for (batch->n = 0; batch->n < n && bytes < max; batch->n++) {
		cleanup_strbuf struct strbuf name = STRBUF_INIT;
		const struct jci_ref *ref = &from[batch->n]->ref;

		jci_ref_name(&name, ref);
		/* it goes only as it was seen */
		jci_argv_add(argv, "--force-with-lease=%s:%s", name.buf,
			     git_oid_tostr_s(&ref->target));
		jci_argv_add(argv, ":%s", name.buf);
		bytes += 2 * (name.len + 64);
	}
}

/* *done: how many were in it. Not one report: git gave up before it asked for anything. */
static int push_batch(const struct jci_repo *repo, const struct jci_remote *remote,
		      struct jci_prune_item **from, size_t n, size_t *done, struct jci_error *err)
{
	cleanup_argv struct jci_argv argv = {NULL, 0, 0};
	struct batch batch;
	bool reported;

	jci_transport_begin(&argv, repo, remote, "push");
	jci_argv_add(&argv, "%s", remote->name);
	fill_batch(&batch, &argv, from, n);
	*done = batch.n;
	if (jci_transport_push(&argv, remote, on_report, &batch, &reported, err) < 0) {
		if (!reported)
			return err->code;
		jci_error_clear(err); /* the items have what was refused */
	}
	return 0;
}

static int push_all(const struct jci_repo *repo, const struct jci_remote *remote,
		    struct jci_prune *prune, struct jci_error *err)
{
	cleanup_free struct jci_prune_item **items = xcalloc(prune->n + 1, sizeof(*items));
	size_t n = 0, done;

	for (size_t i = 0; i < prune->n; i++)
		if (is_to_go(&prune->items[i]))
			items[n++] = &prune->items[i];
	qsort(items, n, sizeof(*items), cmp_pointers);
	for (size_t at = 0; at < n; at += done)
		if (push_batch(repo, remote, items + at, n - at, &done, err) < 0)
			return err->code;
	return 0;
}

/* Refused by git here, for what it saw there. */
static bool is_stale(const struct jci_prune_item *item)
{
	return item->fate == JCI_PRUNE_REFUSED && strncmp(item->message, "[rejected]", 10) == 0;
}

/*
 * What became of those that somebody else removes or changes at the same time? git refuses them or,
 * where it can't tell them from a slip, all at once. Whether there are any of the latter.
 */
static bool drop_vanished(const struct jci_repo *repo, const struct jci_remote *remote,
			  struct jci_prune *prune)
{
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;
	cleanup_refs struct jci_refs there = JCI_REFS_INIT;
	bool any = false;

	if (jci_remote_list(repo, remote, &there, &ignored) < 0)
		return false;
	jci_refs_sort(&there);
	for (size_t i = 0; i < prune->n; i++) {
		struct jci_prune_item *item = &prune->items[i];
		const struct jci_ref *now = jci_refs_find(&there, &item->ref);

		if (is_stale(item) && !now)
			item->fate = JCI_PRUNE_VANISHED;
		if (!is_to_go(item) || (now && git_oid_equal(&now->target, &item->ref.target)))
			continue;
		item->fate = JCI_PRUNE_VANISHED;
		any = true;
	}
	return any;
}

static bool any_is_stale(const struct jci_prune *prune)
{
	for (size_t i = 0; i < prune->n; i++)
		if (is_stale(&prune->items[i]))
			return true;
	return false;
}

/* What the remote has from now on, as far as is known. */
static int remember(const struct jci_repo *repo, const struct jci_remote *remote,
		    const struct jci_prune *prune, struct jci_error *err)
{
	cleanup_refs struct jci_refs removed = JCI_REFS_INIT, left = JCI_REFS_INIT;

	for (size_t i = 0; i < prune->n; i++)
		if (prune->items[i].fate == JCI_PRUNE_REMOVED ||
		    prune->items[i].fate == JCI_PRUNE_VANISHED)
			jci_refs_add(&removed, &prune->items[i].ref);
	if (removed.n == 0)
		return 0;
	jci_refs_sort(&removed);
	for (size_t i = 0; i < prune->there.n; i++)
		if (!jci_refs_find(&removed, &prune->there.items[i]))
			jci_refs_add(&left, &prune->there.items[i]);
	return jci_remote_saw(repo, remote->name, &left, err);
}

static int remove_there(const struct jci_repo *repo, const struct jci_remote *remote,
			struct jci_prune *prune, struct jci_error *err)
{
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;
	int code;

	for (int tries = 1; (code = push_all(repo, remote, prune, err)) < 0; tries++) {
		if (tries == MAX_TRIES || !drop_vanished(repo, remote, prune))
			break;
		jci_error_clear(err);
	}
	if (any_is_stale(prune))
		drop_vanished(repo, remote, prune);
	if (remember(repo, remote, prune, code < 0 ? &ignored : err) < 0 && code == 0)
		code = err->code;
	return code;
}

int jci_prune_remove(const struct jci_repo *repo, const struct jci_remote *remote,
		     struct jci_prune *prune, struct jci_error *err)
{
	return remote ? remove_there(repo, remote, prune, err) : remove_here(repo, prune, err);
}
