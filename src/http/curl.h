/* libcurl, loaded when it is needed (util/library.h); for client.c alone. */
#ifndef JCI_HTTP_CURL_H
#define JCI_HTTP_CURL_H

/* Its checking macros take the address of the functions, which nothing is linked to. */
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#include "util/library.h"

/* (The library's header makes macros of these names, with the same meaning.) */
#undef curl_easy_getinfo
#undef curl_easy_setopt

#define CURL_FUNCTIONS(X)      \
	X(curl_easy_cleanup)   \
	X(curl_easy_getinfo)   \
	X(curl_easy_init)      \
	X(curl_easy_perform)   \
	X(curl_easy_reset)     \
	X(curl_easy_setopt)    \
	X(curl_easy_strerror)  \
	X(curl_global_init)    \
	X(curl_slist_append)   \
	X(curl_slist_free_all) \
	X(curl_version_info)

struct curl_table {
	CURL_FUNCTIONS(LIBRARY_POINTER)
};

#endif
