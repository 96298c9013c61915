/*
 * Deploy keys that nobody needs any more: those of jobs that are done, and those that a server left
 * at Gitea which was killed before it had noted them down.
 */
#include "server/backgroundpriv.h"

#include "server/allow.h"
#include "util/clock.h"

static bool delete_key(struct worker *w, const struct key_ref *key, const char *event)
{
	cleanup_error struct jci_error why = JCI_ERROR_INIT;
	bool gone = gitea_delete_key(w->gitea, key, &why) == 0 || why.code == JCI_ENOTFOUND;

	worker_called(w, &why);
	event_log(w->log, gone ? event : "key.failed", EVENT_TEXT("repository", key->repository),
		  EVENT_INT("key", key->id), EVENT_TEXT("why", why.message));
	/* what Gitea refuses to delete now is found by the sweep again */
	return gone || why.code == JCI_EINVALID;
}

static int delete_next(struct worker *w, struct jci_error *err)
{
	cleanup_key_ref struct key_ref key = {0};
	int found = queue_key_to_delete(w->b->queue, &key, err);

	if (found <= 0)
		return found;
	if (delete_key(w, &key, "key.deleted"))
		return queue_key_gone(w->b->queue, &key, err) < 0 ? err->code : 1;
	if (w->rest_us == 0)
		w->rest_us = worker_backoff_us(w, 1);
	return 1;
}

/* ---- leftovers ---- */

static int sweep_key(struct worker *w, const char *repository, int64_t id, struct jci_error *err)
{
	struct key_ref key = {.repository = (char *)repository, .id = id};
	bool used = true;

	if (queue_key_is_used(w->b->queue, &key, &used, err) < 0)
		return err->code;
	if (!used)
		delete_key(w, &key, "key.swept");
	return 0;
}

static int sweep_repository(struct worker *w, const char *repository, struct jci_error *err)
{
	cleanup_error struct jci_error why = JCI_ERROR_INIT;
	cleanup_free int64_t *ids = NULL;
	size_t n = 0;
	int code = gitea_keys(w->gitea, repository, KEY_TITLE, &ids, &n, &why);

	worker_called(w, &why);
	if (code < 0) {
		event_log(w->log, "key.failed", EVENT_TEXT("repository", repository),
			  EVENT_TEXT("why", why.message));
		return 0;
	}
	/* until what is being added right now is in the queue */
	pthread_rwlock_wrlock(&w->b->adding);
	pthread_rwlock_unlock(&w->b->adding);
	for (size_t i = 0; i < n && w->rest_us == 0; i++)
		if (sweep_key(w, repository, ids[i], err) < 0)
			return err->code;
	return 0;
}

/* 1: Gitea is away, and it is to be begun again. */
static int sweep(struct worker *w, struct jci_error *err)
{
	cleanup_name_list struct name_list list = {0};

	if (queue_repositories(w->b->queue, &list, err) < 0)
		return err->code;
	for (size_t i = 0; i < list.n && !atomic_load(&w->b->stopping); i++) {
		if (allow_has(w->b->options->repositories, list.names[i]) &&
		    sweep_repository(w, list.names[i], err) < 0)
			return err->code;
		if (w->rest_us > 0)
			return 1;
	}
	w->due_us = clock_monotonic_us() + w->b->options->catch_up_us;
	return 0;
}

static int keep_keys(struct worker *w, struct jci_error *err)
{
	int did = delete_next(w, err);

	if (did != 0 || !w->b->options->deploy_keys || clock_monotonic_us() < w->due_us)
		return did;
	return sweep(w, err);
}

const struct worker_kind key_keeper = {
	.threads = 1, .step = keep_keys, .interval_us = INT64_C(1000) * 1000};
