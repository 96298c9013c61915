#include "core/logmask.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void expect(const char *line, const char *masked)
{
	cleanup_strbuf struct strbuf out = STRBUF_INIT;

	strbuf_addstr(&out, ">");
	jci_log_mask_line(&out, line, strlen(line));
	assert_string_equal(out.buf + 1, masked);
	assert_int_equal(out.buf[0], '>');
}

static void expect_same(const char *line)
{
	expect(line, line);
}

static void test_iso_times(void **state)
{
	(void)state;
	expect("2026-11-23T20:49:46.123456Z up", "<time> up");
	expect("at 2026-11-23T20:49:46+01:00", "at <time>");
	expect("at 2026-11-23T20:49+0100.", "at <time>.");
	expect("[2026-11-23 20:49:46,123] x", "[<time>] x");
	expect("2026-11-23 20:49:46 +0000", "<time>");
	expect("2026/11/23 20:49:46 serving", "<time> serving");
	expect("20261123T204946Z", "<time>");
	expect("log-2026-11-23.txt", "log-<time>.txt");
	expect("20:49:46.1 a 20:49:46", "<time> a <time>");
}

static void test_no_iso_times(void **state)
{
	(void)state;
	expect_same("main.c:12:34: warning");
	expect_same("main.c:12:34:56: warning");
	expect_same("a:10:20:30 1.10:20:30 -10:20:30 b/10:20:30");
	expect_same("00:11:22:33:44:55");
	expect_same("2026-13-01 2026-11-32 2026-1-1 12026-11-23 2026-11-230");
	expect_same("25:00:00 10:61:00 at 10:30");
	expect_same("2026-11/23 v2026");
}

static void test_worded_times(void **state)
{
	(void)state;
	expect("Nov 23 20:49:46 host sshd[812]: hi", "<time> host sshd[<pid>]: hi");
	expect("Nov  3 20:49:46 host", "<time> host");
	expect("Mon Nov 23 21:06:12 UTC 2026", "<time>");
	expect("Mon Nov 23 21:06:12 CEST 2026|", "<time>|");
	expect("Date:   Mon Nov 23 21:06:12 2026 +0000", "Date:   <time>");
	expect("Mon, 23 Nov 2026 21:06:12 GMT", "<time>");
	expect("Mon, 3 Nov 2026 21:06:12 +0100", "<time>");
	expect_same("Nov 23 was a Mon");
	expect("Nov 23 21:06:12 ERROR bad", "<time> ERROR bad");
}

static void test_durations(void **state)
{
	(void)state;
	expect("took 1.23s.", "took <duration>.");
	expect("took 12 ms", "took <duration>");
	expect("real\t0m4.2s", "real\t<duration>");
	expect("real\t0m0,003s", "real\t<duration>");
	expect("--- PASS: TestX (0.00s)", "--- PASS: TestX (<duration>)");
	expect("3 seconds, 1 minute, 5 min, 7us 8\302\265s", "<duration>, <duration>, <duration>, "
							     "<duration> <duration>");
	expect("in 1h2m3s", "in <duration>");
	expect("in 1m 05s", "in <duration>");
	expect("2d3h", "<duration>");
}

static void test_no_durations(void **state)
{
	(void)state;
	expect_same("5m and 10h long");
	expect_same("5 m, 3 shells, 3sh, 12 msg, 1h2mx");
	expect_same("v1.2s x3s 1.2.3s");
	expect_same("10 tests, 5 errors, 3.14");
}

static void test_hashes(void **state)
{
	(void)state;
	expect("commit 1a2b3c4", "commit <hash>");
	expect("sha256:0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a", "sha256:<hash>");
	expect("DEADBEEF01.", "<hash>.");
	expect("id 550e8400-e29b-41d4-a716-446655440000;", "id <hash>;");
	expect("id 11111111-1111-1111-1111-111111111111", "id <hash>");
	expect_same("1a2b3c 1234567 deadbeef effaced 1a2b3c4g x1a2b3c4 1a2b3c4_");
}

static void test_pids_and_addresses(void **state)
{
	(void)state;
	expect("pid 123, PID=4 and pid: 77", "pid <pid>, PID=<pid> and pid: <pid>");
	expect("[123] (pid 9)", "[<pid>] (pid <pid>)");
	expect_same("rapid 123 [12x] [1/20] [ 12%] [] pids 3");
	expect("at 0x7ffd12ab, 0X7ffd12ab", "at <address>, 0X7ffd12ab");
	expect_same("exit 0x1f 0xfffff 0xfffffffg");
}

static void test_paths(void **state)
{
	(void)state;
	expect("in /tmp/tmp.Ab1/src/a.c:12:3", "in <tmp>/src/a.c:12:3");
	expect("'/var/tmp/x y'", "'<tmp> y'");
	expect("-I/tmp/x -o/tmp/y", "-I<tmp> -o<tmp>");
	expect("file:///tmp/x", "file://<tmp>");
	expect("/tmp/pytest-of-me/pytest-3/x-y", "<tmp>/x-y");
	expect("/srv/big/git-jci-Xy12ab/tree/a.c", "<tmp>/tree/a.c");
	expect("/r/.git/jci/live/1790000000-00ff/log", "<tmp>/log");
	expect_same("/tmp /tmp/ /tmpfs/x src/tmp/x ../tmp/x /usr/tmp/x ~/tmp/x");
	expect_same("//tmp/x /home/me/git-jc/a");
}

static void test_runs(void **state)
{
	(void)state;
	expect("run 1790000000-00ff ok", "run <run> ok");
	expect_same("run 0790000000-00ff 179000000-00ff 1790000000-00fff 1790000000-00FF");
}

static void test_escapes_and_returns(void **state)
{
	(void)state;
	expect("\033[1;31merror:\033[m \033[Kx", "error: x");
	expect("a\033[31m1\033[0m.5s", "a1.5s");
	expect("\033]x\033[", "]x[");
	expect("10%\r50%\r100%\r", "100%");
	expect("text\r\n", "\n");
	expect("windows\r", "windows");
	expect("a\rb\033[0m\r\r", "b");
	expect("", "");
	expect("\r", "");
}

static void test_whole_text(void **state)
{
	static const char text[] = "1s\n\n[12]\r\nlast\0 2 ms";
	static const char masked[] = "<duration>\n\n[<pid>]\nlast\0 <duration>";
	cleanup_strbuf struct strbuf out = STRBUF_INIT;

	(void)state;
	jci_log_mask(&out, text, sizeof(text) - 1);
	assert_int_equal(out.len, sizeof(masked) - 1);
	assert_memory_equal(out.buf, masked, sizeof(masked));
	jci_log_mask(&out, NULL, 0);
	assert_int_equal(out.len, sizeof(masked) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_iso_times),
		cmocka_unit_test(test_no_iso_times),
		cmocka_unit_test(test_worded_times),
		cmocka_unit_test(test_durations),
		cmocka_unit_test(test_no_durations),
		cmocka_unit_test(test_hashes),
		cmocka_unit_test(test_pids_and_addresses),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_runs),
		cmocka_unit_test(test_escapes_and_returns),
		cmocka_unit_test(test_whole_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
