#include "util/duration.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "util/gettext.h"

#define SECOND_US INT64_C(1000000)
#define MINUTE_US (60 * SECOND_US)
#define HOUR_US   (60 * MINUTE_US)
#define DAY_US    (24 * HOUR_US)

const char *const duration_units[] = {"s", "m", "h", "d", "w", NULL};
const char *const duration_age_units[] = {"s", "min", "h", "d", "w", "mo", NULL};

static int64_t unit_us(char unit)
{
	switch (unit) {
	case 's':
		return SECOND_US;
	case 'm':
		return MINUTE_US;
	case 'h':
		return HOUR_US;
	case 'd':
		return DAY_US;
	case 'w':
		return 7 * DAY_US;
	default:
		return 0;
	}
}

/* Takes the digits at *s; none, or too many for the type, is false. */
static bool take_digits(const char **s, uint64_t *n)
{
	const char *start = *s;

	*n = 0;
	for (; **s >= '0' && **s <= '9'; (*s)++) {
		if (__builtin_mul_overflow(*n, 10, n) ||
		    __builtin_add_overflow(*n, (uint64_t)(**s - '0'), n))
			return false;
	}
	return *s > start;
}

/* Takes the unit at *s, of an age `min` and `mo` but no `m`; 0: there is none. */
static int64_t take_unit(const char **s, bool age)
{
	if (age && strncmp(*s, "min", 3) == 0) {
		*s += 3;
		return MINUTE_US;
	}
	if (age && strncmp(*s, "mo", 2) == 0) {
		*s += 2;
		return 30 * DAY_US;
	}
	return age && **s == 'm' ? 0 : unit_us(*(*s)++);
}

static int no_duration(const char *s, bool age, struct jci_error *err)
{
	if (!age)
		return jci_error_set(err, JCI_EINVALID,
				     _("'%s' is not a duration such as 90s, 30m or 1h30m"), s);
	if (strchr(s, 'm'))
		return jci_error_set(err, JCI_EINVALID,
				     _("'m' in '%s' could be minutes or months: write min or mo"),
				     s);
	return jci_error_set(err, JCI_EINVALID, _("'%s' is not an age such as 12h, 14d or 3mo"), s);
}

static int no_unit(const char *s, bool age, struct jci_error *err)
{
	return jci_error_set(err, JCI_EINVALID,
			     age ? _("age '%s' needs a unit: s, min, h, d, w or mo")
				 : _("duration '%s' needs a unit: s, m, h, d or w"),
			     s);
}

static int parse(const char *s, bool age, int64_t *us, struct jci_error *err)
{
	int64_t total = 0, part, unit;
	const char *p = s;
	uint64_t n;

	do {
		if (!take_digits(&p, &n))
			return no_duration(s, age, err);
		if (!*p)
			return no_unit(s, age, err);
		unit = take_unit(&p, age);
		if (!unit)
			return no_duration(s, age, err);
		if (__builtin_mul_overflow(n, unit, &part) ||
		    __builtin_add_overflow(total, part, &total))
			return jci_error_set(err, JCI_EINVALID, _("duration '%s' is too long"), s);
	} while (*p);
	if (!total)
		return jci_error_set(err, JCI_EINVALID, _("duration '%s' is zero"), s);
	*us = total;
	return 0;
}

int duration_parse(const char *s, int64_t *us, struct jci_error *err)
{
	return parse(s, false, us, err);
}

int duration_parse_age(const char *s, int64_t *us, struct jci_error *err)
{
	return parse(s, true, us, err);
}

int duration_parse_limit(const char *s, int64_t *us, struct jci_error *err)
{
	if (strcmp(s, "none") != 0)
		return duration_parse(s, us, err);
	*us = 0;
	return 0;
}

/* Rounds down throughout: 59.99 s is no minute yet. */
void duration_add(struct strbuf *sb, int64_t us)
{
	if (us < 0)
		us = 0;
	if (us < SECOND_US)
		strbuf_addf(sb, "%" PRId64 " ms", us / 1000);
	else if (us < MINUTE_US)
		strbuf_addf(sb, "%" PRId64 ".%" PRId64 " s", us / SECOND_US,
			    us % SECOND_US / (SECOND_US / 10));
	else if (us < HOUR_US)
		strbuf_addf(sb, "%" PRId64 "m %02" PRId64 "s", us / MINUTE_US,
			    us % MINUTE_US / SECOND_US);
	else if (us < DAY_US)
		strbuf_addf(sb, "%" PRId64 "h %02" PRId64 "m", us / HOUR_US,
			    us % HOUR_US / MINUTE_US);
	else
		strbuf_addf(sb, "%" PRId64 "d %02" PRId64 "h", us / DAY_US, us % DAY_US / HOUR_US);
}

void size_add(struct strbuf *sb, uint64_t bytes)
{
	static const char units[] = "KMGTPE";
	const char *unit = units;

	if (bytes < 1024) {
		strbuf_addf(sb, "%" PRIu64 " B", bytes);
		return;
	}
	for (; bytes >= 1024 * 1024; bytes /= 1024)
		unit++;
	if (bytes < 10 * 1024)
		strbuf_addf(sb, "%" PRIu64 ".%" PRIu64 " %ciB", bytes / 1024,
			    bytes % 1024 * 10 / 1024, *unit);
	else
		strbuf_addf(sb, "%" PRIu64 " %ciB", bytes / 1024, *unit);
}

int size_parse(const char *s, uint64_t *bytes, struct jci_error *err)
{
	const char *p = s;
	unsigned shift = 0;
	uint64_t n;

	if (!take_digits(&p, &n))
		return jci_error_set(err, JCI_EINVALID, _("'%s' is not a size such as 500k or 2g"),
				     s);
	switch (*p) {
	case 'k':
	case 'K':
		shift = 10;
		break;
	case 'm':
	case 'M':
		shift = 20;
		break;
	case 'g':
	case 'G':
		shift = 30;
		break;
	}
	if (p[shift ? 1 : 0])
		return jci_error_set(err, JCI_EINVALID, _("'%s' is not a size such as 500k or 2g"),
				     s);
	if (n > UINT64_MAX >> shift)
		return jci_error_set(err, JCI_EINVALID, _("size '%s' is too large"), s);
	*bytes = n << shift;
	return 0;
}
