#include "server/queue.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "server/queuepriv.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/fault.h"
#include "util/gettext.h"

enum { SCHEMA_VERSION = 1 };

static const char schema[] =
#include "src/server/schema.inc"
	;

/* ---- waiting for changes ---- */

static void tell_waiters(struct queue *queue, bool stop)
{
	pthread_mutex_lock(&queue->wait_lock);
	queue->changes++;
	queue->stopped |= stop;
	pthread_cond_broadcast(&queue->changed);
	pthread_mutex_unlock(&queue->wait_lock);
}

void queue_stop(struct queue *queue)
{
	tell_waiters(queue, true);
}

uint64_t queue_wait(struct queue *queue, uint64_t seen, int64_t timeout_us)
{
	const int64_t until = clock_monotonic_us() + timeout_us;
	const struct timespec ts = {until / 1000000, until % 1000000 * 1000};
	uint64_t changes;

	pthread_mutex_lock(&queue->wait_lock);
	while (!queue->stopped && queue->changes == seen)
		if (pthread_cond_timedwait(&queue->changed, &queue->wait_lock, &ts) == ETIMEDOUT)
			break;
	changes = queue->changes;
	pthread_mutex_unlock(&queue->wait_lock);
	return changes;
}

/* ---- commits ---- */

/* All that wait for the commit return, with the error if there is one. */
static void release_calls(struct queue *queue, const struct jci_error *failed)
{
	while (queue->calls) {
		struct call *call = queue->calls;

		queue->calls = call->next;
		if (failed->code < 0 && !call->err->code)
			jci_error_set(call->err, failed->code, "%s", failed->message);
		sem_post(&call->done);
	}
}

/* What failed is no longer in the database, but may be in memory. */
static void read_anew(struct queue *queue)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;

	queue->stale = queue_memory_load(queue, &err) < 0;
}

/* Ends the transaction, for the call that has the lock and for those that wait. */
static int commit(struct queue *queue, bool wanted, struct jci_error *err)
{
	cleanup_error struct jci_error failed = JCI_ERROR_INIT;

	queue->open = false;
	fault_point("queue-written");
	if (!wanted)
		jci_error_set(&failed, JCI_EFAIL,
			      _("the database gave up what others wrote at the same time"));
	else if (db_commit(queue->db, &failed) == 0)
		queue->sum.commits++;
	fault_point("queue-committed");
	if (failed.code < 0) {
		db_rollback(queue->db);
		read_anew(queue);
	} else {
		tell_waiters(queue, false);
	}
	release_calls(queue, &failed);
	if (failed.code < 0 && !err->code)
		jci_error_set(err, failed.code, "%s", failed.message);
	return err->code;
}

/* Of the call that has the lock. false: the whole transaction is lost. */
static bool close_savepoint(struct queue *queue, bool keep)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;

	queue->writing = false;
	if (!keep && db_run(queue->db, "ROLLBACK TO call", DB_NONE, &err) < 0)
		return false;
	if (db_run(queue->db, "RELEASE call", DB_NONE, &err) < 0)
		return false;
	if (!keep)
		read_anew(queue);
	return true;
}

static int begin_writing(struct queue *queue, struct jci_error *err)
{
	if (!queue->open && db_begin(queue->db, err) < 0)
		return err->code;
	queue->open = true;
	if (db_run(queue->db, "SAVEPOINT call", DB_NONE, err) < 0)
		return err->code;
	queue->writing = true;
	return 0;
}

/* ---- calls ---- */

int queue_begin(struct queue *queue, struct jci_error *err)
{
	__atomic_add_fetch(&queue->waiting, 1, __ATOMIC_SEQ_CST);
	pthread_mutex_lock(&queue->lock);
	__atomic_sub_fetch(&queue->waiting, 1, __ATOMIC_SEQ_CST);
	if (!queue->stale || queue_memory_load(queue, err) == 0) {
		queue->stale = false;
		return 0;
	}
	return queue_end(queue, err->code, err);
}

