#include "tui/doc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/live.h"
#include "core/logcache.h"
#include "core/store.h"
#include "util/alloc.h"
#include "util/io.h"

#include "support.h"

enum { MIB = 1024 * 1024 };

static struct loop *loop;
static struct workers *workers;
static struct doc *doc;
static unsigned seen;

static void on_change(void *ctx, unsigned what)
{
	assert_ptr_equal(ctx, &seen);
	seen |= what;
}

static int setup(void **state)
{
	make_repo(state);
	loop = loop_new();
	workers = workers_new(loop);
	doc = doc_new(workers, on_change, &seen);
	seen = 0;
	return 0;
}

static int teardown(void **state)
{
	doc_free(doc);
	workers_free(workers);
	loop_free(loop);
	return remove_repo(state);
}

static void quit_if_idle(void *ctx)
{
	if (!workers_busy(ctx))
		loop_quit(loop);
}

/* Until no job is under way. */
static void settle(void)
{
	loop_before_sleep(loop, quit_if_idle, workers);
	loop_run(loop);
}

/* ---- runs ---- */

static void add_blob(struct strbuf *tree, const char *name, const void *data, size_t len)
{
	const git_oid oid = put_object(GIT_OBJECT_BLOB, data, len);

	strbuf_addf(tree, "100644 %s", name);
	strbuf_addch(tree, '\0');
	strbuf_add(tree, oid.id, GIT_OID_RAWSZ);
}

/* A run with a file, and what belongs to its log; index and timing may be NULL. */
static struct jci_record make_run(const char *name, const void *data, size_t len, const char *index,
				  const char *timing)
{
	cleanup_strbuf struct strbuf tree = STRBUF_INIT, sub = STRBUF_INIT, commit = STRBUF_INIT;
	struct jci_record r;
	git_oid oid;

	if (index)
		add_blob(&sub, "log.index", index, strlen(index));
	if (timing)
		add_blob(&sub, "log.timing", timing, strlen(timing));
	if (sub.len) {
		oid = put_object(GIT_OBJECT_TREE, sub.buf, sub.len);
		strbuf_addstr(&tree, "40000 .jci");
		strbuf_addch(&tree, '\0');
		strbuf_add(&tree, oid.id, GIT_OID_RAWSZ);
	}
	add_blob(&tree, name, data, len);
	oid = put_object(GIT_OBJECT_TREE, tree.buf, tree.len);
	strbuf_addf(&commit, "tree %s\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\nrun\n",
		    git_oid_tostr_s(&oid));
	jci_record_init(&r);
	r.ref.target = put_object(GIT_OBJECT_COMMIT, commit.buf, commit.len);
	return r;
}

static void open_bytes(const char *name, const void *data, size_t len)
{
	struct jci_record r = make_run(name, data, len, NULL, NULL);

	doc_open(doc, &r, name);
	settle();
	assert_null(doc_error(doc));
}

static void open_log(const char *text)
{
	open_bytes("run.output.txt", text, strlen(text));
}

/* ---- what is there ---- */

static void assert_line(uint64_t position, const char *want)
{
	cleanup_free char *got = NULL;
	const char *line;
	size_t len;

	line = doc_line(doc, position, &len);
	got = xstrndup(line, len);
	assert_string_equal(got, want);
}

/* Positions of all lines, from the first one to the last and back, as "0 5 7". */
static char *positions(void)
{
	struct strbuf sb = STRBUF_INIT;
	uint64_t at = 0, all[1000];
	size_t n = 0;

	do {
		assert_true(n < ARRAY_SIZE(all));
		all[n++] = at;
		strbuf_addf(&sb, "%s%ju", n > 1 ? " " : "", (uintmax_t)at);
	} while (doc_next(doc, &at));
	assert_int_equal(doc_last(doc), at);
	while (doc_prev(doc, &at))
		assert_int_equal(all[--n - 1], at);
	assert_int_equal(n, 1);
	return strbuf_detach(&sb, NULL);
}

static void assert_positions(const char *want)
{
	cleanup_free char *got = positions();

	assert_string_equal(got, want);
}

