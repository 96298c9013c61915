#include "core/crontab.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <git2.h>

#include "util/alloc.h"
#include "util/strbuf.h"

#include "support.h"

/* ---- parsing ---- */

static void parse(struct jci_crontab *crontab, const char *text)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;

	*crontab = (struct jci_crontab)JCI_CRONTAB_INIT;
	if (jci_crontab_parse(crontab, "F", text, strlen(text), &err) < 0)
		fail_msg("'%s': %s", text, err.message);
}

/* The message, and that nothing is left of what was right. */
static void check_wrong_len(const char *text, size_t len, const char *message)
{
	cleanup_crontab struct jci_crontab crontab = JCI_CRONTAB_INIT;
	cleanup_error struct jci_error err = JCI_ERROR_INIT;

	if (jci_crontab_parse(&crontab, "F", text, len, &err) != JCI_EINVALID)
		fail_msg("'%s' is taken", text);
	assert_string_equal(err.message, message);
	assert_int_equal(crontab.n, 0);
	assert_null(crontab.entries);
}

static void check_wrong(const char *text, const char *message)
{
	check_wrong_len(text, strlen(text), message);
}

static void test_entry(void **state)
{
	cleanup_crontab struct jci_crontab crontab;
	const struct jci_cron_entry *e;

	(void)state;
	parse(&crontab, "0 0 * * * branch:main name:nightly\n"
			"\t*/15 9-17  1,15 jan,Dec\tMon-Fri name:b branch:a/b#c\n");
	assert_int_equal(crontab.n, 2);
	e = &crontab.entries[0];
	assert_int_equal(e->line, 1);
	assert_string_equal(e->schedule, "0 0 * * *");
	assert_string_equal(e->cron_schedule, "0 0 * * *");
	assert_string_equal(e->branch, "main");
	assert_string_equal(e->name, "nightly");
	assert_int_equal(e->minutes, 1);
	assert_int_equal(e->hours, 1);
	assert_int_equal(e->days, 0xfffffffe);
	assert_int_equal(e->months, 0x1ffe);
	assert_int_equal(e->weekdays, 0x7f);
	assert_false(e->either);
	assert_false(e->wildcard);
	e = &crontab.entries[1];
	assert_int_equal(e->line, 2);
	assert_string_equal(e->schedule, "*/15 9-17 1,15 jan,Dec Mon-Fri");
	assert_string_equal(e->cron_schedule, "*/15 9-17 1,15 jan,Dec Mon-Fri");
	assert_string_equal(e->branch, "a/b#c");
	assert_string_equal(e->name, "b");
	assert_int_equal(e->minutes, 1 | 1 << 15 | 1 << 30 | UINT64_C(1) << 45);
	assert_int_equal(e->hours, 0x3fe00);
	assert_int_equal(e->days, 1 << 1 | 1 << 15);
	assert_int_equal(e->months, 1 << 1 | 1 << 12);
	assert_int_equal(e->weekdays, 0x3e);
	assert_true(e->either);
	assert_true(e->wildcard);
}

static void test_lines(void **state)
{
	cleanup_crontab struct jci_crontab crontab, empty, comments;

	(void)state;
	parse(&crontab, "# first\r\n\r\n \t\r\n1 * * * *\r\n  # x\n2 * * * * # branch:x\n"
			"3 * * * *\tname:#n #\r\n4 * * * *\r");
	assert_int_equal(crontab.n, 4);
	assert_int_equal(crontab.entries[0].line, 4);
	assert_null(crontab.entries[0].branch);
	assert_null(crontab.entries[0].name);
	assert_int_equal(crontab.entries[1].line, 6);
	assert_null(crontab.entries[1].branch);
	assert_string_equal(crontab.entries[2].name, "#n");
	assert_string_equal(crontab.entries[3].schedule, "4 * * * *");
	parse(&empty, "");
	assert_int_equal(empty.n, 0);
	parse(&comments, "#\n#* * * * *\n");
	assert_int_equal(comments.n, 0);
}

