#include "core/logindex.h"

#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "util/alloc.h"
#include "util/io.h"

/* ---- writing ---- */

/* The index of a log that is fed `step` bytes at a time. */
static void scan(struct strbuf *index, const char *log, size_t len, size_t step)
{
	struct jci_log_scanner *s = jci_log_scanner_new(index);

	for (size_t i = 0; i < len; i += step)
		jci_log_scanner_feed(s, log + i, len - i < step ? len - i : step);
	jci_log_scanner_end(s);
	jci_log_scanner_free(s);
}

/* `entries`: what the index has behind its first line. */
static void expect_bytes(const char *log, size_t len, const char *entries)
{
	static const size_t steps[] = {1, 2, 7, 64, 4096, SIZE_MAX};
	cleanup_strbuf struct strbuf want = STRBUF_INIT;

	strbuf_addf(&want, "jci-log-index 1\n%s", entries);
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		cleanup_strbuf struct strbuf index = STRBUF_INIT;

		scan(&index, log, len, steps[i] < len ? steps[i] : len);
		assert_string_equal(index.buf, want.buf);
	}
}

static void expect(const char *log, const char *entries)
{
	expect_bytes(log, strlen(log), entries);
}

static void test_counts(void **state)
{
	(void)state;
	expect("", "end 0 0 0\n");
	expect("\n", "end 1 1 0\n");
	expect("a", "end 1 1 0\n");
	expect("a\nb", "end 2 3 0\n");
	expect("a\n\nb\n", "end 3 5 0\n");
	expect_bytes("a\0\n\0", 4, "end 2 4 0\n");
}

static void test_groups(void **state)
{
	(void)state;
	expect("x\n::group::Build it\nerror\n::endgroup::\n",
	       "g 2 2 Build it\n! 3 20\ne 4 26\nend 4 39 1\n");
	expect("##[group]T\r\n##[endgroup]\r\n", "g 1 0 T\ne 2 12\nend 2 26 0\n");
	expect("::group::error tests", "g 1 0 error tests\nend 1 20 0\n");
	expect("::group::\n", "g 1 0 \nend 1 10 0\n");
	expect(" ::group::x\n:group::x\n##[grou]\n", "end 3 31 0\n");
}

static void test_sections(void **state)
{
	(void)state;
	expect("--- one\n+++ two\n~~~ three\n", "s 1 0 one\ns 2 8 two\ns 3 16 three\nend 3 26 0\n");
	expect("---\n--- \n---- x\n ~~~ x\n-+- x\n", "end 5 29 0\n");
	expect("--- FAIL: TestX (0.00s)\n", "s 1 0 FAIL: TestX (0.00s)\n! 1 0\nend 1 24 1\n");
}

static void test_titles(void **state)
{
	cleanup_strbuf struct strbuf log = STRBUF_INIT, want = STRBUF_INIT;

	(void)state;
	expect("\033[1m--- \033[32ma\tb\033[K  \033[0m \r\n", "s 1 0 a b\nend 1 28 0\n");
	expect("---  \302\240x\n", "s 1 0 \302\240x\nend 1 9 0\n");
	strbuf_addstr(&log, "--- ");
	strbuf_addstr(&want, "s 1 0 ");
	for (int i = 0; i < 199; i++) {
		strbuf_addch(&log, 'x');
		strbuf_addch(&want, 'x');
	}
	/* One byte is left, and no character of two is cut. */
	strbuf_addstr(&log, "\303\244\303\244");
	strbuf_addstr(&want, "\nend 1 207 0\n");
	expect(log.buf, want.buf);
	log.buf[4 + 199] = 'y';
	strbuf_setlen(&log, 4 + 200);
	strbuf_setlen(&want, 6 + 199);
	strbuf_addstr(&want, "y\nend 1 204 0\n");
	expect(log.buf, want.buf);
}