static void test_lines(void **state)
{
	uint64_t at;

	(void)state;
	assert_false(doc_is_open(doc));
	open_log("one\n\nthree\nfour");
	assert_true(seen & DOC_OPENED && seen & DOC_COMPLETE && seen & DOC_INDEX);
	assert_true(doc_is_open(doc) && doc_is_complete(doc) && doc_is_log(doc));
	assert_false(doc_is_binary(doc));
	assert_int_equal(doc_size(doc), 15);
	assert_int_equal(doc_full_size(doc), 15);
	assert_null(doc_watch_path(doc));
	assert_positions("0 4 5 11");
	assert_line(0, "one");
	assert_line(4, "");
	assert_line(5, "three");
	assert_line(11, "four");
	assert_line(15, "");
	assert_int_equal(doc_line_at(doc, 3), 0);
	assert_int_equal(doc_line_at(doc, 4), 4);
	assert_int_equal(doc_line_at(doc, 10), 5);
	assert_int_equal(doc_line_at(doc, 1000), 11);
	assert_int_equal(doc_lines(doc), 4);
	assert_int_equal(doc_number(doc, 11), 4);
	assert_int_equal(doc_number(doc, 5), 3);
	assert_int_equal(doc_number(doc, 0), 1);
	assert_true(doc_by_number(doc, 3, &at) && at == 5);
	assert_true(doc_by_number(doc, 1, &at) && at == 0);
	assert_true(doc_by_number(doc, 9, &at) && at == 11);
}

static void test_last_newline(void **state)
{
	(void)state;
	open_log("one\ntwo\n");
	assert_positions("0 4");
	assert_int_equal(doc_lines(doc), 2);
	open_log("\n\n");
	assert_positions("0 1");
	open_log("\n");
	assert_positions("0");
}

static void test_empty(void **state)
{
	uint64_t at = 0;

	(void)state;
	open_log("");
	assert_true(doc_is_complete(doc));
	assert_int_equal(doc_size(doc), 0);
	assert_false(doc_next(doc, &at));
	assert_false(doc_prev(doc, &at));
	assert_int_equal(doc_last(doc), 0);
	assert_int_equal(doc_line_at(doc, 5), 0);
	assert_line(0, "");
	assert_int_equal(doc_lines(doc), 0);
}

static void test_missing(void **state)
{
	struct jci_record r = make_run("a", "x", 1, NULL, NULL);

	(void)state;
	doc_open(doc, &r, "b");
	settle();
	assert_true(seen & DOC_FAILED);
	assert_non_null(strstr(doc_error(doc), "'b'"));
	assert_false(doc_is_open(doc));
	doc_open(doc, &r, "a");
	settle();
	assert_null(doc_error(doc));
	assert_line(0, "x");
	assert_false(doc_is_log(doc));
}

static void test_binary(void **state)
{
	(void)state;
	open_bytes("f", "text\0", 5);
	assert_true(doc_is_binary(doc));
	open_bytes("f", "text\n\033[1mx\r\n", 12);
	assert_false(doc_is_binary(doc));
	open_bytes("f", "gr\374n, latin-1, with words enough", 32);
	assert_false(doc_is_binary(doc));
	open_bytes("f", "\x89PNG\r\n\x1a\n\x01\x02\x03\xff\xfe\xfd", 14);
	assert_true(doc_is_binary(doc));
	open_bytes("run.output.txt", "text\0", 5);
	assert_false(doc_is_binary(doc));
}

/* ---- long lines ---- */

