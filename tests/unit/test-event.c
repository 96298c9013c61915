#include "server/event.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <string.h>

#include <git2.h>
#include <openssl/hmac.h>

#include "util/alloc.h"
#include "util/io.h"
#include "util/strbuf.h"

#define SECRET "s3cr3t"

/* ---- recordings of Gitea's (tests/gitea/recordings) ---- */

struct recording {
	struct strbuf body;
	char *event, *delivery, *signature, *signature_256;
	struct event_headers headers;
};

static void recording_release(struct recording *r)
{
	strbuf_release(&r->body);
	free(r->event);
	free(r->delivery);
	free(r->signature);
	free(r->signature_256);
}
#define cleanup_recording cleanup(recording_release)

static void read_recording(const char *name, const char *suffix, struct strbuf *out)
{
	const char *top = getenv("top_srcdir");
	cleanup_free char *path =
		xasprintf("%s/tests/gitea/recordings/%s.%s", top ? top : "..", name, suffix);

	if (read_file_at(AT_FDCWD, path, out, 0) < 0)
		fail_msg("cannot read '%s'", path);
}

static char *header(const char *headers, const char *name)
{
	cleanup_free char *start = xasprintf("\n%s: ", name);
	const char *at = strstr(headers, start);

	assert_non_null(at);
	at += strlen(start);
	return xstrndup(at, strcspn(at, "\r\n"));
}

static struct recording load(const char *name)
{
	struct recording r = {.body = STRBUF_INIT};
	cleanup_strbuf struct strbuf headers = STRBUF_INIT;

	read_recording(name, "headers", &headers);
	read_recording(name, "json", &r.body);
	r.event = header(headers.buf, "X-Gitea-Event");
	r.delivery = header(headers.buf, "X-Gitea-Delivery");
	r.signature = header(headers.buf, "X-Gitea-Signature");
	r.signature_256 = header(headers.buf, "X-Hub-Signature-256");
	r.headers = (struct event_headers){r.event, r.delivery, r.signature, r.signature_256};
	return r;
}

#define FEATURE "refs/heads/feature/\xc3\xbcn\xc3\xaf-code"

static const struct {
	const char *name;
	enum event_kind kind;
	const char *ref, *commit, *before;
	bool skip_ci;
	int pull;
} recordings[] = {
	{"push-new-branch.push", EVENT_PUSH, FEATURE, "374754770fd7cc61d565a24e59025ff1d7066e6b",
	 "", false, 0},
	{"push-forced.push", EVENT_PUSH, FEATURE, "5e9c301440162d13282ddb1376b134380969b99d",
	 "206df73be26f3b96c6a6cb9f1712fef1bcae7e7d", false, 0},
	{"push-three-commits.push", EVENT_PUSH, "refs/heads/main",
	 "aa57a5b237b8670916cbd94a9c83a1dfca821b24", "aeb42822a9b6cd32e42740c14b81fa96cd5ea922",
	 true, 0},
	{"push-tag.push", EVENT_PUSH, "refs/tags/v1", "5e9c301440162d13282ddb1376b134380969b99d",
	 "", false, 0},
	{"pull-request-synchronized.push", EVENT_PUSH, FEATURE,
	 "206df73be26f3b96c6a6cb9f1712fef1bcae7e7d", "374754770fd7cc61d565a24e59025ff1d7066e6b",
	 false, 0},
	{"push-branch-deleted.delete", EVENT_DELETE, FEATURE, "", "", false, 0},
	{"push-branch-deleted.delete2", EVENT_DELETE, FEATURE, "", "", false, 0},
	{"pull-request-opened.pull_request", EVENT_PULL_OPENED, FEATURE,
	 "374754770fd7cc61d565a24e59025ff1d7066e6b", "", false, 1},
	{"pull-request-synchronized.pull_request", EVENT_PULL_OPENED, FEATURE,
	 "206df73be26f3b96c6a6cb9f1712fef1bcae7e7d", "", false, 1},
	{"push-forced.pull_request", EVENT_PULL_OPENED, FEATURE,
	 "5e9c301440162d13282ddb1376b134380969b99d", "", false, 1},
	{"push-branch-deleted.pull_request", EVENT_PULL_CLOSED, NULL, "", "", false, 1},
	{"push-tag.create", EVENT_IGNORED, NULL, "", "", false, 0},
	{"push-new-branch.create", EVENT_IGNORED, NULL, "", "", false, 0},
	{"push-branch-deleted.create", EVENT_IGNORED, NULL, "", "", false, 0},
	{"push-branch-deleted.create2", EVENT_IGNORED, NULL, "", "", false, 0},
};

