#include "core/live.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/alloc.h"
#include "util/fault.h"
#include "util/gettext.h"
#include "util/io.h"

enum { MAX_ENTRY_JSON = 1024 * 1024, MAX_ID_TRIES = 1000 };

void jci_live_release(struct jci_live *live)
{
	if (live->dir >= 0)
		close(live->dir);
	if (live->lock >= 0)
		close(live->lock);
	if (live->cancel >= 0)
		close(live->cancel);
	free(live->path);
	*live = (struct jci_live)JCI_LIVE_INIT;
}

void jci_records_release(struct jci_records *records)
{
	for (size_t i = 0; i < records->n; i++)
		jci_record_release(&records->items[i]);
	free(records->items);
	*records = (struct jci_records)JCI_RECORDS_INIT;
}

void jci_live_path(struct strbuf *sb, const struct jci_repo *repo, const struct jci_run_id *id)
{
	char name[JCI_RUN_ID_SIZE];

	jci_run_id_format(name, id);
	strbuf_addf(sb, "%s/live/%s", repo->jci_dir, name);
}

/* The registry's own lock, held while an entry is made, taken over or removed. */
static int registry_lock(const struct jci_repo *repo, struct jci_error *err)
{
	cleanup_free char *dir = xasprintf("%s/live", repo->jci_dir);
	cleanup_free char *path = xasprintf("%s/live.lock", repo->jci_dir);
	cleanup_close int fd = -1;

	if (mkdir_parents(dir) < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot make the folder '%s'"), dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0 || lock_file(fd, F_OFD_SETLKW) < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot lock '%s'"), path);
	return steal_fd(fd);
}

static bool is_free(const struct jci_repo *repo, const struct jci_ref *ref)
{
	cleanup_error struct jci_error missing = JCI_ERROR_INIT;
	git_oid target;

	return jci_refs_lookup(repo, &ref->commit, &ref->id, &target, &missing) == JCI_ENOTFOUND;
}

/* Makes the entry's folder; JCI_EEXISTS where the id is taken. */
static int make_dir(const struct jci_repo *repo, const struct jci_ref *ref, struct strbuf *path,
		    struct jci_error *err)
{
	char id[JCI_RUN_ID_SIZE];

	jci_run_id_format(id, &ref->id);
	strbuf_reset(path);
	jci_live_path(path, repo, &ref->id);
	if (!is_free(repo, ref))
		return jci_error_set(err, JCI_EEXISTS, _("there is a run '%s' already"), id);
	if (mkdir(path->buf, 0777) == 0)
		return 0;
	if (errno == EEXIST)
		return jci_error_set(err, JCI_EEXISTS, _("there is a run '%s' already"), id);
	return jci_error_errno(err, JCI_EFAIL, _("cannot make the folder '%s'"), path->buf);
}

static int choose_dir(const struct jci_repo *repo, struct jci_ref *ref, bool fixed,
		      struct strbuf *path, struct jci_error *err)
{
	for (int tries = 0; make_dir(repo, ref, path, err) < 0; tries++) {
		if (fixed || err->code != JCI_EEXISTS || tries == MAX_ID_TRIES)
			return err->code;
		jci_error_clear(err);
		jci_run_id_new(&ref->id, ref->id.seconds);
	}
	return 0;
}

