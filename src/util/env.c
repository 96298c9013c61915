#include "util/env.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"
#include "util/duration.h"
#include "util/gettext.h"
#include "util/io.h"
#include "util/text.h"

enum { MAX_SECRET = 64 * 1024 };

void env_release(struct env *env)
{
	strbuf_release(&env->problems);
	for (size_t i = 0; i < env->n; i++)
		free(env->owned[i]);
	free(env->owned);
}

const char *env_own(struct env *env, char *text)
{
	ARRAY_GROW(env->owned, env->n + 1, env->cap);
	env->owned[env->n++] = text;
	return text;
}

void env_problem(struct env *env, const char *name, const char *fmt, ...)
{
	va_list ap;

	if (env->problems.len)
		strbuf_addch(&env->problems, '\n');
	strbuf_addf(&env->problems, "%s: ", name);
	va_start(ap, fmt);
	strbuf_vaddf(&env->problems, fmt, ap);
	va_end(ap);
}

int env_end(struct env *env, struct jci_error *err)
{
	return env->problems.len ? jci_error_set(err, JCI_EINVALID, "%s", env->problems.buf) : 0;
}

/* ---- texts ---- */

const char *env_text(struct env *env, const char *name)
{
	const char *value = getenv(name);

	(void)env;
	return value && *value ? value : NULL;
}

static const char *needed(struct env *env, const char *name, const char *value)
{
	if (!value)
		env_problem(env, name, _("is not set"));
	return value;
}

const char *env_need(struct env *env, const char *name)
{
	return needed(env, name, env_text(env, name));
}

static const char *read_file(struct env *env, const char *name, const char *path, size_t limit)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;

	if (read_file_at(AT_FDCWD, path, &text, limit) < 0) {
		env_problem(env, name, _("cannot read '%s': %s"), path, strerror(errno));
		return NULL;
	}
	return env_own(env, strbuf_detach(&text, NULL));
}

/* What is wrong is told under the name of the file's variable; true: there was nothing. */
static bool secret(struct env *env, const char *name, const char **out)
{
	cleanup_free char *file_name = xasprintf("%s_FILE", name);
	const char *path = env_text(env, file_name);
	char *line;

	*out = env_text(env, name);
	if (!path)
		return !*out;
	if (*out) {
		env_problem(env, file_name, _("is set, and so is %s; set one of them"), name);
		return false;
	}
	line = (char *)(uintptr_t)read_file(env, file_name, path, MAX_SECRET);
	if (!line)
		return false;
	line[strcspn(line, "\r\n")] = '\0';
	if (*line)
		*out = line;
	else
		env_problem(env, file_name, _("the first line of '%s' is empty"), path);
	return false;
}

const char *env_secret(struct env *env, const char *name)
{
	const char *value;

	secret(env, name, &value);
	return value;
}

const char *env_need_secret(struct env *env, const char *name)
{
	const char *value;

	if (secret(env, name, &value))
		env_problem(env, name, _("is not set, nor is %s_FILE"), name);
	return value;
}

const char *env_file(struct env *env, const char *name, size_t limit)
{
	const char *path = env_text(env, name);

	return path ? read_file(env, name, path, limit) : NULL;
}

const char *env_state_file(struct env *env, const char *name, const char *file)
{
	const char *path = env_text(env, name);
	const char *state = env_text(env, "STATE_DIRECTORY");
	const char *xdg = env_text(env, "XDG_STATE_HOME"), *home = env_text(env, "HOME");

	if (path)
		return path;
	if (state) /* systemd: the first of a list */
		return env_own(env, xasprintf("%.*s/%s", (int)strcspn(state, ":"), state, file));
	if (xdg && *xdg == '/')
		return env_own(env, xasprintf("%s/git-jci/%s", xdg, file));
	if (home)
		return env_own(env, xasprintf("%s/.local/state/git-jci/%s", home, file));
	env_problem(env, name, _("is not set, nor is HOME"));
	return NULL;
}

/* ---- other kinds ---- */

int env_word(struct env *env, const char *name, const char *const *words)
{
	cleanup_strbuf struct strbuf list = STRBUF_INIT;
	const char *value = env_text(env, name);

	for (int i = 0; value && words[i]; i++) {
		if (strcmp(value, words[i]) == 0)
			return i;
		strbuf_addf(&list, i ? ", %s" : "%s", words[i]);
	}
	if (value)
		env_problem(env, name, _("'%s' is none of: %s"), value, list.buf);
	return 0;
}

int64_t env_int(struct env *env, const char *name, int64_t fallback, int64_t min, int64_t max)
{
	const char *value = env_text(env, name);
	long long n;
	char *end;

	if (!value)
		return fallback;
	errno = 0;
	n = strtoll(value, &end, 10);
	if (!*value || *end || errno || n < min || n > max) {
		env_problem(env, name, _("'%s' is no number from %lld to %lld"), value,
			    (long long)min, (long long)max);
		return fallback;
	}
	return n;
}

int64_t env_duration(struct env *env, const char *name, int64_t fallback_us)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	const char *value = env_text(env, name);
	int64_t us;

	if (!value)
		return fallback_us;
	if (duration_parse(value, &us, &err) == 0)
		return us;
	env_problem(env, name, "%s", err.message);
	return fallback_us;
}

int64_t env_size(struct env *env, const char *name, int64_t fallback)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	const char *value = env_text(env, name);
	uint64_t bytes = 0;

	if (!value)
		return fallback;
	if (size_parse(value, &bytes, &err) == 0 && bytes <= INT64_MAX)
		return (int64_t)bytes;
	env_problem(env, name, "%s", err.message ? err.message : _("too large"));
	return fallback;
}
