#include "web/live.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "core/watch.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/gettext.h"
#include "util/json.h"
#include "util/thread.h"
#include "web/follow.h"

enum {
	LOG_FIRST_US = 2 * 1000, /* after the first write, when all was quiet */
	LOG_BETWEEN_US = 40 * 1000,
	LOG_AGAIN_US = 60 * 1000,  /* a process that dies is dead a moment after it was noticed */
	LOG_POLL_US = 1000 * 1000, /* in any case, while there are followers */
	CHANGE_BETWEEN_US = 200 * 1000,
	LOOSE_RUNS = 1024, /* commits whose folders of refs are watched */
};
enum { LOG_MASK = IN_MODIFY | IN_CLOSE_WRITE | IN_DELETE | IN_DELETE_SELF | IN_ONESHOT };

static const struct {
	unsigned what;
	const char *word;
} kinds[] = {
	{JCI_CHANGED_RUNS, "runs"},
	{JCI_CHANGED_LIVE, "live"},
	{JCI_CHANGED_REFS, "refs"},
};
enum { KINDS = ARRAY_SIZE(kinds) };

/* A client of web_live_listen(). */
struct listener {
	struct web_live *live;
	struct http_stream *stream;
	struct listener *prev, *next;
	unsigned seen[KINDS], beats; /* of those in web_live */
};

struct web_live {
	struct web_logs *logs;

	pthread_mutex_t lock;
	pthread_t thread;
	bool running;
	bool wants_changes; /* somebody listens */
	bool has_changes;   /* from now on they are noticed */
	pthread_cond_t ready;
	unsigned tasks;
	pthread_cond_t no_task;
	struct listener *listeners;
	unsigned changes[KINDS], beats; /* how many there were */

	int wake; /* eventfd(2): there is something new for the thread, or it shall end */
	bool stopping;

	/* the thread's own */
	struct jci_repo repo;
	int inotify; /* of logs; -1: there is none */
	struct jci_watch *watch;
	int64_t watch_us; /* when to read it; 0: when it can be read */
	int64_t look_us;  /* when to look at what the kernel does not watch */
	unsigned noticed; /* and not told yet */
	int64_t told_us, beat_us;
};

/* ---- logs ---- */

static void arm(struct web_live *live, struct web_log *log)
{
	struct web_log_watch *w = web_log_watch(log);
	cleanup_strbuf struct strbuf path = STRBUF_INIT;

	if (w->armed || live->inotify < 0)
		return;
	web_log_path(&path, log, &live->repo);
	w->wd = inotify_add_watch(live->inotify, path.buf, LOG_MASK);
	w->armed = w->wd >= 0;
}

/* When it is to be looked at next; INT64_MAX: when something happens. */
static int64_t log_due(struct web_log *log)
{
	const struct web_log_watch *w = web_log_watch(log);
	int64_t due = w->due_us ? w->due_us : INT64_MAX;

	if (!w->armed || web_log_has_followers(log)) {
		int64_t poll = w->looked_us + LOG_POLL_US;

		due = poll < due ? poll : due;
	}
	return due;
}

/* The kernel watches it again before it is looked at: nothing that is written is missed. */
static void look_at(struct web_live *live, struct web_log *log, int64_t now)
{
	struct web_log_watch *w = web_log_watch(log);
	bool again = w->due_us && !w->again;

	arm(live, log);
	web_log_update(log, &live->repo);
	w->looked_us = now;
	w->again = again;
	w->due_us = again ? now + LOG_AGAIN_US : 0;
}

static void happened(struct web_log *log, int wd, int64_t now)
{
	struct web_log_watch *w = web_log_watch(log);
	int64_t next = w->looked_us + LOG_BETWEEN_US;

	if (!w->armed || w->wd != wd)
		return;
	w->armed = false;
	w->again = false;
	w->due_us = next > now + LOG_FIRST_US ? next : now + LOG_FIRST_US;
}

