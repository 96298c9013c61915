/*
 * What an artifact is, judged by its name and mode: the word that the API has for it, and how a
 * browser is told to take it. What the bytes are nobody promises, so a browser must not guess
 * either (nosniff).
 */
#ifndef JCI_WEB_KIND_H
#define JCI_WEB_KIND_H

#include <stdbool.h>

struct web_kind {
	const char *name; /* text, image, html, markdown, junit, tap, log, link, binary */
	const char *type; /* media type */
	bool viewable;    /* shown rather than saved */
};

const struct web_kind *web_kind_of(const char *path, unsigned mode);

#endif
