/* git jci jobs: the jobs of a server, from its API. */
#include "cmd/cmd.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "cmd/print.h"
#include "http/client.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/duration.h"
#include "util/env.h"
#include "util/gettext.h"
#include "util/text.h"

enum { DEFAULT_LIMIT = 50, PAGE = 500, MAX_ANSWER = 16 * 1024 * 1024 };
#define CALL_US INT64_C(60000000)

struct jobs {
	const char *server, *token, *ca_file;
	const char *repository, *state;
	int limit;
	bool json, nul;
	struct http_client *client;
	struct term_filter filter; /* of a log on a terminal */
};

/* ---- the server ---- */

static int read_settings(struct jobs *j, struct env *env, struct jci_error *err)
{
	j->server = env_need(env, "JCI_SERVER");
	j->token = env_need_secret(env, "JCI_ADMIN_TOKEN");
	j->ca_file = env_text(env, "JCI_CA");
	if (j->server && strncasecmp(j->server, "http://", 7) != 0 &&
	    strncasecmp(j->server, "https://", 8) != 0)
		env_problem(env, "JCI_SERVER", _("'%s' does not begin with http:// or https://"),
			    j->server);
	return env_end(env, err);
}

/* What the server says is wrong. */
static int fail(const struct jobs *j, const struct http_answer *answer, struct jci_error *err)
{
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;
	cleanup_json cJSON *json = NULL;
	const char *why = NULL;

	if (answer->status == 401)
		return jci_error_set(err, JCI_EFAIL,
				     _("'%s' does not take this token; JCI_ADMIN_TOKEN has to be "
				       "the same as the server's"),
				     j->server);
	if (json_parse(&json, answer->body.buf, answer->body.len, &ignored) == 0)
		why = json_string(json, "error");
	if (!why)
		return jci_error_set(err, JCI_EFAIL,
				     _("'%s' answers with status %u; is it the URL of a git jci "
				       "server?"),
				     j->server, answer->status);
	return jci_error_set(
		err, answer->status == 404 || answer->status == 409 ? JCI_ENOTFOUND : JCI_EFAIL,
		"%s", why);
}

static int call(struct jobs *j, const char *method, const char *path, struct http_answer *answer,
		bool (*write)(void *ctx, const char *data, size_t len), struct jci_error *err)
{
	const size_t len = strlen(j->server);
	const int base = (int)(j->server[len - 1] == '/' ? len - 1 : len);
	cleanup_free char *url = xasprintf("%.*s/api/%s", base, j->server, path);
	cleanup_free char *bearer = xasprintf("Authorization: Bearer %s", j->token);
	const char *const headers[] = {bearer, "Accept: application/json", NULL};
	const struct http_call http = {
		.method = method,
		.url = url,
		.ca_file = j->ca_file,
		.headers = headers,
		.write = write,
		.ctx = j,
		.timeout_us = write ? 0 : CALL_US,
		.max_body = MAX_ANSWER,
		.body = method ? "" : NULL,
	};

	if (http_call(j->client, &http, answer, err) < 0)
		return err->code;
	return answer->status / 100 == 2 ? 0 : fail(j, answer, err);
}

/* ---- ls ---- */

static const char *word_of(const cJSON *job)
{
	const char *state = json_string(job, "state"), *reason = json_string(job, "reason");

	return reason ? reason : state ? state : "?";
}

static int64_t time_of(const cJSON *job, const char *key)
{
	double seconds = 0;

	json_number(job, key, &seconds);
	return seconds > 0 && seconds < 1e12 ? (int64_t)(seconds * 1e6) : 0;
}

static int64_t int_of(const cJSON *job, const char *key)
{
	double n = 0;

	json_number(job, key, &n);
	return n > 0 && n < 9e15 ? (int64_t)n : 0;
}

static enum print_style style_of(const char *word)
{
	if (strcmp(word, "passed") == 0)
		return STYLE_OK;
	if (strcmp(word, "pending") == 0 || strcmp(word, "superseded") == 0 ||
	    strcmp(word, "cancelled") == 0)
		return STYLE_DIM;
	return strcmp(word, "assigned") == 0 || strcmp(word, "exited") == 0 ? STYLE_RUNNING
									    : STYLE_ERR;
}

