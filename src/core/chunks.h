/*
 * The log of a run that is published while it goes on: it travels in chunks, so that each time only
 * what is new is sent. In the tree of such a state `.jci/log/` holds folders of up to 100 chunks:
 *
 *	.jci/log/000000/00, .jci/log/000000/01, ... .jci/log/000001/00, ...
 *
 * In the order of their names they are the log as far as it was sent. A chunk never changes once it
 * is there. The tree of the result has run.output.txt instead (git-jci-format(5)).
 */
#ifndef JCI_CORE_CHUNKS_H
#define JCI_CORE_CHUNKS_H

#include "core/repo.h"

#define JCI_CHUNKS_PATH ".jci/log"

enum { JCI_CHUNK_MAX = 1024 * 1024 }; /* bytes of one that is made here */

/* ---- reading: of untrusted trees; JCI_EINVALID where they are no folders of chunks ---- */

/* Bytes of all chunks in the tree at JCI_CHUNKS_PATH. */
int jci_chunks_size(const struct jci_repo *repo, const git_oid *tree, uint64_t *size,
		    struct jci_error *err);
/* Writes the log from the byte `from` on to fd. What was written before a failure stays. */
int jci_chunks_copy(const struct jci_repo *repo, const git_oid *tree, uint64_t from, int fd,
		    struct jci_error *err);

/* ---- writing ---- */

struct jci_chunks {
	git_treebuilder *folders, *chunks; /* chunks: those of the last folder; NULL: none yet */
	size_t n;
};
#define JCI_CHUNKS_INIT       \
	{                     \
		NULL, NULL, 0 \
	}
void jci_chunks_release(struct jci_chunks *chunks);
#define cleanup_chunks cleanup(jci_chunks_release)

/* Stores the bytes, at most JCI_CHUNK_MAX, as the next chunk. */
int jci_chunks_add(struct jci_chunks *chunks, const struct jci_repo *repo, const void *data,
		   size_t len, struct jci_error *err);
/* The tree of all that was added, be it empty. */
int jci_chunks_write(struct jci_chunks *chunks, const struct jci_repo *repo, git_oid *tree,
		     struct jci_error *err);

#endif
