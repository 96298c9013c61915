#include "util/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/alloc.h"
#include "util/clock.h"
#include "util/gettext.h"
#include "util/io.h"
#include "util/program.h"

const char *const git_local_env_vars[] = {
	"GIT_ALTERNATE_OBJECT_DIRECTORIES",
	"GIT_CONFIG",
	"GIT_CONFIG_PARAMETERS",
	"GIT_CONFIG_COUNT",
	"GIT_OBJECT_DIRECTORY",
	"GIT_DIR",
	"GIT_WORK_TREE",
	"GIT_IMPLICIT_WORK_TREE",
	"GIT_GRAFT_FILE",
	"GIT_INDEX_FILE",
	"GIT_NO_REPLACE_OBJECTS",
	"GIT_REPLACE_REF_BASE",
	"GIT_PREFIX",
	"GIT_INTERNAL_SUPER_PREFIX",
	"GIT_SHALLOW_FILE",
	"GIT_COMMON_DIR",
	NULL,
};

bool process_is_on_path(const char *path, const char *name)
{
	while (*path) {
		size_t len = strcspn(path, ":");
		cleanup_free char *file = xasprintf("%.*s/%s", (int)len, path, name);
		struct stat st;

		if (*path == '/' && access(file, X_OK) == 0 && stat(file, &st) == 0 &&
		    S_ISREG(st.st_mode))
			return true;
		path += len + (path[len] == ':');
	}
	return false;
}

/* Of what a child writes to standard error, the last bytes are kept. */
enum { MAX_STDERR = 32 * 1024, STOP_MS = 20 };

/* What posix_spawn needs; its arrays are ready before a fork, which may not allocate. */
struct spawn {
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	char **env;    /* strings borrowed from environ; NULL: not made yet */
	char *program; /* of the bundle; NULL: what PATH has */
	int in;        /* -1: /dev/null */
};

#define SPAWN_INIT       \
	{                \
		.in = -1 \
	}

static void spawn_cleanup(struct spawn *s)
{
	if (!s->env)
		return;
	posix_spawn_file_actions_destroy(&s->actions);
	posix_spawnattr_destroy(&s->attr);
	free(s->env);
	free(s->program);
	cleanup_closep(&s->in);
}

static bool is_local_env(const char *entry)
{
	for (const char *const *name = git_local_env_vars; *name; name++) {
		size_t len = strlen(*name);

		if (!strncmp(entry, *name, len) && entry[len] == '=')
			return true;
	}
	return false;
}

static bool is_config(const char *entry)
{
	return !strncmp(entry, "GIT_CONFIG_PARAMETERS=", 22) ||
	       !strncmp(entry, "GIT_CONFIG_COUNT=", 17);
}

static size_t count_vars(const char *const *vars)
{
	size_t n = 0;

	while (vars && vars[n])
		n++;
	return n;
}

/* Whether one of `vars` stands in the place of this entry. */
static bool is_replaced(const char *entry, const char *const *vars)
{
	size_t len = strcspn(entry, "=");

	for (; vars && *vars; vars++) {
		if (strcspn(*vars, "=") == len && !strncmp(*vars, entry, len))
			return true;
	}
	return false;
}

static char **child_env(const struct process *p)
{
	size_t n = count_vars((const char *const *)environ), more = count_vars(p->vars), kept = 0;
	char **env = xcalloc(n + more + 1, sizeof(*env));

	for (size_t i = 0; i < n; i++) {
		if (is_local_env(environ[i]) && !(p->config && is_config(environ[i])))
			continue;
		if (!is_replaced(environ[i], p->vars))
			env[kept++] = environ[i];
	}
	for (size_t i = 0; i < more; i++)
		if (strchr(p->vars[i], '='))
			env[kept++] = (char *)p->vars[i];
	return env;
}

