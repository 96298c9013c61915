/*
 * Hooks of git that run CI (githooks(5)). An installed one is a small shell script that calls
 * `git-jci hook run NAME`, so that what it does is updated with the program. A hook that was there
 * before is kept beside it as `NAME.before-jci`, as it is, and called first; one that asks for its
 * own name, and would do something else under this one, is left alone.
 *
 * Every step is one link or one rename: whoever is killed between two leaves the hook of before or
 * ours behind it in force, and the next install or removal mends the rest.
 */
#ifndef JCI_CORE_HOOK_H
#define JCI_CORE_HOOK_H

#include "core/repo.h"

/* Behind the name of a hook: the one that was there before. */
#define JCI_HOOK_BEFORE ".before-jci"

/* The hooks that can be installed; NULL at the end. */
extern const char *const jci_hook_names[];
/* One of these, by its name; NULL: none. */
const char *jci_hook_find(const char *name);

/* The folder of the hooks, where git looks for them (git-config(1), core.hooksPath). */
struct jci_hook_place {
	char *path;        /* absolute; need not exist */
	bool shared;       /* of all repositories: an absolute path in the configuration of the
			      user or the system */
	bool in_work_tree; /* so it may be tracked */
};
/* JCI_EINVALID where core.hooksPath is empty, or names what is no folder: git runs no hooks then.
 */
int jci_hook_place_find(const struct jci_repo *repo, struct jci_hook_place *place,
			struct jci_error *err);
void jci_hook_place_release(struct jci_hook_place *place);
#define cleanup_hook_place cleanup(jci_hook_place_release)

enum jci_hook_state {
	JCI_HOOK_NONE,
	JCI_HOOK_OURS,
	JCI_HOOK_EDITED, /* ours, but changed by somebody */
	JCI_HOOK_OTHER,
};

struct jci_hook {
	enum jci_hook_state state;
	bool before;     /* ours, and one of before is called first */
	bool ignored;    /* by git, because it is not executable */
	bool unfinished; /* there is a trace of an installation that was cut short */
};
int jci_hook_look(const struct jci_hook_place *place, const char *name, struct jci_hook *hook,
		  struct jci_error *err);

/*
 * Install one, making the folder where there is none, or take it away, so that the folder is what
 * it was before, without traces. 1: done; 0: there was nothing to do. JCI_EEXISTS: a file is not as
 * it was left, or in the way, or asks for its own name; the message says what to do, and nothing is
 * changed.
 */
int jci_hook_install(const struct jci_hook_place *place, const char *name, struct jci_error *err);
int jci_hook_remove(const struct jci_hook_place *place, const char *name, struct jci_error *err);

#endif
