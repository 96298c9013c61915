/* git jci cancel: ends a run that goes on in another process. */
#include "cmd/cmd.h"

#include "cmd/await.h"
#include "cmd/print.h"
#include "core/find.h"
#include "util/gettext.h"

struct cancel {
	const struct jci_repo *repo;
	bool kill, no_wait;
};

static int several(const struct jci_records *live, struct jci_error *err)
{
	cleanup_strbuf struct strbuf ids = STRBUF_INIT;
	char id[JCI_RUN_ID_SIZE];

	for (size_t i = 0; i < live->n; i++) {
		if (live->items[i].status != JCI_STATUS_RUNNING)
			continue;
		jci_run_id_format(id, &live->items[i].ref.id);
		strbuf_addf(&ids, "%s%s", ids.len ? ", " : "", id);
	}
	return jci_error_set(err, JCI_EAMBIGUOUS, _("several runs go on, name one of them: %s"),
			     ids.buf);
}

/* The only run that goes on. */
static int find_only(const struct jci_repo *repo, struct jci_ref *ref, struct jci_error *err)
{
	cleanup_records struct jci_records live = JCI_RECORDS_INIT;
	size_t n = 0;

	if (jci_live_list(repo, &live, err) < 0)
		return err->code;
	for (size_t i = 0; i < live.n; i++) {
		if (live.items[i].status != JCI_STATUS_RUNNING)
			continue;
		*ref = live.items[i].ref;
		n++;
	}
	if (n == 0)
		return jci_error_set(err, JCI_ENOTFOUND, _("no run goes on"));
	return n > 1 ? several(&live, err) : 0;
}

static int note_end(const struct jci_record *r)
{
	char id[JCI_RUN_ID_SIZE];

	jci_run_id_format(id, &r->ref.id);
	if (r->reason == JCI_REASON_CANCELLED) {
		cmd_note(_("%s: run %s"), print_word(r), id);
		return STATUS_OK;
	}
	cmd_note(_("run %s had ended: %s"), id, print_word(r));
	return STATUS_RED;
}

/* Its process is gone, and nothing is stored. */
static int fail_gone(const struct jci_repo *repo, const struct jci_run_id *id,
		     struct jci_error *err)
{
	cleanup_close int entry = jci_live_open(repo, id, "lock");
	char name[JCI_RUN_ID_SIZE];

	jci_run_id_format(name, id);
	if (entry < 0)
		return jci_error_set(err, JCI_EFAIL, _("run '%s' has ended without a result"),
				     name);
	return jci_error_set(err, JCI_EFAIL,
			     _("run '%s' is lost: its process is gone; store what it left with: "
			       "git jci recover"),
			     name);
}

/* Until the run is stored. */
static int await_end(const struct cancel *c, struct jci_ref *ref, int events, struct jci_error *err)
{
	cleanup_record struct jci_record r;

	jci_record_init(&r);
	for (;;) {
		/* in this order: it lives until it is stored */
		bool alive = jci_live_is_alive(c->repo, &ref->id);

		if (await_is_stored(c->repo, ref))
			return jci_record_read(c->repo, ref, &r, err) < 0 ? err->code
									  : note_end(&r);
		if (!alive)
			break;
		await_change(events);
	}
	return fail_gone(c->repo, &ref->id, err);
}

static int cancel(const struct cancel *c, struct jci_ref *ref, struct jci_error *err)
{
	cleanup_close int events = await_begin(c->repo, &ref->id);

	if (jci_live_cancel(c->repo, &ref->id, err) < 0 ||
	    (c->kill && jci_live_cancel(c->repo, &ref->id, err) < 0))
		return err->code;
	return c->no_wait ? STATUS_OK : await_end(c, ref, events, err);
}

static int run_cancel(const struct jci_command *self, int argc, char **argv)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_repo struct jci_repo repo = JCI_REPO_INIT;
	cleanup_record struct jci_record r;
	struct cancel c = {.repo = &repo};
	const struct option_spec options[] = {
		{0, "kill", OPT_FLAG, &c.kill, NULL,
		 N_("kill the script, with no time to clean up")},
		{0, "no-wait", OPT_FLAG, &c.no_wait, NULL,
		 N_("do not wait until the run is stored")},
		OPTIONS_END};
	int status, code;

	jci_record_init(&r);
	if (!cmd_options(self, options, &argc, argv, 0, 1, &status))
		return status;
	if (jci_repo_open(&repo, &err) < 0)
		return cmd_fail(&err);
	code = argc > 1 ? jci_find_run(&repo, argv[1], &r, &err) : find_only(&repo, &r.ref, &err);
	if (code < 0)
		return cmd_fail(&err);
	if (jci_record_is_stored(&r))
		return note_end(&r);
	code = cancel(&c, &r.ref, &err);
	return code < 0 ? cmd_fail(&err) : code;
}

const struct jci_command cmd_cancel = {
	.name = "cancel",
	.synopsis = "[--kill] [--no-wait] [RUN]",
	.summary = N_("cancel a run that goes on"),
	.operands = "<live>",
	.run = run_cancel,
};
