#include "cmd/kinds.h"

#include <git2.h>

#include "cmd/cmd.h"
#include "cmd/kindruns.h"
#include "core/hook.h"
#include "core/refs.h"
#include "util/alloc.h"
#include "util/gettext.h"

enum { MAX_REFS = 100 }; /* of each folder */

static void add_word(struct complete *c, const char *word, const char *about)
{
	candidates_add(c->list, word, strlen(word), about);
}

const struct jci_repo *kinds_repo(struct complete *c)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;

	if (!c->looked && jci_repo_open(&c->repo, &err) < 0)
		jci_repo_release(&c->repo);
	c->looked = true;
	return c->repo.git ? &c->repo : NULL;
}

/* ---- names of refs ---- */

struct ref_names {
	struct complete *c;
	size_t skip; /* of the full name */
	const char *about;
};

static void add_ref(void *ctx, const char *name, size_t len)
{
	const struct ref_names *names = ctx;

	candidates_add(names->c->list, name + names->skip, len - names->skip, names->about);
}

static void add_refs(struct complete *c, const char *folder, const char *about)
{
	const struct jci_repo *repo = kinds_repo(c);
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;
	cleanup_free char *prefix = xasprintf("%s%s", folder, candidates_typed(c->list));
	struct ref_names names = {c, strlen(folder), about};

	if (repo)
		jci_refs_names(repo, prefix, MAX_REFS, add_ref, &names, &ignored);
}

static void add_branches(struct complete *c)
{
	/* TRANSLATORS: what a name is, beside it in a list; the next two as well */
	add_refs(c, "refs/heads/", _("branch"));
}

static void add_revs(struct complete *c)
{
	if (kinds_repo(c))
		add_word(c, "HEAD", NULL);
	add_branches(c);
	add_refs(c, "refs/tags/", _("tag"));
	add_refs(c, "refs/remotes/", _("remote branch"));
}

/* `^A`, `A..B`, `A...B`: what stands before the name stays. */
static void add_ranges(struct complete *c)
{
	const char *typed = candidates_typed(c->list);
	const char *dots = strstr(typed, "..");

	if (*typed == '^')
		c->list->head++;
	else if (dots)
		c->list->head += (size_t)(dots - typed) + 2 + (dots[2] == '.');
	add_revs(c);
}

/* A run is named by a revision too; all of them would hide the runs where nothing is typed. */
static void add_runs(struct complete *c)
{
	kind_add_runs(c);
	if (*candidates_typed(c->list)) {
		add_revs(c);
	} else if (kinds_repo(c)) {
		add_word(c, "HEAD", NULL);
		add_branches(c);
	}
}

static void add_remotes(struct complete *c)
{
	const struct jci_repo *repo = kinds_repo(c);
	git_strarray remotes = {NULL, 0};

	if (!repo || git_remote_list(&remotes, repo->git) < 0)
		return;
	for (size_t i = 0; i < remotes.count; i++)
		add_word(c, remotes.strings[i], NULL);
	git_strarray_dispose(&remotes);
}

/* ---- the rest ---- */

/* Relative names would be those of this folder, and git is in another. */
static void add_files(struct complete *c)
{
	if (!c->elsewhere)
		c->list->kind = CANDIDATES_FILES;
}

static void add_folders(struct complete *c)
{
	if (!c->elsewhere)
		c->list->kind = CANDIDATES_FOLDERS;
}

static void add_hooks(struct complete *c)
{
	for (size_t i = 0; jci_hook_names[i]; i++)
		add_word(c, jci_hook_names[i], NULL);
}

static void add_commands(struct complete *c)
{
	for (size_t i = 0; jci_commands[i]; i++)
		if (!jci_commands[i]->hidden)
			add_word(c, jci_commands[i]->name, _(jci_commands[i]->summary));
}

static void add_pages(struct complete *c)
{
	add_commands(c);
	for (size_t i = 0; cmd_topics[i]; i++)
		add_word(c, cmd_topics[i], NULL);
}

/* The kinds. */
static const struct {
	const char *name;
	void (*add)(struct complete *c);
} kinds[] = {
	{"branch", add_branches}, {"command", add_commands}, {"file", add_files},
	{"folder", add_folders},  {"hook", add_hooks},       {"live", kind_add_live},
	{"page", add_pages},      {"path", kind_add_paths},  {"range", add_ranges},
	{"remote", add_remotes},  {"rev", add_revs},         {"run", add_runs},
};

static bool equals(const char *s, const char *text, size_t len)
{
	return strlen(s) == len && memcmp(s, text, len) == 0;
}

static void add_one(struct complete *c, const char *what, size_t len)
{
	if (*what != '<') {
		candidates_add(c->list, what, len, NULL);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (equals(kinds[i].name, what + 1, len - 2))
			kinds[i].add(c);
}

void kinds_add(struct complete *c, const char *what, size_t len)
{
	for (const char *end = what + len; what < end;) {
		const char *bar = memchr(what, '|', (size_t)(end - what));

		add_one(c, what, (size_t)((bar ? bar : end) - what));
		what = bar ? bar + 1 : end;
	}
}

bool kinds_allow(const char *what, size_t len, const char *word)
{
	for (const char *end = what + len; what < end;) {
		const char *bar = memchr(what, '|', (size_t)(end - what));

		if (*what == '<' || equals(word, what, (size_t)((bar ? bar : end) - what)))
			return true;
		what = bar ? bar + 1 : end;
	}
	return false;
}
