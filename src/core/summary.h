/*
 * What a run's artifacts tell of its tests and of coverage, and what of that changed since another
 * run. What is no such file, or has no such name (git-jci-show(1)), is no error: it does not count.
 *
 * All is bounded, so that a run can be summed up while somebody waits: files, their bytes, tests.
 * What goes beyond the bounds is left out, and counted.
 */
#ifndef JCI_CORE_SUMMARY_H
#define JCI_CORE_SUMMARY_H

#include "core/coverage.h"
#include "core/record.h"
#include "core/results.h"
#include "util/json.h"

enum {
	JCI_SUMMARY_MAX_FILES = 1000,
	JCI_SUMMARY_MAX_BYTES = 16 * 1024 * 1024, /* of all files together */
	JCI_SUMMARY_MAX_TESTS = 100000,
	JCI_SUMMARY_MAX_ANCESTORS = 10000, /* that are looked at for a green run */
};

struct jci_summary_test {
	char *name;                /* of TAP: behind the name of its file */
	enum jci_result_kind kind; /* the worst, where a name is there more than once */
};

struct jci_summary {
	size_t n_results, n_coverage;   /* files that were read; 0: nothing is told of it */
	size_t n_left_out;              /* files beyond the bounds */
	size_t count[JCI_RESULT_KINDS]; /* of all tests */
	struct jci_summary_test *tests; /* by name */
	size_t n_tests, cap_tests;      /* different names */
	struct jci_coverage coverage;
};
void jci_summary_release(struct jci_summary *s);
#define cleanup_summary cleanup(jci_summary_release)

/* stop(), which may be NULL, is asked before each file: true ends it as JCI_EFAIL. */
struct jci_summary_stop {
	bool (*stop)(void *ctx);
	void *ctx;
};
/* Of a run that is not stored nothing is told. */
int jci_summary_read(struct jci_summary *s, const struct jci_repo *repo, const struct jci_record *r,
		     const struct jci_summary_stop *stop, struct jci_error *err);

/* ---- two of them ---- */

struct jci_summary_change {
	const char *name; /* borrowed from the summaries */
	int before, now;  /* enum jci_result_kind; JCI_SUMMARY_ABSENT: there was no such test */
};
enum { JCI_SUMMARY_ABSENT = -1 };

/* A run and what it is compared with. */
struct jci_summaries {
	struct jci_summary now, base;
	bool has_base;
	struct jci_record base_run;
	struct jci_summary_change *changes; /* tests whose result is another one, by name */
	size_t n_changes, cap_changes;
	size_t n_failing; /* of these: fail now, and didn't before */
};
void jci_summaries_init(struct jci_summaries *s);
void jci_summaries_release(struct jci_summaries *s);
#define cleanup_summaries cleanup(jci_summaries_release)

/* With a certain base, or (NULL) the last green ancestor (core/compare.h), if there is one. */
int jci_summaries_read(struct jci_summaries *s, const struct jci_repo *repo,
		       const struct jci_record *r, const struct jci_record *base,
		       const struct jci_summary_stop *stop, struct jci_error *err);
/* Whether anything is told of the run. */
bool jci_summaries_tell(const struct jci_summaries *s);
/* Whether the change is that of a test which fails now and did not before. */
bool jci_summary_is_failing(const struct jci_summary_change *c);

/* ---- for people and for scripts ---- */

/*
 * "118 passed, 2 failed (+2 failed since 1234abcd56)", in brief "2 failed +2, 118 passed"; nothing
 * where the run tells nothing of tests.
 */
void jci_summaries_add_tests(struct strbuf *sb, const struct jci_summaries *s, bool brief);
/* The same: "81.4% of 1234 lines (+0.3 since 1234abcd56)", "81.4% +0.3". */
void jci_summaries_add_coverage(struct strbuf *sb, const struct jci_summaries *s, bool brief);
/* "3 files with results were not read"; nothing where none was left out. */
void jci_summaries_add_left_out(struct strbuf *sb, const struct jci_summaries *s);
/* Sets "tests" and "coverage" of one run; null where it tells nothing. */
void jci_summary_set_json(cJSON *json, const struct jci_summary *s);
/* The same, and "base", "newlyFailing" and more, as git-jci-show(1) has it. */
cJSON *jci_summaries_to_json(const struct jci_summaries *s);
/* "passed", "failed", "error", "skipped": not translated; NULL for JCI_SUMMARY_ABSENT. */
const char *jci_summary_word(int kind);

#endif
