#include "core/publish.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <git2/sys/commit.h>

#include "core/chunks.h"
#include "core/gitclean.h"
#include "core/live.h"
#include "core/signature.h"
#include "core/transport.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/gettext.h"
#include "util/io.h"
#include "util/thread.h"

/* A log that grows faster than it can be sent is sent in steps of so many chunks. */
enum { MAX_CHUNKS_AT_ONCE = 16 };
/* After failures in a row the time between two attempts doubles up to that. */
#define MAX_WAIT_US (INT64_C(60) * 1000000)
/*
 * How long a push may go on after the run has ended. The remote's side of one that is ended may
 * still do its work, and put the state in the place of the result: so that comes last.
 */
#define LINGER_US (INT64_C(10) * 1000000)

struct jci_publisher {
	pthread_t thread;
	bool running; /* there is a thread to be waited for */
	pthread_mutex_t lock;
	pthread_cond_t wake;
	int64_t stop_us; /* since when it is to end, monotonic; 0: it is not. Guarded by the lock */

	/* Of the thread alone while it runs. */
	struct jci_publish publish;
	char *remote;
	struct jci_record run;
	struct jci_repo repo;
	bool is_open;
	int log; /* -1: not there yet */
	char *buf;
	struct jci_chunks chunks;
	git_oid last; /* the newest state; zero: none */
	git_oid sent; /* the newest that the remote is known to have */
	bool failed;  /* the attempt before */
	int64_t wait_us;
};

/* ---- one state of the run ---- */

static int not_stored(struct jci_error *err)
{
	return jci_error_git(err, JCI_EFAIL, _("cannot store the run"));
}

static int add_file(git_treebuilder *tree, const struct jci_repo *repo, const char *name,
		    const char *data, size_t len, struct jci_error *err)
{
	git_oid oid;

	if (git_blob_create_from_buffer(&oid, repo->git, data, len) < 0 ||
	    git_treebuilder_insert(NULL, tree, name, &oid, GIT_FILEMODE_BLOB) < 0)
		return not_stored(err);
	return 0;
}

/* .jci/ */
static int put_folder(struct jci_publisher *p, git_oid *oid, struct jci_error *err)
{
	cleanup_git_treebuilder git_treebuilder *tree = NULL;
	cleanup_json cJSON *json = jci_record_to_json(&p->run, false);
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	git_oid log;

	json_print(&text, json, true);
	if (git_treebuilder_new(&tree, p->repo.git, NULL) < 0)
		return not_stored(err);
	if (add_file(tree, &p->repo, "run.json", text.buf, text.len, err) < 0 ||
	    jci_chunks_write(&p->chunks, &p->repo, &log, err) < 0)
		return err->code;
	if (git_treebuilder_insert(NULL, tree, "log", &log, GIT_FILEMODE_TREE) < 0 ||
	    git_treebuilder_write(oid, tree) < 0)
		return not_stored(err);
	return 0;
}

static int put_tree(struct jci_publisher *p, git_oid *oid, struct jci_error *err)
{
	cleanup_git_treebuilder git_treebuilder *tree = NULL;
	const char *status = jci_status_name(p->run.status);
	git_oid folder;

	if (git_treebuilder_new(&tree, p->repo.git, NULL) < 0)
		return not_stored(err);
	if (add_file(tree, &p->repo, "status.txt", status, strlen(status), err) < 0 ||
	    put_folder(p, &folder, err) < 0)
		return err->code;
	if (git_treebuilder_insert(NULL, tree, ".jci", &folder, GIT_FILEMODE_TREE) < 0 ||
	    git_treebuilder_write(oid, tree) < 0)
		return not_stored(err);
	return 0;
}

/*
 * The parent is the newest state, sent or not: of a push that failed nobody knows how far it came,
 * and this way the remote's state is an ancestor in any case.
 */
