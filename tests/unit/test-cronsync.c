#include "core/cronsync.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <git2.h>

#include "util/alloc.h"
#include "util/process.h"

#define ID   "0123456789ab"
#define MARK " # JCI:" ID
#define CD   "cd '/r' && "

static bool finds(const char *path)
{
	return strcmp(path, "/good") == 0;
}

/* The folder that was asked about last. */
static char asked[64];

static bool is_gone(const char *folder)
{
	snprintf(asked, sizeof(asked), "%s", folder);
	return strcmp(folder, "/there") != 0;
}

static struct jci_cron_site site;

static int make_site(void **state)
{
	(void)state;
	git_libgit2_init();
	site = (struct jci_cron_site){.repo = xstrdup("/r"),
				      .id = ID,
				      .program = xstrdup("/opt/git-jci"),
				      .finds = finds,
				      .is_gone = is_gone};
	return 0;
}

static int remove_site(void **state)
{
	(void)state;
	jci_cron_site_release(&site);
	return 0;
}

static int plan_text(struct jci_cron_plan *plan, const char *entries, const char *before,
		     size_t len, struct jci_error *err)
{
	*plan = (struct jci_cron_plan)JCI_CRON_PLAN_INIT;
	if (jci_crontab_parse(&plan->crontab, "F", entries, strlen(entries), err) < 0)
		fail_msg("'%s': %s", entries, err->message);
	strbuf_add(&plan->before, before, len);
	return jci_cron_plan_make(plan, &site, err);
}

/* What a text becomes; and that it then is right. */
static void check_len(const char *entries, const char *before, size_t before_len, const char *after,
		      size_t after_len)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_cron_plan struct jci_cron_plan plan, again;

	assert_int_equal(plan_text(&plan, entries, before, before_len, &err), 0);
	assert_int_equal(plan.after.len, after_len);
	assert_memory_equal(plan.after.buf, after, after_len);
	assert_int_equal(jci_cron_plan_changes(&plan),
			 before_len != after_len || memcmp(before, after, after_len) != 0);
	assert_int_equal(plan_text(&again, entries, after, after_len, &err), 0);
	assert_false(jci_cron_plan_changes(&again));
}

static void check(const char *entries, const char *before, const char *after)
{
	check_len(entries, before, strlen(before), after, strlen(after));
}

static void test_lines(void **state)
{
	(void)state;
	check("", "", "");
	check("0 0 * * * branch:main name:nightly\n", "PATH=/good\n",
	      "PATH=/good\n0 0 * * * " CD
	      "git fetch --quiet 2>/dev/null; git checkout --quiet main 2>/dev/null && git pull "
	      "--quiet 2>/dev/null; git-jci run" MARK " [nightly]\n");
	check("@daily\n", "", "@daily " CD "/opt/git-jci run" MARK "\n");
	check("0 0 * * sunday name:a\\\\b\n", "",
	      "0 0 * * sun " CD "/opt/git-jci run" MARK " [a\\\\b]\n");
	check("@daily branch:it's%\n", "",
	      "@daily " CD "git fetch --quiet 2>/dev/null; git checkout --quiet 'it'\\''s\\%' "
	      "2>/dev/null && git pull --quiet 2>/dev/null; /opt/git-jci run" MARK "\n");
}

static void test_worktree(void **state)
{
	(void)state;
	site.worktree = true;
	check("@daily branch:main name:a\n@daily\n", "PATH=/good\n",
	      "PATH=/good\n@daily " CD
	      "git fetch --quiet 2>/dev/null; git-jci run --trigger cron --branch main \"$(git "
	      "rev-parse -q --verify 'main@{upstream}' 2>/dev/null || echo refs/heads/main)\"" MARK
	      " [a]\n@daily " CD "git-jci run --trigger cron --worktree" MARK "\n");
	check("@daily branch:$x\n", "",
	      "@daily " CD
	      "git fetch --quiet 2>/dev/null; /opt/git-jci run --trigger cron --branch '$x' "
	      "\"$(git rev-parse -q --verify '$x@{upstream}' 2>/dev/null || echo "
	      "'refs/heads/$x')\"" MARK "\n");
	site.worktree = false;
}

/* What the shell gets of a command: the text up to a `%`; `\%` is `%`, and `\\`, for some, `\`. */
static char *as_cron(const char *command, bool debian)
{
	struct strbuf sb = STRBUF_INIT;

	for (; *command && *command != '%'; command++) {
		if (*command == '\\' && (command[1] == '%' || (debian && command[1] == '\\')))
			command++;
		else if (*command == '\\' && command[1])
			strbuf_addch(&sb, *command++);
		strbuf_addch(&sb, *command);
	}
	return strbuf_detach(&sb, NULL);
}