/* What the fields stand for, and how they are said to cron (NULL: as written). */
static void test_fields(void **state)
{
	static const struct {
		const char *schedule, *cron;
		uint64_t minutes;
		uint32_t hours, days, months, weekdays;
	} cases[] = {
#define ALL_MINUTES 0xfffffffffffffff
#define ALL_HOURS   0xffffff
#define ALL_DAYS    0xfffffffe
		{"* * * * *", NULL, ALL_MINUTES, ALL_HOURS, ALL_DAYS, 0x1ffe, 0x7f},
		{"0 0 1 1 0", NULL, 1, 1, 2, 2, 1},
		{"59 23 31 12 7", NULL, UINT64_C(1) << 59, 1 << 23, 1u << 31, 1 << 12, 1},
		{"05 0009 01 012 5", NULL, 1 << 5, 1 << 9, 2, 1 << 12, 1 << 5},
		{"1-5/2 1-6/2 1-1 2-3 1-5", NULL, 0x2a, 0x2a, 2, 0xc, 0x3e},
		{"1,3,5-6,0 0 */10 */6 */3", NULL, 0x6b, 1, 0x80200802, 0x82, 0x49},
		{"*/100 */24 1 */12 */9999", NULL, 1, 1, 2, 2, 1},
		{"0 0 * * 0-7", NULL, 1, 1, ALL_DAYS, 0x1ffe, 0x7f},
		{"0 0 * * 5-7", NULL, 1, 1, ALL_DAYS, 0x1ffe, 0x61},
		{"0 0 * * */7", NULL, 1, 1, ALL_DAYS, 0x1ffe, 1},
		{"0 0 * * fri-sun", "0 0 * * fri-7", 1, 1, ALL_DAYS, 0x1ffe, 0x61},
		{"0 0 * * mon-SUNDAY/3", "0 0 * * mon-7/3", 1, 1, ALL_DAYS, 0x1ffe, 0x13},
		{"0 0 * * sun-sun", NULL, 1, 1, ALL_DAYS, 0x1ffe, 1},
		{"0 0 * * sun-tue", NULL, 1, 1, ALL_DAYS, 0x1ffe, 7},
		{"0 0 * * mon-5", NULL, 1, 1, ALL_DAYS, 0x1ffe, 0x3e},
		{"0 0 * * Wednesday,SATURDAY", "0 0 * * Wed,SAT", 1, 1, ALL_DAYS, 0x1ffe, 0x48},
		{"0 0 * January-march,DECEMBER *", "0 0 * Jan-mar,DEC *", 1, 1, ALL_DAYS, 0x100e,
		 0x7f},
		{"0 0 * may,September Tue", "0 0 * may,Sep Tue", 1, 1, ALL_DAYS, 0x220, 4},
		{"@hourly", NULL, 1, ALL_HOURS, ALL_DAYS, 0x1ffe, 0x7f},
		{"@daily", NULL, 1, 1, ALL_DAYS, 0x1ffe, 0x7f},
		{"@midnight", NULL, 1, 1, ALL_DAYS, 0x1ffe, 0x7f},
		{"@weekly", NULL, 1, 1, ALL_DAYS, 0x1ffe, 1},
		{"@monthly", NULL, 1, 1, 2, 0x1ffe, 0x7f},
		{"@yearly", NULL, 1, 1, 2, 2, 0x7f},
		{"@annually", NULL, 1, 1, 2, 2, 0x7f},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_crontab struct jci_crontab crontab;
		const struct jci_cron_entry *e;

		parse(&crontab, cases[i].schedule);
		assert_int_equal(crontab.n, 1);
		e = &crontab.entries[0];
		assert_string_equal(e->schedule, cases[i].schedule);
		assert_string_equal(e->cron_schedule,
				    cases[i].cron ? cases[i].cron : cases[i].schedule);
		assert_int_equal(e->minutes, cases[i].minutes);
		assert_int_equal(e->hours, cases[i].hours);
		assert_int_equal(e->days, cases[i].days);
		assert_int_equal(e->months, cases[i].months);
		assert_int_equal(e->weekdays, cases[i].weekdays);
	}
}

