#include "tui/worker.h"

#include <errno.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "tui/crash.h"
#include "util/alloc.h"
#include "util/gettext.h"
#include "util/thread.h"

struct worker {
	struct workers *workers;
	pthread_t thread;
	struct job *job; /* at work on it; under the lock */
	struct jci_repo repo;
	bool open;
};

/* First in, first out. */
struct job_list {
	struct job *first, **end;
};

/*
 * A job is in at most one list: `waiting` for a thread, or `reports` while the loop has something
 * to hear of it (published, finished). Lists and both flags are under the lock.
 */
struct workers {
	struct loop *loop;
	int wake; /* eventfd(2): there are reports */
	pthread_mutex_t lock;
	pthread_cond_t start;
	struct job_list waiting, reports;
	struct worker threads[WORKER_MAX];
	unsigned n_threads, idle;
	unsigned busy; /* of the loop's thread alone */
	bool quit;
};

/* ---- lists ---- */

static void list_init(struct job_list *list)
{
	list->first = NULL;
	list->end = &list->first;
}

static void list_add(struct job_list *list, struct job *job)
{
	job->next = NULL;
	*list->end = job;
	list->end = &job->next;
}

static struct job *list_take(struct job_list *list)
{
	struct job *job = list->first;

	if (!job)
		return NULL;
	list->first = job->next;
	if (!list->first)
		list->end = &list->first;
	return job;
}

static bool list_remove(struct job_list *list, const struct job *job)
{
	struct job **at = &list->first;

	while (*at && *at != job)
		at = &(*at)->next;
	if (!*at)
		return false;
	*at = job->next;
	if (!*at)
		list->end = at;
	return true;
}

/* ---- in any thread, with the lock ---- */

static void report(struct workers *workers, struct job *job, bool *flag)
{
	const uint64_t one = 1;

	if (!job->published && !job->finished) {
		list_add(&workers->reports, job);
		/* It fails only where the counter is full: then the loop wakes up as well. */
		(void)!write(workers->wake, &one, sizeof(one));
	}
	*flag = true;
}

void job_publish(struct job *job)
{
	struct workers *workers = job->workers;

	pthread_mutex_lock(&workers->lock);
	report(workers, job, &job->published);
	pthread_mutex_unlock(&workers->lock);
}

/* ---- threads ---- */

static void run_job(struct worker *worker, struct job *job)
{
	if (job_cancelled(job))
		return;
	if (!worker->open) {
		if (jci_repo_open(&worker->repo, &job->error) < 0)
			return;
		worker->open = true;
	}
	job->ops->run(job, &worker->repo);
}

static void *worker_main(void *arg)
{
	struct worker *worker = arg;
	struct workers *workers = worker->workers;

	crash_stack_begin();
	pthread_mutex_lock(&workers->lock);
	for (;;) {
		while (!workers->waiting.first && !workers->quit) {
			workers->idle++;
			pthread_cond_wait(&workers->start, &workers->lock);
			workers->idle--;
		}
		worker->job = list_take(&workers->waiting);
		if (!worker->job)
			break;
		pthread_mutex_unlock(&workers->lock);
		run_job(worker, worker->job);
		pthread_mutex_lock(&workers->lock);
		report(workers, worker->job, &worker->job->finished);
		worker->job = NULL;
	}
	pthread_mutex_unlock(&workers->lock);
	if (worker->open)
		jci_repo_release(&worker->repo);
	crash_stack_end();
	return NULL;
}

/* With the lock. Returns the error number of pthread_create(3). */
static int add_thread(struct workers *workers)
{
	struct worker *worker = &workers->threads[workers->n_threads];
	int error;

	*worker = (struct worker){.workers = workers, .repo = JCI_REPO_INIT};
	error = thread_start(&worker->thread, worker_main, worker);
	if (!error)
		workers->n_threads++;
	return error;
}

/* ---- in the loop's thread ---- */

static void release_job(struct workers *workers, struct job *job)
{
	jci_error_clear(&job->error);
	workers->busy--;
	job->ops->release(job);
}

/* Each step may cancel the job. */
static void tell(struct workers *workers, struct job *job, bool published, bool finished)
{
	if (published && job->ops->progress && !job_cancelled(job))
		job->ops->progress(job);
	if (!finished)
		return;
	if (job->ops->done && !job_cancelled(job))
		job->ops->done(job);
	release_job(workers, job);
}

