/* The lists of Gitea's API, which come in pages. */
#include "server/giteapriv.h"

#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"
#include "util/gettext.h"

/* PAGE is the most that Gitea gives unless it is told to give more; it may be told to give less. */
enum { PAGE = 50, MAX_PAGES = 200, MAX_PASSES = 4 };

static bool hand_over(const cJSON *json, bool (*add)(void *ctx, const cJSON *entry), void *ctx)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, json)
	{
		if (!add(ctx, item))
			return false;
	}
	return true;
}

/* 1: there may be more. `last`: the page before, for lists that don't know of pages. */
static int one_page(struct gitea *gitea, const struct gitea_request *r, struct strbuf *last,
		    bool (*add)(void *ctx, const cJSON *entry), void *ctx, struct jci_error *err)
{
	const struct strbuf *body = &gitea->answer.body;
	cleanup_json cJSON *json = NULL;

	if (gitea_call_json(gitea, r, &json, err) < 0)
		return err->code;
	if (!cJSON_IsArray(json))
		return gitea_unexpected(r, err);
	if (cJSON_GetArraySize(json) == 0 ||
	    (last->len == body->len && memcmp(last->buf, body->buf, body->len) == 0))
		return 0;
	strbuf_reset(last);
	strbuf_add(last, body->buf, body->len);
	return hand_over(json, add, ctx);
}

int gitea_list(struct gitea *gitea, const char *repository, const char *what,
	       bool (*add)(void *ctx, const cJSON *entry), void *ctx, struct jci_error *err)
{
	cleanup_strbuf struct strbuf path = STRBUF_INIT, last = STRBUF_INIT;
	struct gitea_request r = {.repository = repository};
	size_t len;
	int more = 1, page = 0;

	if (gitea_add_repository(&path, repository, err) < 0)
		return err->code;
	strbuf_addstr(&path, what);
	len = path.len;
	while (more > 0 && page < MAX_PAGES) {
		strbuf_setlen(&path, len);
		strbuf_addf(&path, "?limit=%d&page=%d", PAGE, ++page);
		r.path = path.buf;
		more = one_page(gitea, &r, &last, add, ctx, err);
	}
	if (more > 0)
		return jci_error_set(err, JCI_EFAIL, _("'%s' has more than %d pages of '%s'"),
				     repository, MAX_PAGES, what);
	return more < 0 ? err->code : page;
}

/* ---- branches ---- */

void heads_free(struct head *heads, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(heads[i].ref);
	free(heads);
}

struct heads {
	struct head *heads;
	size_t n, cap;
	bool wrong;
};

static void heads_release(struct heads *h)
{
	heads_free(h->heads, h->n);
	*h = (struct heads){0};
}

static bool add_head(void *ctx, const cJSON *entry)
{
	struct heads *h = ctx;

	ARRAY_GROW(h->heads, h->n + 1, h->cap);
	h->wrong = !gitea_parse_branch(entry, &h->heads[h->n]);
	h->n += !h->wrong;
	return !h->wrong;
}

static int compare_heads(const void *a, const void *b)
{
	return strcmp(((const struct head *)a)->ref, ((const struct head *)b)->ref);
}

/* In order of their names, each once: a branch may come twice when another was made meanwhile. */
static void sort_heads(struct heads *h)
{
	size_t n = 0;

	if (h->n > 1)
		qsort(h->heads, h->n, sizeof(*h->heads), compare_heads);
	for (size_t i = 0; i < h->n; i++) {
		if (n > 0 && strcmp(h->heads[n - 1].ref, h->heads[i].ref) == 0)
			free(h->heads[i].ref);
		else
			h->heads[n++] = h->heads[i];
	}
	h->n = n;
}

/* How many pages it took. */
static int read_heads(struct gitea *gitea, const char *repository, struct heads *h,
		      struct jci_error *err)
{
	int pages = gitea_list(gitea, repository, "/branches", add_head, h, err);

	if (pages < 0)
		return err->code;
	if (h->wrong)
		return jci_error_set(err, JCI_EFAIL,
				     _("Gitea tells of a branch of '%s' that is none"), repository);
	sort_heads(h);
	return pages;
}

static bool have_same_names(const struct heads *a, const struct heads *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->heads[i].ref, b->heads[i].ref) != 0)
			return false;
	return true;
}

/*
 * A branch that is deleted while the pages are read moves those behind it, and one of them would
 * seem to be gone: several pages have to be the same twice. (The last page is the one with nothing
 * on it.)
 */
