/* git jci tail: the end of a run's log, or all of it as it grows. */
#include "cmd/cmd.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "cmd/await.h"
#include "cmd/print.h"
#include "core/artifacts.h"
#include "core/find.h"
#include "core/logsource.h"
#include "util/gettext.h"
#include "util/io.h"
#include "util/text.h"

enum {
	DEFAULT_LINES = 10,
	MAX_LOOKED_AT = 100, /* of the newest runs, for one that goes on */
};

struct tail {
	const struct jci_repo *repo;
	int log;
	off_t offset;
	struct term_filter filter;
	bool terminal;
};

static void tail_release(struct tail *t)
{
	cleanup_closep(&t->log);
}

/* Prints what there is from t->offset on. */
static int print_rest(struct tail *t, struct jci_error *err)
{
	char block[64 * 1024];
	ssize_t n;

	while ((n = pread_full(t->log, block, sizeof(block), t->offset)) > 0) {
		cleanup_strbuf struct strbuf safe = STRBUF_INIT;
		int code;

		t->offset += n;
		if (t->terminal)
			term_filter_add(&t->filter, &safe, block, (size_t)n);
		code = t->terminal ? write_full(1, safe.buf, safe.len)
				   : write_full(1, block, (size_t)n);
		if (code < 0)
			return jci_error_errno(err, JCI_EFAIL, _("cannot write the output"));
	}
	return n < 0 ? jci_error_errno(err, JCI_EFAIL, _("cannot read the log")) : 0;
}

/* Follows a live run to its end; r becomes the stored run, or stays as it is if it was lost. */
static int follow(struct tail *t, struct jci_record *r, struct jci_error *err)
{
	cleanup_close int events = await_begin(t->repo, &r->ref.id);
	struct jci_ref ref = r->ref;

	for (;;) {
		/* in this order: what was written before the end is printed after it */
		bool alive = jci_live_is_alive(t->repo, &ref.id);
		bool stored = await_is_stored(t->repo, &ref);

		if (print_rest(t, err) < 0)
			return err->code;
		if (stored)
			return jci_record_read(t->repo, &ref, r, err);
		if (!alive)
			return 0;
		await_change(events);
	}
}

/* What the state that is here now has more than the one before; *ended: it is the result. */
static int take_state(struct tail *t, struct jci_record *r, bool *ended, struct jci_error *err)
{
	const struct jci_ref ref = r->ref;
	struct jci_artifact log;

	if (jci_record_read(t->repo, &ref, r, err) < 0)
		return err->code;
	*ended = r->status != JCI_STATUS_RUNNING;
	if (*ended) {
		close(t->log);
		t->log = jci_log_open(t->repo, r, err);
		return t->log < 0 ? err->code : 0;
	}
	if (jci_artifact_find(t->repo, r, "run.output.txt", &log, err) < 0)
		return err->code;
	return log.chunks ? jci_artifact_grow(t->repo, &log, t->log, err) : 0;
}

/* Follows a run that goes on elsewhere, as somebody fetches what is published of it. */
static int follow_published(struct tail *t, struct jci_record *r, struct jci_error *err)
{
	cleanup_close int events = await_ref(t->repo, &r->ref);
	char id[JCI_RUN_ID_SIZE];
	bool ended = false;

	jci_run_id_format(id, &r->ref.id);
	if (isatty(2))
		cmd_note(_("run %s goes on elsewhere; what is new of it comes with: git jci pull "
			   "--follow"),
			 id);
	for (;;) {
		git_oid shown = r->ref.target;

		if (print_rest(t, err) < 0)
			return err->code;
		if (ended)
			return 0;
		while (git_oid_equal(&r->ref.target, &shown)) {
			await_change(events);
			if (!await_is_stored(t->repo, &r->ref))
				return jci_error_set(err, JCI_ENOTFOUND, _("run '%s' was removed"),
						     id);
		}
		if (take_state(t, r, &ended, err) < 0)
			return err->code;
	}
}

static int finish(const struct jci_record *r)
{
	cleanup_strbuf struct strbuf end = STRBUF_INIT;
	char id[JCI_RUN_ID_SIZE];

	jci_run_id_format(id, &r->ref.id);
	if (!jci_record_is_stored(r)) {
		cmd_note(_("run %s is lost: its process is gone; store what it left with: git jci "
			   "recover"),
			 id);
		return STATUS_RED;
	}
	print_add_end(&end, r);
	if (isatty(2) || r->status != JCI_STATUS_OK)
		cmd_note(end.len ? "%s: run %s, %s" : "%s: run %s%s", print_word(r), id, end.buf);
	return r->status == JCI_STATUS_OK ? STATUS_OK : STATUS_RED;
}

/* The newest run that goes on, here or elsewhere and published; else the newest of all. */
static int find_default(const struct jci_repo *repo, struct jci_record *r, struct jci_error *err)
{
	cleanup_run_list struct jci_run_list *runs = NULL;
	int code = jci_run_list_new(&runs, repo, NULL, err);

	for (int i = 0; code >= 0 && i < MAX_LOOKED_AT; i++) {
		code = jci_run_list_next(runs, r, err);
		if (code == 0)
			break;
		if (code > 0 && r->status == JCI_STATUS_RUNNING)
			return 0;
		jci_record_release(r);
	}
	return code < 0 ? code : jci_find_run(repo, "latest", r, err);
}

static int run_tail(const struct jci_command *self, int argc, char **argv)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_repo struct jci_repo repo = JCI_REPO_INIT;
	cleanup_record struct jci_record r;
	cleanup(tail_release) struct tail t = {
		.repo = &repo, .log = -1, .filter = TERM_FILTER_INIT, .terminal = isatty(1)};
	bool follows = false;
	int lines = -1, status, code;
	const struct option_spec options[] = {
		{'f', "follow", OPT_FLAG, &follows, NULL,
		 N_("print the log from its first byte, and go on until the run has ended")},
		{'n', "lines", OPT_INT, &lines, N_("N"), N_("begin N lines before the end")},
		OPTIONS_END};

	jci_record_init(&r);
	if (!cmd_options(self, options, &argc, argv, 0, 1, &status))
		return status;
	if (jci_repo_open(&repo, &err) < 0)
		return cmd_fail(&err);
	code = argc > 1 ? jci_find_run(&repo, argv[1], &r, &err) : find_default(&repo, &r, &err);
	if (code < 0)
		return cmd_fail(&err);
	t.log = jci_log_open(&repo, &r, &err);
	if (t.log < 0)
		return cmd_fail(&err);
	if (lines >= 0 || !follows)
		t.offset = jci_log_tail_offset(t.log, lines >= 0 ? lines : DEFAULT_LINES);
	if (follows && !jci_record_is_stored(&r))
		code = follow(&t, &r, &err);
	else if (follows && r.status == JCI_STATUS_RUNNING)
		code = follow_published(&t, &r, &err);
	else
		code = print_rest(&t, &err);
	if (code < 0)
		return cmd_fail(&err);
	return follows ? finish(&r) : STATUS_OK;
}

const struct jci_command cmd_tail = {
	.name = "tail",
	.synopsis = "[-f] [-n N] [RUN]",
	.summary = N_("print the end of a run's log, or follow it to its end"),
	.operands = "<run>",
	.run = run_tail,
};
