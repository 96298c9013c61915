/* git jci status: is this commit green? */
#include "cmd/cmd.h"

#include <stdio.h>

#include "cmd/print.h"
#include "core/find.h"
#include "util/clock.h"
#include "util/gettext.h"
#include "util/text.h"

struct format {
	bool json, nul, quiet, brief;
	const char *colour;
};

/* The newest run of the commit; status NONE where it has none. */
static int newest_run(const struct jci_repo *repo, const git_oid *commit, struct jci_record *r,
		      struct jci_error *err)
{
	cleanup_run_list struct jci_run_list *list = NULL;
	int code;

	if (jci_run_list_new(&list, repo, commit, err) < 0)
		return err->code;
	code = jci_run_list_next(list, r, err);
	if (code == 0)
		git_oid_cpy(&r->ref.commit, commit);
	return code;
}

static void print_none(const git_oid *commit, const struct format *f)
{
	cleanup_json cJSON *json = NULL;

	if (f->json) {
		json = cJSON_CreateObject();
		json_set_string(json, "commit", git_oid_tostr_s(commit));
		json_set_string(json, "status", "none");
		print_json_line(json);
	} else if (f->nul) {
		printf("%s\t\tnone\t\t\t%c", git_oid_tostr_s(commit), '\0');
	} else if (!f->brief) {
		printf("%-9s %.*s\n", "none", PRINT_ABBREV, git_oid_tostr_s(commit));
	}
}

static void print_status(const struct jci_repo *repo, const struct jci_record *r,
			 const struct format *f)
{
	cleanup_strbuf struct strbuf line = STRBUF_INIT;
	cleanup_json cJSON *json = NULL;

	if (f->json) {
		json = print_run_json(r);
		print_json_line(json);
	} else if (f->nul) {
		print_run_z(r);
	} else if (f->brief) {
		print_add_styled(&line, print_run_style(r),
				 jci_status_mark(r->status, text_locale_is_utf8()));
		printf("%s\n", line.buf);
	} else {
		print_add_run(&line, repo, r, clock_now_us());
		fwrite(line.buf, 1, line.len, stdout);
	}
}

/* Prints one; STATUS_OK where it is green, STATUS_RED where it is anything else. rev NULL: HEAD. */
static int status_of(const struct jci_repo *repo, const char *rev, const struct format *f)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_record struct jci_record r;
	git_oid commit;
	int code;

	jci_record_init(&r);
	if (jci_find_commit(repo, rev ? rev : "HEAD", &commit, &err) < 0)
		return f->brief && !rev && err.code == JCI_ENOTFOUND ? STATUS_OK : cmd_fail(&err);
	code = newest_run(repo, &commit, &r, &err);
	if (code < 0)
		return cmd_fail(&err);
	if (!f->quiet && code == 0)
		print_none(&commit, f);
	else if (!f->quiet)
		print_status(repo, &r, f);
	if (f->brief && code == 0)
		return STATUS_OK;
	return r.status == JCI_STATUS_OK ? STATUS_OK : STATUS_RED;
}

static bool check_format(const struct format *f)
{
	if (f->brief && (f->json || f->nul)) {
		cmd_note(_("options '--short' and '%s' exclude each other"),
			 f->json ? "--json" : "-z");
		return false;
	}
	if (!print_set_colour(f->colour)) {
		cmd_note(_("option '--color' takes 'always', 'never' or 'auto', not '%s'"),
			 f->colour);
		return false;
	}
	return cmd_one_format(f->json, f->nul);
}

static int run_status(const struct jci_command *self, int argc, char **argv)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_repo struct jci_repo repo = JCI_REPO_INIT;
	struct format f = {0};
	int status, worst = STATUS_OK;
	const struct option_spec options[] = {
		{'q', "quiet", OPT_FLAG, &f.quiet, NULL,
		 N_("print nothing; the exit status tells")},
		{0, "short", OPT_FLAG, &f.brief, NULL,
		 N_("print a mark alone, for prompts; nothing where there is nothing to tell")},
		{0, "color", OPT_OPTIONAL, &f.colour, N_("WHEN"),
		 N_("print colours always, never or auto (on a terminal)"), "always|never|auto"},
		{0, "json", OPT_FLAG, &f.json, NULL, N_("print one JSON object a line")},
		{'z', "null", OPT_FLAG, &f.nul, NULL,
		 N_("print TAB-separated fields, each commit ended by NUL")},
		OPTIONS_END};

	if (!cmd_options(self, options, &argc, argv, 0, -1, &status))
		return status;
	if (!check_format(&f))
		return STATUS_USAGE;
	if (jci_repo_open(&repo, &err) < 0)
		return f.brief && err.code == JCI_ENOREPO ? STATUS_OK : cmd_fail(&err);
	for (int i = 1; i < (argc > 1 ? argc : 2); i++) {
		status = status_of(&repo, argc > 1 ? argv[i] : NULL, &f);
		worst = status > worst ? status : worst;
	}
	return print_end(worst);
}

const struct jci_command cmd_status = {
	.name = "status",
	.synopsis = "[-q | --short | --json | -z] [--color[=WHEN]] [REV]...",
	.summary = N_("tell whether commits are green (HEAD by default)"),
	.operands = "<rev>...",
	.run = run_status,
};
