#include "runner/runner.h"

#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "runner/bundle.h"
#include "runner/runnerpriv.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/gettext.h"

/* How long a runner that has drained tries to tell the server of the last results. */
static const int64_t farewell_us = INT64_C(30) * 1000 * 1000;

/* ---- what the parts of the loop share ---- */

void runner_log_job(const struct runner *r, const char *event, const struct runner_job *job,
		    const char *text)
{
	event_log(&r->set->log, event, EVENT_INT("job", job->id),
		  EVENT_INT("attempt", job->attempt), EVENT_TEXT("run", job->run_id),
		  EVENT_TEXT("detail", text));
}

void runner_poll_soon(struct runner *r)
{
	if (r->failures == 0)
		r->poll_us = 0;
}

void runner_set_verdict(struct runner *r, struct runner_job *job, enum runner_reason reason,
			const char *detail)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;

	job->reason = reason;
	job->verdict = true;
	runner_job_set_detail(job, detail);
	if (runner_store_put(r->store, job->id, job->attempt, reason, detail, &err) < 0)
		runner_log_job(r, "store.failed", job, err.message);
}

void runner_end_job(struct runner *r, struct runner_job *job)
{
	job->state = RUNNER_ENDED;
	job->kill_us = 0;
	if (!job->end_us)
		job->end_us = clock_now_us();
	if (job->exit >= 0)
		event_log(&r->set->log, "job.ended", EVENT_INT("job", job->id),
			  EVENT_INT("attempt", job->attempt), EVENT_TEXT("run", job->run_id),
			  EVENT_TEXT("reason", runner_reason_name(job->reason)),
			  EVENT_INT("exit", job->exit), EVENT_TEXT("detail", job->detail));
	else
		event_log(&r->set->log, "job.ended", EVENT_INT("job", job->id),
			  EVENT_INT("attempt", job->attempt), EVENT_TEXT("run", job->run_id),
			  EVENT_TEXT("reason", runner_reason_name(job->reason)),
			  EVENT_TEXT("detail", job->detail));
	runner_poll_soon(r);
}

void runner_docker_failed(struct runner *r, const char *event, const struct runner_job *job,
			  struct jci_error *err)
{
	bool away = docker_is_away(r->docker);

	if (job && !away)
		runner_log_job(r, event, job, err->message);
	else
		event_log(&r->set->log, away ? "docker.away" : event,
			  EVENT_TEXT("error", err->message));
	jci_error_clear(err);
	if (!away)
		return;
	docker_close(r->docker);
	r->docker = NULL;
	r->docker_us = clock_monotonic_us() + r->set->poll_us;
}

/* ---- opening ---- */

/* Why the socket can't be reached, with what mends it. */
static void docker_problem(const struct runner_settings *s, const struct docker_host *host,
			   struct env *env, const struct jci_error *err)
{
	const char *socket = host->socket;

	if (!socket || access(socket, R_OK | W_OK) == 0)
		env_problem(env, "DOCKER_HOST", "%s", err->message);
	else if (errno == EACCES)
		env_problem(
			env, "DOCKER_HOST",
			_("'%s' is not open to this user; 'usermod -aG docker USER' lets it in"),
			s->docker_host);
	else
		env_problem(env, "DOCKER_HOST",
			    _("'%s': %s; start Docker ('systemctl start docker'), or name its "
			      "socket"),
			    s->docker_host, strerror(errno));
}

static void check_network(const struct runner_settings *s, struct docker *docker, struct env *env)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;

	if (!s->network || docker_network_find(docker, s->network, &err) == 0)
		return;
	if (err.code == JCI_ENOTFOUND)
		env_problem(env, "JCI_NETWORK",
			    _("Docker has no network '%s'; 'docker network create %s' makes it"),
			    s->network, s->network);
	else
		env_problem(env, "JCI_NETWORK", "%s", err.message);
}

void runner_open_docker(struct docker **out, const struct runner_settings *s,
			const struct docker_host *host, struct env *env)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;

	if (docker_open(out, host, NULL, NULL, &err) < 0)
		docker_problem(s, host, env, &err);
	else
		check_network(s, *out, env);
}

static void open_bundle(struct runner *r, struct env *env)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_free char *folder = NULL;

	if (bundle_find(&folder, r->set->bundle, &err) < 0 ||
	    bundle_tar(&r->base.bundle_fd, folder, &err) < 0)
		env_problem(env, "JCI_BUNDLE", "%s", err.message);
}

static void open_store(struct runner *r, struct env *env)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;

	if (!*r->set->db)
		return; /* which is told already */
	if (runner_store_open(&r->store, r->set->db, &err) < 0)
		env_problem(env, "JCI_RUNNER_DB", "%s", err.message);
}

static void complete(struct runner *r)
{
	r->base.settings = r->set;
	r->base.host = &r->host;
	r->base.uuid = runner_store_uuid(r->store);
	r->label = xasprintf("%s=%s", LABEL_RUNNER, r->base.uuid);
	r->labels = r->set->labels ? xstrdup(r->set->labels)
				   : xasprintf("linux,%s", docker_arch(r->docker));
}

