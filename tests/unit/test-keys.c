#include "tui/keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <curses.h>
#include <stdlib.h>

#include "util/alloc.h"

#include "support.h"

/* ---- names ---- */

static key parse(const char *text)
{
	key k = KEY_NONE;

	assert_int_equal(key_parse(text, &k), strlen(text));
	return k;
}

static void assert_name(const char *expected, key k)
{
	cleanup_strbuf struct strbuf sb = STRBUF_INIT;

	key_add_name(&sb, k);
	assert_string_equal(sb.buf, expected);
}

static void test_names(void **state)
{
	static const char *const names[] = {
		"j",
		"G",
		"?",
		"^",
		"<",
		">",
		"-",
		"M",
		"\xc3\xa9",
		"\xe2\x82\xac",
		"\xf0\x9f\x98\x80",
		"^D",
		"^]",
		"<Up>",
		"<Down>",
		"<Left>",
		"<Right>",
		"<Home>",
		"<End>",
		"<PgUp>",
		"<PgDn>",
		"<Ins>",
		"<Del>",
		"<Backspace>",
		"<Tab>",
		"<S-Tab>",
		"<Enter>",
		"<Esc>",
		"<Space>",
		"<F1>",
		"<F9>",
		"<F10>",
		"<F12>",
		"M-x",

		"M-M",

		"M-<",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_name(names[i], parse(names[i]));
}

static void test_other_spellings(void **state)
{
	static const char *const same[][2] = {
		{"<up>", "<Up>"},      {"<PGDN>", "<PgDn>"},  {"<f12>", "<F12>"}, {" ", "<Space>"},
		{"^h", "<Backspace>"}, {"^?", "<Backspace>"}, {"^I", "<Tab>"},    {"^M", "<Enter>"},
		{"^J", "<Enter>"},     {"^[", "<Esc>"},       {"^d", "^D"},       {"\x04", "^D"},

	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(same); i++)
		assert_name(same[i][1], parse(same[i][0]));
}

static void test_no_keys(void **state)
{
	static const char *const texts[] = {
		"", "<Foo>", "<F0>", "<F13>", "<F01>", "<F>", "\xff", "\xc3", "\xc2\x9b", "<S-Up>",
	};
	key k;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		assert_int_equal(key_parse(texts[i], &k), 0);
}

static void test_first_of_many(void **state)
{
	key k;

	(void)state;
	assert_int_equal(key_parse("<Up>j", &k), 4);
	assert_int_equal(key_parse("jk", &k), 1);
	assert_int_equal(key_parse("^`", &k), 1);
	assert_int_equal(key_parse("<<Up>", &k), 1);
	assert_int_equal(key_parse("<Up", &k), 1);
	assert_int_equal(key_parse("M-", &k), 1);
	assert_int_equal(key_parse("M- ", &k), 1);
	assert_int_equal(key_parse("M-\xc3\xa9", &k), 1);
	assert_int_equal(key_parse("M-[", &k), 1);
	assert_int_equal(key_parse("M-xy", &k), 3);
}

static void test_from_curses(void **state)
{
	static const struct {
		int code;
		bool is_key;
		const char *name;
	} codes[] = {
		{'j', false, "j"},
		{0xe9, false, "\xc3\xa9"},
		{8, false, "<Backspace>"},
		{127, false, "<Backspace>"},
		{KEY_BACKSPACE, true, "<Backspace>"},
		{'\r', false, "<Enter>"},
		{'\n', false, "<Enter>"},
		{KEY_ENTER, true, "<Enter>"},
		{KEY_BTAB, true, "<S-Tab>"},
		{'\t', false, "<Tab>"},
		{27, false, "<Esc>"},
		{' ', false, "<Space>"},
		{4, false, "^D"},
		{KEY_UP, true, "<Up>"},
		{KEY_F(1), true, "<F1>"},
		{KEY_F(12), true, "<F12>"},
		{KEY_A1, true, "<Home>"},
		{KEY_C3, true, "<PgDn>"},
		{KEY_UP, false, "\xc4\x83"}, /* a character of the same number */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
		assert_name(codes[i].name, key_from_curses(codes[i].code, codes[i].is_key));
	assert_int_equal(key_from_curses(KEY_MOUSE, true), KEY_NONE);
	assert_int_equal(key_from_curses(KEY_F(13), true), KEY_NONE);
	assert_name("M-x", key_from_curses(KEY_CURSES_ALT + 'x', true));
	assert_int_equal(key_from_curses(KEY_CURSES_ALT, true), KEY_NONE);
}

/* ---- the table ---- */

/* Calls back for each key of each action. */
static void each_key(void (*each)(enum action_id id, const char *text, size_t len, key k))
{
	for (int id = ACT_NONE + 1; id < ACT_MAX; id++) {
		const char *at = actions[id].keys;

		while (at && *at) {
			size_t word = strcspn(at, " ");
			key k = KEY_NONE;

			if (key_parse(at, &k) != word)
				fail_msg("'%s' has a wrong key: '%s'", actions[id].name, at);
			each((enum action_id)id, at, word, k);
			at += word + strspn(at + word, " ");
		}
	}
}

static void check_spelling(enum action_id id, const char *text, size_t len, key k)
{
	cleanup_strbuf struct strbuf sb = STRBUF_INIT;
	cleanup_free char *word = xstrndup(text, len);

	(void)id;
	key_add_name(&sb, k);
	assert_string_equal(sb.buf, word);
}

static struct {
	key k;
	enum action_id id;
} seen[200];
static size_t n_seen;

static void check_alone(enum action_id id, const char *text, size_t len, key k)
{
	for (size_t i = 0; i < n_seen; i++)
		if (seen[i].k == k && actions[seen[i].id].scope & actions[id].scope)
			fail_msg("'%.*s' is '%s' and '%s'", (int)len, text,
				 actions[seen[i].id].name, actions[id].name);
	assert_true(n_seen < ARRAY_SIZE(seen));
	seen[n_seen].k = k;
	seen[n_seen++].id = id;
}

static void test_table(void **state)
{
	(void)state;
	each_key(check_spelling);
	n_seen = 0;
	each_key(check_alone);
	assert_true(n_seen > 50);
	for (int id = ACT_NONE + 1; id < ACT_MAX; id++) {
		assert_non_null(actions[id].help);
		assert_true(!actions[id].name || actions[id].scope != 0);
		assert_true(!actions[id].name ||
			    action_find(actions[id].name) == (enum action_id)id);
	}
	assert_int_equal(action_find("no-such"), ACT_NONE);
}

/* ---- bindings ---- */

static struct keymap *keys;

static int end(void **state)
{
	keymap_free(steal_ptr(keys));
	unsetenv("GIT_CONFIG_PARAMETERS");
	return remove_repo(state);
}

/* Makes the map with these lines of configuration. */
static int configure(const char *lines, struct jci_error *err)
{
	cleanup_free char *text = xasprintf("[jci]\n%s", lines), *git_dir = below("repo/.git");

	write_below("repo/.git/config", text);
	jci_repo_release(&repo);
	open_repo(git_dir);
	keymap_free(steal_ptr(keys));
	return keymap_new(&keys, &repo, err);
}

static void bind_lines(const char *lines)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;

	if (configure(lines, &err) < 0)
		fail_msg("%s", err.message);
}

static void assert_bound(unsigned scope, const char *name, const char *expected)
{
	const char *command = keymap_find(keys, scope, parse(name));

	if (!expected)
		assert_null(command);
	else
		assert_non_null(command);
	if (expected)
		assert_string_equal(command, expected);
}

static void assert_keys(unsigned scope, enum action_id id, const char *all, const char *first)
{
	cleanup_strbuf struct strbuf sb = STRBUF_INIT;

	keymap_add_keys(keys, scope, id, &sb);
	assert_string_equal(sb.buf, all);
	strbuf_reset(&sb);
	keymap_add_first(keys, scope, id, &sb);
	assert_string_equal(sb.buf, first);
}

static void test_defaults(void **state)
{
	(void)state;
	bind_lines("");
	assert_bound(SCOPE_COMMITS, "j", "down");
	assert_bound(SCOPE_VIEWER, "<Down>", "down");
	assert_bound(SCOPE_VIEWER, "F", "follow");
	assert_bound(SCOPE_COMMITS, "F", NULL);
	assert_bound(SCOPE_VIEWER, "f", NULL);
	assert_bound(SCOPE_LISTS, "f", "filter");
	assert_bound(0, "f", NULL);
	assert_keys(SCOPE_COMMITS, ACT_DOWN, "j, <Down>", "j");
	assert_keys(SCOPE_COMMITS, ACT_FOLLOW, "", "");
	assert_keys(SCOPE_ALL, ACT_GOTO, "", "");
}

static void check_default(enum action_id id, const char *text, size_t len, key k)
{
	(void)text;
	(void)len;
	for (unsigned scope = 1; scope <= SCOPE_VIEWER; scope <<= 1) {
		const char *command = keymap_find(keys, scope, k);

		if (actions[id].scope & scope)
			assert_string_equal(command, actions[id].name);
	}
}

static void test_all_defaults(void **state)
{
	(void)state;
	bind_lines("");
	each_key(check_default);
}

static void test_user(void **state)
{
	(void)state;
	bind_lines("\tbind = viewer X next-err\n"
		   "\tbind = all X !make check \n"
		   "\tbind = all j none\n"
		   "\tbind = RUNS <f2> filter failed\n"
		   "\tbind = commits w quit\n"
		   "\tbind = commits w @date\n"
		   "\tbind = all M-t times\n");
	assert_bound(SCOPE_VIEWER, "X", "next-error");
	assert_bound(SCOPE_RUNS, "X", "!make check");
	assert_bound(SCOPE_COMMITS, "j", NULL);
	assert_bound(SCOPE_VIEWER, "j", NULL);
	assert_bound(SCOPE_RUNS, "<F2>", "filter failed");
	assert_bound(SCOPE_COMMITS, "<F2>", NULL);
	assert_bound(SCOPE_COMMITS, "w", "@date");
	assert_bound(SCOPE_VIEWER, "w", "wrap");
	assert_bound(SCOPE_VIEWER, "M-t", "times");
	assert_bound(SCOPE_COMMITS, "M-t", NULL);
	assert_keys(SCOPE_VIEWER, ACT_NEXT_ERROR, "e, X", "e");
	assert_keys(SCOPE_VIEWER, ACT_DOWN, "<Down>", "<Down>");
	assert_keys(SCOPE_RUNS, ACT_FILTER, "f", "f");
}

static void test_command_line(void **state)
{
	(void)state;
	setenv("GIT_CONFIG_PARAMETERS", "'jci.bind'='commits Z tig'", 1);
	bind_lines("\tbind = commits Z quit\n");
	assert_bound(SCOPE_COMMITS, "Z", "tig");
}

static void add_custom(void *ctx, unsigned scope, key k, const char *command)
{
	cleanup_strbuf struct strbuf name = STRBUF_INIT;

	key_add_name(&name, k);
	strbuf_addf(ctx, "%u %s %s;", scope, name.buf, command);
}

static void test_custom(void **state)
{
	cleanup_strbuf struct strbuf sb = STRBUF_INIT;

	(void)state;
	bind_lines("\tbind = all X !make\n"
		   "\tbind = runs X run main\n"
		   "\tbind = viewer W quit\n"
		   "\tbind = viewer A @date\n");
	keymap_each_custom(keys, add_custom, &sb);
	assert_string_equal(sb.buf, "13 X !make;2 X run main;8 A @date;");
}

static void test_wrong(void **state)
{
	static const char *const wrong[][2] = {
		{"commits k", "must be PANE KEY COMMAND"},
		{"", "must be PANE KEY COMMAND"},
		{"menu k up", "no pane 'menu'; there are: commits, runs, artifacts, viewer, all"},
		{"all <Foo> up", "no key '<Foo>'"},
		{"all jj up", "no key 'jj'"},
		{"all k nothing", "no command 'nothing'; see 'help'"},
		{"all k up 3", "'up' takes no argument"},
		{"commits k hex", "'hex' is nothing for the pane 'commits'"},
		{"all k @", "no command behind '@'"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		cleanup_error struct jci_error err = JCI_ERROR_INIT;
		cleanup_free char *line = xasprintf(
			"\tbind = all Z quit\n\tbind = %s\n\tbind = all Y help\n\tbind = runs Y\n",
			wrong[i][0]);
		cleanup_free char *message =
			xasprintf("configuration 'jci.bind': '%s': %s", wrong[i][0], wrong[i][1]);

		assert_true(configure(line, &err) < 0);
		assert_string_equal(err.message, message);
		assert_bound(SCOPE_ALL, "Z", "quit");
		assert_bound(SCOPE_ALL, "Y", "help");
		assert_bound(SCOPE_ALL, "k", "up");
	}
}

/* ---- for people ---- */

/* The lines fit a terminal of 80 columns. */
static void test_text(void **state)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;

	(void)state;
	keys_add_text(&text);
	assert_ptr_equal(strstr(text.buf, "Moving\n  k, <Up> "), text.buf);
	for (const char *line = text.buf; *line; line += strcspn(line, "\n") + 1)
		if (strcspn(line, "\n") > 80)
			fail_msg("%.*s", (int)strcspn(line, "\n"), line);
}

static void test_mdoc(void **state)
{
	cleanup_strbuf struct strbuf mdoc = STRBUF_INIT;

	(void)state;
	keys_add_mdoc(&mdoc);
	assert_non_null(strstr(mdoc.buf, "\n.It Cm \\&\\(aq , Ic \\&:to-mark Ar \"\\&LETTER\"\n"));
	assert_non_null(strstr(mdoc.buf, "\n.It Cm \\&L , Ic \\&:log Pq lists\n"));
}

#define WITH_REPO(test) cmocka_unit_test_setup_teardown(test, make_repo, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_other_spellings),
		cmocka_unit_test(test_no_keys),
		cmocka_unit_test(test_first_of_many),
		cmocka_unit_test(test_from_curses),
		cmocka_unit_test(test_table),
		WITH_REPO(test_defaults),
		WITH_REPO(test_all_defaults),
		WITH_REPO(test_user),
		WITH_REPO(test_command_line),
		WITH_REPO(test_custom),
		WITH_REPO(test_wrong),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_mdoc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
