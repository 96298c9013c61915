#include "web/commits.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"
#include "util/gettext.h"
#include "web/gzip.h"
#include "web/pagelist.h"
#include "web/respond.h"
#include "web/routes.h"

/* Pages that are kept, and the largest number that one may have. */
enum { MAX_PAGES = 64, MAX_PAGE = 1000000 };

/* A finished answer; it outlives its page for as long as it is being sent. */
struct body {
	unsigned users; /* atomic */
	struct strbuf text, gz;
	char etag[RESPOND_HASH_SIZE];
};

static void body_free(void *ctx)
{
	struct body *body = ctx;

	if (!body || __atomic_sub_fetch(&body->users, 1, __ATOMIC_ACQ_REL))
		return;
	strbuf_release(&body->text);
	strbuf_release(&body->gz);
	free(body);
}

struct page {
	char *key;
	unsigned users;       /* (under the lock of all) */
	uint64_t used;        /* likewise; 0: it has left the list */
	pthread_mutex_t lock; /* of what follows: one makes it, the others wait for that */
	struct web_stamps stamps;
	struct strbuf live; /* the live runs that it was made with */
	struct body *body;  /* NULL: none yet */
};

struct web_commits {
	struct web_histories *histories;
	struct web_runcache *runs;
	pthread_mutex_t lock;
	struct page *pages[MAX_PAGES];
	uint64_t clock;
};

struct web_commits *web_commits_new(void)
{
	struct web_commits *c = xcalloc(1, sizeof(*c));

	c->histories = web_histories_new();
	c->runs = web_runcache_new();
	pthread_mutex_init(&c->lock, NULL);
	return c;
}

static void page_free(struct page *page)
{
	if (!page)
		return;
	web_stamps_release(&page->stamps);
	strbuf_release(&page->live);
	body_free(page->body);
	pthread_mutex_destroy(&page->lock);
	free(page->key);
	free(page);
}

void web_commits_free(struct web_commits *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < MAX_PAGES; i++)
		page_free(c->pages[i]);
	web_histories_free(c->histories);
	web_runcache_free(c->runs);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

void web_commits_stop(struct web_commits *c)
{
	web_histories_stop(c->histories);
}

/* ---- pages that are kept ---- */

/* (Under the lock.) The page, a free place, or that of the page used longest ago. */
static struct page **place_of(struct web_commits *c, const char *key)
{
	struct page **place = &c->pages[0];

	for (size_t i = 0; i < MAX_PAGES; i++) {
		struct page **item = &c->pages[i];

		if (*item && strcmp((*item)->key, key) == 0)
			return item;
		if (!*item || (*place && (*item)->used < (*place)->used))
			place = item;
	}
	return place;
}

static struct page *page_get(struct web_commits *c, const char *key)
{
	struct page **place, *page;

	pthread_mutex_lock(&c->lock);
	place = place_of(c, key);
	page = *place;
	if (page && strcmp(page->key, key) != 0) {
		page->used = 0;
		if (!page->users)
			page_free(page);
		page = NULL;
	}
	if (!page) {
		page = xcalloc(1, sizeof(*page));
		page->key = xstrdup(key);
		page->live = (struct strbuf)STRBUF_INIT;
		pthread_mutex_init(&page->lock, NULL);
		*place = page;
	}
	page->used = ++c->clock;
	page->users++;
	pthread_mutex_unlock(&c->lock);
	return page;
}

static void page_put(struct web_commits *c, struct page *page)
{
	pthread_mutex_lock(&c->lock);
	if (--page->users == 0 && page->used == 0)
		page_free(page);
	pthread_mutex_unlock(&c->lock);
}

/* ---- the newest state of one ---- */

/* Deaths of processes leave no trace in any file's time: live runs are looked at each time. */
static void describe_live(const struct jci_records *live, struct strbuf *sb)
{
	for (size_t i = 0; i < live->n; i++) {
		const struct jci_record *r = &live->items[i];
		char id[JCI_RUN_ID_SIZE];

		jci_run_id_format(id, &r->ref.id);
		strbuf_addf(sb, "%s %s %d\n", git_oid_tostr_s(&r->ref.commit), id, (int)r->status);
	}
}

/* NULL: err tells why. */
static struct body *make_body(const struct web_pagelist *list, struct web_stamps *stamps,
			      struct jci_error *err)
{
	struct body *body = xcalloc(1, sizeof(*body));

	*body = (struct body){.users = 1, .text = STRBUF_INIT, .gz = STRBUF_INIT};
	if (web_pagelist_make(list, stamps, &body->text, err) < 0) {
		body_free(body);
		return NULL;
	}
	respond_hash(body->etag, body->text.buf, body->text.len);
	return body;
}

