/* What the runner is told by its environment; git-jci-runner(1) is the manual of each variable. */
#ifndef JCI_RUNNER_SETTINGS_H
#define JCI_RUNNER_SETTINGS_H

#include "util/env.h"
#include "util/eventlog.h"

/* Texts belong to the struct env that they were read from. */
struct runner_settings {
	const char *server; /* the URL without a slash at its end */
	const char *secret;
	const char *ca_file; /* NULL: the system's */
	const char *db;
	const char *name;
	const char *labels;  /* separated by commas or blanks; NULL: what Docker tells of itself */
	const char *image;   /* of a repository that wants none */
	const char *images;  /* patterns, separated so; NULL: no other than that */
	const char *network; /* NULL: Docker's default */
	const char *bundle;  /* the folder; NULL: where it usually is */
	const char *docker_host;
	int64_t memory;    /* bytes; 0: no limit */
	int64_t nano_cpus; /* 10^-9 of a CPU; 0: no limit */
	int64_t pids;
	int slots;        /* at most so many jobs at a time; 0: as many as the server allows */
	int64_t poll_us;  /* between polls, and 40 % of it more at random */
	int64_t grace_us; /* from SIGTERM to SIGKILL */
	int64_t reap_us;  /* between looks for what is to be removed */
	int keep;         /* so many of the exited containers */
	int64_t keep_us;  /* and none that is older; 0: however old */
	struct eventlog log;
};

/* Everything that is wrong is a problem of env; defaults stand in for it. */
void runner_settings_read(struct runner_settings *s, struct env *env);

#endif
