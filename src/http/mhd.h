/*
 * libmicrohttpd, loaded when it is needed (util/library.h); with it come a dozen others, libgnutls
 * and kin:
 *
 *	mhd->queue_response(connection, MHD_HTTP_OK, response);
 */
#ifndef JCI_HTTP_MHD_H
#define JCI_HTTP_MHD_H

#include <microhttpd.h>

#include "util/error.h"

#define MHD_FUNCTIONS(X)                                      \
	X(add_response_header)                                \
	X(create_response_from_buffer)                        \
	X(create_response_from_buffer_with_free_callback_cls) \
	X(create_response_from_callback)                      \
	X(create_response_from_fd_at_offset64)                \
	X(destroy_response)                                   \
	X(get_connection_info)                                \
	X(get_version)                                        \
	X(http_unescape)                                      \
	X(lookup_connection_value)                            \
	X(lookup_connection_value_n)                          \
	X(queue_response)                                     \
	X(quiesce_daemon)                                     \
	X(resume_connection)                                  \
	X(start_daemon)                                       \
	X(stop_daemon)                                        \
	X(suspend_connection)

#define MHD_POINTER(name) __typeof__(MHD_##name) *name;
struct mhd_table {
	MHD_FUNCTIONS(MHD_POINTER)
};
#undef MHD_POINTER

/* Valid once mhd_load() has returned 0. */
extern const struct mhd_table *const mhd;

/* Loads it, once; JCI_ENOTFOUND names the package that is missing. */
int mhd_load(struct jci_error *err);

#endif
