#include "tui/filetree.h"

#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"
#include "util/strbuf.h"

enum { MODE_FOLDER = 040000, MAX_NODES = 2 * FILETREE_MAX };

/* Nodes are in the order of the files, a folder before what is in it. */
struct node {
	size_t path; /* where it begins in `paths`: a folder's is the beginning of its first file's
		      */
	size_t path_len, name_start;
	size_t parent; /* FILETREE_NONE at the top */
	size_t end;    /* behind the last node that is in it */
	uint64_t size;
	unsigned mode, depth;
	bool folder, folded;
	bool touched; /* folded or unfolded by the user */
};

struct touched {
	char *path;
	bool folded;
};

struct filetree {
	struct node *nodes;
	size_t n, cap;
	size_t folder; /* that the last file is in */
	size_t n_files;
	struct strbuf paths;
	struct touched *touched;
	size_t n_touched, touched_cap;
	char **notes;
	size_t n_notes, notes_cap;
	/* as of the last layout */
	size_t *order; /* all nodes as they are shown */
	size_t n_order, order_cap;
	size_t *rows; /* those that are not folded away */
	size_t n_rows, rows_cap;
};

struct filetree *filetree_new(void)
{
	struct filetree *tree = xcalloc(1, sizeof(*tree));

	tree->folder = FILETREE_NONE;
	tree->paths = (struct strbuf)STRBUF_INIT;
	return tree;
}

void filetree_free(struct filetree *tree)
{
	if (!tree)
		return;
	for (size_t i = 0; i < tree->n_touched; i++)
		free(tree->touched[i].path);
	for (size_t i = 0; i < tree->n_notes; i++)
		free(tree->notes[i]);
	strbuf_release(&tree->paths);
	free(tree->touched);
	free(tree->notes);
	free(tree->nodes);
	free(tree->order);
	free(tree->rows);
	free(tree);
}

static const char *node_path(const struct filetree *tree, const struct node *node)
{
	return tree->paths.buf + node->path;
}

static bool path_equals(const struct filetree *tree, const struct node *node, const char *path,
			size_t len)
{
	return node->path_len == len && memcmp(node_path(tree, node), path, len) == 0;
}

/* Whether the path goes through the folder. */
static bool is_below(const struct filetree *tree, const struct node *node, const char *path,
		     size_t len)
{
	return node->folder && len > node->path_len && path[node->path_len] == '/' &&
	       memcmp(node_path(tree, node), path, node->path_len) == 0;
}

/* ---- adding ---- */

static struct touched *find_touched(const struct filetree *tree, const char *path, size_t len)
{
	for (size_t i = 0; i < tree->n_touched; i++) {
		struct touched *t = &tree->touched[i];

		if (strncmp(t->path, path, len) == 0 && !t->path[len])
			return t;
	}
	return NULL;
}

static void touch(struct filetree *tree, const char *path, size_t len, bool folded)
{
	struct touched *t = find_touched(tree, path, len);

	if (t) {
		t->folded = folded;
		return;
	}
	ARRAY_GROW(tree->touched, tree->n_touched + 1, tree->touched_cap);
	tree->touched[tree->n_touched++] = (struct touched){xstrndup(path, len), folded};
}

void filetree_inherit(struct filetree *tree, const struct filetree *old)
{
	for (size_t i = 0; i < old->n_touched; i++)
		touch(tree, old->touched[i].path, strlen(old->touched[i].path),
		      old->touched[i].folded);
}

/* A node in the folder of the last one; the path has been stored at `path`. */
static struct node *add_node(struct filetree *tree, size_t path, size_t len, size_t name_start)
{
	const size_t parent = tree->folder;
	struct node *node;

	ARRAY_GROW(tree->nodes, tree->n + 1, tree->cap);
	node = &tree->nodes[tree->n++];
	*node = (struct node){
		.path = path,
		.path_len = len,
		.name_start = name_start,
		.parent = parent,
		.end = tree->n,
		.depth = parent == FILETREE_NONE ? 0 : tree->nodes[parent].depth + 1,
	};
	return node;
}

