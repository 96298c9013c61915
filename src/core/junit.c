/*
 * JUnit XML. The document is untrusted: one that declares entities is refused before any of them is
 * used, nothing outside of it is read, and nesting is bounded.
 */
#include "core/resultspriv.h"

#include <expat.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"
#include "util/gettext.h"

enum { DEPTH_MAX = 64, SUITES_MAX = DEPTH_MAX };

enum refused { REFUSED_NOTHING, REFUSED_ENTITIES, REFUSED_DEPTH, REFUSED_COUNT };

struct reader {
	XML_Parser parser;
	struct jci_results *results;
	enum refused refused;
	int depth;
	char *suites[SUITES_MAX]; /* names of the suites around, by depth; NULL: no suite */
	bool in_test, in_outcome;
	enum jci_result_kind kind; /* of the test so far */
	struct strbuf name, message;
	double seconds;
	uint64_t line;
};

static void refuse(struct reader *r, enum refused why)
{
	r->refused = why;
	XML_StopParser(r->parser, XML_FALSE);
}

static const char *attribute(const XML_Char **attributes, const char *name)
{
	for (; attributes[0]; attributes += 2)
		if (strcmp(attributes[0], name) == 0)
			return attributes[1];
	return NULL;
}

/* With a namespace's prefix or not. */
static bool is_element(const char *name, const char *which)
{
	const char *colon = strchr(name, ':');

	return strcmp(colon ? colon + 1 : name, which) == 0;
}

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
	for (int i = r->depth - 1; i >= 0; i--)
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

static void test_begins(struct reader *r, const XML_Char **attributes)
{
	const char *suite = attribute(attributes, "classname");
	const char *name = attribute(attributes, "name");

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
	r->kind = is_skipped(attribute(attributes, "status")) ? JCI_RESULT_SKIPPED
							      : JCI_RESULT_PASSED;
	r->seconds = parse_seconds(attribute(attributes, "time"));
	r->line = XML_GetCurrentLineNumber(r->parser);
}

static void test_ends(struct reader *r)
{
	struct jci_result *result =
		jci_results_add(r->results, r->kind, r->name.buf, r->name.len, r->line);

	r->in_test = false;
	if (!result) {
		refuse(r, REFUSED_COUNT);
		return;
	}
	result->seconds = r->seconds;
	result->message = jci_results_message(&r->message);
}

static void outcome_begins(struct reader *r, enum jci_result_kind kind, const XML_Char **attributes)
{
	const char *message = attribute(attributes, "message");

	r->in_outcome = true;
	if (kind < r->kind)
		r->kind = kind;
	if (!message || !*message)
		message = attribute(attributes, "type");
	if (r->message.len > 0)
		add_limited(&r->message, "\n", 1, JCI_RESULT_MESSAGE_MAX);
	if (message && *message) {
		add_limited(&r->message, message, strlen(message), JCI_RESULT_MESSAGE_MAX);
		add_limited(&r->message, "\n", 1, JCI_RESULT_MESSAGE_MAX);
	}
}

static bool outcome_kind(const char *name, enum jci_result_kind *kind)
{
	if (is_element(name, "failure"))
		*kind = JCI_RESULT_FAILED;
	else if (is_element(name, "error"))
		*kind = JCI_RESULT_ERROR;
	else if (is_element(name, "skipped"))
		*kind = JCI_RESULT_SKIPPED;
	else
		return false;
	return true;
}

static void XMLCALL begins(void *ctx, const XML_Char *name, const XML_Char **attributes)
{
	struct reader *r = ctx;
	enum jci_result_kind kind;

	if (r->depth >= DEPTH_MAX) {
		refuse(r, REFUSED_DEPTH);
		return;
	}
	if (is_element(name, "testsuite")) {
		const char *suite = attribute(attributes, "name");

		r->suites[r->depth] = xstrndup(suite ? suite : "", JCI_RESULT_NAME_MAX);
	} else if (is_element(name, "testcase") && !r->in_test) {
		test_begins(r, attributes);
	} else if (r->in_test && !r->in_outcome && outcome_kind(name, &kind)) {
		outcome_begins(r, kind, attributes);
	}
	r->depth++;
}

static void XMLCALL ends(void *ctx, const XML_Char *name)
{
	struct reader *r = ctx;
	enum jci_result_kind kind;

	r->depth--;
	free(r->suites[r->depth]);
	r->suites[r->depth] = NULL;
	if (r->in_outcome && outcome_kind(name, &kind))
		r->in_outcome = false;
	else if (r->in_test && is_element(name, "testcase"))
		test_ends(r);
}

static void XMLCALL text(void *ctx, const XML_Char *s, int len)
{
	struct reader *r = ctx;

	if (r->in_outcome)
		add_limited(&r->message, s, (size_t)len, JCI_RESULT_MESSAGE_MAX);
}

static void XMLCALL entity(void *ctx, const XML_Char *name, int is_parameter, const XML_Char *value,
			   int len, const XML_Char *base, const XML_Char *system_id,
			   const XML_Char *public_id, const XML_Char *notation)
{
	(void)name, (void)is_parameter, (void)value, (void)len;
	(void)base, (void)system_id, (void)public_id, (void)notation;
	refuse(ctx, REFUSED_ENTITIES);
}

/* ---- the document ---- */

static int fail(const struct reader *r, struct jci_error *err)
{
	const unsigned long line = XML_GetCurrentLineNumber(r->parser);

	switch (r->refused) {
	case REFUSED_ENTITIES:
		return jci_error_set(err, JCI_EINVALID,
				     _("line %lu: XML that declares entities is not read"), line);
	case REFUSED_DEPTH:
		return jci_error_set(err, JCI_EINVALID,
				     _("line %lu: more than %d elements within each other"), line,
				     DEPTH_MAX);
	case REFUSED_COUNT:
		return jci_results_too_many(err);
	case REFUSED_NOTHING:
		break;
	}
	return jci_error_set(err, JCI_EINVALID, _("line %lu: XML: %s"), line,
			     XML_ErrorString(XML_GetErrorCode(r->parser)));
}

int jci_results_parse_junit(struct jci_results *results, const char *data, size_t len,
			    struct jci_error *err)
{
	struct reader r = {
		.results = results,
		.name = STRBUF_INIT,
		.message = STRBUF_INIT,
	};
	int ret = 0;

	if (len > INT_MAX)
		return jci_error_set(err, JCI_EINVALID, _("too large to be read as XML"));
	r.parser = XML_ParserCreate(NULL);
	if (!r.parser)
		out_of_memory();
	XML_SetUserData(r.parser, &r);
	XML_SetElementHandler(r.parser, begins, ends);
	XML_SetCharacterDataHandler(r.parser, text);
	XML_SetEntityDeclHandler(r.parser, entity);
	/* at once: in pieces, a token that spans many of them would be read again for each */
	if (XML_Parse(r.parser, data, (int)len, XML_TRUE) != XML_STATUS_OK)
		ret = fail(&r, err);
	XML_ParserFree(r.parser);
	for (int i = 0; i < SUITES_MAX; i++)
		free(r.suites[i]);
	strbuf_release(&r.name);
	strbuf_release(&r.message);
	return ret;
}