static void test_stars(void **state)
{
	static const struct {
		const char *schedule;
		bool either, wildcard;
	} cases[] = {
		{"0 0 1 * 1", true, false},        {"0 0 * * 1", false, false},
		{"0 0 1 * *", false, false},       {"0 0 */2 * 1", false, false},
		{"0 0 1 * */2", false, false},     {"0 0 *,1 * 1", false, false},
		{"0 0 1,* * 1", true, false},      {"* 0 1 * 1", true, true},
		{"0 * 1 * 1", true, true},         {"*/15 0 * * *", false, true},
		{"0-59 0-23 * * *", false, false}, {"@hourly", false, true},
		{"@daily", false, false},          {"@weekly", false, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_crontab struct jci_crontab crontab;

		parse(&crontab, cases[i].schedule);
		assert_int_equal(crontab.entries[0].either, cases[i].either);
		assert_int_equal(crontab.entries[0].wildcard, cases[i].wildcard);
	}
}

static void test_wrong_fields(void **state)
{
	static const char few[] = "F:1: an entry starts with five fields: minute, hour, day of "
				  "month, month, day of week";

	(void)state;
	check_wrong("0 0 * *", few);
	check_wrong("0", few);
	check_wrong("0 0 * * # *", few);
	check_wrong("0 0 * * branch:main", few);
	check_wrong("name:x 0 0 * * *", few);
	check_wrong("60 * * * *", "F:1: minute: '60' is not a number from 0 to 59");
	check_wrong("* 24 * * *", "F:1: hour: '24' is not a number from 0 to 23");
	check_wrong("* * 0 * *", "F:1: day of month: '0' is not a number from 1 to 31");
	check_wrong("* * * 13 *",
		    "F:1: month: '13' is not a number from 1 to 12 or a name such as 'feb'");
	check_wrong("* * * * 8",
		    "F:1: day of week: '8' is not a number from 0 to 7 or a name such as 'mon'");
	check_wrong("* * * * mond",
		    "F:1: day of week: 'mond' is not a number from 0 to 7 or a name such as 'mon'");
	check_wrong("* * * ja *",
		    "F:1: month: 'ja' is not a number from 1 to 12 or a name such as 'feb'");
	check_wrong("mon * * * *", "F:1: minute: 'mon' is not a number from 0 to 59");
	check_wrong("+1 * * * *", "F:1: minute: '+1' is not a number from 0 to 59");
	check_wrong("-1 * * * *", "F:1: minute: '' is not a number from 0 to 59");
	check_wrong("1- * * * *", "F:1: minute: '' is not a number from 0 to 59");
	check_wrong("1-2-3 * * * *", "F:1: minute: '2-3' is not a number from 0 to 59");
	check_wrong("1,,2 * * * *", "F:1: minute: '' is not a number from 0 to 59");
	check_wrong("1, * * * *", "F:1: minute: '' is not a number from 0 to 59");
	check_wrong("5x * * * *", "F:1: minute: '5x' is not a number from 0 to 59");
	check_wrong("*5 * * * *", "F:1: minute: '*5' is not a number from 0 to 59");
	check_wrong("*-5 * * * *", "F:1: minute: '*' is not a number from 0 to 59");
	check_wrong("4294967297 * * * *", "F:1: minute: '4294967297' is not a number from 0 to 59");
	check_wrong("* 22-2 * * *", "F:1: hour: the range '22-2' runs backwards");
	check_wrong("* * * * fri-mon", "F:1: day of week: the range 'fri-mon' runs backwards");
	check_wrong("* * * * 6-0", "F:1: day of week: the range '6-0' runs backwards");
	check_wrong("5/2 * * * *", "F:1: minute: a step goes with '*' or a range, not with '5'");
	check_wrong("*/0 * * * *", "F:1: minute: the step '0' is not a number from 1 to 9999");
	check_wrong("*/ * * * *", "F:1: minute: the step '' is not a number from 1 to 9999");
	check_wrong("*/2/3 * * * *", "F:1: minute: the step '2/3' is not a number from 1 to 9999");
	check_wrong("*/-1 * * * *", "F:1: minute: the step '-1' is not a number from 1 to 9999");
	check_wrong("* * ? * *", "F:1: day of month: '?' is not a number from 1 to 31");
	check_wrong("@reboot", "F:1: '@reboot' is no time; runs start at times only");
	check_wrong("@Daily",
		    "F:1: '@Daily' is not one of @hourly, @daily, @midnight, @weekly, @monthly, "
		    "@yearly, @annually");
	check_wrong("0 0 30 2 *", "F:1: '0 0 30 2 *' never runs: no such month has such a day");
	check_wrong("0 0 31 2,4,6 */2",
		    "F:1: '0 0 31 2,4,6 */2' never runs: no such month has such a day");
}

static void test_leap_days_run(void **state)
{
	cleanup_crontab struct jci_crontab crontab;

	(void)state;
	parse(&crontab, "0 0 29 2 *\n0 0 30 2 mon\n0 0 31 1-4 *\n0 0 29 2 */7\n");
	assert_int_equal(crontab.n, 4);
}

static void test_options(void **state)
{
	cleanup_crontab struct jci_crontab crontab;

	(void)state;
	parse(&crontab, "@daily branch:it's-100%-\"\xc3\xa9\"-\xff;$(x)\n");
	assert_string_equal(crontab.entries[0].branch, "it's-100%-\"\xc3\xa9\"-\xff;$(x)");
	check_wrong("@daily main", "F:1: 'main' is neither branch:BRANCH nor name:NAME");
	check_wrong("@daily Branch:x", "F:1: 'Branch:x' is neither branch:BRANCH nor name:NAME");
	check_wrong("* * * * * * name:x", "F:1: '*' is neither branch:BRANCH nor name:NAME");
	check_wrong("@daily branch:a branch:a", "F:1: a second branch, 'a'");
	check_wrong("@daily name:a name:b", "F:1: a second name, 'b'");
	check_wrong("@daily branch:", "F:1: '' is not a name for a branch");
	check_wrong("@daily branch:-f", "F:1: '-f' is not a name for a branch");
	check_wrong("@daily branch:HEAD", "F:1: 'HEAD' is not a name for a branch");
	check_wrong("@daily branch:a..b", "F:1: 'a..b' is not a name for a branch");
	check_wrong("@daily branch:x.lock", "F:1: 'x.lock' is not a name for a branch");
	check_wrong("@daily branch:a~1", "F:1: 'a~1' is not a name for a branch");
	check_wrong("@daily branch:a\033b", "F:1: 'a\033b' is not a name for a branch");
	check_wrong("@daily name:", "F:1: 'name:' without a name");
}

static void test_names(void **state)
{
	static const char *const wrong_names[] = {
		"a]", "100%", "a\033b", "a\177", "\xff", "\xc2\x9b", "\xe2\x80\xae", "a\rb",
	};
	cleanup_strbuf struct strbuf text = STRBUF_INIT, message = STRBUF_INIT;
	cleanup_crontab struct jci_crontab crontab;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong_names); i++) {
		strbuf_reset(&text);
		strbuf_reset(&message);
		strbuf_addf(&text, "@daily name:%s", wrong_names[i]);
		strbuf_addf(&message,
			    "F:1: a name is UTF-8 without ']', '%%' and control characters, '%s' "
			    "is not",
			    wrong_names[i]);
		check_wrong(text.buf, message.buf);
	}
	strbuf_reset(&text);
	strbuf_addstr(&text, "@daily name:");
	for (int i = 0; i < JCI_CRON_NAME_MAX; i++)
		strbuf_addstr(&text, "\xc3\xa9");
	parse(&crontab, text.buf);
	assert_string_equal(crontab.entries[0].name, text.buf + strlen("@daily name:"));
	strbuf_addch(&text, 'x');
	strbuf_reset(&message);
	strbuf_addf(&message, "F:1: the name '%s' is longer than 64 characters",
		    text.buf + strlen("@daily name:"));
	check_wrong(text.buf, message.buf);
}

