/*
 * Catch-up: the branches of all repositories as Gitea has them are compared with what was queued,
 * because Gitea does not send a webhook twice that could not be delivered.
 */
#include "server/backgroundpriv.h"

#include "server/allow.h"
#include "util/clock.h"
#include "util/fault.h"

static void log_failure(const struct worker *w, const char *repository, const struct jci_error *why)
{
	event_log(w->log, "catch-up.failed", EVENT_TEXT("repository", repository),
		  EVENT_TEXT("why", why->message));
}

static int catch_up_repository(struct worker *w, const char *repository, struct jci_error *why)
{
	struct head *heads = NULL;
	int queued = 0, code;
	size_t n = 0;

	if (gitea_branches(w->gitea, repository, &heads, &n, why) < 0)
		return why->code;
	fault_point("catch-up");
	code = queue_catch_up(w->b->queue, repository, heads, n, &queued, why);
	heads_free(heads, n);
	if (queued > 0)
		event_log(w->log, "catch-up.queued", EVENT_TEXT("repository", repository),
			  EVENT_INT("jobs", queued));
	return code;
}

/* False: Gitea is away. What is wrong with one repository is no reason not to look at others. */
static bool catch_up_all(struct worker *w, const struct name_list *list)
{
	for (size_t i = 0; i < list->n && !atomic_load(&w->b->stopping); i++) {
		cleanup_error struct jci_error why = JCI_ERROR_INIT;

		if (!allow_has(w->b->options->repositories, list->names[i]))
			continue;
		if (catch_up_repository(w, list->names[i], &why) < 0 &&
		    !atomic_load(&w->b->stopping))
			log_failure(w, list->names[i], &why);
		worker_called(w, &why);
		if (w->rest_us > 0)
			return false;
	}
	return true;
}

/* A round that Gitea did not see through is begun again as soon as it is back. */
static int catch_up_step(struct worker *w, struct jci_error *err)
{
	cleanup_name_list struct name_list list = {0};

	if (clock_monotonic_us() < w->due_us)
		return 0;
	if (queue_repositories(w->b->queue, &list, err) < 0)
		return err->code;
	if (!catch_up_all(w, &list))
		return 1;
	w->due_us = clock_monotonic_us() + w->b->options->catch_up_us;
	return 0;
}

const struct worker_kind catch_up = {
	.threads = 1, .step = catch_up_step, .interval_us = INT64_C(1000) * 1000};
