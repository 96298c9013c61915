#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "runner/image.h"
#include "runner/poll.h"
#include "runner/spec.h"
#include "tests/unit/support.h"
#include "util/alloc.h"

#define COMMIT "0123456789abcdef0123456789abcdef01234567"

static const char good_job[] =
	"{\"id\":7,\"attempt\":2,\"run_id\":\"1700000000-1a2f\",\"repository\":\"boss/demo\","
	"\"commit\":\"" COMMIT "\",\"ref\":\"refs/heads/main\",\"branch\":\"main\","
	"\"trigger\":\"push\",\"timeout_s\":3600,\"image\":\"debian:12\\n\","
	"\"clone_url\":\"http://host/boss/demo.git\",\"user\":\"bot\",\"token\":\"t0ken\"}";

static int parse(struct poll_answer *answer, const char *text)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	int code = poll_answer_parse(answer, text, strlen(text), &err);

	assert_true(code == 0 || (code == JCI_EINVALID && err.message));
	return code;
}

/* ---- answers ---- */

static void test_answer(void **state)
{
	cleanup_poll_answer struct poll_answer a = POLL_ANSWER_INIT;
	cleanup_free char *text =
		xasprintf("{\"job\":%s,\"cancel\":[{\"id\":3,\"attempt\":1}],"
			  "\"forget\":[{\"id\":4,\"attempt\":1},{\"id\":5,\"attempt\":6}],"
			  "\"max_jobs\":4,\"new\":[]}",
			  good_job);

	(void)state;
	assert_int_equal(parse(&a, text), 0);
	assert_int_equal(a.max_jobs, 4);
	assert_int_equal(a.cancel.n, 1);
	assert_int_equal(a.cancel.keys[0].id, 3);
	assert_int_equal(a.forget.n, 2);
	assert_int_equal(a.forget.keys[1].id, 5);
	assert_int_equal(a.forget.keys[1].attempt, 6);
	assert_int_equal(a.job->key.id, 7);
	assert_int_equal(a.job->key.attempt, 2);
	assert_null(a.job->wrong);
	assert_string_equal(a.job->run_id, "1700000000-1a2f");
	assert_string_equal(a.job->repository, "boss/demo");
	assert_string_equal(a.job->commit, COMMIT);
	assert_string_equal(a.job->image, "debian:12\n");
	assert_int_equal(a.job->timeout_s, 3600);
	assert_non_null(strstr(a.job->json, "\"token\":\"t0ken\""));
}

static void test_no_job(void **state)
{
	cleanup_poll_answer struct poll_answer a = POLL_ANSWER_INIT;

	(void)state;
	assert_int_equal(parse(&a, "{\"job\":null,\"cancel\":[],\"forget\":[],\"max_jobs\":0}"), 0);
	assert_null(a.job);
	assert_int_equal(a.max_jobs, 0);
}

static void test_wrong_answers(void **state)
{
	static const char *const wrong[] = {
		"",
		"null",
		"[]",
		"{}",
		"{\"job\":null,\"cancel\":[],\"forget\":[]}",
		"{\"job\":null,\"cancel\":[],\"forget\":[],\"max_jobs\":-1}",
		"{\"job\":null,\"cancel\":[],\"forget\":[],\"max_jobs\":1.5}",
		"{\"job\":null,\"cancel\":[],\"forget\":[],\"max_jobs\":1e9}",
		"{\"job\":null,\"cancel\":[],\"forget\":[],\"max_jobs\":\"4\"}",
		"{\"job\":null,\"cancel\":{},\"forget\":[],\"max_jobs\":4}",
		"{\"job\":null,\"forget\":[],\"max_jobs\":4}",
		"{\"job\":null,\"cancel\":[7],\"forget\":[],\"max_jobs\":4}",
		"{\"job\":null,\"cancel\":[],\"forget\":[{\"id\":1}],\"max_jobs\":4}",
		"{\"job\":null,\"cancel\":[],\"forget\":[{\"id\":0,\"attempt\":1}],\"max_jobs\":4}",
		"{\"job\":7,\"cancel\":[],\"forget\":[],\"max_jobs\":4}",
		"{\"job\":{\"id\":7},\"cancel\":[],\"forget\":[],\"max_jobs\":4}",
		"{\"job\":{\"id\":1e300,\"attempt\":1},\"cancel\":[],\"forget\":[],\"max_jobs\":4}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		cleanup_poll_answer struct poll_answer a = POLL_ANSWER_INIT;

		if (parse(&a, wrong[i]) == 0)
			fail_msg("'%s' is taken for an answer", wrong[i]);
	}
}

