#include "core/page.h"

#include <string.h>

#include "util/clock.h"
#include "util/duration.h"
#include "util/gettext.h"
#include "util/text.h"

/* Nothing is loaded from anywhere and nothing is executed, whatever a log or a name tries. */
static const char head[] =
	"<meta charset=\"utf-8\">\n"
	"<meta name=\"generator\" content=\"git-jci\">\n"
	"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	"style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n"
	"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	"<meta name=\"color-scheme\" content=\"light dark\">\n"
	"<meta name=\"referrer\" content=\"no-referrer\">\n";

static const char style[] =
	"<style>\n"
	":root { --fg: #1c1e21; --bg: #fff; --dim: #5c6370; --line: #d8dbe0; --box: #f4f5f7;\n"
	"\t--ok: #18703a; --err: #b3261e; --run: #8a5a00; --link: #0b57d0; }\n"
	"@media (prefers-color-scheme: dark) {\n"
	"\t:root { --fg: #e4e6ea; --bg: #16181c; --dim: #9aa1ad; --line: #363a42; --box: #1f2227;\n"
	"\t\t--ok: #5bd08a; --err: #ff8a80; --run: #f0b955; --link: #8ab4f8; }\n"
	"}\n"
	"body { margin: 2rem auto; padding: 0 1rem; max-width: 72rem; color: var(--fg);\n"
	"\tbackground: var(--bg); font: 16px/1.5 system-ui, sans-serif; }\n"
	"h1 { font-size: 1.5rem; } h2 { margin-top: 2rem; font-size: 1.1rem; }\n"
	"a { color: var(--link); }\n"
	".ok { color: var(--ok); } .err { color: var(--err); } .running { color: var(--run); }\n"
	".dim { color: var(--dim); }\n"
	"code, pre { font-family: ui-monospace, monospace; font-size: 0.875rem; }\n"
	"table { border-collapse: collapse; }\n"
	"th, td { padding: 0.2rem 1.5rem 0.2rem 0; text-align: left; vertical-align: top;\n"
	"\tfont-weight: normal; overflow-wrap: anywhere; }\n"
	"th { color: var(--dim); white-space: nowrap; }\n"
	".files tr { border-top: 1px solid var(--line); }\n"
	".files td + td { text-align: right; white-space: nowrap; }\n"
	"pre { padding: 1rem; overflow-x: auto; border: 1px solid var(--line);\n"
	"\tborder-radius: 6px; background: var(--box); }\n"
	"</style>\n";

static void add_html(struct strbuf *sb, const char *s)
{
	text_add_html(sb, s, strlen(s));
}

/* A name from others, on one line: what could not be seen is shown as an escape. */
static void add_name(struct strbuf *sb, const char *s)
{
	cleanup_strbuf struct strbuf safe = STRBUF_INIT;

	text_add_safe(&safe, s, strlen(s));
	text_add_html(sb, safe.buf, safe.len);
}

/* A relative reference for the path (RFC 3986): what is not unreserved is encoded byte by byte. */
static void add_reference(struct strbuf *sb, const char *path)
{
	static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					 "0123456789-._~/";

	for (; *path; path++) {
		if (strchr(unreserved, *path))
			strbuf_addch(sb, *path);
		else
			strbuf_addf(sb, "%%%02X", (unsigned)(unsigned char)*path);
	}
}

/* ---- the facts ---- */

static const char *reason_text(enum jci_reason reason)
{
	switch (reason) {
	case JCI_REASON_PASSED:
		return _("passed");
	case JCI_REASON_FAILED:
		return _("failed");
	case JCI_REASON_TIMEOUT:
		return _("timed out");
	case JCI_REASON_CANCELLED:
		return _("cancelled");
	case JCI_REASON_KILLED:
		return _("git-jci was killed");
	case JCI_REASON_LOST:
		return _("lost");
	case JCI_REASON_NONE:
		break;
	}
	return "";
}

static const char *left_out_text(const char *why)
{
	static const struct {
		const char *word, *text;
	} table[] = {
		{"socket", N_("a socket")},
		{"fifo", N_("a named pipe")},
		{"device", N_("a device")},
		{"git", N_("git reserves this name for itself")},
		{"unreadable", N_("it could not be read")},
		{"changed", N_("it changed while it was read")},
		{"replaced", N_("a file of git-jci has this name")},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strcmp(table[i].word, why) == 0)
			return _(table[i].text);
	return why;
}

static void open_row(struct strbuf *sb, const char *label)
{
	strbuf_addstr(sb, "<tr><th scope=\"row\">");
	add_html(sb, label);
	strbuf_addstr(sb, "</th><td>");
}

static void close_row(struct strbuf *sb)
{
	strbuf_addstr(sb, "</td></tr>\n");
}

