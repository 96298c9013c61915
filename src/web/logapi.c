/* /api/log: parts of a log by bytes and by lines, its index, and what is found in it. */
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "util/alloc.h"
#include "util/clock.h"
#include "util/gettext.h"
#include "util/text.h"
#include "web/find.h"
#include "web/live.h"
#include "web/logtext.h"
#include "web/params.h"
#include "web/respond.h"
#include "web/routes.h"

enum {
	MAX_BYTES = 4 * 1024 * 1024, /* of the log in one answer */
	MAX_LINES = 2000,
	DEFAULT_LINES = 500,
	MAX_MATCHES = 10000,
	DEFAULT_MATCHES = 1000,
	SEARCH_US = 2 * 1000 * 1000,
};

/* A request for the log of a run. */
struct log_request {
	struct web_request *rq;
	struct jci_record run;
	struct web_log *log;
	struct web_log_view view;
};

static void log_request_release(struct log_request *q)
{
	web_log_view_release(&q->view);
	if (q->log)
		web_log_release(q->log);
	jci_record_release(&q->run);
}
#define cleanup_log_request cleanup(log_request_release)

static int begin(struct log_request *q, struct web_request *rq, bool with_times)
{
	*q = (struct log_request){.rq = rq, .view = WEB_LOG_VIEW_INIT};
	jci_record_init(&q->run);
	if (web_find_run_at(rq, 0, &q->run) < 0 ||
	    web_log_get(&q->log, web_live_logs(web_live_of(rq->web)), rq->repo, &q->run, &rq->err) <
		    0)
		return rq->err.code;
	return web_log_look(q->log, rq->repo, with_times, &q->view, &rq->err);
}

/* ---- bytes ---- */

/* A part of the log, in bytes. */
struct range {
	uint64_t from, to;
};

static int keep_offset(void *ctx, const struct jci_log_line *line)
{
	*(uint64_t *)ctx = line->offset;
	return 1;
}

/* Where the line begins; `*offset` stays as it is where there is none. */
static int line_offset(struct log_request *q, uint64_t line, uint64_t *offset)
{
	int code = jci_log_lines_each(&q->view.text, line, keep_offset, offset, &q->rq->err);

	return code < 0 ? code : 0;
}

/* "A-B": from 1, both of them in it. */
static bool parse_lines(const char *text, uint64_t *first, uint64_t *last)
{
	char *end;

	if (strspn(text, "0123456789-") != strlen(text) || !*text || *text == '-')
		return false;
	*first = strtoumax(text, &end, 10);
	if (*end != '-' || end[1] < '0' || end[1] > '9')
		return false;
	*last = strtoumax(end + 1, &end, 10);
	return !*end && *first > 0 && *first <= *last && *last < UINT64_MAX;
}

static int range_of_lines(struct log_request *q, const char *lines, struct range *range)
{
	uint64_t first, last;

	if (!parse_lines(lines, &first, &last))
		return jci_error_set(&q->rq->err, JCI_EINVALID,
				     _("'lines' must be FIRST-LAST, not '%s'"), lines);
	*range = (struct range){UINT64_MAX, q->view.text.size};
	if (line_offset(q, first, &range->from) < 0)
		return q->rq->err.code;
	return line_offset(q, last + 1, &range->to);
}

/* A range that begins behind the end is none: UINT64_MAX. */
static int parse_range(struct log_request *q, struct range *range)
{
	const char *lines = http_param(q->rq->http, "lines");
	const uint64_t size = q->view.text.size;

	if (lines)
		return range_of_lines(q, lines, range);
	if (web_param_count(q->rq, "from", 0, INT64_MAX, &range->from) < 0 ||
	    web_param_count(q->rq, "to", size, INT64_MAX, &range->to) < 0)
		return q->rq->err.code;
	if (range->from > size)
		range->from = UINT64_MAX;
	else if (range->to < range->from)
		range->to = range->from;
	return 0;
}

static void add_log_headers(const struct log_request *q)
{
	char size[24];

	snprintf(size, sizeof(size), "%" PRIu64, q->view.text.size);
	http_add_header(q->rq->http, "X-Log-Size", size);
	http_add_header(q->rq->http, "X-Log-Complete", q->view.complete ? "1" : "0");
}

