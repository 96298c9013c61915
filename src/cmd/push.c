/* git jci push: sends runs to a remote. */
#include "cmd/cmd.h"

#include <stdlib.h>

#include "cmd/print.h"
#include "cmd/transfer.h"
#include "core/find.h"
#include "util/gettext.h"

/* TRANSLATORS: the parts of "3 runs sent, 197 were there" */
static void add_sum(struct strbuf *sb, enum jci_fate fate, size_t n)
{
	switch (fate) {
	case JCI_FATE_NEW:
		strbuf_addf(sb, ngettext("%zu run sent", "%zu runs sent", n), n);
		break;
	case JCI_FATE_REPLACED:
		strbuf_addf(sb,
			    ngettext("%zu replaced there by its result",
				     "%zu replaced there by their results", n),
			    n);
		break;
	case JCI_FATE_SAME:
		strbuf_addf(sb, ngettext("%zu was there", "%zu were there", n), n);
		break;
	case JCI_FATE_RUNNING:
		strbuf_addf(sb, ngettext("%zu left out that goes on", "%zu left out that go on", n),
			    n);
		break;
	default:
		strbuf_addf(sb, ngettext("%zu refused", "%zu refused", n), n);
		break;
	}
}

static void add_sum_dry(struct strbuf *sb, enum jci_fate fate, size_t n)
{
	if (fate == JCI_FATE_NEW)
		strbuf_addf(sb, ngettext("%zu run to send", "%zu runs to send", n), n);
	else
		add_sum(sb, fate, n);
}

/* The runs that were named, each once; those that go on have no ref yet. */
static int find_runs(const struct jci_repo *repo, char **names, struct jci_refs *refs,
		     struct jci_error *err)
{
	for (; *names; names++) {
		cleanup_record struct jci_record r;

		jci_record_init(&r);
		if (jci_find_run(repo, *names, &r, err) < 0)
			return err->code;
		if (!jci_record_is_stored(&r))
			return jci_error_set(err, JCI_EINVALID,
					     _("run '%s' goes on; follow it with: git jci tail -f"),
					     *names);
		if (!jci_refs_contain(refs, &r.ref))
			jci_refs_add(refs, &r.ref);
	}
	return 0;
}

static int push(const struct jci_repo *repo, struct jci_push *p, bool json, struct jci_error *err)
{
	cleanup_transfer struct jci_transfer t = JCI_TRANSFER_INIT;
	const struct transfer_words words = {
		.add_sum = p->dry_run ? add_sum_dry : add_sum,
		.done = p->dry_run ? _("new") : _("sent"),
	};

	if (transfer_begin(repo, &p->remote, err) < 0 || jci_push(repo, p, &t, err) < 0)
		return transfer_fail(err);
	return print_end(transfer_report(&t, &words, json));
}

static int run_push(const struct jci_command *self, int argc, char **argv)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_repo struct jci_repo repo = JCI_REPO_INIT;
	cleanup_refs struct jci_refs runs = JCI_REFS_INIT;
	cleanup_free char *name = NULL;
	struct jci_push p = {0};
	bool json = false;
	int status;
	const struct option_spec options[] = {
		{'n', "dry-run", OPT_FLAG, &p.dry_run, NULL,
		 N_("only ask the remote, and tell what would be sent")},
		{0, "running", OPT_FLAG, &p.running, NULL,
		 N_("send runs too that were fetched while they went on")},
		{0, "json", OPT_FLAG, &json, NULL, N_("print a line of JSON for each run")},
		OPTIONS_END};

	if (!cmd_options(self, options, &argc, argv, 0, -1, &status))
		return status;
	if (jci_repo_open(&repo, &err) < 0 ||
	    transfer_remote(&repo, argc > 1 ? argv[1] : NULL, &name, &err) < 0 ||
	    (argc > 2 && find_runs(&repo, argv + 2, &runs, &err) < 0))
		return cmd_fail(&err);
	p.remote.name = name;
	p.runs = argc > 2 ? &runs : NULL;
	return push(&repo, &p, json, &err);
}

const struct jci_command cmd_push = {
	.name = "push",
	.synopsis = "[--dry-run] [--running] [--json] [REMOTE [RUN...]]",
	.summary = N_("send runs to a remote"),
	.operands = "<remote> <run>...",
	.run = run_push,
};
