/*
 * A crontab that is taken is taken again when its entries are printed, in either form of their
 * schedule, and means the same; an entry's next run is behind the time asked for, and is a time of
 * the entry unless the clock was just moved. Refused ones leave a message for each wrong line.
 */
#include "core/crontab.h"

#include <git2.h>
#include <stdlib.h>
#include <string.h>

#include "util/strbuf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

static void check(bool ok)
{
	if (!ok)
		abort();
}

static void print_entry(struct strbuf *sb, const struct jci_cron_entry *e, const char *schedule)
{
	strbuf_addstr(sb, schedule);
	if (e->branch)
		strbuf_addf(sb, " branch:%s", e->branch);
	if (e->name)
		strbuf_addf(sb, " name:%s", e->name);
	strbuf_addch(sb, '\n');
}

static bool same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static void check_same(const struct jci_cron_entry *a, const struct jci_cron_entry *b)
{
	check(same(a->cron_schedule, b->cron_schedule));
	check(same(a->branch, b->branch) && same(a->name, b->name));
	check(a->minutes == b->minutes && a->hours == b->hours && a->days == b->days);
	check(a->months == b->months && a->weekdays == b->weekdays);
	check(a->either == b->either && a->wildcard == b->wildcard);
}

static void check_printed(const struct jci_crontab *crontab, bool as_written)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	cleanup_crontab struct jci_crontab again = JCI_CRONTAB_INIT;
	cleanup_error struct jci_error err = JCI_ERROR_INIT;

	for (size_t i = 0; i < crontab->n; i++) {
		const struct jci_cron_entry *e = &crontab->entries[i];

		print_entry(&text, e, as_written ? e->schedule : e->cron_schedule);
	}
	check(jci_crontab_parse(&again, "F", text.buf, text.len, &err) == 0);
	check(again.n == crontab->n);
	for (size_t i = 0; i < again.n; i++) {
		check_same(&again.entries[i], &crontab->entries[i]);
		check(!as_written || same(again.entries[i].schedule, crontab->entries[i].schedule));
	}
}

/* Whether the clock is another one than a minute before. */
static bool has_jumped(time_t t)
{
	time_t before = t - 60;
	struct tm now, then;

	return !localtime_r(&t, &now) || !localtime_r(&before, &then) ||
	       now.tm_gmtoff != then.tm_gmtoff;
}

static void check_next(const struct jci_cron_entry *e, time_t after)
{
	time_t next = jci_cron_next(e, after);
	struct tm tm;

	if (next == -1)
		return;
	check(next > after);
	check(localtime_r(&next, &tm) != NULL);
	check(jci_cron_matches(e, &tm) || has_jumped(next));
	check(jci_cron_next(e, next - 1) == next);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	setenv("TZ", "Europe/Berlin", 1);
	tzset();
	git_libgit2_init();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_crontab struct jci_crontab crontab = JCI_CRONTAB_INIT;
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	uint32_t after = 0;

	if (jci_crontab_parse(&crontab, "F", size > 0 ? (const char *)data : "", size, &err) < 0) {
		check(err.code == JCI_EINVALID && strncmp(err.message, "F:", 2) == 0);
		check(crontab.n == 0);
		return 0;
	}
	check_printed(&crontab, true);
	check_printed(&crontab, false);
	for (size_t i = 0; i < size;
	     i++) /* some time from 1970 to 2106 that follows from the input */
		after = after * 16777619 + data[i];
	for (size_t i = 0; i < crontab.n && i < 4; i++)
		check_next(&crontab.entries[i], (time_t)after + (time_t)i);
	return 0;
}
