/*
 * Results of tests in an artifact: JUnit XML (the schema of Apache Ant's and of the Jenkins plugin:
 * testsuites, testsuite, testcase with failure, error, skipped) and TAP (testanything.org, 12 to
 * 14).
 */
#ifndef JCI_CORE_RESULTS_H
#define JCI_CORE_RESULTS_H

#include <stddef.h>
#include <stdint.h>

#include "util/error.h"
#include "util/strbuf.h"

enum jci_result_kind {
	JCI_RESULT_FAILED,
	JCI_RESULT_ERROR,
	JCI_RESULT_SKIPPED,
	JCI_RESULT_PASSED
}; /* order shown */
enum { JCI_RESULT_KINDS = 4 };

struct jci_result {
	enum jci_result_kind kind;
	char *name;     /* suite and test */
	char *message;  /* NULL: none; may have several lines */
	double seconds; /* <0: not known */
	uint64_t line;  /* in the file, from 1 */
};

struct jci_results {
	struct jci_result *items; /* failed first, else as in the file */
	size_t n, cap;
	size_t count[JCI_RESULT_KINDS];
};
void jci_results_release(struct jci_results *results);
#define cleanup_results cleanup(jci_results_release)

/* "2 failed", "1 error", "3 skipped", "40 passed" */
void jci_result_add_count(struct strbuf *sb, int kind, unsigned long n);

/* What it may be, by its name and its first bytes. */
enum jci_results_format { JCI_RESULTS_NONE, JCI_RESULTS_JUNIT, JCI_RESULTS_TAP };
enum jci_results_format jci_results_guess(const char *path, const char *head, size_t len);
/* Untrusted: no entities are expanded, memory is bounded by JCI_RESULTS_MAX tests. */
enum { JCI_RESULTS_MAX = 100000 };
int jci_results_parse(struct jci_results *results, enum jci_results_format format, const char *data,
		      size_t len, struct jci_error *err);

#endif
