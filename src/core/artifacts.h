/*
 * The files of a stored run. Trees that came from others are untrusted: names may hold anything but
 * NUL, also be `..`, and nesting may be deep; jci_artifacts_walk() refuses what no working git
 * writes (`.`, `..`, empty names, '/' in one, more than 512 levels) and more than 16 Mi entries as
 * JCI_EINVALID. Submodules are skipped.
 *
 * Of a run that is published while it goes on, the log is in chunks (core/chunks.h): here it is
 * run.output.txt all the same, and the chunks are no files of their own.
 */
#ifndef JCI_CORE_ARTIFACTS_H
#define JCI_CORE_ARTIFACTS_H

#include "core/record.h"

struct jci_artifact {
	const char *path; /* bytes, relative; never with '..' */
	unsigned mode;    /* git's: 0100644, 0100755, 0120000 (link), 040000 (empty folder) */
	git_oid oid;
	uint64_t size; /* 0 for an empty folder */
	bool chunks;   /* oid is a folder of chunks, see below */
};

/* Calls `each` in git's order; a non-zero return stops the walk and is returned. */
typedef int jci_artifact_each(void *ctx, const struct jci_artifact *a);
int jci_artifacts_walk(const struct jci_repo *repo, const struct jci_record *r,
		       jci_artifact_each *each, void *ctx, struct jci_error *err);
/*
 * The same, but sizes are 0, and nothing is known of the objects: many times faster, for who looks
 * for names among thousands.
 */
int jci_artifacts_list(const struct jci_repo *repo, const struct jci_record *r,
		       jci_artifact_each *each, void *ctx, struct jci_error *err);

/* One by its path: JCI_ENOTFOUND names it. Folders are JCI_EINVALID. */
int jci_artifact_find(const struct jci_repo *repo, const struct jci_record *r, const char *path,
		      struct jci_artifact *a, struct jci_error *err);

/* A descriptor for reading the content at any offset, from its beginning; the caller closes it. */
int jci_artifact_open(const struct jci_repo *repo, const struct jci_artifact *a,
		      struct jci_error *err);

/*
 * fd is what that gave for the chunks of an earlier state of the run: what this one has more is
 * added to it.
 */
int jci_artifact_grow(const struct jci_repo *repo, const struct jci_artifact *a, int fd,
		      struct jci_error *err);

/* Writes the content to fd; memory does not grow with its size. */
int jci_artifact_write(const struct jci_repo *repo, const struct jci_artifact *a, int fd,
		       struct jci_error *err);

/*
 * Extracts the run into a folder, which is made if need be and must be empty. Nothing is written
 * outside it, whatever the tree says: links are made last. A name that git takes for `.git`
 * (core/gitname.h) is JCI_EINVALID, a folder with anything in it JCI_EEXISTS. After a failure
 * nothing is left in the folder, and nothing of it where it wasn't there before.
 */
int jci_artifacts_get(const struct jci_repo *repo, const struct jci_record *r, const char *dir,
		      struct jci_error *err);

#endif
