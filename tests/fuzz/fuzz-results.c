/*
 * Whatever is read as results of tests: names are there, messages are not empty, failed ones come
 * first, the counts are those of the list; what is refused leaves a message and no results.
 */
#include "core/results.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
	if (!ok)
		abort();
}

static void check_results(const struct jci_results *r, uint64_t lines)
{
	size_t count[4] = {0};

	check(r->n <= JCI_RESULTS_MAX);
	for (size_t i = 0; i < r->n; i++) {
		const struct jci_result *t = &r->items[i];

		check(t->name && (!t->message || *t->message));
		check(i == 0 || r->items[i - 1].kind <= t->kind);
		check(t->line >= 1 && t->line <= lines);
		check(t->seconds == -1 || t->seconds >= 0);
		count[t->kind]++;
	}
	check(memcmp(count, r->count, sizeof(count)) == 0);
}

static void read_as(enum jci_results_format format, const char *data, size_t size, uint64_t lines)
{
	cleanup_results struct jci_results results = {0};
	cleanup_error struct jci_error err = JCI_ERROR_INIT;

	if (jci_results_parse(&results, format, data, size, &err) == 0)
		check_results(&results, lines);
	else
		check(err.code == JCI_EINVALID && err.message && results.n == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = size > 0 ? (const char *)data : "";
	uint64_t lines = 1;

	for (size_t i = 0; i < size; i++) /* XML takes a CR for a newline */
		lines += data[i] == '\n' || data[i] == '\r';
	jci_results_guess("a.tap", text, size);
	read_as(JCI_RESULTS_JUNIT, text, size, lines);
	read_as(JCI_RESULTS_TAP, text, size, lines);
	return 0;
}
