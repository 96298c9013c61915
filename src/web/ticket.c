#include "web/ticket.h"

#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "util/alloc.h"
#include "util/cleanup.h"

void web_ticket_key_init(struct web_ticket_key *key)
{
	if (RAND_bytes(key->bytes, sizeof(key->bytes)) != 1)
		out_of_memory(); /* the kernel always has random bytes */
}

/* The first half of HMAC-SHA-256 (RFC 2104). */
void web_ticket_make(const struct web_ticket_key *key, const char *commit, const char *run,
		     char ticket[WEB_TICKET_SIZE])
{
	cleanup_free char *what = xasprintf("%s/%s", commit, run);
	unsigned char hash[EVP_MAX_MD_SIZE];
	size_t len = 0;

	if (!EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, key->bytes, sizeof(key->bytes),
		       (const unsigned char *)what, strlen(what), hash, sizeof(hash), &len))
		out_of_memory();
	for (size_t i = 0; i < WEB_TICKET_SIZE / 2; i++)
		snprintf(ticket + 2 * i, 3, "%02x", hash[i]);
}

bool web_ticket_is_good(const struct web_ticket_key *key, const char *commit, const char *run,
			const char *ticket)
{
	char right[WEB_TICKET_SIZE];

	web_ticket_make(key, commit, run, right);
	return strlen(ticket) == strlen(right) && CRYPTO_memcmp(ticket, right, strlen(right)) == 0;
}
