#include "server/keypair.h"

#include <stdbool.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "util/gettext.h"

#define KEY_TYPE "ecdsa-sha2-nistp256"
#define CURVE    "nistp256"

enum { POINT_SIZE = 65 }; /* uncompressed: 4, x, y */

DEFINE_CLEANUP(pkey, EVP_PKEY *, EVP_PKEY_free)
DEFINE_CLEANUP(bio, BIO *, BIO_free_all)

/* A string of the ssh protocol (RFC 4251, 5). */
static void add_string(struct strbuf *sb, const void *data, size_t len)
{
	const unsigned char size[] = {0, 0, (unsigned char)(len >> 8), (unsigned char)len};

	strbuf_add(sb, size, sizeof(size));
	strbuf_add(sb, data, len);
}

static void add_base64(struct strbuf *sb, const struct strbuf *bytes)
{
	size_t len = (bytes->len + 2) / 3 * 4;

	strbuf_grow(sb, len);
	EVP_EncodeBlock((unsigned char *)sb->buf + sb->len, (const unsigned char *)bytes->buf,
			(int)bytes->len);
	strbuf_setlen(sb, sb->len + len);
}

static bool add_public(struct strbuf *sb, EVP_PKEY *key)
{
	cleanup_strbuf struct strbuf blob = STRBUF_INIT;
	unsigned char point[POINT_SIZE];
	size_t len;

	if (!EVP_PKEY_set_utf8_string_param(key, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
					    OSSL_PKEY_EC_POINT_CONVERSION_FORMAT_UNCOMPRESSED) ||
	    !EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point),
					     &len) ||
	    len != sizeof(point))
		return false;
	add_string(&blob, KEY_TYPE, strlen(KEY_TYPE));
	add_string(&blob, CURVE, strlen(CURVE));
	add_string(&blob, point, len);
	strbuf_addstr(sb, KEY_TYPE " ");
	add_base64(sb, &blob);
	return true;
}

static bool add_secret(struct strbuf *sb, const EVP_PKEY *key)
{
	cleanup(bio_cleanup) BIO *bio = BIO_new(BIO_s_secmem());
	const char *text;
	long len;

	if (!bio || !PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL))
		return false;
	len = BIO_get_mem_data(bio, &text);
	if (len <= 0)
		return false;
	strbuf_grow(sb, (size_t)len); /* no copy of it stays behind */
	strbuf_add(sb, text, (size_t)len);
	return true;
}

int keypair_make(struct keypair *pair, struct jci_error *err)
{
	cleanup(pkey_cleanup) EVP_PKEY *key = EVP_EC_gen("P-256");

	if (!key || !add_public(&pair->public, key) || !add_secret(&pair->secret, key))
		return jci_error_set(err, JCI_EFAIL, _("cannot make a key pair"));
	return 0;
}

void keypair_release(struct keypair *pair)
{
	OPENSSL_cleanse(pair->secret.buf, pair->secret.len);
	strbuf_release(&pair->secret);
	strbuf_release(&pair->public);
}
