/* Answers of Gitea, files of repositories and runs, and key pairs: all of the server that reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <sys/stat.h>

#include "server/giteapriv.h"
#include "server/keypair.h"
#include "server/trials.h"
#include "server/verdict.h"
#include "server/wishes.h"
#include "support.h"
#include "util/alloc.h"
#include "util/process.h"

#define HASH  "0123456789abcdef0123456789abcdef01234567"
#define OTHER "89abcdef0123456789abcdef0123456789abcdef"

static cJSON *parse(const char *text)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cJSON *json = NULL;

	if (json_parse(&json, text, strlen(text), &err) < 0)
		fail_msg("%s: %s", err.message, text);
	return json;
}

/* ---- addresses ---- */

static void test_url(void **state)
{
	static const char *const right[][2] = {
		{"gitea.example", "https://gitea.example"},
		{"gitea.example:3000", "https://gitea.example:3000"},
		{"[::1]:3000", "https://[::1]:3000"},
		{"http://localhost:3000", "http://localhost:3000"},
		{"http://localhost:3000//", "http://localhost:3000"},
		{"https://example.org/git/", "https://example.org/git"},
		{"example.org/git", "https://example.org/git"},
	};
	static const char *const wrong[] = {
		"",      "/",           "ftp://x",    "http://",     "http:///x",   "a b",
		"a@b",   "https://a@b", "http://a?b", "http://a/?b", "http://a/#b", "http://a/\n",
		"héllo",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(right); i++) {
		cleanup_strbuf struct strbuf url = STRBUF_INIT;

		assert_true(gitea_url(&url, right[i][0]));
		assert_string_equal(url.buf, right[i][1]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		cleanup_strbuf struct strbuf url = STRBUF_INIT;

		assert_false(gitea_url(&url, wrong[i]));
	}
}

static void test_repository_path(void **state)
{
	static const char *const wrong[] = {"",     "a",   "/",    "a/",    "/a",
					    "a/..", "./a", "../a", "a/b/c", "a//b"};
	cleanup_strbuf struct strbuf path = STRBUF_INIT;
	cleanup_error struct jci_error err = JCI_ERROR_INIT;

	(void)state;
	assert_int_equal(gitea_add_repository(&path, "bo ss/de?mo%", &err), 0);
	assert_string_equal(path.buf, "/repos/bo%20ss/de%3Fmo%25");
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		assert_int_equal(gitea_add_repository(&path, wrong[i], &err), JCI_EINVALID);
		jci_error_clear(&err);
	}
}

/* ---- answers ---- */

