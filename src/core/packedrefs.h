/*
 * The file packed-refs (git-pack-refs(1)), mapped and, as git writes it sorted, searched by halves:
 * "<hash> <name>" lines, each followed by "^<hash>" where it is an annotated tag, of what that
 * points to in the end.
 */
#ifndef JCI_CORE_PACKEDREFS_H
#define JCI_CORE_PACKEDREFS_H

#include "core/repo.h"

struct jci_packed {
	char *map;
	size_t size;
	const char *start, *end; /* behind the header line; the end of the file */
	bool sorted;
	bool peeled; /* every annotated tag is followed by its line */
};
#define JCI_PACKED_INIT                           \
	{                                         \
		NULL, 0, NULL, NULL, false, false \
	}
/* A repository without packed refs gives an empty one. */
int jci_packed_open(const struct jci_repo *repo, struct jci_packed *p, struct jci_error *err);
/* Another file of that format. */
int jci_packed_open_file(const char *path, struct jci_packed *p, struct jci_error *err);
void jci_packed_release(struct jci_packed *p);
#define cleanup_packed cleanup(jci_packed_release)

struct jci_packed_ref {
	const char *name; /* `len` bytes, without a NUL */
	size_t len;
	const char *hash, *peeled; /* 40 digits if the file is right; peeled NULL: no such line */
};
/*
 * The next ref whose name begins with `prefix`, from *at on, which moves; NULL at the start. Lines
 * that are none are skipped.
 */
bool jci_packed_next(const struct jci_packed *p, const char *prefix, const char **at,
		     struct jci_packed_ref *ref);
bool jci_packed_find(const struct jci_packed *p, const char *name, git_oid *oid);

#endif