static struct job *take_report(struct workers *workers, bool *published, bool *finished)
{
	struct job *job;

	pthread_mutex_lock(&workers->lock);
	job = list_take(&workers->reports);
	if (job) {
		*published = job->published;
		*finished = job->finished;
		job->published = false;
	}
	pthread_mutex_unlock(&workers->lock);
	return job;
}

static size_t count_reports(struct workers *workers)
{
	size_t n = 0;

	pthread_mutex_lock(&workers->lock);
	for (const struct job *job = workers->reports.first; job; job = job->next)
		n++;
	pthread_mutex_unlock(&workers->lock);
	return n;
}

/* Those that are there now: what is published meanwhile wakes the loop once more, after the keys.
 */
static void on_wake(void *ctx, short revents)
{
	struct workers *workers = ctx;
	bool published, finished;
	struct job *job;
	uint64_t count;

	(void)revents;
	(void)!read(workers->wake, &count, sizeof(count));
	for (size_t n = count_reports(workers); n; n--) {
		job = take_report(workers, &published, &finished);
		if (!job)
			break;
		tell(workers, job, published, finished);
	}
}

struct workers *workers_new(struct loop *loop)
{
	struct workers *workers = xcalloc(1, sizeof(*workers));

	workers->loop = loop;
	workers->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (workers->wake < 0)
		out_of_memory();
	pthread_mutex_init(&workers->lock, NULL);
	pthread_cond_init(&workers->start, NULL);
	list_init(&workers->waiting);
	list_init(&workers->reports);
	loop_watch(loop, workers->wake, POLLIN, on_wake, workers);
	return workers;
}

static void cancel_all(struct workers *workers)
{
	pthread_mutex_lock(&workers->lock);
	workers->quit = true;
	for (struct job *job = workers->waiting.first; job; job = job->next)
		atomic_store(&job->cancelled, true);
	for (unsigned i = 0; i < workers->n_threads; i++) {
		if (workers->threads[i].job)
			atomic_store(&workers->threads[i].job->cancelled, true);
	}
	pthread_cond_broadcast(&workers->start);
	pthread_mutex_unlock(&workers->lock);
}

void workers_free(struct workers *workers)
{
	struct job *job;

	if (!workers)
		return;
	cancel_all(workers);
	for (unsigned i = 0; i < workers->n_threads; i++)
		pthread_join(workers->threads[i].thread, NULL);
	while ((job = list_take(&workers->reports)))
		release_job(workers, job);
	loop_unwatch(workers->loop, workers->wake);
	close(workers->wake);
	pthread_cond_destroy(&workers->start);
	pthread_mutex_destroy(&workers->lock);
	free(workers);
}

unsigned workers_busy(const struct workers *workers)
{
	return workers->busy;
}

static size_t count_waiting(const struct workers *workers)
{
	size_t n = 0;

	for (const struct job *job = workers->waiting.first; job; job = job->next)
		n++;
	return n;
}

/* One thread for each job that waits; without any thread the job fails. */
void job_start(struct workers *workers, struct job *job)
{
	int error = 0;

	job->workers = workers;
	workers->busy++;
	pthread_mutex_lock(&workers->lock);
	list_add(&workers->waiting, job);
	if (workers->idle < count_waiting(workers) && workers->n_threads < WORKER_MAX)
		error = add_thread(workers);
	if (error && !workers->n_threads) {
		list_remove(&workers->waiting, job);
		errno = error;
		jci_error_errno(&job->error, JCI_EFAIL, _("cannot start a thread"));
		report(workers, job, &job->finished);
	}
	pthread_cond_signal(&workers->start);
	pthread_mutex_unlock(&workers->lock);
}

/* One that no thread has taken yet needs none any more. */
void job_cancel(struct job **job)
{
	struct job *j = steal_ptr(*job);

	if (!j)
		return;
	pthread_mutex_lock(&j->workers->lock);
	atomic_store(&j->cancelled, true);
	if (list_remove(&j->workers->waiting, j))
		report(j->workers, j, &j->finished);
	pthread_mutex_unlock(&j->workers->lock);
}
