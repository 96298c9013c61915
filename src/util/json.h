/*
 * JSON by cJSON, with what every user of it here needs: cleanup, member access that can't be
 * fooled by a wrong type, and text that need not be UTF-8.
 */
#ifndef JCI_UTIL_JSON_H
#define JCI_UTIL_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "util/cleanup.h"
#include "util/error.h"
#include "util/strbuf.h"

DEFINE_CLEANUP(json, cJSON *, cJSON_Delete)
#define cleanup_json cleanup(json_cleanup)

/* Parses a whole text: trailing bytes other than white space, and nesting past 32, are errors. */
int json_parse(cJSON **out, const char *text, size_t len, struct jci_error *err);

/* Members; NULL, `fallback` or false where it is absent or of another type. Borrowed. */
const char *json_string(const cJSON *object, const char *key);
bool json_number(const cJSON *object, const char *key, double *out);
bool json_bool(const cJSON *object, const char *key, bool fallback);

void json_set_string(cJSON *object, const char *key, const char *value); /* NULL: null */
void json_set_number(cJSON *object, const char *key, double value);
void json_set_bool(cJSON *object, const char *key, bool value);
/*
 * Bytes of a name: KEY holds them as text with wrong bytes as U+FFFD, and where that lost
 * something KEY + "Base64" holds the bytes themselves (RFC 4648).
 */
void json_set_bytes(cJSON *object, const char *key, const char *bytes, size_t len);
/* The bytes of such a pair of members; false where neither is there. */
bool json_get_bytes(const cJSON *object, const char *key, struct strbuf *out);

/* RFC 4648, with padding. The caller frees it. */
char *base64_encode(const char *bytes, size_t len);

/* Appends the text of `value`: indented for people, or in one line; a newline at the end. */
void json_print(struct strbuf *sb, const cJSON *value, bool pretty);
/* Appends JSON for a <script> of HTML: '<' is escaped, so that nothing in it ends that. */
void json_add_for_html(struct strbuf *sb, const char *json, size_t len);

#endif
