#include "core/page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>

#include "util/alloc.h"
#include "util/text.h"

struct page {
	struct jci_record r;
	const char *subject;
	const struct jci_page_file *files;
	size_t n_files;
	const char *log;
	size_t log_len;
	struct strbuf html;
};

static int setup(void **state)
{
	struct page *p = xcalloc(1, sizeof(*p));

	p->html = (struct strbuf)STRBUF_INIT;
	jci_record_init(&p->r);
	git_oid_fromstr(&p->r.ref.commit, "0123456789abcdef0123456789abcdef01234567");
	p->r.ref.id.seconds = 1700000000;
	p->r.ref.id.digits = 0xbeef;
	p->r.status = JCI_STATUS_ERR;
	p->r.reason = JCI_REASON_FAILED;
	p->r.start_us = 1700000000123456;
	p->r.duration_us = 65 * 1000000LL;
	p->r.exit_status = 3;
	p->subject = "fix it";
	p->log = "";
	*state = p;
	return 0;
}

static int teardown(void **state)
{
	struct page *p = *state;

	strbuf_release(&p->html);
	jci_record_release(&p->r);
	free(p);
	return 0;
}

static void set_log(struct page *p, const char *log)
{
	p->log = log;
	p->log_len = strlen(log);
	p->r.log_bytes = p->log_len;
}

static const char *make(struct page *p)
{
	strbuf_reset(&p->html);
	jci_page(&p->html, &p->r, p->subject, p->files, p->n_files, p->log, p->log_len);
	return p->html.buf;
}

static void assert_has(struct page *p, const char *text)
{
	if (!strstr(make(p), text))
		fail_msg("'%s' is not in: %s", text, p->html.buf);
}

static void assert_lacks(struct page *p, const char *text)
{
	if (strstr(make(p), text))
		fail_msg("'%s' is in: %s", text, p->html.buf);
}

