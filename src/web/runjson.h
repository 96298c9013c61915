/* A run as the lists of the API have it. */
#ifndef JCI_WEB_RUNJSON_H
#define JCI_WEB_RUNJSON_H

#include "core/record.h"

/* "runId", "status", "ref" as the Go program; and what a list shows besides. */
cJSON *web_run_json(const struct jci_record *r);
/* The same as text, without a newline. */
void web_run_add_json(struct strbuf *sb, const struct jci_record *r);

#endif
