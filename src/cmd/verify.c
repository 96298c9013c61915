/* git jci verify: is every commit green, for gates? */
#include "cmd/cmd.h"

#include <stdio.h>
#include <string.h>

#include "cmd/print.h"
#include "core/find.h"
#include "core/verify.h"
#include "core/walk.h"
#include "util/clock.h"
#include "util/gettext.h"
#include "util/text.h"

struct verify {
	const struct jci_repo *repo;
	struct jci_verify_rules rules;
	bool json, nul, quiet;
	bool red; /* one was not green */
};

/* ---- output ---- */

/* The words of --json and -z: not translated. */
static const char *why_name(enum jci_verify_why why)
{
	static const char *const names[] = {
		[JCI_VERIFY_GREEN] = "green", [JCI_VERIFY_NONE] = "no-run",
		[JCI_VERIFY_DIRTY] = "dirty", [JCI_VERIFY_RED] = "red",
		[JCI_VERIFY_FEW] = "too-few",
	};

	return names[why];
}

/* The id of the newest run that counts; "" where none does. */
static void newest_id(const struct jci_verdict *v, char id[JCI_RUN_ID_SIZE])
{
	*id = '\0';
	if (v->newest.status)
		jci_run_id_format(id, &v->newest.ref.id);
}

static void print_verdict_json(const struct verify *verify, const struct jci_verdict *v)
{
	cleanup_json cJSON *json = cJSON_CreateObject();
	char id[JCI_RUN_ID_SIZE];

	newest_id(v, id);
	json_set_string(json, "commit", git_oid_tostr_s(&v->commit));
	json_set_string(json, "verdict", why_name(v->why));
	json_set_string(json, "runId", *id ? id : NULL);
	json_set_number(json, "green", (double)v->green);
	json_set_number(json, "required", verify->rules.require);
	jci_run_id_format(id, &v->running_id);
	json_set_string(json, "running", v->running ? id : NULL);
	jci_run_id_format(id, &v->future_id);
	json_set_string(json, "future", v->future ? id : NULL);
	print_json_line(json);
}

static void print_verdict_z(const struct jci_verdict *v)
{
	char id[JCI_RUN_ID_SIZE];

	newest_id(v, id);
	printf("%s\t%s\t%s\t%zu%c", git_oid_tostr_s(&v->commit), why_name(v->why), id, v->green,
	       '\0');
}

/* TRANSLATORS: goes on " by trigger 'cron' on host 'ci1'" */
static void add_no_run(struct strbuf *sb, const struct jci_verify_rules *rules)
{
	strbuf_addstr(sb, _("no run"));
	if (rules->trigger) {
		strbuf_addstr(sb, _(" by trigger "));
		text_add_shell(sb, rules->trigger);
	}
	if (rules->host) {
		strbuf_addstr(sb, _(" on host "));
		text_add_shell(sb, rules->host);
	}
}

static void add_reason(struct strbuf *sb, const struct verify *verify, const struct jci_verdict *v)
{
	char id[JCI_RUN_ID_SIZE];

	newest_id(v, id);
	switch (v->why) {
	case JCI_VERIFY_GREEN:
		break;
	case JCI_VERIFY_NONE:
		add_no_run(sb, &verify->rules);
		break;
	case JCI_VERIFY_DIRTY:
		strbuf_addstr(sb, _("only run in a dirty work tree"));
		break;
	case JCI_VERIFY_RED:
		strbuf_addf(sb, _("%s in run %s"), print_word(&v->newest), id);
		break;
	case JCI_VERIFY_FEW:
		strbuf_addf(sb,
			    Q_("only %zu green run, %d are required",
			       "only %zu green runs, %d are required", v->green),
			    v->green, verify->rules.require);
		break;
	}
	jci_run_id_format(id, &v->running_id);
	if (v->running)
		strbuf_addf(sb, _("; run %s goes on"), id);
}

/* One line: commit, reason, subject. */
static void print_reason(const struct verify *verify, const struct jci_verdict *v)
{
	cleanup_free char *subject = jci_repo_subject(verify->repo, &v->commit);
	cleanup_strbuf struct strbuf reason = STRBUF_INIT, line = STRBUF_INIT;

	add_reason(&reason, verify, v);
	strbuf_addf(&line, "%.*s ", PRINT_ABBREV, git_oid_tostr_s(&v->commit));
	text_add_safe(&line, reason.buf, reason.len);
	if (*subject) {
		strbuf_addstr(&line, " (");
		text_add_safe(&line, subject, strlen(subject));
		strbuf_addch(&line, ')');
	}
	puts(line.buf);
}

/* Even of a green commit: whoever made the run should know that it tells nothing. */
static void warn_of_future(const struct jci_verdict *v)
{
	char id[JCI_RUN_ID_SIZE];

	jci_run_id_format(id, &v->future_id);
	cmd_note(_("run %s of %.*s does not count: it is of the future, so the clock there or here "
		   "is wrong; remove it with: git update-ref -d %s%s/%s"),
		 id, PRINT_ABBREV, git_oid_tostr_s(&v->commit), JCI_REF_PREFIX,
		 git_oid_tostr_s(&v->commit), id);
}

