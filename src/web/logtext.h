/* How logs and their runs look in JSON. */
#ifndef JCI_WEB_LOGTEXT_H
#define JCI_WEB_LOGTEXT_H

#include "core/record.h"

/* Bytes of a log as text: wrong ones, and NUL, which no string here can have, are U+FFFD. */
void web_add_log_text(struct strbuf *sb, const char *bytes, size_t len);
/* What became of a run: "status" (a word of the API), "reason", "duration", "exitStatus". */
void web_set_end(cJSON *json, const struct jci_record *run);
#endif
