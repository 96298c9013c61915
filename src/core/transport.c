#include "core/transport.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/config.h"
#include "core/credentials.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/gettext.h"
#include "util/process.h"

/* ---- command lines ---- */

void jci_argv_release(struct jci_argv *argv)
{
	for (size_t i = 0; i < argv->n; i++)
		free(argv->items[i]);
	free(argv->items);
}

void jci_argv_add(struct jci_argv *argv, const char *fmt, ...)
{
	struct strbuf sb = STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&sb, fmt, ap);
	va_end(ap);
	ARRAY_GROW(argv->items, argv->n + 2, argv->cap);
	argv->items[argv->n++] = strbuf_detach(&sb, NULL);
	argv->items[argv->n] = NULL;
}

/* Asked for only where it is so: a path or a URL is no name of a setting. */
static bool is_mirror(const struct jci_repo *repo, const char *name)
{
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;
	cleanup_free char *key = xasprintf("remote.%s.mirror", name);
	bool mirror = false;

	return !strpbrk(name, "=\n") && jci_config_bool(repo, key, false, &mirror, &ignored) == 0 &&
	       mirror;
}

void jci_transport_begin(struct jci_argv *argv, const struct jci_repo *repo,
			 const struct jci_remote *remote, const char *command)
{
	jci_argv_add(argv, "git");
	jci_argv_add(argv, "--git-dir");
	jci_argv_add(argv, "%s", repo->git_dir);
	if (is_mirror(repo, remote->name)) { /* it would take no refspecs */
		jci_argv_add(argv, "-c");
		jci_argv_add(argv, "remote.%s.mirror=false", remote->name);
	}
	jci_argv_add(argv, "-c");
	jci_argv_add(argv, "fetch.output=full");
	jci_argv_add(argv, "-c");
	jci_argv_add(argv, "core.abbrev=%d", GIT_OID_HEXSZ); /* for jci_ref_report.old */
	jci_argv_add(argv, "-c");
	jci_argv_add(argv, "push.gpgSign=false");
	jci_argv_add(argv, "%s", command);
	if (strcmp(command, "ls-remote") != 0) {
		jci_argv_add(argv, remote->progress ? "--progress" : "--no-progress");
		jci_argv_add(argv, "--recurse-submodules=no");
	}
	if (strcmp(command, "push") == 0) {
		jci_argv_add(argv, "--porcelain");
		jci_argv_add(argv, "--no-verify"); /* the hook is for pushes of branches */
		jci_argv_add(argv, "--no-follow-tags");
	}
}

/* ---- what it says ---- */

/* The next line of [*at, end), without its newline; false at the end. */
static bool next_line(const char **at, const char *end, const char **line, size_t *len)
{
	const char *newline;

	if (*at >= end)
		return false;
	newline = memchr(*at, '\n', (size_t)(end - *at));
	*line = *at;
	*len = (size_t)((newline ? newline : end) - *at);
	*at += *len + 1;
	return true;
}

/* FLAG TAB FROM:TO TAB WHY */
static bool parse_push(struct jci_ref_report *r, const char *line, size_t len)
{
	const char *end = line + len, *names, *colon, *tab;

	if (len < 4 || line[1] != '\t' || !strchr(" *=+!-", line[0]))
		return false;
	names = line + 2;
	tab = memchr(names, '\t', (size_t)(end - names));
	if (!tab || !(colon = memrchr(names, ':', (size_t)(tab - names))))
		return false;
	*r = (struct jci_ref_report){
		line[0], colon + 1, (size_t)(tab - colon - 1), tab + 1, (size_t)(end - tab - 1),
		{{0}}};
	return true;
}

/* "OLD..NEW ", "OLD...NEW " where the update was forced; anything else leaves it zero. */
static void parse_old(struct jci_ref_report *r, const char *words, size_t len)
{
	if ((r->flag != ' ' && r->flag != '+') || len <= GIT_OID_HEXSZ + 2 ||
	    memcmp(words + GIT_OID_HEXSZ, "..", 2) != 0 ||
	    git_oid_fromstrn(&r->old, words, GIT_OID_HEXSZ) < 0)
		memset(&r->old, 0, sizeof(r->old));
}

