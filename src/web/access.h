/*
 * Who may ask: the name that the client used for this server, and the token.
 *
 * A page of somebody else's can make the browser of a teammate ask any address that it reaches; a
 * name of his own that is made to point here (DNS rebinding) would make the answers readable to
 * him. So a request must name this server as one who is meant to use it does.
 */
#ifndef JCI_WEB_ACCESS_H
#define JCI_WEB_ACCESS_H

#include "web/web.h"

/* False: it has been answered (421). */
bool web_host_check(struct web_request *rq);
/* False: it has been answered (401, or a redirect that leaves the token in a cookie). */
bool web_token_check(struct web_request *rq);

/* Whether a Host header is one of this server's. */
bool web_host_is_ours(const struct web_options *options, const char *host);
/* Whether a token has only what a header, a cookie and a URL can carry as it is; not "". */
bool web_token_is_valid(const char *token);

#endif
