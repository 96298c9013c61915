#include "core/sha1.h"

#include <openssl/evp.h>

#include "util/alloc.h"

struct jci_sha1 {
	EVP_MD *md; /* fetched once: to fetch takes longer than to hash a small file */
	EVP_MD_CTX *ctx;
};

struct jci_sha1 *jci_sha1_new(void)
{
	EVP_MD *md = EVP_MD_fetch(NULL, "SHA1", NULL);
	struct jci_sha1 *s;

	if (!md)
		return NULL;
	s = xmalloc(sizeof(*s));
	s->md = md;
	s->ctx = EVP_MD_CTX_new();
	if (!s->ctx)
		out_of_memory();
	return s;
}

void jci_sha1_free(struct jci_sha1 *s)
{
	if (!s)
		return;
	EVP_MD_CTX_free(s->ctx);
	EVP_MD_free(s->md);
	free(s);
}

void jci_sha1_begin(struct jci_sha1 *s)
{
	if (EVP_DigestInit_ex2(s->ctx, s->md, NULL) != 1)
		out_of_memory();
}

void jci_sha1_add(struct jci_sha1 *s, const void *data, size_t len)
{
	if (EVP_DigestUpdate(s->ctx, data, len) != 1)
		out_of_memory();
}

void jci_sha1_end(struct jci_sha1 *s, unsigned char *hash)
{
	if (EVP_DigestFinal_ex(s->ctx, hash, NULL) != 1)
		out_of_memory();
}
