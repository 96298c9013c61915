#include "core/logsource.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/artifacts.h"
#include "core/live.h"
#include "core/logcache.h"
#include "util/gettext.h"
#include "util/io.h"

enum { MAX_TIMING = 1024 * 1024 * 1024 };

static int open_stored(const struct jci_repo *repo, const struct jci_record *r,
		       struct jci_error *err)
{
	struct jci_artifact log;

	if (jci_artifact_find(repo, r, "run.output.txt", &log, err) < 0)
		return err->code;
	return jci_artifact_open(repo, &log, err);
}

int jci_log_open(const struct jci_repo *repo, const struct jci_record *r, struct jci_error *err)
{
	cleanup_error struct jci_error missing = JCI_ERROR_INIT;
	struct jci_record stored = {.ref = r->ref};
	int fd;

	if (jci_record_is_stored(r))
		return open_stored(repo, r, err);
	fd = jci_live_open(repo, &r->ref.id, "log");
	if (fd >= 0)
		return fd;
	/* it may have been stored since it was found */
	if (jci_refs_lookup(repo, &r->ref.commit, &r->ref.id, &stored.ref.target, &missing) == 0)
		return open_stored(repo, &stored, err);
	errno = ENOENT;
	return jci_error_errno(err, JCI_EFAIL, _("cannot open the log of the run"));
}

static int read_times(int fd, struct jci_log_times *times, struct jci_error *err)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) < 0 || st.st_size > MAX_TIMING)
		return jci_error_set(err, JCI_EINVALID, _("the timing of the log is too large"));
	strbuf_grow(&text, (size_t)st.st_size);
	n = pread_full(fd, text.buf, (size_t)st.st_size, 0);
	if (n < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot read the timing of the log"));
	strbuf_setlen(&text, (size_t)n);
	return jci_log_times_parse(times, text.buf, text.len, err);
}

int jci_log_times_read(const struct jci_repo *repo, const struct jci_record *r,
		       struct jci_log_times *times, struct jci_error *err)
{
	cleanup_error struct jci_error missing = JCI_ERROR_INIT;
	cleanup_close int fd = -1;
	struct jci_artifact timing;

	if (!jci_record_is_stored(r)) {
		fd = jci_live_open(repo, &r->ref.id, "log.timing");
	} else if (jci_artifact_find(repo, r, ".jci/log.timing", &timing, &missing) == 0) {
		fd = jci_cache_open(repo, &timing.oid, err);
		if (fd < 0)
			return err->code;
	}
	return fd < 0 ? 0 : read_times(fd, times, err);
}

int64_t jci_log_tail_offset(int fd, int n)
{
	char block[64 * 1024];
	struct stat st;
	off_t end = fstat(fd, &st) == 0 ? st.st_size : 0, at = end;

	while (at > 0) {
		size_t want = at < (off_t)sizeof(block) ? (size_t)at : sizeof(block);
		ssize_t got;

		at -= (off_t)want;
		got = pread_full(fd, block, want, at);
		for (ssize_t i = got - 1; i >= 0; i--) {
			/* the newline that ends the last line begins none */
			if (block[i] == '\n' && at + i + 1 < end && --n == 0)
				return at + i + 1;
			if (n == 0 && at + i + 1 == end)
				return end;
		}
	}
	return 0;
}
