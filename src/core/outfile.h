/*
 * A new file that a thread writes while the caller makes the next bytes, under a temporary name
 * until it is whole. Writing to disk begins at once, so that the flush at the end is short. The
 * functions that return int give -1 with errno set; an error of the thread is told by a later call.
 */
#ifndef JCI_CORE_OUTFILE_H
#define JCI_CORE_OUTFILE_H

#include <stddef.h>
#include <stdint.h>

#include "util/cleanup.h"

struct jci_outfile;

/*
 * Creates PREFIXxxxxxx (random letters) with mode 0444 less the umask; only through this it can be
 * written. dirfd is borrowed until the file is freed.
 */
int jci_outfile_new(struct jci_outfile **out, int dirfd, const char *prefix);

/* The name below dirfd: the temporary one, or after jci_outfile_commit() the last. Borrowed. */
const char *jci_outfile_name(const struct jci_outfile *o);
/* Bytes written so far. */
uint64_t jci_outfile_size(const struct jci_outfile *o);

int jci_outfile_write(struct jci_outfile *o, const void *data, size_t len);
/* Forgets all bytes from `size` on, which is at most the size by now. */
int jci_outfile_truncate(struct jci_outfile *o, uint64_t size);
/* Waits until all is in the file, whose descriptor (borrowed) then serves to read and patch it. */
int jci_outfile_flush(struct jci_outfile *o, int *fd);

/* Writes what is left, and all to the disk (fsync). */
int jci_outfile_sync(struct jci_outfile *o);
/* Renames it, over a file that is there. The folder is not flushed. */
int jci_outfile_commit(struct jci_outfile *o, const char *name);
/* Removes the file unless it was committed. */
void jci_outfile_free(struct jci_outfile *o);

DEFINE_CLEANUP(outfile, struct jci_outfile *, jci_outfile_free)
#define cleanup_outfile cleanup(outfile_cleanup)

#endif
