#include "core/results.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/resultspriv.h"
#include "util/alloc.h"
#include "util/gettext.h"

void jci_results_release(struct jci_results *results)
{
	for (size_t i = 0; i < results->n; i++) {
		free(results->items[i].name);
		free(results->items[i].message);
	}
	free(results->items);
	*results = (struct jci_results){0};
}

void jci_result_add_count(struct strbuf *sb, int kind, unsigned long n)
{
	switch (kind) {
	case JCI_RESULT_FAILED:
		strbuf_addf(sb, Q_("%lu failed", "%lu failed", n), n);
		break;
	case JCI_RESULT_ERROR:
		strbuf_addf(sb, Q_("%lu error", "%lu errors", n), n);
		break;
	case JCI_RESULT_SKIPPED:
		strbuf_addf(sb, Q_("%lu skipped", "%lu skipped", n), n);
		break;
	default:
		strbuf_addf(sb, Q_("%lu passed", "%lu passed", n), n);
		break;
	}
}

/* ---- for the readers ---- */

/* A NUL would end it. */
static char *copy_text(const char *s, size_t len)
{
	char *text = xmalloc(len + 1);

	for (size_t i = 0; i < len; i++)
		text[i] = s[i] ? s[i] : ' ';
	text[len] = 0;
	return text;
}

struct jci_result *jci_results_add(struct jci_results *results, enum jci_result_kind kind,
				   const char *name, size_t len, uint64_t line)
{
	struct jci_result *r;

	if (results->n >= JCI_RESULTS_MAX)
		return NULL;
	ARRAY_GROW(results->items, results->n + 1, results->cap);
	r = &results->items[results->n++];
	*r = (struct jci_result){.kind = kind, .seconds = -1, .line = line};
	r->name = copy_text(name, len < JCI_RESULT_NAME_MAX ? len : JCI_RESULT_NAME_MAX);
	return r;
}

char *jci_results_message(const struct strbuf *sb)
{
	size_t from = 0, to = sb->len < JCI_RESULT_MESSAGE_MAX ? sb->len : JCI_RESULT_MESSAGE_MAX;

	while (to > 0 && strchr(" \t\r\n", sb->buf[to - 1]))
		to--;
	/* what is left of the first line that has text keeps its indentation */
	for (size_t i = 0; i < to && strchr(" \t\r\n", sb->buf[i]); i++)
		if (sb->buf[i] == '\n')
			from = i + 1;
	return to > from ? copy_text(sb->buf + from, to - from) : NULL;
}

int jci_results_too_many(struct jci_error *err)
{
	return jci_error_set(err, JCI_EINVALID, _("more than %d tests"), JCI_RESULTS_MAX);
}

/* ---- what it may be ---- */

static bool has_suffix(const char *path, const char *suffix)
{
	const size_t len = strlen(path), n = strlen(suffix);

	return len >= n && strcasecmp(path + len - n, suffix) == 0;
}

static bool starts_with(const char *s, size_t len, const char *prefix)
{
	const size_t n = strlen(prefix);

	return len >= n && memcmp(s, prefix, n) == 0;
}

static bool is_tap_line(const char *line, size_t len)
{
	return starts_with(line, len, "ok ") || starts_with(line, len, "not ok ") ||
	       (len == 2 && memcmp(line, "ok", 2) == 0) ||
	       (len == 6 && memcmp(line, "not ok", 6) == 0);
}

static bool is_tap_plan(const char *line, size_t len)
{
	return len > 3 && starts_with(line, len, "1..") && line[3] >= '0' && line[3] <= '9';
}

/* Its version; else a plan and tests; the name makes up for one of these. */
static bool looks_like_tap(const char *path, const char *head, size_t len)
{
	int signs = has_suffix(path, ".tap");
	bool plan = false, test = false;

	for (size_t at = 0; at < len;) {
		const char *end = memchr(head + at, '\n', len - at);
		const size_t n = end ? (size_t)(end - head) - at : len - at;

		if (starts_with(head + at, n, "TAP version "))
			return true;
		plan = plan || is_tap_plan(head + at, n);
		test = test || is_tap_line(head + at, n);
		at += n + 1;
	}
	return signs + plan + test >= 2;
}

enum jci_results_format jci_results_guess(const char *path, const char *head, size_t len)
{
	const char *p = head, *end = head + len;

	if (starts_with(p, len, "\xef\xbb\xbf"))
		p += 3;
	while (p < end && strchr(" \t\r\n", *p) && *p)
		p++;
	if (p < end && *p == '<')
		return memmem(p, (size_t)(end - p), "<testsuite", 10) ? JCI_RESULTS_JUNIT
								      : JCI_RESULTS_NONE;
	return looks_like_tap(path, head, len) ? JCI_RESULTS_TAP : JCI_RESULTS_NONE;
}

/* ---- all of it ---- */

/* Failed ones first; those of a kind stay in their order. */
static void sort(struct jci_results *results)
{
	struct jci_result *sorted = xcalloc(results->n ? results->n : 1, sizeof(*sorted));
	size_t n = 0;

	for (int kind = JCI_RESULT_FAILED; kind <= JCI_RESULT_PASSED; kind++) {
		const size_t before = n;

		for (size_t i = 0; i < results->n; i++)
			if ((int)results->items[i].kind == kind)
				sorted[n++] = results->items[i];
		results->count[kind] = n - before;
	}
	free(results->items);
	results->items = sorted;
	results->cap = results->n;
}

int jci_results_parse(struct jci_results *results, enum jci_results_format format, const char *data,
		      size_t len, struct jci_error *err)
{
	int ret;

	jci_results_release(results);
	if (format == JCI_RESULTS_JUNIT)
		ret = jci_results_parse_junit(results, data, len, err);
	else if (format == JCI_RESULTS_TAP)
		ret = jci_results_parse_tap(results, data, len, err);
	else
		return jci_error_set(err, JCI_EINVALID, _("neither JUnit XML nor TAP"));
	if (ret < 0)
		jci_results_release(results);
	else
		sort(results);
	return ret;
}
