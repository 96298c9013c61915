#include "tui/actenv.h"

#include <stdlib.h>
#include <string.h>

#include "tui/act.h"
#include "tui/commits.h"
#include "util/alloc.h"

enum { MAX_NAME = 200 };

void actenv_release(struct actenv *env)
{
	for (size_t i = 0; i < env->n; i++)
		free(env->vars[i]);
	free(env->vars);
	*env = (struct actenv)ACTENV_INIT;
}

static void add(struct actenv *env, char *entry)
{
	ARRAY_GROW(env->vars, env->n + 2, env->cap);
	env->vars[env->n++] = entry;
	env->vars[env->n] = NULL;
}

void actenv_copy(struct actenv *env, char *const *from)
{
	for (; *from; from++)
		add(env, xstrdup(*from));
}

static char **find(struct actenv *env, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < env->n; i++)
		if (strncmp(env->vars[i], name, len) == 0 && env->vars[i][len] == '=')
			return &env->vars[i];
	return NULL;
}

void actenv_set(struct actenv *env, const char *name, const char *value)
{
	char **old = find(env, name), *entry = xasprintf("%s=%s", name, value);

	if (!old) {
		add(env, entry);
		return;
	}
	free(*old);
	*old = entry;
}

void actenv_of_tui(struct actenv *env, const struct tui *tui)
{
	const git_oid *commit = acts_commit(tui);
	const struct jci_record *run = acts_run(tui);
	const char *path = acts_path(tui), *branch = NULL;
	cleanup_free char *name = NULL;
	char id[JCI_RUN_ID_SIZE] = "";

	if (tui->panes[PANE_COMMITS])
		branch = commits_branch(tui->panes[PANE_COMMITS]);
	if (run) {
		jci_run_id_format(id, &run->ref.id);
		name = xasprintf("%s/%s", git_oid_tostr_s(&run->ref.commit), id);
	}
	actenv_copy(env, environ);
	actenv_set(env, "JCI_COMMIT", commit ? git_oid_tostr_s(commit) : "");
	actenv_set(env, "JCI_RUN", name ? name : "");
	actenv_set(env, "JCI_RUN_ID", id);
	actenv_set(env, "JCI_PATH", path ? path : "");
	actenv_set(env, "JCI_BRANCH", branch ? branch : "");
	actenv_set(env, "JCI_STATUS", run ? jci_status_name(run->status) : "");
}

/* "-+F" takes back -F, whoever has set it. */
void actenv_hold_less(struct actenv *env)
{
	const char *less = getenv("LESS");
	cleanup_free char *value = xasprintf("%s -R -+F", less ? less : "");

	actenv_set(env, "LESS", value);
}

void actenv_safe_name(struct strbuf *sb, const char *path)
{
	const char *base = strrchr(path, '/');
	size_t start = sb->len;

	for (base = base ? base + 1 : path; *base && sb->len - start < MAX_NAME; base++) {
		unsigned char c = (unsigned char)*base;
		bool first = sb->len == start;

		strbuf_addch(sb, c < ' ' || c == 0x7f || (first && (c == '-' || c == '~')) ? '_'
											   : *base);
	}
	if (strcmp(sb->buf + start, ".") == 0 || strcmp(sb->buf + start, "..") == 0)
		strbuf_setlen(sb, start);
	if (sb->len == start)
		strbuf_addstr(sb, "file");
}
