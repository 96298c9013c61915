/* What a pending job needs before a runner may have it: what it wants to run on, and its key. */
#include "server/backgroundpriv.h"

#include <inttypes.h>
#include <sys/random.h>

#include "server/keypair.h"
#include "server/wishes.h"
#include "util/alloc.h"
#include "util/fault.h"
#include "util/gettext.h"

/* What came of it; FAILED: Gitea has to be asked again later. */
enum outcome { READY, WRONG, COMMIT_GONE, FAILED };

struct preparation {
	struct strbuf labels, image, wrong; /* the last: what to tell the author */
	bool has_image;
	bool commit_is_there; /* a file of it was read */
	struct gitea_repository at;
};

static void preparation_release(struct preparation *p)
{
	strbuf_release(&p->labels);
	strbuf_release(&p->image);
	strbuf_release(&p->wrong);
	gitea_repository_release(&p->at);
}

static bool is_too_large(const struct worker *w, const struct jci_error *why)
{
	return why->code == JCI_EINVALID && gitea_last_status(w->gitea) == 200;
}

/* READY: it is in `text`, or there is none. */
static enum outcome read_file(struct worker *w, const struct job *job, const char *path,
			      size_t limit, struct strbuf *text, struct preparation *p,
			      bool *is_there, struct jci_error *why)
{
	*is_there = gitea_file(w->gitea, job->repository, job->commit, path, limit, text, why) == 0;
	if (*is_there)
		p->commit_is_there = true;
	else if (is_too_large(w, why))
		strbuf_addstr(&p->wrong, why->message);
	else if (why->code != JCI_ENOTFOUND)
		return FAILED;
	jci_error_clear(why);
	return p->wrong.len > 0 ? WRONG : READY;
}

static enum outcome read_labels(struct worker *w, const struct job *job, struct preparation *p,
				struct jci_error *why)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	bool is_there;
	enum outcome got =
		read_file(w, job, WISHES_RUNNER, WISHES_RUNNER_SIZE, &text, p, &is_there, why);

	if (got == READY && is_there && !wishes_labels(&p->labels, text.buf, text.len, &p->wrong))
		return WRONG;
	return got;
}

static enum outcome read_image(struct worker *w, const struct job *job, struct preparation *p,
			       struct jci_error *why)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	enum outcome got =
		read_file(w, job, WISHES_IMAGE, WISHES_IMAGE_SIZE, &text, p, &p->has_image, why);

	if (got == READY && p->has_image && !wishes_image(&p->image, text.buf, text.len, &p->wrong))
		return WRONG;
	return got;
}

/* That nothing was found means something only if there is a commit for it to be in. */
static enum outcome read_wishes(struct worker *w, const struct job *job, struct preparation *p,
				struct jci_error *why)
{
	enum outcome got = read_labels(w, job, p, why);
	bool has;

	if (got == READY)
		got = read_image(w, job, p, why);
	if (got != READY || p->commit_is_there)
		return got;
	if (gitea_has_commit(w->gitea, job->repository, job->commit, &has, why) < 0)
		return FAILED;
	return has ? READY : COMMIT_GONE;
}

/* ---- deploy keys ---- */

static bool is_refused(const struct worker *w, const struct jci_error *why)
{
	return why->code == JCI_EINVALID && gitea_last_status(w->gitea) != 401;
}

static enum outcome add_key(struct worker *w, const struct job *job, struct keypair *pair,
			    struct job_key *key, struct preparation *p, struct jci_error *why)
{
	struct gitea_repository *at = &p->at;
	cleanup_free char *title = NULL;
	uint64_t number; /* an attempt that was killed may have left one at Gitea */

	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		number = 0;
	if (gitea_repository(w->gitea, job->repository, at, why) < 0)
		return FAILED;
	if (!at->ssh_url) {
		strbuf_addstr(&p->wrong, _("no deploy key: Gitea offers no SSH"));
		return WRONG;
	}
	title = xasprintf(KEY_TITLE "%" PRId64 " (%016" PRIx64 ")", job->id, number);
	if (keypair_make(pair, why) < 0)
		return FAILED;
	if (gitea_add_key(w->gitea, job->repository, title, pair->public.buf, &key->id, why) == 0) {
		key->secret = pair->secret.buf;
		key->url = at->ssh_url;
		event_log(w->log, "key.added", EVENT_INT("job", job->id),
			  EVENT_TEXT("repository", job->repository), EVENT_INT("key", key->id));
		return READY;
	}
	if (!is_refused(w, why))
		return FAILED;
	strbuf_addf(&p->wrong, _("no deploy key: %s"), why->message);
	return WRONG;
}

/* The lock has the sweeper wait until a key that it sees at Gitea is in the queue. */
static enum outcome store_with_key(struct worker *w, const struct job *job, struct preparation *p,
				   struct jci_error *why)
{
	cleanup_keypair struct keypair pair = KEYPAIR_INIT;
	struct job_key key = {0};
	enum outcome got;

	pthread_rwlock_rdlock(&w->b->adding);
	got = add_key(w, job, &pair, &key, p, why);
	fault_point("key");
	if (got == READY &&
	    queue_prepared(w->b->queue, job->id, p->labels.len > 0 ? p->labels.buf : NULL,
			   p->has_image ? p->image.buf : NULL, &key, why) < 0)
		got = FAILED; /* the sweeper finds the key */
	pthread_rwlock_unlock(&w->b->adding);
	return got;
}

static enum outcome store(struct worker *w, const struct job *job, struct preparation *p,
			  struct jci_error *why)
{
	if (w->b->options->deploy_keys)
		return store_with_key(w, job, p, why);
	return queue_prepared(w->b->queue, job->id, p->labels.len > 0 ? p->labels.buf : NULL,
			      p->has_image ? p->image.buf : NULL, NULL, why) < 0
		       ? FAILED
		       : READY;
}

/* ---- */

static int end(struct worker *w, const struct job *job, const struct preparation *p,
	       enum outcome got, const struct jci_error *why, struct jci_error *err)
{
	switch (got) {
	case READY:
		trials_forget(&w->b->jobs, job->id);
		event_log(w->log, "job.prepared", EVENT_INT("job", job->id),
			  EVENT_TEXT("repository", job->repository),
			  EVENT_TEXT("commit", job->commit), EVENT_TEXT("labels", p->labels.buf),
			  EVENT_TEXT("image", p->image.buf));
		return 0;
	case WRONG:
		return finish_job(w, job, JOB_BROKEN, p->wrong.buf, err);
	case COMMIT_GONE:
		return finish_job(w, job, JOB_LOST, _("the commit is no longer there"), err);
	case FAILED:
		break;
	}
	return postpone_job(w, job, "job.unprepared", why, err);
}

int prepare_next(struct worker *w, struct jci_error *err)
{
	cleanup(preparation_release) struct preparation p = {STRBUF_INIT, STRBUF_INIT, STRBUF_INIT,
							     false, false};
	cleanup_error struct jci_error why = JCI_ERROR_INIT;
	cleanup_job struct job job = {0};
	int found = queue_unprepared(w->b->queue, &job, err);
	enum outcome got;

	if (found <= 0)
		return found;
	fault_point("prepare");
	got = read_wishes(w, &job, &p, &why);
	worker_called(w, &why);
	if (got == READY)
		got = store(w, &job, &p, &why);
	return end(w, &job, &p, got, &why, err) < 0 ? err->code : 1;
}