static void test_recordings(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(recordings); i++) {
		cleanup_recording struct recording r = load(recordings[i].name);
		cleanup_event struct event event = {0};
		cleanup_error struct jci_error err = JCI_ERROR_INIT;

		assert_true(event_is_signed(&r.headers, r.body.buf, r.body.len, SECRET));
		if (event_parse(&event, &r.headers, r.body.buf, r.body.len, &err) < 0)
			fail_msg("%s: %s", recordings[i].name, err.message);
		assert_int_equal(event.kind, recordings[i].kind);
		assert_string_equal(event.commit, recordings[i].commit);
		assert_string_equal(event.before, recordings[i].before);
		assert_int_equal(event.skip_ci, recordings[i].skip_ci);
		assert_int_equal(event.pull, recordings[i].pull);
		assert_string_equal(event.delivery, r.delivery);
		if (event.kind == EVENT_IGNORED) {
			assert_non_null(event.why);
			continue;
		}
		assert_string_equal(event.repository, "boss/demo");
		if (recordings[i].ref)
			assert_string_equal(event.ref, recordings[i].ref);
	}
}

/* ---- signatures ---- */

static void test_each_signature(void **state)
{
	cleanup_recording struct recording r = load("push-tag.push");
	struct event_headers gitea = r.headers, github = r.headers, none = r.headers;

	(void)state;
	gitea.signature_256 = github.signature = none.signature = none.signature_256 = NULL;
	assert_true(event_is_signed(&gitea, r.body.buf, r.body.len, SECRET));
	assert_true(event_is_signed(&github, r.body.buf, r.body.len, SECRET));
	assert_false(event_is_signed(&none, r.body.buf, r.body.len, SECRET));
	/* one that is right is enough */
	gitea.signature_256 = "sha256=00";
	assert_true(event_is_signed(&gitea, r.body.buf, r.body.len, SECRET));
}

static void test_forged(void **state)
{
	cleanup_recording struct recording r = load("push-tag.push");
	struct event_headers h = r.headers;

	(void)state;
	assert_false(event_is_signed(&h, r.body.buf, r.body.len, "s3cr3T"));
	assert_false(event_is_signed(&h, r.body.buf, r.body.len, ""));
	assert_false(event_is_signed(&h, r.body.buf, r.body.len - 1, SECRET));
	assert_false(event_is_signed(&h, r.body.buf, 0, SECRET));
	r.body.buf[r.body.len / 2] ^= 1;
	assert_false(event_is_signed(&h, r.body.buf, r.body.len, SECRET));
	h.signature = "";
	h.signature_256 = "sha256=";
	assert_false(event_is_signed(&h, r.body.buf, r.body.len, SECRET));
}

static void test_forms_of_signature(void **state)
{
	cleanup_recording struct recording r = load("push-tag.push");
	struct event_headers h = {.signature = r.signature};
	cleanup_free char *longer = xasprintf("%s0", r.signature);
	cleanup_free char *prefixed = xasprintf("sha256=%s", r.signature);
	cleanup_free char *blank = xasprintf(" %s", r.signature);

	(void)state;
	for (char *p = r.signature; *p; p++)
		*p = (char)(*p >= 'a' ? *p - 'a' + 'A' : *p);
	assert_true(event_is_signed(&h, r.body.buf, r.body.len, SECRET));
	r.signature[63] = 'g';
	assert_false(event_is_signed(&h, r.body.buf, r.body.len, SECRET));
	r.signature[63] = '\0';
	assert_false(event_is_signed(&h, r.body.buf, r.body.len, SECRET));
	h.signature = longer;
	assert_false(event_is_signed(&h, r.body.buf, r.body.len, SECRET));
	h.signature = prefixed;
	assert_false(event_is_signed(&h, r.body.buf, r.body.len, SECRET));
	h.signature = blank;
	assert_false(event_is_signed(&h, r.body.buf, r.body.len, SECRET));
	h = (struct event_headers){.signature_256 = longer};
	assert_false(event_is_signed(&h, r.body.buf, r.body.len, SECRET));
}