static void test_facts(void **state)
{
	struct page *p = *state;

	assert_has(p, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
	assert_has(p, "<title>err: 1700000000-beef</title>");
	assert_has(p, "<span class=\"err\">err</span>");
	assert_has(p, "failed");
	assert_has(p, "0123456789abcdef0123456789abcdef01234567");
	assert_has(p, "fix it");
	assert_has(p, "datetime=\"2023-11-14T22:13:20.123456Z\">2023-11-14 22:13:20 +0000<");
	assert_has(p, "<td>1m 05s</td>");
	assert_has(p, "Exit status</th><td>3</td>");
	assert_lacks(p, "Branch");
	assert_lacks(p, "Trigger");
	assert_lacks(p, "Host");
	assert_lacks(p, "Signal");
	assert_lacks(p, "work tree");
	assert_lacks(p, "Files");
	assert_lacks(p, "Left out");
	assert_lacks(p, "<pre>");
}

static void test_other_facts(void **state)
{
	struct page *p = *state;

	p->r.branch = xstrdup("main");
	p->r.trigger = xstrdup("cron");
	p->r.host = xstrdup("box");
	p->r.signal = SIGSEGV;
	p->r.exit_status = -1;
	p->r.duration_us = -1;
	p->r.dirty = true;
	assert_has(p, "Branch</th><td>main<");
	assert_has(p, "Trigger</th><td>cron<");
	assert_has(p, "Host</th><td>box<");
	assert_has(p, "Signal</th><td>11 (SIGSEGV)<");
	assert_has(p, "work tree");
	assert_lacks(p, "Duration");
	assert_lacks(p, "Exit status");
}

/* Everything that others may choose, with what would be markup. */
static void test_nothing_is_markup(void **state)
{
	static const char evil[] = "<script>'\"&\x80\033</title>";
	const struct jci_page_file files[] = {{evil, 1}};
	struct page *p = *state;

	p->files = files;
	p->n_files = 1;
	p->subject = evil;
	p->r.branch = xstrdup(evil);
	p->r.trigger = xstrdup(evil);
	p->r.host = xstrdup(evil);
	jci_record_left_out(&p->r, evil, evil);
	set_log(p, evil);
	make(p);
	assert_null(strstr(p->html.buf, "<script"));
	assert_ptr_equal(strstr(p->html.buf, "</title>"), strstr(p->html.buf, "</title>\n<style>"));
	assert_null(strstr(strstr(p->html.buf, "</title>") + 1, "</title>"));
	assert_null(memchr(p->html.buf, '\033', p->html.len));
	assert_true(utf8_is_valid(p->html.buf, p->html.len));
}

static void test_needs_nothing_else(void **state)
{
	struct page *p = *state;

	assert_has(p, "content=\"default-src 'none'; style-src 'unsafe-inline'; ");
	assert_has(p, "prefers-color-scheme: dark");
	assert_lacks(p, "://");
	assert_lacks(p, "src=");
	assert_lacks(p, "@import");
	assert_lacks(p, "url(");
}

static void test_files(void **state)
{
	static const struct jci_page_file files[] = {
		{"a/b-c_d.e~f", 1536}, {"javascript:x y\n%?#\xff&\"", 0}, {"index.html", 5}};
	struct page *p = *state;

	p->files = files;
	p->n_files = 3;
	assert_has(p, "<a href=\"a/b-c_d.e~f\">a/b-c_d.e~f</a></td><td>1.5 KiB</td>");
	assert_has(p, "<a href=\"javascript%3Ax%20y%0A%25%3F%23%FF%26%22\">"
		      "javascript:x y\\n%?#\\xff&amp;&quot;</a></td><td>0 B</td>");
}

static void test_left_out(void **state)
{
	struct page *p = *state;

	jci_record_left_out(&p->r, "sock\tet", "socket");
	jci_record_left_out(&p->r, "later", "some new word");
	assert_has(p, "<td>sock\\tet</td><td>a socket</td>");
	assert_has(p, "<td>later</td><td>some new word</td>");
}

static void test_log(void **state)
{
	static const struct {
		const char *log, *html;
	} cases[] = {
		{"one\n\ttwo\n", "<pre>\none\n\ttwo\n</pre>"},
		{"\nfirst is empty\n", "<pre>\n\nfirst is empty\n</pre>"},
		{"a\r\nb\r\n", "<pre>\na\nb\n</pre>"},
		{"\033[1;31mred\033[0m & \033]0;title\abold", "<pre>\nred &amp; bold</pre>"},
		{"x\n10%\r\r20%\r\n", "<pre>\nx\n20%\n</pre>"},
		{"long line\rshort", "<pre>\nshort</pre>"},
		{"stays\r", "<pre>\nstays</pre>"},
		{"x\n\b\b|\b/\b\xc3\xa4\b-", "<pre>\nx\n-</pre>"},
	};
	struct page *p = *state;

	assert_has(p, "<a href=\"run.output.txt\">");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		set_log(p, cases[i].log);
		assert_has(p, cases[i].html);
		assert_lacks(p, "comes before this");
	}
}

static void test_log_tells_what_is_missing(void **state)
{
	struct page *p = *state;

	set_log(p, "half a line\nwhole\n");
	p->r.log_bytes = 1000 + p->log_len;
	assert_has(p, "1012 B of the log comes before this.");
	assert_has(p, "<pre>\nwhole\n</pre>");
	/* no whole line in it: better half of one than nothing */
	set_log(p, "half a line\n");
	p->r.log_bytes = 1000 + p->log_len;
	assert_has(p, "1000 B of the log comes before this.");
	assert_has(p, "<pre>\nhalf a line\n</pre>");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_facts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_other_facts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nothing_is_markup, setup, teardown),
		cmocka_unit_test_setup_teardown(test_needs_nothing_else, setup, teardown),
		cmocka_unit_test_setup_teardown(test_files, setup, teardown),
		cmocka_unit_test_setup_teardown(test_left_out, setup, teardown),
		cmocka_unit_test_setup_teardown(test_log, setup, teardown),
		cmocka_unit_test_setup_teardown(test_log_tells_what_is_missing, setup, teardown),
	};

	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