static void test_cut(void **state)
{
	cleanup_free char *text = xmalloc(4 * DOC_LINE_MAX);
	size_t len;

	(void)state;
	memset(text, 'x', 4 * DOC_LINE_MAX);
	text[DOC_LINE_MAX] = '\n';         /* as long as a line may be: 0 to 65535 */
	text[3 * DOC_LINE_MAX + 1] = '\n'; /* two whole pieces */
	text[3 * DOC_LINE_MAX + 3] = '\n';
	open_bytes("run.output.txt", text, 3 * DOC_LINE_MAX + 4);
	assert_positions("0 65537 131073 196610");
	doc_line(doc, 0, &len);
	assert_int_equal(len, DOC_LINE_MAX);
	doc_line(doc, 131073, &len);
	assert_int_equal(len, DOC_LINE_MAX);
	assert_int_equal(doc_line_at(doc, 65536), 0);
	assert_int_equal(doc_line_at(doc, 196609), 131073);
	assert_int_equal(doc_number(doc, 65537), 2);
	assert_int_equal(doc_number(doc, 131073), 2);
	assert_int_equal(doc_number(doc, 196610), 3);
}

/* 40 MiB without a newline but near their beginning. */
static void test_one_line(void **state)
{
	const size_t len = 40 * (size_t)MIB;
	cleanup_free char *text = xmalloc(len);
	uint64_t at, before;

	(void)state;
	memset(text, 'x', len);
	text[2] = '\n';
	open_bytes("run.output.txt", text, len);
	assert_int_equal(doc_lines(doc), 2);
	at = doc_last(doc);
	assert_int_equal((at - 3) % DOC_LINE_MAX, 0);
	assert_true(len - at <= DOC_LINE_MAX);
	assert_int_equal(doc_number(doc, at), 2);
	before = at;
	assert_true(doc_prev(doc, &before));
	assert_int_equal(at - before, DOC_LINE_MAX);
	assert_true(doc_next(doc, &before));
	assert_int_equal(at, before);
	assert_false(doc_next(doc, &before));
}

/* Lines of all lengths, against a plain way to cut them. */
static void test_random(void **state)
{
	enum { LEN = 900 * 1024 };
	static const unsigned lengths[] = {1, 3, 80, 500, 5000, 70000, 200000};
	cleanup_free char *text = xmalloc(LEN);
	uint64_t at = 0, seed = 1, begin = 0, line = 0, number = 1;

	(void)state;
	for (size_t i = 0; i < LEN;) {
		size_t n = lengths[(seed >> 33) % ARRAY_SIZE(lengths)];

		n = (seed >> 40) % n;
		seed = seed * 6364136223846793005 + 1442695040888963407;
		for (; n && i < LEN; n--)
			text[i++] = 'x';
		if (i < LEN)
			text[i++] = '\n';
	}
	open_bytes("run.output.txt", text, LEN);
	for (size_t i = 0; i < LEN; i++) {
		if (i - line == DOC_LINE_MAX && text[i] != '\n')
			line = i;
		if (i == line) {
			assert_int_equal(at, line);
			assert_int_equal(doc_number(doc, at), number);
			assert_int_equal(doc_line_at(doc, i), line);
		}
		if (text[i] == '\n') {
			assert_int_equal(doc_line_at(doc, i), line);
			begin = line = i + 1;
			number++;
		}
		if (i + 1 < LEN &&
		    (i + 1 == line || (i + 1 - line == DOC_LINE_MAX && text[i + 1] != '\n'))) {
			uint64_t back;

			assert_true(doc_next(doc, &at));
			back = at;
			assert_true(doc_prev(doc, &back));
			assert_true(back < at);
		}
	}
	assert_true(begin <= LEN);
	assert_false(doc_next(doc, &at));
}

/* ---- large blobs ---- */

static char *numbered_lines(size_t n)
{
	struct strbuf sb = STRBUF_INIT;

	for (size_t i = 1; i <= n; i++)
		strbuf_addf(&sb, "line %07zu of a log, some of it an %s\n", i,
			    i % 10000 ? "ok" : "error:");
	return strbuf_detach(&sb, NULL);
}

