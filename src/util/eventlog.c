#include "util/eventlog.h"

#include <string.h>

#include "util/clock.h"
#include "util/io.h"
#include "util/json.h"
#include "util/strbuf.h"
#include "util/text.h"

static void add_json_text(struct strbuf *sb, const char *text)
{
	cleanup_strbuf struct strbuf utf8 = STRBUF_INIT;
	cleanup_json cJSON *value = NULL;

	text_add_utf8(&utf8, text, strlen(text));
	value = cJSON_CreateString(utf8.buf);
	json_print(sb, value, false);
	strbuf_setlen(sb, sb->len - 1); /* its newline */
}

/* Whether it can stand behind '=' as it is. */
static bool is_plain(const char *text)
{
	for (; *text; text++)
		if (*text <= ' ' || *text > '~' || *text == '"' || *text == '\\')
			return false;
	return true;
}

static void add_field(struct strbuf *sb, const struct event_field *f)
{
	strbuf_addf(sb, " %s=", f->name);
	if (!f->text)
		strbuf_addf(sb, "%lld", (long long)f->number);
	else if (is_plain(f->text))
		strbuf_addstr(sb, f->text);
	else
		add_json_text(sb, f->text);
}

static void add_json_field(struct strbuf *sb, const struct event_field *f)
{
	strbuf_addf(sb, ",\"%s\":", f->name);
	if (f->text)
		add_json_text(sb, f->text);
	else
		strbuf_addf(sb, "%lld", (long long)f->number);
}

void event_log_fields(const struct eventlog *log, const char *event,
		      const struct event_field *fields)
{
	cleanup_strbuf struct strbuf line = STRBUF_INIT;

	if (log->json)
		strbuf_addstr(&line, "{\"time\":\"");
	time_add_rfc3339(&line, clock_now_us());
	strbuf_addf(&line, log->json ? "\",\"event\":\"%s\"" : " %s", event);
	for (; fields->name; fields++) {
		if (fields->text && !*fields->text)
			continue;
		if (log->json)
			add_json_field(&line, fields);
		else
			add_field(&line, fields);
	}
	strbuf_addstr(&line, log->json ? "}\n" : "\n");
	/* Nobody is left to be told that it can't be told. */
	(void)!write_full(log->fd, line.buf, line.len);
}
