#include "core/upkeep.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/config.h"
#include "core/refs.h"
#include "util/alloc.h"
#include "util/process.h"

/* As git: a gc.pid older than this was left by one that died. */
enum { GC_PID_MAX_AGE = 12 * 60 * 60 };

/* git's own defaults, and ours */
enum { GC_AUTO = 6700, GC_AUTO_PACK_LIMIT = 50, AUTO_PACK_REFS = 256 };

/* A value that is no number is git's to complain about; the default until then. */
static int64_t config_int(const struct jci_repo *repo, const char *key, int64_t fallback)
{
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;
	int64_t value;

	if (jci_config_int(repo, key, fallback, &value, &ignored) < 0)
		return fallback;
	return value;
}

static bool config_bool(const struct jci_repo *repo, const char *key, bool fallback)
{
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;
	bool value;

	if (jci_config_bool(repo, key, fallback, &value, &ignored) < 0)
		return fallback;
	return value;
}

/* Objects are spread evenly over 256 folders: one of them tells how many there are. */
static bool too_many_loose(const struct jci_repo *repo, int64_t limit)
{
	cleanup_free char *path = xasprintf("%s/objects/17", repo->common_dir);
	cleanup_dir DIR *dir = opendir(path);
	int64_t n = 0;
	const struct dirent *e;

	while (dir && (e = readdir(dir)))
		if (strspn(e->d_name, "0123456789abcdef") == GIT_OID_HEXSZ - 2 &&
		    !e->d_name[GIT_OID_HEXSZ - 2])
			n++;
	return n > (limit + 255) / 256;
}

static bool pack_counts(int dirfd, const char *name)
{
	cleanup_free char *keep = NULL;
	size_t len = strlen(name);

	if (len < 5 || strcmp(name + len - 5, ".pack") != 0)
		return false;
	keep = xasprintf("%.*s.keep", (int)(len - 5), name);
	return faccessat(dirfd, keep, F_OK, 0) < 0;
}

static bool too_many_packs(const struct jci_repo *repo, int64_t limit)
{
	cleanup_free char *path = xasprintf("%s/objects/pack", repo->common_dir);
	cleanup_dir DIR *dir = limit > 0 ? opendir(path) : NULL;
	int64_t n = 0;
	const struct dirent *e;

	while (dir && n <= limit && (e = readdir(dir)))
		n += pack_counts(dirfd(dir), e->d_name);
	return n > limit;
}

/* Whether the file is in the common folder, and changed within max_age seconds (0: at any time). */
static bool is_there(const struct jci_repo *repo, const char *name, time_t max_age)
{
	cleanup_free char *path = xasprintf("%s/%s", repo->common_dir, name);
	struct stat st;

	if (lstat(path, &st) < 0)
		return false;
	return max_age == 0 || st.st_mtim.tv_sec > time(NULL) - max_age;
}

static void start(const struct jci_repo *repo, const char *const *argv)
{
	const struct process git = {.argv = argv, .dir = repo->common_dir, .out = -1};
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;

	process_detach(&git, &ignored);
}

static bool needs_maintenance(const struct jci_repo *repo, int64_t gc_auto)
{
	return config_bool(repo, "maintenance.auto", true) &&
	       !is_there(repo, "objects/maintenance.lock", 0) &&
	       (too_many_loose(repo, gc_auto) ||
		too_many_packs(repo, config_int(repo, "gc.autoPackLimit", GC_AUTO_PACK_LIMIT)));
}

static bool needs_pack_refs(const struct jci_repo *repo, const git_oid *commit)
{
	int64_t limit = config_int(repo, "jci.autoPackRefs", AUTO_PACK_REFS);

	return limit > 0 && !is_there(repo, "packed-refs.lock", 0) &&
	       jci_refs_loose_estimate(repo, commit) > (uint64_t)limit;
}

void jci_upkeep(const struct jci_repo *repo, const git_oid *commit)
{
	const char *const maintenance[] = {"git", "--git-dir", repo->common_dir, "maintenance",
					   "run", "--auto",    "--quiet",        NULL};
	const char *const pack_refs[] = {
		"git", "--git-dir", repo->common_dir, "pack-refs", "--all", "--prune", NULL};
	int64_t gc_auto = config_int(repo, "gc.auto", GC_AUTO);

	if (gc_auto <= 0 || is_there(repo, "gc.pid", GC_PID_MAX_AGE))
		return;
	/* both of them lock the refs: one now, the other after the next run */
	if (needs_pack_refs(repo, commit))
		start(repo, pack_refs);
	else if (needs_maintenance(repo, gc_auto))
		start(repo, maintenance);
}
