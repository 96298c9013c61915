#include "core/runid.h"

#include <inttypes.h>
#include <stdio.h>

#include <sys/random.h>

#include "util/alloc.h"

static bool parse_seconds(const char *s, size_t len, int64_t *out)
{
	int64_t n = 0;

	if (len == 0 || (len > 1 && s[0] == '0'))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		if (__builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, s[i] - '0', &n))
			return false;
	}
	*out = n;
	return true;
}

static bool parse_digits(const char *s, uint16_t *out)
{
	unsigned n = 0;

	for (size_t i = 0; i < 4; i++) {
		unsigned digit;

		if (s[i] >= '0' && s[i] <= '9')
			digit = (unsigned)(s[i] - '0');
		else if (s[i] >= 'a' && s[i] <= 'f')
			digit = (unsigned)(s[i] - 'a' + 10);
		else
			return false;
		n = n << 4 | digit;
	}
	*out = (uint16_t)n;
	return true;
}

bool jci_run_id_parse(struct jci_run_id *id, const char *s, size_t len)
{
	if (len < 6 || s[len - 5] != '-')
		return false;
	return parse_seconds(s, len - 5, &id->seconds) && parse_digits(s + len - 4, &id->digits);
}

void jci_run_id_format(char out[JCI_RUN_ID_SIZE], const struct jci_run_id *id)
{
	snprintf(out, JCI_RUN_ID_SIZE, "%" PRId64 "-%04x", id->seconds, id->digits);
}

int64_t jci_run_id_us(const struct jci_run_id *id)
{
	const int64_t last = INT64_C(253402300799); /* 9999-12-31T23:59:59Z */

	return (id->seconds < last ? id->seconds : last) * 1000000;
}

void jci_run_id_new(struct jci_run_id *id, int64_t seconds)
{
	id->seconds = seconds;
	/* up to 256 bytes never fail once the kernel has its seed, and wait for it before that */
	if (getrandom(&id->digits, sizeof(id->digits), 0) != (ssize_t)sizeof(id->digits))
		id->digits = 0;
}

int jci_run_id_cmp(const struct jci_run_id *a, const struct jci_run_id *b)
{
	if (a->seconds != b->seconds)
		return a->seconds < b->seconds ? -1 : 1;
	return (int)a->digits - (int)b->digits;
}
