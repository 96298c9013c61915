/*
 * What goes on in the repository, told as it happens: one thread waits for changes (inotify(7)) of
 * the logs that are open (web/logs.h) and of the refs and the live registry (core/watch.h), and
 * wakes those who follow. It is started when somebody does, and sleeps while nothing happens.
 */
#ifndef JCI_WEB_LIVE_H
#define JCI_WEB_LIVE_H

#include "http/listen.h"
#include "web/logs.h"

struct web_live;
struct web_live *web_live_new(void);
/* Ends what is under way; before the server is stopped, which waits for it. */
void web_live_stop(struct web_live *live);
/* When no request is left. */
void web_live_free(struct web_live *live);

struct web_logs *web_live_logs(struct web_live *live);

/*
 * A thread of a handler's own that is at work, of WEB_MAX_TASKS at most: false, that many are. They
 * have to end soon after web_live_stop(); web_live_free() waits for them.
 */
enum { WEB_MAX_TASKS = 16 };
bool web_live_task_begin(struct web_live *live);
void web_live_task_end(struct web_live *live);

/*
 * Answers the request with server-sent events, for as long as the client wants them: `change` with
 * {"what": [...]} of "live" (the registry), "runs" (refs of runs), "refs" (HEAD, branches, tags),
 * at most five a second. What changes after the first byte of the answer is told. Only behind
 * web_live_ready(), which waits until changes are noticed.
 */
int web_live_ready(struct web_live *live, struct jci_error *err);
void web_live_listen(struct web_live *live, struct http_request *rq);

#endif
