/*
 * Logs of runs that are open, shared by all who read them: the bytes, what is known of their lines,
 * and the followers (web/follow.h). A log is opened once, by whoever asks first, stays open for a
 * while, and is looked at again when it grows (web/live.h).
 *
 * A stored log that is large is unpacked into the cache (core/logcache.h) by a thread of its own,
 * and read meanwhile as far as it is there: it looks like one that grows.
 */
#ifndef JCI_WEB_LOGS_H
#define JCI_WEB_LOGS_H

#include "core/loggroups.h"
#include "core/loglines.h"
#include "core/record.h"

struct web_logs;
struct web_log;

/* watch(ctx) is called, from any thread, when a log was opened whose run goes on. */
struct web_logs *web_logs_new(void (*watch)(void *ctx), void *ctx);
/* What is under way gives up. */
void web_logs_stop(struct web_logs *logs);
/* When nobody has any of them. */
void web_logs_free(struct web_logs *logs);

/*
 * The log of a run, stored or live; waits until its first bytes can be read. The caller releases
 * it.
 */
int web_log_get(struct web_log **out, struct web_logs *logs, const struct jci_repo *repo,
		const struct jci_record *run, struct jci_error *err);
void web_log_release(struct web_log *log);
DEFINE_CLEANUP(web_log, struct web_log *, web_log_release)
#define cleanup_web_log cleanup(web_log_cleanup)

/* What is known of the lines; it doesn't change, whoever has it. */
struct web_marks {
	int refs;
	struct jci_log_index index;
	struct jci_log_groups groups;
};
struct web_times {
	int refs;
	struct jci_log_times times;
};

/* A log at one moment. */
struct web_log_view {
	struct jci_log_text text;
	uint64_t lines;
	bool complete; /* no more bytes will come */
	struct web_marks *marks;
	struct web_times *times; /* NULL: not asked for */
};
#define WEB_LOG_VIEW_INIT                           \
	{                                           \
		{-1, 0, NULL}, 0, false, NULL, NULL \
	}
/* What there is now. With the repository of the caller's thread. */
int web_log_look(struct web_log *log, const struct jci_repo *repo, bool with_times,
		 struct web_log_view *view, struct jci_error *err);
void web_log_view_release(struct web_log_view *view);
#define cleanup_web_log_view cleanup(web_log_view_release)

/* ---- for web/live.c: the logs whose runs go on ---- */

/* How many there are. The caller releases each of them, and frees the list. */
size_t web_logs_live(struct web_logs *logs, struct web_log ***list);
/* Looks whether the log grew, or its run ended, and tells the followers. */
void web_log_update(struct web_log *log, const struct jci_repo *repo);
/* What to watch for that. */
void web_log_path(struct strbuf *sb, const struct web_log *log, const struct jci_repo *repo);
/* The watcher's own data, all zero at first. */
struct web_log_watch {
	bool armed;     /* the kernel watches it */
	int wd;         /* by this descriptor of inotify(7) */
	int64_t due_us; /* when to look; 0: nothing to look at */
	int64_t looked_us;
	bool again; /* this look is the second after something happened */
};
struct web_log_watch *web_log_watch(struct web_log *log);

#endif
