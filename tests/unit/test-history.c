#include "tui/history.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "tui/loop.h"
#include "util/alloc.h"

#include "support.h"

enum { COMMITS = 3000, SCREEN = 10, START = 1500000000 };

/* Commits on main, the oldest first; `tree` is empty. */
static git_oid commits[COMMITS], tree;

static struct loop *loop;
static struct workers *workers;
static struct history *history;

/* What the model told so far. */
static struct {
	int opened, changed, complete, found, failed;
	struct history_found at;
	char *problem;
} told;

/* ---- a repository ---- */

static git_oid put_commit(const git_oid *parent, int64_t when, const char *author,
			  const char *message)
{
	cleanup_strbuf struct strbuf raw = STRBUF_INIT;

	strbuf_addf(&raw, "tree %s\n", git_oid_tostr_s(&tree));
	if (parent)
		strbuf_addf(&raw, "parent %s\n", git_oid_tostr_s(parent));
	strbuf_addf(&raw, "author %s %lld +0000\ncommitter C <c@d> %lld +0000\n%s%s", author,
		    (long long)when, (long long)when, *message == '=' ? "" : "\n",
		    message + (*message == '='));
	return put_object(GIT_OBJECT_COMMIT, raw.buf, raw.len);
}

static void put_ref(const char *name, const git_oid *oid)
{
	cleanup_free char *path = xasprintf("repo/.git/%s", name);
	cleanup_free char *text = xasprintf("%s\n", git_oid_tostr_s(oid));

	write_below(path, text);
}

static void put_run(const git_oid *commit, int64_t seconds, const char *status)
{
	cleanup_free char *message =
		xasprintf("run\n\nJci-Status: %s\nJci-Start: %lld.5\n", status, (long long)seconds);
	struct jci_ref ref = {.commit = *commit, .id = {.seconds = seconds, .digits = 1}};
	cleanup_error struct jci_error err = JCI_ERROR_INIT;

	ref.target = put_commit(NULL, seconds, "R <r@s>", message);
	assert_int_equal(jci_refs_create(&repo, &ref, &err), 0);
}

static int make_history(void **state)
{
	make_repo(state);
	tree = put_object(GIT_OBJECT_TREE, "", 0);
	for (int i = 0; i < COMMITS; i++) {
		cleanup_free char *message = xasprintf("change %d\n\nBody.\n", i);

		commits[i] = put_commit(i ? &commits[i - 1] : NULL, START + i * 60,
					i % 1000 == 7 ? "Jane Doe <jane@x>" : "Joe Roe <joe@x>",
					message);
	}
	put_ref("refs/heads/main", &commits[COMMITS - 1]);
	write_below("repo/.git/HEAD", "ref: refs/heads/main\n");
	put_run(&commits[COMMITS - 2], START, "ok");
	put_run(&commits[COMMITS - 3], START, "ok");
	put_run(&commits[COMMITS - 3], START + 5, "err");
	put_run(&commits[100], START, "err");
	put_run(&commits[50], START, "ok");
	return 0;
}

/* ---- a model ---- */

static void opened(void *ctx)
{
	(void)ctx;
	told.opened++;
	loop_quit(loop);
}

static void changed(void *ctx)
{
	(void)ctx;
	told.changed++;
	loop_quit(loop);
}

static void is_found(void *ctx, const struct history_found *at)
{
	(void)ctx;
	told.found++;
	told.at = *at;
	loop_quit(loop);
}

static void complete(void *ctx)
{
	(void)ctx;
	told.complete++;
	loop_quit(loop);
}

static void failed(void *ctx, struct jci_error *err)
{
	(void)ctx;
	told.failed++;
	free(told.problem);
	told.problem = xstrdup(err->message);
	jci_error_clear(err);
	loop_quit(loop);
}

static const struct history_ops ops = {opened, changed, is_found, complete, failed};

/* Runs the loop until the condition holds: a model that doesn't get there never ends. */
#define wait_for(condition)             \
	do {                            \
		while (!(condition))    \
			loop_run(loop); \
	} while (0)

static void open_rev(const char *rev, const char *filter)
{
	struct history_start start = {.rev = rev ? xstrdup(rev) : NULL};
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	int before = told.opened + told.failed;

	if (filter)
		assert_int_equal(commit_filter_parse(&start.filter, filter, &err), 0);
	if (start.filter.kind == FILTER_RUNNING) {
		start.running = xreallocarray(NULL, 1, sizeof(*start.running));
		start.running[0] = commits[20];
		start.n_running = 1;
	}
	history_open(history, &start, SCREEN);
	wait_for(told.opened + told.failed > before);
}