static void test_twins(void **state)
{
	cleanup_crontab struct jci_crontab crontab;

	(void)state;
	parse(&crontab, "@daily\n@daily branch:a\n@daily name:a\n@daily branch:a name:b\n"
			"0 0 1 * mon\n0 0 1-31 * mon\n0 0 * * mon\n");
	assert_int_equal(crontab.n, 7);
	check_wrong("@daily name:x\n\n@hourly name:x branch:b",
		    "F:3: the name 'x' is that of line 1 already");
	check_wrong("@daily\n0 0 * * *",
		    "F:2: the same time and branch as in line 1; give one a name to run both");
	check_wrong("0 0 * * 0 branch:b\n0 0 * * 7 branch:b",
		    "F:2: the same time and branch as in line 1; give one a name to run both");
}

static void test_all_wrong_lines(void **state)
{
	static const char nul[] = "@daily\n* * * * *\0\n@reboot";
	cleanup_strbuf struct strbuf large = STRBUF_INIT;

	(void)state;
	check_wrong("x\n@daily\r\n99 * * * *\r\n\n@never\n",
		    "F:1: an entry starts with five fields: minute, hour, day of month, month, day "
		    "of week\n"
		    "F:3: minute: '99' is not a number from 0 to 59\n"
		    "F:5: '@never' is not one of @hourly, @daily, @midnight, @weekly, @monthly, "
		    "@yearly, @annually");
	check_wrong_len(nul, sizeof(nul) - 1,
			"F:2: a NUL byte\n"
			"F:3: '@reboot' is no time; runs start at times only");
	while (large.len <= JCI_CRONTAB_MAX)
		strbuf_addstr(&large, "# comment\n");
	check_wrong(large.buf, "'F' is larger than 65536 bytes");
}

