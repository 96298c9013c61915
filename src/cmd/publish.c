#include "cmd/publish.h"

#include <stdlib.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/interrupt.h"
#include "cmd/transfer.h"
#include "core/config.h"
#include "util/gettext.h"

enum { DEFAULT_INTERVAL_US = 3 * 1000 * 1000 };

void publish_release(struct publish *p)
{
	if (p->publisher)
		jci_publisher_free(p->publisher);
	free(p->remote);
}

int publish_init(struct publish *p, const struct jci_repo *repo, const char *remote,
		 struct jci_error *err)
{
	p->repo = repo;
	if (jci_config_duration(repo, "jci.publishInterval", DEFAULT_INTERVAL_US, &p->interval_us,
				err) < 0 ||
	    jci_config_duration(repo, "jci.remoteTimeout", 0, &p->timeout_us, err) < 0)
		return err->code;
	return transfer_remote(repo, *remote ? remote : NULL, &p->remote, err);
}

/* A signal of the terminal ends git's push as well: that is no failure of the remote's. */
static void note_failure(void *ctx, const struct jci_error *err)
{
	(void)ctx;
	if (!interrupt_signal())
		cmd_note(_("the run is not published for now: %s"), err->message);
}

/* A signal that cancels the run lets its result be sent; one that comes after that ends it all. */
static bool is_in_a_hurry(void *ctx)
{
	const struct publish *p = ctx;

	return interrupt_count() > p->signals;
}

void publish_begin(struct publish *p, const struct jci_record *r)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	const struct jci_publish publish = {
		.remote = p->remote,
		.timeout_us = p->timeout_us,
		.interval_us = p->interval_us,
		.failed = note_failure,
		.hurry = is_in_a_hurry,
		.ctx = p,
	};

	if (p->remote && jci_publisher_start(&p->publisher, &publish, r, &err) < 0)
		cmd_fail(&err);
}

/* The result in place of the last state; as a push of its own where that is not what is there. */
static int send_result(struct publish *p, const struct jci_record *r, struct jci_error *err)
{
	cleanup_refs struct jci_refs runs = JCI_REFS_INIT;
	cleanup_transfer struct jci_transfer t = JCI_TRANSFER_INIT;
	struct jci_push push = {
		.remote = {.name = p->remote,
			   .timeout_us = p->timeout_us,
			   .stop = is_in_a_hurry,
			   .ctx = p},
		.runs = &runs,
	};
	git_oid state;

	jci_refs_add(&runs, &r->ref);
	if (jci_publisher_sent(p->publisher, &state))
		push.replaces = &state;
	if (jci_push(p->repo, &push, &t, err) < 0)
		return err->code;
	if (t.count[JCI_FATE_REFUSED] > 0)
		return jci_error_set(err, JCI_EFAIL, "%s", t.items[0].why);
	return 0;
}

static int finish(struct publish *p, const struct jci_record *r)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;

	if (jci_record_is_stored(r)) {
		if (send_result(p, r, &err) < 0)
			cmd_note(_("the result is stored here but not published: %s; send it with: "
				   "git jci push"),
				 err.message);
		else if (isatty(2))
			cmd_note(_("published: %s"), p->remote);
	} else if (!r->end_us && jci_publisher_retract(p->publisher, &err) < 0) {
		cmd_note(_("the run could not be taken back from the remote: %s"), err.message);
	}
	return err.code < 0 ? STATUS_FAILED : STATUS_OK;
}

int publish_end(struct publish *p, const struct jci_record *r)
{
	int status;

	if (!p->publisher) /* it did not start, or is not wanted */
		return p->remote ? STATUS_FAILED : STATUS_OK;
	p->signals = interrupt_count();
	jci_publisher_stop(p->publisher);
	status = finish(p, r);
	jci_publisher_free(steal_ptr(p->publisher));
	return status;
}
