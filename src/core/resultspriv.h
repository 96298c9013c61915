/* What the readers of the formats share; see core/results.h. */
#ifndef JCI_CORE_RESULTSPRIV_H
#define JCI_CORE_RESULTSPRIV_H

#include "core/results.h"
#include "util/strbuf.h"

/* Bytes of a name and of a message that are kept. */
enum { JCI_RESULT_NAME_MAX = 4 * 1024, JCI_RESULT_MESSAGE_MAX = 64 * 1024 };

/*
 * Adds a test, which has no message and no duration yet; NULL where there are JCI_RESULTS_MAX of
 * them. Valid until the next call.
 */
struct jci_result *jci_results_add(struct jci_results *results, enum jci_result_kind kind,
				   const char *name, size_t len, uint64_t line);
/* The first bytes of sb as a string of its own; NULL where there is nothing but white space. */
char *jci_results_message(const struct strbuf *sb);
/* The message for too many tests. */
int jci_results_too_many(struct jci_error *err);

int jci_results_parse_junit(struct jci_results *results, const char *data, size_t len,
			    struct jci_error *err);
int jci_results_parse_tap(struct jci_results *results, const char *data, size_t len,
			  struct jci_error *err);

#endif
