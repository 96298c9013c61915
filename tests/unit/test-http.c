/* The client and the server of src/http, which talk to each other here. */
#include "http/client.h"
#include "http/listen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>

#include "util/alloc.h"
#include "util/io.h"
#include "util/process.h"

#include "support.h"

enum { MAX_BODY = 100 * 1000, MAX_BODIES = 150 * 1000 };

static struct http_server *server;
static struct http_client *client;
static struct http_answer answer;
static char *certificate; /* its path; NULL: none */

/* ---- a server that sends back what it gets ---- */

static size_t max_body(void *ctx, const struct http_request *rq)
{
	(void)ctx;
	if (strcmp(http_path(rq), "/never") == 0)
		return HTTP_NO_POST;
	return strcmp(http_path(rq), "/large") == 0 ? 10 * MAX_BODY : MAX_BODY;
}

static void serve(void *ctx, void *worker, struct http_request *rq)
{
	size_t len;
	const char *body = http_body(rq, &len);

	(void)ctx;
	(void)worker;
	if (strcmp(http_path(rq), "/later") == 0)
		http_add_header(rq, "Retry-After", "3");
	if (http_is_post(rq))
		http_respond(rq, strcmp(http_path(rq), "/later") ? 200 : 503, body, len);
	else
		http_respond(rq, 200, "got", 3);
}

static void start(const char *cert, const char *key)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	const struct http_options options = {.address = "127.0.0.1",
					     .connections = 20,
					     .timeout_s = 20,
					     .max_bodies = MAX_BODIES,
					     .certificate = cert,
					     .key = key};
	const struct http_handler handler = {.max_body = max_body, .serve = serve};

	if (http_server_start(&server, &options, &handler, &err) < 0 ||
	    http_client_new(&client, &err) < 0)
		fail_msg("%s", err.message);
	answer = (struct http_answer)HTTP_ANSWER_INIT;
}

static int setup(void **state)
{
	start(NULL, NULL);
	return make_folder(state);
}

static int teardown(void **state)
{
	http_answer_release(&answer);
	http_client_free(client);
	http_server_stop(server);
	free(certificate);
	certificate = NULL;
	return remove_folder(state);
}

/* ---- calls ---- */

static int call(struct http_call *c, const char *path, struct jci_error *err)
{
	cleanup_free char *url = xasprintf("%s://localhost:%u%s", certificate ? "https" : "http",
					   http_server_port(server), path);

	c->url = url;
	if (certificate)
		c->ca_file = certificate;
	return http_call(client, c, &answer, err);
}

static void check(struct http_call *c, const char *path, unsigned status)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;

	if (call(c, path, &err) < 0)
		fail_msg("%s", err.message);
	assert_int_equal(answer.status, status);
}

struct chunks {
	size_t left;
};

static ssize_t next_chunk(void *ctx, char *buf, size_t max)
{
	struct chunks *chunks = ctx;
	size_t len = chunks->left < max ? chunks->left : max;

	memset(buf, 'c', len);
	chunks->left -= len;
	return (ssize_t)len;
}

static void test_methods(void **state)
{
	(void)state;
	check(&(struct http_call){0}, "/", 200);
	assert_string_equal(answer.body.buf, "got");
	check(&(struct http_call){.method = "POST", .body = "a\0b", .body_len = 3}, "/", 200);
	assert_int_equal(answer.body.len, 3);
	assert_memory_equal(answer.body.buf, "a\0b", 3);
	check(&(struct http_call){.method = "POST"}, "/", 200);
	assert_int_equal(answer.body.len, 0);
	check(&(struct http_call){.method = "HEAD"}, "/", 200);
	check(&(struct http_call){.method = "DELETE"}, "/", 405);
	check(&(struct http_call){.method = "POST", .body = "x", .body_len = 1}, "/never", 405);
	check(&(struct http_call){.method = "GET", .body = "x", .body_len = 1}, "/", 413);
}

static void test_sizes_of_bodies(void **state)
{
	cleanup_free char *body = xcalloc(2, MAX_BODIES);

	(void)state;
	check(&(struct http_call){.method = "POST", .body = body, .body_len = MAX_BODY}, "/", 200);
	assert_int_equal(answer.body.len, MAX_BODY);
	check(&(struct http_call){.method = "POST", .body = body, .body_len = MAX_BODY + 1}, "/",
	      413);
	/* together they may not have more than this, though one alone might */
	check(&(struct http_call){.method = "POST", .body = body, .body_len = MAX_BODIES + 1},
	      "/large", 503);
	assert_true(answer.retry_after_us == 5 * 1000 * 1000);
	/* what was held is free again */
	check(&(struct http_call){.method = "POST", .body = body, .body_len = MAX_BODIES}, "/large",
	      200);
}