/* Opens the entry's folder and takes its lock: JCI_EBUSY where another process has it. */
static int take_entry(struct jci_live *live, const char *path, int flags, struct jci_error *err)
{
	live->path = xstrdup(path);
	live->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (live->dir < 0)
		return jci_error_errno(err, errno == ENOENT ? JCI_ENOTFOUND : JCI_EFAIL,
				       _("cannot open '%s'"), path);
	live->lock = openat(live->dir, "lock", O_RDWR | O_CLOEXEC | flags, 0666);
	if (live->lock < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot open '%s/lock'"), path);
	if (lock_file(live->lock, F_OFD_SETLK) == 0)
		return 0;
	if (errno == EAGAIN || errno == EACCES)
		return jci_error_set(err, JCI_EBUSY, _("'%s' is in use"), path);
	return jci_error_errno(err, JCI_EFAIL, _("cannot lock '%s/lock'"), path);
}

/* Without it the run goes on just as well. */
static void make_cancel(struct jci_live *live)
{
	if (mkfifoat(live->dir, "cancel", 0600) == 0)
		live->cancel = openat(live->dir, "cancel", O_RDWR | O_NONBLOCK | O_CLOEXEC);
}

int jci_live_register(const struct jci_repo *repo, struct jci_record *r, bool fixed,
		      struct jci_live *live, struct jci_error *err)
{
	cleanup_strbuf struct strbuf path = STRBUF_INIT;
	cleanup_close int registry = registry_lock(repo, err);

	if (registry < 0)
		return err->code;
	if (choose_dir(repo, &r->ref, fixed, &path, err) < 0)
		return err->code;
	fault_point("entry");
	if (take_entry(live, path.buf, O_CREAT, err) == 0)
		make_cancel(live);
	if (err->code < 0 || jci_live_update(live, r, err) < 0) {
		remove_tree_at(AT_FDCWD, path.buf);
		return err->code;
	}
	return 0;
}

int jci_live_update(const struct jci_live *live, const struct jci_record *r, struct jci_error *err)
{
	cleanup_json cJSON *json = jci_record_to_json(r, true);
	cleanup_strbuf struct strbuf text = STRBUF_INIT;

	json_print(&text, json, true);
	if (write_file_at(live->dir, "run.json", text.buf, text.len) < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot write '%s/run.json'"), live->path);
	return 0;
}

int jci_live_remove(const struct jci_repo *repo, struct jci_live *live, struct jci_error *err)
{
	cleanup_close int registry = registry_lock(repo, err);

	if (registry < 0)
		return err->code;
	if (remove_tree_at(AT_FDCWD, live->path) < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot remove '%s'"), live->path);
	jci_live_release(live);
	return 0;
}

static int read_entry(int dir, const struct jci_run_id *id, struct jci_record *r,
		      struct jci_error *err)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;

	if (read_file_at(dir, "run.json", &text, MAX_ENTRY_JSON) < 0)
		return jci_error_errno(err, errno == ENOENT ? JCI_ENOTFOUND : JCI_EFAIL,
				       _("cannot read a live run"));
	if (jci_record_from_json(r, text.buf, text.len, err) < 0)
		return err->code;
	if (jci_run_id_cmp(&r->ref.id, id) != 0)
		return jci_error_set(err, JCI_EINVALID, _("a live run has the name of another"));
	return 0;
}

/*
 * Without run.json nothing was started: such an entry is removed. The registry's lock makes sure
 * that it isn't one in the making.
 */
int jci_live_adopt(const struct jci_repo *repo, const struct jci_run_id *id, struct jci_live *live,
		   struct jci_record *r, struct jci_error *err)
{
	cleanup_strbuf struct strbuf path = STRBUF_INIT;
	cleanup_close int registry = registry_lock(repo, err);

	if (registry < 0)
		return err->code;
	jci_live_path(&path, repo, id);
	if (take_entry(live, path.buf, O_CREAT, err) < 0)
		return err->code;
	if (read_entry(live->dir, id, r, err) < 0) {
		if (err->code == JCI_ENOTFOUND)
			remove_tree_at(AT_FDCWD, path.buf);
		return jci_error_prefix(err, "'%s/run.json'", path.buf);
	}
	return 0;
}

/*
 * A free lock is a dead owner: it is held by the process of the run from before run.json is there.
 * The lock is only asked about, never taken, so that looking at a run can't get in its way.
 */
static bool entry_is_alive(int dir)
{
	cleanup_close int fd = openat(dir, "lock", O_RDONLY | O_CLOEXEC);
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	return fd >= 0 && fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

bool jci_live_is_alive(const struct jci_repo *repo, const struct jci_run_id *id)
{
	cleanup_strbuf struct strbuf path = STRBUF_INIT;
	cleanup_close int dir = -1;

	jci_live_path(&path, repo, id);
	dir = open(path.buf, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir >= 0 && entry_is_alive(dir);
}

static int cancel_failed(const struct jci_repo *repo, const struct jci_run_id *id,
			 struct jci_error *err)
{
	const int error = errno;
	cleanup_strbuf struct strbuf path = STRBUF_INIT;
	char name[JCI_RUN_ID_SIZE];

	jci_run_id_format(name, id);
	jci_live_path(&path, repo, id);
	if (access(path.buf, F_OK) < 0)
		return jci_error_set(err, JCI_ENOTFOUND, _("run '%s' does not go on"), name);
	if (error == ENXIO || !jci_live_is_alive(repo, id))
		return jci_error_set(err, JCI_ENOTFOUND,
				     _("run '%s' is lost: its process is gone; store what it left "
				       "with: git jci recover"),
				     name);
	errno = error;
	if (error == ENOENT)
		return jci_error_set(err, JCI_EFAIL,
				     _("run '%s' can only be cancelled from where it was started: "
				       "there is no '%s/cancel'"),
				     name, path.buf);
	return jci_error_errno(err, JCI_EFAIL, _("cannot cancel run '%s'"), name);
}

/* A fifo that is full has more orders than the run needs. */
int jci_live_cancel(const struct jci_repo *repo, const struct jci_run_id *id, struct jci_error *err)
{
	cleanup_strbuf struct strbuf path = STRBUF_INIT;
	cleanup_close int fd = -1;

	jci_live_path(&path, repo, id);
	strbuf_addstr(&path, "/cancel");
	fd = open(path.buf, O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || (write(fd, "x", 1) < 0 && errno != EAGAIN))
		return cancel_failed(repo, id, err);
	return 0;
}

int jci_live_open(const struct jci_repo *repo, const struct jci_run_id *id, const char *name)
{
	cleanup_strbuf struct strbuf path = STRBUF_INIT;

	jci_live_path(&path, repo, id);
	strbuf_addf(&path, "/%s", name);
	return open(path.buf, O_RDONLY | O_CLOEXEC);
}

/* Adds one entry; those that vanish meanwhile, or were never whole, are passed over. */
static void list_entry(int dir, const struct jci_run_id *id, void *ctx)
{
	struct jci_records *records = ctx;
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;
	struct jci_record *r;
	bool alive = entry_is_alive(dir);

	ARRAY_GROW(records->items, records->n + 1, records->cap);
	r = &records->items[records->n];
	jci_record_init(r);
	if (read_entry(dir, id, r, &ignored) < 0) {
		jci_record_release(r);
		return;
	}
	r->status = alive ? JCI_STATUS_RUNNING : JCI_STATUS_LOST;
	if (!alive)
		r->reason = JCI_REASON_LOST;
	records->n++;
}

static int for_each_entry(const struct jci_repo *repo,
			  void (*each)(int dir, const struct jci_run_id *id, void *ctx), void *ctx,
			  struct jci_error *err)
{
	cleanup_free char *path = xasprintf("%s/live", repo->jci_dir);
	cleanup_dir DIR *live = opendir(path);
	struct dirent *entry;

	if (!live && errno == ENOENT)
		return 0;
	if (!live)
		return jci_error_errno(err, JCI_EFAIL, _("cannot read '%s'"), path);
	while ((entry = readdir(live))) {
		struct jci_run_id id;
		cleanup_close int dir = -1;

		if (!jci_run_id_parse(&id, entry->d_name, strlen(entry->d_name)))
			continue;
		dir = openat(dirfd(live), entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (dir >= 0)
			each(dir, &id, ctx);
	}
	return 0;
}

int jci_live_list(const struct jci_repo *repo, struct jci_records *records, struct jci_error *err)
{
	return for_each_entry(repo, list_entry, records, err);
}

struct dead {
	struct jci_run_id *ids;
	size_t n, cap;
};

static void list_dead(int dir, const struct jci_run_id *id, void *ctx)
{
	struct dead *dead = ctx;

	if (entry_is_alive(dir))
		return;
	ARRAY_GROW(dead->ids, dead->n + 1, dead->cap);
	dead->ids[dead->n++] = *id;
}

int jci_live_list_dead(const struct jci_repo *repo, struct jci_run_id **ids, size_t *n,
		       struct jci_error *err)
{
	struct dead dead = {0};
	int code = for_each_entry(repo, list_dead, &dead, err);

	*ids = dead.ids;
	*n = dead.n;
	return code;
}
