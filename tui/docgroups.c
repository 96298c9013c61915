#include <stdint.h>

#include "tui/docpriv.h"
#include "util/alloc.h"

/* ---- making the tree ---- */

struct tree {
	struct doc_marks *marks;
	size_t open;    /* innermost group that is open, NO_NODE: none */
	unsigned depth; /* how many are */
};

#define NO_NODE SIZE_MAX

static struct doc_node *open_node(const struct tree *t)
{
	return t->open == NO_NODE ? NULL : &t->marks->nodes[t->open];
}

/* `lines`: of the innermost one, without its first. */
static void close_node(struct tree *t, uint64_t limit, uint64_t line)
{
	struct doc_node *node = open_node(t);

	node->limit = limit;
	node->group.lines = line - node->group.lines - 1;
	t->open = node->parent;
	t->depth--;
}

/* Until it is closed, `lines` is the number of its first. */
static void add_node(struct tree *t, const struct jci_log_mark *m)
{
	struct doc_marks *marks = t->marks;
	struct doc_node *node;

	ARRAY_GROW(marks->nodes, marks->n_nodes + 1, marks->cap_nodes);
	node = &marks->nodes[marks->n_nodes];
	*node = (struct doc_node){.parent = t->open, .limit = UINT64_MAX};
	node->is_section = m->kind == 's';
	node->group = (struct doc_group){
		.start = m->offset, .lines = m->line, .depth = t->depth, .title = m->title};
	t->open = marks->n_nodes++;
	t->depth++;
}

static bool is_in_group(const struct tree *t)
{
	size_t at = t->open;

	while (at != NO_NODE && t->marks->nodes[at].is_section)
		at = t->marks->nodes[at].parent;
	return at != NO_NODE;
}

/* The line is the last of the innermost group, and behind all sections in that. */
static void end_group(struct tree *t, const struct jci_log_mark *m)
{
	if (!is_in_group(t))
		return;
	while (open_node(t)->is_section)
		close_node(t, m->offset, m->line);
	open_node(t)->whole_line = true;
	close_node(t, m->offset + 1, m->line + 1);
}

static void add_mark(struct tree *t, const struct jci_log_mark *m)
{
	struct doc_marks *marks = t->marks;
	const struct doc_node *open = open_node(t);

	switch (m->kind) {
	case 's':
		if (open && open->is_section)
			close_node(t, m->offset, m->line);
		add_node(t, m);
		break;
	case 'g':
		add_node(t, m);
		break;
	case 'e':
		end_group(t, m);
		break;
	case '!':
		ARRAY_GROW(marks->errors, marks->n_errors + 1, marks->cap_errors);
		marks->errors[marks->n_errors++] = m->offset;
		break;
	}
}

/* Those that nothing ends go on to the end of the file. */
static void end_open(struct tree *t)
{
	const struct jci_log_index *index = &t->marks->index;
	struct doc_node *node;

	while ((node = open_node(t))) {
		if (index->complete)
			node->group.lines = index->lines - node->group.lines;
		else
			node->group.lines = 0;
		t->open = node->parent;
	}
}

struct doc_marks *doc_marks_new(struct jci_log_index *index, uint64_t covered)
{
	struct doc_marks *marks = xcalloc(1, sizeof(*marks));
	struct tree t = {marks, NO_NODE, 0};

	marks->index = *index;
	*index = (struct jci_log_index)JCI_LOG_INDEX_INIT;
	marks->covered = covered;
	for (size_t i = 0; i < marks->index.n_marks; i++)
		add_mark(&t, &marks->index.marks[i]);
	end_open(&t);
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
	return node->parent == NO_NODE ? NULL : &doc->marks->nodes[node->parent];
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
