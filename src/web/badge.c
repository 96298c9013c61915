/* /badge/BRANCH.svg: how a branch is, as a picture for a README. */
#include <string.h>

#include "core/find.h"
#include "util/alloc.h"
#include "util/gettext.h"
#include "util/text.h"
#include "web/commits.h"
#include "web/find.h"
#include "web/respond.h"
#include "web/routes.h"

/* A branch whose newest commits have no run is as the first one behind them that has. */
enum { MAX_COMMITS = 100, LABEL_WIDTH = 22, CHARACTER_WIDTH = 7, PADDING = 10 };

struct face {
	const char *word, *colour;
};

static struct face face_of(enum jci_status status)
{
	switch (status) {
	case JCI_STATUS_OK:
		return (struct face){_("passing"), "#2a7f3f"};
	case JCI_STATUS_ERR:
		return (struct face){_("failing"), "#b3261e"};
	case JCI_STATUS_RUNNING:
		return (struct face){_("running"), "#8a6100"};
	default:
		return (struct face){_("unknown"), "#6b6b6b"};
	}
}

static int newest_status(struct web_request *rq, const git_oid *commit, enum jci_status *status)
{
	cleanup_run_list struct jci_run_list *list = NULL;
	cleanup_record struct jci_record r;
	int code;

	jci_record_init(&r);
	if (jci_run_list_new(&list, rq->repo, commit, &rq->err) < 0)
		return rq->err.code;
	code = jci_run_list_next(list, &r, &rq->err);
	*status = r.status;
	return code;
}

static int branch_status(struct web_request *rq, const char *branch, enum jci_status *status)
{
	cleanup_free git_oid *commits = xreallocarray(NULL, MAX_COMMITS, sizeof(*commits));
	git_oid tip;
	ssize_t n;

	*status = JCI_STATUS_NONE;
	if (web_branch_resolve(rq->repo, branch, &tip, &rq->err) < 0)
		return rq->err.code;
	n = web_commits_walk(web_commits_of(rq->web), &tip, MAX_COMMITS, commits, &rq->err);
	for (ssize_t i = 0; i < n && *status == JCI_STATUS_NONE; i++)
		if (newest_status(rq, &commits[i], status) < 0)
			return rq->err.code;
	return n < 0 ? (int)n : 0;
}

static void draw(struct strbuf *svg, const struct face *face)
{
	const int word =
		(int)text_width(face->word, strlen(face->word)) * CHARACTER_WIDTH + PADDING;

	strbuf_addf(svg,
		    "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"20\" "
		    "role=\"img\" aria-label=\"CI: %s\">"
		    "<title>CI: %s</title>"
		    "<rect width=\"%d\" height=\"20\" rx=\"3\" fill=\"#444\"/>"
		    "<rect x=\"%d\" width=\"%d\" height=\"20\" rx=\"3\" fill=\"%s\"/>"
		    "<g fill=\"#fff\" font-family=\"Verdana,DejaVu Sans,sans-serif\" "
		    "font-size=\"11\" text-anchor=\"middle\">"
		    "<text x=\"%d\" y=\"14\">CI</text><text x=\"%d\" y=\"14\">%s</text>"
		    "</g></svg>\n",
		    LABEL_WIDTH + word, face->word, face->word, LABEL_WIDTH + word, LABEL_WIDTH,
		    word, face->colour, LABEL_WIDTH / 2, LABEL_WIDTH + word / 2, face->word);
}

int serve_badge(struct web_request *rq)
{
	const struct web_arg *arg = &rq->args[0];
	cleanup_strbuf struct strbuf svg = STRBUF_INIT;
	cleanup_free char *branch = NULL;
	enum jci_status status;
	char etag[RESPOND_HASH_SIZE];
	const struct web_answer answer = {
		.type = "image/svg+xml", .policy = WEB_POLICY_IMAGE, .etag = etag};
	struct face face;

	if (arg->len <= 4 || strcmp(arg->s + arg->len - 4, ".svg") != 0)
		return jci_error_set(&rq->err, JCI_ENOTFOUND, _("a badge is named BRANCH.svg"));
	branch = xstrndup(arg->s, arg->len - 4);
	if (branch_status(rq, branch, &status) < 0)
		return rq->err.code;
	face = face_of(status);
	draw(&svg, &face);
	respond_hash(etag, svg.buf, svg.len);
	return respond_text(rq, &answer, svg.buf, svg.len);
}
