#include "runner/starter.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>

#include "runner/bundle.h"
#include "runner/spec.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/fault.h"
#include "util/gettext.h"
#include "util/thread.h"

struct starter {
	const struct starter_base *base;
	struct poll_job *job;
	char *image;
	pthread_t thread;
	atomic_bool stop, done;
	bool cleaning; /* these calls are not stopped */
	struct docker *docker;
	struct starter_result result;
};

static bool is_stopped(void *ctx)
{
	struct starter *s = ctx;

	return atomic_load(&s->stop) && !s->cleaning;
}

static int64_t timeout_us(const struct starter *s)
{
	return s->job->timeout_s * 1000 * 1000;
}

static int get_image(struct starter *s, struct jci_error *err)
{
	const struct eventlog *log = &s->base->settings->log;
	int64_t start = clock_monotonic_us();
	int code = docker_image_find(s->docker, s->image, err);

	if (code != JCI_ENOTFOUND)
		return code;
	jci_error_clear(err);
	event_log(log, "image.pull", EVENT_INT("job", s->job->key.id),
		  EVENT_TEXT("image", s->image));
	code = docker_image_pull(s->docker, s->image, timeout_us(s), err);
	if (code == 0)
		event_log(log, "image.pulled", EVENT_INT("job", s->job->key.id),
			  EVENT_TEXT("image", s->image),
			  EVENT_INT("ms", (clock_monotonic_us() - start) / 1000));
	return code;
}

static int create_once(struct starter *s, const char *name, struct jci_error *err)
{
	cleanup_json cJSON *spec = NULL;

	s->result.deadline_s = (clock_now_us() + timeout_us(s)) / 1000000;
	spec = container_spec(s->base->settings, s->base->uuid, s->job, s->image,
			      s->result.deadline_s);
	return docker_create(s->docker, name, spec, &s->result.container, err);
}

/*
 * One with this name is what an earlier try left behind, whose answer was lost: if it was never
 * started it goes; else the job runs already. 1: so it does.
 */
static int create(struct starter *s, struct jci_error *err)
{
	cleanup_free char *name =
		runner_container_name(s->base->uuid, s->job->key.id, s->job->key.attempt);
	int code = create_once(s, name, err);
	struct docker_end there;

	if (code != JCI_EEXISTS)
		return code;
	jci_error_clear(err);
	if (docker_inspect(s->docker, name, &there, err) < 0)
		return err->code;
	if (there.state != DOCKER_CREATED) {
		s->result.container = steal_ptr(name);
		return 1;
	}
	if (docker_remove(s->docker, name, false, err) < 0)
		return err->code;
	return create_once(s, name, err);
}

static int fill_and_start(struct starter *s, struct jci_error *err)
{
	const char *id = s->result.container;
	cleanup_close int job_fd = -1;

	if (bundle_job_tar(&job_fd, s->job->json, err) < 0 ||
	    docker_put(s->docker, id, (const int[]){s->base->bundle_fd, job_fd}, 2, err) < 0)
		return err->code;
	fault_point("runner-start");
	return docker_start(s->docker, id, err);
}

static int start(struct starter *s, struct jci_error *err)
{
	int code;

	if (docker_open(&s->docker, s->base->host, is_stopped, s, err) < 0 || get_image(s, err) < 0)
		return err->code;
	code = create(s, err);
	if (code != 0)
		return code < 0 ? code : 0;
	fault_point("runner-created");
	return fill_and_start(s, err);
}

/*
 * What was made goes again. If Docker was away it may run all the same: whoever lists the
 * containers next finds it then.
 */
static void clean_up(struct starter *s)
{
	cleanup_error struct jci_error none = JCI_ERROR_INIT;

	s->cleaning = true;
	if (s->docker && s->result.container)
		docker_remove(s->docker, s->result.container, true, &none);
	free(s->result.container);
	s->result.container = NULL;
}

static void *run(void *arg)
{
	struct starter *s = arg;
	cleanup_error struct jci_error err = JCI_ERROR_INIT;

	if (start(s, &err) < 0) {
		bool away = !s->docker || docker_is_away(s->docker);

		s->result.end = atomic_load(&s->stop) ? STARTER_STOPPED
				: away                ? STARTER_POSTPONED
						      : STARTER_FAILED;
		s->result.detail = xstrdup(err.message);
		clean_up(s);
	}
	if (s->docker)
		docker_close(s->docker);
	atomic_store(&s->done, true);
	eventfd_write(s->base->wake_fd, 1);
	return NULL;
}

static void starter_free(struct starter *s)
{
	poll_job_free(s->job);
	free(s->image);
	free(s);
}

int starter_new(struct starter **out, const struct starter_base *base, struct poll_job *job,
		char *image, struct jci_error *err)
{
	struct starter *s = xcalloc(1, sizeof(*s));

	s->base = base;
	s->job = job;
	s->image = image;
	errno = thread_start(&s->thread, run, s);
	if (errno) {
		starter_free(s);
		return jci_error_errno(err, JCI_EFAIL, _("cannot start a thread"));
	}
	*out = s;
	return 0;
}

void starter_stop(struct starter *s)
{
	atomic_store(&s->stop, true);
}

bool starter_is_done(struct starter *s)
{
	return atomic_load(&s->done);
}

void starter_end(struct starter *s, struct starter_result *result)
{
	pthread_join(s->thread, NULL);
	*result = s->result;
	starter_free(s);
}