int queue_end(struct queue *queue, int code, struct jci_error *err)
{
	struct call call = {.err = err};

	if (queue->writing && !close_savepoint(queue, code >= 0)) {
		code = commit(queue, false, err);
	} else if (queue->open && __atomic_load_n(&queue->waiting, __ATOMIC_SEQ_CST) == 0) {
		code = commit(queue, true, err) < 0 ? err->code : code;
	} else if (queue->open) {
		sem_init(&call.done, 0, 0);
		call.next = queue->calls;
		queue->calls = &call;
		pthread_mutex_unlock(&queue->lock);
		while (sem_wait(&call.done) < 0)
			;
		sem_destroy(&call.done);
		return err->code < 0 ? err->code : code;
	}
	pthread_mutex_unlock(&queue->lock);
	return code;
}

struct db_row *queue_ask(struct queue *queue, const char *sql, const struct db_value *values,
			 struct jci_error *err)
{
	queue->sum.statements++;
	return db_query(queue->db, sql, values, err);
}

int queue_tell(struct queue *queue, const char *sql, const struct db_value *values,
	       struct jci_error *err)
{
	queue->sum.statements++;
	if (!queue->writing && begin_writing(queue, err) < 0)
		return err->code;
	return db_run(queue->db, sql, values, err);
}

int queue_ask_exists(struct queue *queue, const char *sql, const struct db_value *values,
		     struct jci_error *err)
{
	struct db_row *row = queue_ask(queue, sql, values, err);
	int code = db_next(row, err);

	db_end(row);
	return code;
}

/* ---- opening ---- */

static void init_locks(struct queue *queue)
{
	pthread_condattr_t attr;

	pthread_mutex_init(&queue->lock, NULL);
	pthread_mutex_init(&queue->wait_lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&queue->changed, &attr);
	pthread_condattr_destroy(&attr);
}

static void release(struct queue *queue)
{
	queue_memory_release(&queue->memory);
	db_close(queue->db);
	pthread_cond_destroy(&queue->changed);
	pthread_mutex_destroy(&queue->wait_lock);
	pthread_mutex_destroy(&queue->lock);
	free(queue->web_url);
	free(queue);
}
DEFINE_CLEANUP(queue, struct queue *, release)

/* What the server did when it ended may have been done or not. */
static int mend(struct queue *queue, struct jci_error *err)
{
	if (queue_tell(queue,
		       "UPDATE outbox SET phase = 'waiting', uncertain = 1 WHERE phase = 'sending'",
		       DB_NONE, err) < 0 ||
	    queue_tell(queue, "UPDATE outbox SET due_us = 0 WHERE phase = 'waiting'", DB_NONE,
		       err) < 0)
		return err->code;
	if (queue->options.deploy_keys &&
	    queue_tell(queue,
		       "UPDATE jobs INDEXED BY jobs_live SET prepared = 0 "
		       "WHERE state = 'pending' AND state <> 'done' AND key_id IS NULL",
		       DB_NONE, err) < 0)
		return err->code;
	return queue_memory_load(queue, err);
}

int queue_open(struct queue **out, const struct queue_options *options, struct jci_error *err)
{
	cleanup(queue_cleanup) struct queue *queue = xcalloc(1, sizeof(*queue));

	init_locks(queue);
	queue->options = *options;
	queue->options.path = NULL;
	queue->options.web_url = queue->web_url =
		options->web_url ? xstrdup(options->web_url) : NULL;
	if (db_open(&queue->db, options->path, schema, SCHEMA_VERSION, err) < 0 ||
	    queue_begin(queue, err) < 0 || queue_end(queue, mend(queue, err), err) < 0)
		return err->code;
	*out = steal_ptr(queue);
	return 0;
}

void queue_close(struct queue *queue)
{
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;

	if (!queue)
		return;
	if (queue_begin(queue, &ignored) == 0)
		queue_end(queue, queue_runners_write(queue, &ignored), &ignored);
	release(queue);
}
