#include "core/refs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "util/alloc.h"
#include "util/io.h"

#include "support.h"

#define A      "1111111111111111111111111111111111111111"
#define B      "2222222222222222222222222222222222222222"
#define C      "3333333333333333333333333333333333333333"
#define T1     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define T2     "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define HEADER "# pack-refs with: peeled fully-peeled sorted \n"

/* ---- a new repository for each test ---- */

/* `git ARGS` in the repository, whose output goes to `out`. */
#define GIT_REPO(out, ...) GIT(base, out, "-C", "repo", __VA_ARGS__)

static int setup(void **state)
{
	cleanup_strbuf struct strbuf out = STRBUF_INIT;
	cleanup_free char *dir = NULL;

	make_folder(state);
	setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
	setenv("HOME", base, 1);
	dir = below("repo/.git");
	assert_int_equal(mkdir_parents(dir), 0);
	GIT_REPO(&out, "init", "-q", "-b", "main");
	open_repo(dir);
	return 0;
}

static void put(const char *name, const char *text)
{
	cleanup_free char *path = xasprintf("repo/.git/%s", name);

	write_below(path, text);
}

/* ---- lists as text ---- */

static int cmp_strings(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* "TARGET NAME" of each, sorted. */
static void add_refs(struct strbuf *sb, const struct jci_refs *refs)
{
	cleanup_free char **lines = xcalloc(refs->n + 1, sizeof(*lines));

	for (size_t i = 0; i < refs->n; i++) {
		cleanup_strbuf struct strbuf name = STRBUF_INIT;

		jci_ref_name(&name, &refs->items[i]);
		lines[i] = xasprintf("%s %s\n", name.buf, git_oid_tostr_s(&refs->items[i].target));
	}
	qsort(lines, refs->n, sizeof(*lines), cmp_strings);
	for (size_t i = 0; i < refs->n; i++) {
		strbuf_addstr(sb, lines[i]);
		free(lines[i]);
	}
}

static void list(struct strbuf *sb, const char *commit)
{
	cleanup_refs struct jci_refs refs = JCI_REFS_INIT;
	struct jci_error err = JCI_ERROR_INIT;
	git_oid oid;

	if (commit)
		git_oid_fromstr(&oid, commit);
	assert_int_equal(jci_refs_list(&repo, commit ? &oid : NULL, &refs, &err), 0);
	add_refs(sb, &refs);
}

#define assert_list(commit, expected)                           \
	do {                                                    \
		cleanup_strbuf struct strbuf sb_ = STRBUF_INIT; \
		list(&sb_, commit);                             \
		assert_string_equal(sb_.buf, expected);         \
	} while (0)

/* What a name resolves to; "" where it isn't there, "?" where it is broken. */
static const char *resolve(const char *name)
{
	static char hex[GIT_OID_HEXSZ + 1];
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	git_oid oid;

	if (jci_ref_resolve(&repo, name, &oid, &err) == 0)
		return git_oid_tostr(hex, sizeof(hex), &oid);
	return err.code == JCI_ENOTFOUND ? "" : "?";
}

/* ---- packed-refs ---- */

static void test_none(void **state)
{
	(void)state;
	assert_list(NULL, "");
	assert_list(A, "");
	put("packed-refs", "");
	assert_list(NULL, "");
	put("packed-refs", HEADER);
	assert_list(NULL, "");
	assert_list(A, "");
	assert_string_equal(resolve("refs/heads/x"), "");
}

static void test_one(void **state)
{
	(void)state;
	put("packed-refs", HEADER T1 " refs/jci-runs/" B "/5-0005\n");
	assert_list(NULL, "refs/jci-runs/" B "/5-0005 " T1 "\n");
	assert_list(B, "refs/jci-runs/" B "/5-0005 " T1 "\n");
	assert_list(A, "");
	assert_list(C, "");
	assert_string_equal(resolve("refs/jci-runs/" B "/5-0005"), T1);
	assert_string_equal(resolve("refs/jci-runs/" B "/5-0004"), "");
	assert_string_equal(resolve("refs/jci-runs/" B "/5-0006"), "");
	assert_string_equal(resolve("refs/jci-runs/" B "/5-000"), "");
	assert_string_equal(resolve("refs/jci-runs/" B "/5-00055"), "");
}

#define MANY                                                                                    \
	T1 " refs/heads/main\n" T1 " refs/jci-runs/" A "/5-0001\n" T2 " refs/jci-runs/" A       \
	   "/5-0002\n" T1 " refs/jci-runs/" B "/5-0001\n" T1 " refs/jci-runs/" C "/4-0001\n" T1 \
	   " refs/tags/v1\n"

static void check_many(void)
{
	assert_list(NULL,
		    "refs/jci-runs/" A "/5-0001 " T1 "\nrefs/jci-runs/" A "/5-0002 " T2
		    "\nrefs/jci-runs/" B "/5-0001 " T1 "\nrefs/jci-runs/" C "/4-0001 " T1 "\n");
	assert_list(A, "refs/jci-runs/" A "/5-0001 " T1 "\nrefs/jci-runs/" A "/5-0002 " T2 "\n");
	assert_list(B, "refs/jci-runs/" B "/5-0001 " T1 "\n");
	assert_list(C, "refs/jci-runs/" C "/4-0001 " T1 "\n");
	assert_list(T1, "");
	assert_list("0000000000000000000000000000000000000001", "");
	assert_string_equal(resolve("refs/heads/main"), T1);
	assert_string_equal(resolve("refs/jci-runs/" A "/5-0002"), T2);
	assert_string_equal(resolve("refs/tags/v1"), T1);
	assert_string_equal(resolve("refs/tags/v0"), "");
	assert_string_equal(resolve("refs/tags/v2"), "");
	assert_string_equal(resolve("refs/heads"), "");
	assert_string_equal(resolve("refs/aaa"), "");
}

static void test_many(void **state)
{
	(void)state;
	put("packed-refs", HEADER MANY);
	check_many();
}

static void test_unsorted(void **state)
{
	(void)state;
	put("packed-refs",
	    "# pack-refs with: peeled fully-peeled \n" T1 " refs/tags/v1\n" T1 " refs/jci-runs/" C
	    "/4-0001\n" T2 " refs/jci-runs/" A "/5-0002\n" T1 " refs/jci-runs/" B "/5-0001\n" T1
	    " refs/heads/main\n" T1 " refs/jci-runs/" A "/5-0001\n");
	check_many();
}

static void test_without_header(void **state)
{
	(void)state;
	put("packed-refs", MANY);
	check_many();
}

static void test_without_last_newline(void **state)
{
	char text[] = HEADER MANY;

	(void)state;
	text[sizeof(text) - 2] = '\0';
	put("packed-refs", text);
	check_many();
}

static void test_peeled_lines(void **state)
{
	(void)state;
	put("packed-refs",
	    HEADER T1 " refs/heads/main\n^" T2 "\n" T1 " refs/jci-runs/" A "/5-0001\n^" T2 "\n" T2
		      " refs/jci-runs/" A "/5-0002\n^" T1 "\n" T1 " refs/jci-runs/" B "/5-0001\n" T1
		      " refs/jci-runs/" C "/4-0001\n^" T2 "\n" T1 " refs/tags/v1\n^" T2 "\n");
	check_many();
}

static void test_names_that_are_not_ours(void **state)
{
	(void)state;
	put("packed-refs",
	    HEADER T1 " refs/jci-runs/" A "\n" T1 " refs/jci-runs/" A "/\n" T1 " refs/jci-runs/" A
		      "/5-00010\n" T1 " refs/jci-runs/" A "/5-0001/x\n" T1 " refs/jci-runs/" A
		      "/x\n" T1 " refs/jci-runs/" T1 "1/5-0001\n" T1
		      " refs/jci-runs/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/5-0001\n" T1
		      " refs/jci-runs/short/5-0001\n" T1 " refs/jci-runsx/" A "/5-0001\n");
	put("refs/jci-runs/" B "/5-0001.lock", T1 "\n");
	put("refs/jci-runs/" B "/README", T1 "\n");
	put("refs/jci-runs/" B "/5-0001/x", T1 "\n");
	put("refs/jci-runs/x/5-0001", T1 "\n");
	put("refs/jci-runs/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/5-0001", T1 "\n");
	put("refs/jci-runs/zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz/5-0001", T1 "\n");
	put("refs/jci-runs/file", T1 "\n");
	assert_list(NULL, "");
	assert_list(A, "");
	assert_list(B, "");
}

static void test_wrong_lines(void **state)
{
	(void)state;
	put("packed-refs",
	    HEADER "\n\n" T1 "\n" T1 " \nx\n^\nzzzzaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		   " refs/jci-runs/" A "/5-0001\n# x\n" T1 " refs/jci-runs/" A "/5-0002\n\n");
	assert_list(NULL, "refs/jci-runs/" A "/5-0002 " T1 "\n");
	assert_string_equal(resolve("refs/jci-runs/" A "/5-0002"), T1);
}

/* ---- loose refs ---- */

static void test_loose_over_packed(void **state)
{
	(void)state;
	put("packed-refs", HEADER MANY);
	put("refs/jci-runs/" A "/5-0001", T2 "\n");
	put("refs/jci-runs/" B "/9-0000", T2 "\n");
	put("refs/heads/main", T2 "\n");
	assert_list(A, "refs/jci-runs/" A "/5-0001 " T2 "\nrefs/jci-runs/" A "/5-0002 " T2 "\n");
	assert_list(B, "refs/jci-runs/" B "/5-0001 " T1 "\nrefs/jci-runs/" B "/9-0000 " T2 "\n");
	assert_list(NULL, "refs/jci-runs/" A "/5-0001 " T2 "\nrefs/jci-runs/" A "/5-0002 " T2
			  "\nrefs/jci-runs/" B "/5-0001 " T1 "\nrefs/jci-runs/" B "/9-0000 " T2
			  "\nrefs/jci-runs/" C "/4-0001 " T1 "\n");
	assert_string_equal(resolve("refs/jci-runs/" A "/5-0001"), T2);
	assert_string_equal(resolve("refs/heads/main"), T2);
}

static void test_broken_loose_refs(void **state)
{
	(void)state;
	put("refs/jci-runs/" A "/5-0001", "");
	put("refs/jci-runs/" A "/5-0002", "nonsense\n");
	put("refs/jci-runs/" A "/5-0003", T1 "a\n");
	put("refs/jci-runs/" A "/5-0004", T1);
	put("refs/jci-runs/" A "/5-0005", T2 "\r\n");
	assert_list(NULL, "refs/jci-runs/" A "/5-0004 " T1 "\nrefs/jci-runs/" A "/5-0005 " T2 "\n");
	assert_string_equal(resolve("refs/jci-runs/" A "/5-0001"), "?");
	assert_string_equal(resolve("refs/jci-runs/" A "/5-0004"), T1);
}

static void test_create(void **state)
{
	struct jci_ref ref = {.id = {7, 8}};
	cleanup_error struct jci_error err = JCI_ERROR_INIT;

	(void)state;
	git_oid_fromstr(&ref.commit, A);
	git_oid_fromstr(&ref.target, T1);
	assert_int_equal(jci_refs_create(&repo, &ref, &err), 0);
	assert_list(A, "refs/jci-runs/" A "/7-0008 " T1 "\n");
	assert_int_equal(jci_refs_create(&repo, &ref, &err), JCI_EEXISTS);
	jci_error_clear(&err);
	put("packed-refs", HEADER T1 " refs/jci-runs/" B "/7-0008\n");
	git_oid_fromstr(&ref.commit, B);
	assert_int_equal(jci_refs_create(&repo, &ref, &err), JCI_EEXISTS);
	assert_list(B, "refs/jci-runs/" B "/7-0008 " T1 "\n");
	assert_int_equal(jci_refs_loose_estimate(&repo, &ref.commit), 2);
}

/* ---- other refs ---- */

static void test_symbolic(void **state)
{
	(void)state;
	assert_string_equal(resolve("HEAD"), "");
	put("packed-refs", HEADER T1 " refs/heads/main\n");
	assert_string_equal(resolve("HEAD"), T1);
	put("refs/heads/main", T2 "\n");
	assert_string_equal(resolve("HEAD"), T2);
	put("HEAD", A "\n");
	assert_string_equal(resolve("HEAD"), A);
	put("refs/remotes/origin/HEAD", "ref: refs/remotes/origin/x\n");
	put("refs/remotes/origin/x", T1 "\n");
	assert_string_equal(resolve("refs/remotes/origin/HEAD"), T1);
	put("refs/heads/circle", "ref: refs/heads/circle\n");
	assert_string_equal(resolve("refs/heads/circle"), "?");
	put("HEAD", "ref: refs/heads/none\n");
	assert_string_equal(resolve("HEAD"), "");
}

static void test_names_outside(void **state)
{
	(void)state;
	put("x", T1 "\n");
	assert_string_equal(resolve("refs/../x"), "");
	assert_string_equal(resolve("../.git/x"), "");
	assert_string_equal(resolve("/etc/passwd"), "");
	assert_string_equal(resolve(""), "");
	assert_string_equal(resolve("refs"), "");
	assert_string_equal(resolve("refs/"), "");
	assert_string_equal(resolve("HEAD/x"), "");
}

static void test_linked_worktree(void **state)
{
	cleanup_free char *dir = xasprintf("%s/worktrees/w", repo.common_dir);

	(void)state;
	put("refs/heads/main", T1 "\n");
	put("refs/bisect/bad", T1 "\n");
	put("worktrees/w/HEAD", B "\n");
	put("worktrees/w/commondir", "../..\n");
	put("worktrees/w/gitdir", "/nowhere/.git\n");
	put("worktrees/w/refs/bisect/bad", T2 "\n");
	jci_repo_release(&repo);
	setenv("GIT_WORK_TREE", base, 1);
	open_repo(dir);
	unsetenv("GIT_WORK_TREE");
	assert_string_equal(resolve("HEAD"), B);
	assert_string_equal(resolve("refs/heads/main"), T1);
	assert_string_equal(resolve("refs/bisect/bad"), T2);
	put("refs/jci-runs/" A "/5-0001", T1 "\n");
	assert_list(NULL, "refs/jci-runs/" A "/5-0001 " T1 "\n");
}

/* ---- any refs ---- */

struct lines {
	char *items[512];
	size_t n;
};

static int add_line(void *ctx, const char *name, const git_oid *oid, const git_oid *peeled)
{
	struct lines *lines = ctx;
	char hex[GIT_OID_HEXSZ + 1] = "", *line;

	if (peeled)
		git_oid_tostr(hex, sizeof(hex), peeled);
	line = xasprintf("%s %s %s\n", name, git_oid_tostr_s(oid), hex);
	assert_in_range(lines->n, 0, ARRAY_SIZE(lines->items) - 1);
	lines->items[lines->n++] = line;
	return 0;
}

/* "NAME TARGET PEELED" of each, sorted. */
static void each(struct strbuf *sb, const char *prefix)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	struct lines lines = {.n = 0};

	assert_int_equal(jci_refs_each(&repo, prefix, add_line, &lines, &err), 0);
	qsort(lines.items, lines.n, sizeof(*lines.items), cmp_strings);
	for (size_t i = 0; i < lines.n; i++) {
		strbuf_addstr(sb, lines.items[i]);
		free(lines.items[i]);
	}
}

#define assert_each(prefix, expected)                           \
	do {                                                    \
		cleanup_strbuf struct strbuf sb_ = STRBUF_INIT; \
		each(&sb_, prefix);                             \
		assert_string_equal(sb_.buf, expected);         \
	} while (0)

static int stop_at_once(void *ctx, const char *name, const git_oid *oid, const git_oid *peeled)
{
	(void)name;
	(void)oid;
	(void)peeled;
	return ++*(int *)ctx + 6;
}

static void test_each(void **state)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	int calls = 0;

	(void)state;
	assert_each("refs/", "");
	put("packed-refs", HEADER T1 " refs/heads/a\n" T1 " refs/heads/main\n" T1
				     " refs/tags/v1\n^" T2 "\n" T2 " refs/tags/v2\n");
	put("refs/heads/main", T2 "\n");
	put("refs/heads/x/y", T2 "\n");
	put("refs/heads/x/y.lock", T2 "\n");
	put("refs/heads/x/broken", "nonsense\n");
	put("refs/headsx", T2 "\n");
	put("refs/remotes/o/HEAD", "ref: refs/remotes/o/b\n");
	put("refs/remotes/o/b", T1 "\n");
	put("refs/remotes/o/gone", "ref: refs/remotes/o/nowhere\n");
	assert_each("refs/heads/",
		    "refs/heads/a " T1 " \nrefs/heads/main " T2 " \nrefs/heads/x/y " T2 " \n");
	assert_each("refs/heads/ma", "refs/heads/main " T2 " \n");
	assert_each("refs/heads/x", "refs/heads/x/y " T2 " \n");
	assert_each("refs/heads/x/y/", "");
	assert_each("refs/tags/", "refs/tags/v1 " T1 " " T2 "\nrefs/tags/v2 " T2 " \n");
	assert_each("refs/remotes/", "refs/remotes/o/HEAD " T1 " \nrefs/remotes/o/b " T1 " \n");
	assert_each("refs/zzz", "");
	assert_int_equal(jci_refs_each(&repo, "refs/tags/", stop_at_once, &calls, &err), 7);
	assert_int_equal(calls, 1);
	assert_int_equal(jci_refs_each(&repo, "refs/heads/x", stop_at_once, &calls, &err), 8);
}

