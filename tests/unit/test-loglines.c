#include "core/loglines.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "util/alloc.h"
#include "util/clock.h"
#include "util/io.h"

/* A log in memory, with an index of its first `indexed` bytes, as one that grows has it. */
struct log {
	struct strbuf bytes;
	struct jci_log_index index;
	struct jci_log_text text;
};

static void log_make(struct log *log, size_t indexed)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_strbuf struct strbuf entries = STRBUF_INIT;
	struct jci_log_scanner *s = jci_log_scanner_new(&entries);

	jci_log_scanner_feed(s, log->bytes.buf, indexed);
	if (indexed == log->bytes.len)
		jci_log_scanner_end(s);
	jci_log_scanner_free(s);
	assert_int_equal(jci_log_index_parse(&log->index, entries.buf, entries.len, &err), 0);
	log->text.fd = memfd_create("log", MFD_CLOEXEC);
	assert_int_equal(write_full(log->text.fd, log->bytes.buf, log->bytes.len), 0);
	log->text.size = log->bytes.len;
	log->text.index = &log->index;
}

static void log_release(struct log *log)
{
	if (log->text.fd > 0)
		close(log->text.fd);
	jci_log_index_release(&log->index);
	strbuf_release(&log->bytes);
}
#define LOG_INIT                                 \
	{                                        \
		STRBUF_INIT, JCI_LOG_INDEX_INIT, \
		{                                \
			-1, 0, NULL              \
		}                                \
	}

static void add_line(struct strbuf *sb, char c, size_t len)
{
	strbuf_grow(sb, len + 1);
	memset(sb->buf + sb->len, c, len);
	strbuf_setlen(sb, sb->len + len);
	strbuf_addch(sb, '\n');
}

/* Lines of all kinds: many short ones, some longer than any buffer, empty ones. */
static void add_mixture(struct strbuf *sb)
{
	static const size_t lens[] = {0,      1,      79, 65535,  65536,  65537, 3,
				      262143, 262144, 0,  262145, 700000, 5,     200000};

	for (size_t i = 0; i < 20000; i++)
		add_line(sb, (char)('a' + i % 26), i % 83);
	for (size_t i = 0; i < ARRAY_SIZE(lens); i++)
		add_line(sb, (char)('A' + i), lens[i]);
	for (size_t i = 0; i < 3000; i++)
		add_line(sb, (char)('0' + i % 10), i % 50);
	strbuf_addstr(sb, "the end");
}

/* ---- lines ---- */

struct expected {
	const struct strbuf *bytes;
	size_t at;
	uint64_t number, left;
};

static int expect_line(void *ctx, const struct jci_log_line *line)
{
	struct expected *e = ctx;
	const char *p = e->bytes->buf + e->at, *newline;
	size_t len;

	newline = memchr(p, '\n', e->bytes->len - e->at);
	len = newline ? (size_t)(newline - p) : e->bytes->len - e->at;
	assert_int_equal(line->number, e->number);
	assert_int_equal(line->offset, e->at);
	assert_int_equal(line->cut, len > JCI_LOG_LINE_MAX);
	assert_int_equal(line->len, line->cut ? JCI_LOG_LINE_MAX : len);
	assert_memory_equal(line->bytes, p, line->len);
	e->at += len + (newline != NULL);
	e->number++;
	return --e->left == 0 ? 7 : 0;
}

/* Where a line begins, by counting; the length where there is no such line. */
static size_t begin_of(const struct strbuf *sb, uint64_t number)
{
	size_t at = 0;

	while (--number > 0) {
		const char *newline = memchr(sb->buf + at, '\n', sb->len - at);

		if (!newline)
			return sb->len;
		at = (size_t)(newline - sb->buf) + 1;
	}
	return at;
}

static void check_lines(const struct log *log, uint64_t from, uint64_t count, uint64_t want)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	struct expected e = {&log->bytes, begin_of(&log->bytes, from), from, count};
	int ret = jci_log_lines_each(&log->text, from, expect_line, &e, &err);

	assert_int_equal(ret, want == count ? 7 : 0);
	assert_int_equal(count - e.left, want);
}

static void check_count(const struct log *log, uint64_t want)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	struct jci_log_count hint = {0};
	uint64_t lines;

	for (int i = 0; i < 2; i++) {
		assert_int_equal(jci_log_lines_count(&log->text, &hint, &lines, &err), 0);
		assert_int_equal(lines, want);
	}
}

static void test_lines(void **state)
{
	static const size_t indexed[] = {0, 1000, 400000, 1500000, 2400000, SIZE_MAX};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(indexed); i++) {
		cleanup(log_release) struct log log = LOG_INIT;

		add_mixture(&log.bytes);
		log_make(&log, indexed[i] < log.bytes.len ? indexed[i] : log.bytes.len);
		check_lines(&log, 1, 30000, 23015);
		check_lines(&log, 12345, 100, 100);
		check_lines(&log, 20001, 14, 14);
		for (uint64_t line = 20000; line < 20016; line++)
			check_lines(&log, line, 1, 1);
		check_lines(&log, 23015, 10, 1);
		check_lines(&log, 23016, 10, 0);
		check_lines(&log, 9999999, 10, 0);
		check_count(&log, 23015);
	}
}

