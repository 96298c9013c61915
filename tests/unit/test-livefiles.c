#include "core/livefiles.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/alloc.h"
#include "util/io.h"

#include "support.h"

/* A run whose output folder is `out` below the base. */
static void init_run(struct jci_record *r)
{
	jci_record_init(r);
	r->output_dir = below("out");
}

static int list(void *ctx, const struct jci_artifact *a)
{
	strbuf_addf(ctx, "%o %s %d\n", a->mode, a->path, (int)a->size);
	return 0;
}

static void assert_files(const struct jci_record *r, const char *expected)
{
	cleanup_strbuf struct strbuf files = STRBUF_INIT;

	assert_int_equal(jci_livefiles_walk(r, list, &files), 0);
	assert_string_equal(files.buf, expected);
}

/* What an opened file holds; NULL, with errno set, where it can't be opened. */
static char *content(const struct jci_record *r, const char *path)
{
	cleanup_close int fd = jci_livefiles_open(r, path);
	char buf[64];
	ssize_t n;

	if (fd < 0)
		return NULL;
	n = read_full(fd, buf, sizeof(buf));
	assert_true(n >= 0);
	return xstrndup(buf, (size_t)n);
}

static void assert_opens(const struct jci_record *r, const char *path, const char *expected)
{
	cleanup_free char *text = content(r, path);

	assert_non_null(text);
	assert_string_equal(text, expected);
}

static void assert_fails(const struct jci_record *r, const char *path, int error)
{
	cleanup_free char *text = content(r, path);

	assert_null(text);
	assert_int_equal(errno, error);
}

static void link_below(const char *target, const char *name)
{
	cleanup_free char *path = below(name);

	assert_int_equal(symlink(target, path), 0);
}

static void walks_in_gits_order(void **state)
{
	cleanup_record struct jci_record r;
	cleanup_free char *script = below("out/run");

	(void)state;
	init_run(&r);
	write_below("out/a/b", "1");
	write_below("out/a.txt", "22");
	write_below("out/a0", "");
	write_below("out/run", "333");
	write_below("out/deep/er/f", "4");
	assert_int_equal(chmod(script, 0755), 0);
	assert_files(&r, "100644 a.txt 2\n"
			 "100644 a/b 1\n"
			 "100644 a0 0\n"
			 "100644 deep/er/f 1\n"
			 "100755 run 3\n");
}

static void follows_no_link(void **state)
{
	cleanup_record struct jci_record r;

	(void)state;
	init_run(&r);
	write_below("secret/key", "s");
	write_below("out/f", "f");
	link_below("../secret/key", "out/to-file");
	link_below("../secret", "out/to-folder");
	link_below(".", "out/loop");
	link_below("f", "out/inside");
	assert_files(&r, "100644 f 1\n"
			 "120000 inside 1\n"
			 "120000 loop 1\n"
			 "120000 to-file 13\n"
			 "120000 to-folder 9\n");
	assert_opens(&r, "f", "f");
	assert_fails(&r, "to-file", ELOOP);
	assert_fails(&r, "inside", ELOOP);
	assert_fails(&r, "to-folder/key", ELOOP);
	assert_fails(&r, "loop/f", ELOOP);
}

static void stays_below_the_folder(void **state)
{
	cleanup_record struct jci_record r;
	cleanup_free char *absolute = below("secret/key");

	(void)state;
	init_run(&r);
	write_below("secret/key", "s");
	write_below("out/sub/f", "f");
	assert_opens(&r, "sub/f", "f");
	assert_fails(&r, "../secret/key", EINVAL);
	assert_fails(&r, "sub/../../secret/key", EINVAL);
	assert_fails(&r, "sub/..", EINVAL);
	assert_fails(&r, "..", EINVAL);
	assert_fails(&r, ".", EINVAL);
	assert_fails(&r, "", EINVAL);
	assert_fails(&r, "sub/", EINVAL);
	assert_fails(&r, "sub//f", EINVAL);
	assert_fails(&r, absolute, EINVAL);
}

/* A folder that becomes a link between the walk and the opening. */
static void sees_a_folder_replaced_by_a_link(void **state)
{
	cleanup_record struct jci_record r;
	cleanup_free char *sub = below("out/sub"), *away = below("away");

	(void)state;
	init_run(&r);
	write_below("out/sub/f", "f");
	assert_int_equal(rename(sub, away), 0);
	link_below("../away", "out/sub");
	assert_fails(&r, "sub/f", ELOOP);
}

/* A fifo without a writer would block whoever opens it. */
static void opens_regular_files_only(void **state)
{
	cleanup_record struct jci_record r;
	cleanup_free char *fifo = below("out/fifo");

	(void)state;
	init_run(&r);
	write_below("out/sub/f", "f");
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_files(&r, "100644 sub/f 1\n");
	assert_fails(&r, "fifo", EINVAL);
	assert_fails(&r, "sub", EINVAL);
	assert_fails(&r, "none", ENOENT);
	assert_fails(&r, "sub/f/g", ENOTDIR);
}

static void leaves_out_what_is_not_stored(void **state)
{
	cleanup_record struct jci_record r;

	(void)state;
	init_run(&r);
	write_below("out/.git/config", "c");
	write_below("out/sub/.GIT/config", "c");
	write_below("out/sub/f", "f");
	assert_files(&r, "100644 sub/f 1\n");
}

static void takes_any_name(void **state)
{
	cleanup_record struct jci_record r;

	(void)state;
	init_run(&r);
	write_below("out/\n/ -x", "1");
	write_below("out/\xff\xfe", "2");
	assert_files(&r, "100644 \n/ -x 1\n100644 \xff\xfe 1\n");
	assert_opens(&r, "\n/ -x", "1");
	assert_opens(&r, "\xff\xfe", "2");
}

static void has_nothing_without_a_folder(void **state)
{
	cleanup_record struct jci_record r;

	(void)state;
	init_run(&r);
	assert_files(&r, "");
	assert_fails(&r, "f", ENOENT);
	write_below("elsewhere/f", "f");
	link_below("elsewhere", "out");
	assert_files(&r, "");
	assert_null(content(&r, "f"));
	free(r.output_dir);
	r.output_dir = NULL;
	assert_files(&r, "");
	assert_fails(&r, "f", ENOENT);
}

static int stop_at_second(void *ctx, const struct jci_artifact *a)
{
	int *n = ctx;

	(void)a;
	return ++*n == 2 ? 7 : 0;
}

static void stops_when_told(void **state)
{
	cleanup_record struct jci_record r;
	int n = 0;

	(void)state;
	init_run(&r);
	write_below("out/a/1", "");
	write_below("out/a/2", "");
	write_below("out/b", "");
	assert_int_equal(jci_livefiles_walk(&r, stop_at_second, &n), 7);
	assert_int_equal(n, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(walks_in_gits_order),      TEST(follows_no_link),
		TEST(stays_below_the_folder),   TEST(sees_a_folder_replaced_by_a_link),
		TEST(opens_regular_files_only), TEST(leaves_out_what_is_not_stored),
		TEST(takes_any_name),           TEST(has_nothing_without_a_folder),
		TEST(stops_when_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
