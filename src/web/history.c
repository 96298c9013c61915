#include "web/history.h"

#include <pthread.h>
#include <string.h>

#include "core/walk.h"
#include "util/alloc.h"
#include "util/gettext.h"

enum { MAX_HISTORIES = 8 };

struct history {
	git_oid tip;
	pthread_mutex_t lock; /* of all below */
	struct jci_repo repo;
	bool open, end;
	struct jci_walk *walk; /* NULL until the first step, and after the last */
	git_oid *commits;
	size_t n, cap;
	/* under the lock of all: */
	size_t users;
	uint64_t used; /* when, by the clock below; 0: nobody will ask for it any more */
};

struct web_histories {
	pthread_mutex_t lock;
	struct history *items[MAX_HISTORIES];
	uint64_t clock;
	bool stopping; /* atomic */
};

struct web_histories *web_histories_new(void)
{
	struct web_histories *all = xcalloc(1, sizeof(*all));

	pthread_mutex_init(&all->lock, NULL);
	return all;
}

void web_histories_stop(struct web_histories *all)
{
	__atomic_store_n(&all->stopping, true, __ATOMIC_RELAXED);
}

static void history_free(struct history *h)
{
	if (!h)
		return;
	jci_walk_free(h->walk);
	if (h->open)
		jci_repo_release(&h->repo);
	pthread_mutex_destroy(&h->lock);
	free(h->commits);
	free(h);
}

void web_histories_free(struct web_histories *all)
{
	if (!all)
		return;
	for (size_t i = 0; i < MAX_HISTORIES; i++)
		history_free(all->items[i]);
	pthread_mutex_destroy(&all->lock);
	free(all);
}

/* The place of the tip's, of none, or of the one used longest ago. (Under the lock.) */
static struct history **place_of(struct web_histories *all, const git_oid *tip)
{
	struct history **place = &all->items[0];

	for (size_t i = 0; i < MAX_HISTORIES; i++) {
		struct history **item = &all->items[i];

		if (*item && git_oid_equal(&(*item)->tip, tip))
			return item;
		if (!*item || (*place && (*item)->used < (*place)->used))
			place = item;
	}
	return place;
}

/* One that is in use leaves the list, and is freed by its last user. */
static struct history *acquire(struct web_histories *all, const git_oid *tip)
{
	struct history **place, *h;

	pthread_mutex_lock(&all->lock);
	place = place_of(all, tip);
	h = *place;
	if (h && !git_oid_equal(&h->tip, tip)) {
		h->used = 0;
		if (!h->users)
			history_free(h);
		h = NULL;
	}
	if (!h) {
		h = xcalloc(1, sizeof(*h));
		pthread_mutex_init(&h->lock, NULL);
		h->tip = *tip;
		*place = h;
	}
	h->used = ++all->clock;
	h->users++;
	pthread_mutex_unlock(&all->lock);
	return h;
}

static void let_go(struct web_histories *all, struct history *h)
{
	pthread_mutex_lock(&all->lock);
	if (--h->users == 0 && h->used == 0)
		history_free(h);
	pthread_mutex_unlock(&all->lock);
}

static int begin(struct history *h, struct jci_error *err)
{
	if (!h->open && jci_repo_open(&h->repo, err) < 0)
		return err->code;
	h->open = true;
	if (jci_walk_new(&h->walk, &h->repo, false, err) < 0)
		return err->code;
	return jci_walk_push(h->walk, git_oid_tostr_s(&h->tip), err);
}

/* Starts anew after a failure. */
static void give_up(struct history *h)
{
	jci_walk_free(h->walk);
	h->walk = NULL;
	h->n = 0;
}

/* Walks until `want` commits are known, or all. (Under its lock.) */
static int reach(struct history *h, size_t want, const bool *stopping, struct jci_error *err)
{
	int code = 1;

	if (h->end || h->n >= want)
		return 0;
	if (!h->walk && begin(h, err) < 0) {
		give_up(h);
		return err->code;
	}
	while (h->n < want && code > 0) {
		if (__atomic_load_n(stopping, __ATOMIC_RELAXED))
			return jci_error_set(err, JCI_EFAIL, _("the server is stopping"));
		ARRAY_GROW(h->commits, h->n + 1, h->cap);
		code = jci_walk_next(h->walk, &h->commits[h->n], err);
		h->n += code > 0;
	}
	if (code < 0)
		give_up(h);
	h->end = code == 0;
	return code < 0 ? code : 0;
}

ssize_t web_history_get(struct web_histories *all, const git_oid *tip, size_t from, size_t n,
			git_oid *commits, struct jci_error *err)
{
	struct history *h = acquire(all, tip);
	size_t got = 0;
	int code;

	pthread_mutex_lock(&h->lock);
	code = reach(h, from + n, &all->stopping, err);
	if (code == 0 && from < h->n) {
		got = h->n - from < n ? h->n - from : n;
		memcpy(commits, h->commits + from, got * sizeof(*commits));
	}
	pthread_mutex_unlock(&h->lock);
	let_go(all, h);
	return code < 0 ? code : (ssize_t)got;
}