/* Where the shell would change to. */
static char *folder_of(const char *command)
{
	cleanup_free char *script = xasprintf("cd() { printf '<%%s>' \"$1\"; exit; }; %s", command);
	const char *const argv[] = {"sh", "-c", script, NULL};
	const struct process p = {.argv = argv, .out = -1};
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	struct strbuf sb = STRBUF_INIT;

	if (process_capture(&p, &sb, &err) < 0)
		fail_msg("%s: %s", command, err.message);
	return strbuf_detach(&sb, NULL);
}

static const char *const paths[] = {
	"/a b",  "/it's",  "/50%",         "/%",        "/\\",       "/\\%",
	"/\\\\", "/\\\\%", "/%\\",         "/'%'\\'\\", "/\\\\\\%%", "/$HOME `x`",
	"/\"",   "/a#b",   "/\377\\%\r\b", "/-n",       "/'\\''",    "/\\'%\\\\'",
};

static void test_quoting(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		cleanup_cron_plan struct jci_cron_plan plan;
		cleanup_error struct jci_error err = JCI_ERROR_INIT;
		cleanup_free char *expected = xasprintf("<%s>", paths[i]);

		free(site.repo);
		site.repo = xstrdup(paths[i]);
		assert_int_equal(plan_text(&plan, "@daily\n", "", 0, &err), 0);
		for (int debian = 0; debian < 2; debian++) {
			cleanup_free char *command =
				as_cron(plan.items[0].wanted + strlen("@daily "), debian);
			cleanup_free char *folder = folder_of(command);

			assert_string_equal(folder, expected);
		}
	}
	free(site.repo);
	site.repo = xstrdup("/r");
}

/* The folder of a line is read as it was written. */
static void test_folder(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		cleanup_cron_plan struct jci_cron_plan plan, other;
		cleanup_error struct jci_error err = JCI_ERROR_INIT;
		cleanup_free char *line = NULL;

		free(site.repo);
		site.repo = xstrdup(paths[i]);
		assert_int_equal(plan_text(&plan, "@daily name:n\n", "", 0, &err), 0);
		line = xstrdup(plan.after.buf);
		free(site.repo);
		site.repo = xstrdup("/r");
		site.id[0] = 'f';
		assert_int_equal(plan_text(&other, "", line, strlen(line), &err), 0);
		site.id[0] = ID[0];
		assert_string_equal(asked, paths[i]);
		assert_int_equal(other.n, 1);
		assert_int_equal(other.items[0].state, JCI_CRON_GONE);
		assert_false(jci_cron_plan_changes(&other));
	}
}

#define RUN "/opt/git-jci run" MARK

static void test_places(void **state)
{
	(void)state;
	/* what is right stays, wherever it is; what is wrong is put right there */
	check("1 0 * * * name:a\n2 0 * * * name:b\n",
	      "x\n2 0 * * * " CD RUN " [b]\ny\n9 9 * * * " CD RUN " [a]\nz\n",
	      "x\n2 0 * * * " CD RUN " [b]\ny\n1 0 * * * " CD RUN " [a]\nz\n");
	/* nameless ones: the same line first, then in their order */
	check("1 0 * * *\n2 0 * * *\n3 0 * * *\n",
	      "9 9 * * * " CD RUN "\n3 0 * * * " CD RUN "\n8 8 * * * " CD RUN "\n",
	      "1 0 * * * " CD RUN "\n3 0 * * * " CD RUN "\n2 0 * * * " CD RUN "\n");
	check("1 0 * * * name:a\n", "1 0 * * * " CD RUN "\n", "1 0 * * * " CD RUN " [a]\n");
	/* a double goes, also before the one that is right */
	check("1 0 * * * name:a\n", "2 0 * * * " CD RUN " [a]\n1 0 * * * " CD RUN " [a]\n",
	      "1 0 * * * " CD RUN " [a]\n");
	/* the last line has no newline */
	check("@daily\n", "x", "x\n@daily " CD RUN "\n");
	check("@daily\n", "@daily " CD RUN, "@daily " CD RUN);
	check("@hourly\n", "@daily " CD RUN, "@hourly " CD RUN "\n");
	check("", "@daily " CD RUN "\nx", "x\n");
	check("", "x\n@daily " CD RUN, "x\n");
	check("", "x", "x");
}

