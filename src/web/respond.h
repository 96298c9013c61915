/*
 * Answers, with the headers that each kind of them has: what a browser may do with it, whether it
 * may be kept, and for how long. All of them end the request: a handler returns their value.
 */
#ifndef JCI_WEB_RESPOND_H
#define JCI_WEB_RESPOND_H

#include "util/json.h"
#include "web/web.h"

/* What a browser may do with it (Content-Security-Policy). */
enum web_policy {
	WEB_POLICY_NOTHING,  /* data for a script: nothing at all */
	WEB_POLICY_PAGE,     /* the page: its own style, scripts, images and frames */
	WEB_POLICY_IMAGE,    /* a picture of ours, for the pages of anybody */
	WEB_POLICY_VIEW,     /* as an artifact; other files of its run may be part of it */
	WEB_POLICY_ARTIFACT, /* anybody's bytes: in an origin of its own, without scripts */
};

struct web_answer {
	unsigned status; /* 0: 200 */
	const char *type;
	enum web_policy policy;
	const char *etag; /* without quotes; NULL or "": none */
	bool strong; /* the tag is of these very bytes, so that ranges of them may be asked for */
	bool immutable; /* this URL never has other bytes; else they are asked for anew */
};

/* JSON, in one line, compressed if that helps and the client can take it; tagged by its bytes. */
int respond_json(struct web_request *rq, const cJSON *json);
/* Any text of ours, compressed likewise. */
int respond_text(struct web_request *rq, const struct web_answer *answer, const char *text,
		 size_t len);
/*
 * The headers of an answer that the caller makes by http_respond_*(); true: the client has it
 * already, and has been told so (304).
 */
bool respond_headers(struct web_request *rq, const struct web_answer *answer);
/* The API's form of an error. */
int respond_error(struct web_request *rq, unsigned status, const char *message);

/* A tag for bytes: their SHA-1 in hexadecimal digits; "" where libcrypto has none. */
enum { RESPOND_HASH_SIZE = 41 };
void respond_hash(char hex[RESPOND_HASH_SIZE], const void *data, size_t len);

/* Whether the client takes gzip (RFC 9110, 12.5.3). */
bool respond_takes_gzip(const struct web_request *rq);

#endif
