/*
 * Which repositories this server works for (JCI_REPOSITORIES): a list of patterns OWNER/NAME,
 * separated by commas or white space, such as "team/?*, boss/demo" (fnmatch(3): a star does not go
 * past the slash). Upper and lower case are the same, as they are to Gitea.
 */
#ifndef JCI_SERVER_ALLOW_H
#define JCI_SERVER_ALLOW_H

#include <stdbool.h>

#include "util/error.h"

/* JCI_EINVALID names what is no such pattern. */
int allow_check(const char *patterns, struct jci_error *err);
/* NULL: all are. */
bool allow_has(const char *patterns, const char *repository);
/* Whether one of the patterns is this very name. */
bool allow_is_name(const char *patterns, const char *repository);
/*
 * Calls each() for the patterns that are names: repositories that are known before their first
 * push. It ends where that returns <0, and returns that.
 */
int allow_names(const char *patterns, int (*each)(void *ctx, const char *repository), void *ctx);

#endif
