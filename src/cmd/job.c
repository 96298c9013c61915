/* git jci job: does what the runner gave to a container to do. */
#include "cmd/cmd.h"

#include <sys/prctl.h>
#include <unistd.h>

#include "cmd/interrupt.h"
#include "cmd/report.h"
#include "core/job.h"
#include "util/clock.h"
#include "util/gettext.h"
#include "util/init.h"

static void on_note(void *ctx, const char *text)
{
	(void)ctx;
	cmd_note("%s", text);
}

/* Nobody who is the same user shall read the credentials in our memory, and no core file has them.
 */
static void hide_memory(void)
{
#ifndef JCI_ASAN /* its leak detector traces this process */
	prctl(PR_SET_DUMPABLE, 0);
#endif
}

static int do_job(const char *file, int cancel_fd, int64_t start_us)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_job struct jci_job job = JCI_JOB_INIT;
	cleanup_record struct jci_record r;
	const struct jci_job_options options = {
		.start_us = start_us,
		.cancel_fd = cancel_fd,
		.echo_fd = STDOUT_FILENO,
		.signals = interrupt_count,
		.kill_others = init_kill_others,
		.note = on_note,
	};
	int code;

	jci_record_init(&r);
	hide_memory();
	if (jci_job_read(&job, file, &err) < 0) {
		cmd_fail(&err);
		return err.code == JCI_EINVALID ? STATUS_USAGE : STATUS_FAILED;
	}
	code = jci_job_run(&job, &options, &r, &err);
	if (jci_record_is_stored(&r))
		report_result(&r);
	if (code == 0)
		return STATUS_OK;
	cmd_fail(&err);
	return jci_record_is_stored(&r) ? STATUS_RED : STATUS_FAILED;
}

/* The handlers come first, so that no signal finds the worker without them. */
static int run_job(const struct jci_command *self, int argc, char **argv)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	const struct option_spec options[] = {OPTIONS_END};
	int64_t start_us = clock_monotonic_us();
	int status, cancel_fd, code;

	if (!cmd_options(self, options, &argc, argv, 1, 1, &status))
		return status;
	cancel_fd = interrupt_begin(NULL);
	code = init_begin(&status, &err);
	if (code < 0)
		return cmd_fail(&err);
	return code > 0 ? status : do_job(argv[1], cancel_fd, start_us);
}

const struct jci_command cmd_job = {
	.name = "job",
	.synopsis = "FILE",
	.summary = N_("clone, run and push what a runner gave to a container"),
	.operands = "<file>",
	.run = run_job,
};