static void test_path(void **state)
{
	static const char *const good[] = {
		"PATH=/good",     " PATH\t= /good \t",   "'PATH' = '/good'",
		"PATH=\"/good\"", "PATH=/a\nPATH=/good", "PATH=/good\r",
	};
	static const char *const bad[] = {
		"PATH=/a",     "XPATH=/good",         "#PATH=/good", "PATH='/good",
		"PATH",        "PATH=/good\nPATH=/a", "PATH =",      "@daily PATH=/good",
		"PATH=/good:", "'PATH=/good'",        "PATH /good",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		cleanup_free char *before = xasprintf("%s\n", good[i]);
		cleanup_free char *after =
			xasprintf("%s\n@daily " CD "git-jci run" MARK "\n", good[i]);

		check("@daily\n", before, after);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		cleanup_free char *before = xasprintf("%s\n", bad[i]);
		cleanup_free char *after = xasprintf("%s\n@daily " CD RUN "\n", bad[i]);

		check("@daily\n", before, after);
	}
	/* a PATH below a line is not for it */
	check("@daily\n", "@daily " CD "git-jci run" MARK "\nPATH=/good\n",
	      "@daily " CD RUN "\nPATH=/good\n");
}

/* Lines that are not ours, each of which must stay. */
static void test_others(void **state)
{
	static const char *const others[] = {
		"",
		"\r",
		"# @daily " CD RUN,
		"  #@daily " CD RUN,
		"@daily " CD "git-jci run",
		"@daily cd '/r2' && git-jci run # JCI:fedcba987654 [a]",
		"@daily cd /r && git-jci run # JCI:fedcba987654",
		"@daily " CD "x # JCI:",
		"@daily " CD "x # JCI: [a]",
		"@daily " CD "x # JCI:a b",
		"@daily " CD "x # JCI:a [b] c",
		"@daily " CD "x # JCI:a [",
		"@daily " CD "x #JCI:" ID,
		"@daily " CD "x'# JCI:" ID "'",
		"A=1 # JCI:" ID,
		"0 0 * * # JCI:" ID,
		"@daily # JCI:" ID,
		"@daily x # JCI:" ID "0",
		"@daily x # JCI:0123456789a",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		cleanup_free char *text = xasprintf("%s\n", others[i]);

		check("", text, text);
	}
	check_len("", "@daily " CD "\0" RUN "\n", sizeof("@daily " CD "\0" RUN "\n") - 1,
		  "@daily " CD "\0" RUN "\n", sizeof("@daily " CD "\0" RUN "\n") - 1);
}

static void test_ours(void **state)
{
	static const char *const ours[] = {
		"@daily x" MARK,
		" \t@daily x" MARK " [a b]",
		"*/5 0 1 2 * x" MARK "\r",
		"0 0\t* * *\t" CD "anything # JCI:x",
		"@reboot " CD "# JCI:other-id [a]  \r",
		"@daily echo # JCI:a [b] # JCI:" ID " [c]",
		"@daily x" MARK " []",
		"@daily x" MARK " [a]b]",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ours); i++) {
		cleanup_free char *text = xasprintf("x\n%s\ny\n", ours[i]);

		check("", text, "x\ny\n");
	}
}

static void test_items(void **state)
{
	static const char before[] = "1 0 * * * " CD RUN " [a]\n@daily x" MARK " [old]\n"
				     "2 0 * * * " CD RUN " [b]\n";
	cleanup_cron_plan struct jci_cron_plan plan;
	cleanup_error struct jci_error err = JCI_ERROR_INIT;

	(void)state;
	assert_int_equal(plan_text(&plan, "3 0 * * * name:b\n@hourly name:c\n1 0 * * * name:a\n",
				   before, strlen(before), &err),
			 0);
	assert_int_equal(plan.n, 4);
	assert_int_equal(plan.items[0].state, JCI_CRON_DIFFERS);
	assert_string_equal(plan.items[0].entry->name, "b");
	assert_string_equal(plan.items[0].line, "2 0 * * * " CD RUN " [b]");
	assert_string_equal(plan.items[0].wanted, "3 0 * * * " CD RUN " [b]");
	assert_int_equal(plan.items[1].state, JCI_CRON_MISSING);
	assert_null(plan.items[1].line);
	assert_string_equal(plan.items[1].wanted, "@hourly " CD RUN " [c]");
	assert_int_equal(plan.items[2].state, JCI_CRON_INSTALLED);
	assert_string_equal(plan.items[2].line, plan.items[2].wanted);
	assert_int_equal(plan.items[3].state, JCI_CRON_STALE);
	assert_null(plan.items[3].entry);
	assert_null(plan.items[3].wanted);
	assert_string_equal(plan.items[3].line, "@daily x" MARK " [old]");
}