int gitea_branches(struct gitea *gitea, const char *repository, struct head **heads, size_t *n,
		   struct jci_error *err)
{
	cleanup(heads_release) struct heads now = {0}, before = {0};

	for (int pass = 0; pass < MAX_PASSES; pass++) {
		int pages = read_heads(gitea, repository, &now, err);

		if (pages < 0)
			return err->code;
		if (pages <= 2 || (pass > 0 && have_same_names(&now, &before))) {
			*n = now.n;
			*heads = steal_ptr(now.heads);
			now.n = 0;
			return 0;
		}
		heads_release(&before);
		before = now;
		now = (struct heads){0};
	}
	return jci_error_set(err, JCI_EFAIL, _("the branches of '%s' change all the time"),
			     repository);
}

/* ---- statuses, keys, webhooks ---- */

struct wanted {
	const struct status *status;
	const char *text;
	bool found;
};

static bool look_for_status(void *ctx, const cJSON *entry)
{
	struct wanted *wanted = ctx;

	wanted->found = gitea_status_is(entry, wanted->status);
	return !wanted->found;
}

int gitea_has_status(struct gitea *gitea, const struct status *status, bool *has,
		     struct jci_error *err)
{
	cleanup_free char *what = xasprintf("/commits/%s/statuses", status->commit);
	struct wanted wanted = {.status = status};

	if (gitea_list(gitea, status->repository, what, look_for_status, &wanted, err) < 0)
		return err->code;
	*has = wanted.found;
	return 0;
}

int gitea_add_key(struct gitea *gitea, const char *repository, const char *title,
		  const char *public_key, int64_t *id, struct jci_error *err)
{
	cleanup_strbuf struct strbuf path = STRBUF_INIT;
	cleanup_json cJSON *body = cJSON_CreateObject(), *json = NULL;
	struct gitea_request r = {.method = "POST", .repository = repository, .body = body};

	if (gitea_add_repository(&path, repository, err) < 0)
		return err->code;
	strbuf_addstr(&path, "/keys");
	r.path = path.buf;
	json_set_string(body, "title", title);
	json_set_string(body, "key", public_key);
	json_set_bool(body, "read_only", false);
	if (gitea_call_json(gitea, &r, &json, err) < 0)
		return err->code;
	return gitea_parse_id(json, id)
		       ? 0
		       : jci_error_set(err, JCI_EFAIL,
				       _("Gitea does not tell the id of the key '%s'"), title);
}

int gitea_delete_key(struct gitea *gitea, const struct key_ref *key, struct jci_error *err)
{
	cleanup_strbuf struct strbuf path = STRBUF_INIT;
	struct gitea_request r = {.method = "DELETE", .repository = key->repository};

	if (gitea_add_repository(&path, key->repository, err) < 0)
		return err->code;
	strbuf_addf(&path, "/keys/%lld", (long long)key->id);
	r.path = path.buf;
	return gitea_call(gitea, &r, err);
}

struct key_list {
	const char *prefix;
	int64_t *ids;
	size_t n, cap;
};

static bool add_key(void *ctx, const cJSON *entry)
{
	struct key_list *list = ctx;
	const char *title = json_string(entry, "title");
	int64_t id;

	if (title && strncmp(title, list->prefix, strlen(list->prefix)) == 0 &&
	    gitea_parse_id(entry, &id)) {
		ARRAY_GROW(list->ids, list->n + 1, list->cap);
		list->ids[list->n++] = id;
	}
	return true;
}

int gitea_keys(struct gitea *gitea, const char *repository, const char *title_prefix, int64_t **ids,
	       size_t *n, struct jci_error *err)
{
	struct key_list list = {.prefix = title_prefix};

	if (gitea_list(gitea, repository, "/keys", add_key, &list, err) < 0) {
		free(list.ids);
		return err->code;
	}
	*ids = list.ids;
	*n = list.n;
	return 0;
}

static bool look_for_hook(void *ctx, const cJSON *entry)
{
	struct wanted *wanted = ctx;

	wanted->found = gitea_hook_is(entry, wanted->text);
	return !wanted->found;
}

int gitea_has_webhook(struct gitea *gitea, const char *repository, const char *path, bool *has,
		      struct jci_error *err)
{
	struct wanted wanted = {.text = path};

	if (gitea_list(gitea, repository, "/hooks", look_for_hook, &wanted, err) < 0)
		return err->code;
	*has = wanted.found;
	return 0;
}
