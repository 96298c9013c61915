#include "core/xml.h"

#include <expat.h>
#include <limits.h>
#include <string.h>

#include "util/alloc.h"
#include "util/gettext.h"

void jci_xml_stop(struct jci_xml *xml)
{
	XML_StopParser(xml->parser, XML_FALSE);
}

uint64_t jci_xml_line(const struct jci_xml *xml)
{
	return XML_GetCurrentLineNumber(xml->parser);
}

const char *jci_xml_attribute(const char **attributes, const char *name)
{
	for (; attributes[0]; attributes += 2)
		if (strcmp(attributes[0], name) == 0)
			return attributes[1];
	return NULL;
}

bool jci_xml_is(const char *name, const char *which)
{
	const char *colon = strchr(name, ':');

	return strcmp(colon ? colon + 1 : name, which) == 0;
}

static void XMLCALL begins(void *ctx, const XML_Char *name, const XML_Char **attributes)
{
	struct jci_xml *xml = ctx;

	if (xml->depth >= JCI_XML_MAX_DEPTH) {
		jci_error_set(xml->err, JCI_EINVALID,
			      _("line %lu: more than %d elements within each other"),
			      (unsigned long)jci_xml_line(xml), JCI_XML_MAX_DEPTH);
		jci_xml_stop(xml);
		return;
	}
	xml->begins(xml->ctx, name, attributes);
	xml->depth++;
}

static void XMLCALL ends(void *ctx, const XML_Char *name)
{
	struct jci_xml *xml = ctx;

	xml->depth--;
	if (xml->ends)
		xml->ends(xml->ctx, name);
}

static void XMLCALL text(void *ctx, const XML_Char *s, int len)
{
	struct jci_xml *xml = ctx;

	xml->text(xml->ctx, s, (size_t)len);
}

static void XMLCALL entity(void *ctx, const XML_Char *name, int is_parameter, const XML_Char *value,
			   int len, const XML_Char *base, const XML_Char *system_id,
			   const XML_Char *public_id, const XML_Char *notation)
{
	struct jci_xml *xml = ctx;

	(void)name, (void)is_parameter, (void)value, (void)len;
	(void)base, (void)system_id, (void)public_id, (void)notation;
	jci_error_set(xml->err, JCI_EINVALID, _("line %lu: XML that declares entities is not read"),
		      (unsigned long)jci_xml_line(xml));
	jci_xml_stop(xml);
}

static void check(struct jci_xml *xml)
{
	const enum XML_Error code = XML_GetErrorCode(xml->parser);

	if (!xml->err->code && code != XML_ERROR_ABORTED)
		jci_error_set(xml->err, JCI_EINVALID, _("line %lu: XML: %s"),
			      (unsigned long)jci_xml_line(xml), XML_ErrorString(code));
}

int jci_xml_read(struct jci_xml *xml, const char *data, size_t len, struct jci_error *err)
{
	if (len > INT_MAX)
		return jci_error_set(err, JCI_EINVALID, _("too large to be read as XML"));
	xml->depth = 0;
	xml->err = err;
	xml->parser = XML_ParserCreate(NULL);
	if (!xml->parser)
		out_of_memory();
	XML_SetUserData(xml->parser, xml);
	XML_SetElementHandler(xml->parser, begins, ends);
	if (xml->text)
		XML_SetCharacterDataHandler(xml->parser, text);
	XML_SetEntityDeclHandler(xml->parser, entity);
	/* at once: in pieces, a token that spans many of them would be read again for each */
	if (XML_Parse(xml->parser, data, (int)len, XML_TRUE) != XML_STATUS_OK)
		check(xml);
	XML_ParserFree(xml->parser);
	return err->code;
}
