/* What the readers of the formats share; see core/coverage.h. */
#ifndef JCI_CORE_COVERAGEPRIV_H
#define JCI_CORE_COVERAGEPRIV_H

#include <stdbool.h>

#include "core/coverage.h"

/*
 * A decimal number of s[0..len), at its beginning; `*used` digits. Larger ones are
 * jci_coverage_max + 1.
 */
uint64_t jci_coverage_number(const char *s, size_t len, size_t *used);

int jci_coverage_parse_cobertura(struct jci_coverage *c, const char *data, size_t len,
				 struct jci_error *err);
int jci_coverage_parse_lcov(struct jci_coverage *c, const char *data, size_t len,
			    struct jci_error *err);

#endif
