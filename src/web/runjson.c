#include "web/runjson.h"

#include <string.h>

#include "web/find.h"

cJSON *web_run_json(const struct jci_record *r)
{
	cJSON *json = cJSON_CreateObject();
	cleanup_strbuf struct strbuf ref = STRBUF_INIT;
	char id[JCI_RUN_ID_SIZE];

	jci_run_id_format(id, &r->ref.id);
	jci_ref_name(&ref, &r->ref);
	json_set_string(json, "runId", id);
	json_set_string(json, "status", web_status_name(r->status));
	json_set_string(json, "ref", jci_record_is_stored(r) ? ref.buf : NULL);
	json_set_string(json, "reason", r->reason ? jci_reason_name(r->reason) : NULL);
	json_set_number(json, "start", (double)r->start_us / 1e6);
	if (r->duration_us >= 0)
		json_set_number(json, "duration", (double)r->duration_us / 1e6);
	else
		json_set_string(json, "duration", NULL);
	json_set_string(json, "trigger", r->trigger);
	json_set_string(json, "host", r->host);
	json_set_bool(json, "dirty", r->dirty);
	return json;
}

void web_run_add_json(struct strbuf *sb, const struct jci_record *r)
{
	cleanup_json cJSON *json = web_run_json(r);

	json_print(sb, json, false);
	strbuf_setlen(sb, sb->len - 1);
}