/* " FLAG WORDS FROM -> TO WORDS"; names hold no blanks (git-check-ref-format(1)). */
static bool parse_fetch(struct jci_ref_report *r, const char *line, size_t len)
{
	const char *end = line + len, *arrow, *name;

	if (len < 4 || line[0] != ' ' || line[2] != ' ' || !strchr(" *=+!-", line[1]))
		return false;
	arrow = memmem(line, len, " -> ", 4);
	if (!arrow)
		return false;
	name = arrow + 4;
	r->flag = line[1];
	r->name = name;
	r->len = 0;
	while (name + r->len < end && name[r->len] != ' ')
		r->len++;
	r->why = name + r->len;
	r->why_len = (size_t)(end - r->why);
	for (; r->why_len > 0 && *r->why == ' '; r->why_len--)
		r->why++;
	memset(&r->old, 0, sizeof(r->old));
	parse_old(r, line + 3, (size_t)(arrow - line) - 3);
	return true;
}

/* ---- running it ---- */

struct command {
	const struct jci_remote *remote;
	int64_t deadline_us; /* 0: none */
	bool late;
	jci_ref_report_fn *each; /* of standard error; NULL: nothing is looked for there */
	void *ctx;
	struct strbuf line, error; /* error: the last "error: ..." */
	bool reported;
};

static bool is_to_stop(void *ctx)
{
	struct command *c = ctx;

	c->late |= c->deadline_us && clock_monotonic_us() > c->deadline_us;
	return c->late || (c->remote->stop && c->remote->stop(c->remote->ctx));
}

static bool begins(const struct strbuf *line, const char *text)
{
	return strncmp(line->buf, text, strlen(text)) == 0;
}

/* Git's heading of a list that is shown in another form. */
static bool is_heading(const struct strbuf *line)
{
	return begins(line, "From ") || begins(line, "Pushing to ");
}

/* A ref that is refused has the error of just before, if that names it. */
static void report_fetched(struct command *c, struct jci_ref_report *report)
{
	cleanup_free char *name = xstrndup(report->name, report->len);

	c->reported = true;
	if (report->flag == '!' && c->error.len > 0 && strstr(c->error.buf, name)) {
		report->why = c->error.buf;
		report->why_len = c->error.len;
	}
	c->each(c->ctx, report);
}

static void end_line(struct command *c)
{
	struct jci_ref_report report;

	if (c->each && parse_fetch(&report, c->line.buf, c->line.len)) {
		report_fetched(c, &report);
	} else if (is_heading(&c->line)) {
		strbuf_reset(&c->line);
		return;
	} else if (begins(&c->line, "error: ")) {
		strbuf_reset(&c->error);
		strbuf_add(&c->error, c->line.buf + strlen("error: "),
			   c->line.len - strlen("error: "));
	} else if (!c->remote->progress && c->remote->note && begins(&c->line, "remote: ")) {
		strbuf_addch(&c->line, '\n');
		c->remote->note(c->remote->ctx, c->line.buf, c->line.len);
	} else if (c->remote->progress && c->line.len > 0 && c->line.buf[0] != ' ') {
		strbuf_addch(&c->line, '\n');
		c->remote->progress(c->remote->ctx, c->line.buf, c->line.len);
	}
	strbuf_reset(&c->line);
}

/* Progress is written over and over, each time with a carriage return: that is shown at once. */
static void on_errors(void *ctx, const char *data, size_t len)
{
	struct command *c = ctx;

	for (size_t i = 0; i < len; i++) {
		if (data[i] == '\n') {
			end_line(c);
			continue;
		}
		strbuf_addch(&c->line, data[i]);
		if (data[i] == '\r') {
			if (c->remote->progress)
				c->remote->progress(c->remote->ctx, c->line.buf, c->line.len);
			strbuf_reset(&c->line);
		}
	}
}

