/* /archive: all files of a run in one, made by a thread as fast as the client takes it. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/artifacts.h"
#include "core/gitclean.h"
#include "core/logcache.h"
#include "util/alloc.h"
#include "util/gettext.h"
#include "util/io.h"
#include "util/libarchive.h"
#include "util/text.h"
#include "util/thread.h"
#include "web/find.h"
#include "web/live.h"
#include "web/respond.h"
#include "web/routes.h"

enum {
	READY_MAX = 256 * 1024, /* bytes of the archive that wait for the client */
	BLOCK = 64 * 1024,
};

/* Shared by the thread that makes it and the stream that sends it. */
struct job {
	struct web_live *live; /* counts its threads */
	const struct libarchive *lib;
	struct jci_record run;
	bool zip;

	pthread_mutex_t lock;
	pthread_cond_t room;
	struct http_stream *stream; /* NULL: the client is gone */
	unsigned users;             /* of the two */
	struct strbuf ready;
	size_t sent;       /* of that */
	bool done, failed; /* no more will come; and not all did */
};

static void job_release(struct job *job)
{
	bool last;

	pthread_mutex_lock(&job->lock);
	last = --job->users == 0;
	pthread_mutex_unlock(&job->lock);
	if (!last)
		return;
	jci_record_release(&job->run);
	strbuf_release(&job->ready);
	pthread_mutex_destroy(&job->lock);
	pthread_cond_destroy(&job->room);
	free(job);
}

/* ---- the thread ---- */

/* What libarchive has made; -1 where nobody wants it any more. */
static la_ssize_t take_bytes(struct archive *archive, void *ctx, const void *bytes, size_t len)
{
	struct job *job = ctx;
	bool wanted;

	(void)archive;
	pthread_mutex_lock(&job->lock);
	while (job->stream && job->ready.len - job->sent >= READY_MAX)
		pthread_cond_wait(&job->room, &job->lock);
	wanted = job->stream != NULL;
	if (wanted) {
		strbuf_add(&job->ready, bytes, len);
		http_stream_wake(job->stream);
	}
	pthread_mutex_unlock(&job->lock);
	return wanted ? (la_ssize_t)len : -1;
}

struct maker {
	struct job *job;
	const struct libarchive *lib;
	struct archive *archive;
	struct jci_repo repo;
	struct jci_error err;
};

static int archive_failed(struct maker *m)
{
	const char *why = m->lib->archive_error_string(m->archive);

	return jci_error_set(&m->err, JCI_EFAIL, _("cannot make the archive: %s"), why ? why : "");
}

static int add_data(struct maker *m, const void *data, size_t len)
{
	return m->lib->archive_write_data(m->archive, data, len) < 0 ? archive_failed(m) : 0;
}

/* A large file comes through a pipe, from a thread that has the repository meanwhile. */
struct feeder {
	struct maker *maker;
	const struct jci_artifact *artifact;
	struct jci_error err;
	int fd;
};

static void *feed(void *arg)
{
	struct feeder *f = arg;

	jci_artifact_write(&f->maker->repo, f->artifact, f->fd, &f->err);
	close(f->fd);
	return NULL;
}

static int add_from(struct maker *m, int fd)
{
	cleanup_free char *block = xmalloc(BLOCK);
	ssize_t n;

	while ((n = read_full(fd, block, BLOCK)) > 0)
		if (add_data(m, block, (size_t)n) < 0)
			return m->err.code;
	return n < 0 ? jci_error_errno(&m->err, JCI_EFAIL, _("cannot read an artifact")) : 0;
}

static int add_large(struct maker *m, const struct jci_artifact *a)
{
	struct feeder feeder = {.maker = m, .artifact = a, .err = JCI_ERROR_INIT};
	pthread_t thread;
	int fds[2], code;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return jci_error_errno(&m->err, JCI_EFAIL, _("cannot make a pipe"));
	feeder.fd = fds[1];
	errno = thread_start(&thread, feed, &feeder);
	if (errno) {
		jci_error_errno(&m->err, JCI_EFAIL, _("cannot start a thread"));
		close(fds[0]);
		close(fds[1]);
		return m->err.code;
	}
	code = add_from(m, fds[0]);
	close(fds[0]); /* ends the feeder, where it is not at its end */
	pthread_join(thread, NULL);
	if (code == 0 && feeder.err.code < 0)
		code = jci_error_set(&m->err, feeder.err.code, "%s", feeder.err.message);
	jci_error_clear(&feeder.err);
	return code;
}

static int read_blob(struct maker *m, const struct jci_artifact *a, git_blob **blob)
{
	if (git_blob_lookup(blob, m->repo.git, &a->oid) < 0)
		return jci_error_git(&m->err, JCI_EFAIL, _("cannot read '%s'"), a->path);
	return 0;
}

