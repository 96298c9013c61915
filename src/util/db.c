#include "util/db.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "util/alloc.h"
#include "util/gettext.h"
#include "util/io.h"
#include "util/sqlite.h"

enum { BUSY_TIMEOUT_MS = 10 * 1000 };

static struct sqlite_table table;

struct db_row {
	struct db *db;
	const char *sql; /* by its address */
	sqlite3_stmt *statement;
};

struct db {
	sqlite3 *handle;
	char *path;
	int lock;
	struct db_row **rows; /* all that were prepared */
	size_t n, cap;
};

static int load(struct jci_error *err)
{
	static const struct library_symbol symbols[] = {
		SQLITE_FUNCTIONS(LIBRARY_SYMBOL){NULL, NULL}};
	static struct library library = {
		.file = "libsqlite3.so.0", .package = "libsqlite3-0", .symbols = symbols};

	return library_load(&library, err);
}

void db_library_version(struct library_version *v)
{
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;
	bool there = load(&ignored) == 0;

	library_version_set(v, "SQLite", SQLITE_VERSION, there ? table.sqlite3_libversion() : NULL);
}

static int fail(const struct db *db, struct jci_error *err)
{
	return jci_error_set(err, JCI_EFAIL, _("database '%s': %s"), db->path,
			     table.sqlite3_errmsg(db->handle));
}

static int exec(struct db *db, const char *sql, struct jci_error *err)
{
	return table.sqlite3_exec(db->handle, sql, NULL, NULL, NULL) == SQLITE_OK ? 0
										  : fail(db, err);
}

/* ---- opening ---- */

