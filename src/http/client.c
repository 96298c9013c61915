#include "http/client.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "http/curl.h"
#include "util/alloc.h"
#include "util/gettext.h"

#define DEFAULT_MAX_BODY   ((size_t)1024 * 1024)
#define DEFAULT_CONNECT_US (INT64_C(10) * 1000 * 1000)

static struct curl_table table;

struct http_client {
	CURL *easy;
	char message[CURL_ERROR_SIZE];
};

/* One call, for the callbacks. */
struct transfer {
	struct http_client *client;
	const struct http_call *call;
	struct http_answer *answer;
	size_t max_body;
	bool too_large;
};

static int load(struct jci_error *err)
{
	static const struct library_symbol symbols[] = {CURL_FUNCTIONS(LIBRARY_SYMBOL){NULL, NULL}};
	static struct library library = {
		.file = "libcurl.so.4", .package = "libcurl4", .symbols = symbols};
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static bool ready;
	int code;

	if (library_load(&library, err) < 0)
		return err->code;
	pthread_mutex_lock(&lock);
	code = ready || table.curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK
		       ? 0
		       : jci_error_set(err, JCI_EFAIL, _("libcurl cannot start"));
	ready = code == 0;
	pthread_mutex_unlock(&lock);
	return code;
}

void http_client_library_version(struct library_version *v)
{
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;
	bool there = load(&ignored) == 0;

	library_version_set(v, "libcurl", LIBCURL_VERSION,
			    there ? table.curl_version_info(CURLVERSION_NOW)->version : NULL);
}

int http_client_new(struct http_client **out, struct jci_error *err)
{
	struct http_client *client;

	if (load(err) < 0)
		return err->code;
	client = xcalloc(1, sizeof(*client));
	client->easy = table.curl_easy_init();
	if (!client->easy)
		out_of_memory();
	*out = client;
	return 0;
}

void http_client_free(struct http_client *client)
{
	if (!client)
		return;
	table.curl_easy_cleanup(client->easy);
	free(client);
}

void http_answer_release(struct http_answer *answer)
{
	strbuf_release(&answer->body);
}

/* ---- what the library calls ---- */

static size_t on_body(char *data, size_t size, size_t n, void *userp)
{
	struct transfer *t = userp;
	long status = 0;

	(void)size; /* always 1 */
	table.curl_easy_getinfo(t->client->easy, CURLINFO_RESPONSE_CODE, &status);
	if (t->call->write && status / 100 == 2)
		return t->call->write(t->call->ctx, data, n) ? n : 0;
	t->too_large = n > t->max_body - t->answer->body.len;
	if (t->too_large)
		return 0;
	strbuf_add(&t->answer->body, data, n);
	return n;
}

static size_t on_read(char *buf, size_t size, size_t n, void *userp)
{
	struct transfer *t = userp;
	ssize_t len = t->call->read(t->call->ctx, buf, size * n);

	return len < 0 ? CURL_READFUNC_ABORT : (size_t)len;
}

static int on_progress(void *userp, curl_off_t down_all, curl_off_t down, curl_off_t up_all,
		       curl_off_t up)
{
	const struct transfer *t = userp;

	(void)down_all;
	(void)down;
	(void)up_all;
	(void)up;
	return t->call->stop && t->call->stop(t->call->ctx);
}

/* ---- a call ---- */

#define SET(option, value) table.curl_easy_setopt(easy, CURLOPT_##option, value)

static void set_body(CURL *easy, struct transfer *t)
{
	const struct http_call *call = t->call;

	if (call->read) {
		SET(POST, 1L);
		SET(READFUNCTION, on_read);
		SET(READDATA, t);
	} else if (call->body) {
		SET(POST, 1L);
		SET(POSTFIELDSIZE_LARGE, (curl_off_t)call->body_len);
		SET(POSTFIELDS, call->body);
	} else if (call->method && strcmp(call->method, "POST") == 0) {
		SET(POST, 1L);
		SET(POSTFIELDSIZE_LARGE, (curl_off_t)0);
		SET(POSTFIELDS, "");
	}
	if (call->method && strcmp(call->method, "HEAD") == 0)
		SET(NOBODY, 1L);
	else if (call->method)
		SET(CUSTOMREQUEST, call->method);
}

static long milliseconds(int64_t us)
{
	return (long)((us + 999) / 1000);
}