static void test_message(void **state)
{
	static const struct {
		const char *body, *said;
	} cases[] = {
		{"{\"message\":\"Not Found\"}", ": Not Found"},
		{"{\"message\":\"a\\nb\\u001b[31m\"}", ": a\\nb\\033[31m"},
		{"{\"message\":\"\"}", ""},
		{"{\"message\":7}", ""},
		{"[]", ""},
		{"<html>", ""},
		{"", ""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_strbuf struct strbuf said = STRBUF_INIT;

		gitea_parse_message(&said, cases[i].body, strlen(cases[i].body));
		assert_string_equal(said.buf, cases[i].said);
	}
}

static void test_repository(void **state)
{
	cleanup_json cJSON *json = parse("{\"full_name\":\"boss/demo\",\"ssh_url\":\"ssh://g@h/x\","
					 "\"permissions\":{\"push\":true,\"admin\":false}}"),
			   *bare = parse("{\"full_name\":\"boss/demo\",\"ssh_url\":1,"
					 "\"permissions\":[true]}"),
			   *wrong = parse("{\"name\":\"demo\"}");
	struct gitea_repository r;

	(void)state;
	assert_true(gitea_parse_repository(json, &r));
	assert_true(r.push);
	assert_false(r.admin);
	assert_string_equal(r.ssh_url, "ssh://g@h/x");
	gitea_repository_release(&r);
	assert_true(gitea_parse_repository(bare, &r));
	assert_false(r.push || r.admin || r.ssh_url);
	gitea_repository_release(&r);
	assert_false(gitea_parse_repository(wrong, &r));
}

static void test_branch(void **state)
{
	static const char *const wrong[] = {
		"{}",
		"[]",
		"7",
		"{\"name\":\"x\"}",
		"{\"name\":\"x\",\"commit\":{\"id\":\"\"}}",
		"{\"name\":\"x\",\"commit\":{\"id\":\"" HASH "0\"}}",
		"{\"name\":\"x\",\"commit\":{\"id\":\"A123456789abcdef0123456789abcdef01234567\"}}",
		"{\"name\":7,\"commit\":{\"id\":\"" HASH "\"}}",
		"{\"name\":\"a b\",\"commit\":{\"id\":\"" HASH "\"}}",
		"{\"name\":\"../x\",\"commit\":{\"id\":\"" HASH "\"}}",
		"{\"name\":\"\",\"commit\":{\"id\":\"" HASH "\"}}",
	};
	cleanup_json cJSON *json = parse("{\"name\":\"f/x\",\"commit\":{\"id\":\"" HASH
					 "\",\"message\":\"doc [skip ci]\"}}");
	struct head head;

	(void)state;
	assert_true(gitea_parse_branch(json, &head));
	assert_string_equal(head.ref, "refs/heads/f/x");
	assert_string_equal(head.commit, HASH);
	assert_true(head.skip_ci);
	free(head.ref);
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		cleanup_json cJSON *bad = parse(wrong[i]);

		assert_false(gitea_parse_branch(bad, &head));
		assert_null(head.ref);
	}
}

#define REF(name, hash) "{\"ref\":\"" name "\",\"object\":{\"sha\":\"" hash "\"}}"

/* Gitea tells of all refs that begin so. */
static void test_refs(void **state)
{
	static const char *const there[] = {
		"[" REF("refs/x/10", OTHER) "," REF("refs/x/1", HASH) "]",
		"[" REF("refs/x/1", HASH) "]",
		REF("refs/x/1", HASH),
	};
	static const char *const wrong[] = {"7", "[{}]", "[" REF("refs/x/1", "12") "]",
					    "{\"ref\":\"refs/x/1\",\"object\":[]}"};
	cleanup_json cJSON *longer = parse("[" REF("refs/x/10", OTHER) "]"), *none = parse("[]");
	char oid[JCI_OID_HEX_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(there); i++) {
		cleanup_json cJSON *json = parse(there[i]);

		assert_true(gitea_parse_refs(json, "refs/x/1", oid));
		assert_string_equal(oid, HASH);
	}
	assert_true(gitea_parse_refs(longer, "refs/x/1", oid));
	assert_string_equal(oid, "");
	assert_true(gitea_parse_refs(none, "refs/x/1", oid));
	assert_string_equal(oid, "");
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		cleanup_json cJSON *json = parse(wrong[i]);

		assert_false(gitea_parse_refs(json, "refs/x/1", oid));
	}
}

static void test_status(void **state)
{
	static const char *const same[] = {
		"{\"status\":\"success\",\"context\":\"c\",\"description\":\"d\"}",
		"{\"state\":\"success\",\"context\":\"c\",\"description\":\"d\"}",
	};
	static const char *const others[] = {
		"{\"status\":\"pending\",\"context\":\"c\",\"description\":\"d\"}",
		"{\"status\":\"success\",\"context\":\"C\",\"description\":\"d\"}",
		"{\"status\":\"success\",\"context\":\"c\",\"description\":null}",
		"{\"context\":\"c\",\"description\":\"d\"}",
		"[]",
	};
	char context[] = "c", description[] = "d";
	const struct status status = {
		.state = "success", .context = context, .description = description};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(same); i++) {
		cleanup_json cJSON *json = parse(same[i]);

		assert_true(gitea_status_is(json, &status));
	}
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		cleanup_json cJSON *json = parse(others[i]);

		assert_false(gitea_status_is(json, &status));
	}
}

