#include "core/job.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/credentials.h"
#include "core/gitclean.h"
#include "core/jobplace.h"
#include "core/remote.h"
#include "core/run.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/duration.h"
#include "util/fault.h"
#include "util/gettext.h"
#include "util/process.h"

/* Exit statuses of runs that could not begin, as a shell has them. */
enum { NOT_EXECUTABLE = 126, NOT_FOUND = 127 };

enum {
	CLONE_TRIES = 5,
	PUSH_TRIES = 10,
	REFUSED_TRIES = 3, /* where the remote says that it will not */
	FIRST_WAIT_MS = 1000,
	MAX_WAIT_MS = 64 * 1000,
	LOOK_MS = 50,
	SIGNALS_TO_END_PUSH = 2,
};

/* Of the time of a job, for storing and pushing the result: a tenth, at most a minute. */
enum { MARGIN_PART = 10, MARGIN_MAX_US = 60 * 1000 * 1000, GRACE_MAX_US = 10 * 1000 * 1000 };

struct work {
	const struct jci_job *job;
	const struct jci_job_options *o;
	struct jci_credentials credentials;
	struct jci_repo repo, place; /* the clone; what is pushed from */
	char *folder;
	struct jci_ref run;  /* that is pushed */
	int64_t deadline_us; /* monotonic: when the script is told to end; the clone too */
	int64_t grace_us;
	int signals; /* that had come when the step began which another two would end */
};

static void work_release(struct work *w)
{
	jci_credentials_release(&w->credentials);
	jci_repo_release(&w->repo);
	jci_repo_release(&w->place);
	free(w->folder);
}

/* ---- messages ---- */

static void mask(const struct work *w, struct jci_error *err)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;

	if (!err->message)
		return;
	strbuf_addstr(&text, err->message);
	jci_secrets_mask(w->credentials.secrets, &text);
	jci_error_set(err, err->code, "%s", text.buf);
}

static void note(const struct work *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void note(const struct work *w, const char *fmt, ...)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	jci_secrets_mask(w->credentials.secrets, &text);
	w->o->note(w->o->ctx, text.buf);
}

/* ---- trying again ---- */

typedef int step_fn(struct work *w, struct jci_error *err);
typedef bool stop_fn(void *w);

/* In git's words, which are those of the C locale: it would ask for others. */
static bool is_unauthorized(const char *message)
{
	return strstr(message, "could not read Username") ||
	       strstr(message, "Authentication failed");
}

static bool is_refused(const char *message)
{
	static const char *const words[] = {
		"returned error: 403", "Permission denied", "Host key verification failed",
		"epository not found", "' not found",       "not our ref",
		"[remote rejected]",   "[rejected]",        "pre-receive hook declined",
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strstr(message, words[i]))
			return true;
	return is_unauthorized(message);
}

/* 1 s, 2 s, 4 s, ... each give or take a quarter, so that many don't come at once. */
static int wait_ms(int tries)
{
	int ms = tries < 7 ? FIRST_WAIT_MS << (tries - 1) : MAX_WAIT_MS;
	unsigned random = 0;

	if (getrandom(&random, sizeof(random), 0) < 0)
		random = (unsigned)clock_monotonic_us();
	return ms - ms / 4 + (int)(random % (unsigned)(ms / 2));
}

/* False where it was stopped meanwhile. */
static bool wait_a_while(struct work *w, int ms, stop_fn *stop)
{
	int64_t end = clock_monotonic_us() + (int64_t)ms * 1000;

	while (clock_monotonic_us() < end) {
		if (stop(w))
			return false;
		poll(NULL, 0, LOOK_MS);
	}
	return true;
}

static int try_often(struct work *w, step_fn *step, int max, stop_fn *stop, struct jci_error *err)
{
	int refused = 0;

	for (int tries = 1; step(w, err) < 0; tries++) {
		cleanup_strbuf struct strbuf pause = STRBUF_INIT;
		int ms = wait_ms(tries);

		refused += is_refused(err->message);
		if (is_unauthorized(err->message))
			jci_error_set(err, JCI_EFAIL,
				      _("the remote does not accept the credentials of the job"));
		if (stop(w) || tries >= max || refused >= REFUSED_TRIES)
			return err->code;
		duration_add(&pause, (int64_t)ms * 1000);
		note(w, _("%s; again in %s (try %d of %d)"), err->message, pause.buf, tries, max);
		if (!wait_a_while(w, ms, stop))
			return err->code;
		jci_error_clear(err);
	}
	return 0;
}

/* ---- clone and checkout ---- */

static bool is_clone_over(void *ctx)
{
	const struct work *w = ctx;

	return w->o->signals() > 0 || clock_monotonic_us() > w->deadline_us;
}

