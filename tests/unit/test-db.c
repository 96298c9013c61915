#include "util/db.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support.h"

static const char schema[] =
	"CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT UNIQUE, data BLOB);";

static struct db *open_db(void)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_free char *path = below("new/folder/x.db");
	struct db *db = NULL;

	if (db_open(&db, path, schema, 1, &err) < 0)
		fail_msg("%s", err.message);
	return db;
}

static void add(struct db *db, const char *name)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;

	assert_int_equal(
		db_run(db, "INSERT INTO t (name) VALUES (?)", DB_VALUES(DB_TEXT(name)), &err), 0);
}

static int64_t count(struct db *db)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	struct db_row *row = db_query(db, "SELECT count(*) FROM t", DB_NONE, &err);
	int64_t n;

	assert_int_equal(db_next(row, &err), 1);
	n = db_int(row, 0);
	db_end(row);
	return n;
}

static void test_values_come_back(void **state)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_db struct db *db = open_db();
	const char blob[] = "a\0b";
	struct db_row *row;
	size_t len;

	(void)state;
	assert_int_equal(db_run(db, "INSERT INTO t VALUES (?, ?, ?)",
				DB_VALUES(DB_INT(INT64_MAX), DB_TEXT("it's"), DB_BLOB(blob, 3)),
				&err),
			 0);
	assert_true(db_last_id(db) == INT64_MAX);
	assert_int_equal(db_changes(db), 1);
	row = db_query(db, "SELECT id, name, data, NULL FROM t WHERE name = ?",
		       DB_VALUES(DB_TEXT("it's")), &err);
	assert_int_equal(db_next(row, &err), 1);
	assert_true(db_int(row, 0) == INT64_MAX);
	assert_string_equal(db_text(row, 1), "it's");
	assert_memory_equal(db_blob(row, 2, &len), blob, 3);
	assert_int_equal(len, 3);
	assert_true(db_is_null(row, 3));
	assert_null(db_text(row, 3));
	assert_int_equal(db_next(row, &err), 0);
}

static void test_transactions(void **state)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_db struct db *db = open_db();

	(void)state;
	db_rollback(db); /* no harm */
	assert_int_equal(db_begin(db, &err), 0);
	add(db, "one");
	db_rollback(db);
	assert_int_equal(count(db), 0);
	assert_int_equal(db_begin(db, &err), 0);
	add(db, "two");
	assert_int_equal(db_commit(db, &err), 0);
	assert_int_equal(count(db), 1);
}

static void test_a_failed_statement_can_be_used_again(void **state)
{
	static const char insert[] = "INSERT INTO t (name) VALUES (?)";
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_db struct db *db = open_db();

	(void)state;
	assert_int_equal(db_run(db, insert, DB_VALUES(DB_TEXT("x")), &err), 0);
	assert_int_equal(db_run(db, insert, DB_VALUES(DB_TEXT("x")), &err), JCI_EFAIL);
	assert_non_null(strstr(err.message, "UNIQUE"));
	assert_non_null(strstr(err.message, "x.db"));
	jci_error_clear(&err);
	assert_int_equal(db_run(db, insert, DB_VALUES(DB_TEXT("y")), &err), 0);
	assert_int_equal(count(db), 2);
}

static void test_a_wrong_statement(void **state)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_db struct db *db = open_db();

	(void)state;
	assert_int_equal(db_next(db_query(db, "SELECT nothing", DB_NONE, &err), &err), JCI_EFAIL);
}

static void test_only_one_process(void **state)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_free char *path = below("new/folder/x.db");
	struct db *db = open_db(), *other = NULL;

	(void)state;
	assert_int_equal(db_open(&other, path, schema, 1, &err), JCI_EBUSY);
	assert_non_null(strstr(err.message, path));
	assert_null(other);
	db_close(db);
	other = open_db();
	db_close(other);
}

static void test_only_the_owner_reads_it(void **state)
{
	cleanup_free char *path = below("new/folder/x.db");
	cleanup_db struct db *db = open_db();
	struct stat st;

	(void)state;
	add(db, "secret");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

/* What a process has committed is there after it was killed. */
static void test_kill(void **state)
{
	int fds[2];
	pid_t pid;
	char c;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		struct db *db = open_db();

		add(db, "kept");
		(void)!write(fds[1], "x", 1);
		pause();
		_exit(0);
	}
	assert_int_equal(read(fds[0], &c, 1), 1);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	close(fds[0]);
	close(fds[1]);
	{
		cleanup_db struct db *db = open_db();

		assert_int_equal(count(db), 1);
	}
}

static void test_what_cannot_be_opened(void **state)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_free char *path = below("new/folder/x.db");
	cleanup_free char *text = below("text.db");
	struct db *db = open_db();

	(void)state;
	db_close(db);
	assert_int_equal(db_open(&db, path, schema, 2, &err), JCI_EFAIL); /* no way from 1 to 2 */
	jci_error_clear(&err);
	db = NULL;
	write_below("text.db",
		    "This is a text, and for a database it is far too short to be one.\n");
	assert_true(db_open(&db, text, schema, 1, &err) < 0);
	assert_non_null(strstr(err.message, "text.db"));
	jci_error_clear(&err);
	assert_true(db_open(&db, "/dev/null/x.db", schema, 1, &err) < 0);
	assert_null(db);
}

static void test_a_newer_one_is_refused(void **state)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_free char *path = below("new.db");
	struct db *db = NULL;

	(void)state;
	assert_int_equal(db_open(&db, path, schema, 7, &err), 0);
	db_close(db);
	db = NULL;
	assert_int_equal(db_open(&db, path, schema, 1, &err), JCI_EINVALID);
	assert_non_null(strstr(err.message, "newer"));
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, make_folder, remove_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_values_come_back),
		CASE(test_transactions),
		CASE(test_a_failed_statement_can_be_used_again),
		CASE(test_a_wrong_statement),
		CASE(test_only_one_process),
		CASE(test_only_the_owner_reads_it),
		CASE(test_kill),
		CASE(test_what_cannot_be_opened),
		CASE(test_a_newer_one_is_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
