/*
 * The page: index.html, with the first commits of the branch that it shows in an element, so that
 * they can be painted as soon as the document and its script are there.
 */
#include <string.h>

#include "util/json.h"
#include "util/text.h"
#include "web/assets.h"
#include "web/commits.h"
#include "web/respond.h"
#include "web/routes.h"

static void add_attribute(struct strbuf *html, const char *name, const char *value)
{
	strbuf_addf(html, " data-%s=\"", name);
	text_add_html(html, value, strlen(value));
	strbuf_addch(html, '"');
}

/* Where they can't be had, the page asks for them itself, and says why. */
static void add_commits(struct web_request *rq, struct strbuf *html)
{
	const char *branch = http_param(rq->http, "branch");
	const char *filter = http_param(rq->http, "filter"), *q = http_param(rq->http, "q");
	cleanup_strbuf struct strbuf json = STRBUF_INIT;

	if (q && *q) /* a search is shown */
		return;
	if (!branch || !*branch)
		branch = "HEAD";
	if (web_commits_add(rq, branch, filter, &json) < 0) {
		jci_error_clear(&rq->err);
		return;
	}
	strbuf_addstr(html, "<script type=\"application/json\" id=\"first\"");
	add_attribute(html, "branch", branch);
	add_attribute(html, "filter", filter ? filter : "");
	strbuf_addch(html, '>');
	json_add_for_html(html, json.buf, json.len);
	strbuf_addstr(html, "</script>");
}

int serve_page(struct web_request *rq)
{
	const struct web_asset *index = web_asset_find("index.html");
	cleanup_strbuf struct strbuf html = STRBUF_INIT;
	char etag[RESPOND_HASH_SIZE];
	const struct web_answer answer = {
		.type = "text/html; charset=utf-8",
		.policy = WEB_POLICY_PAGE,
		.etag = etag,
	};

	strbuf_add(&html, index->data, index->gap);
	add_commits(rq, &html);
	strbuf_add(&html, index->data + index->gap, index->size - index->gap);
	respond_hash(etag, html.buf, html.len);
	return respond_text(rq, &answer, html.buf, html.len);
}