/* A git of the clone's: with the credentials, without hooks. */
static int run_git(struct work *w, const char *const *argv, const char *dir, struct jci_error *err)
{
	struct process git = {.argv = argv, .dir = dir, .out = -1, .stop = is_clone_over, .ctx = w};

	jci_credentials_give(&w->credentials, &git);
	return process_run(&git, err);
}

static int clone_once(struct work *w, struct jci_error *err)
{
	/* clang-format off */
	const char *const argv[] = {
		"git", "clone", "--quiet", "--no-checkout", "--template=", "--origin=origin",
		"--no-recurse-submodules",
		"--config", "gc.auto=0", "--config", "maintenance.auto=false",
		"--", w->job->url, w->folder,
		NULL,
	};
	/* clang-format on */

	return run_git(w, argv, NULL, err);
}

static bool has_commit(const struct work *w)
{
	cleanup_git_commit git_commit *commit = NULL;

	return git_commit_lookup(&commit, w->repo.git, &w->job->commit) == 0;
}

/* A ref is asked for by its name only where the remote does not give objects away by hash. */
static int fetch_commit(struct work *w, struct jci_error *err)
{
	char hex[GIT_OID_HEXSZ + 1];
	cleanup_free char *spec = xasprintf("+%s:refs/jci-job/ref", w->job->ref);
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;
	const char *argv[] = {"git",
			      "fetch",
			      "--quiet",
			      "--no-tags",
			      "--no-write-fetch-head",
			      "--no-recurse-submodules",
			      "--",
			      "origin",
			      hex,
			      NULL};

	git_oid_tostr(hex, sizeof(hex), &w->job->commit);
	if (run_git(w, argv, NULL, err) == 0)
		return 0;
	argv[ARRAY_SIZE(argv) - 2] = spec;
	if (!is_clone_over(w) && run_git(w, argv, NULL, &ignored) == 0 && has_commit(w))
		jci_error_clear(err);
	return err->code;
}

static int find_commit(struct work *w, struct jci_error *err)
{
	if (has_commit(w) || try_often(w, fetch_commit, CLONE_TRIES, is_clone_over, err) == 0)
		return 0;
	return jci_error_prefix(err,
				_("commit '%s' is in no branch any more (a forced push?), and the "
				  "remote does not give it"),
				git_oid_tostr_s(&w->job->commit));
}

static int checkout(struct work *w, struct jci_error *err)
{
	char hex[GIT_OID_HEXSZ + 1];
	/* clang-format off */
	const char *const argv[] = {
		"git",
		"-c", "core.hooksPath=/dev/null", "-c", "advice.detachedHead=false",
		"checkout", "--quiet", "--force", "--detach", "--no-recurse-submodules", hex,
		NULL,
	};
	/* clang-format on */

	git_oid_tostr(hex, sizeof(hex), &w->job->commit);
	return run_git(w, argv, NULL, err);
}

/* What ended it says more than what git had to say to its end. */
static int clone_failed(const struct work *w, struct jci_error *err)
{
	if (w->o->signals() > 0)
		return jci_error_set(err, JCI_EFAIL, _("cancelled before the run could begin"));
	if (clock_monotonic_us() > w->deadline_us)
		return jci_error_set(err, JCI_EFAIL, _("the clone did not end in time"));
	return err->code;
}

static int clone(struct work *w, struct jci_error *err)
{
	note(w, _("cloning %s"), w->job->url);
	if (try_often(w, clone_once, CLONE_TRIES, is_clone_over, err) < 0)
		return clone_failed(w, err);
	fault_point("cloned");
	if (chdir(w->folder) < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot enter the folder '%s'"),
				       w->folder);
	if (jci_repo_open(&w->repo, err) < 0)
		return err->code;
	return find_commit(w, err) < 0 ? clone_failed(w, err) : 0;
}

/* ---- the run ---- */

static void plan_time(struct work *w)
{
	int64_t margin = w->job->timeout_us / MARGIN_PART;

	margin = margin < MARGIN_MAX_US ? margin : MARGIN_MAX_US;
	w->grace_us = margin / 2 < GRACE_MAX_US ? margin / 2 : GRACE_MAX_US;
	w->deadline_us = w->o->start_us + w->job->timeout_us - margin;
}

/* A time that is over already is one that ends at once, so that this is told as any timeout. */
static int64_t time_left(const struct work *w)
{
	int64_t left = w->deadline_us - clock_monotonic_us();

	return left > 0 ? left : 1;
}

