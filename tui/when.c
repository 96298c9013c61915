#include "tui/when.h"

#include <string.h>

#include "util/clock.h"
#include "util/gettext.h"
#include "util/text.h"

enum { LOCAL_MINUTES = 16 /* of "2026-11-23 20:49:46 +0000" */ };

static void add_age(struct strbuf *sb, int64_t seconds)
{
	static const struct {
		long below, unit;
		const char *name;
	} steps[] = {
		{60, 1, "s"},
		{3600, 60, "m"},
		{86400, 3600, "h"},
		{14 * 86400, 86400, "d"},
		{9 * 7 * 86400, 7 * 86400, "w"},
		{31556952, 2629746, "mo"}, /* of the Gregorian calendar */
		{0, 31556952, "y"},
	};
	size_t i = 0;

	while (steps[i].below && seconds >= steps[i].below)
		i++;
	strbuf_addf(sb, "%ld%s", (long)(seconds / steps[i].unit), steps[i].name);
}

void when_add(struct strbuf *sb, enum tui_dates dates, int64_t us, int64_t now_us)
{
	size_t start = sb->len;

	if (!us)
		return;
	if (dates == DATES_ISO) {
		time_add_local(sb, us);
		if (sb->len - start > LOCAL_MINUTES)
			strbuf_setlen(sb, start + LOCAL_MINUTES);
	} else if (now_us - us < 1000000) {
		strbuf_addstr(sb, _("now"));
	} else {
		add_age(sb, (now_us - us) / 1000000);
	}
}

int when_width(enum tui_dates dates)
{
	const char *now = _("now");
	int width = (int)text_width(now, strlen(now));

	if (dates == DATES_ISO)
		return LOCAL_MINUTES;
	return width < 4 ? 4 : width;
}
