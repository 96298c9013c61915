#include "web/access.h"

#include <arpa/inet.h>
#include <limits.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "util/alloc.h"
#include "util/gettext.h"
#include "util/text.h"
#include "web/respond.h"

/* ---- names of this server ---- */

/*
 * "name:port", "[::1]:port" or either without a port: the name without brackets. "" where it is of
 * neither form.
 */
static char *name_of(const char *host)
{
	const char *end;

	if (*host == '[') {
		end = strchr(host, ']');
		return end ? xstrndup(host + 1, (size_t)(end - host - 1)) : xstrdup("");
	}
	end = strchr(host, ':');
	return xstrndup(host, end ? (size_t)(end - host) : strlen(host));
}

static bool is_address(const char *name)
{
	unsigned char bytes[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, name, bytes) == 1 || inet_pton(AF_INET6, name, bytes) == 1;
}

static bool is_wildcard(const char *address)
{
	return strcmp(address, "0.0.0.0") == 0 || strcmp(address, "::") == 0;
}

static bool is_host_name(const char *name)
{
	char own[HOST_NAME_MAX + 1] = "";

	return gethostname(own, sizeof(own) - 1) == 0 && strcasecmp(name, own) == 0;
}

static bool is_listed(const char *list, const char *name)
{
	const size_t len = strlen(name);

	for (const char *p = list; p && *p; p += strcspn(p, ","), p += *p == ',')
		if (strcspn(p, ",") == len && strncasecmp(p, name, len) == 0)
			return true;
	return false;
}

/*
 * On all addresses any of them is as good as another, and so is the name of the host: a name of
 * somebody else's is what it is all about.
 */
bool web_host_is_ours(const struct web_options *options, const char *host)
{
	cleanup_free char *name = name_of(host);

	if (strcasecmp(name, "localhost") == 0 || strcmp(name, "127.0.0.1") == 0 ||
	    strcmp(name, "::1") == 0 || strcmp(name, options->listen.address) == 0)
		return true;
	if (is_wildcard(options->listen.address) && (is_address(name) || is_host_name(name)))
		return true;
	return is_listed(options->hosts, name);
}

bool web_host_check(struct web_request *rq)
{
	const char *host = http_header(rq->http, "Host");
	cleanup_free char *message = NULL;

	if (!host && http_is_1_0(rq->http))
		return true;
	if (host && web_host_is_ours(web_options_of(rq->web), host))
		return true;
	message = xasprintf(_("'%s' is no name of this server; if it should be, start it with: "
			      "git jci web --host NAME"),
			    host ? host : "");
	respond_error(rq, 421, message);
	return false;
}

/* ---- the token ---- */

bool web_token_is_valid(const char *token)
{
	/* RFC 6750's b68token less '=' and '+', which a URL and a cookie may change */
	return *token && token[strspn(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					     "0123456789-._~")] == '\0';
}

/* Cookies don't know ports: two servers on one host must not take each other's. */
static char *cookie_name(const struct web_request *rq)
{
	return xasprintf("jci-token-%u", http_server_port(http_server_of(rq->http)));
}

static bool has_token(const struct web_request *rq, const char *token)
{
	const char *bearer = http_bearer(rq->http);
	cleanup_free char *name = cookie_name(rq);

	if (bearer)
		return http_is_secret(token, bearer);
	return http_is_secret(token, http_cookie(rq->http, name));
}

/* The query without "token=..." (the token itself needs no decoding). */
static void add_rest_of_query(struct strbuf *sb, const char *query)
{
	char before = '?';

	for (size_t len; *query; query += len, query += *query == '&') {
		len = strcspn(query, "&");
		if (strncmp(query, "token=", 6) == 0 || len == 0)
			continue;
		strbuf_addch(sb, before);
		strbuf_add(sb, query, len);
		before = '&';
	}
}

/* So that it stays neither in the address bar nor in the history. */
static void move_into_cookie(struct web_request *rq, const char *token)
{
	const char *base = web_options_of(rq->web)->base, *path = web_path(rq);
	cleanup_free char *name = cookie_name(rq), *cookie = NULL;
	cleanup_strbuf struct strbuf location = STRBUF_INIT;

	cookie = xasprintf("%s=%s; Path=%s/; HttpOnly; SameSite=Strict", name, token, base);
	/* "//other.example" would lead elsewhere */
	strbuf_addf(&location, "%s/%s", base, path + strspn(path, "/"));
	add_rest_of_query(&location, http_query(rq->http));
	http_add_header(rq->http, "Set-Cookie", cookie);
	http_add_header(rq->http, "Location", location.buf);
	respond_text(rq, &(struct web_answer){.status = 303, .type = "text/plain"}, "", 0);
}

/* For people a page that says what to do; it has nothing to fill in: a token is given as a link. */
static void ask_for_token(struct web_request *rq)
{
	const char *accept = http_header(rq->http, "Accept");
	const char *message = _("a token is needed: add ?token=... to the address, or send "
				"'Authorization: Bearer ...'");
	cleanup_strbuf struct strbuf page = STRBUF_INIT;

	http_add_header(rq->http, "WWW-Authenticate", "Bearer realm=\"git-jci\"");
	if (!accept || !strstr(accept, "text/html")) {
		respond_error(rq, 401, message);
		return;
	}
	strbuf_addstr(&page, "<!DOCTYPE html><meta charset=\"utf-8\"><title>git-jci</title>\n<p>");
	text_add_html(&page, message, strlen(message));
	strbuf_addstr(&page, "</p>\n");
	respond_text(rq, &(struct web_answer){.status = 401, .type = "text/html; charset=utf-8"},
		     page.buf, page.len);
}

bool web_token_check(struct web_request *rq)
{
	const char *token = web_options_of(rq->web)->token;
	const char *given = http_param(rq->http, "token");

	if (!token || has_token(rq, token))
		return true;
	if (http_is_secret(token, given))
		move_into_cookie(rq, token);
	else
		ask_for_token(rq);
	return false;
}