static void test_read(void **state)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT, missing = JCI_ERROR_INIT;
	cleanup_crontab struct jci_crontab crontab = JCI_CRONTAB_INIT;

	(void)state;
	assert_int_equal(jci_crontab_read(&crontab, base, &missing), JCI_ENOTFOUND);
	write_below(".jci/crontab", "@daily");
	assert_int_equal(jci_crontab_read(&crontab, base, &err), 0);
	assert_int_equal(crontab.n, 1);
	jci_crontab_release(&crontab);
	write_below(".jci/crontab", "@reboot");
	assert_int_equal(jci_crontab_read(&crontab, base, &err), JCI_EINVALID);
	assert_string_equal(err.message,
			    ".jci/crontab:1: '@reboot' is no time; runs start at times only");
}

/* ---- times ---- */

static void set_zone(const char *zone)
{
	setenv("TZ", zone, 1);
	tzset();
}

/* Whether the zone is known here: its offset at a time, in minutes. */
static bool have_zone(const char *zone, time_t t, int offset)
{
	struct tm tm;

	set_zone(zone);
	return localtime_r(&t, &tm) && tm.tm_gmtoff == offset * 60;
}

static bool have_zones(void)
{
	return have_zone("Europe/Berlin", 0, 60) && have_zone("Australia/Lord_Howe", 0, 600) &&
	       have_zone("Pacific/Apia", 0, -660);
}

/* Checks the runs that follow a time one by one, all as UTC: "2026-03-29 01:00". */
static void check_runs(const char *schedule, const char *after, const char *const *runs, size_t n)
{
	cleanup_crontab struct jci_crontab crontab;
	struct tm tm = {0};
	time_t t;

	parse(&crontab, schedule);
	assert_non_null(strptime(after, "%Y-%m-%d %H:%M", &tm));
	t = timegm(&tm);
	for (size_t i = 0; i < n; i++) {
		char text[40];

		t = jci_cron_next(&crontab.entries[0], t);
		assert_non_null(gmtime_r(&t, &tm));
		strftime(text, sizeof(text), tm.tm_sec ? "%F %T" : "%F %H:%M", &tm);
		assert_string_equal(text, runs[i]);
	}
}
#define CHECK_RUNS(schedule, after, ...)                                    \
	check_runs((schedule), (after), (const char *const[]){__VA_ARGS__}, \
		   ARRAY_SIZE(((const char *const[]){__VA_ARGS__})))

