#include <stdint.h>

#include "core/loggroups.h"
#include "tui/docpriv.h"
#include "util/alloc.h"

/* ---- making the tree ---- */

static void add_nodes(struct doc_marks *marks)
{
	cleanup_log_groups struct jci_log_groups groups = JCI_LOG_GROUPS_INIT;

	jci_log_groups_make(&groups, &marks->index);
	marks->nodes = xcalloc(groups.n + 1, sizeof(*marks->nodes));
	marks->n_nodes = groups.n;
	for (size_t i = 0; i < groups.n; i++) {
		const struct jci_log_group *g = &groups.items[i];

		marks->nodes[i] = (struct doc_node){
			.group.start = g->start,
			.group.lines = g->last ? g->last - g->line : 0,
			.group.depth = g->depth,
			.group.title = g->title,
			.parent = g->parent,
			.limit = g->limit,
			.whole_line = g->whole_line,
		};
	}
}

static void add_errors(struct doc_marks *marks)
{
	const struct jci_log_index *index = &marks->index;
	size_t cap = 0;

	for (size_t i = 0; i < index->n_marks; i++) {
		if (index->marks[i].kind != '!')
			continue;
		ARRAY_GROW(marks->errors, marks->n_errors + 1, cap);
		marks->errors[marks->n_errors++] = index->marks[i].offset;
	}
}

struct doc_marks *doc_marks_new(struct jci_log_index *index, uint64_t covered)
{
	struct doc_marks *marks = xcalloc(1, sizeof(*marks));

	marks->index = *index;
	*index = (struct jci_log_index)JCI_LOG_INDEX_INIT;
	marks->covered = covered;
	add_nodes(marks);
	add_errors(marks);
	return marks;
}

void doc_marks_free(struct doc_marks *marks)
{
	if (!marks)
		return;
	jci_log_index_release(&marks->index);
	free(marks->errors);
	free(marks->nodes);
	free(marks);
}

/* ---- the document's ---- */

void doc_take_marks(struct doc *doc, struct doc_marks *marks)
{
	const struct doc_marks *old = doc->marks;
	size_t i = 0;

	doc->n_folded = 0;
	for (size_t k = 0; old && k < old->n_nodes; k++) {
		const struct doc_group *g = &old->nodes[k].group;

		if (!g->folded)
			continue;
		while (i < marks->n_nodes && marks->nodes[i].group.start < g->start)
			i++;
		if (i == marks->n_nodes)
			break;
		if (marks->nodes[i].group.start == g->start) {
			marks->nodes[i].group.folded = true;
			doc->n_folded++;
		}
	}
	doc_marks_free(doc->marks);
	doc->marks = marks;
}

/* The last group that begins at or before the position; NULL: none. */
static struct doc_node *last_begun(const struct doc *doc, uint64_t position)
{
	size_t low = 0, high = doc->marks ? doc->marks->n_nodes : 0;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (doc->marks->nodes[mid].group.start <= position)
			low = mid + 1;
		else
			high = mid;
	}
	return low ? &doc->marks->nodes[low - 1] : NULL;
}

static struct doc_node *parent_of(const struct doc *doc, const struct doc_node *node)
{
	return node->parent == JCI_LOG_NO_GROUP ? NULL : &doc->marks->nodes[node->parent];
}

static struct doc_node *innermost(const struct doc *doc, uint64_t position)
{
	struct doc_node *node = last_begun(doc, position);

	while (node && node->limit <= position)
		node = parent_of(doc, node);
	return node;
}

struct doc_node *doc_hidden_in(const struct doc *doc, uint64_t position)
{
	struct doc_node *found = NULL;

	if (!doc->n_folded)
		return NULL;
	for (struct doc_node *node = innermost(doc, position); node; node = parent_of(doc, node)) {
		if (node->group.folded && node->group.start < position)
			found = node;
	}
	return found;
}

bool doc_node_end(struct doc *doc, const struct doc_node *node, uint64_t *end)
{
	uint64_t at = node->limit - 1;

	if (node->limit >= doc->size)
		return false;
	if (node->whole_line) {
		if (!doc_raw_next(doc, &at))
			return false;
	} else {
		at = node->limit;
	}
	*end = at;
	return true;
}

const struct doc_group *doc_group_at(const struct doc *const_doc, uint64_t position)
{
	struct doc *doc = (struct doc *)const_doc; /* blocks are read */
	struct doc_node *node = innermost(doc, position);

	if (!node)
		return NULL;
	if (!doc_node_end(doc, node, &node->group.end))
		node->group.end = doc->size;
	return &node->group;
}

static void fold_node(struct doc *doc, struct doc_node *node, bool fold)
{
	if (node->group.folded == fold)
		return;
	node->group.folded = fold;
	doc->n_folded += fold ? 1 : (size_t)-1;
}

void doc_fold(struct doc *doc, uint64_t start, bool fold)
{
	struct doc_node *node = last_begun(doc, start);

	if (node && node->group.start == start)
		fold_node(doc, node, fold);
}

void doc_fold_all(struct doc *doc, bool fold)
{
	for (size_t i = 0; doc->marks && i < doc->marks->n_nodes; i++)
		fold_node(doc, &doc->marks->nodes[i], fold);
}

void doc_reveal(struct doc *doc, uint64_t offset)
{
	uint64_t position = doc_raw_line_at(doc, offset);
	struct doc_node *node;

	while ((node = doc_hidden_in(doc, position)))
		fold_node(doc, node, false);
}

/* ---- errors ---- */

/* How many of them lie before the position. */
static size_t errors_before(const struct doc *doc, uint64_t position)
{
	size_t low = 0, high = doc->marks ? doc->marks->n_errors : 0;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (doc->marks->errors[mid] < position)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

bool doc_is_error(const struct doc *doc, uint64_t position)
{
	size_t i = errors_before(doc, position);

	return doc->marks && i < doc->marks->n_errors && doc->marks->errors[i] == position;
}

bool doc_next_error(const struct doc *doc, uint64_t *position)
{
	size_t i = errors_before(doc, *position + 1);

	if (!doc->marks || i >= doc->marks->n_errors)
		return false;
	*position = doc->marks->errors[i];
	return true;
}

bool doc_prev_error(const struct doc *doc, uint64_t *position)
{
	size_t i = errors_before(doc, *position);

	if (i == 0)
		return false;
	*position = doc->marks->errors[i - 1];
	return true;
}

uint64_t doc_errors(const struct doc *doc)
{
	return doc->marks ? doc->marks->index.errors : 0;
}