static void test_unpacking(void **state)
{
	enum { N = 200000 };
	cleanup_free char *text = numbered_lines(N);
	size_t len = strlen(text), width = strchr(text, '\n') - text + 1;
	cleanup_free char *cache = NULL;
	uint64_t at;

	(void)state;
	open_log(text);
	cache = xasprintf("%s/cache", repo.jci_dir);
	assert_int_equal(access(cache, F_OK), 0);
	assert_int_equal(doc_size(doc), len);
	assert_int_equal(doc_lines(doc), N);
	assert_int_equal(doc_errors(doc), N / 10000);
	for (unsigned n = 1; n <= N; n += 9973) {
		assert_true(doc_by_number(doc, n, &at));
		assert_int_equal(doc_number(doc, at), n);
		assert_memory_equal(doc_line(doc, at, &width), text + at, width);
	}
	/* counted backwards, too */
	at = doc_last(doc);
	for (unsigned n = N; n > N - 3000; n--) {
		assert_int_equal(doc_number(doc, at), n);
		assert_true(doc_prev(doc, &at));
	}
	at = 0;
	for (unsigned i = 0; i < N / 10000; i++)
		assert_true(doc_next_error(doc, &at));
	assert_int_equal(doc_number(doc, at), N);
	assert_false(doc_next_error(doc, &at));
	assert_true(doc_is_error(doc, at));
	assert_true(doc_prev_error(doc, &at));
	assert_int_equal(doc_number(doc, at), N - 10000);
}

/* Nothing is left behind by a document that is closed early. */
static void test_closed_early(void **state)
{
	cleanup_free char *text = numbered_lines(100000);
	struct jci_record r = make_run("run.output.txt", text, strlen(text), NULL, NULL);

	(void)state;
	doc_open(doc, &r, "run.output.txt");
	doc_search(doc, "x", 0);
	doc_free(doc);
	doc = doc_new(workers, on_change, &seen);
	doc_open(doc, &r, "run.output.txt");
	doc_open(doc, &r, "run.output.txt");
	settle();
	assert_int_equal(doc_lines(doc), 100000);
}

/* ---- the index ---- */

static void test_stored_index(void **state)
{
	/* not what a scan would find: it shows that it was taken */
	struct jci_record r = make_run("run.output.txt", "a\nb\nc\n", 6,
				       "jci-log-index 1\n! 2 2\nend 3 6 1\n", NULL);
	uint64_t at = 0;

	(void)state;
	doc_open(doc, &r, "run.output.txt");
	settle();
	assert_true(doc_next_error(doc, &at));
	assert_int_equal(at, 2);
	assert_int_equal(doc_errors(doc), 1);
}

static void test_wrong_index(void **state)
{
	static const char *const wrong[] = {"jci-log-index 1\n! 2 2\nend 3 7 1\n", "junk\n", ""};
	struct jci_record r;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		r = make_run("run.output.txt", "a\nb\nc\n", 6, wrong[i], NULL);
		doc_open(doc, &r, "run.output.txt");
		settle();
		assert_int_equal(doc_errors(doc), 0);
		assert_int_equal(doc_lines(doc), 3);
	}
}

static void test_times(void **state)
{
	struct jci_record r = make_run("run.output.txt", "a\nb\nc\n", 6, NULL, "0.5 2\n1.25 2\n");

	(void)state;
	doc_open(doc, &r, "run.output.txt");
	settle();
	assert_int_equal(doc_time(doc, 0), -1);
	settle();
	assert_true(seen & DOC_TIMES);
	assert_int_equal(doc_time(doc, 0), 500000);
	assert_int_equal(doc_time(doc, 2), 1750000);
	assert_int_equal(doc_time(doc, 4), -1);
	assert_int_equal(workers_busy(workers), 0);
}

/* ---- groups ---- */

static const char grouped[] = "start\n"          /* 0 */
			      "::group::outer\n" /* 6 */
			      "one\n"            /* 21 */
			      "::group::inner\n" /* 25 */
			      "two\n"            /* 40 */
			      "::endgroup::\n"   /* 44 */
			      "three\n"          /* 57 */
			      "::endgroup::\n"   /* 63 */
			      "after\n"          /* 76 */
			      "--- first\n"      /* 82 */
			      "four\n"           /* 92 */
			      "--- second\n"     /* 97 */
			      "error: five\n";   /* 108 */

