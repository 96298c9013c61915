/*
 * Followers of a log: each gets all its bytes from an offset on, as server-sent events (HTML Living
 * Standard, "Server-sent events"), as fast as its client takes them, and what became of the run.
 *
 *	log	{"offset": N, "text": "..."}; the event's id is the offset behind these bytes, where
 *a client that lost the connection goes on (Last-Event-ID). The text is valid UTF-8: no character
 *is split, wrong bytes and NUL are U+FFFD. end	{"status", "reason", "duration", "exitStatus"}: the
 *run is stored and this was all lost	{}: the process of the run is gone; git jci recover stores
 *what it left
 *
 * A comment comes every WEB_BEAT_US when nothing else does. Bytes that are new are made into an
 * event once, for all who have come that far; whoever is behind has his own made from the file. So
 * a client costs no more memory than one event, however slow it is.
 */
#ifndef JCI_WEB_FOLLOW_H
#define JCI_WEB_FOLLOW_H

#include "http/listen.h"
#include "web/logs.h"

enum { WEB_BEAT_US = 15 * 1000 * 1000 };

/* How many bytes of the log are there: an offset past them can't be followed from. */
uint64_t web_log_size(struct web_log *log);
/* Answers the request. The log is its user's still. */
void web_log_follow(struct web_log *log, struct http_request *rq, uint64_t from);
/* Another WEB_BEAT_US is over. */
void web_log_beat(struct web_log *log);
bool web_log_has_followers(struct web_log *log);

#endif