/* Names come from the server and from Gitea: made safe for a terminal. */
static void add_text(struct strbuf *sb, const cJSON *job, const char *key, size_t width)
{
	cleanup_strbuf struct strbuf safe = STRBUF_INIT;
	const char *text = json_string(job, key);

	if (text)
		text_add_safe(&safe, text, strlen(text));
	print_add_padded(sb, safe.buf, width);
	strbuf_addch(sb, ' ');
}

static void add_word(struct strbuf *sb, const cJSON *job)
{
	const char *word = word_of(job);
	cleanup_strbuf struct strbuf safe = STRBUF_INIT, padded = STRBUF_INIT;

	text_add_safe(&safe, word, strlen(word));
	print_add_padded(&padded, safe.buf, 10);
	print_add_styled(sb, style_of(word), padded.buf);
	strbuf_addch(sb, ' ');
}

static void add_ref(struct strbuf *sb, const cJSON *job)
{
	static const char prefix[] = "refs/heads/";
	const char *ref = json_string(job, "ref");
	cleanup_strbuf struct strbuf safe = STRBUF_INIT;

	ref = !ref ? "" : strncmp(ref, prefix, strlen(prefix)) == 0 ? ref + strlen(prefix) : ref;
	text_add_safe(&safe, ref, strlen(ref));
	print_add_padded(sb, safe.buf, 14);
	strbuf_addch(sb, ' ');
}

static void add_times(struct strbuf *sb, const cJSON *job)
{
	const int64_t created = time_of(job, "created"), assigned = time_of(job, "assigned"),
		      ended = time_of(job, "ended"), now = clock_now_us();
	cleanup_strbuf struct strbuf age = STRBUF_INIT, duration = STRBUF_INIT;

	time_add_age(&age, created, now);
	print_add_padded(sb, age.buf, 15);
	if (assigned)
		duration_add(&duration, (ended ? ended : now) - assigned);
	strbuf_addch(sb, ' ');
	print_add_padded(sb, duration.buf, 8);
	strbuf_addch(sb, ' ');
}

static void print_row(const cJSON *job)
{
	const char *commit = json_string(job, "commit"), *detail = json_string(job, "detail");
	cleanup_strbuf struct strbuf line = STRBUF_INIT, safe = STRBUF_INIT;

	strbuf_addf(&line, "%5lld ", (long long)int_of(job, "id"));
	add_word(&line, job);
	add_text(&line, job, "repository", 20);
	add_ref(&line, job);
	if (commit)
		text_add_safe(&safe, commit, strnlen(commit, PRINT_ABBREV));
	print_add_padded(&line, safe.buf, PRINT_ABBREV);
	strbuf_addch(&line, ' ');
	add_times(&line, job);
	add_text(&line, job, "runner_name", 10);
	if (detail)
		text_add_safe(&line, detail, strlen(detail));
	while (line.len && line.buf[line.len - 1] == ' ')
		strbuf_setlen(&line, line.len - 1);
	puts(line.buf);
}

/* A text that can have neither TAB nor NUL within. */
static void print_field(const cJSON *job, const char *key)
{
	const char *text = json_string(job, key);
	cleanup_strbuf struct strbuf safe = STRBUF_INIT;

	if (text)
		text_add_safe(&safe, text, strlen(text));
	printf("\t%s", safe.buf);
}

static void print_z(const cJSON *job)
{
	static const char *const texts[] = {"state",  "reason", "repository", "ref",
					    "commit", "run_id", "runner_name"};

	printf("%lld", (long long)int_of(job, "id"));
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		print_field(job, texts[i]);
	printf("\t%lld", (long long)int_of(job, "attempt"));
	printf("\t%lld", (long long)int_of(job, "created"));
	printf("\t%lld", (long long)int_of(job, "assigned"));
	printf("\t%lld", (long long)int_of(job, "ended"));
	print_field(job, "detail");
	putchar('\0');
}

