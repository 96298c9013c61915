#include "queues.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "support.h"
#include "util/alloc.h"

struct queue *queue;
struct queue_options queue_opts;
struct jci_error err = JCI_ERROR_INIT;
unsigned deliveries;

void ok(int code)
{
	if (code < 0)
		fail_msg("%s", err.message ? err.message : "(no message)");
}

void refused(int code, int expected)
{
	assert_int_equal(code, expected);
	assert_int_equal(err.code, expected);
	assert_non_null(err.message);
	jci_error_clear(&err);
}

int open_it(void **state)
{
	make_folder(state);
	queue_opts = (struct queue_options){
		.path = below("server.db"),
		.lease_us = LONG_LEASE_US,
		.timeout_us = LONG_LEASE_US,
		.max_attempts = 3,
		.max_jobs = 4,
		.web_url = "https://ci.example.org/",
	};
	ok(queue_open(&queue, &queue_opts, &err));
	return 0;
}

int close_it(void **state)
{
	queue_close(queue);
	free((char *)queue_opts.path);
	return remove_folder(state);
}

void reopen(void)
{
	queue_close(queue);
	queue = NULL;
	ok(queue_open(&queue, &queue_opts, &err));
}

void set_commit(char out[JCI_OID_HEX_SIZE], unsigned n)
{
	if (n)
		snprintf(out, JCI_OID_HEX_SIZE, "%07x%033x", n & 0xfffffff, n);
	else
		out[0] = '\0';
}

struct event new_event(enum event_kind kind, const char *ref, unsigned commit)
{
	struct event event = {.kind = kind, .repository = (char *)"boss/demo", .ref = (char *)ref};

	set_commit(event.commit, commit);
	deliveries++;
	memcpy(event.digest, &deliveries, sizeof(deliveries));
	return event;
}

struct accepted take(const struct event *event)
{
	struct accepted accepted;

	ok(queue_accept(queue, event, &accepted, &err));
	return accepted;
}

struct accepted push(const char *ref, unsigned before, unsigned commit)
{
	struct event event = new_event(EVENT_PUSH, ref, commit);

	set_commit(event.before, before);
	return take(&event);
}

int64_t queued(struct accepted accepted)
{
	assert_int_equal(accepted.outcome, ACCEPT_QUEUED);
	assert_true(accepted.job > 0);
	return accepted.job;
}

void prepare(int64_t id, const char *labels)
{
	ok(queue_prepared(queue, id, labels, NULL, NULL, &err));
}

int64_t ready(const char *ref, unsigned before, unsigned commit)
{
	int64_t id = queued(push(ref, before, commit));

	prepare(id, NULL);
	return id;
}

struct job get(int64_t id)
{
	struct job job;

	ok(queue_job(queue, id, &job, &err));
	return job;
}

void check_state(int64_t id, enum job_state state)
{
	cleanup_job struct job job = get(id);

	assert_string_equal(job_state_name(job.state), job_state_name(state));
}

void check_done(int64_t id, enum job_reason reason, const char *detail)
{
	cleanup_job struct job job = get(id);

	assert_string_equal(job_state_name(job.state), "done");
	assert_string_equal(job_reason_name(job.reason), job_reason_name(reason));
	if (detail)
		assert_string_equal(job.detail, detail);
	assert_true(job.ended_us > 0);
}

/* ---- runners ---- */

const char *const no_labels[] = {NULL};

struct orders poll_as(const char *runner, const char *const *labels, int slots,
		      const struct polled_job *jobs, size_t n)
{
	const struct poll poll = {runner, runner, "1", labels, slots, jobs, n};
	struct orders orders;

	ok(queue_poll(queue, &poll, &orders, &err));
	return orders;
}

int64_t fetch_as(const char *runner, const char *const *labels)
{
	cleanup_orders struct orders orders = poll_as(runner, labels, 1, NULL, 0);

	return orders.has_job ? orders.job.id : 0;
}

char says(const char *runner, const struct polled_job *job)
{
	cleanup_orders struct orders orders = poll_as(runner, no_labels, 0, job, 1);

	assert_false(orders.has_job);
	assert_true(orders.n_cancel + orders.n_forget <= 1);
	if (orders.n_cancel)
		assert_int_equal(orders.cancel[0].id, job->id);
	if (orders.n_forget)
		assert_int_equal(orders.forget[0].id, job->id);
	return orders.n_cancel ? 'c' : orders.n_forget ? 'f' : '-';
}

char runs(const char *runner, int64_t id, int attempt)
{
	return says(runner, &(struct polled_job){.id = id, .attempt = attempt});
}

char exits(const char *runner, int64_t id, int attempt, const char *reason)
{
	return says(runner, &(struct polled_job){.id = id,
						 .attempt = attempt,
						 .exited = true,
						 .exit_reason = reason,
						 .exit_status = 1,
						 .detail = "said"});
}

int64_t running(const char *ref, unsigned before, unsigned commit)
{
	int64_t id = ready(ref, before, commit);
	cleanup_orders struct orders orders = poll_as("a", no_labels, 1, NULL, 0);

	assert_int_equal(orders.job.id, id);
	return id;
}

/* ---- statuses ---- */

char *send_one(void)
{
	cleanup_status struct status status = {0};
	int code = queue_next_status(queue, &status, &err);

	ok(code);
	if (!code)
		return NULL;
	ok(queue_status_sent(queue, status.id, &err));
	return xasprintf("%s %s", status.state, status.description);
}

void check_sent(const char *expected)
{
	cleanup_free char *sent = send_one();

	assert_non_null(sent);
	assert_string_equal(sent, expected);
}

void check_none(void)
{
	assert_null(send_one());
}

void send_all(void)
{
	for (char *sent; (sent = send_one());)
		free(sent);
}

void short_lease(int64_t lease_us, int64_t timeout_us)
{
	queue_opts.lease_us = lease_us;
	queue_opts.timeout_us = timeout_us;
	reopen();
}
