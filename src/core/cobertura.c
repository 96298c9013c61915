/*
 * Cobertura XML: coverage > packages > package > classes > class, which holds its lines and once
 * more those of its methods.
 */
#include "core/coveragepriv.h"

#include <string.h>

#include "core/xml.h"
#include "util/gettext.h"

struct reader {
	struct jci_xml xml;
	struct jci_coverage *c;
	int class, method; /* depths of those around; -1: none */
};

static bool read_number(const char **attributes, const char *name, uint64_t *n)
{
	const char *text = jci_xml_attribute(attributes, name);
	size_t used;

	if (!text)
		return false;
	*n = jci_coverage_number(text, strlen(text), &used);
	return used > 0 && !text[used];
}

/* What is summed up need not be read. */
static void read_root(struct reader *r, const char **attributes)
{
	struct jci_coverage c = {0};

	if (!read_number(attributes, "lines-valid", &c.lines) ||
	    !read_number(attributes, "lines-covered", &c.lines_covered))
		return;
	if (!read_number(attributes, "branches-valid", &c.branches) ||
	    !read_number(attributes, "branches-covered", &c.branches_covered))
		c.branches = c.branches_covered = 0;
	*r->c = c;
	jci_xml_stop(&r->xml);
}

/* "50% (1/2)" */
static void read_branches(struct reader *r, const char *condition)
{
	const char *paren = condition ? strchr(condition, '(') : NULL;
	uint64_t covered, of;
	size_t used, more;

	if (!paren)
		return;
	covered = jci_coverage_number(paren + 1, strlen(paren + 1), &used);
	if (!used || paren[1 + used] != '/')
		return;
	of = jci_coverage_number(paren + 2 + used, strlen(paren + 2 + used), &more);
	if (!more || paren[2 + used + more] != ')' || covered > of || of > jci_coverage_max)
		return;
	jci_coverage_add(r->c, &(struct jci_coverage){.branches = of, .branches_covered = covered});
}

static void read_line(struct reader *r, const char **attributes)
{
	const char *branch = jci_xml_attribute(attributes, "branch");
	uint64_t hits;

	if (!read_number(attributes, "hits", &hits))
		return;
	r->c->lines++;
	r->c->lines_covered += hits > 0;
	if (branch && *branch == 't' && r->c->branches <= jci_coverage_max)
		read_branches(r, jci_xml_attribute(attributes, "condition-coverage"));
}

static void begins(void *ctx, const char *name, const char **attributes)
{
	struct reader *r = ctx;

	if (r->xml.depth == 0 && !jci_xml_is(name, "coverage")) {
		jci_error_set(r->xml.err, JCI_EINVALID, _("it is no Cobertura XML"));
		jci_xml_stop(&r->xml);
	} else if (r->xml.depth == 0) {
		read_root(r, attributes);
	} else if (r->class < 0 && jci_xml_is(name, "class")) {
		r->class = r->xml.depth;
	} else if (r->class >= 0 && r->method < 0 && jci_xml_is(name, "method")) {
		r->method = r->xml.depth;
	} else if (r->class >= 0 && r->method < 0 && jci_xml_is(name, "line")) {
		read_line(r, attributes);
	}
}

static void ends(void *ctx, const char *name)
{
	struct reader *r = ctx;

	(void)name;
	if (r->xml.depth == r->class)
		r->class = -1;
	if (r->xml.depth == r->method)
		r->method = -1;
}

int jci_coverage_parse_cobertura(struct jci_coverage *c, const char *data, size_t len,
				 struct jci_error *err)
{
	struct reader r = {
		.xml = {.ctx = &r, .begins = begins, .ends = ends},
		.c = c,
		.class = -1,
		.method = -1,
	};

	return jci_xml_read(&r.xml, data, len, err);
}