static void print_job(const struct jobs *j, const cJSON *job)
{
	if (j->json)
		print_json_line(job);
	else if (j->nul)
		print_z(job);
	else
		print_row(job);
}

static void add_param(struct strbuf *path, const char *name, const char *value)
{
	if (!value)
		return;
	strbuf_addf(path, "&%s=", name);
	http_add_encoded(path, value, "");
}

/* Up to that many below an id; how many there were, and the last one's id. */
static int print_page(struct jobs *j, int limit, int64_t *before, struct jci_error *err)
{
	cleanup_strbuf struct strbuf path = STRBUF_INIT;
	cleanup_http_answer struct http_answer answer = HTTP_ANSWER_INIT;
	cleanup_json cJSON *list = NULL;
	const cJSON *job;
	int n = 0;

	strbuf_addf(&path, "jobs?limit=%d&before=%lld", limit, (long long)*before);
	add_param(&path, "repository", j->repository);
	add_param(&path, "state", j->state);
	if (call(j, NULL, path.buf, &answer, NULL, err) < 0 ||
	    json_parse(&list, answer.body.buf, answer.body.len, err) < 0)
		return err->code;
	cJSON_ArrayForEach(job, list)
	{
		print_job(j, job);
		*before = int_of(job, "id");
		n++;
	}
	return n;
}

static int list(struct jobs *j, struct jci_error *err)
{
	int64_t before = 0;
	int left = j->limit, n = 0;

	print_begin(NULL);
	while (left > 0 && !ferror(stdout)) {
		const int limit = left < PAGE ? left : PAGE;

		n = print_page(j, limit, &before, err);
		left -= n > 0 ? n : 0;
		if (n < limit || before <= 1)
			break;
	}
	if (n >= 0 && left == j->limit && left > 0 && isatty(STDERR_FILENO))
		cmd_note(_("there is no such job"));
	return print_end(n < 0 ? cmd_fail(err) : STATUS_OK);
}

/* ---- one or more jobs ---- */

static bool is_id(const char *s)
{
	return *s > '0' && *s <= '9' && strlen(s) <= 15 && !s[strspn(s, "0123456789")];
}

static void tell_cancelled(const char *id, const cJSON *job)
{
	const char *state = json_string(job, "state");

	if (state && strcmp(state, "done") == 0)
		cmd_note(_("job %s is cancelled"), id);
	else
		cmd_note(_("job %s is being cancelled; its runner stops it at its next poll"), id);
}

static int change(struct jobs *j, const char *id, const char *verb, struct jci_error *err)
{
	cleanup_free char *path = xasprintf("jobs/%s/%s", id, verb);
	cleanup_http_answer struct http_answer answer = HTTP_ANSWER_INIT;
	cleanup_json cJSON *job = NULL;

	if (call(j, "POST", path, &answer, NULL, err) < 0 ||
	    json_parse(&job, answer.body.buf, answer.body.len, err) < 0)
		return err->code;
	if (strcmp(verb, "cancel") == 0)
		tell_cancelled(id, job);
	else
		printf("%lld\n", (long long)int_of(job, "id"));
	return 0;
}

/* All of them, also where one is not there or can't be changed. */
static int change_all(struct jobs *j, char **ids, int n, const char *verb)
{
	int status = STATUS_OK;

	for (int i = 0; i < n; i++) {
		cleanup_error struct jci_error err = JCI_ERROR_INIT;

		if (change(j, ids[i], verb, &err) == 0)
			continue;
		cmd_fail(&err);
		if (err.code != JCI_ENOTFOUND)
			return STATUS_FAILED;
		status = STATUS_RED;
	}
	return print_end(status);
}

/* On a terminal without what could do harm there; elsewhere the bytes as they are. */
static bool print_log(void *ctx, const char *data, size_t len)
{
	struct jobs *j = ctx;
	cleanup_strbuf struct strbuf safe = STRBUF_INIT;

	if (!isatty(STDOUT_FILENO))
		return fwrite(data, 1, len, stdout) == len;
	term_filter_add(&j->filter, &safe, data, len);
	return fwrite(safe.buf, 1, safe.len, stdout) == safe.len;
}

