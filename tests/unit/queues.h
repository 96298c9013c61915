/*
 * What the tests of the queue share: a queue in a folder of its own, pushes, runners and the
 * statuses that come of them. What can't be done fails the test.
 */
#ifndef JCI_TESTS_UNIT_QUEUES_H
#define JCI_TESTS_UNIT_QUEUES_H

#include "server/queue.h"

#define MAIN          "refs/heads/main"
#define LONG_LEASE_US (INT64_C(3600) * 1000000)

extern struct queue *queue;
extern struct queue_options queue_opts;
extern struct jci_error err;
extern unsigned deliveries; /* each event is another one */

/* Fixtures. */
int open_it(void **state);
int close_it(void **state);
#define QUEUE_TEST(name) cmocka_unit_test_setup_teardown(name, open_it, close_it)
/* With queue_opts, as they are now. */
void reopen(void);
void short_lease(int64_t lease_us, int64_t timeout_us);

void ok(int code);
void refused(int code, int expected);

/* ---- events ---- */

/* "0000003...": commits are numbers, 0 is none. */
void set_commit(char out[JCI_OID_HEX_SIZE], unsigned n);
/* Of boss/demo. */
struct event new_event(enum event_kind kind, const char *ref, unsigned commit);
struct accepted take(const struct event *event);
struct accepted push(const char *ref, unsigned before, unsigned commit);
/* The job that was made. */
int64_t queued(struct accepted accepted);

/* ---- jobs ---- */

void prepare(int64_t id, const char *labels);
/* A new one, prepared. */
int64_t ready(const char *ref, unsigned before, unsigned commit);
/* The same, assigned to runner "a". */
int64_t running(const char *ref, unsigned before, unsigned commit);
struct job get(int64_t id);
void check_state(int64_t id, enum job_state state);
/* detail: NULL: any. */
void check_done(int64_t id, enum job_reason reason, const char *detail);

/* ---- runners ---- */

extern const char *const no_labels[];
struct orders poll_as(const char *runner, const char *const *labels, int slots,
		      const struct polled_job *jobs, size_t n);
/* The id of the job that it gets; 0: none. */
int64_t fetch_as(const char *runner, const char *const *labels);
/* It polls with one job that it has: 'c': to cancel, 'f': to forget, '-': nothing. */
char says(const char *runner, const struct polled_job *job);
char runs(const char *runner, int64_t id, int attempt);
char exits(const char *runner, int64_t id, int attempt, const char *reason);

/* ---- statuses ---- */

/* Sends the next one: "STATE DESCRIPTION", to be freed; NULL: there is none. */
char *send_one(void);
void check_sent(const char *expected);
void check_none(void);
void send_all(void);

#endif
