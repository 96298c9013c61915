/*
 * The log of the server and the runner on standard error: a line for each event, with the ids that
 * it is about, for people and grep, or as JSON for machines:
 *
 *	2026-11-26T14:00:00.123456Z job.assigned job=7 attempt=1 runner=host-a
 *	{"time":"2026-11-26T14:00:00.123456Z","event":"job.assigned","job":7,"attempt":1,"runner":"host-a"}
 *
 * Names of events and fields are not translated. A text with blanks or anything unusual is quoted
 * as a JSON string. Each line is one write(2); from any thread.
 */
#ifndef JCI_UTIL_EVENTLOG_H
#define JCI_UTIL_EVENTLOG_H

#include <stdbool.h>
#include <stdint.h>

struct eventlog {
	int fd;
	bool json;
};

struct event_field {
	const char *name; /* NULL at the end */
	const char *text; /* NULL: the number */
	int64_t number;
};
static inline struct event_field event_text(const char *name, const char *text)
{
	return (struct event_field){name, text ? text : "", 0};
}
/* A text that is NULL or "" is left out. */
#define EVENT_TEXT(name, text)  event_text((name), (text))
#define EVENT_INT(name, number) ((struct event_field){(name), NULL, (number)})

/* event_log(log, "job.assigned", EVENT_INT("job", id), EVENT_TEXT("runner", name)) */
#define event_log(log, event, ...) \
	event_log_fields((log), (event), (const struct event_field[]){__VA_ARGS__, {NULL, NULL, 0}})
void event_log_fields(const struct eventlog *log, const char *event,
		      const struct event_field *fields);

#endif
