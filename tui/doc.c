#include "tui/doc.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/artifacts.h"
#include "core/live.h"
#include "core/livefiles.h"
#include "core/logcache.h"
#include "tui/docpriv.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/gettext.h"
#include "util/io.h"
#include "util/text.h"

/* ---- opening: a job ---- */

struct doc_load {
	struct job job;
	struct doc *doc;
	struct jci_record run;
	char *path;
	bool is_log;
	int keep;          /* the log as it was: as good, if it has all the bytes; -1: none */
	bool keeps_chunks; /* it is of a published run, to which a later state adds */
	bool replaces;     /* there are bytes on the screen: nothing is told before all are there */

	/* What it found: it does not change once job_publish() was called. */
	int fd; /* its own; `keep` if that is as good */
	bool is_live, is_chunks;
	uint64_t full_size;
	git_oid target;
	char *watch_path;
};

void doc_copy_run(struct jci_record *to, const struct jci_record *from)
{
	jci_record_init(to);
	to->ref = from->ref;
	to->foreign = from->foreign;
	to->output_dir = from->output_dir ? xstrdup(from->output_dir) : NULL;
}

bool doc_job_sleep(struct job *job, int64_t until_us)
{
	enum { STEP_NS = 20 * 1000 * 1000 };
	const struct timespec step = {.tv_nsec = STEP_NS};

	while (!job_cancelled(job) && clock_monotonic_us() < until_us)
		nanosleep(&step, NULL);
	return !job_cancelled(job);
}

static bool load_step(void *ctx)
{
	struct doc_load *load = ctx;
	struct stat st;

	if (!load->replaces && fstat(load->fd, &st) == 0 && st.st_size > 0)
		job_publish(&load->job);
	return job_cancelled(&load->job);
}

/* Whether the log of the live run has the bytes that were stored. */
static bool is_same_log(const struct doc_load *load, const struct jci_artifact *a)
{
	struct stat st;

	return load->keep >= 0 && !load->keeps_chunks && fstat(load->keep, &st) == 0 &&
	       (uint64_t)st.st_size == a->size;
}

/* The log of a run that is published while it goes on, in a file of our own that grows. */
static void load_chunks(struct doc_load *load, const struct jci_repo *repo,
			const struct jci_artifact *a, struct jci_error *err)
{
	load->is_live = load->is_chunks = true;
	if (!load->keeps_chunks)
		load->fd = jci_artifact_open(repo, a, err);
	else if (jci_artifact_grow(repo, a, load->keep, err) == 0)
		load->fd = steal_fd(load->keep);
}

static void load_stored(struct doc_load *load, struct jci_repo *repo, struct jci_error *err)
{
	cleanup_cache_fill struct jci_cache_fill *fill = NULL;
	struct jci_artifact a;

	if (jci_artifact_find(repo, &load->run, load->path, &a, err) < 0)
		return;
	if (a.chunks) {
		load_chunks(load, repo, &a, err);
		return;
	}
	if (is_same_log(load, &a)) {
		load->full_size = a.size;
		load->fd = steal_fd(load->keep);
		return;
	}
	load->fd = jci_cache_begin(repo, &a.oid, &load->full_size, &fill, err);
	if (fill)
		jci_cache_fill(fill, load_step, load, err);
}

/* What to watch for it: the log of the registry, or a file in the output folder. */
static char *live_path(const struct doc_load *load, const struct jci_repo *repo)
{
	struct strbuf path = STRBUF_INIT;

	if (load->is_log) {
		jci_live_path(&path, repo, &load->run.ref.id);
		strbuf_addstr(&path, "/log");
	} else {
		strbuf_addf(&path, "%s/%s", load->run.output_dir, load->path);
	}
	return strbuf_detach(&path, NULL);
}

static void load_run(struct job *job, struct jci_repo *repo)
{
	struct doc_load *load = (struct doc_load *)job;
	struct jci_error *err = &job->error;
	int error;

	if (jci_record_is_stored(&load->run)) {
		load_stored(load, repo, err);
		return;
	}
	load->fd = load->is_log ? jci_live_open(repo, &load->run.ref.id, "log")
				: jci_livefiles_open(&load->run, load->path);
	if (load->fd >= 0) {
		load->is_live = true;
		load->watch_path = live_path(load, repo);
		return;
	}
	/* it may have been stored since it was listed */
	error = errno;
	if (jci_refs_lookup(repo, &load->run.ref.commit, &load->run.ref.id, &load->target, err) ==
	    0) {
		load->run.ref.target = load->target;
		load_stored(load, repo, err);
		return;
	}
	jci_error_clear(err);
	errno = error;
	jci_error_errno(err, JCI_EFAIL, _("cannot open '%s'"), load->path);
}

