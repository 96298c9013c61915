#include "server/wishes.h"

#include <string.h>

#include "util/gettext.h"
#include "util/text.h"

enum { MAX_LABEL = 64, MAX_IMAGE = 255, MAX_SHOWN = 40 };

static void add_shown(struct strbuf *sb, const char *s, size_t len)
{
	text_add_safe(sb, s, len > MAX_SHOWN ? utf8_whole(s, MAX_SHOWN) : len);
}

static size_t count_until(const char *s, size_t len, const char *set, bool in)
{
	size_t n = 0;

	while (n < len && (s[n] && strchr(set, s[n]) != NULL) != in)
		n++;
	return n;
}

static bool is_label(const char *s, size_t len)
{
	static const char chars[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789._-";

	return len <= MAX_LABEL && count_until(s, len, chars, false) == len;
}

static bool add_labels(struct strbuf *labels, const char *line, size_t len, int number,
		       struct strbuf *why)
{
	cleanup_strbuf struct strbuf shown = STRBUF_INIT;

	for (;;) {
		size_t blanks = count_until(line, len, " \t\r", false), n;

		line += blanks;
		len -= blanks;
		if (len == 0)
			return true;
		n = count_until(line, len, " \t\r", true);
		if (!is_label(line, n))
			break;
		if (labels->len > 0)
			strbuf_addch(labels, ' ');
		strbuf_add(labels, line, n);
		line += n;
		len -= n;
	}
	add_shown(&shown, line, count_until(line, len, " \t\r", true));
	strbuf_addf(why,
		    _("'%s', line %d: '%s' is not a label (letters, digits and '._-', up to %d)"),
		    WISHES_RUNNER, number, shown.buf, MAX_LABEL);
	return false;
}

bool wishes_labels(struct strbuf *labels, const char *text, size_t len, struct strbuf *why)
{
	const char *end = text + len;

	for (int number = 1; text < end; number++) {
		size_t line = count_until(text, (size_t)(end - text), "\n", true);

		if (!add_labels(labels, text, count_until(text, line, "#", true), number, why))
			return false;
		text += line + (text + line < end);
	}
	return true;
}

bool wishes_image(struct strbuf *image, const char *text, size_t len, struct strbuf *why)
{
	cleanup_strbuf struct strbuf shown = STRBUF_INIT;
	size_t blanks, n;

	len = count_until(text, len, "\n", true);
	blanks = count_until(text, len, " \t\r", false);
	text += blanks;
	len -= blanks;
	while (len > 0 && strchr(" \t\r", text[len - 1]))
		len--;
	for (n = 0; n < len && text[n] > ' ' && text[n] <= '~'; n++)
		;
	if (len > 0 && len <= MAX_IMAGE && n == len) {
		strbuf_add(image, text, len);
		return true;
	}
	add_shown(&shown, text, len);
	strbuf_addf(why,
		    _("'%s': '%s' is not the name of an image (up to %d characters, no blanks)"),
		    WISHES_IMAGE, shown.buf, MAX_IMAGE);
	return false;
}
