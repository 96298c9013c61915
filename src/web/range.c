#include "web/range.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Moves behind a number; false where there is none. Too large a one is the largest. */
static bool parse_number(const char **s, uint64_t *n)
{
	const size_t digits = strspn(*s, "0123456789");

	if (digits == 0)
		return false;
	errno = 0;
	*n = strtoull(*s, NULL, 10); /* ULLONG_MAX where it overflows */
	*s += digits;
	return true;
}

enum web_range web_range_parse(const char *header, uint64_t size, uint64_t *from, uint64_t *to)
{
	uint64_t first = 0, last = UINT64_MAX;
	bool has_first, has_last;

	if (!header || strncasecmp(header, "bytes=", 6) != 0)
		return WEB_RANGE_NONE;
	header += 6 + strspn(header + 6, " ");
	has_first = parse_number(&header, &first);
	if (*header++ != '-')
		return WEB_RANGE_NONE;
	has_last = parse_number(&header, &last);
	header += strspn(header, " ");
	if (*header || (!has_first && !has_last) || (has_first && first > last))
		return WEB_RANGE_NONE;
	if (!has_first) { /* the last so many */
		*from = last < size ? size - last : 0;
		*to = size;
		return last && size ? WEB_RANGE_SOME : WEB_RANGE_WRONG;
	}
	*from = first;
	*to = last < size ? last + 1 : size;
	return first < size ? WEB_RANGE_SOME : WEB_RANGE_WRONG;
}
