/* SQLite, loaded when it is needed (util/library.h); for db.c alone. */
#ifndef JCI_UTIL_SQLITE_H
#define JCI_UTIL_SQLITE_H

#include <sqlite3.h>

#include "util/library.h"

#define SQLITE_FUNCTIONS(X)          \
	X(sqlite3_bind_blob)         \
	X(sqlite3_bind_int64)        \
	X(sqlite3_bind_null)         \
	X(sqlite3_bind_text)         \
	X(sqlite3_busy_timeout)      \
	X(sqlite3_changes)           \
	X(sqlite3_clear_bindings)    \
	X(sqlite3_close)             \
	X(sqlite3_column_blob)       \
	X(sqlite3_column_bytes)      \
	X(sqlite3_column_int64)      \
	X(sqlite3_column_text)       \
	X(sqlite3_column_type)       \
	X(sqlite3_errmsg)            \
	X(sqlite3_exec)              \
	X(sqlite3_finalize)          \
	X(sqlite3_get_autocommit)    \
	X(sqlite3_last_insert_rowid) \
	X(sqlite3_libversion)        \
	X(sqlite3_open_v2)           \
	X(sqlite3_prepare_v3)        \
	X(sqlite3_reset)             \
	X(sqlite3_step)

struct sqlite_table {
	SQLITE_FUNCTIONS(LIBRARY_POINTER)
};

#endif
