/* Who the commits that hold runs are by. */
#ifndef JCI_CORE_SIGNATURE_H
#define JCI_CORE_SIGNATURE_H

#include "core/gitclean.h"
#include "core/repo.h"

/*
 * The user's identity (user.name, user.email), or a neutral one where there is none or it is one
 * that no commit can hold, at that time in the local zone. The caller frees it.
 */
int jci_signature_new(git_signature **out, const struct jci_repo *repo, int64_t us,
		      struct jci_error *err);

#endif
