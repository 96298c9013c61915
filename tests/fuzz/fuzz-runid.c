/* What is taken for a run id comes out again as it was; nothing else has that form. */
#include "core/runid.h"

#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"
#include "util/cleanup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
	if (!ok)
		abort();
}

/* By the words of the header, without arithmetic: digits, '-', four lower case hexadecimal digits.
 */
static bool has_form(const char *s, size_t len)
{
	static const char max[] = "9223372036854775807";
	size_t digits = 0;

	while (digits < len && s[digits] >= '0' && s[digits] <= '9')
		digits++;
	if (digits == 0 || (digits > 1 && s[0] == '0') || len != digits + 5 || s[digits] != '-')
		return false;
	for (size_t i = digits + 1; i < len; i++)
		if (!memchr("0123456789abcdef", s[i], 16))
			return false;
	return digits < strlen(max) || (digits == strlen(max) && memcmp(s, max, digits) <= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* A copy of its own size, so that reading behind it is seen. */
	cleanup_free char *s = xmalloc(size > 0 ? size : 1);
	char text[JCI_RUN_ID_SIZE];
	struct jci_run_id id, again;

	if (size > 0)
		memcpy(s, data, size);
	check(jci_run_id_parse(&id, s, size) == has_form(s, size));
	if (!has_form(s, size))
		return 0;
	jci_run_id_format(text, &id);
	check(strlen(text) == size && memcmp(text, s, size) == 0);
	check(jci_run_id_parse(&again, text, size) && jci_run_id_cmp(&id, &again) == 0);
	check(id.seconds >= 0 && jci_run_id_us(&id) >= 0);
	return 0;
}
