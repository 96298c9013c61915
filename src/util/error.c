#include "util/error.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "util/strbuf.h"

/* The old message goes last: it may be one of the arguments that made the new one. */
static void replace_message(struct jci_error *err, int code, struct strbuf *message)
{
	char *old = err->message;

	err->code = code;
	err->message = strbuf_detach(message, NULL);
	free(old);
}

int jci_error_set(struct jci_error *err, int code, const char *fmt, ...)
{
	struct strbuf message = STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&message, fmt, ap);
	va_end(ap);
	replace_message(err, code, &message);
	return code;
}

int jci_error_errno(struct jci_error *err, int code, const char *fmt, ...)
{
	struct strbuf message = STRBUF_INIT;
	int saved = errno;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&message, fmt, ap);
	va_end(ap);
	strbuf_addf(&message, ": %s", strerror(saved));
	replace_message(err, code, &message);
	errno = saved;
	return code;
}

int jci_error_prefix(struct jci_error *err, const char *fmt, ...)
{
	struct strbuf message = STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&message, fmt, ap);
	va_end(ap);
	if (err->message)
		strbuf_addf(&message, ": %s", err->message);
	replace_message(err, err->code, &message);
	return err->code;
}

void jci_error_clear(struct jci_error *err)
{
	free(err->message);
	err->message = NULL;
	err->code = JCI_OK;
}
