#include "server/trials.h"

#include "util/alloc.h"
#include "util/clock.h"

/* What did not fail for so long either went well or is gone: nothing waits for longer. */
#define FORGET_US (INT64_C(3600) * 1000 * 1000)

void trials_init(struct trials *t)
{
	*t = (struct trials){0};
	pthread_mutex_init(&t->lock, NULL);
}

void trials_release(struct trials *t)
{
	pthread_mutex_destroy(&t->lock);
	free(t->trials);
}

static void drop_old(struct trials *t, int64_t now)
{
	for (size_t i = 0; i < t->n;) {
		if (now - t->trials[i].last_us > FORGET_US)
			t->trials[i] = t->trials[--t->n];
		else
			i++;
	}
}

static struct trial *find(struct trials *t, int64_t id)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->trials[i].id == id)
			return &t->trials[i];
	return NULL;
}

unsigned trials_failed(struct trials *t, int64_t id, int64_t *since_us)
{
	int64_t now = clock_monotonic_us();
	struct trial *trial;
	unsigned failures;

	pthread_mutex_lock(&t->lock);
	trial = find(t, id);
	if (!trial) {
		drop_old(t, now);
		ARRAY_GROW(t->trials, t->n + 1, t->cap);
		trial = &t->trials[t->n++];
		*trial = (struct trial){.id = id, .first_us = now};
	}
	trial->last_us = now;
	failures = ++trial->failures;
	*since_us = now - trial->first_us;
	pthread_mutex_unlock(&t->lock);
	return failures;
}

void trials_forget(struct trials *t, int64_t id)
{
	struct trial *trial;

	pthread_mutex_lock(&t->lock);
	trial = find(t, id);
	if (trial)
		*trial = t->trials[--t->n];
	pthread_mutex_unlock(&t->lock);
}
