/*
 * libmicrohttpd counts the time in which a client sends nothing at all. One that sends a byte now
 * and then would never be late: so each connection is watched here from its beginning, or the end
 * of the last answer, until the head of its next request is whole.
 */
#include "http/httppriv.h"

#include <errno.h>
#include <sys/socket.h>

#include "util/alloc.h"
#include "util/clock.h"
#include "util/gettext.h"

struct http_connection {
	struct http_deadlines *all;
	int fd;
	int64_t since_us; /* when the wait for a request began; 0: it is being answered */
	struct http_connection *prev, *next;
};

/* Shuts the late ones: their threads then see the end. (Under the lock: no socket is closed.) */
static void shut_late(const struct http_deadlines *d)
{
	int64_t late_us = clock_monotonic_us() - d->timeout_us;

	for (struct http_connection *c = d->first; c; c = c->next)
		if (c->since_us && c->since_us < late_us && c->fd >= 0)
			shutdown(c->fd, SHUT_RDWR);
}

/* Once a second while there are connections; else it sleeps. */
static void *run(void *arg)
{
	struct http_deadlines *d = arg;

	pthread_mutex_lock(&d->lock);
	while (!d->stopping) {
		struct timespec at;

		if (!d->first) {
			pthread_cond_wait(&d->wake, &d->lock);
			continue;
		}
		clock_gettime(CLOCK_MONOTONIC, &at);
		at.tv_sec++;
		if (pthread_cond_timedwait(&d->wake, &d->lock, &at) == ETIMEDOUT)
			shut_late(d);
	}
	pthread_mutex_unlock(&d->lock);
	return NULL;
}

int http_deadlines_start(struct http_deadlines *d, unsigned timeout_s, struct jci_error *err)
{
	pthread_condattr_t monotonic;
	int error;

	d->timeout_us = timeout_s * INT64_C(1000000);
	pthread_mutex_init(&d->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&d->wake, &monotonic);
	pthread_condattr_destroy(&monotonic);
	error = thread_start(&d->thread, run, d);
	if (error) {
		errno = error;
		return jci_error_errno(err, JCI_EFAIL, _("cannot start a thread"));
	}
	return 0;
}

void http_deadlines_stop(struct http_deadlines *d)
{
	pthread_mutex_lock(&d->lock);
	d->stopping = true;
	pthread_cond_signal(&d->wake);
	pthread_mutex_unlock(&d->lock);
	pthread_join(d->thread, NULL);
}

struct http_connection *http_connection_new(struct http_deadlines *d, int fd)
{
	struct http_connection *c = xcalloc(1, sizeof(*c));

	c->all = d;
	c->fd = fd;
	c->since_us = clock_monotonic_us();
	pthread_mutex_lock(&d->lock);
	c->next = d->first;
	if (c->next)
		c->next->prev = c;
	else
		pthread_cond_signal(&d->wake);
	d->first = c;
	pthread_mutex_unlock(&d->lock);
	return c;
}

static void set_since(struct http_connection *c, int64_t us)
{
	if (!c)
		return;
	pthread_mutex_lock(&c->all->lock);
	c->since_us = us;
	pthread_mutex_unlock(&c->all->lock);
}

void http_connection_busy(struct http_connection *c)
{
	set_since(c, 0);
}

void http_connection_idle(struct http_connection *c)
{
	set_since(c, clock_monotonic_us());
}

void http_connection_free(struct http_connection *c)
{
	struct http_deadlines *d;

	if (!c)
		return;
	d = c->all;
	pthread_mutex_lock(&d->lock);
	if (c->prev)
		c->prev->next = c->next;
	else
		d->first = c->next;
	if (c->next)
		c->next->prev = c->prev;
	pthread_mutex_unlock(&d->lock);
	free(c);
}
