/* What a request says, and the answer to it. */
#include "http/listen.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "http/httppriv.h"
#include "util/alloc.h"

struct http_server *http_server_of(const struct http_request *rq)
{
	return rq->server;
}

bool http_is_head(const struct http_request *rq)
{
	return rq->head;
}

bool http_is_post(const struct http_request *rq)
{
	return rq->post;
}

const char *http_body(const struct http_request *rq, size_t *len)
{
	*len = rq->body.len;
	return rq->body.buf;
}

bool http_is_1_0(const struct http_request *rq)
{
	return rq->http_1_0;
}

const char *http_path(const struct http_request *rq)
{
	return rq->path;
}

const char *http_query(const struct http_request *rq)
{
	return rq->query;
}

size_t http_decode(char *s)
{
	return mhd->http_unescape(s);
}

/* (The library has decoded it.) */
const char *http_param(const struct http_request *rq, const char *name)
{
	const char *value = NULL;
	size_t len = 0;

	if (mhd->lookup_connection_value_n(rq->connection, MHD_GET_ARGUMENT_KIND, name,
					   strlen(name), &value, &len) != MHD_YES)
		return NULL;
	if (!value)
		return "";
	return strlen(value) == len ? value : NULL;
}

const char *http_header(const struct http_request *rq, const char *name)
{
	return mhd->lookup_connection_value(rq->connection, MHD_HEADER_KIND, name);
}

const char *http_cookie(const struct http_request *rq, const char *name)
{
	return mhd->lookup_connection_value(rq->connection, MHD_COOKIE_KIND, name);
}

/* ---- who asks ---- */

/* What stands behind the scheme; NULL: it is another. */
static const char *credentials(const struct http_request *rq, const char *scheme)
{
	const char *value = http_header(rq, MHD_HTTP_HEADER_AUTHORIZATION);
	const size_t len = strlen(scheme);

	if (!value || strncasecmp(value, scheme, len) != 0 || value[len] != ' ')
		return NULL;
	return value + len + strspn(value + len, " ");
}

bool http_is_secret(const char *secret, const char *given)
{
	const size_t len = strlen(secret);

	return given && strlen(given) == len && CRYPTO_memcmp(secret, given, len) == 0;
}

const char *http_bearer(const struct http_request *rq)
{
	return credentials(rq, "Bearer");
}

bool http_has_password(const struct http_request *rq, const char *password)
{
	const char *given = credentials(rq, "Basic");
	const size_t len = given ? strlen(given) : 0;
	cleanup_free char *text = NULL;
	const char *colon;

	if (len == 0 || len % 4 || len > HTTP_BUFFER)
		return false;
	/* (its padding becomes NUL bytes) */
	text = xcalloc(1, len / 4 * 3 + 1);
	if (EVP_DecodeBlock((unsigned char *)text, (const unsigned char *)given, (int)len) < 0)
		return false;
	colon = strchr(text, ':');
	return colon && http_is_secret(password, colon + 1);
}

void http_client_address(const struct http_request *rq, char address[HTTP_ADDRESS_SIZE])
{
	const union MHD_ConnectionInfo *info =
		mhd->get_connection_info(rq->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct sockaddr *from = info ? info->client_addr : NULL;
	const void *bytes = NULL;

	*address = '\0';
	if (from && from->sa_family == AF_INET)
		bytes = &((const struct sockaddr_in *)(const void *)from)->sin_addr;
	else if (from && from->sa_family == AF_INET6)
		bytes = &((const struct sockaddr_in6 *)(const void *)from)->sin6_addr;
	if (bytes)
		inet_ntop(from->sa_family, bytes, address, HTTP_ADDRESS_SIZE);
}

void http_set_user(struct http_request *rq, void *user)
{
	rq->user = user;
}

void *http_user(const struct http_request *rq)
{
	return rq->user;
}

/* ---- the answer ---- */

void http_add_header(struct http_request *rq, const char *name, const char *value)
{
	const size_t name_size = strlen(name) + 1, value_size = strlen(value) + 1;
	struct http_value *header;
	char *text;

	if (strpbrk(value, "\r\n"))
		return;
	header = xmalloc(sizeof(*header) + name_size + value_size);
	text = (char *)(header + 1);
	memcpy(text, name, name_size);
	memcpy(text + name_size, value, value_size);
	*header = (struct http_value){.name = text, .value = text + name_size, .next = rq->headers};
	rq->headers = header;
}

void http_drop_headers(struct http_request *rq)
{
	struct http_value *header;

	while ((header = rq->headers)) {
		rq->headers = header->next;
		free(header);
	}
}

/* An answer that is there already, from a handler that then failed, is replaced. */
static void answer(struct http_request *rq, unsigned status, struct MHD_Response *response)
{
	if (!response)
		out_of_memory();
	for (const struct http_value *h = rq->headers; h; h = h->next)
		mhd->add_response_header(response, h->name, h->value);
	if (rq->response)
		mhd->destroy_response(rq->response);
	rq->response = response;
	rq->status = status;
}

void http_respond(struct http_request *rq, unsigned status, const void *data, size_t len)
{
	/* (copied, in spite of its type) */
	answer(rq, status,
	       mhd->create_response_from_buffer(len, (void *)(uintptr_t)data,
						MHD_RESPMEM_MUST_COPY));
}

void http_refuse(struct http_request *rq, unsigned status, const char *text)
{
	http_add_header(rq, MHD_HTTP_HEADER_CONTENT_TYPE, "text/plain");
	http_add_header(rq, "X-Content-Type-Options", "nosniff");
	http_respond_shared(rq, status, text, strlen(text), NULL, NULL);
}

static void release_nothing(void *ctx)
{
	(void)ctx;
}

void http_respond_shared(struct http_request *rq, unsigned status, const void *data, size_t len,
			 void (*release)(void *ctx), void *ctx)
{
	answer(rq, status,
	       mhd->create_response_from_buffer_with_free_callback_cls(
		       len, (void *)(uintptr_t)data, release ? release : release_nothing, ctx));
}

void http_respond_fd(struct http_request *rq, unsigned status, int fd, uint64_t offset,
		     uint64_t len)
{
	struct MHD_Response *response = mhd->create_response_from_fd_at_offset64(len, fd, offset);

	if (!response)
		close(fd);
	answer(rq, status, response);
}

void http_respond_stream(struct http_request *rq, unsigned status, uint64_t len,
			 const struct http_source *source,
			 void (*started)(void *ctx, struct http_stream *stream))
{
	struct http_stream *stream = http_stream_new(rq, source);

	answer(rq, status, http_stream_response(stream, len));
	if (started)
		started(source->ctx, stream);
}
