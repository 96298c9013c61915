/*
 * Files and descriptors: calls that go on after EINTR and short transfers. They set errno and
 * return -1 on failure, as the system calls below them do; who knows the file's name makes the
 * message.
 */
#ifndef JCI_UTIL_IO_H
#define JCI_UTIL_IO_H

#include <stdint.h>
#include <sys/types.h>

#include "util/strbuf.h"

/* Reads until len bytes or end of file; returns how many. */
ssize_t read_full(int fd, void *buf, size_t len);
ssize_t pread_full(int fd, void *buf, size_t len, off_t offset);
int write_full(int fd, const void *buf, size_t len);
/* Appends the whole file to sb; fails with EFBIG past `limit` bytes (0: no limit). */
int read_file_at(int dirfd, const char *name, struct strbuf *sb, size_t limit);
/* The same from a descriptor, of what is behind its offset. */
int read_to_end(int fd, struct strbuf *sb, size_t limit);
/* Replaces the file: written beside it as NAME.tmp, then renamed, so that no reader sees half. */
int write_file_at(int dirfd, const char *name, const void *data, size_t len);
/* Copies from the current offset of `in` to its end; in the kernel where it can. */
int copy_fd(int in, int out);
/*
 * Locks the whole file for this open file description (fcntl(2)): F_OFD_SETLKW waits for whoever
 * has it, F_OFD_SETLK fails with EAGAIN or EACCES.
 */
int lock_file(int fd, int command);
/* mkdir -p with mode 0777 less the umask. */
int mkdir_parents(const char *path);
/* rm -rf of NAME below dirfd: follows no link, and mends the mode of folders it may not enter. */
int remove_tree_at(int dirfd, const char *name);
/* A file without a name, for reading and writing, in $TMPDIR or /tmp. */
int open_unnamed_file(void);

#endif
