/*
 * Configuration, `jci.NAME` and git's own, by full name (git-config(1)). Besides the files, what
 * git takes from the environment counts, which libgit2 does not look at: `git -c NAME=VALUE`
 * (GIT_CONFIG_PARAMETERS), GIT_CONFIG_COUNT with its keys and values, GIT_CONFIG_GLOBAL,
 * GIT_CONFIG_SYSTEM and GIT_CONFIG_NOSYSTEM.
 */
#ifndef JCI_CORE_CONFIG_H
#define JCI_CORE_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include <git2.h>

#include "util/error.h"

struct jci_repo;
struct jci_config;

/* Tells libgit2 which files to leave out; before a repository is opened. */
void jci_config_init(void);
/* A snapshot for the repository; jci_repo_open() calls it. */
int jci_config_open(struct jci_config **out, git_repository *git, struct jci_error *err);
void jci_config_free(struct jci_config *config);

/*
 * The fallback where it is not set; a value of the wrong form is JCI_EINVALID and names the key.
 */
int jci_config_int(const struct jci_repo *repo, const char *key, int64_t fallback, int64_t *value,
		   struct jci_error *err);
int jci_config_bool(const struct jci_repo *repo, const char *key, bool fallback, bool *value,
		    struct jci_error *err);
/* `none` is 0. */
int jci_config_duration(const struct jci_repo *repo, const char *key, int64_t fallback_us,
			int64_t *value_us, struct jci_error *err);
/* NULL where it is not set; the caller frees it. */
char *jci_config_string(const struct jci_repo *repo, const char *key);
/*
 * Each value of a key that may be set more than once, in the order in which git reads them: files
 * (of the system, the user, the repository), then the environment and the command line. A negative
 * return of `each`, which fills err, stops and is returned.
 */
int jci_config_each(const struct jci_repo *repo, const char *key,
		    int (*each)(void *ctx, const char *value, struct jci_error *err), void *ctx,
		    struct jci_error *err);

#endif
