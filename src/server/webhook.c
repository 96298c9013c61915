/* POST /webhook: Gitea tells what was pushed. */
#include "server/request.h"

#include <string.h>

#include "server/allow.h"
#include "server/event.h"
#include "util/clock.h"
#include "util/gettext.h"

static void count(struct request *rq, enum webhook_count what)
{
	struct counts *counts = server_counts(rq->server);

	count_add(&counts->webhooks[what], 1);
	durations_add(&counts->webhook, clock_monotonic_us() - rq->begin_us);
}

static const char *either(const struct request *rq, const char *gitea, const char *github)
{
	const char *value = http_header(rq->http, gitea);

	return value ? value : http_header(rq->http, github);
}

static struct event_headers read_headers(const struct request *rq)
{
	return (struct event_headers){
		.event = either(rq, "X-Gitea-Event", "X-GitHub-Event"),
		.delivery = either(rq, "X-Gitea-Delivery", "X-GitHub-Delivery"),
		.signature = http_header(rq->http, "X-Gitea-Signature"),
		.signature_256 = http_header(rq->http, "X-Hub-Signature-256"),
	};
}

/* ---- what is not taken ---- */

/* A form is signed otherwise, and would be told that its signature is wrong. */
static bool is_form(const char *body, size_t len)
{
	static const char prefix[] = "payload=";

	return len > strlen(prefix) && memcmp(body, prefix, strlen(prefix)) == 0;
}

static int refuse_form(struct request *rq)
{
	count(rq, WEBHOOK_INVALID);
	return answer_error(rq, 415,
			    _("this is a form; in the settings of the webhook choose the "
			      "content type application/json"));
}

static int refuse_unsigned(struct request *rq, const struct event_headers *headers)
{
	const bool none = !headers->signature && !headers->signature_256;

	count(rq, WEBHOOK_UNSIGNED);
	access_refused(rq, none ? "no signature" : "wrong signature");
	return answer_error(rq, 401,
			    none ? _("the delivery is not signed: the webhook needs the secret "
				     "of GITEA_WEBHOOK_SECRET")
				 : _("the signature is wrong: the secret of the webhook is not "
				     "that of GITEA_WEBHOOK_SECRET"));
}

static int refuse_invalid(struct request *rq, const struct event_headers *headers)
{
	count(rq, WEBHOOK_INVALID);
	event_log(&rq->options->log, "webhook.invalid", EVENT_TEXT("delivery", headers->delivery),
		  EVENT_TEXT("type", headers->event), EVENT_TEXT("why", rq->err.message));
	return answer_error(rq, 400, rq->err.message);
}

/* Acknowledged, or Gitea would show the webhook as broken. */
static int ignore(struct request *rq, const struct event_headers *headers,
		  const struct event *event, const char *why)
{
	cleanup_json cJSON *json = cJSON_CreateObject();

	event_log(&rq->options->log, "webhook.ignored", EVENT_TEXT("delivery", headers->delivery),
		  EVENT_TEXT("type", headers->event), EVENT_TEXT("repository", event->repository),
		  EVENT_TEXT("ref", event->ref), EVENT_TEXT("why", why));
	json_set_string(json, "outcome", webhook_count_name(WEBHOOK_IGNORED));
	json_set_string(json, "why", why);
	count(rq, WEBHOOK_IGNORED);
	return answer_json(rq, 200, json);
}

/* The queue could not write: never a 2xx for what is not on disk. */
static int fail(struct request *rq, const struct event_headers *headers, const struct event *event)
{
	count(rq, WEBHOOK_FAILED);
	event_log(&rq->options->log, "webhook.failed", EVENT_TEXT("delivery", headers->delivery),
		  EVENT_TEXT("repository", event->repository), EVENT_TEXT("ref", event->ref),
		  EVENT_TEXT("commit", event->commit), EVENT_TEXT("why", rq->err.message));
	http_add_header(rq->http, "Retry-After", "5");
	return answer_error(rq, 503, rq->err.message);
}

/* ---- what is taken ---- */

static enum webhook_count counted_as(enum accept_outcome outcome)
{
	static const enum webhook_count counts[] = {
		[ACCEPT_QUEUED] = WEBHOOK_QUEUED, [ACCEPT_DUPLICATE] = WEBHOOK_DUPLICATE,
		[ACCEPT_KNOWN] = WEBHOOK_KNOWN,   [ACCEPT_SKIPPED] = WEBHOOK_SKIPPED,
		[ACCEPT_STALE] = WEBHOOK_STALE,   [ACCEPT_DONE] = WEBHOOK_DONE,
	};

	return counts[outcome];
}

static void log_accepted(struct request *rq, const struct event_headers *headers,
			 const struct event *event, const struct accepted *accepted)
{
	cleanup_strbuf struct strbuf name = STRBUF_INIT;

	strbuf_addf(&name, "webhook.%s", webhook_count_name(counted_as(accepted->outcome)));
	event_log(&rq->options->log, name.buf, EVENT_INT("job", accepted->job),
		  EVENT_TEXT("repository", event->repository), EVENT_TEXT("ref", event->ref),
		  EVENT_TEXT("commit", event->commit),
		  EVENT_INT("superseded", accepted->superseded),
		  EVENT_TEXT("delivery", headers->delivery));
}

static int tell(struct request *rq, const struct accepted *accepted)
{
	const enum webhook_count outcome = counted_as(accepted->outcome);
	cleanup_json cJSON *json = cJSON_CreateObject();

	if (accepted->job)
		json_set_number(json, "job", (double)accepted->job);
	json_set_string(json, "outcome", webhook_count_name(outcome));
	if (accepted->superseded)
		json_set_number(json, "superseded", accepted->superseded);
	count(rq, outcome);
	return answer_json(rq, outcome == WEBHOOK_QUEUED ? 202 : 200, json);
}

int handle_webhook(struct request *rq)
{
	const struct event_headers headers = read_headers(rq);
	cleanup_event struct event event = {0};
	struct accepted accepted = {0};
	size_t len;
	const char *body = http_body(rq->http, &len);

	if (is_form(body, len))
		return refuse_form(rq);
	if (!event_is_signed(&headers, body, len, rq->options->webhook_secret))
		return refuse_unsigned(rq, &headers);
	if (event_parse(&event, &headers, body, len, &rq->err) < 0)
		return refuse_invalid(rq, &headers);
	if (event.kind == EVENT_IGNORED)
		return ignore(rq, &headers, &event, event.why);
	if (!allow_has(rq->options->repositories, event.repository))
		return ignore(rq, &headers, &event,
			      _("the server's JCI_REPOSITORIES does not name this repository"));
	if (queue_accept(rq->queue, &event, &accepted, &rq->err) < 0)
		return fail(rq, &headers, &event);
	log_accepted(rq, &headers, &event, &accepted);
	return tell(rq, &accepted);
}
