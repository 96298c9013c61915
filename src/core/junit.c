/* JUnit XML. */
#include "core/resultspriv.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/xml.h"
#include "util/alloc.h"

/* Of a suite's name, which each test within it has in its own. */
enum { SUITE_MAX = 256 };

struct reader {
	struct jci_xml xml;
	struct jci_results *results;
	char *suites[JCI_XML_MAX_DEPTH]; /* names of those around, by depth; NULL: no suite */
	bool in_test, in_outcome;
	enum jci_result_kind kind; /* of the test so far */
	struct strbuf name, message;
	double seconds;
	uint64_t line;
};

static double parse_seconds(const char *text)
{
	char *end;
	double seconds;

	if (!text || !((*text >= '0' && *text <= '9') || *text == '.'))
		return -1;
	seconds = strtod(text, &end);
	return end != text && seconds >= 0 && seconds < 1e9 ? seconds : -1;
}

/* ---- elements ---- */

static const char *suite_around(const struct reader *r)
{
	for (int i = r->xml.depth - 1; i >= 0; i--)
		if (r->suites[i] && *r->suites[i])
			return r->suites[i];
	return NULL;
}

static void add_limited(struct strbuf *sb, const char *text, size_t len, size_t most)
{
	if (sb->len < most)
		strbuf_add(sb, text, len < most - sb->len ? len : most - sb->len);
}

static bool is_skipped(const char *status)
{
	return status && (strcmp(status, "skipped") == 0 || strcmp(status, "disabled") == 0 ||
			  strcmp(status, "notrun") == 0);
}

static void test_begins(struct reader *r, const char **attributes)
{
	const char *suite = jci_xml_attribute(attributes, "classname");
	const char *name = jci_xml_attribute(attributes, "name");

	if (!suite || !*suite)
		suite = suite_around(r);
	if (!name)
		name = "";
	strbuf_reset(&r->name);
	strbuf_reset(&r->message);
	if (suite && strcmp(suite, name) != 0) {
		add_limited(&r->name, suite, strlen(suite), JCI_RESULT_NAME_MAX);
		add_limited(&r->name, *name ? ": " : "", *name ? 2 : 0, JCI_RESULT_NAME_MAX);
	}
	add_limited(&r->name, name, strlen(name), JCI_RESULT_NAME_MAX);
	r->in_test = true;
	r->kind = is_skipped(jci_xml_attribute(attributes, "status")) ? JCI_RESULT_SKIPPED
								      : JCI_RESULT_PASSED;
	r->seconds = parse_seconds(jci_xml_attribute(attributes, "time"));
	r->line = jci_xml_line(&r->xml);
}

static void test_ends(struct reader *r)
{
	struct jci_result *result =
		jci_results_add(r->results, r->kind, r->name.buf, r->name.len, r->line);

	r->in_test = false;
	if (!result) {
		jci_results_too_many(r->xml.err);
		jci_xml_stop(&r->xml);
		return;
	}
	result->seconds = r->seconds;
	result->message = jci_results_message(&r->message);
}

static void outcome_begins(struct reader *r, enum jci_result_kind kind, const char **attributes)
{
	const char *message = jci_xml_attribute(attributes, "message");

	r->in_outcome = true;
	if (kind < r->kind)
		r->kind = kind;
	if (!message || !*message)
		message = jci_xml_attribute(attributes, "type");
	if (r->message.len > 0)
		add_limited(&r->message, "\n", 1, JCI_RESULT_MESSAGE_MAX);
	if (message && *message) {
		add_limited(&r->message, message, strlen(message), JCI_RESULT_MESSAGE_MAX);
		add_limited(&r->message, "\n", 1, JCI_RESULT_MESSAGE_MAX);
	}
}

static bool outcome_kind(const char *name, enum jci_result_kind *kind)
{
	if (jci_xml_is(name, "failure"))
		*kind = JCI_RESULT_FAILED;
	else if (jci_xml_is(name, "error"))
		*kind = JCI_RESULT_ERROR;
	else if (jci_xml_is(name, "skipped"))
		*kind = JCI_RESULT_SKIPPED;
	else
		return false;
	return true;
}

static void begins(void *ctx, const char *name, const char **attributes)
{
	struct reader *r = ctx;
	enum jci_result_kind kind;

	if (jci_xml_is(name, "testsuite")) {
		const char *suite = jci_xml_attribute(attributes, "name");

		r->suites[r->xml.depth] = xstrndup(suite ? suite : "", SUITE_MAX);
	} else if (jci_xml_is(name, "testcase") && !r->in_test) {
		test_begins(r, attributes);
	} else if (r->in_test && !r->in_outcome && outcome_kind(name, &kind)) {
		outcome_begins(r, kind, attributes);
	}
}

static void ends(void *ctx, const char *name)
{
	struct reader *r = ctx;
	enum jci_result_kind kind;

	free(r->suites[r->xml.depth]);
	r->suites[r->xml.depth] = NULL;
	if (r->in_outcome && outcome_kind(name, &kind))
		r->in_outcome = false;
	else if (r->in_test && jci_xml_is(name, "testcase"))
		test_ends(r);
}

static void text(void *ctx, const char *s, size_t len)
{
	struct reader *r = ctx;

	if (r->in_outcome)
		add_limited(&r->message, s, len, JCI_RESULT_MESSAGE_MAX);
}

int jci_results_parse_junit(struct jci_results *results, const char *data, size_t len,
			    struct jci_error *err)
{
	struct reader r = {
		.xml = {.ctx = &r, .begins = begins, .ends = ends, .text = text},
		.results = results,
		.name = STRBUF_INIT,
		.message = STRBUF_INIT,
	};
	const int ret = jci_xml_read(&r.xml, data, len, err);

	for (size_t i = 0; i < ARRAY_SIZE(r.suites); i++)
		free(r.suites[i]);
	strbuf_release(&r.name);
	strbuf_release(&r.message);
	return ret;
}