static int begin(void **state)
{
	(void)state;
	memset(&told, 0, sizeof(told));
	loop = loop_new();
	workers = workers_new(loop);
	history = history_new(workers, &ops, NULL);
	return 0;
}

static int end(void **state)
{
	(void)state;
	history_free(history);
	workers_free(workers);
	loop_free(loop);
	free(told.problem);
	return 0;
}

static void look_again(void *ctx)
{
	(void)ctx;
	loop_quit(loop);
}

/* A job that changes nothing tells nothing. */
static void wait_idle(void)
{
	while (workers_busy(workers)) {
		struct loop_timer timer = {.fn = look_again};

		loop_timer_set(loop, &timer, 1000);
		loop_run(loop);
		loop_timer_stop(loop, &timer);
	}
}

/* Row 0 is the newest. */
#define assert_row(row, commit) \
	assert_true(git_oid_equal(history_row(history, row), &commits[commit]))

static void load_all(void)
{
	int before = told.complete;

	history_load_all(history);
	wait_for(told.complete > before);
}

/* ---- rows ---- */

static void test_first_screen(void **state)
{
	const struct commit_info *info;

	(void)state;
	assert_null(history_place(history));
	assert_int_equal(history_count(history), 0);
	open_rev(NULL, NULL);
	assert_string_equal(history_place(history)->label, "main");
	assert_string_equal(history_place(history)->ref, "refs/heads/main");
	assert_in_range(history_count(history), SCREEN, COMMITS);
	for (int i = 0; i < SCREEN; i++) {
		cleanup_free char *subject = xasprintf("change %d", COMMITS - 1 - i);

		assert_row((size_t)i, COMMITS - 1 - i);
		info = history_info(history, &commits[COMMITS - 1 - i]);
		assert_non_null(info);
		assert_string_equal(info->subject, subject);
		assert_string_equal(info->author, "Joe Roe");
		assert_true(info->time_us == (START + (COMMITS - 1 - i) * 60) * (int64_t)1000000);
		assert_true(info->runs_known);
	}
	info = history_info(history, &commits[COMMITS - 3]);
	assert_int_equal(info->n_runs, 2);
	assert_int_equal(info->status, JCI_STATUS_ERR);
	assert_int_equal(history_info(history, &commits[COMMITS - 2])->status, JCI_STATUS_OK);
	assert_int_equal(history_info(history, &commits[COMMITS - 1])->n_runs, 0);
}

static void test_lazy(void **state)
{
	size_t n;

	(void)state;
	open_rev(NULL, NULL);
	wait_idle();
	assert_int_equal(history_count(history), SCREEN);
	history_ensure(history, SCREEN);
	wait_idle();
	n = history_count(history);
	assert_in_range(n, 100, COMMITS - 1);
	history_ensure(history, SCREEN);
	assert_int_equal(workers_busy(workers), 0);
	history_ensure(history, n);
	wait_for(history_count(history) > n);
	wait_idle();
	assert_in_range(history_count(history), n + 1, COMMITS - 1);
	load_all();
	assert_true(history_is_complete(history));
	assert_int_equal(history_count(history), COMMITS);
	assert_row(COMMITS - 1, 0);
	assert_row(COMMITS - 2500, 2499);
}

static void test_infos(void **state)
{
	cleanup_free char *name = NULL;

	(void)state;
	open_rev(NULL, NULL);
	load_all();
	wait_idle();
	assert_null(history_info(history, &commits[100]));
	history_show(history, COMMITS - 101, 3);
	wait_for(history_info(history, &commits[100]));
	assert_string_equal(history_info(history, &commits[100])->subject, "change 100");
	assert_int_equal(history_info(history, &commits[100])->status, JCI_STATUS_ERR);
	/* nothing is missing any more */
	wait_idle();
	history_show(history, COMMITS - 101, 3);
	assert_int_equal(workers_busy(workers), 0);
	history_runs_changed(history, &commits[100]);
	assert_int_equal(history_info(history, &commits[100])->status, JCI_STATUS_ERR);
	put_run(&commits[100], START + 9, "ok");
	history_show(history, COMMITS - 101, 3);
	wait_for(!history_info(history, &commits[100])->runs_stale);
	assert_int_equal(history_info(history, &commits[100])->status, JCI_STATUS_OK);
	assert_int_equal(history_info(history, &commits[100])->n_runs, 2);
	name = xasprintf("refs/jci-runs/%s/%d-0001", git_oid_tostr_s(&commits[100]), START + 9);
	GIT(base, NULL, "-C", "repo", "update-ref", "-d", name);
}

