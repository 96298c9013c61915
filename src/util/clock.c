#include "util/clock.h"

#include <time.h>

#include "util/gettext.h"

#define SECOND_US INT64_C(1000000)

static int64_t clock_us(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return ts.tv_sec * SECOND_US + ts.tv_nsec / 1000;
}

int64_t clock_now_us(void)
{
	return clock_us(CLOCK_REALTIME);
}

int64_t clock_monotonic_us(void)
{
	return clock_us(CLOCK_MONOTONIC);
}

/* Times before 1970 round down, so that the fraction is never negative. */
static time_t split_us(int64_t us, int *fraction)
{
	int64_t seconds = us / SECOND_US, rest = us % SECOND_US;

	if (rest < 0) {
		rest += SECOND_US;
		seconds--;
	}
	*fraction = (int)rest;
	return (time_t)seconds;
}

void time_add_rfc3339(struct strbuf *sb, int64_t us)
{
	int fraction;
	time_t t = split_us(us, &fraction);
	struct tm tm;

	gmtime_r(&t, &tm);
	strbuf_addf(sb, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", tm.tm_year + 1900, tm.tm_mon + 1,
		    tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, fraction);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Takes exactly `digits` digits and the byte `after` (0: nothing) from *s. */
static bool take_number(const char **s, int digits, char after, int *value)
{
	int n = 0;

	for (; digits; digits--, (*s)++) {
		if (!is_digit(**s))
			return false;
		n = n * 10 + (**s - '0');
	}
	*value = n;
	if (!after)
		return true;
	return *(*s)++ == after;
}

static bool take_date(const char **s, struct tm *tm)
{
	struct tm copy;

	if (!take_number(s, 4, '-', &tm->tm_year) || !take_number(s, 2, '-', &tm->tm_mon) ||
	    !take_number(s, 2, 0, &tm->tm_mday))
		return false;
	if (**s != 'T' && **s != 't')
		return false;
	(*s)++;
	tm->tm_year -= 1900;
	tm->tm_mon--;
	copy = *tm;
	timegm(&copy); /* moves a day that the month doesn't have */
	return copy.tm_mon == tm->tm_mon && copy.tm_mday == tm->tm_mday;
}

static bool take_time(const char **s, struct tm *tm)
{
	if (!take_number(s, 2, ':', &tm->tm_hour) || !take_number(s, 2, ':', &tm->tm_min) ||
	    !take_number(s, 2, 0, &tm->tm_sec))
		return false;
	return tm->tm_hour < 24 && tm->tm_min < 60 && tm->tm_sec <= 60; /* 60: leap second */
}

static bool take_fraction(const char **s, int64_t *us)
{
	int64_t unit = SECOND_US / 10;

	*us = 0;
	if (**s != '.')
		return true;
	if (!is_digit(*++*s))
		return false;
	for (; is_digit(**s); (*s)++, unit /= 10)
		*us += (**s - '0') * unit;
	return true;
}

static bool take_offset(const char **s, int64_t *us)
{
	char sign = *(*s)++;
	int hours, minutes;

	*us = 0;
	if (sign == 'Z' || sign == 'z')
		return true;
	if (sign != '+' && sign != '-')
		return false;
	if (!take_number(s, 2, ':', &hours) || !take_number(s, 2, 0, &minutes) || hours > 23 ||
	    minutes > 59)
		return false;
	*us = (hours * 60 + minutes) * 60 * SECOND_US * (sign == '+' ? 1 : -1);
	return true;
}

bool time_parse_rfc3339(const char *s, int64_t *us)
{
	struct tm tm = {.tm_isdst = 0};
	int64_t fraction, offset;

	if (!take_date(&s, &tm) || !take_time(&s, &tm) || !take_fraction(&s, &fraction) ||
	    !take_offset(&s, &offset) || *s)
		return false;
	*us = timegm(&tm) * SECOND_US + fraction - offset;
	return true;
}

void time_add_local(struct strbuf *sb, int64_t us)
{
	int fraction;
	time_t t = split_us(us, &fraction);
	char zone[16];
	struct tm tm;

	localtime_r(&t, &tm);
	if (!strftime(zone, sizeof(zone), "%z", &tm))
		zone[0] = '\0';
	strbuf_addf(sb, "%04d-%02d-%02d %02d:%02d:%02d %s", tm.tm_year + 1900, tm.tm_mon + 1,
		    tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, zone);
}

void time_add_age(struct strbuf *sb, int64_t us, int64_t now_us)
{
	const unsigned long minute = 60, hour = 60 * minute, day = 24 * hour, week = 7 * day;
	const unsigned long month = 2629746, year = 12 * month; /* of the Gregorian calendar */
	unsigned long n = now_us > us ? (unsigned long)((now_us - us) / SECOND_US) : 0;

	if (!n)
		strbuf_addstr(sb, _("now"));
	else if (n < minute)
		strbuf_addf(sb, Q_("%lu second ago", "%lu seconds ago", n), n);
	else if ((n < hour) && (n /= minute))
		strbuf_addf(sb, Q_("%lu minute ago", "%lu minutes ago", n), n);
	else if ((n < day) && (n /= hour))
		strbuf_addf(sb, Q_("%lu hour ago", "%lu hours ago", n), n);
	else if ((n < 2 * week) && (n /= day))
		strbuf_addf(sb, Q_("%lu day ago", "%lu days ago", n), n);
	else if ((n < 2 * month) && (n /= week))
		strbuf_addf(sb, Q_("%lu week ago", "%lu weeks ago", n), n);
	else if ((n < 2 * year) && (n /= month))
		strbuf_addf(sb, Q_("%lu month ago", "%lu months ago", n), n);
	else if ((n /= year))
		strbuf_addf(sb, Q_("%lu year ago", "%lu years ago", n), n);
}
