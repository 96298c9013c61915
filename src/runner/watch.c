#include "runner/watch.h"

#include <poll.h>
#include <stdatomic.h>
#include <sys/eventfd.h>

#include "util/alloc.h"
#include "util/gettext.h"
#include "util/thread.h"

struct docker_watch {
	const struct docker_host *host;
	char *label;
	int wake_fd, stop_fd;
	int retry_ms;
	pthread_t thread;
	atomic_bool stop;
};

static bool is_stopped(void *ctx)
{
	struct docker_watch *w = ctx;

	return atomic_load(&w->stop);
}

static void wake(void *ctx)
{
	const struct docker_watch *w = ctx;

	eventfd_write(w->wake_fd, 1);
}

static void listen_once(struct docker_watch *w)
{
	cleanup_error struct jci_error none = JCI_ERROR_INIT;
	cleanup_docker struct docker *docker = NULL;

	if (docker_open(&docker, w->host, is_stopped, w, &none) < 0)
		return;
	docker_events(docker, w->label, wake, w, &none);
	wake(w); /* it ended: is Docker there? */
}

static void *run(void *arg)
{
	struct docker_watch *w = arg;
	struct pollfd fd = {.fd = w->stop_fd, .events = POLLIN};

	while (!is_stopped(w)) {
		listen_once(w);
		poll(&fd, 1, w->retry_ms);
	}
	return NULL;
}

static void watch_free(struct docker_watch *w)
{
	if (w->stop_fd >= 0)
		close(w->stop_fd);
	free(w->label);
	free(w);
}

int docker_watch_start(struct docker_watch **out, const struct docker_host *host, const char *label,
		       int wake_fd, int64_t retry_us, struct jci_error *err)
{
	struct docker_watch *w = xcalloc(1, sizeof(*w));

	w->host = host;
	w->label = xstrdup(label);
	w->wake_fd = wake_fd;
	w->retry_ms = retry_us < 60 * 1000 * 1000 ? (int)(retry_us / 1000) + 1 : 60 * 1000;
	w->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	errno = w->stop_fd < 0 ? errno : thread_start(&w->thread, run, w);
	if (w->stop_fd < 0 || errno) {
		watch_free(w);
		return jci_error_errno(err, JCI_EFAIL, _("cannot start a thread"));
	}
	*out = w;
	return 0;
}

void docker_watch_stop(struct docker_watch *w)
{
	atomic_store(&w->stop, true);
	eventfd_write(w->stop_fd, 1);
	pthread_join(w->thread, NULL);
	watch_free(w);
}
