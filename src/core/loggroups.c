#include "core/loggroups.h"

#include "util/alloc.h"

struct tree {
	struct jci_log_groups *groups;
	size_t open;    /* innermost group that is open, JCI_LOG_NO_GROUP: none */
	unsigned depth; /* how many are */
};

static struct jci_log_group *open_group(const struct tree *t)
{
	return t->open == JCI_LOG_NO_GROUP ? NULL : &t->groups->items[t->open];
}

static void close_group(struct tree *t, uint64_t limit, uint64_t last)
{
	struct jci_log_group *group = open_group(t);

	group->limit = limit;
	group->last = last;
	t->open = group->parent;
	t->depth--;
}

static void add_group(struct tree *t, const struct jci_log_mark *m)
{
	struct jci_log_groups *groups = t->groups;

	ARRAY_GROW(groups->items, groups->n + 1, groups->cap);
	groups->items[groups->n] = (struct jci_log_group){
		.start = m->offset,
		.line = m->line,
		.limit = UINT64_MAX,
		.parent = t->open,
		.depth = t->depth,
		.is_section = m->kind == 's',
		.title = m->title,
	};
	t->open = groups->n++;
	t->depth++;
}

static bool is_in_group(const struct tree *t)
{
	size_t at = t->open;

	while (at != JCI_LOG_NO_GROUP && t->groups->items[at].is_section)
		at = t->groups->items[at].parent;
	return at != JCI_LOG_NO_GROUP;
}

/* The line is the last of the innermost group, and behind all sections in that. */
static void end_group(struct tree *t, const struct jci_log_mark *m)
{
	if (!is_in_group(t))
		return;
	while (open_group(t)->is_section)
		close_group(t, m->offset, m->line - 1);
	open_group(t)->whole_line = true;
	close_group(t, m->offset + 1, m->line);
}

static void add_mark(struct tree *t, const struct jci_log_mark *m)
{
	const struct jci_log_group *open = open_group(t);

	switch (m->kind) {
	case 's':
		if (open && open->is_section)
			close_group(t, m->offset, m->line - 1);
		add_group(t, m);
		break;
	case 'g':
		add_group(t, m);
		break;
	case 'e':
		end_group(t, m);
		break;
	}
}

void jci_log_groups_make(struct jci_log_groups *groups, const struct jci_log_index *index)
{
	struct tree t = {groups, JCI_LOG_NO_GROUP, 0};

	groups->n = 0;
	for (size_t i = 0; i < index->n_marks; i++)
		add_mark(&t, &index->marks[i]);
	while (open_group(&t))
		close_group(&t, UINT64_MAX, index->complete ? index->lines : 0);
}

void jci_log_groups_release(struct jci_log_groups *groups)
{
	free(groups->items);
	*groups = (struct jci_log_groups)JCI_LOG_GROUPS_INIT;
}