static void expect_error(const char *line, bool error)
{
	cleanup_strbuf struct strbuf log = STRBUF_INIT, want = STRBUF_INIT;

	/* Far enough that the line is found by the search for suspects, at every alignment. */
	for (size_t front = 100; front < 100 + 64; front++) {
		strbuf_reset(&log);
		strbuf_reset(&want);
		for (size_t i = 0; i < front; i++)
			strbuf_addch(&log, i == 9 ? '\n' : '.');
		strbuf_addf(&log, "\n%s\nx\n", line);
		if (error)
			strbuf_addf(&want, "! 3 %zu\n", front + 1);
		strbuf_addf(&want, "end 4 %zu %d\n", log.len, error);
		expect(log.buf, want.buf);
	}
}

static void test_error_words(void **state)
{
	static const char *const yes[] = {
		"error",
		"Error: x",
		"x.c:1:2: error: no",
		"an ERROR",
		"it did fail",
		"FAILED (x)",
		"failure",
		"(fatal)",
		"panic: x",
		"Traceback (most",
		"::error file=x::y",
		"##[error]x",
		"::errors",
		"not ok 3 - x",
		"not ok",
		"\"error\"=1",
		"error.",
		"\303\244error",
		"error\r",
		"errors error",
		"kernel panic",
		"=fatal=",
	};
	static const char *const no[] = {
		"-Werror",    "errors",  "test_error.c", "error(3)", "x/error",
		"error-free", "no.fail", "error_x",      "1error",   "error1",
		"fails",      "fatale",  "failures",     "terror",   "not okay",
		"is not ok",  "NOT OK",  "erro",         "tracebac", "notok",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(yes); i++)
		expect_error(yes[i], true);
	for (size_t i = 0; i < ARRAY_SIZE(no); i++)
		expect_error(no[i], false);
}

static void test_coloured_errors(void **state)
{
	(void)state;
	expect_error("\033[31m::error::x", true);
	expect_error("\033[1m\033[Kx.c:1:\033[m\033[K \033[01;31m\033[Kerror: \033[m\033[Ky", true);
	expect_error("\033[31mnot ok 1", true);
	expect_error("x\033[31merror", false);
	expect_error("x31merror", false);
	expect_error("error\033[m", true);
}

static void test_only_heads_are_searched(void **state)
{
	cleanup_strbuf struct strbuf log = STRBUF_INIT;

	(void)state;
	for (int i = 0; i < JCI_LOG_HEAD - 6; i++)
		strbuf_addch(&log, '.');
	/* The word ends just in the head, and then just doesn't. */
	strbuf_addstr(&log, ":error, and more\n");
	expect(log.buf, "! 1 0\nend 1 4107 1\n");
	log.buf[0] = '\n';
	expect(log.buf, "! 2 1\nend 2 4107 1\n");
	strbuf_reset(&log);
	for (int i = 0; i < JCI_LOG_HEAD - 4; i++)
		strbuf_addch(&log, '.');
	strbuf_addstr(&log, ":error\nerror\n");
	expect(log.buf, "! 2 4099\nend 2 4105 1\n");
}

static void test_checkpoints(void **state)
{
	cleanup_strbuf struct strbuf log = STRBUF_INIT;

	(void)state;
	while (log.len < JCI_LOG_CHECKPOINT)
		strbuf_addstr(&log, "123456789abcdef\n");
	/* The line that would be one has no byte yet. */
	expect(log.buf, "end 4096 65536 0\n");
	strbuf_addstr(&log, "x");
	expect(log.buf, "c 4097 65536\nend 4097 65537 0\n");
	strbuf_addstr(&log, "\n--- t\n");
	while (log.len < 2 * JCI_LOG_CHECKPOINT)
		strbuf_addstr(&log, "123456789abcdef\n");
	strbuf_addstr(&log, "error\nx\n");
	expect(log.buf, "c 4097 65536\ns 4098 65538 t\nc 8195 131080\n! 8195 131080\n"
			"end 8196 131088 1\n");
}

static void test_long_line(void **state)
{
	cleanup_strbuf struct strbuf log = STRBUF_INIT;

	(void)state;
	strbuf_addstr(&log, "error");
	while (log.len < 3 * JCI_LOG_CHECKPOINT)
		strbuf_addstr(&log, " error");
	strbuf_addstr(&log, "\nfatal\n");
	expect(log.buf, "! 1 0\nc 2 196614\n! 2 196614\nend 2 196620 2\n");
}