/* ---- beginnings ---- */

static void test_revisions(void **state)
{
	cleanup_free char *range = xasprintf("%s..main", git_oid_tostr_s(&commits[2990]));

	(void)state;
	open_rev("main~10", NULL);
	assert_row(0, COMMITS - 11);
	assert_string_equal(history_place(history)->label, "main~10");
	assert_null(history_place(history)->ref);
	open_rev("heads/main", NULL);
	assert_string_equal(history_place(history)->ref, "refs/heads/main");
	open_rev(range, NULL);
	load_all();
	assert_int_equal(history_count(history), COMMITS - 2991);
	/* a wrong one changes nothing */
	open_rev("nowhere", NULL);
	assert_int_equal(told.failed, 1);
	assert_string_equal(told.problem, "unknown revision 'nowhere'");
	assert_string_equal(history_place(history)->label, range);
	assert_int_equal(history_count(history), COMMITS - 2991);
	open_rev("main..nowhere", NULL);
	wait_for(told.failed == 2);
	assert_non_null(strstr(told.problem, "unknown revision 'nowhere'"));
}

static void test_unborn(void **state)
{
	(void)state;
	write_below("repo/.git/HEAD", "ref: refs/heads/new\n");
	open_rev(NULL, NULL);
	wait_idle();
	assert_true(history_place(history)->is_empty);
	assert_string_equal(history_place(history)->label, "new");
	assert_int_equal(history_count(history), 0);
	put_ref("refs/heads/new", &commits[1]);
	history_reload(history, NULL, SCREEN, false);
	wait_for(told.opened == 2);
	assert_row(0, 1);
	write_below("repo/.git/HEAD", git_oid_tostr_s(&commits[2]));
	history_reload(history, NULL, SCREEN, false);
	wait_for(told.opened == 3);
	assert_string_equal(history_place(history)->label, "HEAD");
	assert_null(history_place(history)->ref);
	write_below("repo/.git/HEAD", "ref: refs/heads/main\n");
}

static void test_reload(void **state)
{
	git_oid newer =
		put_commit(&commits[COMMITS - 1], START + COMMITS * 60, "N <n@m>", "newer\n");
	size_t row;

	(void)state;
	open_rev(NULL, NULL);
	load_all();
	wait_idle();
	history_reload(history, NULL, SCREEN, false);
	wait_idle();
	assert_int_equal(told.opened, 1);
	history_reload(history, NULL, SCREEN, true);
	wait_for(told.opened == 2);
	load_all();
	put_ref("refs/heads/main", &newer);
	history_reload(history, &commits[10], SCREEN, false);
	wait_for(told.opened == 3);
	assert_true(history_row_of(history, &commits[10], &row));
	assert_int_equal(row, COMMITS - 10);
	assert_string_equal(history_info(history, &newer)->subject, "newer");
	put_ref("refs/heads/main", &commits[COMMITS - 1]);
}

/* ---- filters ---- */

static void check_filter(const char *filter, size_t n, ...)
{
	va_list ap;

	open_rev(NULL, filter);
	load_all();
	assert_int_equal(history_count(history), n);
	va_start(ap, n);
	for (size_t i = 0; i < n; i++) {
		int commit = va_arg(ap, int);

		assert_row(i, commit);
	}
	va_end(ap);
}

static void test_filters(void **state)
{
	(void)state;
	check_filter("runs", 4, COMMITS - 2, COMMITS - 3, 100, 50);
	check_filter("failed", 2, COMMITS - 3, 100);
	check_filter("running", 1, 20);
	check_filter("author JANE", 3, 2007, 1007, 7);
	check_filter("author nobody", 0);
	check_filter("author --all", 0);
	check_filter("path x", 0);
}

static void test_filter_words(void **state)
{
	cleanup_commit_filter struct commit_filter filter = COMMIT_FILTER_INIT;
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	static const char *const wrong[] = {"", "x", "author", "path ", "failed now", "run"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		assert_int_equal(commit_filter_parse(&filter, wrong[i], &err), JCI_EINVALID);
		jci_error_clear(&err);
	}
	for (unsigned i = 0; i < FILTER_MAX; i++) {
		enum commit_filter_kind kind = (enum commit_filter_kind)i;
		cleanup_free char *text = xasprintf("%s%s", commit_filter_word(kind),
						    commit_filter_has_pattern(kind) ? " a  b" : "");
		cleanup_strbuf struct strbuf again = STRBUF_INIT;

		assert_int_equal(commit_filter_parse(&filter, text, &err), 0);
		assert_int_equal(filter.kind, kind);
		commit_filter_add(&again, &filter);
		assert_string_equal(again.buf, kind == FILTER_ALL ? "" : text);
	}
}

