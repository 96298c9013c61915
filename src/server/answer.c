/* Answers, with the headers that all of them have. Nothing that the server says may be kept. */
#include "server/request.h"

#include <string.h>

static void add_headers(struct request *rq, const char *type, const char *policy)
{
	http_add_header(rq->http, "Content-Type", type);
	http_add_header(rq->http, "Content-Security-Policy", policy);
	http_add_header(rq->http, "X-Content-Type-Options", "nosniff");
	http_add_header(rq->http, "Cross-Origin-Resource-Policy", "same-origin");
	http_add_header(rq->http, "Referrer-Policy", "no-referrer");
	http_add_header(rq->http, "Cache-Control", "no-store");
}

void answer_headers(struct request *rq, const char *type)
{
	add_headers(rq, type, "default-src 'none'; frame-ancestors 'none'");
}

int answer_text(struct request *rq, unsigned status, const char *type, const char *text, size_t len)
{
	answer_headers(rq, type);
	http_respond(rq->http, status, text, len);
	return 0;
}

int answer_html(struct request *rq, unsigned status, const struct strbuf *html)
{
	add_headers(rq, "text/html; charset=utf-8",
		    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
		    "frame-ancestors 'none'");
	http_respond(rq->http, status, html->buf, html->len);
	return 0;
}

int answer_json(struct request *rq, unsigned status, const cJSON *json)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;

	json_print(&text, json, false);
	return answer_text(rq, status, "application/json", text.buf, text.len);
}

int answer_error(struct request *rq, unsigned status, const char *message)
{
	cleanup_json cJSON *json = cJSON_CreateObject();

	json_set_bytes(json, "error", message, strlen(message));
	return answer_json(rq, status, json);
}

int answer_failure(struct request *rq)
{
	const int code = rq->err.code;

	http_drop_headers(rq->http); /* of the answer that was begun */
	if (code != JCI_ENOTFOUND && code != JCI_EINVALID)
		http_add_header(rq->http, "Retry-After", "5");
	return answer_error(rq,
			    code == JCI_ENOTFOUND  ? 404
			    : code == JCI_EINVALID ? 400
						   : 503,
			    rq->err.message);
}
