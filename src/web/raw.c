/*
 * The bytes of an artifact: /jci/COMMIT[/RUN]/PATH/raw and, where links between the files of a run
 * lead from one to the other, /view/TICKET/COMMIT/RUN/PATH.
 */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/artifacts.h"
#include "core/gitclean.h"
#include "core/livefiles.h"
#include "core/logsource.h"
#include "util/alloc.h"
#include "util/gettext.h"
#include "web/blob.h"
#include "web/find.h"
#include "web/kind.h"
#include "web/range.h"
#include "web/respond.h"
#include "web/routes.h"
#include "web/ticket.h"

/* What is behind the commit in the path: "[RUN/]PATH/raw". */
struct target {
	char *run; /* NULL: none */
	char *path;
};

static void target_release(struct target *t)
{
	free(t->run);
	free(t->path);
}

/* False where it does not end in "/raw": the page is asked for. */
static bool parse_target(const char *rest, struct target *t)
{
	const char *slash = strchr(rest, '/'), *end = strrchr(rest, '/');
	struct jci_run_id id;

	if (!end || strcmp(end, "/raw") != 0)
		return false;
	if (jci_run_id_parse(&id, rest, (size_t)(slash - rest))) {
		if (slash == end) /* the page of a file that is named "raw" */
			return false;
		t->run = xstrndup(rest, (size_t)(slash - rest));
		rest = slash + 1;
	}
	t->path = xstrndup(rest, (size_t)(end - rest));
	return true;
}

bool bare_page_or_raw(struct web_request *rq)
{
	cleanup(target_release) struct target t = {NULL, NULL};

	return !parse_target(rq->args[1].s, &t) && bare_page(rq);
}

/* ---- the bytes ---- */

struct raw {
	struct web_request *rq;
	const struct web_kind *kind;
	const char *path;
	enum web_policy policy;
	const char *etag; /* NULL: the file still grows */
	bool immutable;
	uint64_t from, to; /* what is sent of it */
	unsigned status;
};

static bool is_asked_for(const struct raw *raw)
{
	const char *if_range = http_header(raw->rq->http, "If-Range");

	/* a date, or another version: all of it */
	return !if_range || (raw->etag && *if_range == '"' &&
			     strncmp(if_range + 1, raw->etag, strlen(raw->etag)) == 0 &&
			     strcmp(if_range + 1 + strlen(raw->etag), "\"") == 0);
}

static enum web_range take_range(struct raw *raw, uint64_t size)
{
	enum web_range range = WEB_RANGE_NONE;
	cleanup_free char *text = NULL;

	raw->from = 0;
	raw->to = size;
	raw->status = 200;
	if (is_asked_for(raw))
		range = web_range_parse(http_header(raw->rq->http, "Range"), size, &raw->from,
					&raw->to);
	if (range == WEB_RANGE_SOME) {
		raw->status = 206;
		text = xasprintf("bytes %llu-%llu/%llu", (unsigned long long)raw->from,
				 (unsigned long long)raw->to - 1, (unsigned long long)size);
	} else if (range == WEB_RANGE_WRONG) {
		text = xasprintf("bytes */%llu", (unsigned long long)size);
	}
	if (text)
		http_add_header(raw->rq->http, "Content-Range", text);
	return range;
}

/* RFC 6266: the name in UTF-8, percent-encoded (RFC 8187), for what is to be saved. */
static void add_disposition(struct raw *raw)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789-._~";
	const char *slash = strrchr(raw->path, '/');
	const char *name = slash ? slash + 1 : raw->path;
	bool save = !raw->kind->viewable || http_param(raw->rq->http, "download");
	cleanup_strbuf struct strbuf value = STRBUF_INIT;

	strbuf_addstr(&value, save ? "attachment; filename*=UTF-8''" : "inline; filename*=UTF-8''");
	for (; *name; name++) {
		if (strchr(plain, *name))
			strbuf_addch(&value, *name);
		else
			strbuf_addf(&value, "%%%02X", (unsigned char)*name);
	}
	http_add_header(raw->rq->http, "Content-Disposition", value.buf);
}

/* False: it is answered already. */
static bool begin(struct raw *raw, uint64_t size)
{
	const struct web_answer answer = {
		.type = raw->kind->type,
		.policy = raw->policy,
		.etag = raw->etag,
		.strong = true,
		.immutable = raw->immutable,
	};

	if (respond_headers(raw->rq, &answer))
		return false;
	http_add_header(raw->rq->http, "Accept-Ranges", "bytes");
	if (take_range(raw, size) == WEB_RANGE_WRONG) {
		http_respond(raw->rq->http, 416, "", 0);
		return false;
	}
	add_disposition(raw);
	return true;
}

static int send_file(struct raw *raw, int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0) {
		close(fd);
		return jci_error_errno(&raw->rq->err, JCI_EFAIL, _("cannot read the file '%s'"),
				       raw->path);
	}
	if (begin(raw, (uint64_t)st.st_size))
		http_respond_fd(raw->rq->http, raw->status, fd, raw->from, raw->to - raw->from);
	else
		close(fd);
	return 0;
}

