/* What commands that the browser starts get from it. */
#ifndef JCI_TUI_ACTENV_H
#define JCI_TUI_ACTENV_H

#include "tui/tui.h"

/* An environment for exec: strings in one array, NULL at its end. */
struct actenv {
	char **vars;
	size_t n, cap;
};
#define ACTENV_INIT        \
	{                  \
		NULL, 0, 0 \
	}
void actenv_release(struct actenv *env);
#define cleanup_actenv cleanup(actenv_release)

/* The variables of `from`, NULL at its end. */
void actenv_copy(struct actenv *env, char *const *from);
/* Sets a variable, replacing one of that name. */
void actenv_set(struct actenv *env, const char *name, const char *value);
/* This process's, with the variables of tui/command.h. */
void actenv_of_tui(struct actenv *env, const struct tui *tui);
/* Keeps less(1) on the screen where all fits on it, and lets it show colours. */
void actenv_hold_less(struct actenv *env);

/*
 * A file's name to be used below a folder of our own: the last part of a path, without what may be
 * taken for an option, control characters, and more than 200 bytes. Never empty, "." or "..".
 */
void actenv_safe_name(struct strbuf *sb, const char *path);

#endif
