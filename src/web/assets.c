#include "web/assets.h"

#include <stdio.h>
#include <string.h>

#include <zlib.h>

#include "util/alloc.h"
#include "util/text.h"
#include "web/gzip.h"
#include "web/respond.h"
#include "web/routes.h"
#include "web/strings.h"

#include "src/web/assets.inc" /* asset_NAME[], and the table `assets` */

/*
 * Of all files, in hexadecimal digits: it is part of their addresses, which therefore never have
 * other bytes. A checksum will do against chance, and is there in whatever mode libcrypto is.
 */
static char version[9];

static void make_version(void)
{
	uLong crc = crc32(0, Z_NULL, 0);

	for (size_t i = 0; i < ARRAY_SIZE(assets); i++)
		crc = crc32_z(crc, assets[i].data, assets[i].size);
	snprintf(version, sizeof(version), "%08lx", crc);
}

static void add_mark(struct web_asset *page, struct strbuf *text, const char *mark, size_t len,
		     const char *base)
{
	if (len == 4 && memcmp(mark, "base", len) == 0)
		text_add_html(text, base, strlen(base));
	else if (len == 7 && memcmp(mark, "version", len) == 0)
		strbuf_addstr(text, version);
	else if (len == 4 && memcmp(mark, "lang", len) == 0)
		strbuf_addstr(text, web_strings_language());
	else if (len == 7 && memcmp(mark, "strings", len) == 0)
		web_strings_add(text);
	else if (len == 7 && memcmp(mark, "commits", len) == 0)
		page->gap = text->len;
}

/* The page with what its {{marks}} stand for; for the rest of the program's life. */
static void fill_page(struct web_asset *page, const char *base)
{
	struct strbuf text = STRBUF_INIT;
	const char *at = (const char *)page->data, *end = at + page->size, *mark, *close;

	while ((mark = memmem(at, (size_t)(end - at), "{{", 2)) &&
	       (close = memmem(mark, (size_t)(end - mark), "}}", 2))) {
		strbuf_add(&text, at, (size_t)(mark - at));
		add_mark(page, &text, mark + 2, (size_t)(close - mark - 2), base);
		at = close + 2;
	}
	strbuf_add(&text, at, (size_t)(end - at));
	page->data = (const unsigned char *)strbuf_detach(&text, &page->size);
}

void web_assets_init(const char *base)
{
	if (!*version)
		make_version();
	for (size_t i = 0; i < ARRAY_SIZE(assets); i++) {
		struct web_asset *asset = &assets[i];

		if (asset->gz.len) /* from an earlier start */
			continue;
		if (strcmp(asset->name, "index.html") == 0)
			fill_page(asset, base);
		asset->gz = (struct strbuf)STRBUF_INIT;
		gzip_add(&asset->gz, asset->data, asset->size, GZIP_SMALL);
		respond_hash(asset->etag, asset->data, asset->size);
	}
}

const struct web_asset *web_asset_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(assets); i++)
		if (strcmp(assets[i].name, name) == 0)
			return &assets[i];
	return NULL;
}

static const char *type_of(const char *name)
{
	static const struct {
		const char *end, *type;
	} types[] = {
		{".html", "text/html; charset=utf-8"},
		{".css", "text/css; charset=utf-8"},
		{".js", "text/javascript; charset=utf-8"},
		{".svg", "image/svg+xml"},
		{".png", "image/png"},
		{".json", "application/json"},
	};
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; dot && i < ARRAY_SIZE(types); i++)
		if (strcmp(types[i].end, dot) == 0)
			return types[i].type;
	return "application/octet-stream";
}

static bool serve(struct web_request *rq, const struct web_asset *asset, bool immutable)
{
	bool gz = asset->gz.len < asset->size && respond_takes_gzip(rq);
	const struct web_answer answer = {
		.type = type_of(asset->name),
		.policy = WEB_POLICY_PAGE,
		.etag = asset->etag,
		.immutable = immutable,
	};

	http_add_header(rq->http, "Vary", "Accept-Encoding");
	if (respond_headers(rq, &answer))
		return true;
	if (gz)
		http_add_header(rq->http, "Content-Encoding", "gzip");
	http_respond_shared(rq->http, 200, gz ? (const void *)asset->gz.buf : asset->data,
			    gz ? asset->gz.len : asset->size, NULL, NULL);
	return true;
}

bool bare_page(struct web_request *rq)
{
	return serve(rq, web_asset_find("index.html"), false);
}

static bool serve_named(struct web_request *rq, const char *name, bool immutable)
{
	const struct web_asset *asset = web_asset_find(name);

	if (asset)
		return serve(rq, asset, immutable);
	respond_error(rq, 404, "no such file");
	return true;
}

bool quick_asset(struct web_request *rq)
{
	return serve_named(rq, rq->args[0].s, false);
}

/* A page of an earlier server gets what there is now. */
bool quick_versioned_asset(struct web_request *rq)
{
	return serve_named(rq, rq->args[1].s, strcmp(rq->args[0].s, version) == 0);
}