static void add_folder(struct filetree *tree, size_t path, size_t len, size_t name_start)
{
	struct node *node = add_node(tree, path, len, name_start);
	const struct touched *t = find_touched(tree, node_path(tree, node), len);

	node->mode = MODE_FOLDER;
	node->folder = true;
	node->touched = t != NULL;
	node->folded = t && t->folded;
	tree->folder = tree->n - 1;
}

/* Leaves folders that the path isn't in; returns where in it the next name begins. */
static size_t leave_folders(struct filetree *tree, const char *path, size_t len)
{
	while (tree->folder != FILETREE_NONE) {
		const struct node *folder = &tree->nodes[tree->folder];

		if (is_below(tree, folder, path, len))
			return folder->path_len + 1;
		tree->folder = folder->parent;
	}
	return 0;
}

bool filetree_add(struct filetree *tree, const char *path, unsigned mode, uint64_t size)
{
	size_t len = strlen(path), at = tree->paths.len, name;
	const char *slash;

	if (tree->n_files >= FILETREE_MAX || tree->n >= MAX_NODES || at + len >= FILETREE_MAX_BYTES)
		return false;
	name = leave_folders(tree, path, len);
	strbuf_add(&tree->paths, path, len + 1);
	for (; (slash = memchr(path + name, '/', len - name)); name = (size_t)(slash - path) + 1)
		add_folder(tree, at, (size_t)(slash - path), name);
	if (mode == MODE_FOLDER) {
		add_folder(tree, at, len, name);
	} else {
		struct node *node = add_node(tree, at, len, name);

		node->mode = mode;
		node->size = size;
	}
	for (size_t i = tree->folder; i != FILETREE_NONE; i = tree->nodes[i].parent) {
		tree->nodes[i].size += size;
		tree->nodes[i].end = tree->n;
	}
	tree->n_files++;
	return true;
}

void filetree_note(struct filetree *tree, const char *text)
{
	ARRAY_GROW(tree->notes, tree->n_notes + 1, tree->notes_cap);
	tree->notes[tree->n_notes++] = xstrdup(text);
}

/* ---- rows ---- */

static bool is_log(const struct filetree *tree, const struct node *node)
{
	return !node->folder && path_equals(tree, node, FILETREE_LOG, strlen(FILETREE_LOG));
}

static bool is_internal(const struct filetree *tree, const struct node *node)
{
	return node->folder && path_equals(tree, node, ".jci", 4);
}

static void order_range(struct filetree *tree, size_t start, size_t end)
{
	for (size_t i = start; i < end; i++)
		tree->order[tree->n_order++] = i;
}

/* What is at the top, with all below: the log, the rest, git-jci's own. */
static void make_order(struct filetree *tree)
{
	const struct node *nodes = tree->nodes;
	size_t log = FILETREE_NONE, internal = FILETREE_NONE;

	ARRAY_GROW(tree->order, tree->n + 1, tree->order_cap);
	tree->n_order = 0;
	for (size_t i = 0; i < tree->n; i = nodes[i].end) {
		if (log == FILETREE_NONE && is_log(tree, &nodes[i]))
			log = i;
		else if (internal == FILETREE_NONE && is_internal(tree, &nodes[i]))
			internal = i;
	}
	if (log != FILETREE_NONE)
		order_range(tree, log, log + 1);
	for (size_t i = 0; i < tree->n; i = nodes[i].end)
		if (i != log && i != internal)
			order_range(tree, i, nodes[i].end);
	if (internal != FILETREE_NONE)
		order_range(tree, internal, nodes[internal].end);
}

static void make_rows(struct filetree *tree)
{
	ARRAY_GROW(tree->rows, tree->n_order + 1, tree->rows_cap);
	tree->n_rows = 0;
	for (size_t i = 0; i < tree->n_order;) {
		size_t at = tree->order[i];
		const struct node *node = &tree->nodes[at];

		tree->rows[tree->n_rows++] = at;
		i += node->folded ? node->end - at : 1;
	}
}

void filetree_layout(struct filetree *tree, bool fold)
{
	for (size_t i = 0; i < tree->n; i++) {
		struct node *node = &tree->nodes[i];

		if (node->folder && !node->touched)
			node->folded = fold || is_internal(tree, node);
	}
	make_order(tree);
	make_rows(tree);
}

