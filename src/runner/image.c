#include "runner/image.h"

#include <fnmatch.h>
#include <string.h>

#include "util/alloc.h"
#include "util/gettext.h"
#include "util/strbuf.h"
#include "util/text.h"

enum { MAX_NAME = 255 };

/* It becomes a part of a path of Docker's API, so no component may be "." or ".." either. */
static bool is_name(const char *s, size_t len)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789",
			  others[] = "._-/:@";
	bool inside = false;

	if (len > MAX_NAME)
		return false;
	for (size_t i = 0; i < len; i++) {
		bool is_plain = s[i] && strchr(plain, s[i]);

		if (!is_plain && (!inside || !s[i] || !strchr(others, s[i])))
			return false;
		inside = is_plain || (s[i] != '/' && s[i] != '@');
	}
	return inside;
}

int image_parse(char **name, const char *text, struct jci_error *err)
{
	cleanup_strbuf struct strbuf shown = STRBUF_INIT;
	size_t len;

	text += strspn(text, " \t");
	len = strcspn(text, "\r\n");
	while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t'))
		len--;
	*name = NULL;
	if (len == 0)
		return 0;
	if (!is_name(text, len)) {
		text_add_utf8(&shown, text, len < MAX_NAME ? len : MAX_NAME);
		return jci_error_set(err, JCI_EINVALID,
				     _("'%s' is no name of an image such as debian:12"), shown.buf);
	}
	*name = xstrndup(text, len);
	return 0;
}

bool image_is_allowed(const char *patterns, const char *name)
{
	while (patterns && *patterns) {
		size_t len = strcspn(patterns, ", \t\n");
		cleanup_free char *pattern = xstrndup(patterns, len);

		if (len && fnmatch(pattern, name, 0) == 0)
			return true;
		patterns += len;
		patterns += strspn(patterns, ", \t\n");
	}
	return false;
}

const char *image_default_tag(const char *name)
{
	const char *last = strrchr(name, '/');

	return strpbrk(last ? last : name, ":@") ? NULL : "latest";
}
