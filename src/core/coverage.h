/*
 * How much of a program its tests ran, by an artifact: Cobertura XML (its coverage-04.dtd, which
 * coverage.py, gcovr, Istanbul and others write) and the tracefiles of lcov (geninfo(1)).
 */
#ifndef JCI_CORE_COVERAGE_H
#define JCI_CORE_COVERAGE_H

#include <stddef.h>
#include <stdint.h>

#include "util/error.h"

/* What is covered is at most what there is; `branches` is 0 where nothing is told of them. */
struct jci_coverage {
	uint64_t lines, lines_covered;
	uint64_t branches, branches_covered;
};
/* Each number of a file is at most this, so that thousands of files can be added up. */
static const uint64_t jci_coverage_max = (uint64_t)1 << 40;
void jci_coverage_add(struct jci_coverage *sum, const struct jci_coverage *more);
/* In thousandths, rounded down: 1000 is all of it. 0 of 0 is 1000. */
unsigned jci_coverage_permille(uint64_t covered, uint64_t of);

/* What it may be, by its first bytes. */
enum jci_coverage_format { JCI_COVERAGE_NONE, JCI_COVERAGE_COBERTURA, JCI_COVERAGE_LCOV };
enum jci_coverage_format jci_coverage_guess(const char *head, size_t len);
/*
 * Untrusted: no entities are expanded, memory does not grow with the file. JCI_EINVALID where it is
 * no such file, one that is broken off, or one without lines.
 *
 * Of Cobertura count the sums at the root, and where there are none the lines of classes; of lcov
 * LF, LH, BRF and BRH of each file, and where a file has no LF and LH its lines (DA).
 */
int jci_coverage_parse(struct jci_coverage *c, enum jci_coverage_format format, const char *data,
		       size_t len, struct jci_error *err);

#endif
