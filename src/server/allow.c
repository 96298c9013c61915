#include "server/allow.h"

#include <fnmatch.h>
#include <string.h>
#include <strings.h>

#include "util/alloc.h"
#include "util/gettext.h"

#define SEPARATORS ", \t\r\n"

/* The next one of the list, to be freed; NULL: there is none. */
static char *next(const char **list)
{
	const char *start = *list + strspn(*list, SEPARATORS);
	const size_t len = strcspn(start, SEPARATORS);

	*list = start + len;
	return len ? xstrndup(start, len) : NULL;
}

static bool is_pattern(const char *s)
{
	const char *slash = strchr(s, '/');

	return slash && slash > s && slash[1] && !strchr(slash + 1, '/');
}

int allow_check(const char *patterns, struct jci_error *err)
{
	size_t n = 0;

	for (;; n++) {
		cleanup_free char *pattern = next(&patterns);

		if (!pattern)
			break;
		if (!is_pattern(pattern))
			return jci_error_set(err, JCI_EINVALID,
					     _("'%s' is no pattern of repositories; it is of the "
					       "form owner/name, such as team/*"),
					     pattern);
	}
	return n ? 0 : jci_error_set(err, JCI_EINVALID, _("names no repository"));
}

bool allow_has(const char *patterns, const char *repository)
{
	if (!patterns)
		return true;
	for (;;) {
		cleanup_free char *pattern = next(&patterns);

		if (!pattern)
			return false;
		if (fnmatch(pattern, repository, FNM_PATHNAME | FNM_CASEFOLD) == 0)
			return true;
	}
}

bool allow_is_name(const char *patterns, const char *repository)
{
	while (patterns) {
		cleanup_free char *pattern = next(&patterns);

		if (!pattern)
			break;
		if (strcasecmp(pattern, repository) == 0)
			return true;
	}
	return false;
}

int allow_names(const char *patterns, int (*each)(void *ctx, const char *repository), void *ctx)
{
	while (patterns) {
		cleanup_free char *pattern = next(&patterns);
		int code;

		if (!pattern)
			break;
		if (strpbrk(pattern, "*?[\\"))
			continue;
		code = each(ctx, pattern);
		if (code < 0)
			return code;
	}
	return 0;
}