static int show_log(struct jobs *j, const char *id, struct jci_error *err)
{
	cleanup_free char *path = xasprintf("jobs/%s/log", id);
	cleanup_http_answer struct http_answer answer = HTTP_ANSWER_INIT;

	if (call(j, NULL, path, &answer, print_log, err) == 0)
		return print_end(STATUS_OK);
	if (ferror(stdout))
		return print_end(STATUS_FAILED);
	cmd_fail(err);
	return err->code == JCI_ENOTFOUND ? STATUS_RED : STATUS_FAILED;
}

/* ---- the command ---- */

static int check_usage(const struct jobs *j, const char *action, char **ids, int n,
		       struct jci_error *err)
{
	const bool ls = strcmp(action, "ls") == 0, log = strcmp(action, "log") == 0;

	if (!ls && !log && strcmp(action, "cancel") != 0 && strcmp(action, "retry") != 0)
		return jci_error_set(err, JCI_EINVALID,
				     _("'%s' is none of: ls, cancel, retry, log"), action);
	if (!ls && (j->repository || j->state || j->json || j->nul || j->limit != DEFAULT_LIMIT))
		return jci_error_set(err, JCI_EINVALID, _("the options go with 'jobs ls'"));
	if (ls ? n > 0 : log ? n != 1 : n < 1)
		return jci_error_set(err, JCI_EINVALID,
				     ls    ? _("'jobs ls' takes options alone")
				     : log ? _("'jobs log' takes the number of one job")
					   : _("name the jobs by their numbers"));
	for (int i = 0; i < n; i++)
		if (!is_id(ids[i]))
			return jci_error_set(err, JCI_EINVALID, _("'%s' is no number of a job"),
					     ids[i]);
	return 0;
}

static int act(struct jobs *j, const char *action, char **ids, int n, struct jci_error *err)
{
	cleanup_env struct env env = ENV_INIT;
	cleanup_http_client struct http_client *client = NULL;

	if (read_settings(j, &env, err) < 0) {
		cmd_fail(err);
		return STATUS_USAGE;
	}
	if (http_client_new(&client, err) < 0)
		return cmd_fail(err);
	j->client = client;
	if (strcmp(action, "ls") == 0)
		return list(j, err);
	if (strcmp(action, "log") == 0)
		return show_log(j, ids[0], err);
	return change_all(j, ids, n, action);
}

static int run_jobs(const struct jci_command *self, int argc, char **argv)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	struct jobs j = {.limit = DEFAULT_LIMIT};
	const char *action;
	int status;
	const struct option_spec options[] = {
		{0, "repository", OPT_STRING, &j.repository, N_("OWNER/NAME"),
		 N_("ls: only jobs of this repository")},
		{0, "state", OPT_STRING, &j.state, N_("STATE"),
		 N_("ls: only jobs that are pending, assigned, exited or done"),
		 "pending|assigned|exited|done"},
		{'n', "limit", OPT_INT, &j.limit, N_("N"), N_("ls: at most N jobs (50)")},
		{0, "json", OPT_FLAG, &j.json, NULL, N_("ls: print one JSON object a line")},
		{'z', "null", OPT_FLAG, &j.nul, NULL,
		 N_("ls: print TAB-separated fields, each job ended by NUL")},
		OPTIONS_END};

	if (!cmd_options(self, options, &argc, argv, 0, -1, &status))
		return status;
	if (!cmd_one_format(j.json, j.nul))
		return STATUS_USAGE;
	action = argc > 1 ? argv[1] : "ls";
	if (check_usage(&j, action, argv + 2, argc > 2 ? argc - 2 : 0, &err) < 0) {
		cmd_fail(&err);
		return STATUS_USAGE;
	}
	return act(&j, action, argv + 2, argc - 2, &err);
}

const struct jci_command cmd_jobs = {
	.name = "jobs",
	.synopsis = "[ls] [--repository OWNER/NAME] [--state STATE] [-n N] [--json | -z]\n"
		    "cancel N...\nretry N...\nlog N",
	.summary = N_("list, cancel and retry the jobs of a server"),
	.operands = "ls|cancel|retry|log",
	.run = run_jobs,
};
