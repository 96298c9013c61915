/* git jci pull: fetches runs from a remote, once or again and again. */
#include "cmd/cmd.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/interrupt.h"
#include "cmd/print.h"
#include "cmd/transfer.h"
#include "util/gettext.h"

enum { DEFAULT_INTERVAL_US = 5 * 1000 * 1000 };

/* TRANSLATORS: the parts of "3 runs fetched, 197 were here" */
static void add_sum(struct strbuf *sb, enum jci_fate fate, size_t n)
{
	switch (fate) {
	case JCI_FATE_NEW:
		strbuf_addf(sb, ngettext("%zu run fetched", "%zu runs fetched", n), n);
		break;
	case JCI_FATE_REPLACED:
		strbuf_addf(sb, ngettext("%zu came forward", "%zu came forward", n), n);
		break;
	case JCI_FATE_SAME:
		strbuf_addf(sb, ngettext("%zu was here", "%zu were here", n), n);
		break;
	case JCI_FATE_REMOVED:
		strbuf_addf(sb, ngettext("%zu removed", "%zu removed", n), n);
		break;
	default:
		strbuf_addf(sb, ngettext("%zu refused", "%zu refused", n), n);
		break;
	}
}

static const struct transfer_words words = {.add_sum = add_sum, .done = N_("fetched")};

struct format {
	bool json, quiet;
};

static int report(const struct jci_transfer *t, const struct format *f)
{
	struct transfer_words translated = words;

	translated.done = _(words.done);
	if (f->quiet)
		return t->count[JCI_FATE_REFUSED] > 0 ? STATUS_RED : STATUS_OK;
	return transfer_report(t, &translated, f->json);
}

/* Those that came just now, or before, and still go on. */
static void keep_running(const struct jci_repo *repo, const struct jci_transfer *t,
			 struct jci_refs *running)
{
	cleanup_refs struct jci_refs before = *running;

	*running = (struct jci_refs)JCI_REFS_INIT;
	for (size_t i = 0; i < t->n; i++) {
		cleanup_error struct jci_error broken = JCI_ERROR_INIT;
		cleanup_record struct jci_record r;

		jci_record_init(&r);
		if ((t->items[i].fate <= JCI_FATE_REPLACED ||
		     jci_refs_contain(&before, &t->items[i].ref)) &&
		    jci_record_read(repo, &t->items[i].ref, &r, &broken) == 0 &&
		    r.status == JCI_STATUS_RUNNING)
			jci_refs_add(running, &r.ref);
	}
}

/* What is refused is so again each time: it is told when there is more of it, or less. */
static bool is_news(const struct jci_transfer *t, size_t *refused)
{
	const size_t before = *refused;

	*refused = t->count[JCI_FATE_REFUSED];
	return *refused != before || t->count[JCI_FATE_SAME] + *refused < t->n;
}

/*
 * Again and again until a signal comes. A remote that fails is tried again: the first failure of a
 * row is told.
 */
static int follow(const struct jci_repo *repo, struct jci_pull *p, int signal_fd,
		  int64_t interval_us, const struct format *format)
{
	cleanup_refs struct jci_refs running = JCI_REFS_INIT;
	struct pollfd signals = {.fd = signal_fd, .events = POLLIN};
	bool failing = false;
	size_t refused = 0;

	p->remote.progress = NULL;
	p->running = &running;
	do {
		cleanup_error struct jci_error err = JCI_ERROR_INIT;
		cleanup_transfer struct jci_transfer t = JCI_TRANSFER_INIT;

		if (jci_pull(repo, p, &t, &err) == 0) {
			keep_running(repo, &t, &running);
			if (is_news(&t, &refused))
				report(&t, format);
			failing = false;
		} else if (!failing && !interrupt_signal()) {
			cmd_fail(&err);
			failing = true;
		}
		if (fflush(stdout) != 0) /* nobody reads it any more, or the disk is full */
			return print_end(STATUS_FAILED);
	} while (poll(&signals, 1, (int)(interval_us / 1000)) == 0);
	return interrupt_end(STATUS_OK);
}

static int once(const struct jci_repo *repo, const struct jci_pull *p, const struct format *format)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_transfer struct jci_transfer t = JCI_TRANSFER_INIT;

	if (jci_pull(repo, p, &t, &err) < 0)
		return transfer_fail(&err);
	return print_end(report(&t, format));
}

static int run_pull(const struct jci_command *self, int argc, char **argv)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_repo struct jci_repo repo = JCI_REPO_INIT;
	cleanup_free char *name = NULL;
	struct jci_pull p = {0};
	int64_t interval_us = DEFAULT_INTERVAL_US;
	struct format format = {false, false};
	bool follows = false;
	int status, signals;
	const struct option_spec options[] = {
		{'f', "follow", OPT_FLAG, &follows, NULL,
		 N_("go on fetching until interrupted, runs that go on with what is new of them")},
		{0, "interval", OPT_DURATION, &interval_us, N_("DURATION"),
		 N_("with --follow: how long to wait between two fetches (5s)")},
		{0, "prune", OPT_FLAG, &p.prune, NULL,
		 N_("remove runs that the remote had and that were removed there")},
		{'n', "dry-run", OPT_FLAG, &p.dry_run, NULL, N_("only tell what would be fetched")},
		{'q', "quiet", OPT_FLAG, &format.quiet, NULL, N_("print nothing but errors")},
		{0, "json", OPT_FLAG, &format.json, NULL, N_("print a line of JSON for each run")},
		OPTIONS_END};

	if (!cmd_options(self, options, &argc, argv, 0, 1, &status))
		return status;
	if (jci_repo_open(&repo, &err) < 0 ||
	    transfer_remote(&repo, argc > 1 ? argv[1] : NULL, &name, &err) < 0 ||
	    (signals = transfer_begin(&repo, &p.remote, &err)) < 0)
		return cmd_fail(&err);
	p.remote.name = name;
	return follows ? follow(&repo, &p, signals, interval_us, &format)
		       : once(&repo, &p, &format);
}

const struct jci_command cmd_pull = {
	.name = "pull",
	.synopsis = "[--follow] [--interval DURATION] [--prune] [--dry-run] [-q | --json] [REMOTE]",
	.summary = N_("fetch runs from a remote"),
	.operands = "<remote>",
	.run = run_pull,
};
