#include "tui/action.h"

#include <string.h>

#include "util/gettext.h"

const struct action actions[ACT_MAX] = {[ACT_NONE] = {NULL, 0, NULL, NULL, NULL},
#define ACTION_ENTRY(id, name, scope, keys, args, help) \
	[ACT_##id] = {name, scope, keys, args, help},
					ACTIONS(ACTION_ENTRY)
#undef ACTION_ENTRY
};

enum action_id action_find(const char *name)
{
	for (int id = ACT_NONE + 1; id < ACT_MAX; id++)
		if (actions[id].name && strcmp(actions[id].name, name) == 0)
			return (enum action_id)id;
	return ACT_NONE;
}

bool action_needs_arg(enum action_id id)
{
	return actions[id].args && actions[id].args[0] != '[';
}