/* ---- its bytes ---- */

/* Others come: nothing known of them holds. */
static void forget_bytes(struct doc *doc)
{
	doc_reader_reset(&doc->reader);
	doc_index_reset(doc);
	doc_search_reset(doc);
	doc->is_examined = doc->is_binary = false;
}

static void close_file(struct doc *doc)
{
	if (doc->fd >= 0)
		close(steal_fd(doc->fd));
	doc->size = 0;
	forget_bytes(doc);
}

/* `what` has changed besides. */
static void look_at_size(struct doc *doc, unsigned what)
{
	struct stat st;
	uint64_t size;

	if (fstat(doc->fd, &st) == 0) {
		size = (uint64_t)st.st_size;
		if (size < doc->size)
			forget_bytes(doc);
		if (size != doc->size)
			what |= DOC_GREW;
		doc->size = size;
	}
	if (!what)
		return;
	doc_index_update(doc);
	doc_search_update(doc);
	doc->changed(doc->ctx, what);
}

/* ---- what became of opening it ---- */

static void set_error(struct doc *doc, const struct jci_error *err)
{
	free(doc->error);
	doc->error = xstrdup(err->message);
	doc->changed(doc->ctx, DOC_FAILED);
}

/* In the loop's thread: the document is what the job opened. */
static void take_load(struct doc *doc, struct doc_load *load)
{
	bool same = load->replaces && doc->is_log;

	if (same)
		close(steal_fd(doc->fd));
	else
		close_file(doc);
	doc->fd = fcntl(load->fd, F_DUPFD_CLOEXEC, 0);
	doc->full_size = load->full_size;
	doc->is_live = load->is_live;
	doc->is_chunks = load->is_chunks;
	doc->is_open = doc->fd >= 0;
	if (!git_oid_is_zero(&load->target))
		doc->run.ref.target = load->target;
	free(doc->watch_path);
	doc->watch_path = steal_ptr(load->watch_path);
	free(steal_ptr(doc->error));
}

static void load_progress(struct job *job)
{
	struct doc_load *load = (struct doc_load *)job;
	struct doc *doc = load->doc;
	unsigned what = 0;

	if (!doc->is_open) {
		take_load(doc, load);
		what = DOC_OPENED;
	}
	look_at_size(doc, what);
}

static void load_done(struct job *job)
{
	struct doc_load *load = (struct doc_load *)job;
	struct doc *doc = load->doc;
	unsigned what = 0;

	doc->load = NULL;
	if (job->error.code) {
		set_error(doc, &job->error);
		return;
	}
	if (!doc->is_open || load->replaces) {
		what = doc->is_open ? DOC_GREW : DOC_OPENED;
		take_load(doc, load);
	}
	doc->is_complete = !load->is_live;
	look_at_size(doc, doc->is_complete ? what | DOC_COMPLETE : what);
}

static void load_release(struct job *job)
{
	struct doc_load *load = (struct doc_load *)job;

	cleanup_closep(&load->keep);
	cleanup_closep(&load->fd);
	jci_record_release(&load->run);
	free(load->watch_path);
	free(load->path);
	free(load);
}

static const struct job_ops load_ops = {
	.run = load_run,
	.progress = load_progress,
	.done = load_done,
	.release = load_release,
};

static void cancel_load(struct doc *doc)
{
	struct job *job = doc->load ? &doc->load->job : NULL;

	job_cancel(&job);
	doc->load = NULL;
}

static void start_load(struct doc *doc, int keep)
{
	struct doc_load *load = xcalloc(1, sizeof(*load));

	cancel_load(doc);
	load->job.ops = &load_ops;
	load->doc = doc;
	doc_copy_run(&load->run, &doc->run);
	load->path = xstrdup(doc->path);
	load->is_log = doc->is_log;
	load->keep = keep < 0 ? -1 : fcntl(keep, F_DUPFD_CLOEXEC, 0);
	load->keeps_chunks = load->keep >= 0 && doc->is_chunks;
	load->replaces = doc->is_open;
	load->fd = -1;
	doc->load = load;
	job_start(doc->workers, &load->job);
}

