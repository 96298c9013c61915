/*
 * Untrusted XML, read by expat from its beginning to its end: memory grows with the largest token,
 * not with the document. One that declares entities is refused before any of them is used, nothing
 * outside of it is read, and elements within each other are bounded.
 */
#ifndef JCI_CORE_XML_H
#define JCI_CORE_XML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/error.h"

enum { JCI_XML_MAX_DEPTH = 64 };

struct jci_xml {
	void *ctx; /* of these, which may be NULL but for the first: */
	void (*begins)(void *ctx, const char *name, const char **attributes);
	void (*ends)(void *ctx, const char *name);
	void (*text)(void *ctx, const char *s, size_t len);
	/* While they are called: */
	int depth; /* elements around this one; 0: it is the document's */
	struct jci_error *err;
	void *parser;
};

/* JCI_EINVALID, and which line, where it is no XML or none that is read here. */
int jci_xml_read(struct jci_xml *xml, const char *data, size_t len, struct jci_error *err);

/* ---- for the functions that it calls ---- */

/* Nothing more is read. That is a failure if there is an error in xml->err, else none. */
void jci_xml_stop(struct jci_xml *xml);
/* From 1. */
uint64_t jci_xml_line(const struct jci_xml *xml);
/* NULL: it is not there. */
const char *jci_xml_attribute(const char **attributes, const char *name);
/* Whether that is the name of an element, with a namespace's prefix or not. */
bool jci_xml_is(const char *name, const char *which);

#endif
