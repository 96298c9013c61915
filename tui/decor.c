#include "tui/decor.h"

#include <stdlib.h>
#include <string.h>

#include "core/refs.h"
#include "util/alloc.h"

enum kind { KIND_HEAD, KIND_BRANCH, KIND_REMOTE, KIND_TAG, KIND_MAX };

/* Where refs of a kind are, which git-log(1) leaves away; in the order of kinds. */
static const char *const prefixes[KIND_MAX] = {"HEAD", "refs/heads/", "refs/remotes/",
					       "refs/tags/"};

struct mark {
	git_oid commit;
	enum kind kind;
	char *name;
};

struct marks {
	struct mark *items;
	size_t n, cap;
	enum kind kind;   /* of those that are being added */
	const char *head; /* its branch, which becomes KIND_HEAD */
};

struct decor {
	struct marks marks; /* sorted by commit, kind and name */
};

static void marks_release(struct marks *marks)
{
	for (size_t i = 0; i < marks->n; i++)
		free(marks->items[i].name);
	free(marks->items);
}

static void add_mark(struct marks *marks, enum kind kind, const char *name, const git_oid *commit)
{
	ARRAY_GROW(marks->items, marks->n + 1, marks->cap);
	marks->items[marks->n++] = (struct mark){*commit, kind, xstrdup(name)};
}

/* "origin/HEAD" says nothing that its branch does not. */
static bool is_remote_head(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash && strcmp(slash, "/HEAD") == 0;
}

static int take_ref(void *ctx, const char *name, const git_oid *oid, const git_oid *peeled)
{
	struct marks *marks = ctx;
	const char *rest = name + strlen(prefixes[marks->kind]);
	enum kind kind = marks->kind;

	if (kind == KIND_REMOTE && is_remote_head(rest))
		return 0;
	if (kind == KIND_BRANCH && marks->head && strcmp(marks->head, rest) == 0)
		kind = KIND_HEAD;
	add_mark(marks, kind, rest, peeled ? peeled : oid);
	return 0;
}

static int read_marks(struct marks *marks, const struct jci_repo *repo, struct jci_error *err)
{
	for (unsigned kind = KIND_BRANCH; kind < KIND_MAX; kind++) {
		marks->kind = (enum kind)kind;
		if (jci_refs_each(repo, prefixes[kind], take_ref, marks, err) < 0)
			return err->code;
	}
	return 0;
}

static int cmp_marks(const void *a, const void *b)
{
	const struct mark *x = a, *y = b;
	int cmp = git_oid_cmp(&x->commit, &y->commit);

	if (!cmp)
		cmp = (int)x->kind - (int)y->kind;
	return cmp ? cmp : strcmp(x->name, y->name);
}

int decor_new(struct decor **out, const struct jci_repo *repo, struct jci_error *err)
{
	cleanup_error struct jci_error unborn = JCI_ERROR_INIT;
	cleanup_free char *head = jci_repo_head_branch(repo);
	struct decor *decor = xcalloc(1, sizeof(*decor));
	git_oid commit;

	decor->marks.head = head;
	if (!head && jci_repo_head(repo, &commit, &unborn) == 0)
		add_mark(&decor->marks, KIND_HEAD, "HEAD", &commit);
	if (read_marks(&decor->marks, repo, err) < 0) {
		decor_free(decor);
		return err->code;
	}
	decor->marks.head = NULL;
	if (decor->marks.n)
		qsort(decor->marks.items, decor->marks.n, sizeof(struct mark), cmp_marks);
	*out = decor;
	return 0;
}

void decor_free(struct decor *decor)
{
	marks_release(&decor->marks);
	free(decor);
}

/* The first mark of the commit, or where it would be. */
static size_t find_first(const struct marks *marks, const git_oid *commit)
{
	size_t low = 0, high = marks->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (git_oid_cmp(&marks->items[middle].commit, commit) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void decor_add(const struct decor *decor, const git_oid *commit, struct strbuf *sb)
{
	const struct marks *marks = &decor->marks;

	for (size_t i = find_first(marks, commit);
	     i < marks->n && git_oid_equal(&marks->items[i].commit, commit); i++)
		strbuf_addf(sb, "%s[%s]", sb->len ? " " : "", marks->items[i].name);
}

/* ---- for a chooser ---- */

/* Tags of later versions first. */
static int cmp_names(const void *a, const void *b)
{
	const struct mark *x = a, *y = b;

	if (x->kind != y->kind)
		return (int)x->kind - (int)y->kind;
	return x->kind == KIND_TAG ? strverscmp(y->name, x->name) : strcmp(x->name, y->name);
}

static int cmp_strings(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_twice(const char *const *sorted, size_t n, const char *name)
{
	const char *const *found = bsearch(&name, sorted, n, sizeof(*sorted), cmp_strings);

	return found && ((found > sorted && !strcmp(found[-1], name)) ||
			 (found + 1 < sorted + n && !strcmp(found[1], name)));
}

static char *revision(const struct mark *mark, const char *const *sorted, size_t n)
{
	const char *prefix = prefixes[mark->kind == KIND_HEAD ? KIND_BRANCH : mark->kind];

	if (is_twice(sorted, n, mark->name) || strcmp(mark->name, "HEAD") == 0)
		return xasprintf("%s%s", prefix + strlen("refs/"), mark->name);
	return xstrdup(mark->name);
}

int decor_list_names(char ***names, size_t *n, const struct jci_repo *repo, struct jci_error *err)
{
	cleanup(marks_release) struct marks marks = {0};
	cleanup_free const char **sorted = NULL;

	if (read_marks(&marks, repo, err) < 0)
		return err->code;
	sorted = xcalloc(marks.n + 1, sizeof(*sorted));
	for (size_t i = 0; i < marks.n; i++)
		sorted[i] = marks.items[i].name;
	if (marks.n) {
		qsort(sorted, marks.n, sizeof(*sorted), cmp_strings);
		qsort(marks.items, marks.n, sizeof(struct mark), cmp_names);
	}
	*n = marks.n + 1;
	*names = xcalloc(*n, sizeof(**names));
	(*names)[0] = xstrdup("HEAD");
	for (size_t i = 0; i < marks.n; i++)
		(*names)[i + 1] = revision(&marks.items[i], sorted, marks.n);
	return 0;
}