static void assert_group(uint64_t position, const char *title, uint64_t start, uint64_t end,
			 uint64_t lines, unsigned depth)
{
	const struct doc_group *g = doc_group_at(doc, position);

	assert_non_null(g);
	assert_string_equal(g->title, title);
	assert_int_equal(g->start, start);
	assert_int_equal(g->end, end);
	assert_int_equal(g->lines, lines);
	assert_int_equal(g->depth, depth);
}

static void test_groups(void **state)
{
	(void)state;
	open_log(grouped);
	assert_null(doc_group_at(doc, 0));
	assert_group(6, "outer", 6, 76, 6, 0);
	assert_group(21, "outer", 6, 76, 6, 0);
	assert_group(40, "inner", 25, 57, 2, 1);
	assert_group(44, "inner", 25, 57, 2, 1);
	assert_group(57, "outer", 6, 76, 6, 0);
	assert_group(63, "outer", 6, 76, 6, 0);
	assert_null(doc_group_at(doc, 76));
	assert_group(92, "first", 82, 97, 1, 0);
	assert_group(108, "second", 97, 120, 1, 0);
}

static void test_folds(void **state)
{
	uint64_t at;

	(void)state;
	open_log(grouped);
	doc_fold(doc, 25, true);
	assert_positions("0 6 21 25 57 63 76 82 92 97 108");
	assert_true(doc_group_at(doc, 40)->folded);
	doc_fold(doc, 6, true);
	assert_positions("0 6 76 82 92 97 108");
	assert_int_equal(doc_line_at(doc, 41), 6);
	doc_fold(doc, 97, true);
	assert_positions("0 6 76 82 92 97");
	doc_fold_all(doc, true);
	assert_positions("0 6 76 82 97");
	/* an error that is folded away is found, and shown by unfolding what hides it */
	at = 0;
	assert_true(doc_next_error(doc, &at));
	assert_int_equal(at, 108);
	doc_reveal(doc, at);
	assert_positions("0 6 76 82 97 108");
	doc_reveal(doc, 41);
	assert_positions("0 6 21 25 40 44 57 63 76 82 97 108");
	doc_fold_all(doc, false);
	assert_positions("0 6 21 25 40 44 57 63 76 82 92 97 108");
	doc_fold(doc, 21, true);
	assert_positions("0 6 21 25 40 44 57 63 76 82 92 97 108");
}

static void test_crossed_groups(void **state)
{
	(void)state;
	open_log("::endgroup::\n--- a\n::group::g\n--- b\nx\n::endgroup::\n--- "
		 "c\n::group::open\ny\n");
	assert_null(doc_group_at(doc, 0));
	assert_group(13, "a", 13, 51, 4, 0);
	assert_group(19, "g", 19, 51, 3, 1);
	assert_group(30, "b", 30, 38, 1, 2);
	assert_group(38, "g", 19, 51, 3, 1);
	assert_group(51, "c", 51, 73, 2, 0);
	assert_group(57, "open", 57, 73, 1, 1);
	doc_fold_all(doc, true);
	assert_positions("0 13 51");
	open_log("--- a\n::endgroup::\n");
	assert_group(6, "a", 0, 19, 1, 0);
}

/* ---- live ---- */

static struct jci_live live;
static struct jci_record live_run;

static int setup_live(void **state)
{
	struct jci_error err = JCI_ERROR_INIT;
	struct jci_ref ref;
	cleanup_strbuf struct strbuf tree = STRBUF_INIT;
	git_oid oid;

	setup(state);
	oid = put_object(GIT_OBJECT_TREE, "", 0);
	strbuf_addf(&tree, "tree %s\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\nx\n",
		    git_oid_tostr_s(&oid));
	memset(&ref, 0, sizeof(ref));
	jci_record_init(&live_run);
	live_run.ref.commit = put_object(GIT_OBJECT_COMMIT, tree.buf, tree.len);
	live_run.status = JCI_STATUS_RUNNING;
	live_run.start_us = 1000000;
	live_run.output_dir = below("out");
	assert_int_equal(mkdir_parents(live_run.output_dir), 0);
	live = (struct jci_live)JCI_LIVE_INIT;
	if (jci_live_register(&repo, &live_run, false, &live, &err) < 0)
		fail_msg("%s", err.message);
	return 0;
}