int serve_log(struct web_request *rq)
{
	const struct web_answer answer = {.type = "text/plain; charset=utf-8"};
	cleanup_log_request struct log_request q;
	struct range range;
	uint64_t end;
	int fd;

	if (begin(&q, rq, false) < 0 || parse_range(&q, &range) < 0)
		return rq->err.code;
	add_log_headers(&q);
	if (range.from == UINT64_MAX)
		return respond_error(rq, 416, _("the log ends before that"));
	end = range.to < q.view.text.size ? range.to : q.view.text.size;
	if (end - range.from > MAX_BYTES)
		end = range.from + MAX_BYTES;
	fd = fcntl(q.view.text.fd, F_DUPFD_CLOEXEC, 0);
	if (fd < 0)
		return jci_error_errno(&rq->err, JCI_EFAIL, _("cannot read the log"));
	respond_headers(rq, &answer);
	http_respond_fd(rq->http, 200, fd, range.from, end - range.from);
	return 0;
}

/* ---- lines ---- */

struct line_list {
	cJSON *lines, *offsets, *times, *cut;
	const struct jci_log_times *clock;
	uint64_t left;
	size_t bytes;
};

static cJSON *time_of(const struct line_list *list, uint64_t offset)
{
	int64_t us = jci_log_times_at(list->clock, offset);

	return us < 0 ? cJSON_CreateNull() : cJSON_CreateNumber((double)us / 1e6);
}

static int add_line(void *ctx, const struct jci_log_line *line)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	struct line_list *list = ctx;

	web_add_log_text(&text, line->bytes, line->len);
	if (line->cut)
		cJSON_AddItemToArray(list->cut,
				     cJSON_CreateNumber(cJSON_GetArraySize(list->lines)));
	cJSON_AddItemToArray(list->lines, cJSON_CreateString(text.buf));
	cJSON_AddItemToArray(list->offsets, cJSON_CreateNumber((double)line->offset));
	cJSON_AddItemToArray(list->times, time_of(list, line->offset));
	list->bytes += text.len;
	return --list->left == 0 || list->bytes >= MAX_BYTES;
}

/* From 1; from the end if negative: -1 is the last line. */
static uint64_t first_line(int64_t from, uint64_t lines)
{
	if (from < 0)
		return (uint64_t)-from > lines ? 1 : lines + 1 - (uint64_t)-from;
	return from ? (uint64_t)from : 1;
}

int serve_log_lines(struct web_request *rq)
{
	cleanup_json cJSON *json = cJSON_CreateObject();
	cleanup_log_request struct log_request q;
	struct line_list list;
	uint64_t first;
	int64_t from;

	if (begin(&q, rq, true) < 0 || web_param_number(rq, "from", 1, &from) < 0 ||
	    web_param_count(rq, "count", DEFAULT_LINES, MAX_LINES, &list.left) < 0)
		return rq->err.code;
	first = first_line(from, q.view.lines);
	json_set_number(json, "from", (double)first);
	list.lines = cJSON_AddArrayToObject(json, "lines");
	list.offsets = cJSON_AddArrayToObject(json, "offsets");
	list.times = cJSON_AddArrayToObject(json, "times");
	list.cut = cJSON_AddArrayToObject(json, "cut");
	list.clock = &q.view.times->times;
	list.bytes = 0;
	if (list.left > 0 && jci_log_lines_each(&q.view.text, first, add_line, &list, &rq->err) < 0)
		return rq->err.code;
	json_set_number(json, "total", (double)q.view.lines);
	json_set_number(json, "size", (double)q.view.text.size);
	json_set_bool(json, "complete", q.view.complete);
	return respond_json(rq, json);
}

/* ---- index ---- */

static void add_errors(cJSON *json, const struct jci_log_index *index)
{
	cJSON *errors = cJSON_AddArrayToObject(json, "errors");

	for (size_t i = 0; i < index->n_marks; i++)
		if (index->marks[i].kind == '!')
			cJSON_AddItemToArray(errors,
					     cJSON_CreateNumber((double)index->marks[i].line));
	json_set_number(json, "errorCount", (double)index->errors);
}

static void add_groups(cJSON *json, const struct jci_log_groups *groups)
{
	cJSON *list = cJSON_AddArrayToObject(json, "groups");

	for (size_t i = 0; i < groups->n; i++) {
		const struct jci_log_group *g = &groups->items[i];
		cleanup_strbuf struct strbuf title = STRBUF_INIT;
		cJSON *item = cJSON_CreateObject();

		web_add_log_text(&title, g->title, strlen(g->title));
		json_set_number(item, "line", (double)g->line);
		cJSON_AddItemToObject(item, "end",
				      g->last ? cJSON_CreateNumber((double)g->last)
					      : cJSON_CreateNull());
		json_set_string(item, "title", title.buf);
		json_set_bool(item, "section", g->is_section);
		cJSON_AddItemToArray(list, item);
	}
}

