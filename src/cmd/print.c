#include "cmd/print.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "core/config.h"
#include "util/clock.h"
#include "util/duration.h"
#include "util/gettext.h"
#include "util/text.h"

static struct {
	pid_t pager; /* 0: none */
	bool colour;
} output;

/* ---- pager ---- */

static bool is_set(const char *name)
{
	const char *value = getenv(name);

	return value && *value;
}

/* As git chooses it (git-var(1), GIT_PAGER); NULL: none. The caller frees it. */
static char *choose_pager(const struct jci_repo *repo)
{
	cleanup_free char *configured = NULL;

	if (is_set("GIT_PAGER"))
		return strdup(getenv("GIT_PAGER"));
	configured = repo ? jci_config_string(repo, "core.pager") : NULL;
	if (configured)
		return steal_ptr(configured);
	return strdup(is_set("PAGER") ? getenv("PAGER") : "less");
}

static void exec_pager(const char *pager, int in)
{
	dup2(in, 0);
	setenv("LESS", "FRX", 0);
	setenv("LV", "-c", 0);
	execl("/bin/sh", "sh", "-c", pager, (char *)NULL);
	_exit(127);
}

static void start_pager(const char *pager)
{
	int fds[2];

	if (pipe(fds) < 0)
		return;
	output.pager = fork();
	if (output.pager == 0) {
		close(fds[1]);
		exec_pager(pager, fds[0]);
	}
	close(fds[0]);
	if (output.pager > 0)
		dup2(fds[1], 1);
	close(fds[1]);
}

static bool wants_colour(void)
{
	const char *term = getenv("TERM");

	return isatty(1) && !is_set("NO_COLOR") && term && strcmp(term, "dumb") != 0;
}

bool print_set_colour(const char *when)
{
	if (!when || strcmp(when, "auto") == 0)
		output.colour = wants_colour();
	else if (!*when || strcmp(when, "always") == 0)
		output.colour = true;
	else if (strcmp(when, "never") == 0)
		output.colour = false;
	else
		return false;
	return true;
}

void print_begin(const struct jci_repo *repo)
{
	cleanup_free char *pager = NULL;

	output.colour = wants_colour();
	if (!isatty(1))
		return;
	pager = choose_pager(repo);
	if (pager && *pager && strcmp(pager, "cat") != 0)
		start_pager(pager);
}

int print_end(int status)
{
	bool failed = fflush(stdout) != 0 || ferror(stdout);
	int error = errno;

	if (output.pager > 0) {
		fclose(stdout);
		while (waitpid(output.pager, NULL, 0) < 0 && errno == EINTR)
			;
		return status; /* a pager that was left early is no failure */
	}
	if (!failed || error == EPIPE)
		return status;
	fprintf(stderr, _("git-jci: cannot write the output: %s\n"), strerror(error));
	return STATUS_FAILED;
}

/* ---- styles ---- */

void print_add_styled(struct strbuf *sb, enum print_style style, const char *text)
{
	static const char *const sgr[] = {
		[STYLE_OK] = "\033[32m", [STYLE_ERR] = "\033[31m",   [STYLE_RUNNING] = "\033[33m",
		[STYLE_DIM] = "\033[2m", [STYLE_ADDED] = "\033[32m", [STYLE_REMOVED] = "\033[31m",
	};

	if (output.colour)
		strbuf_addstr(sb, sgr[style]);
	strbuf_addstr(sb, text);
	if (output.colour)
		strbuf_addstr(sb, "\033[m");
}

/* ---- runs ---- */

const char *print_word(const struct jci_record *r)
{
	return r->reason || r->status ? jci_record_word(r) : "?";
}

enum print_style print_run_style(const struct jci_record *r)
{
	if (r->status == JCI_STATUS_OK)
		return STYLE_OK;
	return r->status == JCI_STATUS_RUNNING ? STYLE_RUNNING : STYLE_ERR;
}

void print_add_padded(struct strbuf *sb, const char *text, size_t width)
{
	size_t have = text_width(text, strlen(text));

	strbuf_addstr(sb, text);
	while (have++ < width)
		strbuf_addch(sb, ' ');
}

static void add_duration(struct strbuf *sb, const struct jci_record *r, int64_t now_us)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	int64_t us = r->status == JCI_STATUS_RUNNING ? now_us - r->start_us : r->duration_us;

	if (us >= 0)
		duration_add(&text, us);
	print_add_padded(sb, text.buf, 9);
}

/* The branch, and whether the run was of more than its commit. */
static void add_where(struct strbuf *sb, const struct jci_record *r)
{
	cleanup_strbuf struct strbuf where = STRBUF_INIT;

	if (!r->branch && !r->dirty)
		return;
	strbuf_addch(&where, '(');
	if (r->branch)
		text_add_safe(&where, r->branch, strlen(r->branch));
	if (r->dirty)
		strbuf_addf(&where, "%s%s", r->branch ? ", " : "", _("dirty"));
	strbuf_addstr(&where, ") ");
	print_add_styled(sb, STYLE_DIM, where.buf);
}

void print_add_run(struct strbuf *sb, const struct jci_repo *repo, const struct jci_record *r,
		   int64_t now_us)
{
	cleanup_strbuf struct strbuf word = STRBUF_INIT, age = STRBUF_INIT;
	cleanup_free char *subject = jci_repo_subject(repo, &r->ref.commit);
	char id[JCI_RUN_ID_SIZE];

	print_add_padded(&word, print_word(r), 9);
	print_add_styled(sb, print_run_style(r), word.buf);
	jci_run_id_format(id, &r->ref.id);
	strbuf_addf(sb, " %.*s %s ", PRINT_ABBREV, git_oid_tostr_s(&r->ref.commit), id);
	time_add_age(&age, r->start_us, now_us);
	print_add_padded(sb, age.buf, 14);
	strbuf_addch(sb, ' ');
	add_duration(sb, r, now_us);
	add_where(sb, r);
	text_add_safe(sb, subject, strlen(subject));
	strbuf_addch(sb, '\n');
}

cJSON *print_run_json(const struct jci_record *r)
{
	cJSON *json = jci_record_to_json(r, false);
	cleanup_strbuf struct strbuf ref = STRBUF_INIT;

	jci_ref_name(&ref, &r->ref);
	json_set_string(json, "ref", jci_record_is_stored(r) ? ref.buf : NULL);
	return json;
}

void print_json_line(const cJSON *json)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;

	json_print(&text, json, false);
	fwrite(text.buf, 1, text.len, stdout);
}

void print_add_end(struct strbuf *sb, const struct jci_record *r)
{
	if (r->signal)
		strbuf_addf(sb, _("signal %d (%s)"), r->signal, strsignal(r->signal));
	else if (r->exit_status >= 0)
		strbuf_addf(sb, _("exit status %d"), r->exit_status);
}

void print_run_z(const struct jci_record *r)
{
	char id[JCI_RUN_ID_SIZE];
	double duration = r->duration_us >= 0 ? (double)r->duration_us / 1e6 : -1;

	jci_run_id_format(id, &r->ref.id);
	printf("%s\t%s\t%s\t%s\t%" PRId64 "\t%.3f%c", git_oid_tostr_s(&r->ref.commit), id,
	       jci_status_name(r->status), jci_reason_name(r->reason), r->start_us / 1000000,
	       duration, '\0');
}
