#include "core/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "util/alloc.h"

#include "support.h"

static const char hash[] = "0123456789abcdef0123456789abcdef01234567";

/* ---- commits in the repository ---- */

/* A tree with one blob. */
static git_oid put_file(const char *name, const char *text)
{
	const git_oid blob = put_object(GIT_OBJECT_BLOB, text, strlen(text));
	struct strbuf tree = STRBUF_INIT;
	git_oid oid;

	strbuf_addf(&tree, "100644 %s", name);
	strbuf_addch(&tree, '\0');
	strbuf_add(&tree, blob.id, GIT_OID_RAWSZ);
	oid = put_object(GIT_OBJECT_TREE, tree.buf, tree.len);
	strbuf_release(&tree);
	return oid;
}

/* A ref to a commit of that tree with that message; committed at `time`. */
static struct jci_ref put_run(const git_oid *tree, const char *message, const char *time)
{
	struct jci_ref ref = {.id = {1700000000, 0xabcd}};
	struct strbuf commit = STRBUF_INIT;

	git_oid_fromstr(&ref.commit, hash);
	strbuf_addf(&commit, "tree %s\nauthor A <a@b> 1 +0000\ncommitter A <a@b> %s +0000\n\n%s",
		    git_oid_tostr_s(tree), time, message);
	ref.target = put_object(GIT_OBJECT_COMMIT, commit.buf, commit.len);
	strbuf_release(&commit);
	return ref;
}

/* ---- records ---- */

/* One with a value in every member. */
static void fill(struct jci_record *r)
{
	jci_record_init(r);
	git_oid_fromstr(&r->ref.commit, hash);
	r->ref.id = (struct jci_run_id){1700000000, 0xabcd};
	git_oid_fromstr(&r->tree, "89abcdef0123456789abcdef0123456789abcdef");
	r->status = JCI_STATUS_ERR;
	r->reason = JCI_REASON_TIMEOUT;
	r->start_us = INT64_C(1700000000123456);
	r->end_us = INT64_C(1700000012345678);
	r->duration_us = 12222222;
	r->exit_status = 143;
	r->signal = 15;
	r->dirty = true;
	r->timeout_us = 12000000;
	r->branch = xstrdup("feature/x");
	r->trigger = xstrdup("hook");
	r->host = xstrdup("build");
	r->program = xstrdup("git-jci 0.1.0");
	r->log_bytes = UINT64_C(5000000000);
	r->log_lines = 12345678;
	jci_record_left_out(r, "a socket", "socket");
	jci_record_left_out(r, "sub/\xff\n-", "fifo");
	r->full = true;
	r->output_dir = xstrdup("/tmp/out\xe9");
	r->worktree = xstrdup("/tmp/tree");
}

static void assert_text(const char *a, const char *b)
{
	if (a && b)
		assert_string_equal(a, b);
	else
		assert_ptr_equal(a, b);
}

/* What trailers hold as well as run.json. */
static void assert_same_result(const struct jci_record *a, const struct jci_record *b)
{
	assert_true(git_oid_equal(&a->tree, &b->tree));
	assert_int_equal(a->status, b->status);
	assert_int_equal(a->reason, b->reason);
	assert_int_equal(a->start_us, b->start_us);
	assert_int_equal(a->duration_us, b->duration_us);
	assert_int_equal(a->exit_status, b->exit_status);
	assert_int_equal(a->signal, b->signal);
	assert_int_equal(a->dirty, b->dirty);
	assert_text(a->branch, b->branch);
	assert_text(a->trigger, b->trigger);
	assert_text(a->host, b->host);
}

static void assert_same(const struct jci_record *a, const struct jci_record *b)
{
	assert_same_result(a, b);
	assert_true(git_oid_equal(&a->ref.commit, &b->ref.commit));
	assert_int_equal(jci_run_id_cmp(&a->ref.id, &b->ref.id), 0);
	assert_int_equal(a->end_us, b->end_us);
	assert_int_equal(a->timeout_us, b->timeout_us);
	assert_text(a->program, b->program);
	assert_int_equal(a->log_bytes, b->log_bytes);
	assert_int_equal(a->log_lines, b->log_lines);
	assert_int_equal(a->n_left_out, b->n_left_out);
	for (size_t i = 0; i < a->n_left_out; i++) {
		assert_string_equal(a->left_out[i].path, b->left_out[i].path);
		assert_string_equal(a->left_out[i].why, b->left_out[i].why);
	}
}

