/* /api/branches: branches, here and of remotes, and tags. */
#include <stdlib.h>
#include <string.h>

#include "core/refs.h"
#include "util/alloc.h"
#include "web/respond.h"
#include "web/routes.h"

enum group { GROUP_HEAD, GROUP_LOCAL, GROUP_REMOTE, GROUP_TAG };

struct branch {
	enum group group;
	char *name;
	git_oid tip;
};

struct branches {
	struct branch *items;
	size_t n, cap;
	enum group group; /* of those that are being read */
	char *head;       /* the branch that HEAD is on; NULL: none */
};

static void branches_release(struct branches *all)
{
	for (size_t i = 0; i < all->n; i++)
		free(all->items[i].name);
	free(all->items);
	free(all->head);
}

static int add_branch(void *ctx, const char *name, const git_oid *oid, const git_oid *peeled)
{
	struct branches *all = ctx;
	struct branch *b;

	name = strchr(name + strlen("refs/"), '/') + 1;
	/* what a remote's HEAD is, is in the list already */
	if (all->group == GROUP_REMOTE && strlen(name) > 5 &&
	    strcmp(name + strlen(name) - 5, "/HEAD") == 0)
		return 0;
	ARRAY_GROW(all->items, all->n + 1, all->cap);
	b = &all->items[all->n++];
	*b = (struct branch){.group = all->group, .name = xstrdup(name)};
	b->tip = peeled ? *peeled : *oid;
	if (all->group == GROUP_LOCAL && all->head && strcmp(name, all->head) == 0)
		b->group = GROUP_HEAD;
	return 0;
}

static int by_group(const void *x, const void *y)
{
	const struct branch *a = x, *b = y;

	return a->group != b->group ? (int)a->group - (int)b->group : strcmp(a->name, b->name);
}

static cJSON *branch_json(const struct branch *b)
{
	cJSON *json = cJSON_CreateObject();

	json_set_bytes(json, "name", b->name, strlen(b->name));
	json_set_bool(json, "isRemote", b->group == GROUP_REMOTE);
	json_set_bool(json, "isTag", b->group == GROUP_TAG);
	json_set_bool(json, "isHead", b->group == GROUP_HEAD);
	json_set_string(json, "hash", git_oid_tostr_s(&b->tip));
	return json;
}

int serve_branches(struct web_request *rq)
{
	static const struct {
		enum group group;
		const char *prefix;
	} groups[] = {
		{GROUP_LOCAL, "refs/heads/"},
		{GROUP_REMOTE, "refs/remotes/"},
		{GROUP_TAG, "refs/tags/"},
	};
	cleanup(branches_release) struct branches all = {.head = jci_repo_head_branch(rq->repo)};
	cleanup_json cJSON *json = cJSON_CreateArray();

	for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
		all.group = groups[i].group;
		if (jci_refs_each(rq->repo, groups[i].prefix, add_branch, &all, &rq->err) < 0)
			return rq->err.code;
	}
	if (all.n)
		qsort(all.items, all.n, sizeof(*all.items), by_group);
	for (size_t i = 0; i < all.n; i++)
		cJSON_AddItemToArray(json, branch_json(&all.items[i]));
	return respond_json(rq, json);
}