static void test_id(void **state)
{
	static const char *const wrong[] = {
		"{}", "{\"id\":0}", "{\"id\":-1}", "{\"id\":\"1\"}", "{\"id\":1e300}", "[1]"};
	cleanup_json cJSON *json = parse("{\"id\":9007199254740991}");
	int64_t id;

	(void)state;
	assert_true(gitea_parse_id(json, &id));
	assert_int_equal(id, INT64_C(9007199254740991));
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		cleanup_json cJSON *bad = parse(wrong[i]);

		assert_false(gitea_parse_id(bad, &id));
	}
}

static void test_hook(void **state)
{
	static const char *const right[] = {
		"{\"active\":true,\"config\":{\"url\":\"http://h:8700/webhook\"}}",
		"{\"active\":true,\"config\":{\"url\":\"https://h/ci/webhook?x=1\"}}",
	};
	static const char *const wrong[] = {
		"{\"active\":false,\"config\":{\"url\":\"http://h/webhook\"}}",
		"{\"active\":true,\"config\":{\"url\":\"http://h/hook\"}}",
		"{\"active\":true,\"config\":{\"url\":\"http://h/?/webhook\"}}",
		"{\"active\":true,\"config\":{\"url\":\"/webhook\"}}",
		"{\"active\":true,\"config\":[]}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(right); i++) {
		cleanup_json cJSON *json = parse(right[i]);

		assert_true(gitea_hook_is(json, "/webhook"));
	}
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		cleanup_json cJSON *json = parse(wrong[i]);

		assert_false(gitea_hook_is(json, "/webhook"));
	}
}

/* ---- .jci/runner, .jci/image ---- */

static void test_labels(void **state)
{
	static const struct {
		const char *text, *labels; /* NULL: wrong */
	} cases[] = {
		{"", ""},
		{"\n\n# none\n", ""},
		{"linux", "linux"},
		{"linux arm64\n", "linux arm64"},
		{" linux\t#a comment\r\n\r\narm64 gpu-2_x.y#\r\n", "linux arm64 gpu-2_x.y"},
		{"lin;ux", NULL},
		{"linux\nfo\x1bo", NULL},
		{"linux,arm64", NULL},
		{"h\xc3\xa9", NULL},
		{"0123456789012345678901234567890123456789012345678901234567890123",
		 "0123456789012345678901234567890123456789012345678901234567890123"},
		{"01234567890123456789012345678901234567890123456789012345678901234", NULL},
	};
	cleanup_strbuf struct strbuf nul = STRBUF_INIT, why = STRBUF_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_strbuf struct strbuf labels = STRBUF_INIT, wrong = STRBUF_INIT;
		bool right = wishes_labels(&labels, cases[i].text, strlen(cases[i].text), &wrong);

		assert_int_equal(right, cases[i].labels != NULL);
		assert_int_equal(right, wrong.len == 0);
		if (right)
			assert_string_equal(labels.buf, cases[i].labels);
	}
	assert_false(wishes_labels(&nul, "a\0b", 3, &why));
	strbuf_reset(&why);
	assert_false(wishes_labels(&nul, "linux\n\n  fo$o\x1b bar", 17, &why));
	assert_string_equal(why.buf, "'.jci/runner', line 3: 'fo$o\\033' is not a label (letters, "
				     "digits and '._-', up to 64)");
}

