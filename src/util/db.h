/*
 * A database of SQLite (https://www.sqlite.org/docs.html), the server's and the runner's: in WAL
 * mode with synchronous=FULL, so what db_commit() has accepted survives a power cut. The library is
 * loaded when the first one is opened.
 *
 *	struct db_row *row = db_query(db, "SELECT id FROM jobs WHERE state = ?",
 *				      DB_VALUES(DB_TEXT("pending")), err);
 *
 *	while ((code = db_next(row, err)) > 0)
 *		add(db_int(row, 0));
 *
 * Statements are prepared once for each text: `sql` is a literal, known by its address. A database
 * is used by one thread at a time. A failed statement outside of a transaction changes nothing;
 * within one, the caller rolls back.
 */
#ifndef JCI_UTIL_DB_H
#define JCI_UTIL_DB_H

#include <stdbool.h>
#include <stdint.h>

#include "util/error.h"
#include "util/library.h"

struct db;

/*
 * Opens the file, which only its owner may read, and makes it with its folders if need be; `schema`
 * is what fills an empty one, `version` (from 1) is what that makes. JCI_EBUSY: another process has
 * it open, which the lock on PATH.lock tells; JCI_EINVALID: a newer git-jci made it, or it is no
 * database.
 */
int db_open(struct db **out, const char *path, const char *schema, int version,
	    struct jci_error *err);
void db_close(struct db *db);
DEFINE_CLEANUP(db, struct db *, db_close)
#define cleanup_db cleanup(db_cleanup)

/* Loads it. */
void db_library_version(struct library_version *v);

/* ---- values for the '?' of a statement, in their order ---- */

struct db_value {
	enum { DB_TYPE_END, DB_TYPE_NULL, DB_TYPE_INT, DB_TYPE_TEXT, DB_TYPE_BLOB } type;
	int64_t number; /* or the length of a blob */
	const void *bytes;
};
/* (A text that is NULL is NULL.) Bytes are copied. */
#define DB_INT(n)      ((struct db_value){DB_TYPE_INT, (n), NULL})
#define DB_TEXT(s)     ((struct db_value){DB_TYPE_TEXT, 0, (s)})
#define DB_BLOB(p, n)  ((struct db_value){DB_TYPE_BLOB, (int64_t)(n), (p)})
#define DB_NULL        ((struct db_value){DB_TYPE_NULL, 0, NULL})
#define DB_VALUES(...) ((const struct db_value[]){__VA_ARGS__, {DB_TYPE_END, 0, NULL}})
#define DB_NONE        ((const struct db_value[]){{DB_TYPE_END, 0, NULL}})

/* A statement that returns no rows. */
int db_run(struct db *db, const char *sql, const struct db_value *values, struct jci_error *err);
/* How many rows the last one changed; the row that the last INSERT made. */
int64_t db_changes(struct db *db);
int64_t db_last_id(struct db *db);

/*
 * Rows. A query is over when db_next() returned 0 or less, or with db_end(); the same text may not
 * be queried again before. NULL: it failed; db_next() of that returns the error again.
 */
struct db_row;
struct db_row *db_query(struct db *db, const char *sql, const struct db_value *values,
			struct jci_error *err);
/* 1: there is a row; 0: no more; <0 as usual. */
int db_next(struct db_row *row, struct jci_error *err);
void db_end(struct db_row *row);
/* Columns from 0 on; a text is valid until the next call, and NULL for NULL. */
int64_t db_int(struct db_row *row, int column);
const char *db_text(struct db_row *row, int column);
const void *db_blob(struct db_row *row, int column, size_t *len);
bool db_is_null(struct db_row *row, int column);

/* Transactions; they don't nest. db_rollback() never fails, and is no harm outside of one. */
int db_begin(struct db *db, struct jci_error *err);
int db_commit(struct db *db, struct jci_error *err);
void db_rollback(struct db *db);

#endif
