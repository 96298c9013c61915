/* What the readers of the formats share; see tui/results.h. */
#ifndef JCI_TUI_RESULTSPRIV_H
#define JCI_TUI_RESULTSPRIV_H

#include "tui/results.h"
#include "util/strbuf.h"

/* Bytes of a name and of a message that are kept. */
enum { RESULT_NAME_MAX = 4 * 1024, RESULT_MESSAGE_MAX = 64 * 1024 };

/*
 * Adds a test, which has no message and no duration yet; NULL where there are RESULTS_MAX of them.
 * Valid until the next call.
 */
struct result *results_add(struct results *results, enum result_kind kind, const char *name,
			   size_t len, uint64_t line);
/* The first bytes of sb as a string of its own; NULL where there is nothing but white space. */
char *results_message(const struct strbuf *sb);
/* The message for too many tests. */
int results_too_many(struct jci_error *err);

int results_parse_junit(struct results *results, const char *data, size_t len,
			struct jci_error *err);
int results_parse_tap(struct results *results, const char *data, size_t len, struct jci_error *err);

#endif
