#include "runner/store.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "util/alloc.h"
#include "util/db.h"
#include "util/gettext.h"

enum { FORM = 1, UUID_SIZE = 37 };

static const char schema[] = "CREATE TABLE runner (uuid TEXT NOT NULL);"
			     "CREATE TABLE verdicts ("
			     "	job INTEGER NOT NULL, attempt INTEGER NOT NULL,"
			     "	reason TEXT NOT NULL, detail TEXT,"
			     "	PRIMARY KEY (job, attempt)) WITHOUT ROWID;";

static const char *const reasons[] = {"exited", "timeout", "cancelled", "refused", "failed"};

struct runner_store {
	struct db *db;
	char uuid[UUID_SIZE];
};

const char *runner_reason_name(enum runner_reason reason)
{
	return reasons[reason];
}

/* ---- identity ---- */

static int make_uuid(char out[UUID_SIZE], struct jci_error *err)
{
	unsigned char b[16];

	if (getrandom(b, sizeof(b), 0) != (ssize_t)sizeof(b))
		return jci_error_errno(err, JCI_EFAIL, _("cannot get random bytes"));
	b[6] = (b[6] & 0x0f) | 0x40; /* version 4 */
	b[8] = (b[8] & 0x3f) | 0x80;
	snprintf(out, UUID_SIZE,
		 "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1],
		 b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
		 b[15]);
	return 0;
}

/* 1: it is there; 0: there is none yet. */
static int read_uuid(struct runner_store *store, struct jci_error *err)
{
	struct db_row *row = db_query(store->db, "SELECT uuid FROM runner", DB_NONE, err);
	int code = db_next(row, err);

	if (code > 0)
		snprintf(store->uuid, sizeof(store->uuid), "%s", db_text(row, 0));
	db_end(row);
	return code;
}

int runner_store_open(struct runner_store **out, const char *path, struct jci_error *err)
{
	cleanup_runner_store struct runner_store *store = xcalloc(1, sizeof(*store));
	int code;

	if (db_open(&store->db, path, schema, FORM, err) < 0)
		return err->code;
	code = read_uuid(store, err);
	if (code == 0) {
		if (make_uuid(store->uuid, err) < 0)
			return err->code;
		code = db_run(store->db, "INSERT INTO runner (uuid) VALUES (?)",
			      DB_VALUES(DB_TEXT(store->uuid)), err);
	}
	if (code < 0)
		return code;
	*out = steal_ptr(store);
	return 0;
}

void runner_store_close(struct runner_store *store)
{
	if (store->db)
		db_close(store->db);
	free(store);
}

const char *runner_store_uuid(const struct runner_store *store)
{
	return store->uuid;
}

/* ---- verdicts ---- */

int runner_store_put(struct runner_store *store, int64_t job, int attempt,
		     enum runner_reason reason, const char *detail, struct jci_error *err)
{
	return db_run(
		store->db,
		"INSERT OR REPLACE INTO verdicts (job, attempt, reason, detail) "
		"VALUES (?, ?, ?, ?)",
		DB_VALUES(DB_INT(job), DB_INT(attempt), DB_TEXT(reasons[reason]), DB_TEXT(detail)),
		err);
}

int runner_store_drop(struct runner_store *store, int64_t job, int attempt, struct jci_error *err)
{
	return db_run(store->db, "DELETE FROM verdicts WHERE job = ? AND attempt = ?",
		      DB_VALUES(DB_INT(job), DB_INT(attempt)), err);
}

static enum runner_reason parse_reason(const char *s)
{
	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++)
		if (s && strcmp(s, reasons[i]) == 0)
			return (enum runner_reason)i;
	return REASON_FAILED;
}

int runner_store_each(struct runner_store *store,
		      void (*found)(void *ctx, int64_t job, int attempt, enum runner_reason reason,
				    const char *detail),
		      void *ctx, struct jci_error *err)
{
	struct db_row *row =
		db_query(store->db,
			 "SELECT job, attempt, reason, detail FROM verdicts ORDER BY job, attempt",
			 DB_NONE, err);
	int code;

	while ((code = db_next(row, err)) > 0)
		found(ctx, db_int(row, 0), (int)db_int(row, 1), parse_reason(db_text(row, 2)),
		      db_text(row, 3));
	db_end(row);
	return code;
}