static int teardown_live(void **state)
{
	jci_live_release(&live);
	jci_record_release(&live_run);
	return teardown(state);
}

static void append(int dir, const char *name, const char *text)
{
	cleanup_close int fd = openat(dir, name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);

	assert_int_equal(write_full(fd, text, strlen(text)), 0);
}

static void store_run(void)
{
	struct jci_error err = JCI_ERROR_INIT;

	live_run.status = JCI_STATUS_OK;
	live_run.reason = JCI_REASON_PASSED;
	live_run.end_us = 2000000;
	if (jci_store(&repo, &live, &live_run, &err) < 0 || jci_live_remove(&repo, &live, &err) < 0)
		fail_msg("%s", err.message);
}

static void refresh(void)
{
	seen = 0;
	doc_refresh(doc);
	settle();
}

static void test_live_log(void **state)
{
	(void)state;
	append(live.dir, "log", "one\n");
	append(live.dir, "log.index", "jci-log-index 1\n");
	append(live.dir, "log.timing", "");
	doc_open(doc, &live_run, "run.output.txt");
	settle();
	assert_true(doc_is_open(doc));
	assert_false(doc_is_complete(doc));
	assert_non_null(strstr(doc_watch_path(doc), "/log"));
	assert_int_equal(access(doc_watch_path(doc), F_OK), 0);
	assert_int_equal(doc_lines(doc), 0);
	assert_positions("0");
	append(live.dir, "log", "::group::x\nerror: a\n");
	append(live.dir, "log.index", "g 2 4 x\n! 3 15\n");
	assert_int_equal(doc_size(doc), 4);
	refresh();
	assert_true(seen & DOC_GREW && seen & DOC_INDEX);
	assert_positions("0 4 15");
	assert_int_equal(doc_number(doc, 15), 3);
	assert_int_equal(doc_errors(doc), 1);
	doc_fold(doc, 4, true);
	append(live.dir, "log", "more\n");
	refresh();
	assert_positions("0 4");
	store_run();
	doc_stored(doc, &live_run);
	settle();
	assert_true(seen & DOC_COMPLETE);
	assert_true(doc_is_complete(doc));
	assert_null(doc_watch_path(doc));
	assert_positions("0 4");
	assert_int_equal(doc_lines(doc), 4);
	assert_int_equal(doc_full_size(doc), 29);
	doc_fold_all(doc, false);
	assert_positions("0 4 15 24");
	assert_line(24, "more");
}

static void test_stored_meanwhile(void **state)
{
	struct jci_record as_listed;

	(void)state;
	append(live.dir, "log", "one\n");
	append(live.dir, "log.index", "");
	append(live.dir, "log.timing", "");
	as_listed = live_run;
	store_run();
	memset(&as_listed.ref.target, 0, sizeof(as_listed.ref.target));
	as_listed.output_dir = live_run.output_dir;
	doc_open(doc, &as_listed, "run.output.txt");
	settle();
	assert_null(doc_error(doc));
	assert_true(doc_is_complete(doc));
	assert_line(0, "one");
}

static void test_live_times(void **state)
{
	(void)state;
	append(live.dir, "log", "one\n");
	append(live.dir, "log.index", "");
	append(live.dir, "log.timing", "");
	doc_open(doc, &live_run, "run.output.txt");
	settle();
	assert_int_equal(doc_time(doc, 0), -1);
	settle();
	/* asked for again once there is more */
	assert_int_equal(doc_time(doc, 0), -1);
	assert_int_equal(workers_busy(workers), 0);
	append(live.dir, "log", "two\n");
	append(live.dir, "log.timing", "0.25 4\n");
	refresh();
	assert_int_equal(doc_time(doc, 0), -1);
	settle();
	assert_int_equal(doc_time(doc, 0), 250000);
}

