/*
 * What a repository wants its jobs to run on, said in two files at the commit: `.jci/runner` has
 * the labels that a runner must have, words parted by blanks and lines, `#` begins a comment;
 * `.jci/image` has the name of the image in its first line.
 */
#ifndef JCI_SERVER_WISHES_H
#define JCI_SERVER_WISHES_H

#include <stdbool.h>
#include <stddef.h>

#include "util/strbuf.h"

#define WISHES_RUNNER ".jci/runner"
#define WISHES_IMAGE  ".jci/image"

enum { WISHES_RUNNER_SIZE = 4096, WISHES_IMAGE_SIZE = 4096 };

/*
 * Append the labels, parted by single blanks, or the image; false: the file is wrong, and `why`
 * says to its author how.
 */
bool wishes_labels(struct strbuf *labels, const char *text, size_t len, struct strbuf *why);
bool wishes_image(struct strbuf *image, const char *text, size_t len, struct strbuf *why);

#endif