static void read_inotify(struct web_live *live, struct web_log **logs, size_t n, int64_t now)
{
	char buf[16 * 1024] __attribute__((aligned(__alignof__(struct inotify_event))));
	ssize_t len;

	while (live->inotify >= 0 && (len = read(live->inotify, buf, sizeof(buf))) > 0) {
		const struct inotify_event *e;

		for (const char *p = buf; p < buf + len; p += sizeof(*e) + e->len) {
			e = (const struct inotify_event *)p;
			for (size_t i = 0; i < n; i++)
				happened(logs[i], e->wd, now);
		}
	}
}

/* Looks at what is due, and returns when something will be. */
static int64_t attend_logs(struct web_live *live, bool beat)
{
	cleanup_free struct web_log **logs = NULL;
	const size_t n = web_logs_live(live->logs, &logs);
	int64_t now = clock_monotonic_us(), next = INT64_MAX;

	read_inotify(live, logs, n, now);
	for (size_t i = 0; i < n; i++) {
		int64_t due = log_due(logs[i]);

		if (due <= now) {
			look_at(live, logs[i], now);
			due = log_due(logs[i]);
		}
		if (beat)
			web_log_beat(logs[i]);
		next = due < next ? due : next;
		web_log_release(logs[i]);
	}
	return next;
}

/* ---- changes ---- */

static void tell(struct web_live *live, int64_t now)
{
	pthread_mutex_lock(&live->lock);
	for (size_t i = 0; i < KINDS; i++)
		live->changes[i] += (live->noticed & kinds[i].what) != 0;
	for (struct listener *l = live->listeners; l; l = l->next)
		http_stream_wake(l->stream);
	pthread_mutex_unlock(&live->lock);
	live->noticed = 0;
	live->told_us = now;
}

