#include "web/params.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "util/gettext.h"

int web_param_number(struct web_request *rq, const char *name, int64_t fallback, int64_t *value)
{
	const char *text = http_param(rq->http, name);
	char *end;

	*value = fallback;
	if (!text)
		return 0;
	errno = 0;
	*value = strtoimax(text, &end, 10);
	if (errno || *end || strspn(text, "-0123456789") != strlen(text) || end == text)
		return jci_error_set(&rq->err, JCI_EINVALID, _("'%s' is not a number: '%s'"), name,
				     text);
	return 0;
}

int web_param_count(struct web_request *rq, const char *name, uint64_t fallback, uint64_t max,
		    uint64_t *value)
{
	int64_t number;

	*value = fallback;
	if (!http_param(rq->http, name))
		return 0;
	if (web_param_number(rq, name, 0, &number) < 0)
		return rq->err.code;
	if (number < 0 || (uint64_t)number > max)
		return jci_error_set(&rq->err, JCI_EINVALID, _("'%s' must be from 0 to %" PRIu64),
				     name, max);
	*value = (uint64_t)number;
	return 0;
}

int web_param_flag(struct web_request *rq, const char *name, bool *value)
{
	uint64_t number;

	if (web_param_count(rq, name, *value, 1, &number) < 0)
		return rq->err.code;
	*value = number == 1;
	return 0;
}
