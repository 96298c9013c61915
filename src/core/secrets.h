/*
 * Masking of secrets in a text that comes piece by piece. Every byte that is part of an occurrence
 * of a secret is left out, and each stretch of such bytes becomes one `***`: of occurrences that
 * overlap or touch nothing remains. Where the text is cut into pieces makes no difference.
 *
 * The text is looked through in steps nearly as long as the shortest secret, whatever their number
 * (S. Wu, U. Manber: A fast algorithm for multi-pattern searching, 1994, with blocks of two bytes).
 */
#ifndef JCI_CORE_SECRETS_H
#define JCI_CORE_SECRETS_H

#include "util/cleanup.h"
#include "util/strbuf.h"

/* Shorter ones are not looked for: that would spoil the log and hide nothing. */
enum { JCI_SECRET_MIN = 4 };

struct jci_secrets;

/* `list` ends with NULL and is copied; NULL where nothing in it is long enough. */
struct jci_secrets *jci_secrets_new(const char *const *list);
/* Overwrites its copies. */
void jci_secrets_free(struct jci_secrets *s);
DEFINE_CLEANUP(secrets, struct jci_secrets *, jci_secrets_free)
#define cleanup_secrets cleanup(secrets_cleanup)

/*
 * Appends what is known of the text so far; its end is kept back as long as it may be the beginning
 * of a secret, so at most the longest secret less one byte.
 */
void jci_secrets_feed(struct jci_secrets *s, struct strbuf *out, const char *data, size_t len);
/* Appends what was kept back; another text may follow. */
void jci_secrets_end(struct jci_secrets *s, struct strbuf *out);

/* A whole text, in its place. `s` may be NULL. */
void jci_secrets_mask(struct jci_secrets *s, struct strbuf *text);

#endif
