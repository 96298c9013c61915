#include "cmd/parallel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/interrupt.h"
#include "cmd/cmd.h"
#include "cmd/print.h"
#include "util/alloc.h"
#include "util/gettext.h"

enum { MAX_LINE = 64 * 1024 };

struct job {
	pid_t pid; /* 0: free */
	int out;   /* its output; -1 once that has ended */
	struct strbuf line;
	char label[PRINT_ABBREV + 1];
};

struct jobs {
	const struct parallel *p;
	struct job *items;
	size_t next; /* commit to start */
	int worst;
	bool cancelled;
};

static void start(struct jobs *jobs, struct job *job, const git_oid *commit)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0) {
		cmd_note(_("cannot make a pipe: %s"), strerror(errno));
		jobs->worst = STATUS_FAILED;
		return;
	}
	fflush(NULL);
	job->pid = fork();
	if (job->pid == 0) {
		close(fds[0]);
		interrupt_forked();
		_exit(jobs->p->run(jobs->p->ctx, commit, jobs->p->quiet ? -1 : fds[1]));
	}
	close(fds[1]);
	if (job->pid < 0) {
		cmd_note(_("cannot start a process: %s"), strerror(errno));
		jobs->worst = STATUS_FAILED;
		job->pid = 0;
		close(fds[0]);
		return;
	}
	job->out = fds[0];
	git_oid_tostr(job->label, sizeof(job->label), commit);
}

static void print_line(struct job *job)
{
	printf("[%s] %.*s\n", job->label, (int)job->line.len, job->line.buf);
	strbuf_reset(&job->line);
}

static void print_bytes(struct job *job, const char *data, size_t len)
{
	while (len > 0) {
		const char *newline = memchr(data, '\n', len);
		size_t n = newline ? (size_t)(newline - data) : len;

		strbuf_add(&job->line, data, n);
		if (newline || job->line.len > MAX_LINE)
			print_line(job);
		n += newline != NULL;
		data += n;
		len -= n;
	}
}

static void finish(struct jobs *jobs, struct job *job)
{
	int status;

	if (job->line.len)
		print_line(job);
	fflush(stdout);
	close(job->out);
	job->out = -1;
	while (waitpid(job->pid, &status, 0) < 0 && errno == EINTR)
		;
	job->pid = 0;
	status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	if (status > jobs->worst)
		jobs->worst = status;
}

static void take_output(struct jobs *jobs, struct job *job)
{
	char data[16 * 1024];
	ssize_t n = read(job->out, data, sizeof(data));

	if (n > 0) {
		print_bytes(job, data, (size_t)n);
		fflush(stdout);
	} else if (n == 0 || errno != EINTR) {
		finish(jobs, job);
	}
}

static void cancel(struct jobs *jobs)
{
	char drop[8];

	if (read(jobs->p->cancel_fd, drop, sizeof(drop)) < 0)
		return;
	jobs->cancelled = true;
	for (int i = 0; i < jobs->p->jobs; i++)
		if (jobs->items[i].pid)
			kill(jobs->items[i].pid, interrupt_signal());
}

/* Fills free places; how many are taken. */
static int fill(struct jobs *jobs)
{
	int busy = 0;

	for (int i = 0; i < jobs->p->jobs; i++) {
		struct job *job = &jobs->items[i];

		if (!job->pid && !jobs->cancelled && jobs->next < jobs->p->n)
			start(jobs, job, &jobs->p->commits[jobs->next++]);
		busy += job->pid != 0;
	}
	return busy;
}

static void turn(struct jobs *jobs, struct pollfd *fds)
{
	int n = jobs->p->jobs;

	for (int i = 0; i < n; i++)
		fds[i] = (struct pollfd){.fd = jobs->items[i].pid ? jobs->items[i].out : -1,
					 .events = POLLIN};
	fds[n] = (struct pollfd){.fd = jobs->p->cancel_fd, .events = POLLIN};
	if (poll(fds, (nfds_t)n + 1, -1) < 0)
		return;
	if (fds[n].revents)
		cancel(jobs);
	for (int i = 0; i < n; i++)
		if (fds[i].revents)
			take_output(jobs, &jobs->items[i]);
}

int parallel_runs(const struct parallel *p)
{
	cleanup_free struct job *items = xcalloc((size_t)p->jobs, sizeof(*items));
	cleanup_free struct pollfd *fds = xcalloc((size_t)p->jobs + 1, sizeof(*fds));
	struct jobs jobs = {.p = p, .items = items};

	for (int i = 0; i < p->jobs; i++)
		items[i] = (struct job){.out = -1, .line = STRBUF_INIT};
	while (fill(&jobs) > 0 || (!jobs.cancelled && jobs.next < p->n))
		turn(&jobs, fds);
	for (int i = 0; i < p->jobs; i++)
		strbuf_release(&items[i].line);
	return jobs.worst;
}
