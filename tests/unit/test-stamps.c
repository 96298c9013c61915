#include "web/stamps.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "support.h"
#include "util/alloc.h"

static int enter_folder(void **state)
{
	return make_folder(state) || chdir(base);
}

static int leave_folder(void **state)
{
	return chdir("/") || remove_folder(state);
}

/* Long ago: what has just been changed is never trusted. */
static void make_old(const char *path)
{
	const struct timespec times[2] = {{1700000000, 5}, {1700000000, 5}};

	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void write_text(const char *path, const char *text)
{
	cleanup_file FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
}

static void test_files(void **state)
{
	struct web_stamps stamps = WEB_STAMPS_INIT;

	(void)state;
	write_text("file", "one");
	make_old("file");
	web_stamps_add(&stamps, "file");
	web_stamps_add(&stamps, "missing");
	assert_true(web_stamps_hold(&stamps));
	write_text("file", "two"); /* the size stays */
	assert_false(web_stamps_hold(&stamps));
	make_old("file");
	assert_true(web_stamps_hold(&stamps));
	write_text("missing", "");
	make_old("missing");
	assert_false(web_stamps_hold(&stamps));
	unlink("missing");
	assert_true(web_stamps_hold(&stamps));
	/* another file in its place, of the same size and time */
	write_text("other", "two");
	make_old("other");
	assert_int_equal(rename("other", "file"), 0);
	assert_false(web_stamps_hold(&stamps));
	unlink("file");
	assert_false(web_stamps_hold(&stamps));
	web_stamps_release(&stamps);
}

/* It could be changed once more within the same tick of the clock. */
static void test_racy(void **state)
{
	struct web_stamps stamps = WEB_STAMPS_INIT;

	(void)state;
	write_text("young", "one");
	web_stamps_add(&stamps, "young");
	assert_false(web_stamps_hold(&stamps));
	web_stamps_release(&stamps);
}

static void test_folders(void **state)
{
	static const char *const folders[] = {"top", "top/a", "top/a/b"};
	struct web_stamps stamps = WEB_STAMPS_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		assert_int_equal(mkdir(folders[i], 0777), 0);
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		make_old(folders[i]);
	web_stamps_add_folders(&stamps, "top");
	assert_int_equal(stamps.n, 3);
	assert_true(web_stamps_hold(&stamps));
	write_text("top/a/b/ref", "");
	assert_false(web_stamps_hold(&stamps));
	web_stamps_release(&stamps);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_racy),
		cmocka_unit_test(test_folders),
	};

	return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
