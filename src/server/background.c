/* The threads: their start and end, and how long they wait. */
#include "server/backgroundpriv.h"

#include <string.h>
#include <sys/random.h>

#include "util/alloc.h"
#include "util/clock.h"
#include "util/gettext.h"
#include "util/thread.h"

#define SECOND_US   (INT64_C(1000) * 1000)
#define AWAY_MAX_US (30 * SECOND_US)  /* Gitea is looked for */
#define BACKOFF_US  (300 * SECOND_US) /* something is tried again */
#define ASK_MAX_US  (3600 * SECOND_US)
#define GIVE_UP_US  (24 * 3600 * SECOND_US)
/* The queue changes with each webhook and poll; this is how often it is worth a look. */
#define LOOK_US (SECOND_US / 50)

/* ---- waiting ---- */

static bool is_stopping(void *ctx)
{
	const struct background *b = ctx;

	return atomic_load(&b->stopping);
}

void worker_rest(struct worker *w, int64_t us)
{
	struct background *b = w->b;
	int64_t until = clock_monotonic_us() + us;
	struct timespec at = {.tv_sec = until / SECOND_US, .tv_nsec = until % SECOND_US * 1000};
	uint64_t returns;
	int ret = 0;

	pthread_mutex_lock(&b->lock);
	returns = b->returns;
	while (ret == 0 && !atomic_load(&b->stopping) && b->returns == returns)
		ret = pthread_cond_timedwait(&b->changed, &b->lock, &at);
	pthread_mutex_unlock(&b->lock);
}

/* min << (n - 1), at most max, less up to half of it: many who wait shall not come back at once. */
static int64_t backoff_us(unsigned n, int64_t min_us, int64_t max_us)
{
	int64_t us = min_us;
	uint32_t part;

	while (--n > 0 && us < max_us)
		us *= 2;
	if (us > max_us)
		us = max_us;
	if (getrandom(&part, sizeof(part), 0) != sizeof(part))
		part = 0;
	return us - us / 2 * (part % 1024) / 1024;
}

/* What Gitea asks for is not taken for more than an hour. */
static int64_t at_least_asked(const struct worker *w, int64_t us)
{
	int64_t asked = gitea_retry_after_us(w->gitea);

	if (asked > ASK_MAX_US)
		asked = ASK_MAX_US;
	return asked > us ? asked : us;
}

int64_t worker_backoff_us(const struct worker *w, unsigned failures)
{
	return at_least_asked(w, backoff_us(failures, SECOND_US, BACKOFF_US));
}

/* Whether it was the other way before. */
static bool set_away(struct background *b, bool away)
{
	bool before;

	pthread_mutex_lock(&b->lock);
	before = b->away;
	b->away = away;
	if (before && !away) {
		b->returns++;
		pthread_cond_broadcast(&b->changed);
	}
	pthread_mutex_unlock(&b->lock);
	return before != away;
}

void worker_called(struct worker *w, const struct jci_error *err)
{
	if (err->code == 0 || !gitea_is_away(w->gitea)) {
		w->failures = 0;
		if (set_away(w->b, false))
			event_log(w->log, "gitea.back",
				  EVENT_TEXT("url", w->b->options->gitea.url));
		return;
	}
	if (atomic_load(&w->b->stopping))
		return;
	w->rest_us = at_least_asked(w, backoff_us(++w->failures, SECOND_US, AWAY_MAX_US));
	if (set_away(w->b, true))
		event_log(w->log, "gitea.away", EVENT_TEXT("why", err->message));
}

bool worker_gives_up(struct worker *w, int64_t since_us)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_free char *login = NULL;

	return since_us >= GIVE_UP_US && gitea_user(w->gitea, &login, &err) == 0;
}

/* ---- jobs, for whoever works on one ---- */

int finish_job(struct worker *w, const struct job *job, enum job_reason reason, const char *detail,
	       struct jci_error *err)
{
	if (queue_finish(w->b->queue, job->id, job->attempt, reason, detail, err) < 0)
		return err->code;
	trials_forget(&w->b->jobs, job->id);
	event_log(w->log, "job.done", EVENT_INT("job", job->id), EVENT_INT("attempt", job->attempt),
		  EVENT_TEXT("repository", job->repository), EVENT_TEXT("commit", job->commit),
		  EVENT_TEXT("reason", job_reason_name(reason)), EVENT_TEXT("detail", detail));
	return 0;
}