static void parse(struct jci_record *r, const char *text)
{
	struct jci_error err = JCI_ERROR_INIT;

	jci_record_init(r);
	assert_int_equal(jci_record_from_json(r, text, strlen(text), &err), 0);
}

static void print(struct strbuf *text, const struct jci_record *r, bool live)
{
	cleanup_json cJSON *json = jci_record_to_json(r, live);

	json_print(text, json, true);
}

/* ---- run.json ---- */

static void test_json_round_trip(void **state)
{
	cleanup_record struct jci_record r, copy;
	cleanup_strbuf struct strbuf text = STRBUF_INIT;

	(void)state;
	fill(&r);
	print(&text, &r, true);
	parse(&copy, text.buf);
	assert_same(&r, &copy);
	assert_text(r.output_dir, copy.output_dir);
	assert_text(r.worktree, copy.worktree);
	assert_true(copy.full);
}

static void test_json_hides_live_members(void **state)
{
	cleanup_record struct jci_record r, copy;
	cleanup_strbuf struct strbuf text = STRBUF_INIT;

	(void)state;
	fill(&r);
	print(&text, &r, false);
	parse(&copy, text.buf);
	assert_same(&r, &copy);
	assert_null(copy.output_dir);
	assert_null(copy.worktree);
	assert_null(strstr(text.buf, "/tmp"));
}

static void test_json_of_an_empty_record(void **state)
{
	cleanup_record struct jci_record r, copy;
	cleanup_strbuf struct strbuf text = STRBUF_INIT;

	(void)state;
	jci_record_init(&r);
	r.full = true;
	print(&text, &r, true);
	parse(&copy, text.buf);
	assert_same(&r, &copy);
	assert_int_equal(copy.exit_status, -1);
	assert_int_equal(copy.duration_us, -1);
	assert_null(copy.branch);
	assert_true(git_oid_is_zero(&copy.tree));
}

static void test_json_bytes(void **state)
{
	static const char *const names[] = {
		"\xff",     "caf\xe9", "a\nb\tc\x01",      "\xed\xa0\x80",
		"\xc0\xaf", "\"\\",    "\xf0\x9f\x98\x80", "\xef\xbf\xbd"};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		cleanup_record struct jci_record r, copy;
		cleanup_strbuf struct strbuf text = STRBUF_INIT;

		jci_record_init(&r);
		r.full = true;
		r.branch = xstrdup(names[i]);
		jci_record_left_out(&r, names[i], "fifo");
		print(&text, &r, false);
		parse(&copy, text.buf);
		assert_string_equal(copy.branch, names[i]);
		assert_string_equal(copy.left_out[0].path, names[i]);
	}
}

static void test_json_replaces_what_was_there(void **state)
{
	cleanup_record struct jci_record r;
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	static const char text[] = "{\"format\":1,\"runId\":\"1-0000\"}";

	(void)state;
	fill(&r);
	assert_int_equal(jci_record_from_json(&r, text, strlen(text), &err), 0);
	assert_null(r.branch);
	assert_int_equal(r.n_left_out, 0);
	assert_int_equal(r.ref.id.seconds, 1);
	assert_int_equal(r.status, JCI_STATUS_NONE);
}

