#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include "core/artifacts.h"
#include "core/live.h"
#include "core/logcache.h"
#include "core/logsource.h"
#include "tui/docpriv.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/io.h"

enum {
	INDEX_EVERY_US = 500 * 1000, /* while the file grows */
	TIMES_EVERY_US = 1000 * 1000,
	SHOW_EVERY_US = 200 * 1000, /* while a job reads it */
};

/* ---- the index of a file that has none ---- */

struct doc_scan {
	struct jci_log_scanner *scanner;
	struct strbuf text;
	uint64_t fed;
	bool ended;
};

static struct doc_scan *scan_new(void)
{
	struct doc_scan *scan = xcalloc(1, sizeof(*scan));

	scan->text = (struct strbuf)STRBUF_INIT;
	scan->scanner = jci_log_scanner_new(&scan->text);
	return scan;
}

static void scan_free(struct doc_scan *scan)
{
	if (!scan)
		return;
	jci_log_scanner_free(scan->scanner);
	strbuf_release(&scan->text);
	free(scan);
}

/* ---- the job ---- */

struct doc_index_job {
	struct job job;
	struct doc *doc;
	struct jci_record run;
	bool is_log;
	int fd;
	uint64_t size; /* of the file, when the job was started */
	bool complete; /* the file is: there are no more bytes to come */
	uint64_t full_size;
	int64_t due_us;
	struct doc_scan *scan; /* NULL: it may have an index of its own */

	pthread_mutex_t lock;
	struct doc_marks *made; /* the newest; NULL once the document has it */
};

static void show_marks(struct doc_index_job *j, struct jci_log_index *index, uint64_t covered)
{
	struct doc_marks *marks = doc_marks_new(index, covered), *old;

	pthread_mutex_lock(&j->lock);
	old = j->made;
	j->made = marks;
	pthread_mutex_unlock(&j->lock);
	doc_marks_free(old);
	job_publish(&j->job);
}

static bool parse_fd(struct jci_log_index *index, int fd)
{
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;

	return jci_log_index_read(index, fd, &ignored) == 0;
}

/* One that was stored for this log; it may not be that of other bytes. */
static bool read_stored(struct doc_index_job *j, struct jci_repo *repo)
{
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT, failed = JCI_ERROR_INIT;
	cleanup_log_index struct jci_log_index index = JCI_LOG_INDEX_INIT;
	cleanup_close int fd = -1;
	struct jci_artifact a;

	if (jci_artifact_find(repo, &j->run, ".jci/log.index", &a, &ignored) < 0)
		return false;
	fd = jci_cache_open(repo, &a.oid, &failed);
	if (fd < 0 || !parse_fd(&index, fd) || !index.complete || index.bytes != j->full_size)
		return false;
	show_marks(j, &index, j->full_size);
	return true;
}

static bool read_live(struct doc_index_job *j, struct jci_repo *repo)
{
	cleanup_log_index struct jci_log_index index = JCI_LOG_INDEX_INIT;
	cleanup_close int fd = jci_live_open(repo, &j->run.ref.id, "log.index");
	uint64_t covered;

	if (fd < 0 || !parse_fd(&index, fd))
		return false;
	covered = index.bytes;
	show_marks(j, &index, covered);
	return true;
}

static void show_scan(struct doc_index_job *j)
{
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;
	cleanup_log_index struct jci_log_index index = JCI_LOG_INDEX_INIT;
	const struct strbuf *text = &j->scan->text;

	if (jci_log_index_parse(&index, text->buf, text->len, &ignored) == 0)
		show_marks(j, &index, j->scan->fed);
}

/* Reads on, and shows what was found: ever less often, because each time it is all parsed anew. */
static void scan_on(struct doc_index_job *j)
{
	enum { BUFFER = 256 * 1024 };
	cleanup_free char *buffer = xmalloc(BUFFER);
	struct doc_scan *scan = j->scan;
	int64_t next = clock_monotonic_us() + SHOW_EVERY_US, now;
	ssize_t n;

	while (!job_cancelled(&j->job) &&
	       (n = pread_full(j->fd, buffer, BUFFER, (off_t)scan->fed)) > 0) {
		jci_log_scanner_feed(scan->scanner, buffer, (size_t)n);
		scan->fed += (uint64_t)n;
		now = clock_monotonic_us();
		if (now >= next) {
			show_scan(j);
			next = clock_monotonic_us();
			next += SHOW_EVERY_US + 10 * (next - now);
		}
	}
	if (job_cancelled(&j->job))
		return;
	if (j->complete) {
		jci_log_scanner_end(scan->scanner);
		scan->ended = true;
	}
	show_scan(j);
}

static void index_run(struct job *job, struct jci_repo *repo)
{
	struct doc_index_job *j = (struct doc_index_job *)job;
	bool stored = jci_record_is_stored(&j->run);

	if (!doc_job_sleep(job, j->due_us))
		return;
	if (!j->scan && j->is_log && (stored ? read_stored(j, repo) : read_live(j, repo)))
		return;
	if (!j->scan)
		j->scan = scan_new();
	scan_on(j);
}

