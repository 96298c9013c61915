#include "core/watch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/alloc.h"

/* Folders of commits and of branches that came by themselves, besides those that were asked for. */
enum { MAX_RECENT = 64, MAX_BRANCH_FOLDERS = 64, MAX_LIVE = 1024 };
enum {
	MASK = IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CLOSE_WRITE | IN_ONLYDIR,
};

/* What a folder is watched for; a folder may be more than one of these. */
enum {
	PLACE_PARENT = 1 << 0,  /* one of the others may be made in it */
	PLACE_COMMON = 1 << 1,  /* packed-refs, FETCH_HEAD */
	PLACE_GIT_DIR = 1 << 2, /* HEAD */
	PLACE_LOGS = 1 << 3,    /* HEAD: each move of the branch that is checked out */
	PLACE_REFS = 1 << 4,    /* branches and tags */
	PLACE_RUNS = 1 << 5,    /* folders of commits */
	PLACE_COMMIT = 1 << 6,  /* refs of runs */
	PLACE_LIVE = 1 << 7,    /* entries of the registry */
	PLACE_ENTRY = 1 << 8,
};

struct place {
	int wd;
	unsigned kinds;
	char *path;
	git_oid commit; /* of PLACE_COMMIT */
	bool wanted;    /* by jci_watch_commits() */
};

struct jci_watch {
	const struct jci_repo *repo;
	int fd;               /* inotify(7); -1: there is none */
	struct place *places; /* the newest last */
	size_t n, cap;
	/* what was noticed so far */
	unsigned what;
	size_t n_commits; /* 0, 1, or more: then `commit` says nothing */
	git_oid commit;
	bool live_soon; /* the registry is to be looked at once more a little later */

	bool polling; /* what the kernel can't watch is looked at */
	uint64_t runs_sum, refs_sum;
	git_oid *commits; /* of jci_watch_commits() */
	size_t n_wanted, wanted_cap;
	char *branch;
};

/* ---- what happened ---- */

static void note_commit(struct jci_watch *w, const git_oid *commit)
{
	w->what |= JCI_CHANGED_RUNS;
	if (w->n_commits == 1 && git_oid_equal(&w->commit, commit))
		return;
	w->commit = *commit;
	w->n_commits++;
}

static void note_runs(struct jci_watch *w)
{
	w->what |= JCI_CHANGED_RUNS;
	w->n_commits = 2;
}

static void note_all(struct jci_watch *w)
{
	note_runs(w);
	w->what |= JCI_CHANGED_REFS | JCI_CHANGED_LIVE;
}

static void forget_noted(struct jci_watch *w)
{
	w->what = 0;
	w->n_commits = 0;
}

bool jci_watch_take(struct jci_watch *w, struct jci_change *change)
{
	*change = (struct jci_change){.what = w->what};
	if (w->n_commits == 1)
		change->commit = w->commit;
	forget_noted(w);
	if (w->live_soon)
		w->what = JCI_CHANGED_LIVE;
	w->live_soon = false;
	return change->what != 0;
}

/* ---- places ---- */

static struct place *find_place(struct jci_watch *w, int wd)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->places[i].wd == wd)
			return &w->places[i];
	return NULL;
}

static void forget(struct jci_watch *w, size_t i)
{
	free(w->places[i].path);
	w->n--;
	memmove(&w->places[i], &w->places[i + 1], (w->n - i) * sizeof(*w->places));
}

/* NULL where there is no such folder, or it can't be watched. */
static struct place *add_place(struct jci_watch *w, const char *path, unsigned kinds, bool *new)
{
	int wd = w->fd < 0 ? -1 : inotify_add_watch(w->fd, path, MASK);
	struct place *place;

	*new = false;
	if (wd < 0) {
		if (w->fd >= 0 && errno != ENOENT && errno != ENOTDIR)
			w->polling = true;
		return NULL;
	}
	place = find_place(w, wd);
	if (!place) {
		ARRAY_GROW(w->places, w->n + 1, w->cap);
		place = &w->places[w->n++];
		*place = (struct place){.wd = wd, .path = xstrdup(path)};
	}
	*new = (place->kinds & kinds) != kinds;
	place->kinds |= kinds;
	return place;
}

static size_t count_places(const struct jci_watch *w, unsigned kind)
{
	size_t n = 0;

	for (size_t i = 0; i < w->n; i++)
		n += (w->places[i].kinds & kind) != 0;
	return n;
}

