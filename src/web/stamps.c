#include "web/stamps.h"

#include <dirent.h>
#include <sys/stat.h>
#include <time.h>

#include "util/alloc.h"

/* File systems take their times from a clock that ticks at least a hundred times a second. */
enum { RACY_NS = 50 * 1000 * 1000, SECOND_NS = 1000 * 1000 * 1000 };

struct web_stamp {
	char *path;
	struct timespec mtime; /* zero: there was nothing */
	ino_t inode;
	off_t size;
};

void web_stamps_release(struct web_stamps *stamps)
{
	for (size_t i = 0; i < stamps->n; i++)
		free(stamps->items[i].path);
	free(stamps->items);
	*stamps = (struct web_stamps)WEB_STAMPS_INIT;
}

static void look(const char *path, struct web_stamp *stamp)
{
	struct stat st;

	if (stat(path, &st) < 0) {
		stamp->mtime = (struct timespec){0, 0};
		stamp->inode = 0;
		stamp->size = 0;
		return;
	}
	stamp->mtime = st.st_mtim;
	stamp->inode = st.st_ino;
	stamp->size = st.st_size;
}

static bool is_young(const struct timespec *mtime)
{
	struct timespec now;
	int64_t seconds;

	clock_gettime(CLOCK_REALTIME, &now);
	seconds = (int64_t)now.tv_sec - mtime->tv_sec;
	if (seconds > 1)
		return false;
	/* a time to come is as bad: a clock was set back */
	return seconds < 0 || seconds * SECOND_NS + now.tv_nsec - mtime->tv_nsec < RACY_NS;
}

void web_stamps_add(struct web_stamps *stamps, const char *path)
{
	struct web_stamp *stamp;

	ARRAY_GROW(stamps->items, stamps->n + 1, stamps->cap);
	stamp = &stamps->items[stamps->n++];
	stamp->path = xstrdup(path);
	look(path, stamp);
	stamps->racy |= is_young(&stamp->mtime);
}

void web_stamps_add_folders(struct web_stamps *stamps, const char *path)
{
	cleanup_dir DIR *dir = NULL;
	const struct dirent *e;

	web_stamps_add(stamps, path);
	dir = opendir(path);
	while (dir && (e = readdir(dir))) {
		cleanup_free char *sub = NULL;

		if (e->d_name[0] == '.' || (e->d_type != DT_DIR && e->d_type != DT_UNKNOWN))
			continue;
		sub = xasprintf("%s/%s", path, e->d_name);
		web_stamps_add_folders(stamps, sub);
	}
}

bool web_stamps_hold(const struct web_stamps *stamps)
{
	if (stamps->racy)
		return false;
	for (size_t i = 0; i < stamps->n; i++) {
		const struct web_stamp *was = &stamps->items[i];
		struct web_stamp is;

		look(was->path, &is);
		if (is.mtime.tv_sec != was->mtime.tv_sec ||
		    is.mtime.tv_nsec != was->mtime.tv_nsec || is.inode != was->inode ||
		    is.size != was->size)
			return false;
	}
	return true;
}
