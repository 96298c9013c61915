/*
 * Jobs and runners as JSON (git-jci-server(1)). Times are seconds since 1970, null: not yet.
 */
#ifndef JCI_SERVER_JOBJSON_H
#define JCI_SERVER_JOBJSON_H

#include "server/queue.h"
#include "util/json.h"

cJSON *job_to_json(const struct job *job);
cJSON *runner_to_json(const struct runner_info *runner);

/* The word for where it stands: its state or, when it is done, its reason. */
const char *job_word(const struct job *job);
/* -1: there is no such state. */
int job_state_parse(const char *name);
/* Whether the ref's run is expected at Gitea: it was given to a runner. */
bool job_has_run(const struct job *job);

#endif
