/*
 * The commit and the run that a path names. Nothing but hashes and run ids is taken: no revision,
 * no ref.
 */
#ifndef JCI_WEB_FIND_H
#define JCI_WEB_FIND_H

#include "core/record.h"
#include "web/web.h"

/* A full hash or the beginning of one, of a commit that is here or has runs. */
int web_find_commit(struct web_request *rq, const char *hex, git_oid *commit);
/*
 * A run of it, stored or live, in r, which is initialised: by its id, or (NULL) the newest one.
 * Everything that run.json tells is there.
 */
int web_find_run(struct web_request *rq, const git_oid *commit, const char *id,
		 struct jci_record *r);
/* Both, of the route's arguments from number `i` on. */
int web_find_run_at(struct web_request *rq, size_t i, struct jci_record *r);

/*
 * The words of the API, which are the Go program's: "success", "failed", "running", and "lost"
 * besides; "" for none.
 */
const char *web_status_name(enum jci_status status);

#endif
