/*
 * A tracefile of lcov: of each source file a record from SF: to end_of_record. A line that is none
 * of the format's is none of ours: lcov has added some over the years.
 */
#include "core/coveragepriv.h"

#include <string.h>

#include "util/gettext.h"

struct record {
	bool open;
	bool has_found, has_hit, has_branches_hit;
	struct jci_coverage told;    /* LF, LH, BRF, BRH */
	struct jci_coverage counted; /* DA */
};

static bool tagged(const char **s, size_t *len, const char *tag)
{
	const size_t n = strlen(tag);

	if (*len < n || memcmp(*s, tag, n) != 0)
		return false;
	*s += n;
	*len -= n;
	return true;
}

static bool read_number(const char *s, size_t len, uint64_t *n)
{
	size_t used;

	*n = jci_coverage_number(s, len, &used);
	return used > 0 && used == len;
}

/* LINE,HITS[,CHECKSUM]; hits may be negative where the compiler counted wrongly. */
static void read_data(struct record *r, const char *s, size_t len)
{
	const char *comma = memchr(s, ',', len);
	uint64_t hits;
	size_t used;

	if (!comma)
		return;
	comma++;
	hits = jci_coverage_number(comma, len - (size_t)(comma - s), &used);
	r->counted.lines++;
	r->counted.lines_covered += used > 0 && hits > 0;
}

static void read_line(struct record *r, const char *s, size_t len)
{
	if (tagged(&s, &len, "DA:"))
		read_data(r, s, len);
	else if (tagged(&s, &len, "LF:"))
		r->has_found = read_number(s, len, &r->told.lines);
	else if (tagged(&s, &len, "LH:"))
		r->has_hit = read_number(s, len, &r->told.lines_covered);
	else if (tagged(&s, &len, "BRF:"))
		read_number(s, len, &r->told.branches);
	else if (tagged(&s, &len, "BRH:"))
		r->has_branches_hit = read_number(s, len, &r->told.branches_covered);
}

static int wrong(uint64_t line, struct jci_error *err)
{
	return jci_error_set(err, JCI_EINVALID, _("line %llu: not of lcov's format"),
			     (unsigned long long)line);
}

static int end_record(struct record *r, struct jci_coverage *c, uint64_t line,
		      struct jci_error *err)
{
	struct jci_coverage own = r->counted;

	if (r->has_found && r->has_hit)
		own = r->told;
	own.branches = r->has_branches_hit ? r->told.branches : 0;
	own.branches_covered = own.branches ? r->told.branches_covered : 0;
	if (own.lines > jci_coverage_max || own.lines_covered > own.lines ||
	    own.branches > jci_coverage_max || own.branches_covered > own.branches)
		return wrong(line, err);
	jci_coverage_add(c, &own);
	*r = (struct record){0};
	return c->lines <= jci_coverage_max && c->branches <= jci_coverage_max ? 0
									       : wrong(line, err);
}

int jci_coverage_parse_lcov(struct jci_coverage *c, const char *data, size_t len,
			    struct jci_error *err)
{
	struct record r = {0};
	uint64_t line = 0;

	for (size_t at = 0; at < len;) {
		const char *s = data + at, *newline = memchr(s, '\n', len - at);
		size_t n = newline ? (size_t)(newline - s) : len - at;

		at += n + 1;
		line++;
		if (n > 0 && s[n - 1] == '\r')
			n--;
		if (tagged(&s, &n, "SF:")) {
			if (r.open)
				return wrong(line, err);
			r = (struct record){.open = true};
		} else if (r.open && tagged(&s, &n, "end_of_record")) {
			if (end_record(&r, c, line, err) < 0)
				return err->code;
		} else if (r.open) {
			read_line(&r, s, n);
		}
	}
	return r.open ? wrong(line, err) : 0;
}