/* The oldest commits that nobody asked for go; what became of them is told once more. */
static void trim_commits(struct jci_watch *w)
{
	size_t recent = 0;

	for (size_t i = w->n; i > 0; i--) {
		const struct place *place = &w->places[i - 1];

		if (!(place->kinds & PLACE_COMMIT) || place->wanted || ++recent <= MAX_RECENT)
			continue;
		inotify_rm_watch(w->fd, place->wd);
		forget(w, i - 1);
		note_runs(w);
	}
}

static void add_commit(struct jci_watch *w, const git_oid *commit, bool wanted)
{
	cleanup_free char *path =
		xasprintf("%s/" JCI_REF_PREFIX "%s", w->repo->common_dir, git_oid_tostr_s(commit));
	struct place *place;
	bool new;

	place = add_place(w, path, PLACE_COMMIT, &new);
	if (!place)
		return;
	place->commit = *commit;
	place->wanted = wanted || (!new && place->wanted);
}

static bool is_dot(const char *name)
{
	return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

/* Folders in a folder, at most `max` of that kind in all. */
static void add_below(struct jci_watch *w, const char *path, unsigned kinds, size_t max)
{
	cleanup_dir DIR *dir = opendir(path);
	const struct dirent *e;
	bool new;

	while (dir && (e = readdir(dir)) && count_places(w, kinds) < max) {
		cleanup_free char *sub = NULL;

		if (is_dot(e->d_name) || (e->d_type != DT_DIR && e->d_type != DT_UNKNOWN))
			continue;
		sub = xasprintf("%s/%s", path, e->d_name);
		add_place(w, sub, kinds, &new);
	}
}

/* The nearest folder of the branch's ref that is there. */
static void add_branch(struct jci_watch *w)
{
	cleanup_free char *path = NULL;
	const char *slash;
	bool new;

	if (!w->branch)
		return;
	path = xasprintf("%s/%s", w->repo->common_dir, w->branch);
	while ((slash = strrchr(path, '/'))) {
		path[slash - path] = '\0';
		if (add_place(w, path, PLACE_REFS | PLACE_PARENT, &new) || w->fd < 0 ||
		    (errno != ENOENT && errno != ENOTDIR))
			return;
	}
}

static void add_root(struct jci_watch *w, const char *dir, const char *name, unsigned kinds)
{
	cleanup_free char *path = xasprintf("%s%s", dir, name);
	bool new;

	if (!add_place(w, path, kinds, &new) || !new)
		return;
	note_all(w);
	if (kinds & PLACE_LIVE)
		add_below(w, path, PLACE_ENTRY, MAX_LIVE);
	if (strcmp(name, "/refs/heads") == 0 || strcmp(name, "/refs/remotes") == 0)
		add_below(w, path, PLACE_REFS, MAX_BRANCH_FOLDERS);
}

/* All that is there by now; those above first, so that nothing is made unseen. */
static void add_roots(struct jci_watch *w)
{
	const char *common = w->repo->common_dir, *git_dir = w->repo->git_dir;

	add_root(w, common, "", PLACE_PARENT | PLACE_COMMON);
	add_root(w, git_dir, "", PLACE_PARENT | PLACE_GIT_DIR);
	add_root(w, git_dir, "/logs", PLACE_LOGS);
	add_root(w, common, "/jci", PLACE_PARENT);
	add_root(w, common, "/jci/live", PLACE_LIVE);
	add_root(w, common, "/refs", PLACE_PARENT);
	add_root(w, common, "/refs/heads", PLACE_REFS);
	add_root(w, common, "/refs/tags", PLACE_REFS);
	add_root(w, common, "/refs/remotes", PLACE_REFS);
	add_root(w, common, "/refs/jci-runs", PLACE_RUNS);
	add_branch(w);
}

/* ---- events ---- */

static void add_folder_below(struct jci_watch *w, const char *dir, const char *name, unsigned kinds,
			     size_t max)
{
	cleanup_free char *path = xasprintf("%s/%s", dir, name);
	bool new;

	if (count_places(w, kinds) < max)
		add_place(w, path, kinds, &new);
}

static bool is_lock(const char *name)
{
	size_t len = strlen(name);

	return len >= 5 && strcmp(name + len - 5, ".lock") == 0;
}

static void on_runs(struct jci_watch *w, const struct inotify_event *e)
{
	git_oid commit;

	if (!(e->mask & IN_ISDIR) || strlen(e->name) != GIT_OID_HEXSZ ||
	    git_oid_fromstr(&commit, e->name) < 0)
		return;
	note_commit(w, &commit);
	if (e->mask & (IN_CREATE | IN_MOVED_TO)) {
		add_commit(w, &commit, false);
		trim_commits(w);
	}
}

static void on_entry(struct jci_watch *w, const struct inotify_event *e)
{
	if (strcmp(e->name, "run.json") == 0 && (e->mask & IN_MOVED_TO))
		w->what |= JCI_CHANGED_LIVE;
	/*
	 * The process closed it, most likely by dying. The kernel tells so before it gives up the
	 * lock, so the second look is the one that counts.
	 */
	if (strcmp(e->name, "lock") == 0 && (e->mask & IN_CLOSE_WRITE)) {
		w->what |= JCI_CHANGED_LIVE;
		w->live_soon = true;
	}
}

static void on_head(struct jci_watch *w, unsigned kinds, const struct inotify_event *e)
{
	bool written = e->mask & (IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE);

	if (!written)
		return;
	if ((kinds & (PLACE_GIT_DIR | PLACE_LOGS)) && strcmp(e->name, "HEAD") == 0)
		w->what |= JCI_CHANGED_REFS;
	if ((kinds & PLACE_COMMON) &&
	    (strcmp(e->name, "packed-refs") == 0 || strcmp(e->name, "FETCH_HEAD") == 0)) {
		w->what |= JCI_CHANGED_REFS;
		note_runs(w);
	}
}

/* `dir` is a copy: the places move as some are added. */
static void on_name(struct jci_watch *w, unsigned kinds, const char *dir, const git_oid *commit,
		    const struct inotify_event *e)
{
	bool made = (e->mask & IN_ISDIR) && (e->mask & (IN_CREATE | IN_MOVED_TO));

	if (kinds & PLACE_ENTRY)
		on_entry(w, e);
	if (is_lock(e->name))
		return;
	on_head(w, kinds, e);
	if (kinds & PLACE_LIVE) {
		if (made)
			add_folder_below(w, dir, e->name, PLACE_ENTRY, MAX_LIVE);
		w->what |= JCI_CHANGED_LIVE;
	}
	if (kinds & PLACE_RUNS)
		on_runs(w, e);
	if (kinds & PLACE_COMMIT)
		note_commit(w, commit);
	if (kinds & PLACE_REFS) {
		if (made)
			add_folder_below(w, dir, e->name, PLACE_REFS, MAX_BRANCH_FOLDERS);
		w->what |= JCI_CHANGED_REFS;
	}
	if (made && (kinds & PLACE_PARENT))
		add_roots(w);
}

static void on_event(struct jci_watch *w, const struct inotify_event *e)
{
	const struct place *place = find_place(w, e->wd);
	cleanup_free char *dir = NULL;
	git_oid commit;

	if (e->mask & IN_Q_OVERFLOW)
		note_all(w);
	if (!place)
		return;
	if (e->mask & IN_IGNORED) {
		forget(w, (size_t)(place - w->places));
		return;
	}
	dir = xstrdup(place->path);
	commit = place->commit;
	if (e->len)
		on_name(w, place->kinds, dir, &commit, e);
}

void jci_watch_read(struct jci_watch *w)
{
	char buf[16384] __attribute__((aligned(__alignof__(struct inotify_event))));
	ssize_t len;

	while ((len = read(w->fd, buf, sizeof(buf))) > 0) {
		const struct inotify_event *e;

		for (const char *p = buf; p < buf + len; p += sizeof(*e) + e->len) {
			e = (const struct inotify_event *)p;
			on_event(w, e);
		}
	}
}

/* ---- without the kernel's help ---- */

uint64_t jci_watch_mix(uint64_t sum, const char *path)
{
	const uint64_t prime = 0x100000001b3;
	struct stat st;

	if (fstatat(AT_FDCWD, path, &st, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) < 0)
		return (sum ^ 1) * prime;
	sum = (sum ^ (uint64_t)st.st_ino) * prime;
	sum = (sum ^ (uint64_t)st.st_size) * prime;
	sum = (sum ^ (uint64_t)st.st_mtim.tv_sec) * prime;
	return (sum ^ (uint64_t)st.st_mtim.tv_nsec) * prime;
}

static uint64_t mix_below(uint64_t sum, const char *dir, const char *name)
{
	cleanup_free char *path = xasprintf("%s/%s", dir, name);

	return jci_watch_mix(sum, path);
}

static uint64_t sum_runs(const struct jci_watch *w)
{
	const char *common = w->repo->common_dir;
	uint64_t sum = mix_below(0, common, "packed-refs");

	sum = mix_below(sum, common, "refs/jci-runs");
	for (size_t i = 0; i < w->n_wanted; i++) {
		cleanup_free char *name =
			xasprintf(JCI_REF_PREFIX "%s", git_oid_tostr_s(&w->commits[i]));

		sum = mix_below(sum, common, name);
	}
	return sum;
}

static uint64_t sum_refs(const struct jci_watch *w)
{
	const char *common = w->repo->common_dir, *git_dir = w->repo->git_dir;
	uint64_t sum = mix_below(0, git_dir, "HEAD");

	sum = mix_below(sum, git_dir, "logs/HEAD");
	sum = mix_below(sum, common, "packed-refs");
	sum = mix_below(sum, common, "FETCH_HEAD");
	sum = mix_below(sum, common, "refs/heads");
	sum = mix_below(sum, common, "refs/tags");
	return w->branch ? mix_below(sum, common, w->branch) : sum;
}

void jci_watch_look(struct jci_watch *w)
{
	uint64_t runs = sum_runs(w), refs = sum_refs(w);

	if (runs != w->runs_sum)
		note_runs(w);
	if (refs != w->refs_sum)
		w->what |= JCI_CHANGED_REFS;
	w->runs_sum = runs;
	w->refs_sum = refs;
	w->what |= JCI_CHANGED_LIVE;
}

/* ---- the module ---- */

struct jci_watch *jci_watch_new(const struct jci_repo *repo)
{
	struct jci_watch *w = xcalloc(1, sizeof(*w));

	w->repo = repo;
	w->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	w->polling = w->fd < 0;
	if (w->fd >= 0)
		add_roots(w);
	/* refs are read after this; the registry has been, perhaps just before */
	forget_noted(w);
	w->what = JCI_CHANGED_LIVE;
	return w;
}

void jci_watch_free(struct jci_watch *w)
{
	if (!w)
		return;
	cleanup_closep(&w->fd);
	while (w->n)
		forget(w, w->n - 1);
	free(w->places);
	free(w->commits);
	free(w->branch);
	free(w);
}

int jci_watch_fd(const struct jci_watch *w)
{
	return w->fd;
}

bool jci_watch_is_polling(const struct jci_watch *w)
{
	return w->polling;
}

void jci_watch_commits(struct jci_watch *w, const git_oid *commits, size_t n)
{
	if (n == w->n_wanted && (!n || memcmp(w->commits, commits, n * sizeof(*commits)) == 0))
		return;
	ARRAY_GROW(w->commits, n, w->wanted_cap);
	if (n)
		memcpy(w->commits, commits, n * sizeof(*commits));
	w->n_wanted = n;
	for (size_t i = 0; i < w->n; i++)
		w->places[i].wanted = false;
	for (size_t i = 0; i < n; i++)
		add_commit(w, &commits[i], true);
	trim_commits(w);
	if (w->polling)
		w->runs_sum = sum_runs(w);
}

void jci_watch_branch(struct jci_watch *w, const char *ref)
{
	if (ref && w->branch && strcmp(ref, w->branch) == 0)
		return;
	free(w->branch);
	w->branch = ref ? xstrdup(ref) : NULL;
	add_branch(w);
	if (w->polling)
		w->refs_sum = sum_refs(w);
}

void jci_watch_loose_runs(struct jci_watch *w, size_t max)
{
	cleanup_free char *path = xasprintf("%s/" JCI_REF_PREFIX, w->repo->common_dir);
	cleanup_dir DIR *dir = opendir(path);
	const struct dirent *e;
	git_oid commit;

	while (w->fd >= 0 && dir && max > 0 && (e = readdir(dir))) {
		if (strlen(e->d_name) != GIT_OID_HEXSZ || git_oid_fromstr(&commit, e->d_name) < 0)
			continue;
		add_commit(w, &commit, true);
		max--;
	}
}
