#include "core/recover.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/logindex.h"
#include "core/run.h"
#include "core/runfolder.h"
#include "util/gettext.h"
#include "util/io.h"

/*
 * Output whose time was still in memory came at the latest when the log was last written. What does
 * not parse, after a crash of the machine, is dropped.
 */
static int complete_timing(const struct jci_live *live, int fd, const struct jci_record *r,
			   struct jci_error *err)
{
	cleanup_log_times struct jci_log_times times = {0};
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	cleanup_error struct jci_error broken = JCI_ERROR_INIT;
	struct jci_log_clock clock = JCI_LOG_CLOCK_INIT;
	uint64_t end = 0;

	if (read_file_at(live->dir, "log.timing", &text, 0) < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot read '%s/log.timing'"),
				       live->path);
	if (jci_log_times_parse(&times, text.buf, text.len, &broken) < 0)
		strbuf_reset(&text);
	while (text.len > 0 && text.buf[text.len - 1] != '\n')
		strbuf_setlen(&text, text.len - 1);
	if (times.n) {
		end = times.entries[times.n - 1].end;
		clock.written_us = times.entries[times.n - 1].us;
	}
	if (end > r->log_bytes) { /* the log itself lost more */
		strbuf_reset(&text);
		clock.written_us = 0;
		end = 0;
	}
	jci_log_clock_add(&clock, &text, r->end_us - r->start_us, r->log_bytes - end);
	jci_log_clock_end(&clock, &text);
	if (ftruncate(fd, 0) < 0 || write_full(fd, text.buf, text.len) < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot write '%s/log.timing'"),
				       live->path);
	return 0;
}

/* The index is made anew: the process died with part of it in memory. */
static int rebuild_index(const struct jci_live *live, struct jci_record *r, struct jci_error *err)
{
	cleanup_close int log = openat(live->dir, "log", O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	cleanup_close int timing =
		openat(live->dir, "log.timing", O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	cleanup_log_index struct jci_log_index index = JCI_LOG_INDEX_INIT;
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	struct stat st;

	if (log < 0 || timing < 0 || fstat(log, &st) < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot open the log in '%s'"),
				       live->path);
	if (jci_log_index_make(&text, log, err) < 0)
		return err->code;
	if (write_file_at(live->dir, "log.index", text.buf, text.len) < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot write '%s/log.index'"),
				       live->path);
	if (jci_log_index_parse(&index, text.buf, text.len, err) < 0)
		return err->code;
	r->log_bytes = index.bytes;
	r->log_lines = index.lines;
	if (!r->end_us)
		r->end_us = (int64_t)st.st_mtim.tv_sec * 1000000 + st.st_mtim.tv_nsec / 1000;
	return complete_timing(live, timing, r, err);
}

/* A run that had ended keeps its result; one that was cut off is `killed`. */
static int recover_result(const struct jci_live *live, struct jci_record *r, struct jci_error *err)
{
	bool ended = r->end_us != 0 && (r->status == JCI_STATUS_OK || r->status == JCI_STATUS_ERR);

	if (rebuild_index(live, r, err) < 0)
		return err->code;
	if (ended)
		return 0;
	if (r->end_us < r->start_us)
		r->end_us = r->start_us;
	r->duration_us = r->end_us - r->start_us;
	r->status = JCI_STATUS_ERR;
	r->reason = JCI_REASON_KILLED;
	return 0;
}

static int check_record(const struct jci_live *live, const struct jci_record *r,
			struct jci_error *err)
{
	if (git_oid_is_zero(&r->ref.commit))
		return jci_error_set(err, JCI_EINVALID, _("'%s/run.json' names no commit"),
				     live->path);
	if (!jci_run_folders_valid(r))
		return jci_error_set(err, JCI_EINVALID,
				     _("'%s/run.json' names no folders of a run"), live->path);
	return 0;
}

/* Stored, and died before it had cleaned up: what it left out is known from what was stored. */
static int recover_clean_up(const struct jci_repo *repo, struct jci_live *live,
			    struct jci_record *r, struct jci_error *err)
{
	cleanup_record struct jci_record stored;

	jci_record_init(&stored);
	if (jci_record_read_full(repo, &r->ref, &stored, err) < 0)
		return err->code;
	for (size_t i = 0; i < stored.n_left_out; i++)
		jci_record_left_out(r, stored.left_out[i].path, stored.left_out[i].why);
	return jci_run_clean_up(repo, live, r, err);
}

static int recover_store(const struct jci_repo *repo, struct jci_live *live, struct jci_record *r,
			 struct jci_error *err)
{
	cleanup_error struct jci_error missing = JCI_ERROR_INIT;
	int code = jci_refs_lookup(repo, &r->ref.commit, &r->ref.id, &r->ref.target, &missing);

	if (code < 0 && code != JCI_ENOTFOUND)
		return jci_error_set(err, code, "%s", missing.message);
	if (check_record(live, r, err) < 0)
		return err->code;
	if (code == 0)
		return recover_clean_up(repo, live, r, err);
	jci_refs_unlock(repo, &r->ref);
	if (mkdir_parents(r->output_dir) < 0) /* /tmp may have been emptied by a reboot */
		return jci_error_errno(err, JCI_EFAIL, _("cannot make the folder '%s'"),
				       r->output_dir);
	if (recover_result(live, r, err) < 0)
		return err->code;
	return jci_run_store(repo, live, r, err);
}

static int recover_one(const struct jci_repo *repo, const struct jci_run_id *id,
		       struct jci_record *r, struct jci_error *err)
{
	cleanup_live struct jci_live live = JCI_LIVE_INIT;

	if (jci_live_adopt(repo, id, &live, r, err) < 0)
		return err->code;
	return recover_store(repo, &live, r, err);
}

int jci_recover(const struct jci_repo *repo, jci_recover_found *found, void *ctx,
		struct jci_error *err)
{
	cleanup_free struct jci_run_id *ids = NULL;
	size_t n;

	if (jci_live_list_dead(repo, &ids, &n, err) < 0)
		return err->code;
	for (size_t i = 0; i < n; i++) {
		cleanup_record struct jci_record r;
		cleanup_error struct jci_error e = JCI_ERROR_INIT;
		int code;

		jci_record_init(&r);
		code = recover_one(repo, &ids[i], &r, &e);
		/* somebody else was faster */
		if (code == JCI_EBUSY || code == JCI_ENOTFOUND)
			continue;
		r.ref.id = ids[i]; /* where it could not be read */
		found(ctx, &r, code < 0 ? &e : NULL);
	}
	return 0;
}