static void test_image(void **state)
{
	static const struct {
		const char *text, *image; /* NULL: wrong */
	} cases[] = {
		{"debian:12", "debian:12"},
		{"  debian:12 \r\nrest is not looked at\n", "debian:12"},
		{"reg.example:5000/a/b@sha256:00\n", "reg.example:5000/a/b@sha256:00"},
		{"", NULL},
		{"\ndebian\n", NULL},
		{"debian 12", NULL},
		{"debian\x01", NULL},
		{"d\xc3\xa9", NULL},
	};
	cleanup_strbuf struct strbuf name = STRBUF_INIT, image = STRBUF_INIT, why = STRBUF_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_strbuf struct strbuf found = STRBUF_INIT, wrong = STRBUF_INIT;
		bool right = wishes_image(&found, cases[i].text, strlen(cases[i].text), &wrong);

		assert_int_equal(right, cases[i].image != NULL);
		assert_int_equal(right, wrong.len == 0);
		if (right)
			assert_string_equal(found.buf, cases[i].image);
	}
	for (int i = 0; i < 255; i++)
		strbuf_addch(&name, 'x');
	assert_true(wishes_image(&image, name.buf, name.len, &why));
	strbuf_addch(&name, 'x');
	assert_false(wishes_image(&image, name.buf, name.len, &why));
}

/* ---- how a job ended ---- */

#define RUN_JSON(more) "{\"format\":1,\"runId\":\"1-0000\"," more "}"