size_t filetree_count(const struct filetree *tree)
{
	return tree->n_files;
}

size_t filetree_rows(const struct filetree *tree)
{
	return tree->n_rows + tree->n_notes;
}

void filetree_row(const struct filetree *tree, size_t row, struct filetree_row *out)
{
	const struct node *node;

	*out = (struct filetree_row){0};
	if (row >= tree->n_rows) {
		out->name = tree->notes[row - tree->n_rows];
		out->name_len = strlen(out->name);
		return;
	}
	node = &tree->nodes[tree->rows[row]];
	out->path = node_path(tree, node);
	out->path_len = node->path_len;
	out->name = out->path + node->name_start;
	out->name_len = node->path_len - node->name_start;
	out->mode = node->mode;
	out->depth = node->depth;
	out->folder = node->folder;
	out->folded = node->folded;
	out->size = node->size;
}

/* ---- finding ---- */

static size_t row_of(const struct filetree *tree, size_t at)
{
	for (size_t i = 0; i < tree->n_rows; i++)
		if (tree->rows[i] == at)
			return i;
	return FILETREE_NONE;
}

size_t filetree_parent(const struct filetree *tree, size_t row)
{
	size_t parent;

	if (row >= tree->n_rows)
		return FILETREE_NONE;
	parent = tree->nodes[tree->rows[row]].parent;
	return parent == FILETREE_NONE ? FILETREE_NONE : row_of(tree, parent);
}

size_t filetree_find(const struct filetree *tree, const char *path, size_t len)
{
	size_t i = 0, end = tree->n, shown = FILETREE_NONE;

	if (len && path[len - 1] == '/')
		len--;
	while (i < end) {
		const struct node *node = &tree->nodes[i];

		if (path_equals(tree, node, path, len))
			return row_of(tree, shown == FILETREE_NONE ? i : shown);
		if (!is_below(tree, node, path, len)) {
			i = node->end;
			continue;
		}
		if (node->folded && shown == FILETREE_NONE)
			shown = i;
		end = node->end;
		i++;
	}
	return FILETREE_NONE;
}

static void set_folded(struct filetree *tree, size_t at, bool fold)
{
	struct node *node = &tree->nodes[at];

	node->folded = fold;
	node->touched = true;
	touch(tree, node_path(tree, node), node->path_len, fold);
}

void filetree_fold(struct filetree *tree, size_t row, bool fold)
{
	if (row >= tree->n_rows || !tree->nodes[tree->rows[row]].folder)
		return;
	set_folded(tree, tree->rows[row], fold);
	make_rows(tree);
}

static size_t reveal(struct filetree *tree, size_t at)
{
	bool hidden = false;

	for (size_t i = tree->nodes[at].parent; i != FILETREE_NONE; i = tree->nodes[i].parent) {
		if (!tree->nodes[i].folded)
			continue;
		set_folded(tree, i, false);
		hidden = true;
	}
	if (hidden)
		make_rows(tree);
	return row_of(tree, at);
}

/* Where a row is among all nodes; that of a note is behind them. */
static size_t position_of(const struct filetree *tree, size_t row)
{
	size_t i = 0;

	while (i < tree->n_order && (row >= tree->n_rows || tree->order[i] != tree->rows[row]))
		i++;
	return i;
}

size_t filetree_search(struct filetree *tree, size_t row, bool backward, bool at,
		       filetree_match *matches, void *ctx)
{
	const size_t n = tree->n_order, from = position_of(tree, row);

	for (size_t step = at ? 0 : 1; n && step <= n + 1; step++) {
		/* one more place than there are nodes: behind the last, where notes are */
		size_t i = (backward ? from + (n + 1) - step : from + step) % (n + 1);
		const struct node *node;

		if (i == n)
			continue;
		node = &tree->nodes[tree->order[i]];
		if (matches(ctx, node_path(tree, node), node->path_len, node->name_start))
			return reveal(tree, tree->order[i]);
	}
	return FILETREE_NONE;
}