static void test_live_file(void **state)
{
	(void)state;
	write_below("out/dir/report", "one\n");
	doc_open(doc, &live_run, "dir/report");
	settle();
	assert_null(doc_error(doc));
	assert_false(doc_is_log(doc));
	assert_positions("0");
	assert_non_null(strstr(doc_watch_path(doc), "/out/dir/report"));
	append(AT_FDCWD, doc_watch_path(doc), "two\n");
	refresh();
	assert_positions("0 4");
	assert_int_equal(doc_number(doc, 4), 2);
	/* shorter, and others */
	assert_int_equal(truncate(doc_watch_path(doc), 0), 0);
	refresh();
	assert_int_equal(doc_size(doc), 0);
	append(AT_FDCWD, doc_watch_path(doc), "\n\n\n");
	refresh();
	assert_positions("0 1 2");
	/* another in its place */
	write_below("out/dir/report", "new\nfile\n");
	refresh();
	assert_positions("0 4");
	assert_line(4, "file");
	append(live.dir, "log", "");
	append(live.dir, "log.index", "");
	append(live.dir, "log.timing", "");
	write_below("out/dir/report", "last\n");
	store_run();
	doc_stored(doc, &live_run);
	settle();
	assert_true(doc_is_complete(doc));
	assert_line(0, "last");
	assert_int_equal(doc_lines(doc), 1);
}

static void test_not_there_yet(void **state)
{
	(void)state;
	doc_open(doc, &live_run, "report");
	settle();
	assert_non_null(doc_error(doc));
	write_below("out/report", "one\n");
	refresh();
	assert_null(doc_error(doc));
	assert_line(0, "one");
}

/* ---- searching ---- */

static void assert_next(uint64_t from, bool at, int ret, uint64_t want, bool want_wrapped)
{
	bool wrapped;

	assert_int_equal(doc_next_match(doc, &from, at, &wrapped), ret);
	if (ret == 1)
		assert_int_equal(from, want);
	assert_int_equal(wrapped, want_wrapped);
}

static void assert_prev(uint64_t from, bool at, int ret, uint64_t want, bool want_wrapped)
{
	bool wrapped;

	assert_int_equal(doc_prev_match(doc, &from, at, &wrapped), ret);
	if (ret == 1)
		assert_int_equal(from, want);
	assert_int_equal(wrapped, want_wrapped);
}

static void assert_matches(uint64_t want)
{
	bool complete;

	assert_int_equal(doc_matches(doc, &complete), want);
	assert_true(complete);
}

static void test_search(void **state)
{
	(void)state;
	open_log("aa\nb\nxa\nb\na\n");
	doc_search(doc, "A", 0);
	settle();
	assert_matches(0);
	assert_next(0, true, 0, 0, false);
	assert_prev(9, true, 0, 0, false);
	doc_search(doc, "a", 4);
	/* at once, what is near */
	assert_next(0, true, 1, 0, false);
	settle();
	assert_true(seen & DOC_MATCHES);
	assert_matches(3);
	assert_next(0, true, 1, 0, false);
	assert_next(0, false, 1, 5, false);
	assert_next(3, false, 1, 5, false);
	assert_next(5, false, 1, 10, false);
	assert_next(10, false, 1, 0, true);
	assert_prev(10, true, 1, 10, false);
	assert_prev(10, false, 1, 5, false);
	assert_prev(3, false, 1, 0, false);
	assert_prev(0, false, 1, 10, true);
	doc_search(doc, "^b", 0);
	settle();
	assert_matches(2);
	assert_next(3, false, 1, 8, false);
	assert_next(8, false, 1, 3, true);
	/* its own line, and no other */
	doc_search(doc, "x", 0);
	settle();
	assert_next(5, false, 1, 5, true);
	assert_prev(5, false, 1, 5, true);
	doc_search(doc, NULL, 0);
	assert_next(0, true, 0, 0, false);
}

