/*
 * The files of the page, src/web/assets/, which are part of the program: assets.inc is made of them
 * by a rule of Makefile.am, the modules of the first screen as one, app.js: a browser takes some
 * milliseconds for each of them, however small.
 *
 * The page has them by addresses of their version, /assets/VERSION/NAME, of which a browser never
 * asks again; /assets/NAME is what there is now.
 */
#ifndef JCI_WEB_ASSETS_H
#define JCI_WEB_ASSETS_H

#include "util/strbuf.h"

struct web_asset {
	const char *name;
	const unsigned char *data;
	size_t size;
	size_t gap; /* of index.html: where page.c adds the first commits */
	char etag[41];
	struct strbuf gz; /* empty where it would not be smaller */
};

/*
 * Compresses and names them; before the first request. In index.html {{base}} becomes the base path
 * ("": none), {{version}} that of all files, {{lang}} and {{strings}} what web/strings.h has,
 * {{commits}} the gap.
 */
void web_assets_init(const char *base);
/* NULL: there is none of that name. */
const struct web_asset *web_asset_find(const char *name);

#endif
