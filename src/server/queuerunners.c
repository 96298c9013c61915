/* Runners. */
#include <stdlib.h>
#include <string.h>

#include "server/queuepriv.h"
#include "util/alloc.h"
#include "util/clock.h"

static char *join(const char *const *labels)
{
	struct strbuf sb = STRBUF_INIT;

	for (; *labels; labels++)
		strbuf_addf(&sb, "%s%s", sb.len ? " " : "", *labels);
	return strbuf_detach(&sb, NULL);
}

static void replace(char **to, const char *text)
{
	free(*to);
	*to = xstrdup(text);
}

/* Whether it says of itself what it said before: the usual case, in which nothing is allocated. */
static bool is_as_before(const struct runner *runner, const struct poll *poll)
{
	const char *p = runner->labels;

	if (strcmp(runner->host, poll->name) != 0 || strcmp(runner->version, poll->version) != 0)
		return false;
	for (size_t i = 0; poll->labels[i]; i++) {
		size_t len = strlen(poll->labels[i]);

		if (i > 0 && *p++ != ' ')
			return false;
		if (strncmp(p, poll->labels[i], len) != 0)
			return false;
		p += len;
	}
	return !*p;
}

struct runner *queue_runner_polls(struct queue *queue, const struct poll *poll,
				  struct jci_error *err)
{
	struct runner *runner = known_runner_find(&queue->memory, poll->runner);
	const int64_t now = clock_now_us();

	if (!runner || !is_as_before(runner, poll)) {
		cleanup_free char *labels = join(poll->labels);

		if (queue_tell(queue,
			       "INSERT INTO runners (id, name, version, labels, first_seen_us, "
			       "last_seen_us) VALUES (?1, ?2, ?3, ?4, ?5, ?5) ON CONFLICT DO "
			       "UPDATE SET "
			       "name = ?2, version = ?3, labels = ?4, last_seen_us = ?5",
			       DB_VALUES(DB_TEXT(poll->runner), DB_TEXT(poll->name),
					 DB_TEXT(poll->version), DB_TEXT(labels), DB_INT(now)),
			       err) < 0)
			return NULL;
		if (!runner) {
			runner = known_runner_new(&queue->memory, poll->runner);
			runner->first_seen_us = now;
		}
		replace(&runner->host, poll->name);
		replace(&runner->version, poll->version);
		replace(&runner->labels, labels);
	}
	runner->slots = poll->slots;
	runner->last_seen_us = now;
	runner->seen_us = clock_monotonic_us();
	return runner;
}

int queue_runner_write(struct queue *queue, const struct runner *runner, struct jci_error *err)
{
	return queue_tell(queue, "UPDATE runners SET last_seen_us = ? WHERE id = ?",
			  DB_VALUES(DB_INT(runner->last_seen_us), DB_TEXT(runner->named.name)),
			  err);
}

int queue_runners_write(struct queue *queue, struct jci_error *err)
{
	const struct named_set *set = &queue->memory.runners;

	for (size_t i = 0; i < set->n; i++) {
		const struct runner *runner = (const struct runner *)set->v[i];

		if (runner->seen_us && queue_runner_write(queue, runner, err) < 0)
			return err->code;
	}
	return 0;
}

int queue_runners(struct queue *queue, struct runner_list *list, struct jci_error *err)
{
	const struct named_set *set = &queue->memory.runners;

	*list = (struct runner_list){0};
	if (queue_begin(queue, err) < 0)
		return err->code;
	for (size_t i = 0; i < set->n; i++) {
		const struct runner *runner = (const struct runner *)set->v[i];

		ARRAY_GROW(list->runners, list->n + 1, list->cap);
		list->runners[list->n++] = (struct runner_info){
			.id = xstrdup(runner->named.name),
			.name = xstrdup(runner->host),
			.version = xstrdup(runner->version),
			.labels = xstrdup(runner->labels),
			.slots = runner->slots,
			.running = (int)runner->jobs.n,
			.first_seen_us = runner->first_seen_us,
			.last_seen_us = runner->last_seen_us,
		};
	}
	return queue_end(queue, 0, err);
}
