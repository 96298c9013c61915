#include "web/logs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/artifacts.h"
#include "core/live.h"
#include "core/logcache.h"
#include "core/logsource.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/gettext.h"
#include "util/io.h"
#include "util/thread.h"
#include "web/logspriv.h"

enum {
	MAX_IDLE = 8,          /* logs that stay open without anybody who reads them */
	FRESH_US = 250 * 1000, /* for so long what is known of a log that grows is good enough */
	INDEX_WAIT_MS = 400,   /* for the first look at the lines */
	FIRST_BYTES = 1024 * 1024,
};

struct web_logs {
	pthread_mutex_t lock;
	pthread_cond_t idle;   /* no more loaders */
	struct web_log *first; /* the one used last */
	unsigned loaders;
	bool stopping;
	void (*watch)(void *ctx);
	void *ctx;
};

/* ---- what is shared by counting ---- */

static void marks_drop(struct web_marks *marks)
{
	if (!marks || __atomic_sub_fetch(&marks->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	jci_log_index_release(&marks->index);
	jci_log_groups_release(&marks->groups);
	free(marks);
}

static struct web_marks *marks_share(struct web_marks *marks)
{
	__atomic_add_fetch(&marks->refs, 1, __ATOMIC_RELAXED);
	return marks;
}

/* Takes over the index. */
static struct web_marks *marks_new(struct jci_log_index *index)
{
	struct web_marks *marks = xcalloc(1, sizeof(*marks));

	marks->refs = 1;
	marks->index = *index;
	*index = (struct jci_log_index)JCI_LOG_INDEX_INIT;
	jci_log_groups_make(&marks->groups, &marks->index);
	return marks;
}

/* Of a log of which nothing is known: its first line begins at its first byte. */
static struct web_marks *marks_none(void)
{
	static const char text[] = "jci-log-index 1\n";
	cleanup_error struct jci_error never = JCI_ERROR_INIT;
	struct jci_log_index index = JCI_LOG_INDEX_INIT;

	jci_log_index_parse(&index, text, sizeof(text) - 1, &never);
	return marks_new(&index);
}

static void times_drop(struct web_times *times)
{
	if (!times || __atomic_sub_fetch(&times->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	jci_log_times_release(&times->times);
	free(times);
}

static struct web_times *times_share(struct web_times *times)
{
	__atomic_add_fetch(&times->refs, 1, __ATOMIC_RELAXED);
	return times;
}

/* Under the log's lock: others may have the old ones still. */
static void set_marks(struct web_log *log, struct web_marks *marks)
{
	struct web_marks *old = log->marks;

	log->marks = marks;
	marks_drop(old);
}

/* ---- the list ---- */

struct web_logs *web_logs_new(void (*watch)(void *ctx), void *ctx)
{
	struct web_logs *logs = xcalloc(1, sizeof(*logs));

	pthread_mutex_init(&logs->lock, NULL);
	pthread_cond_init(&logs->idle, NULL);
	logs->watch = watch;
	logs->ctx = ctx;
	return logs;
}

static bool is_stopping(struct web_logs *logs)
{
	return __atomic_load_n(&logs->stopping, __ATOMIC_RELAXED);
}

void web_logs_stop(struct web_logs *logs)
{
	__atomic_store_n(&logs->stopping, true, __ATOMIC_RELAXED);
}

static void log_free(struct web_log *log)
{
	cleanup_closep(&log->fd);
	marks_drop(log->marks);
	times_drop(log->times);
	web_frames_release(&log->frames);
	jci_record_release(&log->run);
	jci_error_clear(&log->error);
	pthread_mutex_destroy(&log->lock);
	pthread_mutex_destroy(&log->update);
	pthread_cond_destroy(&log->changed);
	free(log);
}

void web_logs_free(struct web_logs *logs)
{
	web_logs_stop(logs);
	pthread_mutex_lock(&logs->lock);
	while (logs->loaders)
		pthread_cond_wait(&logs->idle, &logs->lock);
	pthread_mutex_unlock(&logs->lock);
	while (logs->first) {
		struct web_log *log = logs->first;

		logs->first = log->next;
		log_free(log);
	}
	pthread_mutex_destroy(&logs->lock);
	pthread_cond_destroy(&logs->idle);
	free(logs);
}

/* (Under the lock of logs.) Of those that nobody has, the MAX_IDLE that were used last stay. */
static void trim(struct web_logs *logs)
{
	struct web_log **at = &logs->first;
	unsigned idle = 0;

	while (*at) {
		struct web_log *log = *at;

		if (log->users || (!log->retired && ++idle <= MAX_IDLE)) {
			at = &log->next;
			continue;
		}
		*at = log->next;
		log_free(log);
	}
}

/* (Under the lock of logs.) Out of the list; NULL: it isn't in it. */
static struct web_log *take(struct web_logs *logs, const struct jci_ref *ref)
{
	for (struct web_log **at = &logs->first; *at; at = &(*at)->next) {
		struct web_log *log = *at;

		if (!log->retired && jci_run_id_cmp(&log->key.id, &ref->id) == 0 &&
		    git_oid_equal(&log->key.commit, &ref->commit)) {
			*at = log->next;
			return log;
		}
	}
	return NULL;
}

static void put_first(struct web_logs *logs, struct web_log *log)
{
	log->next = logs->first;
	logs->first = log;
}

static struct web_log *log_new(struct web_logs *logs, const struct jci_record *run)
{
	struct web_log *log = xcalloc(1, sizeof(*log));
	pthread_condattr_t clock;

	log->logs = logs;
	log->fd = -1;
	log->key = run->ref;
	jci_record_init(&log->run);
	jci_record_copy(&log->run, run);
	log->stored = jci_record_is_stored(run);
	log->marks = marks_none();
	pthread_mutex_init(&log->lock, NULL);
	pthread_mutex_init(&log->update, NULL);
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_cond_init(&log->changed, &clock);
	pthread_condattr_destroy(&clock);
	return log;
}

void web_log_add_user(struct web_log *log)
{
	pthread_mutex_lock(&log->logs->lock);
	log->users++;
	pthread_mutex_unlock(&log->logs->lock);
}

void web_log_release(struct web_log *log)
{
	struct web_logs *logs = log->logs;

	pthread_mutex_lock(&logs->lock);
	log->users--;
	trim(logs);
	pthread_mutex_unlock(&logs->lock);
}

/* ---- the index ---- */

static bool parse_index(struct jci_log_index *index, int fd)
{
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;

	return fd >= 0 && jci_log_index_read(index, fd, &ignored) == 0;
}

/* The one that was stored with the log, unless it is that of other bytes. */
static bool read_stored(struct jci_log_index *index, const struct jci_repo *repo,
			const struct jci_record *run, uint64_t size)
{
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;
	cleanup_close int fd = -1;
	struct jci_artifact a;

	if (jci_artifact_find(repo, run, ".jci/log.index", &a, &ignored) < 0)
		return false;
	fd = jci_cache_open(repo, &a.oid, &ignored);
	return parse_index(index, fd) && index->complete && index->bytes == size;
}

/* Of a log that has ended: the stored one, or one that is made now. */
static void make_final(struct web_log *log, const struct jci_repo *repo,
		       const struct jci_record *run, int fd, uint64_t size)
{
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;
	cleanup_log_index struct jci_log_index index = JCI_LOG_INDEX_INIT;
	bool made = jci_record_is_stored(run) && read_stored(&index, repo, run, size);

	if (!made) {
		jci_log_index_release(&index);
		made = jci_log_index_scan(&index, fd, &ignored) == 0;
	}
	pthread_mutex_lock(&log->lock);
	if (made)
		set_marks(log, marks_new(&index));
	log->indexed = true;
	pthread_cond_broadcast(&log->changed);
	pthread_mutex_unlock(&log->lock);
}

static void read_live_index(struct web_log *log, const struct jci_repo *repo)
{
	cleanup_log_index struct jci_log_index index = JCI_LOG_INDEX_INIT;
	cleanup_close int fd = jci_live_open(repo, &log->key.id, "log.index");

	if (!parse_index(&index, fd))
		return;
	pthread_mutex_lock(&log->lock);
	set_marks(log, marks_new(&index));
	pthread_mutex_unlock(&log->lock);
}

/* ---- loading a stored log ---- */

struct loader {
	struct web_log *log;
	uint64_t told; /* bytes that were there when the followers were told last */
};

/* Followers that have a part of it come again. */
static void fail(struct web_log *log, struct jci_error *err)
{
	pthread_mutex_lock(&log->lock);
	log->error = *err;
	*err = (struct jci_error)JCI_ERROR_INIT;
	log->state = WEB_LOG_FAILED;
	log->indexed = true;
	web_followers_tell(log);
	pthread_cond_broadcast(&log->changed);
	pthread_mutex_unlock(&log->lock);
}

static void opened(struct web_log *log, int fd, uint64_t size, uint64_t full_size)
{
	pthread_mutex_lock(&log->lock);
	log->fd = fd;
	log->size = size;
	log->full_size = full_size;
	log->complete = size == full_size;
	log->state = log->complete ? WEB_LOG_ENDED : WEB_LOG_GROWS;
	pthread_cond_broadcast(&log->changed);
	pthread_mutex_unlock(&log->lock);
}

/* It is there as far as that, and no further than it will be. */
static void grew(struct web_log *log, uint64_t size, bool complete)
{
	pthread_mutex_lock(&log->lock);
	if (size > log->size || complete) {
		log->size = size;
		log->complete = complete;
		if (complete)
			log->state = WEB_LOG_ENDED;
		web_followers_tell(log);
		pthread_cond_broadcast(&log->changed);
	}
	pthread_mutex_unlock(&log->lock);
}

static bool fill_step(void *ctx)
{
	struct loader *l = ctx;
	struct stat st;

	if (fstat(l->log->fd, &st) == 0 && (uint64_t)st.st_size > l->told) {
		l->told = (uint64_t)st.st_size;
		grew(l->log, l->told, false);
	}
	return is_stopping(l->log->logs);
}

/* Where the cache can't take it there may be another place: its bytes come into the same fd. */
static int fill(struct loader *l, const struct jci_repo *repo, const git_oid *blob,
		struct jci_cache_fill *job, struct jci_error *err)
{
	cleanup_error struct jci_error first = JCI_ERROR_INIT;
	cleanup_close int fd = -1;

	if (jci_cache_fill(job, fill_step, l, &first) == 0)
		return 0;
	if (!is_stopping(l->log->logs))
		fd = jci_cache_open(repo, blob, err);
	else
		jci_error_set(err, JCI_EFAIL, "%s", first.message);
	if (fd < 0)
		return err->code;
	if (dup3(fd, l->log->fd, O_CLOEXEC) < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot read the log"));
	return 0;
}

/* ---- the log of a run that is published while it goes on elsewhere ---- */

/* How often its ref is looked at: what is new of it comes with a fetch of somebody's. */
enum { STATE_EVERY_MS = 500 };

/* False once the server ends, or nobody has the log any more. */
static bool wait_for_state(struct web_log *log)
{
	struct web_logs *logs = log->logs;
	struct timespec until;
	bool wanted;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += STATE_EVERY_MS * 1000000L;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&log->lock);
	while (pthread_cond_timedwait(&log->changed, &log->lock, &until) == 0)
		;
	pthread_mutex_unlock(&log->lock);
	pthread_mutex_lock(&logs->lock);
	wanted = log->users > 1; /* one is the loader */
	pthread_mutex_unlock(&logs->lock);
	return wanted && !is_stopping(logs);
}

static uint64_t size_of(const struct web_log *log)
{
	struct stat st;

	return fstat(log->fd, &st) == 0 ? (uint64_t)st.st_size : 0;
}

/* The result has the same bytes and more: these are added. */
static int take_result(struct web_log *log, const struct jci_repo *repo, struct jci_record *r,
		       struct jci_error *err)
{
	cleanup_close int fd = jci_log_open(repo, r, err);

	if (fd < 0)
		return err->code;
	if (lseek(fd, (off_t)size_of(log), SEEK_SET) < 0 || lseek(log->fd, 0, SEEK_END) < 0 ||
	    copy_fd(fd, log->fd) < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot read the log"));
	pthread_mutex_lock(&log->lock);
	jci_record_copy(&log->run, r);
	pthread_mutex_unlock(&log->lock);
	grew(log, size_of(log), true);
	make_final(log, repo, r, log->fd, size_of(log));
	return 0;
}

/* A later state: *ended where it is the result. */
static int take_state(struct web_log *log, const struct jci_repo *repo, const struct jci_ref *ref,
		      bool *ended, struct jci_error *err)
{
	cleanup_record struct jci_record r;
	struct jci_artifact a;

	jci_record_init(&r);
	if (jci_record_read_full(repo, ref, &r, err) < 0)
		return err->code;
	*ended = r.status != JCI_STATUS_RUNNING;
	if (*ended)
		return take_result(log, repo, &r, err);
	if (jci_artifact_find(repo, &r, "run.output.txt", &a, err) < 0 ||
	    jci_artifact_grow(repo, &a, log->fd, err) < 0)
		return err->code;
	grew(log, size_of(log), false);
	return 0;
}

static int follow_states(struct web_log *log, const struct jci_repo *repo,
			 const struct jci_artifact *a, struct jci_error *err)
{
	struct jci_ref ref = log->run.ref;
	int fd = jci_artifact_open(repo, a, err);
	bool ended = false;

	if (fd < 0)
		return err->code;
	opened(log, fd, a->size, UINT64_MAX);
	while (!ended) {
		const git_oid before = ref.target;

		if (!wait_for_state(log))
			return jci_error_set(err, JCI_EFAIL, _("nobody follows the log any more"));
		if (jci_refs_lookup(repo, &ref.commit, &ref.id, &ref.target, err) < 0)
			return jci_error_set(err, JCI_ENOTFOUND, _("the run was removed"));
		if (!git_oid_equal(&ref.target, &before) &&
		    take_state(log, repo, &ref, &ended, err) < 0)
			return err->code;
	}
	return 0;
}

static int load_stored(struct loader *l, const struct jci_repo *repo, struct jci_error *err)
{
	cleanup_cache_fill struct jci_cache_fill *job = NULL;
	struct web_log *log = l->log;
	struct jci_artifact a;
	uint64_t size;
	int fd;

	if (jci_artifact_find(repo, &log->run, "run.output.txt", &a, err) < 0)
		return err->code;
	if (a.chunks)
		return follow_states(log, repo, &a, err);
	fd = jci_cache_begin(repo, &a.oid, &size, &job, err);
	if (fd < 0)
		return err->code;
	opened(log, fd, job ? 0 : size, size);
	if (job && fill(l, repo, &a.oid, job, err) < 0)
		return err->code;
	grew(log, size, true);
	make_final(log, repo, &log->run, log->fd, size);
	return 0;
}

static void *load(void *arg)
{
	struct loader *l = arg;
	struct web_log *log = l->log;
	struct web_logs *logs = log->logs;
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_repo struct jci_repo repo = JCI_REPO_INIT;

	if (jci_repo_open(&repo, &err) < 0 || load_stored(l, &repo, &err) < 0)
		fail(log, &err);
	free(l);
	pthread_mutex_lock(&logs->lock);
	log->users--;
	if (--logs->loaders == 0)
		pthread_cond_broadcast(&logs->idle);
	pthread_mutex_unlock(&logs->lock);
	return NULL;
}

/* (Under the lock of logs.) */
static int start_loader(struct web_log *log, struct jci_error *err)
{
	struct loader *l = xcalloc(1, sizeof(*l));
	pthread_t thread;
	int error;

	l->log = log;
	error = thread_start(&thread, load, l);
	if (error) {
		free(l);
		errno = error;
		return jci_error_errno(err, JCI_EFAIL, _("cannot start a thread"));
	}
	pthread_detach(thread);
	log->users++;
	log->logs->loaders++;
	return 0;
}

/* ---- opening ---- */

static bool open_live(struct web_log *log, const struct jci_repo *repo)
{
	int fd = jci_live_open(repo, &log->key.id, "log");

	if (fd < 0)
		return false;
	log->fd = fd;
	log->state = WEB_LOG_GROWS;
	log->indexed = true;
	return true;
}

/* (Under the lock of logs.) It may have been stored since it was found. */
static int open_log(struct web_log *log, const struct jci_repo *repo, struct jci_error *err)
{
	if (!log->stored && open_live(log, repo))
		return 0;
	if (!log->stored && jci_refs_lookup(repo, &log->run.ref.commit, &log->run.ref.id,
					    &log->run.ref.target, err) < 0) {
		jci_error_clear(err);
		errno = ENOENT;
		return jci_error_errno(err, JCI_EFAIL, _("cannot open the log of the run"));
	}
	log->stored = true;
	return start_loader(log, err);
}

/* Opened in vain, or lost: perhaps it is there, or stored, by now. */
static bool is_stale(struct web_log *log, const struct jci_record *run)
{
	bool stale;

	pthread_mutex_lock(&log->lock);
	stale = log->state == WEB_LOG_FAILED ||
		(log->state == WEB_LOG_LOST && jci_record_is_stored(run));
	pthread_mutex_unlock(&log->lock);
	return stale;
}

/* (Under the lock of logs.) The log from the list, or a new one. */
static int find_log(struct web_log **out, struct web_logs *logs, const struct jci_repo *repo,
		    const struct jci_record *run, struct jci_error *err)
{
	struct web_log *log = take(logs, &run->ref);

	if (log && is_stale(log, run)) {
		log->retired = true;
		put_first(logs, log);
		log = NULL;
	}
	if (!log) {
		log = log_new(logs, run);
		if (open_log(log, repo, err) < 0) {
			log_free(log);
			return err->code;
		}
	}
	put_first(logs, log);
	log->users++;
	*out = log;
	return 0;
}

/* Waits until it is open, which is a matter of milliseconds. */
static int wait_open(struct web_log *log, struct jci_error *err)
{
	int code = 0;

	pthread_mutex_lock(&log->lock);
	while (log->state == WEB_LOG_OPENING)
		pthread_cond_wait(&log->changed, &log->lock);
	if (log->state == WEB_LOG_FAILED)
		code = jci_error_set(err, log->error.code, "%s", log->error.message);
	pthread_mutex_unlock(&log->lock);
	return code;
}

int web_log_get(struct web_log **out, struct web_logs *logs, const struct jci_repo *repo,
		const struct jci_record *run, struct jci_error *err)
{
	cleanup_web_log struct web_log *log = NULL;
	int code;

	pthread_mutex_lock(&logs->lock);
	code = find_log(&log, logs, repo, run, err);
	pthread_mutex_unlock(&logs->lock);
	if (code < 0 || wait_open(log, err) < 0)
		return err->code;
	if (!log->stored)
		logs->watch(logs->ctx);
	*out = steal_ptr(log);
	return 0;
}

/* ---- how it is now ---- */

void web_log_path(struct strbuf *sb, const struct web_log *log, const struct jci_repo *repo)
{
	jci_live_path(sb, repo, &log->key.id);
}

struct web_log_watch *web_log_watch(struct web_log *log)
{
	return &log->watch;
}

static bool grows(struct web_log *log)
{
	bool yes;

	pthread_mutex_lock(&log->lock);
	yes = !log->stored && log->state == WEB_LOG_GROWS;
	pthread_mutex_unlock(&log->lock);
	return yes;
}

size_t web_logs_live(struct web_logs *logs, struct web_log ***list)
{
	size_t n = 0, cap = 0;

	*list = NULL;
	pthread_mutex_lock(&logs->lock);
	for (struct web_log *log = logs->first; log; log = log->next) {
		if (!grows(log))
			continue;
		ARRAY_GROW(*list, n + 1, cap);
		(*list)[n++] = log;
		log->users++;
	}
	pthread_mutex_unlock(&logs->lock);
	return n;
}

/* Whether the run is stored by now; its record. */
static bool read_end(const struct web_log *log, const struct jci_repo *repo, struct jci_record *run)
{
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;
	struct jci_ref ref = log->key;

	return jci_refs_lookup(repo, &ref.commit, &ref.id, &ref.target, &ignored) == 0 &&
	       jci_record_read_full(repo, &ref, run, &ignored) == 0;
}

/* In this order: what was written before the end is there after it. */
static void update_live(struct web_log *log, const struct jci_repo *repo)
{
	bool alive = jci_live_is_alive(repo, &log->key.id), stored;
	cleanup_record struct jci_record run;
	struct stat st;

	jci_record_init(&run);
	stored = read_end(log, repo, &run);
	if (fstat(log->fd, &st) < 0)
		return;
	pthread_mutex_lock(&log->lock);
	if (stored) {
		struct jci_record old = log->run;

		log->run = run;
		run = old;
	}
	if (stored || !alive) {
		log->complete = true;
		log->state = stored ? WEB_LOG_ENDED : WEB_LOG_LOST;
	}
	if (log->complete || (uint64_t)st.st_size > log->size) {
		log->size = log->full_size = (uint64_t)st.st_size;
		web_followers_tell(log);
	}
	pthread_mutex_unlock(&log->lock);
}

void web_log_update(struct web_log *log, const struct jci_repo *repo)
{
	pthread_mutex_lock(&log->update);
	if (grows(log))
		update_live(log, repo);
	pthread_mutex_unlock(&log->update);
}

/*
 * (Under log->update, as are the next two.) Of a log of a live run: what is known of its lines, at
 * most FRESH_US old.
 */
static void refresh_marks(struct web_log *log, const struct jci_repo *repo,
			  const struct web_log_view *now)
{
	int64_t us = clock_monotonic_us();

	if (log->stored || log->marks_final)
		return;
	if (now->complete) {
		make_final(log, repo, &log->run, now->text.fd, now->text.size);
		log->marks_final = true;
	} else if (now->text.size != log->marks_size && us - log->marks_us >= FRESH_US) {
		log->marks_size = now->text.size;
		log->marks_us = us;
		read_live_index(log, repo);
	}
}

static bool times_are_good(const struct web_log *log, const struct web_log_view *now)
{
	if (log->times_final || now->complete)
		return log->times_final;
	return log->times && (now->text.size == log->times_size ||
			      clock_monotonic_us() - log->times_us < FRESH_US);
}

/* What can't be read, or is malformed, is as if it were not there. */
static void refresh_times(struct web_log *log, const struct jci_repo *repo,
			  const struct web_log_view *now)
{
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;
	struct web_times *times, *old;

	if (times_are_good(log, now))
		return;
	times = xcalloc(1, sizeof(*times));
	times->refs = 1;
	jci_log_times_read(repo, &log->run, &times->times, &ignored);
	log->times_size = now->text.size;
	log->times_us = clock_monotonic_us();
	log->times_final = now->complete;
	pthread_mutex_lock(&log->lock);
	old = log->times;
	log->times = times;
	pthread_mutex_unlock(&log->lock);
	times_drop(old);
}

static void take_view(struct web_log *log, struct web_log_view *view)
{
	pthread_mutex_lock(&log->lock);
	view->text.fd = log->fd;
	view->text.size = log->size;
	view->complete = log->complete;
	pthread_mutex_unlock(&log->lock);
}

/* (Under log->lock.) All that is worth waiting for, or the beginning of a log that takes long. */
static bool is_ready(const struct web_log *log)
{
	return log->indexed || (log->size < log->full_size && log->size >= FIRST_BYTES);
}

/* A moment for the loader, so that a log of ordinary size is complete from the first look on. */
static void wait_indexed(struct web_log *log)
{
	int64_t until = clock_monotonic_us() + INDEX_WAIT_MS * 1000;
	const struct timespec at = {.tv_sec = (time_t)(until / 1000000),
				    .tv_nsec = (long)(until % 1000000) * 1000};

	pthread_mutex_lock(&log->lock);
	while (!is_ready(log) &&
	       pthread_cond_timedwait(&log->changed, &log->lock, &at) != ETIMEDOUT)
		;
	pthread_mutex_unlock(&log->lock);
}

int web_log_look(struct web_log *log, const struct jci_repo *repo, bool with_times,
		 struct web_log_view *view, struct jci_error *err)
{
	int code;

	wait_indexed(log);
	web_log_update(log, repo);
	pthread_mutex_lock(&log->update);
	take_view(log, view);
	refresh_marks(log, repo, view);
	if (with_times)
		refresh_times(log, repo, view);
	pthread_mutex_lock(&log->lock);
	view->marks = marks_share(log->marks);
	view->times = with_times ? times_share(log->times) : NULL;
	pthread_mutex_unlock(&log->lock);
	view->text.index = &view->marks->index;
	code = jci_log_lines_count(&view->text, &log->count, &view->lines, err);
	pthread_mutex_unlock(&log->update);
	return code;
}

void web_log_view_release(struct web_log_view *view)
{
	marks_drop(view->marks);
	times_drop(view->times);
	*view = (struct web_log_view)WEB_LOG_VIEW_INIT;
}