/* ---- finding ---- */

static void search_from(const char *pattern, size_t from, bool backward)
{
	int before = told.found;

	history_search(history, pattern, from, backward);
	wait_for(told.found > before);
	assert_true(told.at.is_search);
}

static void check_search(const char *pattern, size_t from, bool backward, int commit, bool wrapped)
{
	search_from(pattern, from, backward);
	assert_true(told.at.found);
	assert_row(told.at.row, commit);
	assert_int_equal(told.at.wrapped, wrapped);
}

static void test_search(void **state)
{
	(void)state;
	open_rev(NULL, NULL);
	history_decorate(history);
	wait_for(history_decor(history));
	check_search("change 2998", 0, false, 2998, false);
	check_search("change 2998", 2, false, 2998, true);
	assert_true(history_is_complete(history));
	open_rev(NULL, NULL);
	check_search("change 1500", 0, false, 1500, false);
	assert_false(history_is_complete(history));
	check_search("Jane", 0, false, 2007, false);
	check_search("Jane", COMMITS - 2007, false, 1007, false);
	check_search("change 2998", 5, true, 2998, false);
	check_search("change 1$", 5, true, 1, true);
	check_search(git_oid_tostr_s(&commits[2500]), 0, false, 2500, false);
	check_search("\\[main\\]", 3, false, COMMITS - 1, true);
	search_from("not there", 7, false);
	assert_false(told.at.found);
	search_from("Body", 7, true);
	assert_false(told.at.found);
	/* from the first row up, and from behind the last one down */
	check_search("change", SIZE_MAX, true, 0, true);
	check_search("change", COMMITS, false, COMMITS - 1, true);
}

static void test_find(void **state)
{
	git_oid other = tree;

	(void)state;
	open_rev(NULL, NULL);
	history_find(history, &commits[2000 - 1000]);
	assert_true(history_is_busy(history));
	wait_for(told.found == 1);
	assert_true(told.at.found && !told.at.is_search);
	assert_row(told.at.row, 1000);
	history_find(history, &commits[2000]);
	assert_int_equal(told.found, 2);
	history_find(history, &other);
	wait_for(told.found == 3);
	assert_false(told.at.found);
}

/* What is given up leaves all rows in their order, whenever it is. */
static void test_stop(void **state)
{
	(void)state;
	open_rev(NULL, NULL);
	for (int i = 0; i < 20; i++) {
		history_search(history, "not there", 0, i % 2);
		if (i % 3 == 0)
			loop_run(loop);
		history_stop(history);
		assert_false(history_is_busy(history));
		history_ensure(history, history_count(history));
		if (i % 5 == 0)
			loop_run(loop);
	}
	load_all();
	assert_int_equal(history_count(history), COMMITS);
	for (size_t i = 0; i < COMMITS; i++)
		assert_row(i, COMMITS - 1 - (int)i);
	/* the end comes while much goes on */
	history_search(history, "not there", 0, false);
	history_show(history, 0, 300);
	history_decorate(history);
}

static void test_end_while_opening(void **state)
{
	struct history_start start = {0}, again = {0};

	(void)state;
	history_open(history, &start, SCREEN);
	history_find(history, &commits[5]);
	history_open(history, &again, SCREEN);
}

/* ---- texts ---- */

static void check_texts(const char *author, const char *message, const char *want_author,
			const char *want_subject)
{
	git_oid oid = put_commit(NULL, START, author, message);
	struct commit_info *info = commit_info_new(&oid);

	commit_info_read_details(info, &repo);
	assert_string_equal(info->author, want_author);
	assert_string_equal(info->subject, want_subject);
	commit_info_free(info);
}

