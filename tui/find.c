#include "tui/find.h"

#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"

void find_release(struct find *find)
{
	if (find->pattern)
		pattern_free(find->pattern);
	free(find->text);
	*find = (struct find){0};
}

static void set_pattern(struct find *find, const char *text)
{
	if (find->text && strcmp(find->text, text) == 0)
		return;
	if (find->pattern)
		pattern_free(find->pattern);
	free(find->text);
	find->text = xstrdup(text);
	find->pattern = pattern_new(text);
}

static enum find_move type(struct find *find, const char *pattern, size_t cursor)
{
	if (!find->typing)
		find->origin = cursor;
	find->typing = true;
	set_pattern(find, pattern);
	return *pattern ? FIND_AT : FIND_BACK;
}

static enum find_move accept(struct find *find, const char *pattern)
{
	bool is_there = find->typing && find->text && strcmp(find->text, pattern) == 0;

	find->typing = false;
	set_pattern(find, pattern);
	return is_there ? FIND_STAY : FIND_NEXT;
}

enum find_move find_step(struct find *find, const char *pattern, enum search_step step,
			 size_t cursor)
{
	bool typing = find->typing;

	switch (step) {
	case SEARCH_TYPED:
		return type(find, pattern, cursor);
	case SEARCH_ACCEPT:
		return accept(find, pattern);
	default:
		find->typing = false;
		set_pattern(find, "");
		return typing ? FIND_BACK : FIND_STAY;
	}
}

bool find_matches(struct find *find, const char *text, size_t len, size_t from)
{
	size_t start, end;

	return find->pattern && pattern_find(find->pattern, text, len, from, &start, &end);
}