/* A job that is wrong in itself is known by its id, so that the server can be told. */
static void test_wrong_jobs(void **state)
{
	static const struct {
		const char *member, *value;
	} wrong[] = {
		{"run_id", "\"1700000000-1A2F\""},
		{"run_id", "null"},
		{"repository", "\"demo\""},
		{"repository", "\"a/b/c\""},
		{"repository", "\"a/b\\n\""},
		{"commit", "\"HEAD\""},
		{"commit", "\"--x\""},
		{"commit", "12"},
		{"timeout_s", "0"},
		{"timeout_s", "1e12"},
		{"image", "7"},
		{"clone_url", "\"file:///etc\""},
		{"clone_url", "\"ext::sh -c x\""},
		{"clone_url", "\"http://host/a b\""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		cleanup_poll_answer struct poll_answer a = POLL_ANSWER_INIT;
		cleanup_error struct jci_error err = JCI_ERROR_INIT;
		cleanup_json cJSON *job = NULL, *answer = cJSON_CreateObject();
		cleanup_strbuf struct strbuf text = STRBUF_INIT;

		assert_int_equal(json_parse(&job, good_job, strlen(good_job), &err), 0);
		cJSON_ReplaceItemInObjectCaseSensitive(job, wrong[i].member,
						       cJSON_Parse(wrong[i].value));
		cJSON_AddItemToObject(answer, "job", steal_ptr(job));
		cJSON_AddArrayToObject(answer, "cancel");
		cJSON_AddArrayToObject(answer, "forget");
		json_set_number(answer, "max_jobs", 4);
		json_print(&text, answer, false);
		assert_int_equal(parse(&a, text.buf), 0);
		assert_int_equal(a.job->key.id, 7);
		if (!a.job->wrong || !strstr(a.job->wrong, wrong[i].member))
			fail_msg("%s: %s is taken", wrong[i].member, wrong[i].value);
		assert_null(a.job->json);
	}
}

/* ---- requests ---- */

static void test_request(void **state)
{
	cleanup(runner_jobs_release) struct runner_jobs jobs = RUNNER_JOBS_INIT;
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	const struct poll_me me = {"uu-id", "host \"a\"", " linux,, amd64 big", 3};
	struct runner_job *job = runner_jobs_add(&jobs, 5, 1);

	(void)state;
	job->state = RUNNER_ENDED;
	job->exit = 3;
	runner_job_set_detail(job, "it broke");
	runner_jobs_add(&jobs, 7, 2);
	job = runner_jobs_add(&jobs, 8, 1);
	job->state = RUNNER_ENDED;
	job->told = true;
	job = runner_jobs_add(&jobs, 9, 1);
	job->state = RUNNER_ENDED;
	job->reason = REASON_REFUSED;
	poll_add_request(&text, &me, &jobs);
	assert_string_equal(
		text.buf,
		"{\"protocol\":1,\"runner\":\"uu-id\",\"name\":\"host \\\"a\\\"\","
		"\"version\":\"" PACKAGE_VERSION "\",\"labels\":[\"linux\",\"amd64\",\"big\"],"
		"\"slots\":3,\"jobs\":[{\"id\":7,\"attempt\":2,\"state\":\"running\"},"
		"{\"id\":5,\"attempt\":1,\"state\":\"exited\",\"exit\":3,\"reason\":\"exited\","
		"\"detail\":\"it broke\"},"
		"{\"id\":9,\"attempt\":1,\"state\":\"exited\",\"reason\":\"refused\"}]}\n");
	assert_int_equal(runner_jobs_active(&jobs), 1);
	assert_int_equal(runner_jobs_untold(&jobs), 2);
}

static void test_long_detail(void **state)
{
	cleanup(runner_jobs_release) struct runner_jobs jobs = RUNNER_JOBS_INIT;
	cleanup_strbuf struct strbuf text = STRBUF_INIT, detail = STRBUF_INIT;
	const struct poll_me me = {"uu-id", "a", "", 0};
	struct runner_job *job = runner_jobs_add(&jobs, 1, 1);

	(void)state;
	for (int i = 0; i < 1000; i++)
		strbuf_addstr(&detail, "\xe2\x82\xac"); /* of three bytes: 1000 falls within one */
	job->state = RUNNER_ENDED;
	runner_job_set_detail(job, detail.buf);
	poll_add_request(&text, &me, &jobs);
	assert_non_null(strstr(text.buf, "\"detail\":\"\xe2\x82\xac"));
	assert_null(strstr(text.buf, "\xef\xbf\xbd"));
	assert_true(text.len < POLL_MAX_DETAIL + 300);
}

/* ---- images ---- */

static void test_image(void **state)
{
	static const char *const good[] = {
		"debian",
		"debian:12",
		"ghcr.io/org/x-y_z:1.2",
		"localhost:5000/a/b@sha256:0123",
	};
	static const char *const wrong[] = {
		".hidden", "../x", "a/../b", "a//b", "a/", "a b",   "a\tb",
		"a;b",     "-x",   "/a",     "a@",   ":1", "a$(x)", "\xc3\xa4",
	};
	cleanup_free char *name = NULL, *long_name = xcalloc(1, 257);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		cleanup_error struct jci_error err = JCI_ERROR_INIT;
		cleanup_free char *text = xasprintf(" \t%s \r\nrest", good[i]), *got = NULL;

		assert_int_equal(image_parse(&got, text, &err), 0);
		assert_string_equal(got, good[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		cleanup_error struct jci_error err = JCI_ERROR_INIT;

		if (image_parse(&name, wrong[i], &err) != JCI_EINVALID)
			fail_msg("'%s' is taken for an image", wrong[i]);
	}
	for (int len = 255; len <= 256; len++) {
		cleanup_error struct jci_error err = JCI_ERROR_INIT;
		cleanup_free char *got = NULL;

		memset(long_name, 'a', (size_t)len);
		assert_int_equal(image_parse(&got, long_name, &err), len == 255 ? 0 : JCI_EINVALID);
	}
}

static void test_image_empty(void **state)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	char *name;

	(void)state;
	assert_int_equal(image_parse(&name, " \ndebian", &err), 0);
	assert_null(name);
}

static void test_image_policy(void **state)
{
	(void)state;
	assert_false(image_is_allowed(NULL, "debian:12"));
	assert_false(image_is_allowed("", "debian:12"));
	assert_true(image_is_allowed("debian:*", "debian:12"));
	assert_false(image_is_allowed("debian:*", "evil/debian:12"));
	assert_true(image_is_allowed("a, debian:1[12]\tghcr.io/org/*", "debian:12"));
	assert_true(image_is_allowed("a, debian:1[12]\tghcr.io/org/*", "ghcr.io/org/x/y:1"));
	assert_false(image_is_allowed("a, debian:1[12]\tghcr.io/org/*", "ghcr.io/other/y:1"));
	assert_true(image_is_allowed("*", "anything/at:all"));
}

static void test_image_tag(void **state)
{
	(void)state;
	assert_string_equal(image_default_tag("debian"), "latest");
	assert_string_equal(image_default_tag("localhost:5000/a"), "latest");
	assert_null(image_default_tag("debian:12"));
	assert_null(image_default_tag("localhost:5000/a@sha256:01"));
}

/* ---- containers ---- */

static void test_spec(void **state)
{
	const struct runner_settings set = {.memory = 1 << 30, .pids = 77, .grace_us = 1500000};
	const struct poll_job job = {.key = {7, 2},
				     .run_id = xstrdup("1700000000-1a2f"),
				     .repository = xstrdup("boss/demo"),
				     .commit = xstrdup(COMMIT),
				     .json = xstrdup("{\"token\":\"t0ken\"}")};
	cleanup_json cJSON *spec = container_spec(&set, "uu-id", &job, "debian:12", 99);
	cleanup_strbuf struct strbuf text = STRBUF_INIT;

	(void)state;
	json_print(&text, spec, false);
	assert_null(strstr(text.buf, "t0ken"));
	assert_non_null(strstr(text.buf, "\"Entrypoint\":[\"/jci/bundle/bin/git-jci\"]"));
	assert_non_null(strstr(text.buf, "\"Cmd\":[\"job\",\"/jci/job.json\"]"));
	assert_non_null(strstr(text.buf, "\"git-jci.deadline\":\"99\""));
	assert_non_null(strstr(text.buf, "\"Memory\":1073741824,\"MemorySwap\":1073741824"));
	assert_non_null(strstr(text.buf, "\"PidsLimit\":77"));
	assert_non_null(strstr(text.buf, "\"StopTimeout\":2"));
	assert_null(strstr(text.buf, "NanoCpus"));
	assert_null(strstr(text.buf, "NetworkMode"));
	free(job.run_id);
	free(job.repository);
	free(job.commit);
	free(job.json);
}

static void test_labels(void **state)
{
	static const char *const wrong[] = {"", "0", "-1", "1x", " 1", "99999999999999999999"};
	cleanup_json cJSON *labels = cJSON_CreateObject();
	int64_t id;
	int attempt;

	(void)state;
	assert_false(runner_labels_key(labels, &id, &attempt));
	json_set_string(labels, LABEL_JOB, "12");
	json_set_string(labels, LABEL_ATTEMPT, "3");
	assert_true(runner_labels_key(labels, &id, &attempt));
	assert_int_equal(id, 12);
	assert_int_equal(attempt, 3);
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		json_set_string(labels, LABEL_JOB, wrong[i]);
		assert_false(runner_labels_key(labels, &id, &attempt));
	}
}