static void test_chunks(void **state)
{
	struct chunks chunks = {.left = MAX_BODY};
	struct http_call c = {.method = "POST", .read = next_chunk, .ctx = &chunks};

	(void)state;
	check(&c, "/", 200);
	assert_int_equal(answer.body.len, MAX_BODY);
	assert_int_equal(strspn(answer.body.buf, "c"), MAX_BODY);
	chunks.left = MAX_BODY + 1;
	check(&c, "/", 413);
	chunks.left = MAX_BODIES + 1;
	check(&c, "/large", 503);
	chunks.left = MAX_BODIES;
	check(&c, "/large", 200);
}

static void test_retry_after(void **state)
{
	(void)state;
	check(&(struct http_call){.method = "POST", .body = "x", .body_len = 1}, "/later", 503);
	assert_true(answer.retry_after_us == 3 * 1000 * 1000);
	check(&(struct http_call){0}, "/", 200);
	assert_true(answer.retry_after_us == 0);
}

static void test_a_large_answer(void **state)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	struct http_call c = {.method = "POST", .body = "12345", .body_len = 5, .max_body = 4};

	(void)state;
	assert_true(call(&c, "/x?secret=1", &err) < 0);
	assert_non_null(strstr(err.message, "larger than 4 bytes"));
	assert_null(strstr(err.message, "secret"));
	c.max_body = 5;
	check(&c, "/", 200);
}

static void test_nobody_there(void **state)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	struct http_call c = {.url = "http://me:secret@127.0.0.1:1/path?token=secret"};

	(void)state;
	assert_true(http_call(client, &c, &answer, &err) < 0);
	assert_false(answer.maybe_sent);
	assert_int_equal(answer.status, 0);
	assert_null(strstr(err.message, "secret"));
	assert_non_null(strstr(err.message, "'http://127.0.0.1:1/path'"));
	jci_error_clear(&err);
	c.url = "file:///etc/passwd";
	assert_true(http_call(client, &c, &answer, &err) < 0);
	assert_false(answer.maybe_sent);
}

static bool at_once(void *ctx)
{
	(void)ctx;
	return true;
}

static void test_stop(void **state)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	struct http_call c = {.stop = at_once};

	(void)state;
	assert_true(call(&c, "/", &err) < 0);
}

static void test_tls(void **state)
{
	cleanup_strbuf struct strbuf cert = STRBUF_INIT, key = STRBUF_INIT;
	cleanup_free char *cert_path = below("cert.pem"), *key_path = below("key.pem");
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	const char *const argv[] = {"openssl",
				    "req",
				    "-x509",
				    "-newkey",
				    "ec",
				    "-pkeyopt",
				    "ec_paramgen_curve:P-256",
				    "-nodes",
				    "-days",
				    "2",
				    "-subj",
				    "/CN=localhost",
				    "-addext",
				    "subjectAltName=DNS:localhost",
				    "-keyout",
				    key_path,
				    "-out",
				    cert_path,
				    NULL};

	(void)state;
	if (process_run(&(struct process){.argv = argv, .out = -1}, &err) < 0)
		fail_msg("%s", err.message);
	assert_int_equal(read_file_at(AT_FDCWD, cert_path, &cert, 0), 0);
	assert_int_equal(read_file_at(AT_FDCWD, key_path, &key, 0), 0);
	http_client_free(client);
	http_server_stop(server);
	start(cert.buf, key.buf);
	certificate = xstrdup(cert_path);
	check(&(struct http_call){.method = "POST", .body = "x", .body_len = 1}, "/", 200);
	assert_string_equal(answer.body.buf, "x");
	/* nobody vouches for it */
	free(steal_ptr(certificate));
	certificate = xstrdup("/dev/null");
	assert_true(call(&(struct http_call){0}, "/", &err) < 0);
	assert_false(answer.maybe_sent);
}

static void test_a_wrong_certificate(void **state)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	const struct http_options options = {.address = "127.0.0.1",
					     .connections = 20,
					     .timeout_s = 20,
					     .certificate = "none",
					     .key = "none"};
	const struct http_handler handler = {.serve = serve};
	struct http_server *other = NULL;

	(void)state;
	assert_int_equal(http_server_start(&other, &options, &handler, &err), JCI_EINVALID);
	assert_non_null(strstr(err.message, "certificate"));
}

static void test_encoding(void **state)
{
	cleanup_strbuf struct strbuf sb = STRBUF_INIT;

	(void)state;
	http_add_encoded(&sb, "a-z/\xc3\xbc?&% ", "/");
	assert_string_equal(sb.buf, "a-z/%C3%BC%3F%26%25%20");
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_methods),
		CASE(test_sizes_of_bodies),
		CASE(test_chunks),
		CASE(test_retry_after),
		CASE(test_a_large_answer),
		CASE(test_nobody_there),
		CASE(test_stop),
		CASE(test_tls),
		CASE(test_a_wrong_certificate),
		cmocka_unit_test(test_encoding),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
