/*
 * What unit tests share: a folder for all that a test makes, a repository in it, and git. What
 * can't be done fails the test.
 *
 * The make_ and remove_ functions are fixtures, in pairs, for a test or for a group of tests:
 *
 *	cmocka_run_group_tests(tests, make_bare_repo, remove_repo);
 */
#ifndef JCI_TESTS_UNIT_SUPPORT_H
#define JCI_TESTS_UNIT_SUPPORT_H

#include <stdbool.h>

#include "core/repo.h"
#include "util/strbuf.h"

extern char *base;           /* path of the folder, below $TMPDIR or /tmp */
extern struct jci_repo repo; /* the repository, open */

int make_folder(void **state);
int remove_folder(void **state);

/* The folder, and in it `repo`, open and named by $GIT_DIR. */
int make_repo(void **state);
int make_bare_repo(void **state);
int remove_repo(void **state);
/* Opens `repo` by that $GIT_DIR; for a fixture that makes its repository itself. */
void open_repo(const char *git_dir);

/* ---- in the folder ---- */

/* Path of NAME; to be freed. */
char *below(const char *name);
bool is_there(const char *name);
/* Makes folders on the way. */
void write_below(const char *name, const char *text);

/* ---- in the repository ---- */

/* Stores an object as it is, without any check. */
git_oid put_object(git_object_t type, const void *data, size_t len);

/* Runs git in a folder, without the variables of `repo`; its output goes to `out`, NULL: nowhere.
 */
void run_git(const char *dir, struct strbuf *out, const char *const *argv);
#define GIT(dir, out, ...) run_git((dir), (out), (const char *const[]){"git", __VA_ARGS__, NULL})

#endif
