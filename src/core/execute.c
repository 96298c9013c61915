#include "core/execute.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/logindex.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/fault.h"
#include "util/gettext.h"
#include "util/io.h"
#include "util/process.h"

enum {
	READ_SIZE = 256 * 1024,
	PIPE_SIZE = 1024 * 1024,
	ECHO_SIZE = 64 * 1024,
	PTY_DRAIN_MS = 50, /* a pseudo-terminal hands its last bytes over a moment late */
};

struct execution {
	const struct jci_execute *x;
	struct jci_record *r;
	pid_t pid;
	int pidfd, out; /* out: read end of the pipe, master of the pseudo-terminal */
	/*
	 * The script's end of the pseudo-terminal, open until it has exited: one that nobody has
	 * open is at its end, and to close our end of it then would hang up on a script that has
	 * only closed its output.
	 */
	int slave;
	int log, index, timing;
	int64_t start_us;    /* monotonic */
	int64_t deadline_us; /* monotonic, of the timeout or of the grace period; 0: none */
	bool exited, stopping;
	int log_error; /* errno of the first failure to write the log; 0: none */
	siginfo_t status;
	uint64_t echoed;
	int echo_fd;
	size_t echo_chunk;
	struct jci_log_scanner *scanner;
	struct jci_log_clock clock;
	struct strbuf index_text, timing_text;
	struct strbuf masked; /* the output that is being taken, without the secrets */
	char *buf;
};

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void execution_release(struct execution *e)
{
	close_fd(&e->pidfd);
	close_fd(&e->out);
	close_fd(&e->slave);
	close_fd(&e->log);
	close_fd(&e->index);
	close_fd(&e->timing);
	if (e->scanner)
		jci_log_scanner_free(e->scanner);
	strbuf_release(&e->index_text);
	strbuf_release(&e->timing_text);
	strbuf_release(&e->masked);
	free(e->buf);
}

/* ---- what can't be executed, and why ---- */

static bool on_path(const char *name)
{
	const char *path = getenv("PATH");

	return process_is_on_path(path ? path : "/usr/bin:/bin", name);
}

/* "#!INTERPRETER [ARGUMENT]": what it names must be there. */
static int check_interpreter(const char *line, const char *shown, struct jci_error *err)
{
	const char *start = line + 2 + strspn(line + 2, " \t");
	size_t len = strcspn(start, " \t\r\n");
	cleanup_free char *interpreter = xstrndup(start, len);
	const char *arg = start + len + strspn(start + len, " \t");
	cleanup_free char *name = xstrndup(arg, strcspn(arg, " \t\r\n"));
	const char *base = strrchr(interpreter, '/');

	if (strpbrk(start, "\r") && strcspn(start, "\r") < strcspn(start, "\n"))
		return jci_error_set(err, JCI_ENOEXEC,
				     _("the first line of '%s' ends with a carriage return, so no "
				       "interpreter is found; mend it with: sed -i 's/\\r$//' %s"),
				     shown, shown);
	if (access(interpreter, F_OK) < 0)
		return jci_error_set(
			err, JCI_ENOEXEC,
			_("the interpreter of '%s', '%s', does not exist; install it or "
			  "change the first line: head -n 1 %s"),
			shown, interpreter, shown);
	if (access(interpreter, X_OK) < 0)
		return jci_error_set(err, JCI_ENOEXEC,
				     _("the interpreter of '%s', '%s', is not executable; mend it "
				       "with: chmod +x '%s'"),
				     shown, interpreter, interpreter);
	if (base && strcmp(base, "/env") == 0 && *name && *name != '-' && !strchr(name, '=') &&
	    !on_path(name))
		return jci_error_set(
			err, JCI_ENOEXEC,
			_("the interpreter of '%s', '%s', is not on PATH; install it or "
			  "change the first line: head -n 1 %s"),
			shown, name, shown);
	return 0;
}