static void test_marks_are_bounded(void **state)
{
	cleanup_strbuf struct strbuf log = STRBUF_INIT, index = STRBUF_INIT;
	cleanup_log_index struct jci_log_index parsed = JCI_LOG_INDEX_INIT;
	cleanup_error struct jci_error err = JCI_ERROR_INIT;

	(void)state;
	for (int i = 0; i < JCI_LOG_MAX_MARKS + 5; i++)
		strbuf_addstr(&log, "error\n");
	strbuf_addstr(&log, "--- still\n");
	scan(&index, log.buf, log.len, log.len);
	assert_int_equal(jci_log_index_parse(&parsed, index.buf, index.len, &err), 0);
	assert_int_equal(parsed.errors, JCI_LOG_MAX_MARKS + 5);
	assert_int_equal(parsed.n_marks, JCI_LOG_MAX_MARKS + 1);
	assert_string_equal(parsed.marks[parsed.n_marks - 1].title, "still");
}

/* ---- reading ---- */

static int parse(struct jci_log_index *index, const char *text)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	int r = jci_log_index_parse(index, text, strlen(text), &err);

	assert_int_equal(err.code, r);
	return r;
}

static void test_parse(void **state)
{
	cleanup_log_index struct jci_log_index index = JCI_LOG_INDEX_INIT;

	(void)state;
	assert_int_equal(parse(&index, "jci-log-index 1\ng 2 10 a b\nc 9 70000\nfuture 1 2\n"
				       "z nothing\ne 9 70000\n! 10 70001\nend 12 70100 3\n"),
			 0);
	assert_int_equal(index.n_checkpoints, 2);
	assert_int_equal(index.checkpoints[0].line, 1);
	assert_int_equal(index.checkpoints[0].offset, 0);
	assert_int_equal(index.checkpoints[1].line, 9);
	assert_int_equal(index.n_marks, 3);
	assert_int_equal(index.marks[0].kind, 'g');
	assert_int_equal(index.marks[0].line, 2);
	assert_int_equal(index.marks[0].offset, 10);
	assert_string_equal(index.marks[0].title, "a b");
	assert_string_equal(index.marks[1].title, "");
	assert_int_equal(index.marks[2].kind, '!');
	assert_true(index.complete);
	assert_int_equal(index.lines, 12);
	assert_int_equal(index.bytes, 70100);
	assert_int_equal(index.errors, 3);
}

static void test_parse_in_the_making(void **state)
{
	cleanup_log_index struct jci_log_index index = JCI_LOG_INDEX_INIT;

	(void)state;
	assert_int_equal(parse(&index, ""), 0);
	assert_int_equal(index.n_checkpoints, 1);
	assert_int_equal(parse(&index, "jci-log"), 0);
	assert_int_equal(parse(&index, "jci-log-index 1\n! 3 10\n! 4 2"), 0);
	assert_int_equal(index.n_marks, 1);
	assert_false(index.complete);
	assert_int_equal(index.lines, 3);
	assert_int_equal(index.bytes, 10);
	assert_int_equal(index.errors, 1);
	assert_int_equal(parse(&index, "jci-log-index 1\ng 1 0\ng 1 0 \nend 1 1 0"), 0);
	assert_int_equal(index.n_marks, 2);
	assert_false(index.complete);
	assert_int_equal(parse(&index, "jci-log-index 1\nc 1 0\nend 0 0 0\n"), JCI_EINVALID);
	assert_int_equal(parse(&index, "jci-log-index 1\nend 0 0 0\n"), 0);
	assert_true(index.complete);
}

