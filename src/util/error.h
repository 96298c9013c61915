/*
 * Errors: a function that can fail returns a negative code and fills the struct jci_error that
 * its caller passed down. The message is made where the fact is known and printed in one place,
 * by the command or the user interface. Wording as in git: lower case, the subject in single
 * quotes, no full stop; where a command mends it, the message names that command.
 *
 * jci_error_set() and its kin return the code, so that failing is one line:
 *
 *	return jci_error_set(err, JCI_ENOTFOUND, _("no run '%s'"), name);
 *
 * err is never NULL. A function that fills err leaves nothing to the caller but to return or to
 * jci_error_clear() it.
 */
#ifndef JCI_UTIL_ERROR_H
#define JCI_UTIL_ERROR_H

#include "util/cleanup.h"

enum jci_error_code {
	JCI_OK = 0,
	JCI_EFAIL = -1,      /* anything that has no code of its own */
	JCI_ENOTFOUND = -2,  /* the thing named does not exist */
	JCI_EEXISTS = -3,    /* it exists already */
	JCI_EAMBIGUOUS = -4, /* an abbreviation fits more than one */
	JCI_EINVALID = -5,   /* input that is not of the form asked for */
	JCI_ENOREPO = -6,    /* not a git repository, or one we can't work in */
	JCI_ENOEXEC = -7,    /* the script is there but can't be executed */
	JCI_EBUSY = -8,      /* held by another process */
};

struct jci_error {
	int code;      /* enum jci_error_code */
	char *message; /* owned; NULL while there is no error */
};

#define JCI_ERROR_INIT  \
	{               \
		0, NULL \
	}

int jci_error_set(struct jci_error *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* As above, with ": strerror(errno)" at the end. */
int jci_error_errno(struct jci_error *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Puts "text: " before the message that is there; returns its code. */
int jci_error_prefix(struct jci_error *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void jci_error_clear(struct jci_error *err);

#define cleanup_error cleanup(jci_error_clear)

#endif