int jci_execute_check(const char *script, const char *shown, struct jci_error *err)
{
	cleanup_close int fd = -1;
	char line[PATH_MAX] = "";
	struct stat st;

	int code = stat(script, &st);

	if (code < 0 && (errno == ENOENT || errno == ENOTDIR))
		return jci_error_set(err, JCI_ENOTFOUND,
				     _("there is no '%s'; make one with: mkdir -p .jci && printf "
				       "'#!/bin/sh\\nset -e\\n' >%s && chmod +x %s"),
				     shown, shown, shown);
	if (code == 0 && !S_ISREG(st.st_mode))
		return jci_error_set(
			err, JCI_ENOEXEC,
			_("'%s' is not a file; put the script there that is to be run"), shown);
	if (access(script, X_OK) < 0)
		return jci_error_set(err, JCI_ENOEXEC,
				     _("'%s' is not executable; mend it with: chmod +x %s && git "
				       "update-index --chmod=+x %s"),
				     shown, shown, shown);
	/* one that can be executed but not read is left to the kernel */
	fd = open(script, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && read_full(fd, line, sizeof(line) - 1) > 2 && line[0] == '#' &&
	    line[1] == '!')
		return check_interpreter(line, shown, err);
	return 0;
}

static int exec_failed(const struct jci_execute *x, int error, struct jci_error *err)
{
	struct stat st;

	errno = error;
	if (error == ENOENT || error == EACCES) {
		if (jci_execute_check(x->script, ".jci/run.sh", err) < 0)
			return err->code;
		errno = error;
	}
	if (error == ENOEXEC && stat(x->script, &st) == 0 && st.st_size == 0)
		return jci_error_set(err, JCI_ENOEXEC,
				     _("'%s' is empty; begin it with: printf '#!/bin/sh\\nset "
				       "-e\\n' >%s"),
				     ".jci/run.sh", ".jci/run.sh");
	if (error == ENOEXEC)
		return jci_error_set(err, JCI_ENOEXEC,
				     _("'%s' is no program and does not begin with '#!'; name its "
				       "interpreter: sed -i '1i #!/bin/sh' %s"),
				     ".jci/run.sh", ".jci/run.sh");
	return jci_error_errno(err, JCI_ENOEXEC, _("cannot execute '%s'"), x->script);
}

/* ---- starting ---- */

struct channel {
	int ours, theirs;
};

static int open_pty(const struct jci_execute *x, struct channel *c)
{
	struct winsize size = {.ws_row = 24, .ws_col = 80};
	struct termios termios;

	if (x->echo_fd >= 0)
		ioctl(x->echo_fd, TIOCGWINSZ, &size);
	if (openpty(&c->ours, &c->theirs, NULL, NULL, &size) < 0)
		return -1;
	/* the log gets newlines as the script wrote them, and nothing twice */
	if (tcgetattr(c->theirs, &termios) == 0) {
		termios.c_oflag &= ~(tcflag_t)OPOST;
		termios.c_lflag &= ~(tcflag_t)ECHO;
		tcsetattr(c->theirs, TCSANOW, &termios);
	}
	fcntl(c->ours, F_SETFD, FD_CLOEXEC);
	fcntl(c->theirs, F_SETFD, FD_CLOEXEC);
	return 0;
}

static int open_channel(const struct jci_execute *x, struct channel *c)
{
	int fds[2];

	if (x->pty)
		return open_pty(x, c);
	if (pipe2(fds, O_CLOEXEC) < 0)
		return -1;
	c->ours = fds[0];
	c->theirs = fds[1];
	fcntl(c->ours, F_SETPIPE_SZ, PIPE_SIZE); /* fewer wake-ups; a refusal does no harm */
	return 0;
}

/*
 * In the child, which shares our memory until it has executed the script (vfork(2)): nothing but
 * system calls. *error tells the parent why it could not. The script dies with this process: what a
 * killed git-jci leaves behind is stored by jci_recover(), not by a script that goes on unseen.
 */
