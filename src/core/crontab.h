/*
 * `.jci/crontab`: which runs cron shall start. One entry a line:
 *
 *	M H DOM MON DOW [branch:BRANCH] [name:NAME]	# comment
 *	@daily [branch:BRANCH] [name:NAME]
 *
 * Fields are parted by spaces and tabs; branch: and name: come in any order, each at most once.
 * Blank lines, lines whose first word starts with `#`, and what follows a word that starts with
 * `#` say nothing (a `#` inside of a word is part of it: git allows it in branches). Lines end
 * with LF or CRLF, the last one with nothing if it likes.
 *
 * The five fields are those of Debian's cron (crontab(5)): `*`, numbers, ranges, lists, steps
 * after `*` or a range, names of months and days in any case. Sunday is 0 and 7. Where both DOM
 * and DOW are restricted, that is, neither begins with `*`, a day that matches one of them is
 * enough. @hourly, @daily, @midnight, @weekly, @monthly, @yearly and @annually are short for five
 * fields. More is taken here than cron takes: names in full (`monday`), and `sun` as the end of a
 * range (`mon-sun`); cron_schedule has them in cron's own words. And less: a range that runs
 * backwards (cron takes `22-2` and never runs it), a day that no month has (30 February), `*` and
 * a step with rubbish behind (`*5`), and @reboot, which is no time.
 *
 * BRANCH is any name that `git branch` takes (git-check-ref-format(1)): bytes, not always UTF-8.
 * NAME goes between brackets into a comment of the user's crontab, as the mark by which the line
 * is found again: at most 64 characters, UTF-8, without blanks, controls, `]` and `%`, and not
 * used twice. Two entries without a name for the same time and branch are refused as well.
 */
#ifndef JCI_CORE_CRONTAB_H
#define JCI_CORE_CRONTAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "util/cleanup.h"
#include "util/error.h"

#define JCI_CRONTAB_PATH ".jci/crontab"

enum {
	JCI_CRON_NAME_MAX = 64,      /* characters */
	JCI_CRONTAB_MAX = 64 * 1024, /* bytes of a file; a larger one is refused whole */
};

struct jci_cron_entry {
	unsigned line;       /* from 1 */
	char *schedule;      /* as written, one space between fields: "0 4 * * Monday", "@daily" */
	char *cron_schedule; /* the same as crontab(1) takes it: "0 4 * * Mon" */
	char *branch;        /* NULL: none given */
	char *name;          /* NULL: none given */

	/* Bit N is set where N matches. */
	uint64_t minutes;  /* 0-59 */
	uint32_t hours;    /* 0-23 */
	uint32_t days;     /* of the month, 1-31 */
	uint32_t months;   /* 1-12 */
	uint32_t weekdays; /* 0-6, Sunday is 0 */
	bool either;       /* days or weekdays; else both must match */
	bool wildcard;     /* the minute or the hour begins with `*`: see jci_cron_next() */
};

struct jci_crontab {
	struct jci_cron_entry *entries; /* in the order of the file */
	size_t n, cap;
};
#define JCI_CRONTAB_INIT   \
	{                  \
		NULL, 0, 0 \
	}
void jci_crontab_release(struct jci_crontab *crontab);
#define cleanup_crontab cleanup(jci_crontab_release)

/*
 * Parses into an empty crontab; `file` is its name in messages. libgit2 must have been started
 * (jci_repo_open() does). With anything wrong it is JCI_EINVALID, there are no entries at all, and
 * the message has a line "FILE:LINE: what is wrong" for each wrong line of the file, without
 * newline at the end. Words of the file stand in it as they are, but for newlines: print it
 * through text_add_safe(), line by line.
 */
int jci_crontab_parse(struct jci_crontab *crontab, const char *file, const char *data, size_t len,
		      struct jci_error *err);
/*
 * The one of a work tree, named JCI_CRONTAB_PATH in messages; JCI_ENOTFOUND where there is none. A
 * regular file, or a link to one; JCI_EFAIL for anything else, a link to nothing too.
 */
int jci_crontab_read(struct jci_crontab *crontab, const char *work_tree, struct jci_error *err);

/* Whether a time on the wall (tm_min, tm_hour, tm_mday, tm_mon, tm_wday) is one of the entry. */
bool jci_cron_matches(const struct jci_cron_entry *entry, const struct tm *tm);

/*
 * When cron starts the entry next, strictly after `after`, if it runs all the time in the time
 * zone of this process (tzset(3)); (time_t)-1 where that is not within 40 years, the longest time
 * between two 29 Februaries of one weekday.
 *
 * The rules where the clock is changed are those of Debian's cron (cron(8), NOTES). An entry with
 * a wildcard runs by the clock on the wall: not in an hour that is skipped, twice in one that is
 * repeated. All others (`30 2 * * *`, @daily) run once: right after the jump if their time is
 * skipped, only the first time if it is repeated. Changes by more than three hours (a zone that
 * moves across the date line) are obeyed at once: what they skip is not made up for, what they
 * repeat is run again. A jump of five minutes or less is made up for with wildcards, too.
 */
time_t jci_cron_next(const struct jci_cron_entry *entry, time_t after);

#endif