static int add_content(struct maker *m, const struct jci_artifact *a)
{
	cleanup_git_blob git_blob *blob = NULL;

	if (a->size >= JCI_CACHE_MIN || a->chunks)
		return add_large(m, a);
	if (read_blob(m, a, &blob) < 0)
		return m->err.code;
	return add_data(m, git_blob_rawcontent(blob), (size_t)git_blob_rawsize(blob));
}

static int set_link(struct maker *m, const struct jci_artifact *a, struct archive_entry *entry)
{
	cleanup_git_blob git_blob *blob = NULL;
	cleanup_free char *target = NULL;

	if (read_blob(m, a, &blob) < 0)
		return m->err.code;
	target = xstrndup(git_blob_rawcontent(blob), (size_t)git_blob_rawsize(blob));
	m->lib->archive_entry_set_symlink(entry, target);
	return 0;
}

/* Names in tar are bytes; in zip they are UTF-8, and one that isn't spoils it all for some. */
static void set_name(struct maker *m, const char *path, struct archive_entry *entry)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;

	text_add_utf8(&text, path, strlen(path));
	m->lib->archive_entry_set_pathname(entry, m->job->zip ? text.buf : path);
}

/* libarchive warns of names and links that are not text in its locale, and writes them. */
static int add_entry(struct maker *m, const struct jci_artifact *a, struct archive_entry *entry)
{
	const struct libarchive *lib = m->lib;
	bool is_file = a->mode != GIT_FILEMODE_LINK && a->mode != GIT_FILEMODE_TREE;

	set_name(m, a->path, entry);
	lib->archive_entry_set_mtime(entry, (time_t)(m->job->run.end_us / 1000000), 0);
	lib->archive_entry_set_perm(entry, a->mode == GIT_FILEMODE_BLOB ? 0644 : 0755);
	lib->archive_entry_set_size(entry, is_file ? (la_int64_t)a->size : 0);
	lib->archive_entry_set_filetype(entry, is_file                        ? AE_IFREG
					       : a->mode == GIT_FILEMODE_LINK ? AE_IFLNK
									      : AE_IFDIR);
	if (a->mode == GIT_FILEMODE_LINK && set_link(m, a, entry) < 0)
		return m->err.code;
	if (lib->archive_write_header(m->archive, entry) < ARCHIVE_WARN)
		return archive_failed(m);
	return is_file ? add_content(m, a) : 0;
}

static int add_artifact(void *ctx, const struct jci_artifact *a)
{
	struct maker *m = ctx;
	struct archive_entry *entry = m->lib->archive_entry_new();
	int code;

	if (!entry)
		out_of_memory();
	code = add_entry(m, a, entry);
	m->lib->archive_entry_free(entry);
	return code;
}

/* The same run gives the same bytes: no time of day, no user. */
static int open_archive(struct maker *m)
{
	const struct libarchive *lib = m->lib;
	struct archive *a = m->archive = lib->archive_write_new();
	int code;

	if (!a)
		out_of_memory();
	if (m->job->zip)
		code = lib->archive_write_set_format_zip(a);
	else if ((code = lib->archive_write_set_format_pax_restricted(a)) == ARCHIVE_OK &&
		 (code = lib->archive_write_add_filter_gzip(a)) == ARCHIVE_OK)
		code = lib->archive_write_set_options(a, "gzip:!timestamp");
	if (code != ARCHIVE_OK ||
	    lib->archive_write_set_bytes_per_block(a, m->job->zip ? 0 : 10240) != ARCHIVE_OK ||
	    lib->archive_write_open(a, m->job, NULL, take_bytes, NULL) != ARCHIVE_OK)
		return archive_failed(m);
	return 0;
}

static int make(struct maker *m)
{
	int code;

	if (jci_repo_open(&m->repo, &m->err) < 0 || open_archive(m) < 0)
		return m->err.code;
	code = jci_artifacts_walk(&m->repo, &m->job->run, add_artifact, m, &m->err);
	if (code == 0 && m->lib->archive_write_close(m->archive) != ARCHIVE_OK)
		code = archive_failed(m);
	return code;
}

/*
 * There is nobody to tell why it failed, but the client notices that the answer breaks off. What
 * archive_write_free() writes to finish the file goes nowhere by then.
 */
static void *run(void *arg)
{
	struct job *job = arg;
	struct web_live *live = job->live;
	struct maker m = {
		.job = job, .lib = job->lib, .repo = JCI_REPO_INIT, .err = JCI_ERROR_INIT};
	int code = make(&m);

	pthread_mutex_lock(&job->lock);
	job->done = true;
	job->failed = code < 0;
	if (job->stream)
		http_stream_wake(job->stream);
	if (code < 0)
		job->stream = NULL;
	pthread_mutex_unlock(&job->lock);
	if (m.archive)
		job->lib->archive_write_free(m.archive);
	jci_repo_release(&m.repo);
	jci_error_clear(&m.err);
	job_release(job);
	web_live_task_end(live);
	return NULL;
}