/* As core/watch.h has it: events are left to gather for a moment. */
static void read_watch(struct web_live *live, int64_t now)
{
	struct jci_change change;

	if (live->watch_us && live->watch_us <= now) {
		jci_watch_read(live->watch);
		live->watch_us = 0;
	}
	if (jci_watch_is_polling(live->watch) && live->look_us <= now) {
		jci_watch_look(live->watch);
		live->look_us = now + JCI_WATCH_POLL_US;
	}
	if (!live->watch_us && jci_watch_take(live->watch, &change)) {
		live->noticed |= change.what;
		live->watch_us = now + JCI_WATCH_BETWEEN_US;
	}
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Returns when something will be due. */
static int64_t attend_changes(struct web_live *live)
{
	int64_t now = clock_monotonic_us(), next = INT64_MAX;

	if (!live->watch)
		return next;
	read_watch(live, now);
	if (live->noticed && live->told_us + CHANGE_BETWEEN_US <= now)
		tell(live, now);
	if (live->noticed)
		next = live->told_us + CHANGE_BETWEEN_US;
	if (live->watch_us)
		next = earlier(next, live->watch_us);
	if (jci_watch_is_polling(live->watch))
		next = earlier(next, live->look_us);
	return next;
}

static void begin_watch(struct web_live *live)
{
	struct jci_change from_the_start;
	bool wanted;

	pthread_mutex_lock(&live->lock);
	wanted = live->wants_changes && !live->has_changes;
	pthread_mutex_unlock(&live->lock);
	if (!wanted)
		return;
	live->watch = jci_watch_new(&live->repo);
	jci_watch_loose_runs(live->watch, LOOSE_RUNS);
	jci_watch_take(live->watch, &from_the_start);
	pthread_mutex_lock(&live->lock);
	live->has_changes = true;
	pthread_cond_broadcast(&live->ready);
	pthread_mutex_unlock(&live->lock);
}

/* ---- the thread ---- */

static void wait_until(struct web_live *live, int64_t due)
{
	const int64_t now = clock_monotonic_us();
	uint64_t ignored;
	int watch = live->watch && !live->watch_us ? jci_watch_fd(live->watch) : -1;
	struct pollfd fds[] = {
		{.fd = live->wake, .events = POLLIN},
		{.fd = live->inotify, .events = POLLIN},
		{.fd = watch, .events = POLLIN},
	};
	int64_t ms = due <= now ? 0 : (due - now + 999) / 1000;

	if (poll(fds, ARRAY_SIZE(fds), due == INT64_MAX ? -1 : (int)ms) <= 0)
		return;
	if (fds[0].revents && read(live->wake, &ignored, sizeof(ignored)) < 0)
		return;
	if (fds[2].revents)
		live->watch_us = clock_monotonic_us() + JCI_WATCH_FIRST_US;
}

static bool beat(struct web_live *live, int64_t now)
{
	if (now < live->beat_us)
		return false;
	live->beat_us = now + WEB_BEAT_US;
	pthread_mutex_lock(&live->lock);
	live->beats++;
	for (struct listener *l = live->listeners; l; l = l->next)
		http_stream_wake(l->stream);
	pthread_mutex_unlock(&live->lock);
	return true;
}

static void *run(void *arg)
{
	struct web_live *live = arg;

	live->beat_us = clock_monotonic_us() + WEB_BEAT_US;
	while (!__atomic_load_n(&live->stopping, __ATOMIC_RELAXED)) {
		int64_t next;

		begin_watch(live);
		next = attend_logs(live, beat(live, clock_monotonic_us()));
		next = earlier(next, attend_changes(live));
		wait_until(live, earlier(next, live->beat_us));
	}
	return NULL;
}

/* (Under the lock.) */
static int start(struct web_live *live, struct jci_error *err)
{
	if (live->running || live->stopping)
		return 0;
	if (!live->repo.git && jci_repo_open(&live->repo, err) < 0)
		return err->code;
	if (live->inotify < 0)
		live->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	errno = thread_start(&live->thread, run, live);
	if (errno)
		return jci_error_errno(err, JCI_EFAIL, _("cannot start a thread"));
	live->running = true;
	return 0;
}

static void poke(struct web_live *live)
{
	const uint64_t one = 1;

	/* it can't fail but where the thread has been woken 2^64 times and did not come */
	if (write(live->wake, &one, sizeof(one)) < 0)
		return;
}

/* A live log was opened. If there is no thread, those who follow it have the error of listening. */
static void on_live_log(void *ctx)
{
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;
	struct web_live *live = ctx;

	pthread_mutex_lock(&live->lock);
	start(live, &ignored);
	pthread_mutex_unlock(&live->lock);
	poke(live);
}

/* ---- listeners ---- */

/* (Under the lock.) What is new for the listener; false: nothing. */
static bool add_news(struct listener *l, struct strbuf *sb)
{
	cleanup_json cJSON *json = cJSON_CreateObject();
	cJSON *what = cJSON_AddArrayToObject(json, "what");

	for (size_t i = 0; i < KINDS; i++) {
		if (l->seen[i] == l->live->changes[i])
			continue;
		l->seen[i] = l->live->changes[i];
		cJSON_AddItemToArray(what, cJSON_CreateString(kinds[i].word));
	}
	if (cJSON_GetArraySize(what) > 0) {
		strbuf_addstr(sb, "event: change\ndata: ");
		json_print(sb, json, false);
		strbuf_addch(sb, '\n');
	} else if (l->beats != l->live->beats) {
		strbuf_addstr(sb, ":\n\n");
	}
	l->beats = l->live->beats;
	return sb->len > 0;
}

/* An event is far shorter than any buffer. */
static ssize_t read_listener(void *ctx, uint64_t at, char *buf, size_t max)
{
	cleanup_strbuf struct strbuf news = STRBUF_INIT;
	struct listener *l = ctx;
	bool any;

	(void)at;
	pthread_mutex_lock(&l->live->lock);
	any = add_news(l, &news);
	pthread_mutex_unlock(&l->live->lock);
	if (!any)
		return HTTP_LATER;
	if (news.len > max)
		return HTTP_BROKEN;
	memcpy(buf, news.buf, news.len);
	return (ssize_t)news.len;
}

static void release_listener(void *ctx)
{
	struct listener *l = ctx;
	struct web_live *live = l->live;

	pthread_mutex_lock(&live->lock);
	if (l->prev)
		l->prev->next = l->next;
	else if (live->listeners == l)
		live->listeners = l->next;
	if (l->next)
		l->next->prev = l->prev;
	pthread_mutex_unlock(&live->lock);
	free(l);
}

/* Its first bytes are a sign of life. */
static void started(void *ctx, struct http_stream *stream)
{
	struct listener *l = ctx;
	struct web_live *live = l->live;

	l->stream = stream;
	pthread_mutex_lock(&live->lock);
	memcpy(l->seen, live->changes, sizeof(l->seen));
	l->beats = live->beats - 1;
	l->next = live->listeners;
	if (l->next)
		l->next->prev = l;
	live->listeners = l;
	pthread_mutex_unlock(&live->lock);
}

int web_live_ready(struct web_live *live, struct jci_error *err)
{
	int code;

	pthread_mutex_lock(&live->lock);
	live->wants_changes = true;
	code = start(live, err);
	poke(live);
	while (code == 0 && !live->has_changes && !live->stopping)
		pthread_cond_wait(&live->ready, &live->lock);
	pthread_mutex_unlock(&live->lock);
	return code;
}

void web_live_listen(struct web_live *live, struct http_request *rq)
{
	struct listener *l = xcalloc(1, sizeof(*l));
	const struct http_source source = {
		.ctx = l,
		.read = read_listener,
		.release = release_listener,
	};

	l->live = live;
	http_respond_stream(rq, 200, HTTP_UNKNOWN, &source, started);
}

/* ---- start and end ---- */

struct web_live *web_live_new(void)
{
	struct web_live *live = xcalloc(1, sizeof(*live));

	pthread_mutex_init(&live->lock, NULL);
	pthread_cond_init(&live->ready, NULL);
	pthread_cond_init(&live->no_task, NULL);
	live->inotify = -1;
	live->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	live->logs = web_logs_new(on_live_log, live);
	return live;
}

struct web_logs *web_live_logs(struct web_live *live)
{
	return live->logs;
}

void web_live_stop(struct web_live *live)
{
	bool running;

	web_logs_stop(live->logs);
	pthread_mutex_lock(&live->lock);
	running = live->running;
	__atomic_store_n(&live->stopping, true, __ATOMIC_RELAXED);
	pthread_cond_broadcast(&live->ready);
	pthread_mutex_unlock(&live->lock);
	poke(live);
	if (running)
		pthread_join(live->thread, NULL);
	live->running = false;
}

bool web_live_task_begin(struct web_live *live)
{
	bool may;

	pthread_mutex_lock(&live->lock);
	may = live->tasks < WEB_MAX_TASKS && !live->stopping;
	live->tasks += may;
	pthread_mutex_unlock(&live->lock);
	return may;
}

void web_live_task_end(struct web_live *live)
{
	pthread_mutex_lock(&live->lock);
	if (--live->tasks == 0)
		pthread_cond_broadcast(&live->no_task);
	pthread_mutex_unlock(&live->lock);
}

void web_live_free(struct web_live *live)
{
	pthread_mutex_lock(&live->lock);
	while (live->tasks)
		pthread_cond_wait(&live->no_task, &live->lock);
	pthread_mutex_unlock(&live->lock);
	web_logs_free(live->logs);
	jci_watch_free(live->watch);
	cleanup_closep(&live->inotify);
	cleanup_closep(&live->wake);
	jci_repo_release(&live->repo);
	pthread_mutex_destroy(&live->lock);
	pthread_cond_destroy(&live->ready);
	pthread_cond_destroy(&live->no_task);
	free(live);
}