static void test_parse_malformed(void **state)
{
	static const char *const bad[] = {
		"c 0 0",
		"c 1",
		"c 1 ",
		"c x 0",
		"c  1 0",
		"c -1 0",
		"c 1 0x",
		"c 18446744073709551616 18446744073709551616",
		"c 2 1\nc 2 2",
		"c 3 9\nc 4 9",
		"c 3 9\nc 2 10",
		"c 3 9\nc 4 8",
		"c 3 9\nc 9 10",
		"c 9 3",
		"",
		" 1 0",
		"end 1 1",
		"end 1 1 1 ",
		"end 1 1 2",
		"end 2 1 0",
		"! 1 0\nend 1 1 0",
		"g 2 9\nend 1 10 0",
		"g 2 9\nend 2 9 0",
		"end 1 1 0\nend 1 1 0",
		"end 1 1 0\nz",
	};
	cleanup_log_index struct jci_log_index index = JCI_LOG_INDEX_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		cleanup_strbuf struct strbuf text = STRBUF_INIT;

		strbuf_addf(&text, "jci-log-index 1\n%s\n", bad[i]);
		assert_int_equal(parse(&index, text.buf), JCI_EINVALID);
	}
	assert_int_equal(parse(&index, "jci-log-index 2\n"), JCI_EINVALID);
	assert_int_equal(parse(&index, "\n"), JCI_EINVALID);
	assert_int_equal(index.n_checkpoints, 0);
}

static void test_malformed_names_the_line(void **state)
{
	static const char text[] = "jci-log-index 1\ng 1 0 x\nnothing\n\n";
	cleanup_log_index struct jci_log_index index = JCI_LOG_INDEX_INIT;
	cleanup_error struct jci_error err = JCI_ERROR_INIT;

	(void)state;
	assert_int_equal(jci_log_index_parse(&index, text, sizeof(text) - 1, &err), JCI_EINVALID);
	assert_non_null(strstr(err.message, "line 4"));
}

static void test_find_checkpoint(void **state)
{
	cleanup_log_index struct jci_log_index index = JCI_LOG_INDEX_INIT;

	(void)state;
	assert_int_equal(jci_log_index_by_line(&index, 5)->line, 1);
	assert_int_equal(jci_log_index_by_offset(&index, 5)->offset, 0);
	assert_int_equal(parse(&index, "jci-log-index 1\nc 10 100\nc 20 200\n"), 0);
	assert_int_equal(jci_log_index_by_line(&index, 0)->line, 1);
	assert_int_equal(jci_log_index_by_line(&index, 9)->line, 1);
	assert_int_equal(jci_log_index_by_line(&index, 10)->line, 10);
	assert_int_equal(jci_log_index_by_line(&index, 19)->line, 10);
	assert_int_equal(jci_log_index_by_line(&index, UINT64_MAX)->line, 20);
	assert_int_equal(jci_log_index_by_offset(&index, 0)->line, 1);
	assert_int_equal(jci_log_index_by_offset(&index, 99)->line, 1);
	assert_int_equal(jci_log_index_by_offset(&index, 100)->line, 10);
	assert_int_equal(jci_log_index_by_offset(&index, UINT64_MAX)->line, 20);
}

static void test_scan_file(void **state)
{
	cleanup_close int fd = memfd_create("log", MFD_CLOEXEC);
	cleanup_log_index struct jci_log_index index = JCI_LOG_INDEX_INIT;
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	const struct jci_log_mark *c;
	int lines = 100000;

	(void)state;
	for (int i = 1; i <= lines; i++) {
		char line[32];
		int n = snprintf(line, sizeof(line), "%08d %s\n", i, i == 77777 ? "error" : "fine");

		assert_int_equal(write_full(fd, line, (size_t)n), 0);
	}
	assert_int_equal(jci_log_index_scan(&index, fd, &err), 0);
	assert_true(index.complete);
	assert_int_equal(index.lines, lines);
	assert_int_equal(index.bytes, lines * 14 + 1);
	assert_int_equal(index.n_marks, 1);
	assert_int_equal(index.marks[0].line, 77777);
	assert_int_equal(index.marks[0].offset, 77776 * 14);
	c = jci_log_index_by_line(&index, 50000);
	assert_int_equal(c->offset, (c->line - 1) * 14);
	assert_true(c->line <= 50000 && 50000 - c->line <= JCI_LOG_CHECKPOINT / 14 + 1);
}

