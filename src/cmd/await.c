#include "cmd/await.h"

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

/* Where inotify does not work (network file systems) the entry is looked at this often. */
enum { FALLBACK_MS = 1000 };

int await_begin(const struct jci_repo *repo, const struct jci_run_id *id)
{
	cleanup_strbuf struct strbuf path = STRBUF_INIT;
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	jci_live_path(&path, repo, id);
	if (fd >= 0)
		inotify_add_watch(fd, path.buf, IN_MODIFY | IN_CLOSE_WRITE | IN_DELETE_SELF);
	return fd;
}

int await_ref(const struct jci_repo *repo, const struct jci_ref *ref)
{
	cleanup_strbuf struct strbuf path = STRBUF_INIT;
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	strbuf_addf(&path, "%s/" JCI_REF_PREFIX "%s", repo->common_dir,
		    git_oid_tostr_s(&ref->commit));
	if (fd >= 0)
		inotify_add_watch(fd, path.buf, IN_MOVED_TO | IN_DELETE_SELF);
	return fd;
}

void await_change(int events)
{
	char drop[16 * 1024];
	struct pollfd p = {.fd = events, .events = POLLIN};

	if (poll(&p, 1, FALLBACK_MS) > 0)
		while (read(events, drop, sizeof(drop)) > 0)
			;
}

bool await_is_stored(const struct jci_repo *repo, struct jci_ref *ref)
{
	cleanup_error struct jci_error missing = JCI_ERROR_INIT;

	return jci_refs_lookup(repo, &ref->commit, &ref->id, &ref->target, &missing) == 0;
}