static void test_matches(void **state)
{
	cleanup_crontab struct jci_crontab crontab;
	struct tm tm = {.tm_min = 30, .tm_hour = 4, .tm_mday = 1, .tm_mon = 2, .tm_wday = 3};

	(void)state;
	parse(&crontab, "30 4 1,15 3 5\n30 4 1,15 3 */5\n");
	assert_true(jci_cron_matches(&crontab.entries[0], &tm));
	assert_false(jci_cron_matches(&crontab.entries[1], &tm));
	tm.tm_wday = 5;
	assert_true(jci_cron_matches(&crontab.entries[1], &tm));
	tm.tm_mday = 2;
	assert_true(jci_cron_matches(&crontab.entries[0], &tm));
	tm.tm_wday = 4;
	assert_false(jci_cron_matches(&crontab.entries[0], &tm));
	tm.tm_wday = 5;
	tm.tm_mon = 3;
	assert_false(jci_cron_matches(&crontab.entries[0], &tm));
	tm.tm_mon = 2;
	tm.tm_hour = 5;
	assert_false(jci_cron_matches(&crontab.entries[0], &tm));
	tm.tm_hour = 4;
	tm.tm_min = 29;
	assert_false(jci_cron_matches(&crontab.entries[0], &tm));
}

static void test_next_in_utc(void **state)
{
	(void)state;
	set_zone("UTC");
	CHECK_RUNS("0 0 * * *", "2026-01-01 00:00", "2026-01-02 00:00", "2026-01-03 00:00");
	CHECK_RUNS("*/20 8-9 * * *", "2026-01-01 08:39", "2026-01-01 08:40", "2026-01-01 09:00",
		   "2026-01-01 09:20", "2026-01-01 09:40", "2026-01-02 08:00");
	CHECK_RUNS("30 4 1,15 * fri", "2026-01-01 04:29", "2026-01-01 04:30", "2026-01-02 04:30",
		   "2026-01-09 04:30", "2026-01-15 04:30");
	CHECK_RUNS("30 4 */14 * fri", "2026-01-01 04:29", "2026-05-01 04:30", "2026-05-15 04:30",
		   "2026-05-29 04:30", "2027-01-01 04:30");
	CHECK_RUNS("59 23 31 12 *", "2026-12-31 23:59", "2027-12-31 23:59", "2028-12-31 23:59");
	CHECK_RUNS("0 0 1 3 *", "2026-02-01 00:00", "2026-03-01 00:00", "2027-03-01 00:00");
	CHECK_RUNS("0 12 31 * *", "2026-01-31 12:00", "2026-03-31 12:00", "2026-05-31 12:00");
	CHECK_RUNS("@weekly", "1969-12-01 00:00", "1969-12-07 00:00", "1969-12-14 00:00");
}

static void test_leap_years(void **state)
{
	(void)state;
	set_zone("UTC");
	CHECK_RUNS("0 0 29 2 *", "2026-01-01 00:00", "2028-02-29 00:00", "2032-02-29 00:00");
	CHECK_RUNS("0 0 29 2 *", "2096-02-29 00:00", "2104-02-29 00:00");
	CHECK_RUNS("0 0 29 2 */7", "2026-01-01 00:00", "2032-02-29 00:00", "2060-02-29 00:00",
		   "2088-02-29 00:00", "2128-02-29 00:00");
	CHECK_RUNS("0 0 28-31 2 *", "2027-02-28 00:00", "2028-02-28 00:00", "2028-02-29 00:00",
		   "2029-02-28 00:00");
}

static void test_next_is_behind_seconds(void **state)
{
	cleanup_crontab struct jci_crontab crontab;

	(void)state;
	set_zone("UTC");
	parse(&crontab, "* * * * *");
	assert_int_equal(jci_cron_next(&crontab.entries[0], 59), 60);
	assert_int_equal(jci_cron_next(&crontab.entries[0], 60), 120);
	assert_int_equal(jci_cron_next(&crontab.entries[0], -1), 0);
	assert_int_equal(jci_cron_next(&crontab.entries[0], -61), -60);
}

