/*
 * Key pairs for ssh: ECDSA on the curve P-256, which every Gitea and every ssh takes. The private
 * half is PEM (PKCS #8, RFC 5208), the public one a line as in authorized_keys (sshd(8); RFC 5656,
 * 3.1).
 */
#ifndef JCI_SERVER_KEYPAIR_H
#define JCI_SERVER_KEYPAIR_H

#include "util/error.h"
#include "util/strbuf.h"

struct keypair {
	struct strbuf secret, public;
};
#define KEYPAIR_INIT                     \
	{                                \
		STRBUF_INIT, STRBUF_INIT \
	}
int keypair_make(struct keypair *pair, struct jci_error *err);
/* Overwrites the secret. */
void keypair_release(struct keypair *pair);
#define cleanup_keypair cleanup(keypair_release)

#endif
