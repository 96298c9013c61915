/* git jci cat: prints an artifact of a run. */
#include "cmd/cmd.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/logsource.h"
#include "cmd/print.h"
#include "core/artifacts.h"
#include "core/find.h"
#include "util/clock.h"
#include "util/gettext.h"
#include "util/io.h"
#include "util/text.h"

/* Copies fd to standard output; on a terminal nothing but text and colours gets through. */
static int copy_out(int fd, struct jci_error *err)
{
	struct term_filter filter = TERM_FILTER_INIT;
	char block[64 * 1024];
	ssize_t n;

	if (!isatty(1)) {
		if (copy_fd(fd, 1) < 0)
			return jci_error_errno(err, JCI_EFAIL, _("cannot write the output"));
		return 0;
	}
	while ((n = read_full(fd, block, sizeof(block))) > 0) {
		cleanup_strbuf struct strbuf safe = STRBUF_INIT;

		term_filter_add(&filter, &safe, block, (size_t)n);
		if (write_full(1, safe.buf, safe.len) < 0)
			return jci_error_errno(err, JCI_EFAIL, _("cannot write the output"));
	}
	return n < 0 ? jci_error_errno(err, JCI_EFAIL, _("cannot read the artifact")) : 0;
}

/* ---- the log with its times ---- */

struct stamped {
	FILE *in;
	const struct jci_log_times *times;
	int64_t start_us;           /* 0: print the time since the start */
	struct term_filter *filter; /* NULL: not to a terminal */
};

static void print_stamp(const struct stamped *s, uint64_t offset)
{
	cleanup_strbuf struct strbuf stamp = STRBUF_INIT;
	int64_t us = jci_log_times_at(s->times, offset);

	if (us < 0)
		strbuf_addstr(&stamp, s->start_us ? "-" : "          -");
	else if (s->start_us)
		time_add_rfc3339(&stamp, s->start_us + us);
	else
		strbuf_addf(&stamp, "%11.3f", (double)us / 1e6);
	printf("%s ", stamp.buf);
}

static void print_piece(const struct stamped *s, const char *piece, size_t len)
{
	cleanup_strbuf struct strbuf safe = STRBUF_INIT;

	if (!s->filter) {
		fwrite(piece, 1, len, stdout);
		return;
	}
	term_filter_add(s->filter, &safe, piece, len);
	fwrite(safe.buf, 1, safe.len, stdout);
}

static int print_stamped(const struct stamped *s, struct jci_error *err)
{
	uint64_t offset = 0;
	bool at_start = true;
	char block[16 * 1024];
	size_t n;

	while ((n = fread_unlocked(block, 1, sizeof(block), s->in)) > 0 && !ferror(stdout)) {
		for (size_t i = 0, len; i < n; i += len) {
			const char *newline = memchr(block + i, '\n', n - i);

			len = newline ? (size_t)(newline + 1 - (block + i)) : n - i;
			if (at_start)
				print_stamp(s, offset);
			print_piece(s, block + i, len);
			offset += len;
			at_start = newline;
		}
	}
	if (ferror(s->in))
		return jci_error_errno(err, JCI_EFAIL, _("cannot read the log"));
	return 0;
}

static int cat_stamped(const struct jci_repo *repo, const struct jci_record *r, bool elapsed,
		       struct jci_error *err)
{
	cleanup_log_times struct jci_log_times times = {0};
	cleanup_file FILE *in = NULL;
	struct term_filter filter = TERM_FILTER_INIT;
	int fd = jci_log_open(repo, r, err);

	if (fd < 0 || jci_log_times_read(repo, r, &times, err) < 0)
		return err->code;
	in = fdopen(fd, "r");
	if (!in)
		return jci_error_errno(err, JCI_EFAIL, _("cannot read the log"));
	return print_stamped(&(struct stamped){.in = in,
					       .times = &times,
					       .start_us = elapsed ? 0 : r->start_us,
					       .filter = isatty(1) ? &filter : NULL},
			     err);
}

/* ---- any artifact ---- */

static int cat_live(const struct jci_repo *repo, const struct jci_record *r, const char *path,
		    struct jci_error *err)
{
	cleanup_close int fd = -1;

	if (strcmp(path, "run.output.txt") != 0)
		return jci_error_set(err, JCI_ENOTFOUND,
				     _("the run is not stored yet; it has nothing but "
				       "run.output.txt"));
	fd = jci_log_open(repo, r, err);
	return fd < 0 ? err->code : copy_out(fd, err);
}

static int cat_path(const struct jci_repo *repo, const struct jci_record *r, const char *path,
		    struct jci_error *err)
{
	cleanup_close int fd = -1;
	struct jci_artifact a;

	if (!jci_record_is_stored(r))
		return cat_live(repo, r, path, err);
	if (jci_artifact_find(repo, r, path, &a, err) < 0)
		return err->code;
	if (!isatty(1))
		return jci_artifact_write(repo, &a, 1, err);
	fd = jci_artifact_open(repo, &a, err);
	return fd < 0 ? err->code : copy_out(fd, err);
}

static int run_cat(const struct jci_command *self, int argc, char **argv)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_repo struct jci_repo repo = JCI_REPO_INIT;
	cleanup_record struct jci_record r;
	bool timestamps = false, elapsed = false;
	int status, code;
	const struct option_spec options[] = {
		{0, "timestamps", OPT_FLAG, &timestamps, NULL,
		 N_("put the time at which it was written before each line of the log (UTC)")},
		{0, "elapsed", OPT_FLAG, &elapsed, NULL,
		 N_("put the seconds since the start before each line of the log")},
		OPTIONS_END};
	const char *path;

	jci_record_init(&r);
	if (!cmd_options(self, options, &argc, argv, 1, 2, &status))
		return status;
	path = argc > 2 ? argv[2] : "run.output.txt";
	if ((timestamps || elapsed) && strcmp(path, "run.output.txt") != 0) {
		cmd_note(_("only run.output.txt has times"));
		return STATUS_USAGE;
	}
	if (jci_repo_open(&repo, &err) < 0 || jci_find_run(&repo, argv[1], &r, &err) < 0)
		return cmd_fail(&err);
	if (timestamps || elapsed)
		code = cat_stamped(&repo, &r, elapsed, &err);
	else
		code = cat_path(&repo, &r, path, &err);
	return print_end(code < 0 ? cmd_fail(&err) : STATUS_OK);
}

const struct jci_command cmd_cat = {
	.name = "cat",
	.synopsis = "[--timestamps | --elapsed] RUN [PATH]",
	.summary = N_("print an artifact of a run (run.output.txt by default)"),
	.operands = "<run> <path>",
	.run = run_cat,
};