static void test_docker_host(void **state)
{
	static const char *const wrong[] = {"", "unix://", "unix:///", "tcp://", "ssh://host", "x"};
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_docker_host struct docker_host host = DOCKER_HOST_INIT;

	(void)state;
	assert_int_equal(docker_host_parse(&host, "unix:///run/x.sock", &err), 0);
	assert_string_equal(host.socket, "/run/x.sock");
	docker_host_release(&host);
	assert_int_equal(docker_host_parse(&host, "tcp://host:2375/", &err), 0);
	assert_null(host.socket);
	assert_string_equal(host.url, "http://host:2375");
	docker_host_release(&host);
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		assert_int_equal(docker_host_parse(&host, wrong[i], &err), JCI_EINVALID);
		jci_error_clear(&err);
	}
}

/* ---- the store ---- */

static int found;

static void see_verdict(void *ctx, int64_t job, int attempt, enum runner_reason reason,
			const char *detail)
{
	(void)ctx;
	found++;
	assert_int_equal(job, 7);
	assert_int_equal(attempt, 2);
	assert_int_equal(reason, REASON_CANCELLED);
	assert_string_equal(detail, "why");
}

static void test_store(void **state)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_free char *path = below("state/runner.db"), *uuid = NULL;
	struct runner_store *store = NULL, *other = NULL;

	(void)state;
	assert_int_equal(runner_store_open(&store, path, &err), 0);
	uuid = xstrdup(runner_store_uuid(store));
	assert_int_equal(strlen(uuid), 36);
	assert_int_equal(uuid[14], '4');
	assert_int_equal(runner_store_open(&other, path, &err), JCI_EBUSY);
	jci_error_clear(&err);
	assert_int_equal(runner_store_put(store, 7, 2, REASON_TIMEOUT, NULL, &err), 0);
	assert_int_equal(runner_store_put(store, 7, 2, REASON_CANCELLED, "why", &err), 0);
	runner_store_close(store);
	assert_int_equal(runner_store_open(&store, path, &err), 0);
	assert_string_equal(runner_store_uuid(store), uuid);
	assert_int_equal(runner_store_each(store, see_verdict, NULL, &err), 0);
	assert_int_equal(found, 1);
	assert_int_equal(runner_store_drop(store, 7, 2, &err), 0);
	assert_int_equal(runner_store_each(store, see_verdict, NULL, &err), 0);
	assert_int_equal(found, 1);
	runner_store_close(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answer),
		cmocka_unit_test(test_no_job),
		cmocka_unit_test(test_wrong_answers),
		cmocka_unit_test(test_wrong_jobs),
		cmocka_unit_test(test_request),
		cmocka_unit_test(test_long_detail),
		cmocka_unit_test(test_image),
		cmocka_unit_test(test_image_empty),
		cmocka_unit_test(test_image_policy),
		cmocka_unit_test(test_image_tag),
		cmocka_unit_test(test_spec),
		cmocka_unit_test(test_labels),
		cmocka_unit_test(test_docker_host),
		cmocka_unit_test_setup_teardown(test_store, make_folder, remove_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