static void take_made(struct doc_index_job *j)
{
	struct doc *doc = j->doc;
	struct doc_marks *marks;

	pthread_mutex_lock(&j->lock);
	marks = steal_ptr(j->made);
	pthread_mutex_unlock(&j->lock);
	if (!marks)
		return;
	doc_take_marks(doc, marks);
	doc->changed(doc->ctx, DOC_INDEX);
}

static void index_progress(struct job *job)
{
	take_made((struct doc_index_job *)job);
}

static void index_done(struct job *job)
{
	struct doc_index_job *j = (struct doc_index_job *)job;
	struct doc *doc = j->doc;

	doc->index_job = NULL;
	doc->scan = steal_ptr(j->scan);
	take_made(j);
	doc_index_update(doc);
}

static void index_release(struct job *job)
{
	struct doc_index_job *j = (struct doc_index_job *)job;

	cleanup_closep(&j->fd);
	jci_record_release(&j->run);
	scan_free(j->scan);
	doc_marks_free(j->made);
	pthread_mutex_destroy(&j->lock);
	free(j);
}

static const struct job_ops index_ops = {
	.run = index_run,
	.progress = index_progress,
	.done = index_done,
	.release = index_release,
};

static void start_index(struct doc *doc)
{
	struct doc_index_job *j = xcalloc(1, sizeof(*j));

	j->job.ops = &index_ops;
	j->doc = doc;
	doc_copy_run(&j->run, &doc->run);
	j->is_log = doc->is_log;
	j->fd = fcntl(doc->fd, F_DUPFD_CLOEXEC, 0);
	j->size = doc->index_size = doc->size;
	j->complete = doc->index_complete = doc->is_complete;
	j->full_size = doc_full_size(doc);
	/* at once the first time, and the last */
	j->due_us = doc->is_complete || !doc->index_us ? 0 : doc->index_us + INDEX_EVERY_US;
	j->scan = steal_ptr(doc->scan);
	pthread_mutex_init(&j->lock, NULL);
	doc->index_us = clock_monotonic_us();
	if (j->due_us > doc->index_us)
		doc->index_us = j->due_us;
	doc->index_job = j;
	job_start(doc->workers, &j->job);
}

/* With an index of the whole there is nothing more to be done. */
void doc_index_update(struct doc *doc)
{
	if (!doc->is_open || doc->index_job || (doc->marks && doc->marks->index.complete))
		return;
	if (doc->index_us && doc->size == doc->index_size &&
	    doc->is_complete == doc->index_complete)
		return;
	start_index(doc);
}

/* ---- times ---- */

struct doc_times_job {
	struct job job;
	struct doc *doc;
	struct jci_record run;
	int64_t due_us;
	struct jci_log_times times;
};

static void times_run(struct job *job, struct jci_repo *repo)
{
	struct doc_times_job *j = (struct doc_times_job *)job;

	if (doc_job_sleep(job, j->due_us))
		jci_log_times_read(repo, &j->run, &j->times, &job->error);
}

/* A run whose timing can't be read has none. */
static void times_done(struct job *job)
{
	struct doc_times_job *j = (struct doc_times_job *)job;
	struct doc *doc = j->doc;

	doc->times_job = NULL;
	jci_log_times_release(&doc->times);
	doc->times = j->times;
	j->times = (struct jci_log_times){NULL, 0};
	doc->times_read = true;
	doc->changed(doc->ctx, DOC_TIMES);
}

static void times_release(struct job *job)
{
	struct doc_times_job *j = (struct doc_times_job *)job;

	jci_log_times_release(&j->times);
	jci_record_release(&j->run);
	free(j);
}

static const struct job_ops times_ops = {
	.run = times_run,
	.done = times_done,
	.release = times_release,
};

static void start_times(struct doc *doc)
{
	struct doc_times_job *j = xcalloc(1, sizeof(*j));

	j->job.ops = &times_ops;
	j->doc = doc;
	doc_copy_run(&j->run, &doc->run);
	j->due_us = doc->times_read ? doc->times_us + TIMES_EVERY_US : 0;
	doc->times_us = clock_monotonic_us();
	if (j->due_us > doc->times_us)
		doc->times_us = j->due_us;
	doc->times_size = doc->size;
	doc->times_stored = jci_record_is_stored(&doc->run);
	doc->times_job = j;
	job_start(doc->workers, &j->job);
}

int64_t doc_time(struct doc *doc, uint64_t position)
{
	int64_t us;

	if (!doc->is_log || !doc->is_open)
		return -1;
	us = jci_log_times_at(&doc->times, position);
	if (us >= 0 || doc->times_job)
		return us;
	/* what was asked for may have come meanwhile */
	if (!doc->times_read || (!doc->times_stored &&
				 (doc->size != doc->times_size || jci_record_is_stored(&doc->run))))
		start_times(doc);
	return us;
}

/* ---- both ---- */

void doc_index_reset(struct doc *doc)
{
	struct job *index = doc->index_job ? &doc->index_job->job : NULL;
	struct job *times = doc->times_job ? &doc->times_job->job : NULL;

	job_cancel(&index);
	job_cancel(&times);
	doc->index_job = NULL;
	doc->times_job = NULL;
	scan_free(steal_ptr(doc->scan));
	doc_marks_free(steal_ptr(doc->marks));
	doc->n_folded = 0;
	doc->index_us = doc->times_us = 0;
	jci_log_times_release(&doc->times);
	doc->times_read = false;
}