static void test_json_refused(void **state)
{
	static const char *const wrong[] = {
		"",
		"{",
		"null",
		"[]",
		"1",
		"\"text\"",
		"{}",
		"{\"format\":1}",
		"{\"format\":2,\"runId\":\"1-0000\"}",
		"{\"format\":\"1\",\"runId\":\"1-0000\"}",
		"{\"format\":1.5,\"runId\":\"1-0000\"}",
		"{\"format\":1,\"runId\":10000}",
		"{\"format\":1,\"runId\":\"../../x\"}",
		"{\"format\":1,\"runId\":\"1-00000\"}",
		"{\"format\":1,\"runId\":\"1-0000\"} x",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		cleanup_record struct jci_record r;
		cleanup_error struct jci_error err = JCI_ERROR_INIT;

		jci_record_init(&r);
		if (jci_record_from_json(&r, wrong[i], strlen(wrong[i]), &err) != JCI_EINVALID)
			fail_msg("'%s' is taken for a run.json", wrong[i]);
		assert_non_null(err.message);
	}
}

static void test_json_of_wrong_types(void **state)
{
	static const char text[] =
		"{\"format\":1,\"runId\":\"1-0000\",\"commit\":\"zz\",\"tree\":7,\"status\":[],"
		"\"reason\":{},\"exitStatus\":\"3\",\"signal\":-1,\"start\":5,\"end\":"
		"\"yesterday\","
		"\"duration\":\"1\",\"timeout\":null,\"dirty\":\"true\",\"branch\":1,\"trigger\":{}"
		","
		"\"host\":[],\"program\":true,\"logBytes\":-5,\"logLines\":\"many\","
		"\"leftOut\":[1,null,{},{\"path\":\"a\"},{\"reason\":\"fifo\"},[],"
		"{\"path\":1,\"reason\":\"fifo\"}],\"outputDir\":0}";
	cleanup_record struct jci_record r, empty;

	(void)state;
	parse(&r, text);
	jci_record_init(&empty);
	empty.ref.id.seconds = 1;
	assert_same(&r, &empty);
	assert_null(r.output_dir);
}

static void test_json_of_wrong_values(void **state)
{
	static const char text[] =
		"{\"format\":1,\"runId\":\"1-0000\",\"exitStatus\":256,\"signal\":1e300,"
		"\"start\":\"0000-01-01T00:00:00+23:59\",\"end\":\"9999-12-31T23:59:59-00:01\","
		"\"duration\":1e300,\"timeout\":-1e300,\"logBytes\":1e300,\"logLines\":-1,"
		"\"status\":\"OK\",\"reason\":\"bored\",\"branch\":\"a\\u0000b\","
		"\"leftOut\":{\"path\":\"a\",\"reason\":\"fifo\"}}";
	cleanup_record struct jci_record r;

	(void)state;
	parse(&r, text);
	assert_int_equal(r.exit_status, -1);
	assert_int_equal(r.signal, 0);
	assert_int_equal(r.start_us, 0);
	assert_int_equal(r.end_us, 0);
	assert_int_equal(r.duration_us, -1);
	assert_int_equal(r.timeout_us, 0);
	assert_int_equal(r.log_bytes, 0);
	assert_int_equal(r.log_lines, 0);
	assert_int_equal(r.status, JCI_STATUS_NONE);
	assert_int_equal(r.reason, JCI_REASON_NONE);
	assert_int_equal(r.n_left_out, 0);
}

static void test_json_nested_too_deep(void **state)
{
	cleanup_record struct jci_record r;
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_strbuf struct strbuf text = STRBUF_INIT;

	(void)state;
	jci_record_init(&r);
	strbuf_addstr(&text, "{\"format\":1,\"runId\":\"1-0000\",\"x\":");
	for (int i = 0; i < 100000; i++)
		strbuf_addch(&text, '[');
	assert_int_equal(jci_record_from_json(&r, text.buf, text.len, &err), JCI_EINVALID);
}

/* ---- trailers ---- */

/* Stores the record's message and reads it back. */
static void through_trailers(const struct jci_record *r, struct jci_record *copy)
{
	cleanup_strbuf struct strbuf message = STRBUF_INIT;
	struct jci_error err = JCI_ERROR_INIT;
	const git_oid tree = put_file("status.txt", "ok");
	struct jci_ref ref;

	jci_record_message(&message, r);
	ref = put_run(&tree, message.buf, "1700000099");
	jci_record_init(copy);
	assert_int_equal(jci_record_read(&repo, &ref, copy, &err), 0);
	assert_false(copy->foreign);
	assert_false(copy->full);
}