static void test_few_lines(void **state)
{
	static const struct {
		const char *log;
		uint64_t lines;
	} cases[] = {{"", 0}, {"a", 1}, {"a\n", 1}, {"\n", 1}, {"\n\n", 2}, {"a\nb", 2}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		for (size_t indexed = 0; indexed < 2; indexed++) {
			cleanup(log_release) struct log log = LOG_INIT;

			strbuf_addstr(&log.bytes, cases[i].log);
			log_make(&log, indexed ? log.bytes.len : 0);
			check_lines(&log, 1, 10, cases[i].lines);
			check_count(&log, cases[i].lines);
		}
	}
}

/* The end of a log that grows is counted once, not again with each call. */
static void test_count_grows(void **state)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup(log_release) struct log log = LOG_INIT;
	struct jci_log_count hint = {0};
	uint64_t lines;

	(void)state;
	strbuf_addstr(&log.bytes, "one\ntwo\nthr");
	log_make(&log, 0);
	for (log.text.size = 0; log.text.size <= log.bytes.len; log.text.size++) {
		const uint64_t want[] = {0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3};

		assert_int_equal(jci_log_lines_count(&log.text, &hint, &lines, &err), 0);
		assert_int_equal(lines, want[log.text.size]);
		assert_int_equal(hint.offset, log.text.size);
	}
}

/* ---- searching ---- */

struct found {
	struct strbuf text;
	unsigned n, limit;
};

static int add_match(void *ctx, const struct jci_log_match *m)
{
	struct found *f = ctx;

	strbuf_addf(&f->text, "%" PRIu64 "@%" PRIu64 ":%zu-%zu%s ", m->line.number, m->line.offset,
		    m->start, m->end, m->line.cut ? "!" : "");
	return ++f->n == f->limit ? 7 : 0;
}

static void expect_found(const struct log *log, const char *pattern, uint64_t from, unsigned limit,
			 const char *want)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_pattern struct pattern *p = NULL;
	struct found f = {STRBUF_INIT, 0, limit};
	int ret;

	assert_int_equal(pattern_compile(&p, pattern, true, false, &err), 0);
	ret = jci_log_lines_search(&log->text, p, &from, INT64_MAX, add_match, &f, &err);
	assert_int_equal(ret, f.n == limit ? 7 : 0);
	assert_int_equal(from, 0);
	assert_string_equal(f.text.buf, want);
	strbuf_release(&f.text);
}

static void test_search(void **state)
{
	cleanup(log_release) struct log log = LOG_INIT;

	(void)state;
	strbuf_addstr(&log.bytes, "a cat\nno\ncat cat\nthe cat");
	log_make(&log, log.bytes.len);
	expect_found(&log, "cat", 1, 99, "1@0:2-5 3@9:0-3 3@9:4-7 4@17:4-7 ");
	expect_found(&log, "cat", 3, 99, "3@9:0-3 3@9:4-7 4@17:4-7 ");
	expect_found(&log, "cat", 1, 2, "1@0:2-5 3@9:0-3 ");
	expect_found(&log, "^cat", 1, 99, "3@9:0-3 ");
	expect_found(&log, "cat$", 1, 99, "1@0:2-5 3@9:4-7 4@17:4-7 ");
	expect_found(&log, "o\\s", 1, 99, "");
	expect_found(&log, "cat", 5, 99, "");
	expect_found(&log, "dog", 1, 99, "");
}

/* Of a long line its first bytes are searched, and what is behind it is found. */
static void test_search_long(void **state)
{
	static const size_t indexed[] = {0, 500, SIZE_MAX};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(indexed); i++) {
		cleanup(log_release) struct log log = LOG_INIT;

		strbuf_addstr(&log.bytes, "cat");
		add_line(&log.bytes, 'x', 100000);
		strbuf_addstr(&log.bytes, "cat");
		add_line(&log.bytes, 'x', 1000000);
		add_line(&log.bytes, 'y', 65534);
		strbuf_setlen(&log.bytes, log.bytes.len - 1);
		strbuf_addstr(&log.bytes, "cat\n\ncat");
		add_line(&log.bytes, 'x', 100000);
		strbuf_addstr(&log.bytes, "cat");
		log_make(&log, indexed[i] < log.bytes.len ? indexed[i] : log.bytes.len);
		expect_found(&log, "cat", 1, 99,
			     "1@0:0-3! 2@100004:0-3! 5@1165547:0-3! 6@1265551:0-3 ");
		expect_found(&log, "y{3}cat|^cat$", 2, 99, "6@1265551:0-3 ");
		expect_found(&log, "y$|^cat", 4, 99, "5@1165547:0-3! 6@1265551:0-3 ");
	}
}

/* Whenever the time is up it goes on where it stopped, and finds the same. */
static void test_search_deadline(void **state)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup(log_release) struct log log = LOG_INIT;
	cleanup_pattern struct pattern *p = NULL;
	struct found f = {STRBUF_INIT, 0, 0};
	uint64_t from = 1;
	int steps = 0;

	(void)state;
	add_mixture(&log.bytes);
	log_make(&log, log.bytes.len);
	assert_int_equal(pattern_compile(&p, "^7+$|^z$|the end", true, false, &err), 0);
	while (from) {
		assert_int_equal(jci_log_lines_search(&log.text, p, &from, 0, add_match, &f, &err),
				 0);
		steps++;
	}
	assert_in_range(steps, 20, 100);
	/* every tenth of 3000 lines is of sevens; every 26 * 83rd of 20000 is one z */
	assert_int_equal(f.n, 300 + 9 + 1);
	strbuf_release(&f.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),       cmocka_unit_test(test_few_lines),
		cmocka_unit_test(test_count_grows), cmocka_unit_test(test_search),
		cmocka_unit_test(test_search_long), cmocka_unit_test(test_search_deadline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
