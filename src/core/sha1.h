/*
 * SHA-1 by libcrypto, several times with one context. After jci_sha1_new() only memory can be
 * short, which ends the program (util/alloc.h).
 */
#ifndef JCI_CORE_SHA1_H
#define JCI_CORE_SHA1_H

#include <stddef.h>

#include "util/cleanup.h"

enum { JCI_SHA1_SIZE = 20 };

struct jci_sha1;

/* NULL: this libcrypto has no SHA-1. */
struct jci_sha1 *jci_sha1_new(void);
void jci_sha1_free(struct jci_sha1 *s);

/* Begins anew, whatever was added before. */
void jci_sha1_begin(struct jci_sha1 *s);
void jci_sha1_add(struct jci_sha1 *s, const void *data, size_t len);
void jci_sha1_end(struct jci_sha1 *s, unsigned char *hash);

#endif