static void test_trailers_round_trip(void **state)
{
	cleanup_record struct jci_record r, copy;

	(void)state;
	fill(&r);
	through_trailers(&r, &copy);
	assert_same_result(&r, &copy);
	assert_int_equal(copy.end_us, r.start_us + r.duration_us);
	assert_int_equal(copy.ref.id.digits, 0xabcd);
}

static void test_trailers_of_every_status(void **state)
{
	(void)state;
	for (int status = JCI_STATUS_OK; status <= JCI_STATUS_LOST; status++) {
		cleanup_record struct jci_record r, copy;

		jci_record_init(&r);
		git_oid_fromstr(&r.ref.commit, hash);
		r.status = (enum jci_status)status;
		r.reason = (enum jci_reason)(status + 1);
		r.start_us = 1;
		r.duration_us = 0;
		r.exit_status = 0;
		through_trailers(&r, &copy);
		assert_same_result(&r, &copy);
	}
}

static void test_message_begins_as_the_go_programs(void **state)
{
	cleanup_record struct jci_record r;
	cleanup_strbuf struct strbuf message = STRBUF_INIT;
	static const char first[] = "CI results for 0123456789ab (run 1700000000-abcd)\n\nJci-";

	(void)state;
	fill(&r);
	jci_record_message(&message, &r);
	assert_int_equal(strncmp(message.buf, first, strlen(first)), 0);
}

static void test_trailers_can_not_be_forged(void **state)
{
	cleanup_record struct jci_record r, copy;

	(void)state;
	fill(&r);
	free(r.branch);
	free(r.trigger);
	free(r.host);
	r.branch = xstrdup("b\nJci-Status: ok");
	r.trigger = xstrdup("t\n\nJci-Status: ok\n");
	r.host = xstrdup("h\r\nJci-Exit: 0\r\n");
	through_trailers(&r, &copy);
	assert_int_equal(copy.status, JCI_STATUS_ERR);
	assert_int_equal(copy.exit_status, 143);
	assert_null(strchr(copy.branch, '\n'));
}

static void read_message(struct jci_record *r, const char *message)
{
	struct jci_error err = JCI_ERROR_INIT;
	const git_oid tree = put_file("status.txt", "err");
	const struct jci_ref ref = put_run(&tree, message, "1700000005");

	jci_record_init(r);
	assert_int_equal(jci_record_read(&repo, &ref, r, &err), 0);
}

static void test_hostile_trailers(void **state)
{
	cleanup_record struct jci_record r;

	(void)state;
	read_message(&r, "x\n\nJci-Status: ok\nJci-Exit: 99999999999999999999\nJci-Signal: -5\n"
			 "Jci-Start: nan\nJci-Duration: inf\nJci-Tree: xyz\nJci-Dirty: yes\n"
			 "Jci-Reason: bored\nJci-: x\nJci-Unknown: 1\nStatus: err\n");
	assert_int_equal(r.status, JCI_STATUS_OK);
	assert_in_range(r.exit_status, 0, 255);
	assert_in_range(r.signal, 0, 127);
	assert_int_equal(r.start_us, INT64_C(1700000000000000));
	assert_int_equal(r.duration_us, -1);
	assert_int_equal(r.reason, JCI_REASON_NONE);
	assert_false(r.dirty);
	assert_true(git_oid_is_zero(&r.tree));
}

static void test_times_out_of_range(void **state)
{
	cleanup_record struct jci_record r;

	(void)state;
	read_message(&r, "x\n\nJci-Status: ok\nJci-Start: -1\nJci-Duration: 1e300\n");
	assert_int_equal(r.start_us, INT64_C(1700000000000000));
	assert_int_equal(r.duration_us, -1);
	jci_record_release(&r);
	read_message(&r, "x\n\nJci-Status: ok\nJci-Start: 1e18\nJci-Duration: -0.5\n");
	assert_int_equal(r.start_us, INT64_C(1700000000000000));
	assert_int_equal(r.duration_us, -1);
}

