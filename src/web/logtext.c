#include "web/logtext.h"

#include "util/text.h"
#include "web/find.h"

void web_add_log_text(struct strbuf *sb, const char *bytes, size_t len)
{
	const char *end = bytes + len, *nul;

	while ((nul = memchr(bytes, '\0', (size_t)(end - bytes)))) {
		text_add_utf8(sb, bytes, (size_t)(nul - bytes));
		strbuf_addstr(sb, "\xef\xbf\xbd");
		bytes = nul + 1;
	}
	text_add_utf8(sb, bytes, (size_t)(end - bytes));
}

void web_set_end(cJSON *json, const struct jci_record *run)
{
	json_set_string(json, "status", web_status_name(run->status));
	json_set_string(json, "reason", jci_reason_name(run->reason));
	if (run->duration_us >= 0)
		json_set_number(json, "duration", (double)run->duration_us / 1e6);
	else
		json_set_string(json, "duration", NULL);
	if (run->exit_status >= 0)
		json_set_number(json, "exitStatus", run->exit_status);
	else
		json_set_string(json, "exitStatus", NULL);
}