int runner_open(struct runner **out, const struct runner_settings *s, struct env *env,
		const struct runner_control *control, struct jci_error *err)
{
	cleanup_runner struct runner *r = xcalloc(1, sizeof(*r));

	r->set = s;
	r->control = control;
	r->max_jobs = -1;
	r->base.bundle_fd = -1;
	r->base.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (r->base.wake_fd < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot watch for signals"));
	if (http_client_new(&r->http, err) < 0)
		return err->code;
	if (docker_host_parse(&r->host, s->docker_host, err) == 0)
		runner_open_docker(&r->docker, s, &r->host, env);
	jci_error_clear(err); /* which is a problem already */
	open_bundle(r, env);
	open_store(r, env);
	if (env_end(env, err) < 0)
		return err->code;
	complete(r);
	*out = steal_ptr(r);
	return 0;
}

/* Starts that go on are cut short; what they leave is found by the next runner. */
static void end_starters(struct runner *r)
{
	for (size_t i = 0; i < r->jobs.n; i++)
		if (r->jobs.jobs[i]->starter)
			starter_stop(r->jobs.jobs[i]->starter);
	for (size_t i = 0; i < r->jobs.n; i++) {
		struct starter_result result;

		if (!r->jobs.jobs[i]->starter)
			continue;
		starter_end(steal_ptr(r->jobs.jobs[i]->starter), &result);
		free(result.container);
		free(result.detail);
	}
}

void runner_close(struct runner *r)
{
	end_starters(r);
	if (r->watch)
		docker_watch_stop(r->watch);
	if (r->docker)
		docker_close(r->docker);
	docker_host_release(&r->host);
	http_client_free(r->http);
	if (r->store)
		runner_store_close(r->store);
	runner_jobs_release(&r->jobs);
	if (r->base.bundle_fd >= 0)
		close(r->base.bundle_fd);
	if (r->base.wake_fd >= 0)
		close(r->base.wake_fd);
	free(r->label);
	free(r->labels);
	free(r);
}

/* ---- the loop ---- */

static void heed_signals(struct runner *r)
{
	int count = r->control->count(), before = r->signals;

	r->signals = count;
	if (before == 0 && count > 0)
		event_log(&r->set->log, "runner.drain",
			  EVENT_INT("jobs", (int64_t)runner_jobs_active(&r->jobs)));
	if (before > 1 || count < 2)
		return;
	event_log(&r->set->log, "runner.cancel",
		  EVENT_INT("jobs", (int64_t)runner_jobs_active(&r->jobs)));
	for (size_t i = 0; i < r->jobs.n; i++)
		runner_cancel(r, r->jobs.jobs[i], _("the runner was stopped"));
}

static bool is_over(struct runner *r)
{
	int64_t now = clock_monotonic_us();

	if (!runner_is_draining(r) || runner_jobs_active(&r->jobs) > 0)
		return false;
	if (!r->drained_us)
		r->drained_us = now;
	return runner_jobs_untold(&r->jobs) == 0 || now - r->drained_us >= farewell_us;
}

static void wait_for_work(struct runner *r)
{
	struct pollfd fds[] = {{.fd = r->control->fd, .events = POLLIN},
			       {.fd = r->base.wake_fd, .events = POLLIN}};
	int64_t due = runner_next_due(r), now = clock_monotonic_us();
	eventfd_t n;

	if (r->poll_us < due)
		due = r->poll_us;
	if (r->reap_us < due)
		due = r->reap_us;
	if (r->list_due)
		due = now;
	poll(fds, ARRAY_SIZE(fds), due <= now ? 0 : (int)((due - now) / 1000) + 1);
	if (fds[0].revents)
		eventfd_read(r->control->fd, &n);
	if (fds[1].revents && eventfd_read(r->base.wake_fd, &n) == 0)
		r->list_due = true;
}

static void turn(struct runner *r)
{
	int64_t now = clock_monotonic_us();

	runner_collect(r);
	if (r->list_due || now >= r->poll_us || now >= r->reap_us)
		runner_sync(r);
	runner_enforce(r);
	if (now >= r->reap_us)
		runner_prune(r);
	if (clock_monotonic_us() >= r->poll_us && r->control->count() <= r->signals)
		runner_poll(r);
}

int runner_run(struct runner *r, struct jci_error *err)
{
	if (runner_load(r, err) < 0 ||
	    docker_watch_start(&r->watch, &r->host, r->label, r->base.wake_fd, r->set->poll_us,
			       err) < 0)
		return err->code;
	event_log(&r->set->log, "runner.start", EVENT_TEXT("version", PACKAGE_VERSION),
		  EVENT_TEXT("runner", r->base.uuid), EVENT_TEXT("name", r->set->name),
		  EVENT_TEXT("labels", r->labels), EVENT_TEXT("server", r->set->server),
		  EVENT_TEXT("docker", docker_version(r->docker)));
	runner_sync(r);
	for (;;) {
		heed_signals(r);
		if (r->signals > 2)
			return 1;
		turn(r);
		if (is_over(r))
			break;
		wait_for_work(r);
	}
	event_log(&r->set->log, "runner.end",
		  EVENT_INT("untold", (int64_t)runner_jobs_untold(&r->jobs)));
	return 0;
}
