/* The texts of the page, which is translated as the rest of the program is. */
#ifndef JCI_WEB_STRINGS_H
#define JCI_WEB_STRINGS_H

#include "util/strbuf.h"

/*
 * Appends a JSON object in UTF-8, {"text": "translation", ...}, with those texts that this locale
 * has other words for. It may stand in a <script> element of HTML.
 */
void web_strings_add(struct strbuf *sb);
/* The language that the translations are in (BCP 47), "en" without any. */
const char *web_strings_language(void);

#endif