static void test_verdict_of_run(void **state)
{
	static const struct {
		const char *status, *json; /* NULL: none */
		int reason;                /* -1: no result */
		const char *detail;
	} cases[] = {
		{"ok", RUN_JSON("\"duration\":12.34"), JOB_PASSED, "passed in 12.3 s"},
		{"ok\n", NULL, JOB_PASSED, "passed"},
		{"ok", "nonsense", JOB_PASSED, "passed"},
		{"err", RUN_JSON("\"reason\":\"failed\",\"exitStatus\":2,\"duration\":12"),
		 JOB_FAILED, "failed: exit status 2 after 12.0 s"},
		{"err", RUN_JSON("\"reason\":\"failed\",\"signal\":9,\"duration\":0.5"), JOB_FAILED,
		 "failed: signal 9 after 500 ms"},
		{"err", RUN_JSON("\"reason\":\"killed\""), JOB_FAILED,
		 "failed: the run was killed"},
		{"err", NULL, JOB_FAILED, "failed"},
		{"err", RUN_JSON("\"reason\":\"timeout\",\"duration\":3600"), JOB_TIMEOUT,
		 "timed out after 1h 00m"},
		{"err", RUN_JSON("\"reason\":\"cancelled\",\"duration\":5"), JOB_CANCELLED,
		 "cancelled after 5.0 s"},
		/* status.txt is what counts */
		{"ok", RUN_JSON("\"reason\":\"failed\",\"exitStatus\":2"), JOB_PASSED, "passed"},
		{"running", RUN_JSON("\"duration\":1"), -1, NULL},
		{"", NULL, -1, NULL},
		{"okay", NULL, -1, NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_verdict struct verdict verdict = VERDICT_INIT;
		cleanup_strbuf struct strbuf status = STRBUF_INIT, json = STRBUF_INIT;

		strbuf_addstr(&status, cases[i].status);
		strbuf_addstr(&json, cases[i].json ? cases[i].json : "");
		assert_int_equal(verdict_of_run(&verdict, &status, cases[i].json ? &json : NULL),
				 cases[i].reason >= 0);
		if (cases[i].reason < 0)
			continue;
		assert_int_equal(verdict.reason, cases[i].reason);
		assert_string_equal(verdict.detail.buf, cases[i].detail);
	}
}

static void test_verdict_of_runner(void **state)
{
	static const struct {
		const char *exit_reason;
		int exit_status;
		const char *detail;
		enum job_reason reason;
		const char *text;
	} cases[] = {
		{"exited", 137, NULL, JOB_BROKEN,
		 "the container ended with status 137 without pushing a result"},
		{"exited", 0, "whatever", JOB_BROKEN,
		 "the container ended with status 0 without pushing a result"},
		{"timeout", 137, NULL, JOB_TIMEOUT, "ran past 1h 00m and was removed"},
		{"cancelled", 143, NULL, JOB_CANCELLED, "cancelled"},
		{"refused", 0, "image 'x' is not in JCI_IMAGES", JOB_BROKEN,
		 "image 'x' is not in JCI_IMAGES"},
		{"refused", 0, NULL, JOB_BROKEN, "the runner refused the image"},
		{"failed", 0, "no\nimage", JOB_BROKEN, "no\\nimage"},
		{"failed", 0, "", JOB_BROKEN, "the runner could not start it"},
		{NULL, 0, NULL, JOB_BROKEN, "the runner could not start it"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_verdict struct verdict verdict = VERDICT_INIT;
		const struct job job = {.exit_reason = (char *)cases[i].exit_reason,
					.exit_status = cases[i].exit_status,
					.detail = (char *)cases[i].detail};

		verdict_of_runner(&verdict, &job, INT64_C(3600) * 1000 * 1000);
		assert_int_equal(verdict.reason, cases[i].reason);
		assert_string_equal(verdict.detail.buf, cases[i].text);
	}
}

/* ---- keys ---- */

static void capture(struct strbuf *out, const char *const *argv)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	const struct process p = {.argv = argv, .out = -1};

	if (process_capture(&p, out, &err) < 0)
		fail_msg("%s", err.message);
}

/* OpenSSH takes both halves, and they are of one key. */
static void test_keypair(void **state)
{
	cleanup_keypair struct keypair pair = KEYPAIR_INIT, other = KEYPAIR_INIT;
	cleanup_strbuf struct strbuf told = STRBUF_INIT, public = STRBUF_INIT;
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_free char *path = below("key"), *public_path = below("public.pub");

	(void)state;
	assert_int_equal(keypair_make(&pair, &err), 0);
	assert_int_equal(keypair_make(&other, &err), 0);
	assert_string_not_equal(pair.public.buf, other.public.buf);
	assert_int_equal(strncmp(pair.secret.buf, "-----BEGIN PRIVATE KEY-----\n", 28), 0);
	write_below("key", pair.secret.buf);
	write_below("public.pub", pair.public.buf);
	assert_int_equal(chmod(path, 0600), 0);
	capture(&told, (const char *const[]){"ssh-keygen", "-l", "-f", public_path, NULL});
	assert_non_null(strstr(told.buf, "256 SHA256:"));
	assert_non_null(strstr(told.buf, "(ECDSA)"));
	capture(&public, (const char *const[]){"ssh-keygen", "-y", "-f", path, NULL});
	assert_true(public.len > pair.public.len);
	assert_int_equal(strncmp(public.buf, pair.public.buf, pair.public.len), 0);
	assert_true(strchr(" \n", public.buf[pair.public.len]) != NULL);
}

/* ---- trials ---- */

static void test_trials(void **state)
{
	struct trials trials;
	int64_t since = -1;

	(void)state;
	trials_init(&trials);
	assert_int_equal(trials_failed(&trials, 7, &since), 1);
	assert_int_equal(since, 0);
	for (int64_t id = 100; id < 300; id++)
		assert_int_equal(trials_failed(&trials, id, &since), 1);
	assert_int_equal(trials_failed(&trials, 7, &since), 2);
	assert_true(since >= 0);
	trials_forget(&trials, 7);
	trials_forget(&trials, 8);
	assert_int_equal(trials_failed(&trials, 7, &since), 1);
	assert_int_equal(trials_failed(&trials, 299, &since), 2);
	trials_release(&trials);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_url),
		cmocka_unit_test(test_repository_path),
		cmocka_unit_test(test_message),
		cmocka_unit_test(test_repository),
		cmocka_unit_test(test_branch),
		cmocka_unit_test(test_refs),
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_id),
		cmocka_unit_test(test_hook),
		cmocka_unit_test(test_labels),
		cmocka_unit_test(test_image),
		cmocka_unit_test(test_verdict_of_run),
		cmocka_unit_test(test_verdict_of_runner),
		cmocka_unit_test_setup_teardown(test_keypair, make_folder, remove_folder),
		cmocka_unit_test(test_trials),
	};

	git_libgit2_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