/* A file in memory, at its beginning; -1 with errno. */
static int make_input(const struct strbuf *input)
{
	cleanup_close int fd = memfd_create("jci-input", MFD_CLOEXEC);

	if (fd < 0 || write_full(fd, input->buf, input->len) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return -1;
	return steal_fd(fd);
}

/* out, err: descriptors for its standard streams, -1: /dev/null. Every other one is closed. */
static void spawn_init(struct spawn *s, const struct process *p, int out, int err, short flags)
{
	posix_spawn_file_actions_t *actions = &s->actions;
	int failed = posix_spawn_file_actions_init(actions);
	sigset_t set;

	if (out >= 0)
		failed |= posix_spawn_file_actions_adddup2(actions, out, 1);
	else
		failed |= posix_spawn_file_actions_addopen(actions, 1, "/dev/null", O_WRONLY, 0);
	if (err >= 0)
		failed |= posix_spawn_file_actions_adddup2(actions, err, 2);
	else
		failed |= posix_spawn_file_actions_addopen(actions, 2, "/dev/null", O_WRONLY, 0);
	if (s->in >= 0)
		failed |= posix_spawn_file_actions_adddup2(actions, s->in, 0);
	else
		failed |= posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);
	for (int i = 0; i < (int)p->n_fds; i++)
		failed |= posix_spawn_file_actions_adddup2(actions, p->fds[i], 3 + i);
	failed |= posix_spawn_file_actions_addclosefrom_np(actions, 3 + (int)p->n_fds);
	if (p->dir)
		failed |= posix_spawn_file_actions_addchdir_np(actions, p->dir);

	failed |= posix_spawnattr_init(&s->attr);
	flags |= POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
	failed |= posix_spawnattr_setflags(&s->attr, flags);
	sigemptyset(&set);
	failed |= posix_spawnattr_setsigmask(&s->attr, &set);
	sigaddset(&set, SIGPIPE);
	failed |= posix_spawnattr_setsigdefault(&s->attr, &set);
	if (failed)
		out_of_memory();
	s->env = child_env(p);
	s->program = program_bundled(p->argv[0]);
}

static int spawn_start(const struct spawn *s, const struct process *p, pid_t *pid)
{
	return posix_spawnp(pid, s->program ? s->program : p->argv[0], &s->actions, &s->attr,
			    (char *const *)p->argv, s->env);
}

static int start_failed(const struct process *p, int error, struct jci_error *err)
{
	errno = error;
	if (p->dir)
		return jci_error_errno(err, JCI_EFAIL, _("cannot run '%s' in '%s'"), p->argv[0],
				       p->dir);
	return jci_error_errno(err, JCI_EFAIL, _("cannot run '%s'"), p->argv[0]);
}

/* Both ends lie above the standard streams, which the child's are put over. */
static int make_pipe(int *reader, int *writer)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -1;
	for (int i = 0; i < 2; i++) {
		int low = fds[i];

		if (low > 2)
			continue;
		fds[i] = fcntl(low, F_DUPFD_CLOEXEC, 3);
		cleanup_closep(&low);
	}
	*reader = fds[0];
	*writer = fds[1];
	return fds[0] < 0 || fds[1] < 0 ? -1 : 0;
}

static void keep_last(struct strbuf *sb, size_t max)
{
	size_t extra;

	if (sb->len <= max)
		return;
	extra = sb->len - max;
	memmove(sb->buf, sb->buf + extra, max);
	strbuf_setlen(sb, max);
}

/* Reads once; at the end of the file *fd is closed and becomes -1. */
static void read_some(int *fd, struct strbuf *sb, size_t len)
{
	ssize_t n;

	strbuf_grow(sb, len);
	n = read(*fd, sb->buf + sb->len, len);
	if (n > 0) {
		strbuf_setlen(sb, sb->len + (size_t)n);
	} else if (n == 0 || errno != EINTR) {
		cleanup_closep(fd);
		*fd = -1;
	}
}

/* What is in the pipe now; more could only come from others that hold it open. */
static void read_waiting(int *fd, struct strbuf *sb)
{
	int waiting = 0;

	if (*fd >= 0 && !ioctl(*fd, FIONREAD, &waiting) && waiting > 0)
		read_some(fd, sb, (size_t)waiting);
}

/* How long poll(2) may wait; the child is ended here where that is wanted. */
static int wait_time(const struct process *p, pid_t pid, bool *stopped)
{
	if (!p->stop || *stopped)
		return -1;
	*stopped = p->stop(p->ctx);
	if (*stopped)
		kill(pid, SIGTERM);
	return STOP_MS;
}

struct pipes {
	int out, err; /* reading ends, -1: closed */
	struct strbuf *sb, *message;
};

static void pipes_close(const struct pipes *pipes)
{
	cleanup_closep(&pipes->out);
	cleanup_closep(&pipes->err);
}

/* Of standard error: what came goes to who wants it; the last is kept. */
static void read_error(const struct process *p, struct pipes *pipes, bool all)
{
	size_t before = pipes->message->len;

	if (all)
		read_waiting(&pipes->err, pipes->message);
	else
		read_some(&pipes->err, pipes->message, 4096);
	if (p->errors && pipes->message->len > before)
		p->errors(p->ctx, pipes->message->buf + before, pipes->message->len - before);
	keep_last(pipes->message, MAX_STDERR);
}

/*
 * Reads both pipes as the data comes, so that neither fills up, until both have ended or the
 * child has: a daemon that it left behind may keep them open for ever. pidfd may be -1.
 */
