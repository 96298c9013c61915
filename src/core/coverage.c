#include "core/coverage.h"

#include <string.h>

#include "core/coveragepriv.h"
#include "util/gettext.h"

void jci_coverage_add(struct jci_coverage *sum, const struct jci_coverage *more)
{
	sum->lines += more->lines;
	sum->lines_covered += more->lines_covered;
	sum->branches += more->branches;
	sum->branches_covered += more->branches_covered;
}

unsigned jci_coverage_permille(uint64_t covered, uint64_t of)
{
	return of ? (unsigned)(covered * 1000 / of) : 1000;
}

/* ---- what it may be ---- */

static bool starts_with(const char *s, size_t len, const char *prefix)
{
	const size_t n = strlen(prefix);

	return len >= n && memcmp(s, prefix, n) == 0;
}

enum jci_coverage_format jci_coverage_guess(const char *head, size_t len)
{
	const char *p = head, *end = head + len;

	if (starts_with(p, len, "\xef\xbb\xbf"))
		p += 3;
	while (p < end && *p && strchr(" \t\r\n", *p))
		p++;
	len = (size_t)(end - p);
	if (len && *p == '<')
		return memmem(p, len, "<coverage", 9) ? JCI_COVERAGE_COBERTURA : JCI_COVERAGE_NONE;
	return starts_with(p, len, "TN:") || starts_with(p, len, "SF:") ? JCI_COVERAGE_LCOV
									: JCI_COVERAGE_NONE;
}

/* ---- all of it ---- */

uint64_t jci_coverage_number(const char *s, size_t len, size_t *used)
{
	uint64_t n = 0;

	for (*used = 0; *used < len && s[*used] >= '0' && s[*used] <= '9'; ++*used)
		if (n <= jci_coverage_max)
			n = n * 10 + (uint64_t)(s[*used] - '0');
	return n <= jci_coverage_max ? n : jci_coverage_max + 1;
}

static bool is_possible(const struct jci_coverage *c)
{
	return c->lines <= jci_coverage_max && c->lines_covered <= c->lines &&
	       c->branches <= jci_coverage_max && c->branches_covered <= c->branches;
}

int jci_coverage_parse(struct jci_coverage *c, enum jci_coverage_format format, const char *data,
		       size_t len, struct jci_error *err)
{
	*c = (struct jci_coverage){0};
	if (format == JCI_COVERAGE_COBERTURA)
		jci_coverage_parse_cobertura(c, data, len, err);
	else if (format == JCI_COVERAGE_LCOV)
		jci_coverage_parse_lcov(c, data, len, err);
	else
		jci_error_set(err, JCI_EINVALID, _("neither Cobertura XML nor lcov's format"));
	if (!err->code && !is_possible(c))
		jci_error_set(err, JCI_EINVALID, _("it covers more than there is"));
	if (!err->code && !c->lines)
		jci_error_set(err, JCI_EINVALID, _("it tells of no lines"));
	if (err->code)
		*c = (struct jci_coverage){0};
	return err->code;
}