/* ---- commits ---- */

static int verify_commit(struct verify *verify, const git_oid *commit, struct jci_error *err)
{
	cleanup_verdict struct jci_verdict v;

	jci_verdict_init(&v);
	if (jci_verify(verify->repo, commit, &verify->rules, &v, err) < 0)
		return err->code;
	verify->red |= v.why != JCI_VERIFY_GREEN;
	if (verify->quiet)
		return 0;
	if (v.future)
		warn_of_future(&v);
	if (verify->json)
		print_verdict_json(verify, &v);
	else if (verify->nul)
		print_verdict_z(&v);
	else if (v.why != JCI_VERIFY_GREEN)
		print_reason(verify, &v);
	return 0;
}

static int verify_range(struct verify *verify, const char *range, struct jci_error *err)
{
	cleanup_walk struct jci_walk *walk = NULL;
	git_oid commit;
	int code;

	if (jci_walk_new(&walk, verify->repo, false, err) < 0 ||
	    jci_walk_push(walk, range, err) < 0)
		return err->code;
	while ((code = jci_walk_next(walk, &commit, err)) > 0)
		if (verify_commit(verify, &commit, err) < 0)
			return err->code;
	return code;
}

/*
 * The commits that a pre-receive hook asks about are not in the repository yet, nor are there any
 * runs by which jci_find_commit() would know them: a full hash is one without any look-up.
 */
static int find_commit(const struct jci_repo *repo, const char *rev, git_oid *commit,
		       struct jci_error *err)
{
	if (jci_find_commit(repo, rev, commit, err) == 0)
		return 0;
	if (err->code != JCI_ENOTFOUND || strlen(rev) != GIT_OID_HEXSZ ||
	    git_oid_fromstr(commit, rev) < 0)
		return err->code;
	jci_error_clear(err);
	return 0;
}

static int verify_head(struct verify *verify, struct jci_error *err)
{
	git_oid commit;

	if (jci_repo_head(verify->repo, &commit, err) < 0)
		return err->code;
	return verify_commit(verify, &commit, err);
}

static int verify_rev(struct verify *verify, const char *rev, struct jci_error *err)
{
	git_oid commit;

	if (strstr(rev, ".."))
		return verify_range(verify, rev, err);
	if (find_commit(verify->repo, rev, &commit, err) < 0)
		return err->code;
	return verify_commit(verify, &commit, err);
}

static int run_verify(const struct jci_command *self, int argc, char **argv)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_repo struct jci_repo repo = JCI_REPO_INIT;
	struct verify verify = {.repo = &repo, .rules = {.now_us = clock_now_us(), .require = 1}};
	int status;
	const struct option_spec options[] = {
		{0, "trigger", OPT_STRING, &verify.rules.trigger, N_("WORD"),
		 N_("only runs that were started by this")},
		{0, "host", OPT_STRING, &verify.rules.host, N_("NAME"),
		 N_("only runs on this host")},
		{0, "require", OPT_INT, &verify.rules.require, N_("N"),
		 N_("at least N green runs of each commit (1)")},
		{0, "dirty", OPT_FLAG, &verify.rules.dirty, NULL,
		 N_("runs in a dirty work tree count too")},
		{'q', "quiet", OPT_FLAG, &verify.quiet, NULL,
		 N_("print nothing; the exit status tells")},
		{0, "json", OPT_FLAG, &verify.json, NULL, N_("print one JSON object a line")},
		{'z', "null", OPT_FLAG, &verify.nul, NULL,
		 N_("print TAB-separated fields, each commit ended by NUL")},
		OPTIONS_END};

	if (!cmd_options(self, options, &argc, argv, 0, -1, &status))
		return status;
	if (!cmd_one_format(verify.json, verify.nul))
		return STATUS_USAGE;
	if (verify.rules.require < 1) {
		cmd_note(_("option '--require' takes a number from 1"));
		return STATUS_USAGE;
	}
	if (jci_repo_open(&repo, &err) < 0)
		return cmd_fail(&err);
	if (argc == 1 && verify_head(&verify, &err) < 0)
		return print_end(cmd_fail(&err));
	for (int i = 1; i < argc; i++)
		if (verify_rev(&verify, argv[i], &err) < 0)
			return print_end(cmd_fail(&err));
	return print_end(verify.red ? STATUS_RED : STATUS_OK);
}

const struct jci_command cmd_verify = {
	.name = "verify",
	.synopsis = "[OPTIONS] [REV | A..B]...",
	.summary = N_("tell whether every commit is green, for gates (HEAD by default)"),
	.operands = "<range>...",
	.run = run_verify,
};