/* No row for what is not known. */
static void add_row(struct strbuf *sb, const char *label, const char *value)
{
	if (!value || !*value)
		return;
	open_row(sb, label);
	add_name(sb, value);
	close_row(sb);
}

static void add_commit(struct strbuf *sb, const struct jci_record *r, const char *subject)
{
	char hex[JCI_OID_HEX_SIZE];

	open_row(sb, _("Commit"));
	strbuf_addf(sb, "<code>%s</code>", git_oid_tostr(hex, sizeof(hex), &r->ref.commit));
	close_row(sb);
	add_row(sb, _("Subject"), subject);
	add_row(sb, _("Branch"), r->branch);
}

static void add_start(struct strbuf *sb, int64_t us)
{
	open_row(sb, _("Start"));
	strbuf_addstr(sb, "<time datetime=\"");
	time_add_rfc3339(sb, us);
	strbuf_addstr(sb, "\">");
	time_add_local(sb, us);
	strbuf_addstr(sb, "</time>");
	close_row(sb);
}

static void add_times(struct strbuf *sb, const struct jci_record *r)
{
	cleanup_strbuf struct strbuf s = STRBUF_INIT;

	add_start(sb, r->start_us);
	if (r->duration_us >= 0 && r->status != JCI_STATUS_RUNNING)
		duration_add(&s, r->duration_us);
	add_row(sb, _("Duration"), s.buf);
}

static void add_ending(struct strbuf *sb, const struct jci_record *r)
{
	cleanup_strbuf struct strbuf s = STRBUF_INIT;

	if (r->signal > 0) {
		const char *name = sigabbrev_np(r->signal);

		strbuf_addf(&s, name ? "%d (SIG%s)" : "%d", r->signal, name);
		add_row(sb, _("Signal"), s.buf);
	} else if (r->exit_status >= 0) {
		strbuf_addf(&s, "%d", r->exit_status);
		add_row(sb, _("Exit status"), s.buf);
	}
}

static void add_facts(struct strbuf *sb, const struct jci_record *r, const char *subject)
{
	strbuf_addstr(sb, "<table>\n");
	add_commit(sb, r, subject);
	add_times(sb, r);
	add_ending(sb, r);
	add_row(sb, _("Trigger"), r->trigger);
	add_row(sb, _("Host"), r->host);
	strbuf_addstr(sb, "</table>\n");
	if (r->dirty) {
		strbuf_addstr(sb, "<p>");
		add_html(sb, _("The work tree held changes that are not in the commit."));
		strbuf_addstr(sb, "</p>\n");
	}
}

/* ---- the files ---- */

static void add_heading(struct strbuf *sb, const char *text)
{
	strbuf_addstr(sb, "<h2>");
	add_html(sb, text);
	strbuf_addstr(sb, "</h2>\n");
}

static void add_files(struct strbuf *sb, const struct jci_page_file *files, size_t n)
{
	if (n == 0)
		return;
	add_heading(sb, _("Files"));
	strbuf_addstr(sb, "<table class=\"files\">\n");
	for (size_t i = 0; i < n; i++) {
		cleanup_strbuf struct strbuf size = STRBUF_INIT;

		size_add(&size, files[i].size);
		strbuf_addstr(sb, "<tr><td><a href=\"");
		add_reference(sb, files[i].path);
		strbuf_addstr(sb, "\">");
		add_name(sb, files[i].path);
		strbuf_addstr(sb, "</a></td><td>");
		add_html(sb, size.buf);
		close_row(sb);
	}
	strbuf_addstr(sb, "</table>\n");
}

static void add_left_out(struct strbuf *sb, const struct jci_record *r)
{
	if (r->n_left_out == 0)
		return;
	add_heading(sb, _("Left out"));
	strbuf_addstr(sb, "<table class=\"files\">\n");
	for (size_t i = 0; i < r->n_left_out; i++) {
		strbuf_addstr(sb, "<tr><td>");
		add_name(sb, r->left_out[i].path);
		strbuf_addstr(sb, "</td><td>");
		add_name(sb, left_out_text(r->left_out[i].why));
		close_row(sb);
	}
	strbuf_addstr(sb, "</table>\n");
}

/* ---- the log ---- */

/* The line being written, for what goes back in it. */
struct plain {
	struct strbuf *out;
	size_t line; /* where it starts in out */
	bool carriage_return;
};

/* One character, with all its bytes. */
static void plain_back(struct plain *p)
{
	size_t len = p->out->len;

	if (len == p->line)
		return;
	do
		len--;
	while (len > p->line && ((unsigned char)p->out->buf[len] & 0xc0) == 0x80);
	strbuf_setlen(p->out, len);
}

static void plain_byte(struct plain *p, char c)
{
	if (p->carriage_return && c != '\r' && c != '\n')
		strbuf_setlen(p->out, p->line);
	p->carriage_return = c == '\r';
	if (c == '\b') {
		plain_back(p);
	} else if (c != '\r') {
		strbuf_addch(p->out, c);
		if (c == '\n')
			p->line = p->out->len;
	}
}

