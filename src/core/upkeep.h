/*
 * The checks that git makes after it wrote something: when loose objects, packs or loose refs of
 * runs pass git's limits, `git maintenance run --auto` or `git pack-refs` is started in the
 * background.
 */
#ifndef JCI_CORE_UPKEEP_H
#define JCI_CORE_UPKEEP_H

#include "core/repo.h"

/*
 * Obeys gc.auto (0: never), gc.autoPackLimit and jci.autoPackRefs (loose refs of runs, default
 * 256; 0: never). Failing to start either is not an error of the run: it is tried again after the
 * next.
 */
void jci_upkeep(const struct jci_repo *repo, const git_oid *commit);

#endif