/* (Under the page's lock.) */
static int refresh(struct page *page, struct web_pagelist *list, struct jci_error *err)
{
	cleanup_records struct jci_records live = JCI_RECORDS_INIT;
	cleanup_strbuf struct strbuf described = STRBUF_INIT;
	struct web_stamps stamps = WEB_STAMPS_INIT;
	struct body *body;

	if (jci_live_list(list->repo, &live, err) < 0)
		return err->code;
	describe_live(&live, &described);
	if (page->body && described.len == page->live.len &&
	    memcmp(described.buf, page->live.buf, described.len) == 0 &&
	    web_stamps_hold(&page->stamps))
		return 0;
	list->live = &live;
	body = make_body(list, &stamps, err);
	if (!body) {
		web_stamps_release(&stamps);
		return err->code;
	}
	body_free(page->body);
	page->body = body;
	web_stamps_release(&page->stamps);
	page->stamps = stamps;
	strbuf_reset(&page->live);
	strbuf_add(&page->live, described.buf, described.len);
	return 0;
}

/* The answer as it is now, with its compressed form if that is asked for. */
static int current_body(struct web_commits *c, struct web_pagelist *list, bool gzip,
			struct body **out, struct jci_error *err)
{
	cleanup_free char *key =
		xasprintf("%d %zu %s", (int)list->filter, list->page, list->branch);
	struct page *page = page_get(c, key);
	int code;

	list->histories = c->histories;
	list->runs = c->runs;
	pthread_mutex_lock(&page->lock);
	code = refresh(page, list, err);
	if (code == 0) {
		*out = page->body;
		__atomic_add_fetch(&(*out)->users, 1, __ATOMIC_RELAXED);
		if (gzip && !(*out)->gz.len)
			gzip_add(&(*out)->gz, (*out)->text.buf, (*out)->text.len, GZIP_GOOD);
	}
	pthread_mutex_unlock(&page->lock);
	page_put(c, page);
	return code;
}

ssize_t web_commits_walk(struct web_commits *c, const git_oid *tip, size_t n, git_oid *oids,
			 struct jci_error *err)
{
	return web_history_get(c->histories, tip, 0, n, oids, err);
}

static void warm(struct web_commits *c, const struct jci_repo *repo, const char *branch)
{
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;
	struct web_pagelist list = {.repo = repo, .branch = branch};
	struct body *body;

	if (current_body(c, &list, true, &body, &ignored) == 0)
		body_free(body);
}

void web_commits_warm(struct web_commits *c, const struct jci_repo *repo)
{
	cleanup_free char *branch = jci_repo_head_branch(repo);

	if (branch)
		warm(c, repo, branch);
	warm(c, repo, "HEAD");
}

/* ---- requests ---- */

static int parse_page(struct web_request *rq, size_t *page)
{
	const char *s = http_param(rq->http, "page");
	const size_t len = s ? strlen(s) : 0;

	*page = len && len < 10 ? strtoul(s, NULL, 10) : 0;
	if (len && (strspn(s, "0123456789") != len || len > 9 || *page > MAX_PAGE))
		return jci_error_set(&rq->err, JCI_EINVALID, _("'%s' is no page"), s);
	return 0;
}

static int parse_filter(struct web_request *rq, const char *s, enum web_filter *filter)
{
	static const char *const names[] = {"all", "runs", "failed"};

	*filter = WEB_FILTER_ALL;
	if (!s || !*s)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcmp(s, names[i]) == 0) {
			*filter = (enum web_filter)i;
			return 0;
		}
	}
	return jci_error_set(&rq->err, JCI_EINVALID, _("'%s' is no filter"), s);
}

int web_commits_add(struct web_request *rq, const char *branch, const char *filter,
		    struct strbuf *sb)
{
	struct web_pagelist list = {.repo = rq->repo, .branch = branch};
	struct body *body = NULL;

	if (parse_filter(rq, filter, &list.filter) < 0 ||
	    current_body(web_commits_of(rq->web), &list, false, &body, &rq->err) < 0)
		return rq->err.code;
	strbuf_add(sb, body->text.buf, body->text.len);
	body_free(body);
	return 0;
}

int serve_commits(struct web_request *rq)
{
	struct web_pagelist list = {.repo = rq->repo, .branch = http_param(rq->http, "branch")};
	const bool gzip = respond_takes_gzip(rq);
	struct body *body = NULL;
	struct web_answer answer = {.type = "application/json"};
	const struct strbuf *bytes;

	if (!list.branch || !*list.branch)
		return jci_error_set(&rq->err, JCI_EINVALID,
				     _("which branch? '?branch=' is missing"));
	if (parse_page(rq, &list.page) < 0 ||
	    parse_filter(rq, http_param(rq->http, "filter"), &list.filter) < 0 ||
	    current_body(web_commits_of(rq->web), &list, gzip, &body, &rq->err) < 0)
		return rq->err.code;
	answer.etag = body->etag;
	http_add_header(rq->http, "Vary", "Accept-Encoding");
	if (respond_headers(rq, &answer)) {
		body_free(body);
		return 0;
	}
	if (gzip)
		http_add_header(rq->http, "Content-Encoding", "gzip");
	bytes = gzip ? &body->gz : &body->text;
	http_respond_shared(rq->http, 200, bytes->buf, bytes->len, body_free, body);
	return 0;
}
