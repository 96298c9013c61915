/*
 * Settings of long-running programs come from the environment, as Docker and systemd give them.
 * Everything that is wrong or missing is told at once:
 *
 *	struct env env = ENV_INIT;
 *
 *	options->host = env_need(&env, "GITEA_HOST");
 *	options->timeout_us = env_duration(&env, "JCI_JOB_TIMEOUT", hour);
 *	return env_end(&env, err);
 *
 * An empty variable counts as none. Texts that are returned belong to env, until env_release().
 */
#ifndef JCI_UTIL_ENV_H
#define JCI_UTIL_ENV_H

#include <stdbool.h>
#include <stdint.h>

#include "util/error.h"
#include "util/strbuf.h"

struct env {
	struct strbuf problems; /* a line each */
	char **owned;
	size_t n, cap;
};
#define ENV_INIT                        \
	{                               \
		STRBUF_INIT, NULL, 0, 0 \
	}
void env_release(struct env *env);
#define cleanup_env cleanup(env_release)

/* NULL, or what env_need() counts as a problem, where there is none. */
const char *env_text(struct env *env, const char *name);
const char *env_need(struct env *env, const char *name);
/* A secret: of NAME, or the first line of the file that NAME_FILE names; both is a problem. */
const char *env_secret(struct env *env, const char *name);
const char *env_need_secret(struct env *env, const char *name);
/* One of `words` (NULL at the end): its index; the first is the fallback. */
int env_word(struct env *env, const char *name, const char *const *words);
int64_t env_int(struct env *env, const char *name, int64_t fallback, int64_t min, int64_t max);
/* Microseconds (util/duration.h); bytes (size_parse()). */
int64_t env_duration(struct env *env, const char *name, int64_t fallback_us);
int64_t env_size(struct env *env, const char *name, int64_t fallback);
/* The text of a file; NULL where the variable is not set. */
const char *env_file(struct env *env, const char *name, size_t limit);
/* Where a program keeps its state: NAME itself, or FILE in $STATE_DIRECTORY (systemd.exec(5)), or
 * in $XDG_STATE_HOME/git-jci, or in ~/.local/state/git-jci. */
const char *env_state_file(struct env *env, const char *name, const char *file);

/* A text that env shall own from now on, such as a value in another form. */
const char *env_own(struct env *env, char *text);

/* What else is wrong with the value of a variable. */
void env_problem(struct env *env, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* JCI_EINVALID with all the problems, a line each, if there are any. */
int env_end(struct env *env, struct jci_error *err);

#endif