int serve_log_index(struct web_request *rq)
{
	cleanup_json cJSON *json = cJSON_CreateObject();
	cleanup_log_request struct log_request q;

	if (begin(&q, rq, false) < 0)
		return rq->err.code;
	json_set_number(json, "lines", (double)q.view.lines);
	json_set_number(json, "bytes", (double)q.view.text.size);
	json_set_bool(json, "complete", q.view.complete && q.view.marks->index.complete);
	add_errors(json, &q.view.marks->index);
	add_groups(json, &q.view.marks->groups);
	return respond_json(rq, json);
}

/* ---- search ---- */

/*
 * Places in a line as a browser counts them: UTF-16 units of the text that serve_log_lines() gives.
 * They are asked for in rising order.
 */
struct units {
	uint64_t line;
	size_t bytes, units; /* so many bytes of the line are so many units */
};

static size_t units_at(struct units *u, const struct jci_log_line *line, size_t bytes)
{
	if (u->line != line->number || u->bytes > bytes)
		*u = (struct units){line->number, 0, 0};
	while (u->bytes < bytes) {
		size_t n = utf8_sequence(line->bytes + u->bytes, line->len - u->bytes);

		u->units += n == 4 ? 2 : 1;
		u->bytes += n ? n : 1;
	}
	return u->units;
}

struct match_list {
	cJSON *matches;
	struct units units;
	uint64_t limit, n, last; /* last: line of the last match */
	uint64_t next;
};

/* Those of one line are all told or not at all, so that `next` can be a line. */
static int add_match(void *ctx, const struct jci_log_match *m)
{
	struct match_list *list = ctx;
	cJSON *item;

	if (list->n >= list->limit && m->line.number != list->last) {
		list->next = m->line.number;
		return 1;
	}
	item = cJSON_CreateObject();
	json_set_number(item, "line", (double)m->line.number);
	json_set_number(item, "offset", (double)m->line.offset);
	json_set_number(item, "start", (double)units_at(&list->units, &m->line, m->start));
	json_set_number(item, "end", (double)units_at(&list->units, &m->line, m->end));
	cJSON_AddItemToArray(list->matches, item);
	list->n++;
	list->last = m->line.number;
	return 0;
}

static int parse_search(struct web_request *rq, struct pattern **pattern, uint64_t *from,
			struct match_list *list)
{
	const char *text = http_param(rq->http, "q");
	bool with_case = false, regex = false;

	if (web_param_flag(rq, "case", &with_case) < 0 || web_param_flag(rq, "regex", &regex) < 0 ||
	    web_param_count(rq, "from", 1, INT64_MAX, from) < 0 ||
	    web_param_count(rq, "limit", DEFAULT_MATCHES, MAX_MATCHES, &list->limit) < 0)
		return rq->err.code;
	return pattern_compile(pattern, text ? text : "", regex, !with_case, &rq->err);
}

int serve_log_search(struct web_request *rq)
{
	const int64_t deadline = clock_monotonic_us() + SEARCH_US;
	cleanup_json cJSON *json = cJSON_CreateObject();
	cleanup_pattern struct pattern *pattern = NULL;
	cleanup_log_request struct log_request q;
	struct match_list list = {0};
	uint64_t from, next;

	if (begin(&q, rq, false) < 0 || parse_search(rq, &pattern, &from, &list) < 0)
		return rq->err.code;
	next = from;
	list.matches = cJSON_AddArrayToObject(json, "matches");
	if (jci_log_lines_search(&q.view.text, pattern, &next, deadline, add_match, &list,
				 &rq->err) < 0)
		return rq->err.code;
	if (list.next)
		next = list.next;
	json_set_bool(json, "more", next != 0);
	if (next)
		json_set_number(json, "next", (double)next);
	else if (from <= 1)
		json_set_number(json, "total", (double)list.n);
	json_set_number(json, "size", (double)q.view.text.size);
	json_set_bool(json, "complete", q.view.complete);
	return respond_json(rq, json);
}