static int refuse(struct work *w, const struct jci_run_options *options, enum jci_reason reason,
		  int exit_status, struct jci_record *r, struct jci_error *err)
{
	cleanup_free char *why = NULL;

	mask(w, err);
	why = steal_ptr(err->message);
	jci_error_clear(err);
	note(w, "%s", why);
	jci_record_release(r);
	jci_record_init(r);
	return jci_run_refuse(&w->repo, options, reason, exit_status, why, r, err);
}

static int refuse_checkout(struct work *w, const struct jci_run_options *options,
			   struct jci_record *r, struct jci_error *err)
{
	enum jci_reason reason = JCI_REASON_FAILED;

	if (w->o->signals() > 0)
		reason = JCI_REASON_CANCELLED;
	else if (is_clone_over(w))
		reason = JCI_REASON_TIMEOUT;
	clone_failed(w, err);
	return refuse(w, options, reason, NOT_EXECUTABLE, r, err);
}

static int check_out_and_run(struct work *w, struct jci_record *r, struct jci_error *err)
{
	struct jci_run_options options = {
		.commit = w->job->commit,
		.branch = w->job->branch,
		.run_id = w->job->run_id,
		.trigger = w->job->trigger,
		.grace_us = w->grace_us,
		.cancel_fd = w->o->cancel_fd,
		.echo_fd = w->o->echo_fd,
		.secrets = w->credentials.secrets,
	};

	if (checkout(w, err) < 0)
		return refuse_checkout(w, &options, r, err);
	fault_point("checked-out");
	options.timeout_us = time_left(w);
	note(w, _("running .jci/run.sh of %s, run %s"), git_oid_tostr_s(&w->job->commit),
	     w->job->run_id);
	if (jci_run(&w->repo, &options, r, err) == 0)
		return 0;
	if (err->code == JCI_ENOTFOUND)
		return refuse(w, &options, JCI_REASON_FAILED, NOT_FOUND, r, err);
	if (err->code == JCI_ENOEXEC)
		return refuse(w, &options, JCI_REASON_FAILED, NOT_EXECUTABLE, r, err);
	return err->code;
}

/* ---- the push ---- */

static bool is_push_over(void *ctx)
{
	const struct work *w = ctx;

	return w->o->signals() - w->signals >= SIGNALS_TO_END_PUSH;
}

static int push_once(struct work *w, struct jci_error *err)
{
	cleanup_refs struct jci_refs runs = JCI_REFS_INIT;
	cleanup_transfer struct jci_transfer t = JCI_TRANSFER_INIT;
	const struct jci_push push = {
		.remote = {.name = "origin",
			   .credentials = &w->credentials,
			   .stop = is_push_over,
			   .ctx = w},
		.runs = &runs,
		.running = true,
	};

	jci_refs_add(&runs, &w->run);
	if (jci_push(&w->place, &push, &t, err) < 0)
		return err->code;
	if (t.count[JCI_FATE_REFUSED] > 0)
		return jci_error_set(err, JCI_EFAIL, _("the remote refuses the run: %s"),
				     t.items[0].why);
	return 0;
}

static int push(struct work *w, struct jci_error *err)
{
	w->signals = w->o->signals();
	w->run = (struct jci_ref){.commit = w->job->commit, .id = w->job->id};
	if (jci_refs_lookup(&w->repo, &w->run.commit, &w->run.id, &w->run.target, err) < 0 ||
	    jci_job_push_place(&w->place, &w->repo, &w->run, w->job->url, err) < 0 ||
	    try_often(w, push_once, PUSH_TRIES, is_push_over, err) < 0)
		return jci_error_prefix(err, _("the run is stored here, but not pushed"));
	note(w, _("pushed %s%s/%s"), JCI_REF_PREFIX, git_oid_tostr_s(&w->job->commit),
	     w->job->run_id);
	return 0;
}

/* ---- all of it ---- */

static int work(struct work *w, struct jci_record *r, struct jci_error *err)
{
	if (jci_credentials_make(&w->credentials, w->job, err) < 0 ||
	    jci_job_place(w->job->repository, &w->folder, err) < 0 || clone(w, err) < 0 ||
	    check_out_and_run(w, r, err) < 0)
		return err->code;
	fault_point("ran");
	w->o->kill_others();
	return push(w, err);
}

int jci_job_run(const struct jci_job *job, const struct jci_job_options *o, struct jci_record *r,
		struct jci_error *err)
{
	cleanup(work_release) struct work w = {
		.job = job,
		.o = o,
		.credentials = JCI_CREDENTIALS_INIT,
		.repo = JCI_REPO_INIT,
		.place = JCI_REPO_INIT,
	};

	plan_time(&w);
	if (work(&w, r, err) < 0)
		mask(&w, err);
	return err->code;
}
