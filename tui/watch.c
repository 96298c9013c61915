#include "tui/watch.h"

#include <stdlib.h>

#include "core/watch.h"
#include "tui/follow.h"
#include "tui/live.h"
#include "util/alloc.h"

struct watch {
	struct tui *tui;
	struct jci_watch *core;
	struct loop_timer timer; /* reads the events */
	struct loop_timer poll;
	struct follow *follow;
};

/* Returns whether there was anything to tell. */
static bool tell(struct watch *w)
{
	struct jci_change noticed;
	struct change change = {0};

	if (!jci_watch_take(w->core, &noticed))
		return false;
	if (noticed.what & JCI_CHANGED_LIVE)
		live_refresh(w->tui->live);
	if (noticed.what & JCI_CHANGED_RUNS)
		change.what |= CHANGED_RUNS;
	if (noticed.what & JCI_CHANGED_REFS)
		change.what |= CHANGED_REFS;
	change.commit = noticed.commit;
	if (change.what)
		tui_changed(w->tui, &change);
	return true;
}

static void on_readable(void *ctx, short revents)
{
	struct watch *w = ctx;

	(void)revents;
	loop_unwatch(w->tui->loop, jci_watch_fd(w->core));
	loop_timer_set(w->tui->loop, &w->timer, JCI_WATCH_FIRST_US);
}

static void poll_if_needed(struct watch *w)
{
	if (jci_watch_is_polling(w->core) && !w->poll.due_us)
		loop_timer_set(w->tui->loop, &w->poll, JCI_WATCH_POLL_US);
}

static void on_timer(void *ctx)
{
	struct watch *w = ctx;

	jci_watch_read(w->core);
	poll_if_needed(w);
	if (tell(w))
		loop_timer_set(w->tui->loop, &w->timer, JCI_WATCH_BETWEEN_US);
	else
		loop_watch(w->tui->loop, jci_watch_fd(w->core), POLLIN, on_readable, w);
}

static void on_poll(void *ctx)
{
	struct watch *w = ctx;

	jci_watch_look(w->core);
	tell(w);
	poll_if_needed(w);
}

/* ---- for the panes ---- */

struct watch *watch_new(struct tui *tui)
{
	struct watch *w = xcalloc(1, sizeof(*w));

	w->tui = tui;
	w->timer = (struct loop_timer){.fn = on_timer, .ctx = w};
	w->poll = (struct loop_timer){.fn = on_poll, .ctx = w};
	w->follow = follow_new(tui);
	w->core = jci_watch_new(tui->repo);
	poll_if_needed(w);
	if (jci_watch_fd(w->core) >= 0)
		loop_timer_set(tui->loop, &w->timer, JCI_WATCH_FIRST_US);
	return w;
}

void watch_free(struct watch *w)
{
	if (!w)
		return;
	loop_timer_stop(w->tui->loop, &w->timer);
	loop_timer_stop(w->tui->loop, &w->poll);
	if (jci_watch_fd(w->core) >= 0)
		loop_unwatch(w->tui->loop, jci_watch_fd(w->core));
	jci_watch_free(w->core);
	follow_free(w->follow);
	free(w);
}

void watch_commits(struct watch *w, const git_oid *commits, size_t n)
{
	jci_watch_commits(w->core, commits, n);
	poll_if_needed(w);
}

void watch_branch(struct watch *w, const char *ref)
{
	jci_watch_branch(w->core, ref);
	poll_if_needed(w);
}

void watch_file(struct watch *w, const char *path)
{
	follow_set(w->follow, path);
}
