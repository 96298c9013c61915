/* libarchive, loaded when the first archive is made (util/library.h). */
#ifndef JCI_UTIL_LIBARCHIVE_H
#define JCI_UTIL_LIBARCHIVE_H

#include <archive.h>
#include <archive_entry.h>

#include "util/library.h"

#define LIBARCHIVE_FUNCTIONS(X)                    \
	X(archive_entry_free)                      \
	X(archive_entry_new)                       \
	X(archive_entry_set_filetype)              \
	X(archive_entry_set_mtime)                 \
	X(archive_entry_set_pathname)              \
	X(archive_entry_set_perm)                  \
	X(archive_entry_set_size)                  \
	X(archive_entry_set_symlink)               \
	X(archive_error_string)                    \
	X(archive_version_string)                  \
	X(archive_write_add_filter_gzip)           \
	X(archive_write_close)                     \
	X(archive_write_data)                      \
	X(archive_write_finish_entry)              \
	X(archive_write_free)                      \
	X(archive_write_header)                    \
	X(archive_write_new)                       \
	X(archive_write_open)                      \
	X(archive_write_open_fd)                   \
	X(archive_write_set_bytes_per_block)       \
	X(archive_write_set_format_pax_restricted) \
	X(archive_write_set_format_zip)            \
	X(archive_write_set_options)

struct libarchive {
	LIBARCHIVE_FUNCTIONS(LIBRARY_POINTER)
};

/* NULL, and JCI_ENOTFOUND names what is missing. From any thread. */
const struct libarchive *libarchive_load(struct jci_error *err);
void libarchive_library_version(struct library_version *v);

#endif
