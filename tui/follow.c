#include "tui/follow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "core/watch.h"
#include "util/alloc.h"
#include "util/clock.h"

/* Between two broadcasts; and after the first write when all was quiet. */
enum { BETWEEN_US = 33000, FIRST_US = 2000 };
enum { MASK = IN_MODIFY | IN_CLOSE_WRITE | IN_CREATE | IN_MOVED_TO | IN_DELETE | IN_MOVE_SELF };

/*
 * The kernel's watch is for one event (IN_ONESHOT), so a writer of any speed wakes us once. Then
 * the timer sets it again first and tells second: what is written meanwhile is not missed.
 */
struct follow {
	struct tui *tui;
	int fd; /* inotify(7); -1: there is none, the timer looks at the file */
	int wd; /* -1: not set */
	char *path;
	struct loop_timer timer;
	bool known; /* that there is something to tell when the timer comes */
	int64_t told_us;
	uint64_t sum; /* jci_watch_mix() of the last time */
};

static void tell(struct follow *f)
{
	const struct change change = {.what = CHANGED_FILE};

	f->told_us = clock_monotonic_us();
	tui_changed(f->tui, &change);
}

static void drain(struct follow *f)
{
	char buf[4096] __attribute__((aligned(__alignof__(struct inotify_event))));

	while (read(f->fd, buf, sizeof(buf)) > 0)
		;
}

static void on_event(void *ctx, short revents)
{
	struct follow *f = ctx;
	int64_t next = f->told_us + BETWEEN_US - clock_monotonic_us();

	(void)revents;
	drain(f);
	if (f->wd < 0 || f->timer.due_us)
		return; /* of a file that was followed before */
	f->wd = -1;
	f->known = true;
	loop_timer_set(f->tui->loop, &f->timer, next > FIRST_US ? next : FIRST_US);
}

/* Where the kernel can't watch, the timer goes on; a file that is gone needs none. */
static void arm(struct follow *f)
{
	if (f->fd >= 0)
		f->wd = inotify_add_watch(f->fd, f->path, MASK | IN_ONESHOT);
	if (f->wd < 0 && (f->fd < 0 || errno != ENOENT))
		loop_timer_set(f->tui->loop, &f->timer, JCI_WATCH_POLL_US);
}

static void on_timer(void *ctx)
{
	struct follow *f = ctx;
	bool known = f->known;
	uint64_t sum;

	f->known = false;
	arm(f);
	sum = jci_watch_mix(0, f->path);
	if (known || sum != f->sum)
		tell(f);
	f->sum = sum;
}

struct follow *follow_new(struct tui *tui)
{
	struct follow *f = xcalloc(1, sizeof(*f));

	f->tui = tui;
	f->wd = -1;
	f->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	f->timer = (struct loop_timer){.fn = on_timer, .ctx = f};
	if (f->fd >= 0)
		loop_watch(tui->loop, f->fd, POLLIN, on_event, f);
	return f;
}

void follow_set(struct follow *f, const char *path)
{
	if (path && f->path && strcmp(path, f->path) == 0)
		return;
	loop_timer_stop(f->tui->loop, &f->timer);
	if (f->wd >= 0)
		inotify_rm_watch(f->fd, f->wd);
	f->wd = -1;
	free(f->path);
	f->path = path ? xstrdup(path) : NULL;
	if (!path)
		return;
	/* the timer sets the kernel's watch, and tells what was written since the file was opened
	 */
	f->known = true;
	loop_timer_set(f->tui->loop, &f->timer, FIRST_US);
}

void follow_free(struct follow *f)
{
	if (!f)
		return;
	loop_timer_stop(f->tui->loop, &f->timer);
	if (f->fd >= 0) {
		loop_unwatch(f->tui->loop, f->fd);
		close(f->fd);
	}
	free(f->path);
	free(f);
}
