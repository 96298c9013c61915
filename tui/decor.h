/* Branches and tags, by the commits that they are at. Never changes once it is made. */
#ifndef JCI_TUI_DECOR_H
#define JCI_TUI_DECOR_H

#include "core/repo.h"

struct decor;
/* In a worker. */
int decor_new(struct decor **out, const struct jci_repo *repo, struct jci_error *err);
void decor_free(struct decor *decor);
/* Appends "[main] [v1]": HEAD first, then branches, those of remotes, tags. Raw names. */
void decor_add(const struct decor *decor, const git_oid *commit, struct strbuf *sb);

/*
 * All names for a chooser, HEAD first: as revisions, so that one that is a branch and a tag is
 * "heads/NAME" and "tags/NAME". The caller frees the names and *names.
 */
int decor_list_names(char ***names, size_t *n, const struct jci_repo *repo, struct jci_error *err);

#endif