/* Lines of other repositories: those whose folder is gone come last, and no line goes. */
static void test_gone(void **state)
{
	static const char before[] = "@daily cd '/gone' && x # JCI:fed [a]\n"
				     "@daily cd '/there' && x # JCI:fed\n"
				     "@daily x" MARK " [old]\n"
				     "@daily cd '/gone' && x # JCI:fed\r\n";
	static const char *const others[] = {
		"@daily cd '/gone' && x",           "#@daily cd '/gone' && x # JCI:fed",
		"@daily cd /gone && x # JCI:fed",   "@daily cd 'gone' && x # JCI:fed",
		"@daily cd '/gone && x # JCI:fed",  "@daily cd '/gone'; x # JCI:fed",
		"@daily cd '/gone'x && # JCI:fed",  "@daily cd '/gone'\\x && # JCI:fed",
		"@daily x cd '/gone' && # JCI:fed", "@daily cd '/gone' && x # JCI:fed b",
	};
	cleanup_cron_plan struct jci_cron_plan plan;
	cleanup_error struct jci_error err = JCI_ERROR_INIT;

	(void)state;
	assert_int_equal(plan_text(&plan, "@hourly\n", before, strlen(before), &err), 0);
	assert_int_equal(plan.n, 4);
	assert_int_equal(plan.items[0].state, JCI_CRON_MISSING);
	assert_int_equal(plan.items[1].state, JCI_CRON_STALE);
	assert_int_equal(plan.items[2].state, JCI_CRON_GONE);
	assert_null(plan.items[2].entry);
	assert_null(plan.items[2].wanted);
	assert_string_equal(plan.items[2].line, "@daily cd '/gone' && x # JCI:fed [a]");
	assert_int_equal(plan.items[3].state, JCI_CRON_GONE);
	assert_string_equal(plan.items[3].line, "@daily cd '/gone' && x # JCI:fed\r");
	assert_string_equal(plan.after.buf, "@daily cd '/gone' && x # JCI:fed [a]\n"
					    "@daily cd '/there' && x # JCI:fed\n"
					    "@daily cd '/gone' && x # JCI:fed\r\n"
					    "@hourly " CD RUN "\n");
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		cleanup_cron_plan struct jci_cron_plan none;

		assert_int_equal(plan_text(&none, "", others[i], strlen(others[i]), &err), 0);
		assert_int_equal(none.n, 0);
	}
}

static void check_refused(const char *entries, const char *message)
{
	cleanup_cron_plan struct jci_cron_plan plan;
	cleanup_error struct jci_error err = JCI_ERROR_INIT;

	assert_int_equal(plan_text(&plan, entries, "", 0, &err), JCI_EINVALID);
	assert_string_equal(err.message, message);
}

static void test_refused(void **state)
{
	char branch[JCI_CRON_COMMAND_MAX + 1];
	cleanup_free char *entries = NULL;

	(void)state;
	memset(branch, 'x', sizeof(branch) - 1);
	branch[sizeof(branch) - 1] = '\0';
	entries = xasprintf("@hourly\n\n@daily branch:%s\n@weekly branch:%s\n", branch, branch);
	check_refused(
		entries,
		".jci/crontab:3: the command for cron has 1142 bytes, and cron takes 998 at "
		"most\n.jci/crontab:4: the command for cron has 1142 bytes, and cron takes 998 "
		"at most");
	free(site.repo);
	site.repo = xstrdup("/a\nb");
	check_refused("@daily\n", "there is a newline in the path '/a\nb', which no crontab can "
				  "hold; rename the folder");
	check("", "@daily x" MARK "\n", "");
	free(site.repo);
	site.repo = xstrdup("/r");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),   cmocka_unit_test(test_worktree),
		cmocka_unit_test(test_quoting), cmocka_unit_test(test_places),
		cmocka_unit_test(test_path),    cmocka_unit_test(test_others),
		cmocka_unit_test(test_ours),    cmocka_unit_test(test_items),
		cmocka_unit_test(test_folder),  cmocka_unit_test(test_gone),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, make_site, remove_site);
}