static int run(struct command *c, const struct jci_argv *argv, struct strbuf *out,
	       struct jci_error *err)
{
	struct process git = {
		.argv = (const char *const *)argv->items,
		.out = -1,
		.config = true,
		.errors = on_errors,
		.stop = c->remote->timeout_us || c->remote->stop ? is_to_stop : NULL,
		.ctx = c,
	};
	int code;

	if (c->remote->name[0] == '-')
		return jci_error_set(err, JCI_EINVALID, _("'%s' is not the name of a remote"),
				     c->remote->name);
	if (c->remote->timeout_us)
		c->deadline_us = clock_monotonic_us() + c->remote->timeout_us;
	if (c->remote->credentials)
		jci_credentials_give(c->remote->credentials, &git);
	code = process_capture(&git, out, err);
	strbuf_release(&c->line);
	strbuf_release(&c->error);
	if (code < 0 && c->late)
		return jci_error_set(err, JCI_EFAIL, _("'%s' did not answer in time"),
				     c->remote->name);
	return code;
}

int jci_transport_capture(const struct jci_argv *argv, const struct jci_remote *remote,
			  struct strbuf *out, struct jci_error *err)
{
	struct command c = {.remote = remote, .line = STRBUF_INIT, .error = STRBUF_INIT};

	return run(&c, argv, out, err);
}

int jci_transport_fetch(const struct jci_argv *argv, const struct jci_remote *remote,
			jci_ref_report_fn *each, void *ctx, bool *reported, struct jci_error *err)
{
	struct command c = {.remote = remote,
			    .each = each,
			    .ctx = ctx,
			    .line = STRBUF_INIT,
			    .error = STRBUF_INIT};
	cleanup_strbuf struct strbuf out = STRBUF_INIT;
	int code = run(&c, argv, &out, err);

	*reported = c.reported;
	return code;
}

int jci_transport_push(const struct jci_argv *argv, const struct jci_remote *remote,
		       jci_ref_report_fn *each, void *ctx, bool *reported, struct jci_error *err)
{
	struct command c = {.remote = remote, .line = STRBUF_INIT, .error = STRBUF_INIT};
	cleanup_strbuf struct strbuf out = STRBUF_INIT;
	int code = run(&c, argv, &out, err);
	const char *at = out.buf, *line;
	struct jci_ref_report report;
	size_t len;

	*reported = false;
	while (next_line(&at, out.buf + out.len, &line, &len)) {
		if (!parse_push(&report, line, len))
			continue;
		*reported = true;
		each(ctx, &report);
	}
	return code;
}

/* ---- results ---- */

void jci_transfer_release(struct jci_transfer *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(t->items[i].why);
	free(t->items);
}

struct jci_transfer_item *jci_transfer_add(struct jci_transfer *t, const struct jci_ref *ref,
					   enum jci_fate fate)
{
	ARRAY_GROW(t->items, t->n + 1, t->cap);
	t->items[t->n] = (struct jci_transfer_item){.ref = *ref, .fate = fate};
	t->count[fate]++;
	return &t->items[t->n++];
}

void jci_transfer_set(struct jci_transfer *t, struct jci_transfer_item *item, enum jci_fate fate)
{
	t->count[item->fate]--;
	t->count[fate]++;
	item->fate = fate;
	free(steal_ptr(item->why));
}

void jci_transfer_refuse(struct jci_transfer *t, struct jci_transfer_item *item, const char *why,
			 size_t len)
{
	jci_transfer_set(t, item, JCI_FATE_REFUSED);
	item->why = xasprintf("%.*s", (int)len, why);
}

static int by_ref(const void *x, const void *y)
{
	const struct jci_transfer_item *a = x, *b = y;

	return jci_ref_cmp(&a->ref, &b->ref);
}

void jci_transfer_sort(struct jci_transfer *t)
{
	if (t->n > 1)
		qsort(t->items, t->n, sizeof(*t->items), by_ref);
}

struct jci_transfer_item *jci_transfer_find(struct jci_transfer *t, const struct jci_ref *ref)
{
	const struct jci_transfer_item key = {.ref = *ref};

	if (t->n == 0)
		return NULL;
	return bsearch(&key, t->items, t->n, sizeof(*t->items), by_ref);
}