static void child(const struct jci_execute *x, int theirs, pid_t parent, volatile int *error)
{
	char *const argv[] = {(char *)x->script, NULL};
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	sigset_t none;

	if (x->pty) {
		setsid();
		ioctl(theirs, TIOCSCTTY, 0);
	} else {
		setpgid(0, 0);
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (null >= 0 && chdir(x->dir) == 0 && dup2(null, 0) >= 0 && dup2(theirs, 1) >= 0 &&
	    dup2(theirs, 2) >= 0)
		execve(x->script, argv, x->env);
	*error = errno;
	_exit(127);
}

/*
 * vfork, because copying the page tables costs more than all else here. Signals wait meanwhile, so
 * that no handler of ours runs in the child. Returns when the script is executed, or could not be:
 * then *error is not 0 and the process is one to be waited for.
 */
static pid_t spawn(const struct jci_execute *x, int theirs, int *error)
{
	const pid_t parent = getpid();
	volatile int failed = 0;
	sigset_t all, old;
	pid_t pid;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	pid = vfork();
	if (pid == 0)
		child(x, theirs, parent, &failed);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	*error = failed;
	return pid;
}

static int start(struct execution *e, struct jci_error *err)
{
	struct channel c = {-1, -1};
	int error;

	if (open_channel(e->x, &c) < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot make a pipe for the script"));
	e->out = c.ours;
	e->start_us = clock_monotonic_us();
	e->pid = spawn(e->x, c.theirs, &error);
	if (e->x->pty)
		e->slave = c.theirs;
	else
		close(c.theirs);
	if (e->pid < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot start a process"));
	if (error) {
		waitpid(e->pid, NULL, 0);
		return exec_failed(e->x, error, err);
	}
	e->pidfd = pidfd_open(e->pid, 0);
	if (e->pidfd < 0) {
		jci_error_errno(err, JCI_EFAIL, _("cannot watch the script"));
		kill(-e->pid, SIGKILL);
		waitpid(e->pid, NULL, 0);
		return err->code;
	}
	return 0;
}

/* ---- stopping ---- */

static void stop(struct execution *e, enum jci_reason reason)
{
	if (e->exited && !e->stopping)
		return;
	if (e->stopping) {
		kill(-e->pid, SIGKILL);
		return;
	}
	e->stopping = true;
	e->r->reason = reason;
	e->deadline_us = clock_monotonic_us() + e->x->grace_us;
	kill(-e->pid, SIGTERM);
	kill(-e->pid, SIGCONT); /* a stopped process would not see it */
}

static void take_deadline(struct execution *e)
{
	if (!e->deadline_us || clock_monotonic_us() < e->deadline_us)
		return;
	e->deadline_us = 0;
	stop(e, JCI_REASON_TIMEOUT);
}

static void take_cancel(struct execution *e, int fd, size_t at_once)
{
	char drop[sizeof(uint64_t)];

	/* what was asked for before the script ended is no longer of use */
	if (read(fd, drop, at_once) > 0)
		stop(e, JCI_REASON_CANCELLED);
	if (e->exited)
		e->echo_fd = -1;
}

/* Ours, an eventfd(2) which several signals make readable once; and others', a byte each. */
static void take_cancels(struct execution *e, const struct pollfd *ours,
			 const struct pollfd *others)
{
	if (ours->revents)
		take_cancel(e, ours->fd, sizeof(uint64_t));
	if (others->revents)
		take_cancel(e, others->fd, 1);
}

/*
 * The process stays a zombie until finish(), so that its group's number can't come to mean another
 * group while signals are still sent to it.
 */
static void take_exit(struct execution *e)
{
	if (waitid(P_PIDFD, (id_t)e->pidfd, &e->status, WEXITED | WNOWAIT) < 0)
		return;
	e->exited = true;
	close_fd(&e->slave);
}

/* ---- output ---- */

static int flush_text(int fd, struct strbuf *text)
{
	int code = text->len ? write_full(fd, text->buf, text->len) : 0;

	strbuf_reset(text);
	return code;
}

static void flush_texts(struct execution *e)
{
	if (flush_text(e->index, &e->index_text) < 0 || flush_text(e->timing, &e->timing_text) < 0)
		e->log_error = errno;
}

static void add_to_log(struct execution *e, const char *data, size_t n)
{
	int64_t us = clock_monotonic_us() - e->start_us;

	if (write_full(e->log, data, n) < 0) {
		e->log_error = errno;
		return;
	}
	fault_point("output");
	e->r->log_bytes += n;
	jci_log_scanner_feed(e->scanner, data, n);
	jci_log_clock_add(&e->clock, &e->timing_text, us, n);
	flush_texts(e);
}

static void take_bytes(struct execution *e, size_t n)
{
	if (!e->x->secrets) {
		add_to_log(e, e->buf, n);
		return;
	}
	strbuf_reset(&e->masked);
	jci_secrets_feed(e->x->secrets, &e->masked, e->buf, n);
	if (e->masked.len > 0)
		add_to_log(e, e->masked.buf, e->masked.len);
}

/* The end of the output may have looked like the beginning of a secret. */
static void take_rest(struct execution *e)
{
	if (!e->x->secrets || e->log_error)
		return;
	strbuf_reset(&e->masked);
	jci_secrets_end(e->x->secrets, &e->masked);
	if (e->masked.len > 0)
		add_to_log(e, e->masked.buf, e->masked.len);
}

/* At most `limit` bytes; how many there were, 0 at the end of the output. */
static size_t take_output(struct execution *e, size_t limit)
{
	ssize_t n = read(e->out, e->buf, limit < READ_SIZE ? limit : READ_SIZE);

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return 0;
	if (n <= 0) { /* a pseudo-terminal that nobody has open any more says EIO */
		close_fd(&e->out);
		return 0;
	}
	take_bytes(e, (size_t)n);
	if (e->log_error)
		stop(e, JCI_REASON_KILLED);
	return (size_t)n;
}

static void drain_pty(struct execution *e)
{
	int64_t end = clock_monotonic_us() + 1000000;
	struct pollfd p = {.fd = e->out, .events = POLLIN};

	while (e->out >= 0 && poll(&p, 1, PTY_DRAIN_MS) > 0 && clock_monotonic_us() < end)
		take_output(e, READ_SIZE);
}

/*
 * What the script wrote before it ended is in the pipe by now; what a background process writes
 * from now on does not count.
 */
static void drain(struct execution *e)
{
	int left = 0;

	if (e->out < 0)
		return;
	if (e->x->pty) {
		drain_pty(e);
		return;
	}
	ioctl(e->out, FIONREAD, &left);
	while (left > 0 && e->out >= 0) {
		size_t n = take_output(e, (size_t)left);

		if (n == 0 && e->out < 0)
			break;
		left -= (int)n;
	}
}

/*
 * The echo follows the log file rather than the pipe: a slow terminal does not slow the script, and
 * nothing has to be kept in memory for it.
 */
static void echo_some(struct execution *e)
{
	char chunk[ECHO_SIZE];
	ssize_t n = pread(e->log, chunk, e->echo_chunk, (off_t)e->echoed);

	if (n > 0)
		n = write(e->echo_fd, chunk, (size_t)n);
	if (n > 0)
		e->echoed += (uint64_t)n;
	else if (n == 0 || (errno != EINTR && errno != EAGAIN))
		e->echo_fd = -1;
}

static bool echo_lags(const struct execution *e)
{
	return e->echo_fd >= 0 && e->echoed < e->r->log_bytes;
}

/* ---- the loop ---- */

/* When the next thing is due that no descriptor tells: 0 never. */
static int64_t next_due(const struct execution *e)
{
	int64_t entry = e->clock.any ? e->start_us + e->clock.entry_us + JCI_LOG_ENTRY_US : 0;

	if (!entry || (e->deadline_us && e->deadline_us < entry))
		return e->deadline_us;
	return entry;
}

static int poll_timeout(const struct execution *e)
{
	int64_t due = next_due(e), left;

	if (!due)
		return -1;
	left = (due - clock_monotonic_us() + 999) / 1000;
	if (left <= 0)
		return 0;
	return left > INT_MAX ? INT_MAX : (int)left;
}

/* Whoever reads the log meanwhile finds the times of all of it but the last moment. */
static void take_entry(struct execution *e)
{
	if (!e->clock.any ||
	    clock_monotonic_us() < e->start_us + e->clock.entry_us + JCI_LOG_ENTRY_US)
		return;
	jci_log_clock_end(&e->clock, &e->timing_text);
	flush_texts(e);
}

/* After a stop the group's other members have until the deadline to let go of the output. */
static bool goes_on(const struct execution *e)
{
	if (!e->exited)
		return true;
	return e->stopping && e->out >= 0 && e->deadline_us && !e->log_error;
}

static void turn(struct execution *e)
{
	struct pollfd p[] = {
		{.fd = e->out, .events = POLLIN},
		{.fd = e->exited ? -1 : e->pidfd, .events = POLLIN},
		{.fd = e->x->cancel_fd, .events = POLLIN},
		{.fd = e->x->live->cancel, .events = POLLIN},
		{.fd = echo_lags(e) ? e->echo_fd : -1, .events = POLLOUT},
	};

	if (poll(p, ARRAY_SIZE(p), poll_timeout(e)) < 0)
		return;
	if (p[0].revents)
		take_output(e, READ_SIZE);
	if (p[1].revents)
		take_exit(e);
	take_cancels(e, &p[2], &p[3]);
	if (p[4].revents)
		echo_some(e);
	take_entry(e);
	take_deadline(e);
}

static void drain_echo(struct execution *e)
{
	while (echo_lags(e)) {
		struct pollfd p[] = {
			{.fd = e->echo_fd, .events = POLLOUT},
			{.fd = e->x->cancel_fd, .events = POLLIN},
			{.fd = e->x->live->cancel, .events = POLLIN},
		};

		if (poll(p, ARRAY_SIZE(p), -1) < 0)
			continue;
		take_cancels(e, &p[1], &p[2]);
		if (p[0].revents && e->echo_fd >= 0)
			echo_some(e);
	}
}

static void set_result(struct execution *e)
{
	struct jci_record *r = e->r;
	bool ok = e->status.si_code == CLD_EXITED && e->status.si_status == 0;

	if (e->status.si_code == CLD_EXITED)
		r->exit_status = e->status.si_status;
	else
		r->signal = e->status.si_status;
	if (!e->stopping)
		r->reason = ok ? JCI_REASON_PASSED : JCI_REASON_FAILED;
	r->status = ok && !e->stopping ? JCI_STATUS_OK : JCI_STATUS_ERR;
}

static int finish(struct execution *e, struct jci_error *err)
{
	e->r->duration_us = clock_monotonic_us() - e->start_us;
	drain(e);
	take_rest(e);
	if (e->stopping)
		kill(-e->pid, SIGKILL);
	waitpid(e->pid, NULL, 0);
	close_fd(&e->out);
	e->r->end_us = clock_now_us();
	set_result(e);
	e->r->log_lines = jci_log_scanner_end(e->scanner);
	jci_log_clock_end(&e->clock, &e->timing_text);
	flush_texts(e);
	drain_echo(e);
	if (!e->log_error)
		return 0;
	errno = e->log_error;
	return jci_error_errno(err, JCI_EFAIL,
			       _("the log in '%s' cannot be written, so the script was stopped"),
			       e->x->live->path);
}

static int open_log(const struct jci_live *live, const char *name, int flags, struct jci_error *err)
{
	int fd = openat(live->dir, name, O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | flags, 0666);

	if (fd < 0)
		jci_error_errno(err, JCI_EFAIL, _("cannot write '%s/%s'"), live->path, name);
	return fd;
}

static int open_logs(struct execution *e, struct jci_error *err)
{
	e->log = open_log(e->x->live, "log", O_RDWR, err);
	if (e->log < 0)
		return err->code;
	e->index = open_log(e->x->live, "log.index", O_WRONLY, err);
	if (e->index < 0)
		return err->code;
	e->timing = open_log(e->x->live, "log.timing", O_WRONLY, err);
	return e->timing < 0 ? err->code : 0;
}

/*
 * A pipe or a terminal that is ready takes at least PIPE_BUF bytes without blocking; a file takes
 * what it gets.
 */
static size_t echo_chunk(int fd)
{
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? ECHO_SIZE : PIPE_BUF;
}

int jci_execute(const struct jci_execute *x, struct jci_record *r, struct jci_error *err)
{
	cleanup(execution_release) struct execution e = {
		.x = x,
		.r = r,
		.pidfd = -1,
		.out = -1,
		.slave = -1,
		.log = -1,
		.index = -1,
		.timing = -1,
		.echo_fd = x->echo_fd,
		.echo_chunk = echo_chunk(x->echo_fd),
		.clock = JCI_LOG_CLOCK_INIT,
		.index_text = STRBUF_INIT,
		.timing_text = STRBUF_INIT,
		.masked = STRBUF_INIT,
	};

	if (open_logs(&e, err) < 0)
		return err->code;
	e.scanner = jci_log_scanner_new(&e.index_text);
	e.buf = xmalloc(READ_SIZE);
	if (start(&e, err) < 0)
		return err->code;
	fault_point("started");
	if (x->timeout_us)
		e.deadline_us = e.start_us + x->timeout_us;
	while (goes_on(&e))
		turn(&e);
	return finish(&e, err);
}