static int put_state(struct jci_publisher *p, struct jci_error *err)
{
	cleanup_git_signature git_signature *author = NULL, *committer = NULL;
	cleanup_strbuf struct strbuf message = STRBUF_INIT;
	const git_oid parent = p->last, *parents[] = {&parent};
	git_oid tree;

	if (put_tree(p, &tree, err) < 0 ||
	    jci_signature_new(&author, &p->repo, p->run.start_us, err) < 0 ||
	    jci_signature_new(&committer, &p->repo, clock_now_us(), err) < 0)
		return err->code;
	jci_record_message(&message, &p->run);
	if (git_commit_create_from_ids(&p->last, p->repo.git, NULL, author, committer, NULL,
				       message.buf, &tree, git_oid_is_zero(&parent) ? 0 : 1,
				       parents) < 0)
		return not_stored(err);
	return 0;
}

/* ---- the log ---- */

/* The next chunk; its length, 0 where there is nothing new, <0 on failure. */
static ssize_t take_chunk(struct jci_publisher *p, struct jci_error *err)
{
	ssize_t n;

	if (p->log < 0)
		p->log = jci_live_open(&p->repo, &p->run.ref.id, "log");
	if (p->log < 0)
		return errno == ENOENT ? 0
				       : jci_error_errno(err, JCI_EFAIL,
							 _("cannot read the log of the run"));
	n = pread_full(p->log, p->buf, JCI_CHUNK_MAX, (off_t)p->run.log_bytes);
	if (n < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot read the log of the run"));
	if (n > 0 && jci_chunks_add(&p->chunks, &p->repo, p->buf, (size_t)n, err) < 0)
		return err->code;
	p->run.log_bytes += (uint64_t)n;
	return n;
}

/* How many full chunks there were at most tells whether there is more. */
static int take_log(struct jci_publisher *p, bool *any, bool *more, struct jci_error *err)
{
	ssize_t n = JCI_CHUNK_MAX;

	for (int i = 0; n == JCI_CHUNK_MAX && i < MAX_CHUNKS_AT_ONCE; i++) {
		n = take_chunk(p, err);
		if (n < 0)
			return (int)n;
		*any |= n > 0;
	}
	*more = n == JCI_CHUNK_MAX;
	return 0;
}

/* ---- sending ---- */

/* How long it has been to end; -1: it is not. */
static int64_t stopped_for(struct jci_publisher *p)
{
	int64_t since;

	pthread_mutex_lock(&p->lock);
	since = p->stop_us;
	pthread_mutex_unlock(&p->lock);
	return since ? clock_monotonic_us() - since : -1;
}

static bool lingers(void *ctx)
{
	const struct jci_publisher *p = ctx;
	int64_t us = stopped_for(ctx);

	return us > LINGER_US || (us >= 0 && p->publish.hurry && p->publish.hurry(p->publish.ctx));
}

/* What the remote says of a ref that it refuses; git's own last line says only that it did. */
static void on_report(void *ctx, const struct jci_ref_report *report)
{
	struct strbuf *why = ctx;

	if (report->flag == '!')
		strbuf_add(why, report->why, report->why_len);
}

/* state NULL: the ref is removed. */
static int push(struct jci_publisher *p, const git_oid *state, bool (*stop)(void *ctx),
		struct jci_error *err)
{
	const struct jci_remote remote = {
		.name = p->remote,
		.timeout_us = p->publish.timeout_us,
		.stop = stop,
		.ctx = p,
	};
	cleanup_argv struct jci_argv argv = {NULL, 0, 0};
	cleanup_strbuf struct strbuf name = STRBUF_INIT, why = STRBUF_INIT;
	char hex[JCI_OID_HEX_SIZE] = "";
	bool reported;

	if (state)
		git_oid_tostr(hex, sizeof(hex), state);
	jci_ref_name(&name, &p->run.ref);
	jci_transport_begin(&argv, &p->repo, &remote, "push");
	jci_argv_add(&argv, "--");
	jci_argv_add(&argv, "%s", p->remote);
	jci_argv_add(&argv, "%s:%s", hex, name.buf);
	if (jci_transport_push(&argv, &remote, on_report, &why, &reported, err) == 0)
		return 0;
	if (why.len > 0)
		jci_error_set(err, JCI_EFAIL, "%s: %s", p->remote, why.buf);
	return err->code;
}

static int send(struct jci_publisher *p, struct jci_error *err)
{
	if (push(p, &p->last, lingers, err) < 0)
		return err->code;
	git_oid_cpy(&p->sent, &p->last);
	return 0;
}

/* ---- the thread ---- */

/* Sends what is new; *more: there is more to send at once. */
static int publish_once(struct jci_publisher *p, bool *more, struct jci_error *err)
{
	bool any = git_oid_is_zero(&p->last);

	if (take_log(p, &any, more, err) < 0 || (any && put_state(p, err) < 0))
		return err->code;
	return git_oid_equal(&p->sent, &p->last) ? 0 : send(p, err);
}

/* False once it is to end. */
static bool wait_for_turn(struct jci_publisher *p)
{
	struct timespec due;
	bool stop;

	clock_gettime(CLOCK_MONOTONIC, &due);
	due.tv_sec += (time_t)(p->wait_us / 1000000);
	due.tv_nsec += (long)(p->wait_us % 1000000) * 1000;
	if (due.tv_nsec >= 1000000000) {
		due.tv_sec++;
		due.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&p->lock);
	while (!p->stop_us &&
	       pthread_cond_clockwait(&p->wake, &p->lock, CLOCK_MONOTONIC, &due) != ETIMEDOUT)
		;
	stop = p->stop_us != 0;
	pthread_mutex_unlock(&p->lock);
	return !stop;
}

static void take_failure(struct jci_publisher *p, const struct jci_error *err)
{
	if (!p->failed && stopped_for(p) < 0 && p->publish.failed)
		p->publish.failed(p->publish.ctx, err);
	p->wait_us = p->failed ? 2 * p->wait_us : p->publish.interval_us;
	if (p->wait_us > MAX_WAIT_US)
		p->wait_us = MAX_WAIT_US;
	p->failed = true;
}

static int open_repo(struct jci_publisher *p, struct jci_error *err)
{
	if (p->is_open)
		return 0;
	if (jci_repo_open(&p->repo, err) < 0) {
		jci_repo_release(&p->repo);
		return err->code;
	}
	p->is_open = true;
	return 0;
}

static void *publish_main(void *arg)
{
	struct jci_publisher *p = arg;

	do {
		cleanup_error struct jci_error err = JCI_ERROR_INIT;
		bool more = false;

		if (open_repo(p, &err) < 0 || publish_once(p, &more, &err) < 0) {
			take_failure(p, &err);
			continue;
		}
		p->failed = false;
		p->wait_us = more ? 0 : p->publish.interval_us;
	} while (wait_for_turn(p));
	return NULL;
}

/* ---- the module ---- */

int jci_publisher_start(struct jci_publisher **out, const struct jci_publish *publish,
			const struct jci_record *run, struct jci_error *err)
{
	cleanup_publisher struct jci_publisher *p = xcalloc(1, sizeof(*p));

	p->publish = *publish;
	p->remote = xstrdup(publish->remote);
	p->publish.remote = p->remote;
	p->log = -1;
	p->buf = xmalloc(JCI_CHUNK_MAX);
	jci_record_init(&p->run);
	jci_record_copy(&p->run, run);
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->wake, NULL);
	errno = thread_start(&p->thread, publish_main, p);
	if (errno)
		return jci_error_errno(err, JCI_EFAIL, _("cannot start a thread"));
	p->running = true;
	*out = steal_ptr(p);
	return 0;
}

void jci_publisher_stop(struct jci_publisher *p)
{
	if (!p->running)
		return;
	pthread_mutex_lock(&p->lock);
	p->stop_us = clock_monotonic_us();
	pthread_cond_signal(&p->wake);
	pthread_mutex_unlock(&p->lock);
	pthread_join(p->thread, NULL);
	p->running = false;
}

bool jci_publisher_sent(const struct jci_publisher *p, git_oid *state)
{
	git_oid_cpy(state, &p->sent);
	return !git_oid_is_zero(&p->sent);
}

int jci_publisher_retract(struct jci_publisher *p, struct jci_error *err)
{
	return git_oid_is_zero(&p->last) ? 0 : push(p, NULL, NULL, err);
}

void jci_publisher_free(struct jci_publisher *p)
{
	if (!p)
		return;
	jci_publisher_stop(p);
	jci_chunks_release(&p->chunks);
	jci_repo_release(&p->repo);
	jci_record_release(&p->run);
	cleanup_closep(&p->log);
	pthread_cond_destroy(&p->wake);
	pthread_mutex_destroy(&p->lock);
	free(p->buf);
	free(p->remote);
	free(p);
}
