/*
 * Results of tests in an artifact: JUnit XML (the schema of Apache Ant's and of the Jenkins plugin:
 * testsuites, testsuite, testcase with failure, error, skipped) and TAP (testanything.org, 12 to
 * 14).
 */
#ifndef JCI_TUI_RESULTS_H
#define JCI_TUI_RESULTS_H

#include <stddef.h>
#include <stdint.h>

#include "util/error.h"

enum result_kind { RESULT_FAILED, RESULT_ERROR, RESULT_SKIPPED, RESULT_PASSED }; /* order shown */

struct result {
	enum result_kind kind;
	char *name;     /* suite and test */
	char *message;  /* NULL: none; may have several lines */
	double seconds; /* <0: not known */
	uint64_t line;  /* in the file, from 1 */
};

struct results {
	struct result *items; /* failed first, else as in the file */
	size_t n, cap;
	size_t count[4]; /* of each kind */
};
void results_release(struct results *results);
#define cleanup_results cleanup(results_release)

/* What it may be, by its name and its first bytes. */
enum results_format { RESULTS_NONE, RESULTS_JUNIT, RESULTS_TAP };
enum results_format results_guess(const char *path, const char *head, size_t len);
/* Untrusted: no entities are expanded, memory is bounded by RESULTS_MAX tests. */
enum { RESULTS_MAX = 100000 };
int results_parse(struct results *results, enum results_format format, const char *data, size_t len,
		  struct jci_error *err);

#endif