int postpone_job(struct worker *w, const struct job *job, const char *event,
		 const struct jci_error *why, struct jci_error *err)
{
	int64_t since_us, wait_us;
	unsigned failures = trials_failed(&w->b->jobs, job->id, &since_us);

	wait_us = worker_backoff_us(w, failures);
	if (atomic_load(&w->b->stopping)) /* which is what ended the call */
		return 0;
	if (why->code == JCI_ENOTFOUND && worker_gives_up(w, since_us))
		return finish_job(w, job, JOB_LOST, why->message, err);
	event_log(w->log, event, EVENT_INT("job", job->id), EVENT_INT("attempt", job->attempt),
		  EVENT_TEXT("repository", job->repository), EVENT_TEXT("commit", job->commit),
		  EVENT_INT("again_ms", wait_us / 1000), EVENT_TEXT("why", why->message));
	queue_postpone(w->b->queue, job->id, clock_monotonic_us() + wait_us);
	return 0;
}

/* ---- threads ---- */

/* Steps until there is nothing to do. */
static void work(struct worker *w)
{
	int did = 1;

	while (did != 0 && !atomic_load(&w->b->stopping)) {
		cleanup_error struct jci_error err = JCI_ERROR_INIT;

		w->rest_us = 0;
		did = w->kind->step(w, &err);
		if (did < 0) {
			event_log(w->log, "queue.failed", EVENT_TEXT("why", err.message));
			w->rest_us = SECOND_US;
		}
		if (w->rest_us > 0)
			worker_rest(w, w->rest_us);
	}
}

static void *run_worker(void *arg)
{
	struct worker *w = arg;
	int64_t looked = 0, now;
	uint64_t seen = 0;

	while (!atomic_load(&w->b->stopping)) {
		now = clock_monotonic_us();
		if (now - looked < LOOK_US)
			worker_rest(w, LOOK_US - (now - looked));
		looked = clock_monotonic_us();
		work(w);
		seen = queue_wait(w->b->queue, seen, w->kind->interval_us);
	}
	return NULL;
}

static int start_worker(struct background *b, const struct worker_kind *kind, struct jci_error *err)
{
	struct worker *w = &b->workers[b->n];
	struct gitea_options options = b->options->gitea;
	int code;

	*w = (struct worker){.b = b, .kind = kind, .log = &b->options->log};
	options.stop = is_stopping;
	options.ctx = b;
	if (gitea_new(&w->gitea, &options, err) < 0)
		return err->code;
	code = thread_start(&w->thread, run_worker, w);
	if (code == 0) {
		b->n++;
		return 0;
	}
	gitea_free(w->gitea);
	return jci_error_set(err, JCI_EFAIL, _("cannot start a thread: %s"), strerror(code));
}

static struct background *make(const struct server_options *options, struct queue *queue, size_t n)
{
	struct background *b = xcalloc(1, sizeof(*b));
	pthread_condattr_t attr;

	b->options = options;
	b->queue = queue;
	b->workers = xcalloc(n, sizeof(*b->workers));
	pthread_mutex_init(&b->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&b->changed, &attr);
	pthread_condattr_destroy(&attr);
	pthread_rwlock_init(&b->adding, NULL);
	trials_init(&b->jobs);
	trials_init(&b->statuses);
	trials_init(&b->looks);
	return b;
}

int background_start(struct background **out, const struct server_options *options,
		     struct queue *queue, struct jci_error *err)
{
	const struct worker_kind *const kinds[] = {&reporter, &inspector, &catch_up, &key_keeper};
	cleanup(background_cleanup) struct background *b = NULL;
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		n += (size_t)kinds[i]->threads;
	b = make(options, queue, n);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		for (int k = 0; k < kinds[i]->threads; k++)
			if (start_worker(b, kinds[i], err) < 0)
				return err->code;
	}
	*out = steal_ptr(b);
	return 0;
}

void background_stop(struct background *b)
{
	pthread_mutex_lock(&b->lock);
	atomic_store(&b->stopping, true);
	pthread_cond_broadcast(&b->changed);
	pthread_mutex_unlock(&b->lock);
	queue_stop(b->queue);
	for (size_t i = 0; i < b->n; i++) {
		pthread_join(b->workers[i].thread, NULL);
		gitea_free(b->workers[i].gitea);
	}
	trials_release(&b->jobs);
	trials_release(&b->statuses);
	trials_release(&b->looks);
	pthread_rwlock_destroy(&b->adding);
	pthread_cond_destroy(&b->changed);
	pthread_mutex_destroy(&b->lock);
	free(b->workers);
	free(b);
}