/* ---- runs of the Go program ---- */

static void test_without_trailers(void **state)
{
	cleanup_record struct jci_record r;

	(void)state;
	read_message(&r, "CI results for 0123456789ab (run 1700000000-abcd)\n");
	assert_true(r.foreign);
	assert_int_equal(r.status, JCI_STATUS_ERR);
	assert_int_equal(r.reason, JCI_REASON_FAILED);
	assert_int_equal(r.start_us, INT64_C(1700000000000000));
	assert_int_equal(r.duration_us, 5000000);
	assert_int_equal(r.exit_status, -1);
}

static void test_largest_times(void **state)
{
	static const char *const times[] = {"9223372036854775807", "99999999999999", "0"};
	const git_oid tree = put_file("other", "x");

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		cleanup_record struct jci_record r;
		struct jci_error err = JCI_ERROR_INIT;
		struct jci_ref ref = put_run(&tree, "x\n", times[i]);

		ref.id.seconds = i ? INT64_MAX : 0;
		jci_record_init(&r);
		assert_int_equal(jci_record_read(&repo, &ref, &r, &err), 0);
		assert_true(r.start_us >= 0);
		assert_int_equal(r.status, JCI_STATUS_NONE);
	}
}

static void test_target_is_missing(void **state)
{
	cleanup_record struct jci_record r;
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	struct jci_ref ref = {.id = {1, 2}};

	(void)state;
	git_oid_fromstr(&ref.commit, hash);
	git_oid_fromstr(&ref.target, hash);
	jci_record_init(&r);
	assert_int_equal(jci_record_read(&repo, &ref, &r, &err), JCI_EFAIL);
	assert_non_null(strstr(err.message, "refs/jci-runs/0123456789abcdef"));
}

/* ---- words ---- */

static void test_words(void **state)
{
	(void)state;
	for (int i = JCI_STATUS_OK; i <= JCI_STATUS_LOST; i++) {
		const char *name = jci_status_name((enum jci_status)i);

		assert_int_equal(jci_status_parse(name, strlen(name)), i);
	}
	for (int i = JCI_REASON_PASSED; i <= JCI_REASON_LOST; i++)
		assert_int_equal(jci_reason_parse(jci_reason_name((enum jci_reason)i)), i);
	assert_int_equal(jci_status_parse("ok \r\n", 5), JCI_STATUS_OK);
	assert_int_equal(jci_status_parse("okay", 4), JCI_STATUS_NONE);
	assert_int_equal(jci_status_parse("okay", 2), JCI_STATUS_OK);
	assert_int_equal(jci_status_parse("", 0), JCI_STATUS_NONE);
	assert_int_equal(jci_status_parse(" ok", 3), JCI_STATUS_NONE);
	assert_int_equal(jci_status_parse("o\0k", 3), JCI_STATUS_NONE);
	assert_int_equal(jci_reason_parse(""), JCI_REASON_NONE);
	assert_int_equal(jci_reason_parse("Passed"), JCI_REASON_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json_round_trip),
		cmocka_unit_test(test_json_hides_live_members),
		cmocka_unit_test(test_json_of_an_empty_record),
		cmocka_unit_test(test_json_bytes),
		cmocka_unit_test(test_json_replaces_what_was_there),
		cmocka_unit_test(test_json_refused),
		cmocka_unit_test(test_json_of_wrong_types),
		cmocka_unit_test(test_json_of_wrong_values),
		cmocka_unit_test(test_json_nested_too_deep),
		cmocka_unit_test(test_trailers_round_trip),
		cmocka_unit_test(test_trailers_of_every_status),
		cmocka_unit_test(test_message_begins_as_the_go_programs),
		cmocka_unit_test(test_trailers_can_not_be_forged),
		cmocka_unit_test(test_hostile_trailers),
		cmocka_unit_test(test_times_out_of_range),
		cmocka_unit_test(test_without_trailers),
		cmocka_unit_test(test_largest_times),
		cmocka_unit_test(test_target_is_missing),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, make_bare_repo, remove_repo);
}
