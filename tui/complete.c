#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "core/refs.h"
#include "tui/command.h"
#include "tui/commitfilter.h"
#include "tui/options.h"
#include "util/alloc.h"

void completions_release(struct completions *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->items[i]);
	free(c->items);
	*c = (struct completions){NULL, 0, 0};
}

void completions_add(struct completions *c, const char *line)
{
	ARRAY_GROW(c->items, c->n + 1, c->cap);
	c->items[c->n++] = xstrdup(line);
}

/* What is typed: a head, which stays, and the word that is to be completed. */
struct typed {
	struct completions *c;
	const char *text;
	size_t head;
};

static const char *word_of(const struct typed *typed)
{
	return typed->text + typed->head;
}

/* A word, if it begins with what is typed of it. */
static void add_word(const struct typed *typed, const char *word, const char *behind)
{
	cleanup_free char *line = NULL;

	if (strncmp(word, word_of(typed), strlen(word_of(typed))) != 0)
		return;
	line = xasprintf("%.*s%s%s", (int)typed->head, typed->text, word, behind);
	completions_add(typed->c, line);
}

static void add_words(const struct typed *typed, const char *const *words)
{
	for (size_t i = 0; words && words[i]; i++)
		add_word(typed, words[i], "");
}

/* ---- what actions take ---- */

static void add_actions(const struct typed *typed)
{
	for (int id = ACT_NONE + 1; id < ACT_MAX; id++)
		if (actions[id].name)
			add_word(typed, actions[id].name, actions[id].args ? " " : "");
}

static void add_filters(const struct typed *typed)
{
	for (int kind = 0; kind < FILTER_MAX; kind++) {
		enum commit_filter_kind filter = (enum commit_filter_kind)kind;

		add_word(typed, commit_filter_word(filter),
			 commit_filter_has_pattern(filter) ? " " : "");
	}
}

static void add_options(const struct typed *typed)
{
	size_t len = strcspn(word_of(typed), " \t");
	struct typed value = *typed;
	cleanup_free char *name = NULL;

	if (!word_of(typed)[len]) {
		for (size_t i = 0; tui_option_names[i]; i++)
			add_word(typed, tui_option_names[i], " ");
		return;
	}
	name = xstrndup(word_of(typed), len);
	value.head += len + strspn(word_of(typed) + len, " \t");
	add_words(&value, tui_option_values(name));
}

struct ref_words {
	const struct typed *typed;
	size_t skip; /* of the name */
};

static int add_ref(void *ctx, const char *name, const git_oid *oid, const git_oid *peeled)
{
	const struct ref_words *words = ctx;

	(void)oid;
	(void)peeled;
	add_word(words->typed, name + words->skip, "");
	return 0;
}

/* Branches and tags as they are called for short. */
static void add_refs(const struct typed *typed, const struct jci_repo *repo)
{
	static const char *const folders[] = {"refs/heads/", "refs/tags/", "refs/remotes/"};

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		cleanup_error struct jci_error err = JCI_ERROR_INIT;
		cleanup_free char *prefix = xasprintf("%s%s", folders[i], word_of(typed));
		struct ref_words words = {typed, strlen(folders[i])};

		jci_refs_each(repo, prefix, add_ref, &words, &err);
	}
}

static void add_remotes(const struct typed *typed, const struct jci_repo *repo)
{
	git_strarray remotes = {NULL, 0};

	if (git_remote_list(&remotes, repo->git) < 0)
		return;
	for (size_t i = 0; i < remotes.count; i++)
		add_word(typed, remotes.strings[i], "");
	git_strarray_dispose(&remotes);
}

/* Files in the folder that is typed; hidden ones only where a dot is. */
static void add_files(const struct typed *typed)
{
	const char *word = word_of(typed), *slash = strrchr(word, '/');
	size_t len = slash ? (size_t)(slash - word) + 1 : 0;
	cleanup_free char *folder = len > 0 ? xstrndup(word, len) : xstrdup(".");
	cleanup_dir DIR *dir = opendir(folder);
	struct typed name = *typed;
	struct dirent *entry;

	name.head += len;
	while (dir && (entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
		    (entry->d_name[0] == '.' && *word_of(&name) != '.'))
			continue;
		add_word(&name, entry->d_name, entry->d_type == DT_DIR ? "/" : "");
	}
}

static void add_argument(const struct typed *typed, const struct jci_repo *repo, enum action_id id)
{
	switch (id) {
	case ACT_FILTER:
		add_filters(typed);
		break;
	case ACT_SET:
		add_options(typed);
		break;
	case ACT_BRANCH:
	case ACT_RUN:
	case ACT_GOTO:
		add_refs(typed, repo);
		break;
	case ACT_PUSH:
	case ACT_PULL:
		add_remotes(typed, repo);
		break;
	case ACT_SAVE:
		add_files(typed);
		break;
	default:
		break;
	}
}

static int cmp_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sorted, each once. */
static void sort_lines(struct completions *c)
{
	size_t n = 0;

	if (c->n > 0)
		qsort(c->items, c->n, sizeof(*c->items), cmp_lines);
	for (size_t i = 0; i < c->n; i++) {
		if (n > 0 && strcmp(c->items[n - 1], c->items[i]) == 0)
			free(c->items[i]);
		else
			c->items[n++] = c->items[i];
	}
	c->n = n;
}

void command_complete(struct completions *c, const struct jci_repo *repo, const char *text)
{
	cleanup_command struct command command = COMMAND_INIT;
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	size_t start = strspn(text, " \t"), len = strcspn(text + start, " \t");
	cleanup_free char *name = xstrndup(text + start, len);
	struct typed typed = {c, text, start};

	if (!text[start + len]) {
		add_actions(&typed);
	} else if (command_parse(&command, name, &err) == 0 && command.kind == COMMAND_ACTION) {
		typed.head += len + strspn(text + start + len, " \t");
		add_argument(&typed, repo, command.id);
	}
	sort_lines(c);
}
