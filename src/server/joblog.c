/* GET /api/jobs/N/log: the log of a job's run, from Gitea. */
#include "server/request.h"

#include <string.h>
#include <unistd.h>

#include "server/jobjson.h"
#include "util/gettext.h"
#include "util/io.h"

/* There is a log once the run was pushed; until then it is where the job is. */
static int refuse_unfinished(struct request *rq, const struct job *job)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	const char *runner = job->runner ? job->runner : "";

	if (job->state == JOB_PENDING)
		strbuf_addf(&text, _("job %lld waits for a runner"), (long long)job->id);
	else
		strbuf_addf(&text,
			    _("job %lld is on the runner '%s', in the container "
			      "jci-%.8s-%lld-%d; its log is here once it has ended"),
			    (long long)job->id, job->runner_name ? job->runner_name : runner,
			    runner, (long long)job->id, job->attempt);
	return answer_error(rq, 409, text.buf);
}

static bool write_piece(void *ctx, const char *data, size_t len)
{
	const int *fd = ctx;

	return write_full(*fd, data, len) == 0;
}

/*
 * By way of a file without a name: a log of any size takes no memory, and a client that is slow
 * holds up neither a worker nor Gitea. What Gitea has against it is not the client's fault.
 */
static int fetch(struct request *rq, const struct job *job, int fd)
{
	cleanup_strbuf struct strbuf rev = STRBUF_INIT;
	struct gitea *gitea = worker_gitea(rq);

	if (!gitea)
		return rq->err.code;
	strbuf_addf(&rev, JCI_REF_PREFIX "%s/%s", job->commit, job->run_id);
	if (gitea_read_file(gitea, job->repository, rev.buf, "run.output.txt", write_piece, &fd,
			    &rq->err) < 0 &&
	    rq->err.code == JCI_EINVALID)
		rq->err.code = JCI_EFAIL;
	return rq->err.code;
}

static int send_file(struct request *rq, int fd)
{
	off_t size = lseek(fd, 0, SEEK_END);

	answer_headers(rq, "text/plain; charset=utf-8");
	http_respond_fd(rq->http, 200, fd, 0, (uint64_t)size);
	return 0;
}

int handle_job_log(struct request *rq)
{
	cleanup_job struct job job = {0};
	cleanup_close int fd = -1;

	if (queue_job(rq->queue, rq->id, &job, &rq->err) < 0)
		return rq->err.code;
	if (job.state != JOB_DONE)
		return refuse_unfinished(rq, &job);
	if (!job_has_run(&job))
		return answer_error(rq, 404, _("no runner ever had this job"));
	fd = open_unnamed_file();
	if (fd < 0)
		return jci_error_errno(&rq->err, JCI_EFAIL, _("cannot make a temporary file"));
	return fetch(rq, &job, fd) < 0 ? rq->err.code : send_file(rq, steal_fd(fd));
}
