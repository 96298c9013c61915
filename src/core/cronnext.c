/* When entries run: the times of crontab.h. */
#include "core/crontab.h"

enum {
	DAY_SECONDS = 24 * 60 * 60,
	DAY_MINUTES = 24 * 60,
	SMALL_JUMP = 5,         /* minutes: cron takes it for having woken up late */
	LARGE_JUMP = 3 * 60,    /* minutes: above it the clock was set, not moved for the season */
	HORIZON = 40 * 366 + 1, /* days */
};

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static bool day_matches(const struct jci_cron_entry *e, const struct tm *tm)
{
	bool day = e->days >> tm->tm_mday & 1, weekday = e->weekdays >> tm->tm_wday & 1;

	return e->either ? day || weekday : day && weekday;
}

bool jci_cron_matches(const struct jci_cron_entry *e, const struct tm *tm)
{
	return (e->minutes >> tm->tm_min & 1) && (e->hours >> tm->tm_hour & 1) &&
	       (e->months >> (tm->tm_mon + 1) & 1) && day_matches(e, tm);
}

/*
 * How many minutes to go on from a time that may match, or from one that doesn't: not past the next
 * that may.
 */
static int64_t minutes_to_next(const struct jci_cron_entry *e, const struct tm *tm)
{
	int to_midnight = DAY_MINUTES - (tm->tm_hour * 60 + tm->tm_min);
	uint32_t hours = e->hours >> tm->tm_hour;
	uint64_t minutes = e->minutes >> tm->tm_min;

	if (!(e->months >> (tm->tm_mon + 1) & 1)) /* every month has 28 days */
		return to_midnight + (tm->tm_mday < 28 ? 28 - tm->tm_mday : 0) * DAY_MINUTES;
	if (!day_matches(e, tm) || !hours)
		return to_midnight;
	if (!(hours & 1))
		return __builtin_ctz(hours) * 60 - tm->tm_min;
	return minutes ? __builtin_ctzll(minutes) : 60 - tm->tm_min;
}

/* The first matching minute of the wall clock (counted from 1970) that isn't before `minute`. */
static int64_t next_on_wall(const struct jci_cron_entry *e, int64_t minute, int64_t limit)
{
	while (minute < limit) {
		time_t seconds = minute * 60;
		int64_t more;
		struct tm tm;

		if (!gmtime_r(&seconds, &tm))
			return limit;
		more = minutes_to_next(e, &tm);
		if (more == 0)
			return minute;
		minute += more;
	}
	return limit;
}

/* Seconds that the wall clock is ahead of UTC; false for a time that has no date. */
static bool offset_at(time_t t, int64_t *offset)
{
	struct tm tm;

	if (!localtime_r(&t, &tm))
		return false;
	*offset = tm.tm_gmtoff;
	return true;
}

static bool is_offset(time_t t, int64_t offset)
{
	int64_t there;

	return offset_at(t, &there) && there == offset;
}

/*
 * The first time after `from` and up to `to` when the offset is another one, `to` + 1 if there is
 * none. Zones keep an offset for more than a day.
 */
static time_t offset_change(time_t from, time_t to, int64_t offset)
{
	while (from < to) {
		time_t change = to - from > DAY_SECONDS ? from + DAY_SECONDS : to;

		if (is_offset(change, offset)) {
			from = change;
			continue;
		}
		while (change - from > 1) {
			time_t middle = from + (change - from) / 2;

			if (is_offset(middle, offset))
				from = middle;
			else
				change = middle;
		}
		return change;
	}
	return to + 1;
}

/*
 * cron's own view: it starts what is due when its clock shows a new minute, and keeps the last
 * minute of the wall clock that has had its turn, which a change of the clock leaves behind or
 * ahead.
 */
struct wall {
	time_t from; /* since when the offset holds, or since when we look */
	int64_t offset;
	int64_t first; /* minute on the wall at `from` */
	int64_t done;  /* last minute that has had its turn */
};

static bool wall_set(struct wall *w, time_t from)
{
	if (!offset_at(from, &w->offset))
		return false;
	w->from = from;
	w->first = floor_div(from + w->offset, 60);
	return true;
}

static bool is_large_jump(const struct wall *w)
{
	int64_t jump = w->first - w->done;

	return jump > LARGE_JUMP || jump <= -LARGE_JUMP;
}

/* The first minute on the wall that cron considers for the entry with this offset. */
static int64_t first_due(const struct wall *w, const struct jci_cron_entry *e)
{
	int64_t jump = w->first - w->done;

	if (is_large_jump(w) || (e->wildcard && !(jump > 0 && jump <= SMALL_JUMP)))
		return w->first;
	return w->done + 1;
}

/*
 * On to the next offset, which holds from `change` on. The one before has lasted long enough for
 * the wall clock to catch up with what was done.
 */
static bool wall_pass(struct wall *w, time_t change)
{
	w->done = floor_div(change - 1 + w->offset, 60);
	return wall_set(w, change);
}

time_t jci_cron_next(const struct jci_cron_entry *e, time_t after)
{
	struct wall w;
	int64_t unused;
	time_t horizon;

	/* A clock that was moved back has caught up after three hours, so begin before that. */
	if (!offset_at(after, &unused) || !wall_set(&w, after - LARGE_JUMP * 60))
		return -1;
	w.done = w.first - 1;
	horizon = after + (time_t)HORIZON * DAY_SECONDS;
	for (;;) {
		int64_t minute = first_due(&w, e);
		int64_t limit = floor_div(horizon + w.offset, 60) + 1;
		int64_t passed = floor_div(after + w.offset, 60);
		time_t next, change;

		if (w.from <= after && minute <= passed)
			minute = passed + 1;
		minute = next_on_wall(e, minute, limit);
		/* A minute that the clock skipped, or that had begun, has its turn then. */
		next = minute * 60 - w.offset;
		if (next < w.from)
			next = w.from;
		change = offset_change(w.from, next, w.offset);
		if (change > next)
			return minute < limit ? next : -1;
		if (!wall_pass(&w, change))
			return -1;
	}
}
