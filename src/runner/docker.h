/*
 * The Docker Engine, by its API (https://docs.docker.com/reference/api/engine/, version 1.40 or
 * newer), also Podman's socket that speaks the same. Only what the runner needs of it.
 *
 * What the engine refuses is JCI_EFAIL with its own words, JCI_ENOTFOUND (404) or JCI_EEXISTS
 * (409: a name is taken, or the container is not in a state for that). docker_is_away() tells
 * whether it could not be asked at all.
 *
 * One struct docker is one thread's.
 */
#ifndef JCI_RUNNER_DOCKER_H
#define JCI_RUNNER_DOCKER_H

#include <stdbool.h>
#include <stdint.h>

#include "util/error.h"
#include "util/json.h"

/* ---- where it is ---- */

struct docker_host {
	char *socket; /* NULL: by TCP */
	char *url;    /* without a slash at its end */
};
#define DOCKER_HOST_INIT   \
	{                  \
		NULL, NULL \
	}
/* As in DOCKER_HOST: unix:///PATH, tcp://HOST:PORT or http://HOST:PORT. */
int docker_host_parse(struct docker_host *host, const char *text, struct jci_error *err);
void docker_host_release(struct docker_host *host);
#define cleanup_docker_host cleanup(docker_host_release)

/*
 * Agrees on a version of the API. `host` stays the caller's. stop(ctx), which may be NULL, is asked
 * now and then during each call: true ends it.
 */
struct docker;
int docker_open(struct docker **out, const struct docker_host *host, bool (*stop)(void *ctx),
		void *ctx, struct jci_error *err);
void docker_close(struct docker *d);
DEFINE_CLEANUP(docker, struct docker *, docker_close)
#define cleanup_docker cleanup(docker_cleanup)

/* Whether there was no answer to the last call. */
bool docker_is_away(const struct docker *d);
/* "20.10.24", and the architecture as it names it: "amd64". */
const char *docker_version(const struct docker *d);
const char *docker_arch(const struct docker *d);

/* ---- images and networks ---- */

/* JCI_ENOTFOUND: it isn't there. */
int docker_image_find(struct docker *d, const char *image, struct jci_error *err);
/* For at most so long. */
int docker_image_pull(struct docker *d, const char *image, int64_t timeout_us,
		      struct jci_error *err);
int docker_network_find(struct docker *d, const char *name, struct jci_error *err);

/* ---- containers: by id or name ---- */

/* `spec` is the body of ContainerCreate; *id is to be freed. */
int docker_create(struct docker *d, const char *name, const cJSON *spec, char **id,
		  struct jci_error *err);
/* Unpacks the tar at /. Its parts are n files, which any number of threads may send at a time. */
int docker_put(struct docker *d, const char *id, const int *parts, size_t n, struct jci_error *err);
int docker_start(struct docker *d, const char *id, struct jci_error *err);
int docker_kill(struct docker *d, const char *id, const char *signal, struct jci_error *err);
/* With its anonymous volumes; `force`: also one that runs. */
int docker_remove(struct docker *d, const char *id, bool force, struct jci_error *err);

enum docker_state {
	DOCKER_CREATED, /* and never started */
	DOCKER_RUNNING, /* or paused, or about to be removed */
	DOCKER_EXITED
};

struct docker_container {
	char *id;
	enum docker_state state;
	int64_t created_s; /* UTC since 1970 */
	cJSON *labels;     /* an object of strings */
};
struct docker_list {
	struct docker_container *containers;
	size_t n, cap;
};
#define DOCKER_LIST_INIT   \
	{                  \
		NULL, 0, 0 \
	}
void docker_list_release(struct docker_list *list);
#define cleanup_docker_list cleanup(docker_list_release)
/* All containers with the label "NAME=VALUE", in any state. */
int docker_list(struct docker *d, const char *label, struct docker_list *list,
		struct jci_error *err);

struct docker_end {
	enum docker_state state;
	int exit;
	bool oom;       /* killed because there was no memory left for it */
	int64_t end_us; /* of its end; 0: unknown */
};
int docker_inspect(struct docker *d, const char *id, struct docker_end *end, struct jci_error *err);
/* Appends the last few lines that it wrote to standard error, as they are. */
int docker_log_tail(struct docker *d, const char *id, struct strbuf *out, struct jci_error *err);

/*
 * Calls told(ctx) when a container with the label ends or is removed, and once before it begins to
 * listen. Returns when the connection ends, always with an error.
 */
int docker_events(struct docker *d, const char *label, void (*told)(void *ctx), void *ctx,
		  struct jci_error *err);

#endif