/* ---- the stream ---- */

static ssize_t read_job(void *ctx, uint64_t at, char *buf, size_t max)
{
	struct job *job = ctx;
	ssize_t n;

	(void)at;
	pthread_mutex_lock(&job->lock);
	n = (ssize_t)(job->ready.len - job->sent);
	if (n > 0) {
		n = (size_t)n < max ? n : (ssize_t)max;
		memcpy(buf, job->ready.buf + job->sent, (size_t)n);
		job->sent += (size_t)n;
	} else {
		n = !job->done ? HTTP_LATER : job->failed ? HTTP_BROKEN : HTTP_END;
	}
	if (job->sent == job->ready.len) {
		strbuf_reset(&job->ready);
		job->sent = 0;
	}
	pthread_cond_signal(&job->room);
	pthread_mutex_unlock(&job->lock);
	return n;
}

static void release_stream(void *ctx)
{
	struct job *job = ctx;

	pthread_mutex_lock(&job->lock);
	job->stream = NULL;
	pthread_cond_signal(&job->room);
	pthread_mutex_unlock(&job->lock);
	job_release(job);
}

static void started(void *ctx, struct http_stream *stream)
{
	struct job *job = ctx;
	pthread_t thread;

	job->stream = stream;
	job->users++;
	if (thread_start(&thread, run, job) == 0) {
		pthread_detach(thread);
		return;
	}
	job->users--;
	job->done = job->failed = true;
	web_live_task_end(job->live);
}

/* ---- the request ---- */

/* "RUN.tar.gz" or "RUN.zip": cuts the argument. */
static bool parse_name(struct web_arg *arg, bool *zip)
{
	static const char *const suffixes[] = {".tar.gz", ".zip"};

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		size_t len = strlen(suffixes[i]);

		if (arg->len <= len || strcmp(arg->s + arg->len - len, suffixes[i]) != 0)
			continue;
		arg->len -= len;
		arg->s[arg->len] = '\0';
		*zip = i == 1;
		return true;
	}
	return false;
}

static bool add_headers(struct web_request *rq, const struct jci_record *run, bool zip)
{
	const char *suffix = zip ? "zip" : "tar.gz";
	cleanup_free char *etag = xasprintf("%s.%s", git_oid_tostr_s(&run->ref.target), suffix);
	cleanup_free char *disposition = NULL;
	const struct web_answer answer = {
		.type = zip ? "application/zip" : "application/gzip",
		.etag = etag,
		.immutable = true,
	};
	char id[JCI_RUN_ID_SIZE];

	jci_run_id_format(id, &run->ref.id);
	disposition = xasprintf("attachment; filename=\"%.7s-%s.%s\"",
				git_oid_tostr_s(&run->ref.commit), id, suffix);
	http_add_header(rq->http, "Content-Disposition", disposition);
	return respond_headers(rq, &answer);
}

static struct job *job_new(struct web_live *live, const struct libarchive *lib,
			   const struct jci_record *run, bool zip)
{
	struct job *job = xcalloc(1, sizeof(*job));

	job->live = live;
	job->lib = lib;
	job->zip = zip;
	job->users = 1;
	job->ready = (struct strbuf)STRBUF_INIT;
	jci_record_init(&job->run);
	jci_record_copy(&job->run, run);
	pthread_mutex_init(&job->lock, NULL);
	pthread_cond_init(&job->room, NULL);
	return job;
}

int serve_archive(struct web_request *rq)
{
	const struct http_source source = {.read = read_job, .release = release_stream};
	struct web_live *live = web_live_of(rq->web);
	struct http_source s = source;
	const struct libarchive *lib;
	cleanup_record struct jci_record run;
	bool zip;

	jci_record_init(&run);
	if (!parse_name(&rq->args[1], &zip))
		return jci_error_set(&rq->err, JCI_ENOTFOUND,
				     _("an archive's name ends in .tar.gz or .zip"));
	if (web_find_run_at(rq, 0, &run) < 0)
		return rq->err.code;
	if (!jci_record_is_stored(&run))
		return jci_error_set(&rq->err, JCI_EINVALID, _("the run is not stored yet"));
	lib = libarchive_load(&rq->err);
	if (!lib)
		return jci_error_prefix(&rq->err, _("no archives here"));
	if (add_headers(rq, &run, zip))
		return 0;
	if (http_is_head(rq->http)) {
		http_respond(rq->http, 200, "", 0);
		return 0;
	}
	if (!web_live_task_begin(live))
		return respond_error(rq, 503, _("too many archives are being made; try again"));
	s.ctx = job_new(live, lib, &run, zip);
	http_respond_stream(rq->http, 200, HTTP_UNKNOWN, &s, started);
	return 0;
}
