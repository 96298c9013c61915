/* Jobs that are not done, in memory. */
#include <stdlib.h>
#include <string.h>

#include "server/queuepriv.h"
#include "util/alloc.h"

/* ---- sets ---- */

/* Where the id is, or would be. Most are put at the end. */
static size_t set_at(const struct live_set *set, int64_t id)
{
	size_t low = 0, high = set->n;

	if (set->n && set->v[set->n - 1]->id < id)
		return set->n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (set->v[middle]->id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void set_add(struct live_set *set, struct live *live)
{
	size_t at = set_at(set, live->id);

	ARRAY_GROW(set->v, set->n + 1, set->cap);
	memmove(set->v + at + 1, set->v + at, (set->n - at) * sizeof(*set->v));
	set->v[at] = live;
	set->n++;
}

static void set_remove(struct live_set *set, const struct live *live)
{
	size_t at = set_at(set, live->id);

	if (at == set->n || set->v[at] != live)
		return;
	set->n--;
	memmove(set->v + at, set->v + at + 1, (set->n - at) * sizeof(*set->v));
}

/* ---- lanes ---- */

static bool same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static struct lane *lane_get(struct memory *memory, const struct live *live)
{
	struct lane *lane;

	for (size_t i = 0; i < memory->n_lanes; i++)
		if (memory->lanes[i]->repository == live->repository &&
		    same(memory->lanes[i]->labels, live->labels))
			return memory->lanes[i];
	lane = xcalloc(1, sizeof(*lane));
	lane->repository = live->repository;
	lane->labels = live->labels ? xstrdup(live->labels) : NULL;
	ARRAY_GROW(memory->lanes, memory->n_lanes + 1, memory->lanes_cap);
	memory->lanes[memory->n_lanes++] = lane;
	return lane;
}

static void lane_free(struct lane *lane)
{
	free(lane->labels);
	free(lane->jobs.v);
	free(lane);
}

static void lane_remove(struct memory *memory, const struct live *live)
{
	struct lane *lane = lane_get(memory, live);

	set_remove(&lane->jobs, live);
	for (size_t i = 0; i < memory->n_lanes && !lane->jobs.n; i++) {
		if (memory->lanes[i] != lane)
			continue;
		memory->lanes[i] = memory->lanes[--memory->n_lanes];
		lane_free(lane);
		return;
	}
}

static bool has_label(const char *labels, const char *word, size_t len)
{
	for (const char *p = labels; *p;) {
		size_t n = strcspn(p, " ");

		if (n == len && memcmp(p, word, len) == 0)
			return true;
		p += n + strspn(p + n, " ");
	}
	return false;
}

static bool has_labels(const struct runner *runner, const char *wanted)
{
	for (const char *p = wanted ? wanted : ""; *p;) {
		size_t n = strcspn(p, " ");

		if (n && !has_label(runner->labels, p, n))
			return false;
		p += n + strspn(p + n, " ");
	}
	return true;
}

/* Whether a's first job goes before b's. */
static bool goes_before(const struct lane *a, const struct lane *b)
{
	const struct repository *first = a->repository, *second = b->repository;

	if (first->assigned != second->assigned)
		return first->assigned < second->assigned;
	if (first->served_at != second->served_at)
		return first->served_at < second->served_at;
	return a->jobs.v[0]->id < b->jobs.v[0]->id;
}

struct live *queue_live_choose(const struct memory *memory, const struct runner *runner)
{
	const struct lane *best = NULL;

	for (size_t i = 0; i < memory->n_lanes; i++) {
		const struct lane *lane = memory->lanes[i];

		if ((!best || goes_before(lane, best)) && has_labels(runner, lane->labels))
			best = lane;
	}
	return best ? best->jobs.v[0] : NULL;
}

/* ---- jobs ---- */

struct live *queue_live_find(const struct memory *memory, int64_t id)
{
	size_t at = set_at(&memory->all, id);

	return at < memory->all.n && memory->all.v[at]->id == id ? memory->all.v[at] : NULL;
}

struct live *queue_live_new(struct memory *memory, int64_t id)
{
	struct live *live = xcalloc(1, sizeof(*live));

	live->id = id;
	live->attempt = 1;
	set_add(&memory->all, live);
	return live;
}

void queue_live_put(struct memory *memory, struct live *live)
{
	if (live->state == JOB_PENDING && !live->prepared) {
		set_add(&memory->unprepared, live);
	} else if (live->state == JOB_PENDING) {
		set_add(&lane_get(memory, live)->jobs, live);
	} else {
		set_add(&memory->busy, live);
		if (live->state == JOB_ASSIGNED) {
			set_add(&live->runner->jobs, live);
			live->repository->assigned++;
		}
	}
}

void queue_live_take(struct memory *memory, struct live *live)
{
	if (live->state == JOB_PENDING && !live->prepared) {
		set_remove(&memory->unprepared, live);
	} else if (live->state == JOB_PENDING) {
		lane_remove(memory, live);
	} else {
		set_remove(&memory->busy, live);
		if (live->state == JOB_ASSIGNED) {
			set_remove(&live->runner->jobs, live);
			live->repository->assigned--;
		}
	}
}

static void live_free(struct live *live)
{
	free(live->labels);
	free(live);
}

void queue_live_drop(struct memory *memory, struct live *live)
{
	queue_live_take(memory, live);
	set_remove(&memory->all, live);
	live_free(live);
}

/* ---- repositories and runners ---- */

/* Where it is, or would be. */
static size_t name_at(const struct named_set *set, const char *name)
{
	size_t low = 0, high = set->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(set->v[middle]->name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct named *name_find(const struct named_set *set, const char *name)
{
	size_t at = name_at(set, name);

	return at < set->n && strcmp(set->v[at]->name, name) == 0 ? set->v[at] : NULL;
}

static void name_add(struct named_set *set, struct named *named, const char *name)
{
	size_t at = name_at(set, name);

	named->name = xstrdup(name);
	ARRAY_GROW(set->v, set->n + 1, set->cap);
	memmove(set->v + at + 1, set->v + at, (set->n - at) * sizeof(*set->v));
	set->v[at] = named;
	set->n++;
}

struct repository *known_repository_find(const struct memory *memory, const char *name)
{
	return (struct repository *)name_find(&memory->repositories, name);
}

struct repository *known_repository_new(struct memory *memory, const char *name)
{
	struct repository *new = xcalloc(1, sizeof(*new));

	name_add(&memory->repositories, &new->named, name);
	return new;
}

struct runner *known_runner_find(const struct memory *memory, const char *id)
{
	return (struct runner *)name_find(&memory->runners, id);
}

struct runner *known_runner_new(struct memory *memory, const char *id)
{
	struct runner *new = xcalloc(1, sizeof(*new));

	name_add(&memory->runners, &new->named, id);
	return new;
}

static void runner_free(struct runner *runner)
{
	free(runner->named.name);
	free(runner->host);
	free(runner->version);
	free(runner->labels);
	free(runner->jobs.v);
	free(runner);
}

void queue_memory_release(struct memory *memory)
{
	for (size_t i = 0; i < memory->n_lanes; i++)
		lane_free(memory->lanes[i]);
	for (size_t i = 0; i < memory->all.n; i++)
		live_free(memory->all.v[i]);
	for (size_t i = 0; i < memory->repositories.n; i++) {
		free(memory->repositories.v[i]->name);
		free(memory->repositories.v[i]);
	}
	for (size_t i = 0; i < memory->runners.n; i++)
		runner_free((struct runner *)memory->runners.v[i]);
	free(memory->lanes);
	free(memory->all.v);
	free(memory->unprepared.v);
	free(memory->busy.v);
	free(memory->repositories.v);
	free(memory->runners.v);
	*memory = (struct memory){0};
}