/* ---- what Gitea's recordings don't have ---- */

#define A    "1111111111111111111111111111111111111111"
#define B    "2222222222222222222222222222222222222222"
#define ZERO "0000000000000000000000000000000000000000"
#define REPO "\"repository\":{\"full_name\":\"boss/demo\"}"
#define PUSH(ref, before, after) \
	"{\"ref\":\"" ref "\",\"before\":\"" before "\",\"after\":\"" after "\"," REPO

static int parse(struct event *event, const char *name, const char *body)
{
	const struct event_headers headers = {.event = name, .delivery = "1-2"};
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	int code = event_parse(event, &headers, body, strlen(body), &err);

	assert_true(code == 0 || err.message);
	return code;
}

static void test_deleted_by_push(void **state)
{
	cleanup_event struct event event = {0};

	(void)state;
	assert_int_equal(parse(&event, "push", PUSH("refs/heads/x", A, ZERO) "}"), 0);
	assert_int_equal(event.kind, EVENT_DELETE);
	assert_string_equal(event.ref, "refs/heads/x");
	assert_string_equal(event.commit, "");
}

static void test_tag_object(void **state)
{
	cleanup_event struct event tag = {0}, branch = {0};

	(void)state;
	assert_int_equal(parse(&tag, "push",
			       PUSH("refs/tags/v2", ZERO, A) ",\"head_commit\":{\"id\":\"" B
							     "\"}}"),
			 0);
	assert_string_equal(tag.commit, B);
	assert_int_equal(parse(&branch, "push",
			       PUSH("refs/heads/v2", ZERO, A) ",\"head_commit\":{\"id\":\"" B
							      "\"}}"),
			 0);
	assert_string_equal(branch.commit, A);
}

static void test_other_refs(void **state)
{
	static const char *const bodies[] = {
		PUSH("refs/jci-runs/" A "/1-0000", ZERO, A) "}",
		PUSH("refs/notes/commits", A, B) "}",
		PUSH("refs/pull/1/head", A, ZERO) "}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bodies); i++) {
		cleanup_event struct event event = {0};

		assert_int_equal(parse(&event, "push", bodies[i]), 0);
		assert_int_equal(event.kind, EVENT_IGNORED);
		assert_non_null(event.why);
	}
}

#define PULL(action, number, from)                                                                 \
	"{\"action\":\"" action "\",\"number\":" number ",\"pull_request\":{\"head\":{"            \
	"\"ref\":\"x\",\"sha\":\"" A "\",\"repo\":" from "},\"base\":{\"ref\":\"main\",\"repo\":{" \
	"\"full_name\":\"boss/demo\"}}}," REPO "}"
#define SAME "{\"full_name\":\"boss/demo\"}"

static void test_pull_requests(void **state)
{
	static const struct {
		const char *body;
		enum event_kind kind;
	} cases[] = {
		{PULL("opened", "7", SAME), EVENT_PULL_OPENED},
		{PULL("reopened", "7", SAME), EVENT_PULL_OPENED},
		{PULL("synchronize", "7", SAME), EVENT_PULL_OPENED},
		{PULL("synchronized", "7", SAME), EVENT_PULL_OPENED},
		{PULL("closed", "7", SAME), EVENT_PULL_CLOSED},
		{PULL("edited", "7", SAME), EVENT_IGNORED},
		{PULL("assigned", "7", SAME), EVENT_IGNORED},
		{PULL("opened", "7", "{\"full_name\":\"other/demo\"}"), EVENT_IGNORED},
		{PULL("closed", "7", "null"), EVENT_IGNORED},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_event struct event event = {0};

		assert_int_equal(parse(&event, "pull_request", cases[i].body), 0);
		assert_int_equal(event.kind, cases[i].kind);
		assert_int_equal(!event.why, event.kind != EVENT_IGNORED);
	}
}

static void test_ignored(void **state)
{
	static const char *const names[] = {"ping", "create", "issues", "release", "Push", ""};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		cleanup_event struct event event = {0};

		assert_int_equal(parse(&event, names[i], "{}"), 0);
		assert_int_equal(event.kind, EVENT_IGNORED);
		assert_non_null(event.why);
	}
}