static void test_never(void **state)
{
	cleanup_crontab struct jci_crontab crontab;
	struct jci_cron_entry never;

	(void)state;
	set_zone("UTC");
	parse(&crontab, "0 0 29 2 *");
	never = crontab.entries[0];
	never.days = 1 << 30;
	assert_int_equal(jci_cron_next(&never, 0), -1);
	assert_int_equal(jci_cron_next(&crontab.entries[0], INT64_MAX), -1);
	assert_int_equal(jci_cron_next(&crontab.entries[0], INT64_MIN), -1);
}

static void test_berlin(void **state)
{
	(void)state;
	if (!have_zones())
		skip();
	set_zone("Europe/Berlin");
	/* 2026-03-29: 02:00 becomes 03:00 at 01:00 UTC. */
	CHECK_RUNS("30 2 * * *", "2026-03-28 12:00", "2026-03-29 01:00", "2026-03-30 00:30");
	CHECK_RUNS("0,30 2,3 * * *", "2026-03-28 12:00", "2026-03-29 01:00", "2026-03-29 01:30",
		   "2026-03-30 00:00");
	CHECK_RUNS("0 3 * * *", "2026-03-28 12:00", "2026-03-29 01:00", "2026-03-30 01:00");
	CHECK_RUNS("*/30 2 * * *", "2026-03-28 12:00", "2026-03-30 00:00", "2026-03-30 00:30");
	CHECK_RUNS("*/15 * * * *", "2026-03-29 00:40", "2026-03-29 00:45", "2026-03-29 01:00",
		   "2026-03-29 01:15");
	CHECK_RUNS("30 2 29 3 *", "2026-03-29 01:00", "2027-03-29 00:30");
	/* 2026-10-25: 03:00 becomes 02:00 at 01:00 UTC. */
	CHECK_RUNS("30 2 * * *", "2026-10-24 12:00", "2026-10-25 00:30", "2026-10-26 01:30");
	CHECK_RUNS("15 2 * * *", "2026-10-25 00:50", "2026-10-26 01:15");
	CHECK_RUNS("45 2 * * *", "2026-10-25 01:10", "2026-10-26 01:45");
	CHECK_RUNS("0 3 * * *", "2026-10-25 01:10", "2026-10-25 02:00");
	CHECK_RUNS("*/30 2 * * *", "2026-10-24 12:00", "2026-10-25 00:00", "2026-10-25 00:30",
		   "2026-10-25 01:00", "2026-10-25 01:30", "2026-10-26 01:00");
	CHECK_RUNS("@hourly", "2026-10-24 23:00", "2026-10-25 00:00", "2026-10-25 01:00",
		   "2026-10-25 02:00");
}

static void test_lord_howe(void **state)
{
	(void)state;
	if (!have_zones())
		skip();
	set_zone("Australia/Lord_Howe");
	/* 2026-04-05: 02:00 becomes 01:30 at 15:00 UTC of the day before. */
	CHECK_RUNS("45 1 * * *", "2026-04-04 00:00", "2026-04-04 14:45", "2026-04-05 15:15");
	CHECK_RUNS("*/15 1 * * *", "2026-04-04 14:20", "2026-04-04 14:30", "2026-04-04 14:45",
		   "2026-04-04 15:00", "2026-04-04 15:15", "2026-04-05 14:30");
	/* 2026-10-04: 02:00 becomes 02:30 at 15:30 UTC of the day before. */
	CHECK_RUNS("15 2 * * *", "2026-10-03 00:00", "2026-10-03 15:30", "2026-10-04 15:15");
	CHECK_RUNS("*/10 2 * * *", "2026-10-03 00:00", "2026-10-03 15:30", "2026-10-03 15:40",
		   "2026-10-03 15:50", "2026-10-04 15:00");
}

static void test_date_line(void **state)
{
	(void)state;
	if (!have_zones())
		skip();
	/* There was no 2011-12-30. */
	set_zone("Pacific/Apia");
	CHECK_RUNS("0 12 * * *", "2011-12-29 00:00", "2011-12-29 22:00", "2011-12-30 22:00");
	CHECK_RUNS("0 12 30 12 *", "2011-12-01 00:00", "2012-12-29 22:00");
	/* There were nearly two 1969-09-30. */
	if (!have_zone("Pacific/Kwajalein", -8000000, 660))
		skip();
	CHECK_RUNS("0 12 30 9 *", "1969-09-01 00:00", "1969-09-30 01:00", "1969-10-01 00:00");
}