static void set_options(struct transfer *t, struct curl_slist *headers)
{
	CURL *easy = t->client->easy;
	const struct http_call *call = t->call;

	table.curl_easy_reset(easy); /* connections stay */
	SET(URL, call->url);
	SET(PROTOCOLS_STR, "http,https");
	SET(NOSIGNAL, 1L);
	SET(NOPROGRESS, 0L);
	SET(XFERINFOFUNCTION, on_progress);
	SET(XFERINFODATA, t);
	SET(WRITEFUNCTION, on_body);
	SET(WRITEDATA, t);
	SET(ERRORBUFFER, t->client->message);
	SET(HTTPHEADER, headers);
	SET(USERAGENT, "git-jci/" PACKAGE_VERSION);
	SET(CONNECTTIMEOUT_MS,
	    milliseconds(call->connect_us ? call->connect_us : DEFAULT_CONNECT_US));
	SET(TIMEOUT_MS, milliseconds(call->timeout_us));
	if (call->unix_socket)
		SET(UNIX_SOCKET_PATH, call->unix_socket);
	if (call->ca_file)
		SET(CAINFO, call->ca_file);
	if (call->once)
		SET(FRESH_CONNECT, 1L);
	set_body(easy, t);
}

/* Expect: has the client wait for a server that never answers to it. */
static struct curl_slist *make_headers(const struct http_call *call)
{
	struct curl_slist *list = table.curl_slist_append(NULL, "Expect:");

	for (const char *const *h = call->headers; list && h && *h; h++) {
		struct curl_slist *longer = table.curl_slist_append(list, *h);

		if (!longer)
			table.curl_slist_free_all(list);
		list = longer;
	}
	if (!list)
		out_of_memory();
	return list;
}

/* Query and user may hold secrets. */
static void add_public_url(struct strbuf *sb, const char *url)
{
	const char *host = strstr(url, "://"), *path, *at;

	host = host ? host + 3 : url;
	path = host + strcspn(host, "/?#");
	at = memrchr(host, '@', (size_t)(path - host));
	strbuf_add(sb, url, (size_t)(host - url));
	host = at ? at + 1 : host;
	strbuf_add(sb, host, strcspn(host, "?#"));
}

static int no_answer(const struct transfer *t, CURLcode code, struct jci_error *err)
{
	cleanup_strbuf struct strbuf url = STRBUF_INIT;
	const char *message = t->client->message;

	add_public_url(&url, t->call->url);
	if (t->too_large)
		return jci_error_set(err, JCI_EFAIL, _("'%s': its answer is larger than %zu bytes"),
				     url.buf, t->max_body);
	return jci_error_set(err, JCI_EFAIL, "'%s': %s", url.buf,
			     *message ? message : table.curl_easy_strerror(code));
}

int http_call(struct http_client *client, const struct http_call *call, struct http_answer *answer,
	      struct jci_error *err)
{
	struct transfer t = {.client = client,
			     .call = call,
			     .answer = answer,
			     .max_body = call->max_body ? call->max_body : DEFAULT_MAX_BODY};
	struct curl_slist *headers = make_headers(call);
	curl_off_t retry = 0;
	long status = 0, sent = 0;
	CURLcode code;

	strbuf_reset(&answer->body);
	answer->status = 0;
	answer->retry_after_us = 0;
	answer->maybe_sent = false;
	client->message[0] = '\0';
	set_options(&t, headers);
	code = table.curl_easy_perform(client->easy);
	table.curl_slist_free_all(headers);
	table.curl_easy_getinfo(client->easy, CURLINFO_RESPONSE_CODE, &status);
	table.curl_easy_getinfo(client->easy, CURLINFO_RETRY_AFTER, &retry);
	table.curl_easy_getinfo(client->easy, CURLINFO_REQUEST_SIZE, &sent);
	answer->status = (unsigned)status;
	answer->retry_after_us = (int64_t)retry * 1000 * 1000;
	answer->maybe_sent = sent > 0;
	return code == CURLE_OK ? 0 : no_answer(&t, code, err);
}

void http_add_encoded(struct strbuf *sb, const char *s, const char *keep)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789-._~";

	for (; *s; s++) {
		if (strchr(plain, *s) || strchr(keep, *s))
			strbuf_addch(sb, *s);
		else
			strbuf_addf(sb, "%%%02X", (unsigned)(unsigned char)*s);
	}
}