/*
 * What a terminal would show in the end, without colours: a progress bar, which goes back to the
 * start of its line, leaves its last state.
 */
static void add_plain(struct strbuf *out, const char *log, size_t len)
{
	cleanup_strbuf struct strbuf filtered = STRBUF_INIT;
	struct term_filter filter = TERM_FILTER_INIT;
	struct plain p = {out, out->len, false};
	const char *s, *end;

	term_filter_add(&filter, &filtered, log, len);
	end = filtered.buf + filtered.len;
	for (s = filtered.buf; s < end; s++) {
		if (*s != '\033') {
			plain_byte(&p, *s);
			continue;
		}
		/* of the sequences only colours are left */
		while (s + 1 < end && *s != 'm')
			s++;
	}
}

/* Bytes to leave out so that the log starts with a whole line. */
static size_t partial_line(const char *log, size_t len)
{
	const char *newline = memchr(log, '\n', len);
	size_t skip = newline ? (size_t)(newline + 1 - log) : 0;

	return skip < len ? skip : 0;
}

static void add_missing(struct strbuf *sb, uint64_t bytes)
{
	cleanup_strbuf struct strbuf size = STRBUF_INIT, text = STRBUF_INIT;

	if (bytes == 0)
		return;
	size_add(&size, bytes);
	/* TRANSLATORS: %s is a size, such as 1.5 MiB; the end of the log follows. */
	strbuf_addf(&text, _("%s of the log comes before this."), size.buf);
	strbuf_addstr(sb, "<p class=\"dim\">");
	text_add_html(sb, text.buf, text.len);
	strbuf_addstr(sb, "</p>\n");
}

static void add_log(struct strbuf *sb, const struct jci_record *r, const char *log, size_t len)
{
	cleanup_strbuf struct strbuf plain = STRBUF_INIT;
	uint64_t missing = r->log_bytes > len ? r->log_bytes - len : 0;
	size_t skip = missing > 0 ? partial_line(log, len) : 0;

	add_plain(&plain, log + skip, len - skip);
	add_heading(sb, _("Log"));
	strbuf_addstr(sb, "<p><a href=\"run.output.txt\">run.output.txt</a> <span class=\"dim\">");
	size_add(sb, r->log_bytes);
	strbuf_addstr(sb, "</span></p>\n");
	add_missing(sb, missing + skip);
	if (plain.len == 0)
		return;
	/* HTML takes away a newline that comes first: one more */
	strbuf_addstr(sb, "<pre>\n");
	text_add_html(sb, plain.buf, plain.len);
	strbuf_addstr(sb, "</pre>\n");
}

/* ---- the page ---- */

static void add_head(struct strbuf *sb, const struct jci_record *r, const char *id)
{
	strbuf_addstr(sb, "<!DOCTYPE html>\n<html lang=\"");
	/* TRANSLATORS: the tag of your language (BCP 47), for example de or pt-BR */
	add_html(sb, _("en"));
	strbuf_addstr(sb, "\">\n<head>\n");
	strbuf_addstr(sb, head);
	strbuf_addf(sb, "<title>%s: %s</title>\n", jci_status_name(r->status), id);
	strbuf_addstr(sb, style);
	strbuf_addstr(sb, "</head>\n");
}

static void add_title(struct strbuf *sb, const struct jci_record *r, const char *id)
{
	const char *status = jci_status_name(r->status), *reason = reason_text(r->reason);

	strbuf_addf(sb, "<h1><span class=\"%s\">%s</span> <code>%s</code>", status, status, id);
	if (*reason) {
		strbuf_addstr(sb, " <span class=\"dim\">");
		add_html(sb, reason);
		strbuf_addstr(sb, "</span>");
	}
	strbuf_addstr(sb, "</h1>\n");
}

void jci_page(struct strbuf *sb, const struct jci_record *r, const char *subject,
	      const struct jci_page_file *files, size_t n_files, const char *log, size_t log_len)
{
	char id[JCI_RUN_ID_SIZE];

	jci_run_id_format(id, &r->ref.id);
	add_head(sb, r, id);
	strbuf_addstr(sb, "<body>\n");
	add_title(sb, r, id);
	add_facts(sb, r, subject);
	add_files(sb, files, n_files);
	add_left_out(sb, r);
	add_log(sb, r, log, log_len);
	strbuf_addstr(sb, "</body>\n</html>\n");
}

bool jci_page_is_ours(const char *html, size_t len)
{
	enum { HEAD = 512 };
	static const char mark[] = "<meta name=\"generator\" content=\"git-jci\">";

	return memmem(html, len < HEAD ? len : HEAD, mark, sizeof(mark) - 1) != NULL;
}
