/* git jci tail: the end of a run's log, or all of it as it grows. */
#include "cmd/cmd.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "cmd/await.h"
#include "cmd/print.h"
#include "core/find.h"
#include "core/logsource.h"
#include "util/gettext.h"
#include "util/io.h"
#include "util/text.h"

enum { DEFAULT_LINES = 10 };

struct tail {
	const struct jci_repo *repo;
	int log;
	off_t offset;
	struct term_filter filter;
	bool terminal;
};

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

/* The newest run that goes on, else the newest of all. */
static int find_default(const struct jci_repo *repo, struct jci_record *r, struct jci_error *err)
{
	cleanup_records struct jci_records live = JCI_RECORDS_INIT;
	const struct jci_record *best = NULL;
	char id[JCI_RUN_ID_SIZE];

	if (jci_live_list(repo, &live, err) < 0)
		return err->code;
	for (size_t i = 0; i < live.n; i++)
		if (live.items[i].status == JCI_STATUS_RUNNING &&
		    (!best || live.items[i].start_us > best->start_us))
			best = &live.items[i];
	if (!best)
		return jci_find_run(repo, "latest", r, err);
	jci_run_id_format(id, &best->ref.id);
	return jci_find_run(repo, id, r, err);
}

static int run_tail(const struct jci_command *self, int argc, char **argv)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_repo struct jci_repo repo = JCI_REPO_INIT;
	cleanup_record struct jci_record r;
	struct tail t = {.repo = &repo, .filter = TERM_FILTER_INIT, .terminal = isatty(1)};
	bool follows = false;
	int lines = -1, status, code;
	const struct option_spec options[] = {
		{'f', "follow", OPT_FLAG, &follows, NULL,
		 N_("print the log from its first byte, and go on until the run has ended")},
		{'n', "lines", OPT_INT, &lines, N_("N"), N_("begin N lines before the end")},
		OPTIONS_END};
	cleanup_close int fd = -1;

	jci_record_init(&r);
	if (!cmd_options(self, options, &argc, argv, 0, 1, &status))
		return status;
	if (jci_repo_open(&repo, &err) < 0)
		return cmd_fail(&err);
	code = argc > 1 ? jci_find_run(&repo, argv[1], &r, &err) : find_default(&repo, &r, &err);
	if (code < 0)
		return cmd_fail(&err);
	t.log = fd = jci_log_open(&repo, &r, &err);
	if (fd < 0)
		return cmd_fail(&err);
	if (lines >= 0 || !follows)
		t.offset = jci_log_tail_offset(fd, lines >= 0 ? lines : DEFAULT_LINES);
	if (follows && !jci_record_is_stored(&r))
		code = follow(&t, &r, &err);
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
	.run = run_tail,
};