static void test_search_far(void **state)
{
	const size_t len = 20 * (size_t)MIB;
	cleanup_free char *text = xmalloc(len + 1);
	uint64_t at = 0;
	bool wrapped;

	(void)state;
	for (size_t i = 0; i < len; i++)
		text[i] = i % 64 == 63 ? '\n' : 'x';
	memcpy(text + 64, "needle", 6);
	memcpy(text + 15 * MIB + 640, "needle", 6);
	memcpy(text + 15 * MIB + 660, "needle", 6);
	memcpy(text + len - 64, "needle", 6);
	text[len] = '\0';
	open_log(text);
	doc_search(doc, "needle", 8 * MIB);
	assert_int_equal(doc_next_match(doc, &at, true, NULL), 1);
	assert_int_equal(at, 64);
	/* beyond what is looked at while one waits */
	assert_int_equal(doc_next_match(doc, &at, false, &wrapped), -1);
	assert_int_equal(at, 64);
	settle();
	assert_matches(3);
	assert_next(64, false, 1, 15 * MIB + 640, false);
	assert_next(15 * MIB + 640, false, 1, len - 64, false);
	assert_next(len - 64, false, 1, 64, true);
	assert_prev(len - 64, false, 1, 15 * MIB + 640, false);
	assert_prev(64, false, 1, len - 64, true);
}

/* Each piece of a long line is a line; so is one that ends where a block does. */
static void test_search_long_line(void **state)
{
	const size_t len = 5 * (size_t)MIB;
	cleanup_free char *text = xmalloc(len + 1);

	(void)state;
	memset(text, 'x', len);
	text[len] = '\0';
	memcpy(text, "a\n", 2);
	memcpy(text + 3 * MIB + 100, "needle", 6);
	memcpy(text + 3 * MIB + 110, "needle", 6);
	memcpy(text + 4 * MIB + 100, "needle", 6);
	/* where the line is cut, in the middle of what is read at once, and not */
	memcpy(text + 2 * MIB, "needle", 6);
	memcpy(text + 2 * MIB + DOC_LINE_MAX, "needle", 6);
	open_log(text);
	doc_search(doc, "needle", 0);
	settle();
	assert_matches(2);
	assert_next(0, false, 1, 3 * MIB + 2, false);
	assert_next(3 * MIB + 2, false, 1, 4 * MIB + 2, false);
	assert_prev(len - 10, false, 1, 4 * MIB + 2, false);
}

static void test_search_grows(void **state)
{
	(void)state;
	append(live.dir, "log", "match\nno\nmat");
	append(live.dir, "log.index", "");
	append(live.dir, "log.timing", "");
	doc_open(doc, &live_run, "run.output.txt");
	settle();
	doc_search(doc, "match", 0);
	settle();
	assert_matches(1);
	append(live.dir, "log", "ch\nmatch");
	refresh();
	assert_true(seen & DOC_MATCHES);
	assert_matches(2);
	/* not counted yet, but found */
	assert_next(9, false, 1, 15, false);
	append(live.dir, "log", "\n");
	refresh();
	assert_matches(3);
	append(live.dir, "log", "match");
	refresh();
	store_run();
	doc_stored(doc, &live_run);
	settle();
	assert_matches(4);
}

int main(void)
{
#define WITH_REPO(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
#define WITH_LIVE(test) cmocka_unit_test_setup_teardown(test, setup_live, teardown_live)
	const struct CMUnitTest tests[] = {
		WITH_REPO(test_lines),         WITH_REPO(test_last_newline),
		WITH_REPO(test_empty),         WITH_REPO(test_missing),
		WITH_REPO(test_binary),        WITH_REPO(test_cut),
		WITH_REPO(test_one_line),      WITH_REPO(test_random),
		WITH_REPO(test_unpacking),     WITH_REPO(test_closed_early),
		WITH_REPO(test_stored_index),  WITH_REPO(test_wrong_index),
		WITH_REPO(test_times),         WITH_REPO(test_groups),
		WITH_REPO(test_folds),         WITH_REPO(test_crossed_groups),
		WITH_LIVE(test_live_log),      WITH_LIVE(test_stored_meanwhile),
		WITH_LIVE(test_live_times),    WITH_LIVE(test_live_file),
		WITH_LIVE(test_not_there_yet), WITH_REPO(test_search),
		WITH_REPO(test_search_far),    WITH_REPO(test_search_long_line),
		WITH_LIVE(test_search_grows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