/* What cron's main loop does, minute by minute; offsets are whole minutes here. */
struct simulation {
	const struct jci_cron_entry *e;
	int64_t virtual; /* last minute of the wall clock that was run in full */
};

static bool due(const struct jci_cron_entry *e, int64_t minute, bool wild, bool fixed)
{
	time_t t = minute * 60;
	struct tm tm;

	gmtime_r(&t, &tm);
	return (e->wildcard ? wild : fixed) && jci_cron_matches(e, &tm);
}

static bool simulate_minute(struct simulation *s, time_t t)
{
	struct tm tm;
	int64_t now, jump;
	bool started = false;

	localtime_r(&t, &tm);
	now = (t + tm.tm_gmtoff) / 60;
	jump = now - s->virtual;
	if (jump <= 0 && jump > -180)
		return due(s->e, now, true, false);
	if (jump > 180 || jump <= -180)
		s->virtual = now - 1;
	else if (jump > 5)
		started = due(s->e, now, true, false);
	while (s->virtual < now)
		started |= due(s->e, ++s->virtual, jump <= 5 || jump > 180, true);
	return started;
}

static void check_simulation(const struct jci_cron_entry *e, time_t begin, time_t end)
{
	struct simulation s = {e, 0};
	time_t last = begin;

	for (time_t t = begin - 60; t < end; t += 60) {
		if (!simulate_minute(&s, t) || t <= begin)
			continue;
		for (time_t after = last; after < t; after += 60 * 7)
			if (jci_cron_next(e, after) != t)
				fail_msg("'%s' in %s after %lld: %lld, not %lld", e->schedule,
					 getenv("TZ"), (long long)after,
					 (long long)jci_cron_next(e, after), (long long)t);
		assert_int_equal(jci_cron_next(e, t - 1), t);
		last = t;
	}
}

static void test_simulation(void **state)
{
	static const struct {
		const char *zone;
		time_t change;
	} changes[] = {
		{"Europe/Berlin", 1774746000},       {"Europe/Berlin", 1792890000},
		{"Australia/Lord_Howe", 1775314800}, {"Australia/Lord_Howe", 1791041400},
		{"Pacific/Apia", 1325239200},        {"Antarctica/Troll", 1774746000},
		{"Antarctica/Troll", 1792890000},    {"Africa/Cairo", 1777237200},
		{"America/Caracas", 1462086000},     {"UTC", 1774746000},
	};
	cleanup_crontab struct jci_crontab crontab;

	(void)state;
	if (!have_zones())
		skip();
	parse(&crontab, "* * * * *\n30 2 * * *\n0 0 * * *\n*/7 1-3 * * *\n@hourly\n"
			"5,35,59 0-4 * * *\n15 * * * *\n*/20 2 * * sun\n10 2 29 3 *\n"
			"0-59/13 1,2,3 * * *\n59 23 * * *\n0 3 * * *\n1 3 * * *\n0 12 * * *\n");
	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		set_zone(changes[i].zone);
		for (size_t j = 0; j < crontab.n; j++)
			check_simulation(&crontab.entries[j], changes[i].change - 86400,
					 changes[i].change + 2 * 86400);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_entry),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_stars),
		cmocka_unit_test(test_wrong_fields),
		cmocka_unit_test(test_leap_days_run),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_twins),
		cmocka_unit_test(test_all_wrong_lines),
		cmocka_unit_test_setup_teardown(test_read, make_folder, remove_folder),
		cmocka_unit_test(test_matches),
		cmocka_unit_test(test_next_in_utc),
		cmocka_unit_test(test_leap_years),
		cmocka_unit_test(test_next_is_behind_seconds),
		cmocka_unit_test(test_never),
		cmocka_unit_test(test_berlin),
		cmocka_unit_test(test_lord_howe),
		cmocka_unit_test(test_date_line),
		cmocka_unit_test(test_simulation),
	};

	git_libgit2_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