static void test_texts(void **state)
{
	cleanup_free char *huge = xcalloc(1, 10 * 1024 * 1024 + 2);
	cleanup_strbuf struct strbuf author = STRBUF_INIT, subject = STRBUF_INIT;
	struct commit_info *info;
	git_oid oid;

	(void)state;
	check_texts("A B <a@b>", "one\n", "A B", "one");
	check_texts("A B <a@b>", "\n \none\ntwo\n\nthree\n", "A B", "one two");
	check_texts("<a@b>", "", "a@b", "");
	check_texts("nobody", "\n\n\n", "nobody 1500000000 +0000", "");
	check_texts("A <a@b", "x", "A", "x");
	check_texts("A <a@b>", "\033[31m\x9b red\xff", "A", "\033[31m\x9b red\xff");
	check_texts("J\xf6rg <j@x>", "=encoding ISO-8859-1\n\ngr\xfc\xdf\n", "J\xc3\xb6rg",
		    "gr\xc3\xbc\xc3\x9f");
	check_texts("J\xf6rg <j@x>", "=encoding no/such\n\ngr\xfc\n", "J\xf6rg", "gr\xfc");
	check_texts("A <a@b>", "=encoding UTF-8\n\nwei\xc3\x9f\n", "A", "wei\xc3\x9f");
	memset(huge, 'x', 10 * 1024 * 1024);
	oid = put_commit(NULL, START, "A <a@b>", huge);
	info = commit_info_new(&oid);
	commit_info_read_details(info, &repo);
	assert_int_equal(strlen(info->subject), COMMIT_TEXT_MAX);
	commit_info_free(info);
	assert_true(commit_texts(&repo, &commits[3], &author, &subject));
	assert_string_equal(subject.buf, "change 3");
	assert_false(commit_texts(&repo, &tree, &author, &subject));
	assert_string_equal(subject.buf, "");
}

static void test_cache(void **state)
{
	struct commit_cache *cache = commit_cache_new();
	struct commit_info *info;

	(void)state;
	for (int i = 0; i < COMMITS; i++) {
		info = commit_info_new(&commits[i]);
		info->runs_known = true;
		info->n_runs = (unsigned)i;
		commit_cache_put(cache, info);
		assert_non_null(commit_cache_find(cache, &commits[0]));
	}
	assert_null(commit_cache_find(cache, &commits[1]));
	assert_int_equal(commit_cache_find(cache, &commits[COMMITS - 1])->n_runs, COMMITS - 1);
	info = commit_info_new(&commits[0]);
	info->subject = xstrdup("x");
	info->author = xstrdup("y");
	commit_cache_put(cache, info);
	assert_true(commit_cache_find(cache, &commits[0])->runs_known);
	assert_string_equal(commit_cache_find(cache, &commits[0])->subject, "x");
	commit_cache_stale(cache, &commits[0]);
	assert_true(commit_cache_find(cache, &commits[0])->runs_stale);
	assert_false(commit_cache_find(cache, &commits[COMMITS - 1])->runs_stale);
	commit_cache_stale(cache, NULL);
	assert_true(commit_cache_find(cache, &commits[COMMITS - 1])->runs_stale);
	commit_cache_free(cache);
}

/* ---- branches and tags ---- */

static void test_decor(void **state)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_strbuf struct strbuf sb = STRBUF_INIT;
	struct decor *decor;
	char **names;
	size_t n;

	(void)state;
	put_ref("refs/heads/feature", &commits[COMMITS - 1]);
	put_ref("refs/heads/v2", &commits[9]);
	put_ref("refs/remotes/origin/main", &commits[COMMITS - 1]);
	write_below("repo/.git/refs/remotes/origin/HEAD", "ref: refs/remotes/origin/main\n");
	put_ref("refs/tags/v2", &commits[9]);
	put_ref("refs/tags/v10", &commits[9]);
	GIT(base, NULL, "-C", "repo", "-c", "user.name=t", "-c", "user.email=t@u", "tag", "-a",
	    "-m", "x", "v9", "v10");
	assert_int_equal(decor_new(&decor, &repo, &err), 0);
	decor_add(decor, &commits[COMMITS - 1], &sb);
	assert_string_equal(sb.buf, "[main] [feature] [origin/main]");
	strbuf_reset(&sb);
	decor_add(decor, &commits[9], &sb);
	assert_string_equal(sb.buf, "[v2] [v10] [v2] [v9]");
	strbuf_reset(&sb);
	decor_add(decor, &commits[8], &sb);
	assert_string_equal(sb.buf, "");
	decor_free(decor);
	assert_int_equal(decor_list_names(&names, &n, &repo, &err), 0);
	for (size_t i = 0; i < n; i++) {
		strbuf_addf(&sb, "%s ", names[i]);
		free(names[i]);
	}
	free(names);
	assert_string_equal(sb.buf, "HEAD feature main new heads/v2 origin/main v10 v9 tags/v2 ");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_first_screen),
		TEST(test_lazy),
		TEST(test_infos),
		TEST(test_revisions),
		TEST(test_unborn),
		TEST(test_reload),
		TEST(test_filters),
		cmocka_unit_test(test_filter_words),
		TEST(test_search),
		TEST(test_find),
		TEST(test_stop),
		TEST(test_end_while_opening),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_cache),
		cmocka_unit_test(test_decor),
	};

	return cmocka_run_group_tests(tests, make_history, remove_repo);
}
