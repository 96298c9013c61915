#include "util/json.h"

#include <limits.h>
#include <string.h>

#include <openssl/evp.h>

#include "util/alloc.h"
#include "util/gettext.h"
#include "util/text.h"

enum { MAX_NESTING = 32 };

/* Looked at before parsing, because cJSON recurses. */
static bool nests_too_deep(const char *text, size_t len)
{
	bool in_string = false;
	size_t depth = 0;

	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (in_string && c == '\\')
			i++;
		else if (c == '"')
			in_string = !in_string;
		else if (!in_string && (c == '[' || c == '{') && ++depth > MAX_NESTING)
			return true;
		else if (!in_string && (c == ']' || c == '}') && depth)
			depth--;
	}
	return false;
}

int json_parse(cJSON **out, const char *text, size_t len, struct jci_error *err)
{
	cleanup_json cJSON *value = NULL;
	const char *end = text;

	if (nests_too_deep(text, len))
		return jci_error_set(err, JCI_EINVALID, _("JSON nested more than %d levels deep"),
				     MAX_NESTING);
	value = cJSON_ParseWithLengthOpts(text, len, &end, false);
	if (!value)
		return jci_error_set(err, JCI_EINVALID, _("invalid JSON at byte %zu"),
				     (size_t)(end - text));
	for (; end < text + len; end++) {
		if (!*end || !strchr(" \t\r\n", *end))
			return jci_error_set(err, JCI_EINVALID,
					     _("unexpected text behind the JSON, at byte %zu"),
					     (size_t)(end - text));
	}
	*out = steal_ptr(value);
	return 0;
}

const char *json_string(const cJSON *object, const char *key)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
}

bool json_number(const cJSON *object, const char *key, double *out)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);

	if (!cJSON_IsNumber(item))
		return false;
	*out = item->valuedouble;
	return true;
}

bool json_bool(const cJSON *object, const char *key, bool fallback)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);

	return cJSON_IsBool(item) ? cJSON_IsTrue(item) : fallback;
}

static void set_item(cJSON *object, const char *key, cJSON *item)
{
	bool done;

	if (!item)
		out_of_memory();
	if (cJSON_GetObjectItemCaseSensitive(object, key))
		done = cJSON_ReplaceItemInObjectCaseSensitive(object, key, item);
	else
		done = cJSON_AddItemToObject(object, key, item);
	if (!done)
		out_of_memory();
}

void json_set_string(cJSON *object, const char *key, const char *value)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;

	if (!value) {
		set_item(object, key, cJSON_CreateNull());
		return;
	}
	text_add_utf8(&text, value, strlen(value));
	set_item(object, key, cJSON_CreateString(text.buf));
}

void json_set_number(cJSON *object, const char *key, double value)
{
	set_item(object, key, cJSON_CreateNumber(value));
}

void json_set_bool(cJSON *object, const char *key, bool value)
{
	set_item(object, key, cJSON_CreateBool(value));
}

char *base64_encode(const char *bytes, size_t len)
{
	char *text;

	if (len > INT_MAX / 2)
		out_of_memory();
	text = xmalloc((len + 2) / 3 * 4 + 1);
	EVP_EncodeBlock((unsigned char *)text, (const unsigned char *)bytes, (int)len);
	return text;
}

/* OpenSSL takes '=' for a digit and counts the padding, so both are looked at here. */
static bool base64_decode(struct strbuf *out, const char *text)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				     "0123456789+/";
	size_t len = strlen(text), padding = len - strspn(text, digits);
	int n;

	if (len % 4 || len > INT_MAX || padding > 2 || strspn(text + len - padding, "=") != padding)
		return false;
	strbuf_grow(out, len / 4 * 3);
	n = EVP_DecodeBlock((unsigned char *)out->buf + out->len, (const unsigned char *)text,
			    (int)len);
	if (n < 0)
		return false;
	strbuf_setlen(out, out->len + (size_t)n - padding);
	return true;
}

void json_set_bytes(cJSON *object, const char *key, const char *bytes, size_t len)
{
	cleanup_free char *base64_key = xasprintf("%sBase64", key), *base64 = NULL;
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	const char *nul;

	if (utf8_is_valid(bytes, len) && !memchr(bytes, 0, len)) {
		cJSON_DeleteItemFromObjectCaseSensitive(object, base64_key);
		strbuf_add(&text, bytes, len);
		set_item(object, key, cJSON_CreateString(text.buf));
		return;
	}
	base64 = base64_encode(bytes, len);
	for (; (nul = memchr(bytes, 0, len)); len -= (size_t)(nul + 1 - bytes), bytes = nul + 1) {
		text_add_utf8(&text, bytes, (size_t)(nul - bytes));
		text_add_utf8(&text, "\xff", 1);
	}
	text_add_utf8(&text, bytes, len);
	set_item(object, key, cJSON_CreateString(text.buf));
	set_item(object, base64_key, cJSON_CreateString(base64));
}

bool json_get_bytes(const cJSON *object, const char *key, struct strbuf *out)
{
	cleanup_free char *base64_key = xasprintf("%sBase64", key);
	const char *base64 = json_string(object, base64_key), *text = json_string(object, key);

	if (base64 && base64_decode(out, base64))
		return true;
	if (!text)
		return false;
	strbuf_addstr(out, text);
	return true;
}

void json_print(struct strbuf *sb, const cJSON *value, bool pretty)
{
	char *text = pretty ? cJSON_Print(value) : cJSON_PrintUnformatted(value);

	if (!text)
		out_of_memory();
	strbuf_addstr(sb, text);
	strbuf_addch(sb, '\n');
	cJSON_free(text);
}

void json_add_for_html(struct strbuf *sb, const char *json, size_t len)
{
	const char *end = json + len, *less;

	while ((less = memchr(json, '<', (size_t)(end - json)))) {
		strbuf_add(sb, json, (size_t)(less - json));
		strbuf_addstr(sb, "\\u003c");
		json = less + 1;
	}
	strbuf_add(sb, json, (size_t)(end - json));
}