static void test_refused(void **state)
{
	static const char *const pushes[] = {
		"",
		"{",
		"[]",
		"null",
		"1",
		"{} x",
		"{}",
		"{\"ref\":\"refs/heads/x\",\"before\":\"" A "\",\"after\":\"" B "\"}",
		PUSH("refs/heads/x", A, "2222") "}",
		PUSH("refs/heads/x", A, "222222222222222222222222222222222222222G") "}",
		PUSH("refs/heads/x", A, B "2") "}",
		PUSH("refs/heads/x", "", B) "}",
		PUSH("refs/heads/", A, B) "}",
		PUSH("refs/heads/x..y", A, B) "}",
		PUSH("refs/heads/x y", A, B) "}",
		PUSH("refs/heads/x\\n", A, B) "}",
		PUSH("heads/x", A, B) "}",
		PUSH("x", A, B) "}",
		"{\"ref\":1,\"before\":\"" A "\",\"after\":\"" B "\"," REPO "}",
		PUSH("refs/tags/v", A, B) ",\"head_commit\":{}}",
	};
	static const char *const repositories[] = {
		"demo",   "/demo",      "boss/",        "boss/demo/x", "boss/..",
		"./demo", "boss/de mo", "boss/\\u00fc", "boss/<b>",    "",
	};
	cleanup_event struct event event = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pushes); i++) {
		if (parse(&event, "push", pushes[i]) != JCI_EINVALID)
			fail_msg("taken: %s", pushes[i]);
		event_release(&event);
	}
	for (size_t i = 0; i < ARRAY_SIZE(repositories); i++) {
		cleanup_free char *body =
			xasprintf("{\"ref\":\"refs/heads/x\",\"before\":\"" A "\",\"after\":\"" B
				  "\",\"repository\":{\"full_name\":\"%s\"}}",
				  repositories[i]);

		if (parse(&event, "push", body) != JCI_EINVALID)
			fail_msg("taken: %s", repositories[i]);
		event_release(&event);
	}
	assert_int_equal(parse(&event, "pull_request", PULL("opened", "0", SAME)), JCI_EINVALID);
	event_release(&event);
	assert_int_equal(parse(&event, "pull_request", PULL("opened", "1e99", SAME)), JCI_EINVALID);
	event_release(&event);
	assert_int_equal(parse(&event, "delete", "{\"ref\":\"x\"," REPO "}"), JCI_EINVALID);
	event_release(&event);
	assert_int_equal(parse(&event, NULL, "{}"), JCI_EINVALID);
}

static void test_long_names(void **state)
{
	cleanup_event struct event event = {0};
	char ref[520], body[1024];

	(void)state;
	memset(ref, 'x', sizeof(ref));
	ref[512 - strlen("refs/heads/")] = '\0';
	snprintf(body, sizeof(body), PUSH("refs/heads/%s", A, B) "}", ref);
	assert_int_equal(parse(&event, "push", body), 0);
	event_release(&event);
	ref[512 - strlen("refs/heads/")] = 'x';
	ref[513 - strlen("refs/heads/")] = '\0';
	snprintf(body, sizeof(body), PUSH("refs/heads/%s", A, B) "}", ref);
	assert_int_equal(parse(&event, "push", body), JCI_EINVALID);
}

static void test_strange_delivery(void **state)
{
	struct event_headers headers = {.event = "ping", .delivery = "a b"};
	cleanup_event struct event event = {0};
	cleanup_error struct jci_error err = JCI_ERROR_INIT;

	(void)state;
	assert_int_equal(event_parse(&event, &headers, "{}", 2, &err), 0);
	assert_null(event.delivery);
}

static void test_skip(void **state)
{
	(void)state;
	assert_true(event_skips_ci("[skip ci]"));
	assert_true(event_skips_ci("docs [CI Skip]\n\nbody"));
	assert_true(event_skips_ci("subject\n\n[ci skip]\n"));
	assert_false(event_skips_ci("skip ci"));
	assert_false(event_skips_ci("[skipci]"));
	assert_false(event_skips_ci(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recordings),
		cmocka_unit_test(test_each_signature),
		cmocka_unit_test(test_forged),
		cmocka_unit_test(test_forms_of_signature),
		cmocka_unit_test(test_deleted_by_push),
		cmocka_unit_test(test_tag_object),
		cmocka_unit_test(test_other_refs),
		cmocka_unit_test(test_pull_requests),
		cmocka_unit_test(test_ignored),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_strange_delivery),
		cmocka_unit_test(test_skip),
	};

	git_libgit2_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