/* ---- as git sees it ---- */

static uint32_t random_state;

static uint32_t next_random(uint32_t below)
{
	random_state = random_state * 1664525 + 1013904223;
	return (random_state >> 8) % below;
}

/* Few commits that differ in their first or last digit, so that many refs are neighbours. */
static void random_name(char name[static 80])
{
	char commit[GIT_OID_HEXSZ + 1] = A;

	commit[0] = "0123456789abcdef"[next_random(3)];
	commit[GIT_OID_HEXSZ - 1] = "0123456789abcdef"[next_random(4)];
	snprintf(name, 80, "refs/jci-runs/%s/%u-%04x", commit, 9 + next_random(3), next_random(40));
}

static void check_each_against_git(void)
{
	static const char *const prefixes[] = {"refs/", "refs/heads/", "refs/tags/",
					       "refs/jci-runs/"};

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
		cleanup_strbuf struct strbuf ours = STRBUF_INIT, gits = STRBUF_INIT;

		GIT_REPO(&gits, "for-each-ref", "--format=%(refname) %(objectname) %(*objectname)",
			 prefixes[i]);
		each(&ours, prefixes[i]);
		assert_string_equal(ours.buf, gits.buf);
	}
}

static void check_against_git(void)
{
	cleanup_strbuf struct strbuf ours = STRBUF_INIT, gits = STRBUF_INIT;
	char *rest, *line;

	GIT_REPO(&gits, "for-each-ref", "--format=%(refname) %(objectname)", "refs/jci-runs");
	list(&ours, NULL);
	assert_string_equal(ours.buf, gits.buf);
	for (int i = 0; i < 16; i++) {
		cleanup_strbuf struct strbuf one = STRBUF_INIT, want = STRBUF_INIT;
		cleanup_free char *prefix = NULL;
		char name[80];

		random_name(name);
		name[sizeof("refs/jci-runs/") - 1 + GIT_OID_HEXSZ] = '\0';
		prefix = xasprintf("%s/", name);
		GIT_REPO(&want, "for-each-ref", "--format=%(refname) %(objectname)", prefix);
		list(&one, name + sizeof("refs/jci-runs/") - 1);
		assert_string_equal(one.buf, want.buf);
	}
	check_each_against_git();
	rest = gits.buf;
	while ((line = strsep(&rest, "\n")) && *line) {
		char *space = strchr(line, ' ');

		*space = '\0';
		assert_string_equal(resolve(line), space + 1);
	}
}

