/* Numbers in the query of a request. Errors fill rq->err. */
#ifndef JCI_WEB_PARAMS_H
#define JCI_WEB_PARAMS_H

#include "web/web.h"

/* A decimal number of the query, `fallback` where it is not there. JCI_EINVALID: anything else. */
int web_param_number(struct web_request *rq, const char *name, int64_t fallback, int64_t *value);
/* The same, from 0 to `max`. */
int web_param_count(struct web_request *rq, const char *name, uint64_t fallback, uint64_t max,
		    uint64_t *value);
/* 0 or 1. */
int web_param_flag(struct web_request *rq, const char *name, bool *value);

#endif
