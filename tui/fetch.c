#include "tui/fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/artifacts.h"
#include "core/livefiles.h"
#include "core/logcache.h"
#include "core/logsource.h"
#include "util/alloc.h"
#include "util/gettext.h"
#include "util/io.h"

static bool is_log(const char *path)
{
	return strcmp(path, "run.output.txt") == 0;
}

/* The run as it is now: by its ref once it is stored. */
static struct jci_record settle(const struct jci_repo *repo, const struct jci_record *run)
{
	cleanup_error struct jci_error missing = JCI_ERROR_INIT;
	struct jci_record now = *run; /* borrows all of it */

	if (!jci_record_is_stored(run) &&
	    jci_refs_lookup(repo, &now.ref.commit, &now.ref.id, &now.ref.target, &missing) < 0)
		now.ref.target = run->ref.target;
	return now;
}

static int open_live(const struct jci_repo *repo, const struct jci_record *run, const char *path,
		     struct jci_error *err)
{
	int fd;

	if (is_log(path))
		return jci_log_open(repo, run, err);
	fd = jci_livefiles_open(run, path);
	return fd < 0 ? jci_error_errno(err, JCI_EFAIL, _("cannot open '%s'"), path) : fd;
}

int fetch_open(const struct jci_repo *repo, const struct jci_record *run, const char *path,
	       struct jci_error *err)
{
	const struct jci_record now = settle(repo, run);
	struct jci_artifact a;

	if (!jci_record_is_stored(&now))
		return open_live(repo, &now, path, err);
	if (jci_artifact_find(repo, &now, path, &a, err) < 0)
		return err->code;
	return jci_artifact_open(repo, &a, err);
}

/* ---- one file ---- */

/* Where a file comes from: a blob, or a descriptor. */
struct source {
	const struct jci_repo *repo;
	struct jci_artifact artifact;
	int fd; /* -1: the blob */
	bool executable;
};

static void source_release(struct source *s)
{
	cleanup_closep(&s->fd);
}

static int source_open(struct source *s, const struct jci_record *run, const char *path,
		       struct jci_error *err)
{
	struct stat st;

	if (jci_record_is_stored(run)) {
		if (jci_artifact_find(s->repo, run, path, &s->artifact, err) < 0)
			return err->code;
		s->executable = s->artifact.mode == 0100755;
		return 0;
	}
	s->fd = open_live(s->repo, run, path, err);
	if (s->fd < 0)
		return err->code;
	s->executable = fstat(s->fd, &st) == 0 && (st.st_mode & 0100);
	return 0;
}

static int source_write(struct source *s, int fd, const char *dest, struct jci_error *err)
{
	if (s->fd < 0)
		return jci_artifact_write(s->repo, &s->artifact, fd, err) < 0
			       ? jci_error_prefix(err, "'%s'", dest)
			       : 0;
	if (copy_fd(s->fd, fd) < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot write '%s'"), dest);
	return 0;
}

/* A file system that can't tell whether something is there gets no better than that. */
static int put(const char *tmp, const char *dest, unsigned flags)
{
	if (flags & FETCH_REPLACE)
		return rename(tmp, dest);
	if (renameat2(AT_FDCWD, tmp, AT_FDCWD, dest, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	if (access(dest, F_OK) == 0) {
		errno = EEXIST;
		return -1;
	}
	return rename(tmp, dest);
}

static char *name_beside(const char *dest)
{
	unsigned digits = 0;

	if (getrandom(&digits, sizeof(digits), 0) < 0)
		digits = (unsigned)getpid();
	return xasprintf("%s.%08x.tmp", dest, digits);
}

static int write_source(struct source *s, const char *dest, unsigned flags, struct jci_error *err)
{
	cleanup_free char *tmp = name_beside(dest);
	mode_t mode = flags & FETCH_PRIVATE ? 0600 : s->executable ? 0777 : 0666;
	int fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
	int code;

	if (fd < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot write '%s'"), dest);
	code = source_write(s, fd, dest, err);
	if (close(fd) < 0 && code == 0)
		code = jci_error_errno(err, JCI_EFAIL, _("cannot write '%s'"), dest);
	if (code == 0 && put(tmp, dest, flags) < 0)
		code = jci_error_errno(err, JCI_EFAIL, _("cannot write '%s'"), dest);
	if (code < 0)
		unlink(tmp);
	return code;
}

int fetch_file(const struct jci_repo *repo, const struct jci_record *run, const char *path,
	       const char *dest, unsigned flags, struct jci_error *err)
{
	const struct jci_record now = settle(repo, run);
	cleanup(source_release) struct source s = {.repo = repo, .fd = -1};

	if (source_open(&s, &now, path, err) < 0)
		return err->code;
	return write_source(&s, dest, flags, err);
}

/* ---- folders ---- */

/* All of the run beside it, of which one folder is kept: links can lead nowhere that way. */
static int get_part(const struct jci_repo *repo, const struct jci_record *run, const char *path,
		    const char *dest, struct jci_error *err)
{
	cleanup_free char *all = xasprintf("%s.XXXXXX", dest);
	cleanup_free char *part = NULL;
	int code;

	if (!mkdtemp(all))
		return jci_error_errno(err, JCI_EFAIL, _("cannot make the folder '%s'"), dest);
	part = xasprintf("%s/%.*s", all, (int)strlen(path) - 1, path);
	code = jci_artifacts_get(repo, run, all, err);
	if (code == 0 && rename(part, dest) < 0)
		code = jci_error_errno(err, JCI_EFAIL, _("cannot write '%s'"), dest);
	remove_tree_at(AT_FDCWD, all);
	return code;
}

struct copying {
	const struct jci_repo *repo;
	const struct jci_record *run;
	const char *prefix, *dest;
	struct jci_error *err;
};

static int copy_one(const struct copying *c, const char *path)
{
	cleanup_free char *dest = xasprintf("%s/%s", c->dest, path + strlen(c->prefix));
	cleanup_free char *folder = xstrndup(dest, (size_t)(strrchr(dest, '/') - dest));

	if (mkdir_parents(folder) < 0)
		return jci_error_errno(c->err, JCI_EFAIL, _("cannot make the folder '%s'"), folder);
	return fetch_file(c->repo, c->run, path, dest, 0, c->err);
}

static int copy_each(void *ctx, const struct jci_artifact *a)
{
	const struct copying *c = ctx;

	if ((a->mode & S_IFMT) != S_IFREG || strncmp(a->path, c->prefix, strlen(c->prefix)) != 0 ||
	    is_log(a->path))
		return 0;
	return copy_one(c, a->path);
}

static int copy_live(const struct copying *c)
{
	if (mkdir(c->dest, 0777) < 0)
		return jci_error_errno(c->err, JCI_EFAIL, _("cannot make the folder '%s'"),
				       c->dest);
	if (!*c->prefix && copy_one(c, "run.output.txt") < 0)
		return c->err->code;
	return jci_livefiles_walk(c->run, copy_each, (void *)c);
}

int fetch_folder(const struct jci_repo *repo, const struct jci_record *run, const char *path,
		 const char *dest, struct jci_error *err)
{
	const struct jci_record now = settle(repo, run);
	const struct copying copying = {repo, &now, path, dest, err};

	if (!jci_record_is_stored(&now))
		return copy_live(&copying);
	return *path ? get_part(repo, &now, path, dest, err)
		     : jci_artifacts_get(repo, &now, dest, err);
}