/* Makes, packs and removes refs; annotated tags and branches stand around them. */
static void test_random(void **state)
{
	cleanup_strbuf struct strbuf out = STRBUF_INIT, first = STRBUF_INIT, second = STRBUF_INIT;

	(void)state;
	setenv("GIT_AUTHOR_NAME", "A", 1);
	setenv("GIT_AUTHOR_EMAIL", "a@b", 1);
	setenv("GIT_COMMITTER_NAME", "A", 1);
	setenv("GIT_COMMITTER_EMAIL", "a@b", 1);
	random_state = 42;
	GIT_REPO(&out, "commit-tree", "-m", "x", "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
	put("refs/heads/main", out.buf);
	GIT_REPO(&out, "tag", "-a", "-m", "x", "v1");
	GIT_REPO(&out, "tag", "-a", "-m", "x", "a");
	GIT_REPO(&first, "rev-parse", "main");
	GIT_REPO(&second, "rev-parse", "v1");
	for (int round = 0; round < 6; round++) {
		for (int i = 0; i < 30; i++) {
			char name[80];

			random_name(name);
			put(name, next_random(2) ? first.buf : second.buf);
		}
		check_against_git();
		GIT_REPO(&out, "pack-refs", "--all", next_random(2) ? "--prune" : "--no-prune");
		check_against_git();
		for (int i = 0; i < 3; i++) {
			char name[80];

			random_name(name);
			GIT_REPO(&out, "update-ref", "-d", name);
		}
	}
	assert_string_equal(resolve("refs/tags/v2"), "");
	assert_string_equal(resolve("refs/tags/b"), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_none, setup, remove_repo),
		cmocka_unit_test_setup_teardown(test_one, setup, remove_repo),
		cmocka_unit_test_setup_teardown(test_many, setup, remove_repo),
		cmocka_unit_test_setup_teardown(test_unsorted, setup, remove_repo),
		cmocka_unit_test_setup_teardown(test_without_header, setup, remove_repo),
		cmocka_unit_test_setup_teardown(test_without_last_newline, setup, remove_repo),
		cmocka_unit_test_setup_teardown(test_peeled_lines, setup, remove_repo),
		cmocka_unit_test_setup_teardown(test_names_that_are_not_ours, setup, remove_repo),
		cmocka_unit_test_setup_teardown(test_wrong_lines, setup, remove_repo),
		cmocka_unit_test_setup_teardown(test_loose_over_packed, setup, remove_repo),
		cmocka_unit_test_setup_teardown(test_broken_loose_refs, setup, remove_repo),
		cmocka_unit_test_setup_teardown(test_create, setup, remove_repo),
		cmocka_unit_test_setup_teardown(test_symbolic, setup, remove_repo),
		cmocka_unit_test_setup_teardown(test_names_outside, setup, remove_repo),
		cmocka_unit_test_setup_teardown(test_linked_worktree, setup, remove_repo),
		cmocka_unit_test_setup_teardown(test_each, setup, remove_repo),
		cmocka_unit_test_setup_teardown(test_random, setup, remove_repo),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
