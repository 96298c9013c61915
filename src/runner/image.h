/* Names of images, and which of them a job may have. */
#ifndef JCI_RUNNER_IMAGE_H
#define JCI_RUNNER_IMAGE_H

#include <stdbool.h>

#include "util/error.h"

/*
 * The name in the first line of `text` (that of .jci/image, or a setting), without the blanks
 * around it; NULL where that is empty. JCI_EINVALID: it is of no form that Docker knows
 * (https://docs.docker.com/reference/cli/docker/image/tag/#description), or longer than 255 bytes.
 */
int image_parse(char **name, const char *text, struct jci_error *err);
/* Whether a pattern (fnmatch(3); `*` also stands for slashes) of the list fits; NULL: none. */
bool image_is_allowed(const char *patterns, const char *name);
/* The tag to pull it with: "latest" where the name has neither tag nor digest; else NULL. */
const char *image_default_tag(const char *name);

#endif
