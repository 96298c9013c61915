/*
 * Whatever is read as coverage: no more is covered than there is, and numbers are within their
 * bounds; what is refused leaves a message and no numbers.
 */
#include "core/coverage.h"

#include <stdbool.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
	if (!ok)
		abort();
}

static void read_as(enum jci_coverage_format format, const char *data, size_t size)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	struct jci_coverage c;

	if (jci_coverage_parse(&c, format, data, size, &err) == 0) {
		check(c.lines > 0 && c.lines <= jci_coverage_max && c.lines_covered <= c.lines);
		check(c.branches <= jci_coverage_max && c.branches_covered <= c.branches);
		check(jci_coverage_permille(c.lines_covered, c.lines) <= 1000);
	} else {
		check(err.code == JCI_EINVALID && err.message);
		check(!c.lines && !c.lines_covered && !c.branches && !c.branches_covered);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = size > 0 ? (const char *)data : "";

	jci_coverage_guess(text, size);
	read_as(JCI_COVERAGE_COBERTURA, text, size);
	read_as(JCI_COVERAGE_LCOV, text, size);
	return 0;
}
