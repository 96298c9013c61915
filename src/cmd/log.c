/* git jci log: lists runs. */
#include "cmd/cmd.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/print.h"
#include "core/find.h"
#include "core/walk.h"
#include "util/clock.h"
#include "util/gettext.h"

struct log {
	const struct jci_repo *repo;
	bool json, nul;
	int left; /* runs still to print */
	enum jci_status only;
	int64_t now_us;
};

static void print_run(struct log *l, const struct jci_record *r)
{
	cleanup_strbuf struct strbuf line = STRBUF_INIT;
	cleanup_json cJSON *json = NULL;

	l->left--;
	if (l->json) {
		json = print_run_json(r);
		print_json_line(json);
	} else if (l->nul) {
		print_run_z(r);
	} else {
		print_add_run(&line, l->repo, r, l->now_us);
		fwrite(line.buf, 1, line.len, stdout);
	}
}

/* Runs of one commit, or of all. */
static int log_runs(struct log *l, const git_oid *commit, struct jci_error *err)
{
	cleanup_run_list struct jci_run_list *list = NULL;

	if (jci_run_list_new(&list, l->repo, commit, err) < 0)
		return err->code;
	while (l->left > 0 && !ferror(stdout)) {
		cleanup_record struct jci_record r;
		int code;

		jci_record_init(&r);
		code = jci_run_list_next(list, &r, err);
		if (code <= 0)
			return code;
		if (l->only == JCI_STATUS_NONE || r.status == l->only)
			print_run(l, &r);
	}
	return 0;
}

/* All runs, live ones too, sorted by commit: tells for a million commits which have any. */
static int commits_with_runs(const struct jci_repo *repo, struct jci_refs *refs,
			     struct jci_error *err)
{
	cleanup_records struct jci_records live = JCI_RECORDS_INIT;

	if (jci_live_list(repo, &live, err) < 0 || jci_refs_list(repo, NULL, refs, err) < 0)
		return err->code;
	for (size_t i = 0; i < live.n; i++)
		jci_refs_add(refs, &live.items[i].ref);
	jci_refs_sort(refs);
	return 0;
}

static int log_revs(struct log *l, char **revs, int n, struct jci_error *err)
{
	cleanup_walk struct jci_walk *walk = NULL;
	cleanup_refs struct jci_refs refs = JCI_REFS_INIT;
	git_oid commit;
	int code;

	if (commits_with_runs(l->repo, &refs, err) < 0 ||
	    jci_walk_new(&walk, l->repo, false, err) < 0)
		return err->code;
	for (int i = 0; i < n; i++)
		if (jci_walk_push(walk, revs[i], err) < 0)
			return err->code;
	while (l->left > 0 && refs.n && (code = jci_walk_next(walk, &commit, err))) {
		if (code < 0)
			return code;
		if (jci_refs_has(&refs, &commit) && log_runs(l, &commit, err) < 0)
			return err->code;
	}
	return 0;
}

static int run_log(const struct jci_command *self, int argc, char **argv)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_repo struct jci_repo repo = JCI_REPO_INIT;
	struct log l = {.repo = &repo, .now_us = clock_now_us()};
	const char *status = NULL;
	int limit = INT_MAX, exit_status, code;
	const struct option_spec options[] = {
		{'n', "max-count", OPT_INT, &limit, N_("N"), N_("show at most N runs")},
		{0, "status", OPT_STRING, &status, N_("STATUS"),
		 N_("only runs that are ok, err, running or lost"), "ok|err|running|lost"},
		{0, "json", OPT_FLAG, &l.json, NULL, N_("print one JSON object a line")},
		{'z', "null", OPT_FLAG, &l.nul, NULL,
		 N_("print TAB-separated fields, each run ended by NUL")},
		OPTIONS_END};

	if (!cmd_options(self, options, &argc, argv, 0, -1, &exit_status))
		return exit_status;
	if (!cmd_one_format(l.json, l.nul))
		return STATUS_USAGE;
	l.left = limit;
	l.only = status ? jci_status_parse(status, strlen(status)) : JCI_STATUS_NONE;
	if (status && l.only == JCI_STATUS_NONE) {
		cmd_note(_("no such status: '%s'"), status);
		return STATUS_USAGE;
	}
	if (jci_repo_open(&repo, &err) < 0)
		return cmd_fail(&err);
	print_begin(&repo);
	code = argc > 1 ? log_revs(&l, argv + 1, argc - 1, &err) : log_runs(&l, NULL, &err);
	/* an empty screen teaches nobody anything; scripts get an empty list */
	if (code == 0 && l.left == limit && limit > 0 && isatty(STDERR_FILENO))
		cmd_note(_("there is no such run; make one with: git jci run"));
	return print_end(code < 0 ? cmd_fail(&err) : STATUS_OK);
}

const struct jci_command cmd_log = {
	.name = "log",
	.synopsis = "[-n N] [--status STATUS] [--json | -z] [REV | A..B]...",
	.summary = N_("list runs, newest first"),
	.operands = "<range>...",
	.run = run_log,
};