void doc_refresh(struct doc *doc)
{
	struct stat st;

	if (!doc->is_open) {
		if (doc->path && doc->error && !doc->load)
			start_load(doc, -1);
		return;
	}
	/* another file of that name may have been put in its place */
	if (doc->is_live && !doc->is_log && !doc->load && fstat(doc->fd, &st) == 0 &&
	    st.st_nlink == 0)
		start_load(doc, -1);
	look_at_size(doc, 0);
}

void doc_stored(struct doc *doc, const struct jci_record *run)
{
	if (!doc->path || git_oid_equal(&doc->run.ref.target, &run->ref.target))
		return;
	jci_record_release(&doc->run);
	doc_copy_run(&doc->run, run);
	start_load(doc, doc->is_log ? doc->fd : -1);
}

/* ---- the whole ---- */

struct doc *doc_new(struct workers *workers, void (*changed)(void *ctx, unsigned what), void *ctx)
{
	struct doc *doc = xcalloc(1, sizeof(*doc));

	doc->workers = workers;
	doc->changed = changed;
	doc->ctx = ctx;
	doc->fd = -1;
	doc->reader.line = (struct strbuf)STRBUF_INIT;
	jci_record_init(&doc->run);
	return doc;
}

static void doc_close(struct doc *doc)
{
	cancel_load(doc);
	doc_search(doc, NULL, 0);
	close_file(doc);
	jci_record_release(&doc->run);
	jci_record_init(&doc->run);
	free(steal_ptr(doc->path));
	free(steal_ptr(doc->watch_path));
	free(steal_ptr(doc->error));
	doc->is_log = doc->is_live = doc->is_chunks = doc->is_open = doc->is_complete = false;
	doc->full_size = 0;
}

void doc_free(struct doc *doc)
{
	if (!doc)
		return;
	doc_close(doc);
	doc_reader_release(&doc->reader);
	jci_record_release(&doc->run);
	free(doc);
}

void doc_open(struct doc *doc, const struct jci_record *run, const char *path)
{
	char *copy = xstrdup(path);
	struct jci_record of;

	doc_copy_run(&of, run);
	doc_close(doc);
	doc->run = of;
	doc->path = copy;
	doc->is_log = !strcmp(path, "run.output.txt");
	start_load(doc, -1);
}

const char *doc_watch_path(const struct doc *doc)
{
	return doc->is_live ? doc->watch_path : NULL;
}

uint64_t doc_size(const struct doc *doc)
{
	return doc->size;
}

uint64_t doc_full_size(const struct doc *doc)
{
	return doc->is_complete ? doc->size : doc->full_size;
}

bool doc_is_open(const struct doc *doc)
{
	return doc->is_open;
}

bool doc_is_complete(const struct doc *doc)
{
	return doc->is_complete;
}

bool doc_is_loading(const struct doc *doc)
{
	return !doc->is_complete && !doc->is_live && !doc->error;
}

bool doc_is_log(const struct doc *doc)
{
	return doc->is_log;
}

const char *doc_error(const struct doc *doc)
{
	return doc->error;
}

/* One in ten bytes that no text has; a character cut off at the end is none of them. */
static bool is_mostly_binary(const char *p, size_t len)
{
	size_t odd = 0, n;

	for (size_t i = 0; i < len; i += n ? n : 1) {
		n = utf8_sequence(p + i, len - i);
		odd += n == 0 ||
		       (n == 1 && (unsigned char)p[i] < ' ' && !strchr("\t\n\r\b\f\v\033\a", p[i]));
	}
	return odd > 3 && odd > len / 10;
}

/* A log is text, whatever is in it. */
bool doc_is_binary(const struct doc *const_doc)
{
	struct doc *doc = (struct doc *)const_doc; /* what it finds is kept */
	char head[4096];
	ssize_t n;

	if (doc->is_examined || doc->is_log || doc->size == 0)
		return doc->is_binary;
	n = pread_full(doc->fd, head, sizeof(head), 0);
	doc->is_examined = true;
	doc->is_binary =
		n > 0 && (memchr(head, '\0', (size_t)n) || is_mostly_binary(head, (size_t)n));
	return doc->is_binary;
}
