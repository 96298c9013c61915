#include "web/respond.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/sha1.h"
#include "util/alloc.h"
#include "web/gzip.h"

enum { GZIP_MIN = 1024 };

static const char *policy_text(enum web_policy policy)
{
	switch (policy) {
	case WEB_POLICY_PAGE:
		return "default-src 'none'; script-src 'self'; style-src 'self'; "
		       "img-src 'self' data:; connect-src 'self'; frame-src 'self'; "
		       "base-uri 'self'; form-action 'none'; frame-ancestors 'none'";
	case WEB_POLICY_ARTIFACT:
		return "default-src 'none'; sandbox; style-src 'unsafe-inline'; "
		       "img-src 'self' data:; media-src 'self'; font-src data:; "
		       "base-uri 'none'; form-action 'none'; frame-ancestors 'self'";
	case WEB_POLICY_VIEW:
		return "default-src 'none'; sandbox; style-src 'self' 'unsafe-inline'; "
		       "img-src 'self' data:; media-src 'self'; font-src 'self' data:; "
		       "base-uri 'none'; form-action 'none'; frame-ancestors 'self'";
	case WEB_POLICY_IMAGE:
		return "default-src 'none'; style-src 'unsafe-inline'";
	default:
		return "default-src 'none'; frame-ancestors 'none'";
	}
}

/* ---- validators (RFC 9110, 8.8.3 and 13.1.2) ---- */

/* Whether a list of quoted tags has this one; weak ones count, `*` fits any. */
static bool has_tag(const char *list, const char *etag)
{
	const size_t len = strlen(etag);

	for (const char *p = list; (p = strchr(p, '"')); p++) {
		const char *end = strchr(++p, '"');

		if (!end)
			return false;
		if ((size_t)(end - p) == len && memcmp(p, etag, len) == 0)
			return true;
		p = end;
	}
	return strcmp(list, "*") == 0;
}

static bool is_known(const struct web_request *rq, const char *etag)
{
	const char *list = http_header(rq->http, "If-None-Match");

	return etag && *etag && list && has_tag(list, etag);
}

/* ---- headers ---- */

bool respond_headers(struct web_request *rq, const struct web_answer *a)
{
	cleanup_free char *etag =
		a->etag ? xasprintf(a->strong ? "\"%s\"" : "W/\"%s\"", a->etag) : NULL;

	http_add_header(rq->http, "Content-Security-Policy", policy_text(a->policy));
	http_add_header(rq->http, "X-Content-Type-Options", "nosniff");
	http_add_header(rq->http, "Cross-Origin-Resource-Policy",
			a->policy == WEB_POLICY_VIEW || a->policy == WEB_POLICY_IMAGE
				? "cross-origin"
				: "same-origin");
	http_add_header(rq->http, "Referrer-Policy", "no-referrer");
	http_add_header(rq->http, "Cache-Control",
			a->immutable ? "private, max-age=31536000, immutable" : "no-cache");
	if (a->etag && *a->etag)
		http_add_header(rq->http, "ETag", etag);
	if (is_known(rq, a->etag)) {
		http_respond(rq->http, 304, "", 0);
		return true;
	}
	http_add_header(rq->http, "Content-Type", a->type);
	return false;
}

bool respond_takes_gzip(const struct web_request *rq)
{
	const char *list = http_header(rq->http, "Accept-Encoding");

	for (const char *p = list; p && *p; p += strcspn(p, ","), p += *p == ',') {
		p += strspn(p, " \t");
		if (strncasecmp(p, "gzip", 4) == 0 && strchr(" \t,;", p[4])) {
			const char *q = p + 4 + strspn(p + 4, " \t;");

			/* "q=0", "q=0.0": anything but */
			if (strncasecmp(q, "q=0", 3) != 0)
				return true;
			return q[3] == '.' && strcspn(q + 4, "123456789") < strcspn(q + 4, ",");
		}
	}
	return false;
}

int respond_text(struct web_request *rq, const struct web_answer *a, const char *text, size_t len)
{
	const unsigned status = a->status ? a->status : 200;
	cleanup_strbuf struct strbuf gz = STRBUF_INIT;

	http_add_header(rq->http, "Vary", "Accept-Encoding");
	if (respond_headers(rq, a))
		return 0;
	if (len < GZIP_MIN || !respond_takes_gzip(rq)) {
		http_respond(rq->http, status, text, len);
		return 0;
	}
	gzip_add(&gz, text, len, GZIP_FAST);
	http_add_header(rq->http, "Content-Encoding", "gzip");
	http_respond(rq->http, status, gz.buf, gz.len);
	return 0;
}

void respond_hash(char hex[RESPOND_HASH_SIZE], const void *data, size_t len)
{
	struct jci_sha1 *sha1 = jci_sha1_new();
	unsigned char hash[JCI_SHA1_SIZE];

	*hex = '\0';
	if (!sha1)
		return;
	jci_sha1_begin(sha1);
	jci_sha1_add(sha1, data, len);
	jci_sha1_end(sha1, hash);
	jci_sha1_free(sha1);
	for (size_t i = 0; i < sizeof(hash); i++)
		snprintf(hex + 2 * i, 3, "%02x", hash[i]);
}

int respond_json(struct web_request *rq, const cJSON *json)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	char etag[RESPOND_HASH_SIZE];
	const struct web_answer answer = {.type = "application/json", .etag = etag};

	json_print(&text, json, false);
	respond_hash(etag, text.buf, text.len);
	return respond_text(rq, &answer, text.buf, text.len);
}

int respond_error(struct web_request *rq, unsigned status, const char *message)
{
	cleanup_json cJSON *json = cJSON_CreateObject();
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	const struct web_answer answer = {.status = status, .type = "application/json"};

	json_set_bytes(json, "error", message, strlen(message));
	json_print(&text, json, false);
	return respond_text(rq, &answer, text.buf, text.len);
}