static int make_folder(const char *path, struct jci_error *err)
{
	const char *slash = strrchr(path, '/');
	cleanup_free char *folder =
		slash && slash > path ? xstrndup(path, (size_t)(slash - path)) : NULL;

	if (folder && mkdir_parents(folder) < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot make the folder '%s'"), folder);
	return 0;
}

/* Held until the process ends, however it does; SQLite's own locks come and go. */
static int take_lock(struct db *db, struct jci_error *err)
{
	cleanup_free char *name = xasprintf("%s.lock", db->path);

	db->lock = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (db->lock < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot open '%s'"), name);
	if (lock_file(db->lock, F_OFD_SETLK) == 0)
		return 0;
	if (errno == EAGAIN || errno == EACCES)
		return jci_error_set(
			err, JCI_EBUSY,
			_("another process works with the database '%s'; only one may"), db->path);
	return jci_error_errno(err, JCI_EFAIL, _("cannot lock '%s'"), name);
}

/* Made by us, because SQLite would let others read it. */
static int open_file(struct db *db, struct jci_error *err)
{
	cleanup_close int fd = open(db->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot open the database '%s'"),
				       db->path);
	if (table.sqlite3_open_v2(db->path, &db->handle,
				  SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
		if (!db->handle)
			out_of_memory();
		return fail(db, err);
	}
	table.sqlite3_busy_timeout(db->handle, BUSY_TIMEOUT_MS);
	return 0;
}

static int version_of(struct db *db, int *version, struct jci_error *err)
{
	struct db_row *row = db_query(db, "PRAGMA user_version", DB_NONE, err);
	int code = db_next(row, err);

	*version = code > 0 ? (int)db_int(row, 0) : 0;
	db_end(row);
	return code < 0 ? code : 0;
}

static int fill(struct db *db, const char *schema, int version, struct jci_error *err)
{
	cleanup_free char *pragma = xasprintf("PRAGMA user_version = %d", version);
	int there;

	if (version_of(db, &there, err) < 0)
		return err->code;
	if (there > version)
		return jci_error_set(err, JCI_EINVALID,
				     _("the database '%s' was made by a newer git-jci (its form is "
				       "%d, not %d); update this one"),
				     db->path, there, version);
	if (there == version)
		return 0;
	if (db_begin(db, err) < 0 || exec(db, schema, err) < 0 || exec(db, pragma, err) < 0 ||
	    db_commit(db, err) < 0)
		return err->code;
	return 0;
}

int db_open(struct db **out, const char *path, const char *schema, int version,
	    struct jci_error *err)
{
	cleanup_db struct db *db = NULL;

	if (load(err) < 0 || make_folder(path, err) < 0)
		return err->code;
	db = xcalloc(1, sizeof(*db));
	db->lock = -1;
	db->path = xstrdup(path);
	if (take_lock(db, err) < 0 || open_file(db, err) < 0 ||
	    exec(db,
		 "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; "
		 "PRAGMA temp_store = MEMORY; "
		 "PRAGMA foreign_keys = ON",
		 err) < 0 ||
	    fill(db, schema, version, err) < 0)
		return err->code;
	*out = steal_ptr(db);
	return 0;
}

void db_close(struct db *db)
{
	if (!db)
		return;
	for (size_t i = 0; i < db->n; i++) {
		table.sqlite3_finalize(db->rows[i]->statement);
		free(db->rows[i]);
	}
	free(db->rows);
	if (db->handle)
		table.sqlite3_close(db->handle);
	if (db->lock >= 0)
		close(db->lock);
	free(db->path);
	free(db);
}

/* ---- statements ---- */

static struct db_row *prepare(struct db *db, const char *sql, struct jci_error *err)
{
	sqlite3_stmt *statement = NULL;
	struct db_row *row;

	for (size_t i = 0; i < db->n; i++)
		if (db->rows[i]->sql == sql)
			return db->rows[i];
	if (table.sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement,
				     NULL) != SQLITE_OK) {
		fail(db, err);
		return NULL;
	}
	row = xcalloc(1, sizeof(*row));
	*row = (struct db_row){.db = db, .sql = sql, .statement = statement};
	ARRAY_GROW(db->rows, db->n + 1, db->cap);
	db->rows[db->n++] = row;
	return row;
}

static int bind(sqlite3_stmt *statement, int at, const struct db_value *value)
{
	switch (value->type) {
	case DB_TYPE_INT:
		return table.sqlite3_bind_int64(statement, at, value->number);
	case DB_TYPE_TEXT:
		return table.sqlite3_bind_text(statement, at, value->bytes, -1, SQLITE_TRANSIENT);
	case DB_TYPE_BLOB:
		return table.sqlite3_bind_blob(statement, at, value->bytes, (int)value->number,
					       SQLITE_TRANSIENT);
	default:
		return table.sqlite3_bind_null(statement, at);
	}
}

struct db_row *db_query(struct db *db, const char *sql, const struct db_value *values,
			struct jci_error *err)
{
	struct db_row *row = prepare(db, sql, err);

	if (!row)
		return NULL;
	for (int i = 0; values[i].type != DB_TYPE_END; i++)
		if (bind(row->statement, i + 1, &values[i]) != SQLITE_OK) {
			fail(db, err);
			db_end(row);
			return NULL;
		}
	return row;
}

int db_next(struct db_row *row, struct jci_error *err)
{
	int ret;

	if (!row)
		return err->code;
	ret = table.sqlite3_step(row->statement);
	if (ret == SQLITE_ROW)
		return 1;
	if (ret != SQLITE_DONE)
		fail(row->db, err);
	db_end(row);
	return ret == SQLITE_DONE ? 0 : err->code;
}

void db_end(struct db_row *row)
{
	if (!row)
		return;
	table.sqlite3_reset(row->statement);
	table.sqlite3_clear_bindings(row->statement);
}

int db_run(struct db *db, const char *sql, const struct db_value *values, struct jci_error *err)
{
	struct db_row *row = db_query(db, sql, values, err);
	int code = db_next(row, err);

	if (code > 0)
		db_end(row);
	return code < 0 ? code : 0;
}

int64_t db_changes(struct db *db)
{
	return table.sqlite3_changes(db->handle);
}

int64_t db_last_id(struct db *db)
{
	return table.sqlite3_last_insert_rowid(db->handle);
}

/* ---- columns ---- */

int64_t db_int(struct db_row *row, int column)
{
	return table.sqlite3_column_int64(row->statement, column);
}

const char *db_text(struct db_row *row, int column)
{
	return (const char *)table.sqlite3_column_text(row->statement, column);
}

const void *db_blob(struct db_row *row, int column, size_t *len)
{
	const void *bytes = table.sqlite3_column_blob(row->statement, column);

	*len = (size_t)table.sqlite3_column_bytes(row->statement, column);
	return bytes;
}

bool db_is_null(struct db_row *row, int column)
{
	return table.sqlite3_column_type(row->statement, column) == SQLITE_NULL;
}

/* ---- transactions ---- */

int db_begin(struct db *db, struct jci_error *err)
{
	return db_run(db, "BEGIN IMMEDIATE", DB_NONE, err);
}

int db_commit(struct db *db, struct jci_error *err)
{
	if (db_run(db, "COMMIT", DB_NONE, err) == 0)
		return 0;
	db_rollback(db);
	return err->code;
}

void db_rollback(struct db *db)
{
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;

	if (!table.sqlite3_get_autocommit(db->handle))
		db_run(db, "ROLLBACK", DB_NONE, &ignored);
}