static void test_scan_unreadable(void **state)
{
	cleanup_close int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_log_index struct jci_log_index index = JCI_LOG_INDEX_INIT;
	cleanup_error struct jci_error err = JCI_ERROR_INIT;

	(void)state;
	assert_int_equal(jci_log_index_scan(&index, fd, &err), JCI_EFAIL);
	assert_non_null(err.message);
}

/* ---- times ---- */

static void test_clock(void **state)
{
	cleanup_strbuf struct strbuf timing = STRBUF_INIT;
	struct jci_log_clock c = JCI_LOG_CLOCK_INIT;

	(void)state;
	jci_log_clock_end(&c, &timing);
	assert_string_equal(timing.buf, "");
	jci_log_clock_add(&c, &timing, 1500, 10);
	jci_log_clock_add(&c, &timing, 1500, 0);
	jci_log_clock_add(&c, &timing, 11499, 5);
	assert_string_equal(timing.buf, "");
	jci_log_clock_add(&c, &timing, 11500, 1);
	assert_string_equal(timing.buf, "0.001500 15\n");
	jci_log_clock_add(&c, &timing, 3600000000 + 11500, 2);
	/* A clock that went back. */
	jci_log_clock_add(&c, &timing, 5, 3);
	jci_log_clock_end(&c, &timing);
	assert_string_equal(timing.buf, "0.001500 15\n0.010000 1\n3600.000000 5\n");
	jci_log_clock_add(&c, &timing, 7, 1);
	jci_log_clock_end(&c, &timing);
	assert_non_null(strstr(timing.buf, "\n0.000000 1\n"));
}

static int parse_times(struct jci_log_times *times, const char *text)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	int r = jci_log_times_parse(times, text, strlen(text), &err);

	assert_int_equal(err.code, r);
	return r;
}

static void test_times(void **state)
{
	cleanup_log_times struct jci_log_times times = {NULL, 0};

	(void)state;
	assert_int_equal(jci_log_times_at(&times, 0), -1);
	assert_int_equal(parse_times(&times, ""), 0);
	assert_int_equal(times.n, 0);
	assert_int_equal(parse_times(&times, "0.5 10\n1.0000019 5\n2 1\n0.000001 4\n1.0 3"), 0);
	assert_int_equal(times.n, 4);
	assert_int_equal(jci_log_times_at(&times, 0), 500000);
	assert_int_equal(jci_log_times_at(&times, 9), 500000);
	assert_int_equal(jci_log_times_at(&times, 10), 1500001);
	assert_int_equal(jci_log_times_at(&times, 15), 3500001);
	assert_int_equal(jci_log_times_at(&times, 19), 3500002);
	assert_int_equal(jci_log_times_at(&times, 20), -1);
}

static void test_times_malformed(void **state)
{
	static const char *const bad[] = {
		"\n",
		"1.0\n",
		"1.0 \n",
		"1.0 x\n",
		"x 1\n",
		"-1.0 1\n",
		".5 1\n",
		"1.0  1\n",
		"1.0 1 \n",
		"1,0 1\n",
		"1.0 1\n1.0 1x\n",
		"99999999999999999999 1\n",
		"9223372036854.775808 1\n",
		"99999999999999 1\n",
		"9000000000000 1\n9000000000000 1\n",
		"0.0 18446744073709551615\n0.0 1\n",
	};
	cleanup_log_times struct jci_log_times times = {NULL, 0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(parse_times(&times, bad[i]), JCI_EINVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_sections),
		cmocka_unit_test(test_titles),
		cmocka_unit_test(test_error_words),
		cmocka_unit_test(test_coloured_errors),
		cmocka_unit_test(test_only_heads_are_searched),
		cmocka_unit_test(test_checkpoints),
		cmocka_unit_test(test_long_line),
		cmocka_unit_test(test_marks_are_bounded),
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_parse_in_the_making),
		cmocka_unit_test(test_parse_malformed),
		cmocka_unit_test(test_malformed_names_the_line),
		cmocka_unit_test(test_find_checkpoint),
		cmocka_unit_test(test_scan_file),
		cmocka_unit_test(test_scan_unreadable),
		cmocka_unit_test(test_clock),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_times_malformed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
