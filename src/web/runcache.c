#include "web/runcache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"
#include "web/runjson.h"

/* Some 300 bytes each; when it is full all go, which costs less than to know which. */
enum { SLOTS = 1 << 16, MAX_RUNS = SLOTS / 2 };

struct entry {
	struct jci_ref ref;
	struct web_run run;
	char *text; /* NULL: the slot is free */
};

struct web_runcache {
	pthread_mutex_t lock;
	size_t n;
	struct entry slots[SLOTS]; /* open addressing */
};

struct web_runcache *web_runcache_new(void)
{
	struct web_runcache *cache = xcalloc(1, sizeof(*cache));

	pthread_mutex_init(&cache->lock, NULL);
	return cache;
}

static void clear(struct web_runcache *cache)
{
	for (size_t i = 0; i < SLOTS; i++)
		free(cache->slots[i].text);
	memset(cache->slots, 0, sizeof(cache->slots));
	cache->n = 0;
}

void web_runcache_free(struct web_runcache *cache)
{
	if (!cache)
		return;
	clear(cache);
	pthread_mutex_destroy(&cache->lock);
	free(cache);
}

/* (Under the lock.) The run's slot, or the free one where it belongs. */
static struct entry *find(struct web_runcache *cache, const struct jci_ref *ref)
{
	uint32_t hash;
	size_t i;

	memcpy(&hash, ref->target.id, sizeof(hash)); /* as good as random */
	for (i = hash % SLOTS; cache->slots[i].text; i = (i + 1) % SLOTS)
		if (git_oid_equal(&cache->slots[i].ref.target, &ref->target) &&
		    jci_ref_cmp(&cache->slots[i].ref, ref) == 0)
			break;
	return &cache->slots[i];
}

static bool look_up(struct web_runcache *cache, const struct jci_ref *ref, struct web_run *run,
		    struct strbuf *text)
{
	const struct entry *entry;
	bool found;

	pthread_mutex_lock(&cache->lock);
	entry = find(cache, ref);
	found = entry->text != NULL;
	if (found) {
		*run = entry->run;
		strbuf_addstr(text, entry->text);
	}
	pthread_mutex_unlock(&cache->lock);
	return found;
}

static void keep(struct web_runcache *cache, const struct jci_ref *ref, const struct web_run *run,
		 const char *text)
{
	struct entry *entry;

	pthread_mutex_lock(&cache->lock);
	if (cache->n == MAX_RUNS)
		clear(cache);
	entry = find(cache, ref);
	if (!entry->text) {
		*entry = (struct entry){.ref = *ref, .run = *run, .text = xstrdup(text)};
		cache->n++;
	}
	pthread_mutex_unlock(&cache->lock);
}

static bool read_run(const struct jci_repo *repo, const struct jci_ref *ref, struct jci_record *r)
{
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;

	if (jci_record_read(repo, ref, r, &ignored) == 0)
		return true;
	jci_record_release(r);
	r->ref = *ref;
	r->start_us = jci_run_id_us(&ref->id);
	return false;
}

void web_runcache_get(struct web_runcache *cache, const struct jci_repo *repo,
		      const struct jci_ref *ref, struct web_run *run, struct strbuf *text)
{
	cleanup_strbuf struct strbuf own = STRBUF_INIT;
	cleanup_record struct jci_record r;
	bool readable;

	jci_record_init(&r);
	if (look_up(cache, ref, run, text))
		return;
	readable = read_run(repo, ref, &r);
	*run = (struct web_run){.status = r.status, .start_us = r.start_us};
	web_run_add_json(&own, &r);
	if (readable) /* else it may be here later */
		keep(cache, ref, run, own.buf);
	strbuf_addstr(text, own.buf);
}