static void read_pipes(const struct process *p, pid_t pid, int pidfd, struct pipes *pipes)
{
	bool stopped = false;

	while (pipes->out >= 0 || pipes->err >= 0) {
		struct pollfd fds[] = {
			{.fd = pipes->out, .events = POLLIN},
			{.fd = pipes->err, .events = POLLIN},
			{.fd = pidfd, .events = POLLIN},
		};

		if (poll(fds, ARRAY_SIZE(fds), wait_time(p, pid, &stopped)) < 0)
			continue;
		if (fds[2].revents) {
			read_waiting(&pipes->out, pipes->sb);
			read_error(p, pipes, true);
			break;
		}
		if (fds[0].revents)
			read_some(&pipes->out, pipes->sb, 64 * 1024);
		if (fds[1].revents)
			read_error(p, pipes, false);
	}
}

static int wait_for(pid_t pid, int *status)
{
	while (waitpid(pid, status, 0) < 0) {
		if (errno != EINTR)
			return -1;
	}
	return 0;
}

static int check_status(const struct process *p, int status, struct strbuf *message,
			struct jci_error *err)
{
	const char *name = p->argv[0];

	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return 0;
	while (message->len && strchr("\n\r ", message->buf[message->len - 1]))
		strbuf_setlen(message, message->len - 1);
	if (WIFSIGNALED(status))
		jci_error_set(err, JCI_EFAIL, _("'%s' was ended by signal %d (%s)"), name,
			      WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		jci_error_set(err, JCI_EFAIL, _("'%s' failed with status %d"), name,
			      WEXITSTATUS(status));
	if (message->len)
		jci_error_set(err, JCI_EFAIL, "%s: %s", err->message, message->buf);
	return err->code;
}

/* Standard output goes to sb where that isn't NULL, else to `out`. */
static int run(const struct process *p, int out, struct strbuf *sb, struct jci_error *err)
{
	cleanup_close int writer = -1, err_writer = -1, pidfd = -1;
	cleanup_strbuf struct strbuf message = STRBUF_INIT;
	cleanup(pipes_close) struct pipes pipes = {-1, -1, sb, &message};
	cleanup(spawn_cleanup) struct spawn spawn = SPAWN_INIT;
	int error, status;
	pid_t pid;

	if ((sb && make_pipe(&pipes.out, &writer) < 0) || make_pipe(&pipes.err, &err_writer) < 0)
		return start_failed(p, errno, err);
	if (p->input && (spawn.in = make_input(p->input)) < 0)
		return start_failed(p, errno, err);
	spawn_init(&spawn, p, sb ? writer : out, err_writer, 0);
	error = spawn_start(&spawn, p, &pid);
	if (error)
		return start_failed(p, error, err);
	close(steal_fd(err_writer));
	if (sb)
		close(steal_fd(writer));
	pidfd = pidfd_open(pid, 0);
	read_pipes(p, pid, pidfd, &pipes);
	if (wait_for(pid, &status) < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot wait for '%s'"), p->argv[0]);
	return check_status(p, status, &message, err);
}

int process_run(const struct process *p, struct jci_error *err)
{
	return run(p, p->out, NULL, err);
}

int process_capture(const struct process *p, struct strbuf *sb, struct jci_error *err)
{
	return run(p, -1, sb, err);
}

/* ---- in a group ---- */

enum { GROUP_GRACE_MS = 2000 };

/* Whether the child has ended by then. Without a pidfd there is no telling: it is waited for. */
static bool has_ended(int pidfd, int ms)
{
	struct pollfd end = {.fd = pidfd, .events = POLLIN};

	return pidfd < 0 || poll(&end, 1, ms) > 0;
}

static bool is_over(const struct process *p, int64_t deadline_us)
{
	return (deadline_us && clock_monotonic_us() >= deadline_us) || (p->stop && p->stop(p->ctx));
}

/* True where it had to be ended. */
static bool end_group_in_time(const struct process *p, pid_t pid, int64_t limit_us)
{
	cleanup_close int pidfd = pidfd_open(pid, 0);
	const int64_t deadline_us = limit_us ? clock_monotonic_us() + limit_us : 0;

	while (!has_ended(pidfd, STOP_MS)) {
		if (!is_over(p, deadline_us))
			continue;
		kill(-pid, SIGTERM);
		if (!has_ended(pidfd, GROUP_GRACE_MS))
			kill(-pid, SIGKILL);
		return true;
	}
	return false;
}

int process_run_group(const struct process *p, int64_t limit_us, struct jci_error *err)
{
	cleanup(spawn_cleanup) struct spawn spawn = SPAWN_INIT;
	cleanup_strbuf struct strbuf message = STRBUF_INIT;
	int error, status;
	bool ended;
	pid_t pid;

	spawn_init(&spawn, p, p->out, p->out, POSIX_SPAWN_SETPGROUP);
	error = spawn_start(&spawn, p, &pid);
	if (error)
		return start_failed(p, error, err);
	ended = end_group_in_time(p, pid, limit_us);
	if (wait_for(pid, &status) < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot wait for '%s'"), p->argv[0]);
	if (ended)
		return jci_error_set(err, JCI_EFAIL,
				     p->stop && p->stop(p->ctx)
					     ? _("it was interrupted")
					     : _("it took too long, and was ended"));
	return check_status(p, status, &message, err);
}

/* ---- as a stream ---- */

/* What a child that is no longer wanted gets for its own cleanup. */
enum { END_GRACE_MS = 500 };

struct process_stream {
	char *name;
	pid_t pid; /* 0: waited for already */
	int out, err;
	struct strbuf message;
};

int process_open(struct process_stream **out, const struct process *p, struct jci_error *err)
{
	cleanup_close int reader = -1, writer = -1, err_reader = -1, err_writer = -1;
	cleanup(spawn_cleanup) struct spawn spawn = SPAWN_INIT;
	struct process_stream *s;
	int error;
	pid_t pid;

	if (make_pipe(&reader, &writer) < 0 || make_pipe(&err_reader, &err_writer) < 0)
		return start_failed(p, errno, err);
	spawn_init(&spawn, p, writer, err_writer, 0);
	error = spawn_start(&spawn, p, &pid);
	if (error)
		return start_failed(p, error, err);
	s = xcalloc(1, sizeof(*s));
	s->name = xstrdup(p->argv[0]);
	s->pid = pid;
	s->out = steal_fd(reader);
	s->err = steal_fd(err_reader);
	s->message = (struct strbuf)STRBUF_INIT;
	*out = s;
	return 0;
}

static ssize_t end_stream(struct process_stream *s, struct jci_error *err)
{
	const char *const argv[] = {s->name, NULL};
	const struct process p = {.argv = argv};
	int status;

	read_waiting(&s->err, &s->message);
	if (wait_for(s->pid, &status) < 0) {
		s->pid = 0;
		return jci_error_errno(err, JCI_EFAIL, _("cannot wait for '%s'"), s->name);
	}
	s->pid = 0;
	read_waiting(&s->err, &s->message);
	keep_last(&s->message, MAX_STDERR);
	return check_status(&p, status, &s->message, err);
}

ssize_t process_read(struct process_stream *s, void *buf, size_t len, int wait_ms,
		     struct jci_error *err)
{
	while (s->pid) {
		struct pollfd fds[] = {
			{.fd = s->out, .events = POLLIN},
			{.fd = s->err, .events = POLLIN},
		};
		int ready = poll(fds, ARRAY_SIZE(fds), wait_ms);
		ssize_t n;

		if (ready == 0)
			return PROCESS_LATER;
		if (ready < 0)
			continue;
		if (fds[1].revents) {
			read_some(&s->err, &s->message, 4096);
			keep_last(&s->message, MAX_STDERR);
		}
		if (!fds[0].revents)
			continue;
		n = read(s->out, buf, len);
		if (n > 0)
			return n;
		if (n == 0 || errno != EINTR)
			return end_stream(s, err);
	}
	return 0;
}

/* The pipes go first: a child that is writing then ends by SIGPIPE at the latest. */
void process_close(struct process_stream *s)
{
	cleanup_close int pidfd = s->pid ? pidfd_open(s->pid, 0) : -1;
	int status;

	cleanup_closep(&s->out);
	cleanup_closep(&s->err);
	if (s->pid) {
		struct pollfd end = {.fd = pidfd, .events = POLLIN};

		kill(s->pid, SIGTERM);
		if (pidfd < 0 || poll(&end, 1, END_GRACE_MS) <= 0)
			kill(s->pid, SIGKILL);
		wait_for(s->pid, &status);
	}
	strbuf_release(&s->message);
	free(s->name);
	free(s);
}

/*
 * A child in between starts it and exits at once, so that init, and not a process of ours that
 * may live long, gets its exit status. The child in between does nothing but that, because it may
 * be the copy of one thread of many; its status is the errno of the start.
 */
int process_detach(const struct process *p, struct jci_error *err)
{
	cleanup(spawn_cleanup) struct spawn spawn = SPAWN_INIT;
	int status;
	pid_t pid;

	spawn_init(&spawn, p, -1, -1, POSIX_SPAWN_SETSID);
	pid = fork();
	if (!pid)
		_exit(spawn_start(&spawn, p, &pid));
	if (pid < 0 || wait_for(pid, &status) < 0)
		return start_failed(p, errno, err);
	if (!WIFEXITED(status))
		return start_failed(p, ECHILD, err);
	return WEXITSTATUS(status) ? start_failed(p, WEXITSTATUS(status), err) : 0;
}