/* The head of an answer is known without unpacking anything: HEAD needs no more. */
static ssize_t read_nothing(void *ctx, uint64_t at, char *buf, size_t max)
{
	(void)ctx;
	(void)at;
	(void)buf;
	(void)max;
	return HTTP_BROKEN;
}

static int send_large(struct raw *raw, const struct jci_artifact *a)
{
	const struct http_source nothing = {.read = read_nothing};
	int fd;

	if (!begin(raw, a->size))
		return 0;
	if (http_is_head(raw->rq->http)) {
		http_respond_stream(raw->rq->http, raw->status, raw->to - raw->from, &nothing,
				    NULL);
		return 0;
	}
	fd = web_blob_open(raw->rq, &a->oid);
	if (fd < 0)
		return raw->rq->err.code;
	http_respond_fd(raw->rq->http, raw->status, fd, raw->from, raw->to - raw->from);
	return 0;
}

static int send_small(struct raw *raw, const git_oid *oid)
{
	cleanup_git_blob git_blob *blob = NULL;

	if (git_blob_lookup(&blob, raw->rq->repo->git, oid) < 0)
		return jci_error_git(&raw->rq->err, JCI_EFAIL, _("cannot read the file '%s'"),
				     raw->path);
	if (begin(raw, git_blob_rawsize(blob)))
		http_respond(raw->rq->http, raw->status,
			     (const char *)git_blob_rawcontent(blob) + raw->from,
			     raw->to - raw->from);
	return 0;
}

static int send_stored(struct raw *raw, const struct jci_record *r)
{
	struct jci_artifact a;
	char etag[GIT_OID_HEXSZ + 1];

	if (jci_artifact_find(raw->rq->repo, r, raw->path, &a, &raw->rq->err) < 0)
		return raw->rq->err.code;
	raw->kind = web_kind_of(raw->path, a.mode);
	if (a.chunks) { /* of a run that is published while it goes on: there will be more */
		int fd = jci_artifact_open(raw->rq->repo, &a, &raw->rq->err);

		return fd < 0 ? raw->rq->err.code : send_file(raw, fd);
	}
	raw->etag = git_oid_tostr(etag, sizeof(etag), &a.oid);
	return a.size < JCI_CACHE_MIN ? send_small(raw, &a.oid) : send_large(raw, &a);
}

/* What is there by now of a run that goes on. */
static int send_live(struct raw *raw, const struct jci_record *r)
{
	int fd;

	raw->kind = web_kind_of(raw->path, GIT_FILEMODE_BLOB);
	raw->immutable = false;
	if (strcmp(raw->path, "run.output.txt") == 0)
		fd = jci_log_open(raw->rq->repo, r, &raw->rq->err);
	else if ((fd = jci_livefiles_open(r, raw->path)) < 0)
		jci_error_set(&raw->rq->err, JCI_ENOTFOUND, _("the run has no file '%s' yet"),
			      raw->path);
	return fd < 0 ? raw->rq->err.code : send_file(raw, fd);
}

static int send_any(struct raw *raw, const struct jci_record *r)
{
	return jci_record_is_stored(r) ? send_stored(raw, r) : send_live(raw, r);
}

int serve_raw(struct web_request *rq)
{
	cleanup(target_release) struct target t = {NULL, NULL};
	cleanup_record struct jci_record r;
	struct raw raw = {.rq = rq, .policy = WEB_POLICY_ARTIFACT};
	git_oid commit;
	int code;

	jci_record_init(&r);
	if (!parse_target(rq->args[1].s, &t))
		return serve_page(rq);
	if (web_find_commit(rq, rq->args[0].s, &commit) < 0 ||
	    web_find_run(rq, &commit, t.run, &r) < 0)
		return rq->err.code;
	raw.path = t.path;
	raw.immutable = t.run && r.status != JCI_STATUS_RUNNING;
	code = send_any(&raw, &r);
	if (code != JCI_EINVALID)
		return code;
	/* a folder: then what is asked for is the page, of a file in it that is named "raw" */
	jci_error_clear(&rq->err);
	return serve_page(rq);
}

int serve_view(struct web_request *rq)
{
	const char *path = rq->args[3].s;
	cleanup_free char *index = NULL;
	cleanup_record struct jci_record r;
	struct raw raw = {.rq = rq, .path = path, .policy = WEB_POLICY_VIEW};

	jci_record_init(&r);
	if (!web_ticket_is_good(web_ticket_key_of(rq->web), rq->args[1].s, rq->args[2].s,
				rq->args[0].s))
		return respond_error(rq, 403,
				     _("this link is of an earlier server: open the run anew"));
	if (web_find_run_at(rq, 1, &r) < 0)
		return rq->err.code;
	if (path[strlen(path) - 1] == '/')
		raw.path = index = xasprintf("%sindex.html", path);
	return send_any(&raw, &r);
}
