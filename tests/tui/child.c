#include "child.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/alloc.h"
#include "util/clock.h"
#include "util/io.h"

/* A string that only we write to the terminal: what was written before it has arrived with it. */
static const char marker[] = "\033]9999;synchronous\a";

enum { QUEUE_DELAY_MS = 50 }; /* the kernel hands over what was written a moment later */

static void fail(const char *what)
{
	perror(what);
	exit(2);
}

static void open_terminal(struct child *child)
{
	const char *name;

	child->master = posix_openpt(O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (child->master < 0 || grantpt(child->master) < 0 || unlockpt(child->master) < 0)
		fail("pseudo-terminal");
	name = ptsname(child->master);
	/* the first terminal that the leader of a session opens becomes the session's */
	child->slave = name ? open(name, O_RDWR | O_CLOEXEC) : -1;
	if (child->slave < 0 || tcgetattr(child->slave, &child->before) < 0)
		fail("pseudo-terminal");
}

static void become(const char *const *argv, int slave, int idle)
{
	cleanup_free char *number = xasprintf("%d", idle);
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setpgid(0, 0);
	signal(SIGTTOU, SIG_IGN);
	tcsetpgrp(slave, getpid());
	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (int fd = 0; fd < 3; fd++)
		dup2(slave, fd);
	fcntl(idle, F_SETFD, 0);
	setenv("JCI_IDLE_FD", number, 1);
	execvp(argv[0], (char *const *)argv);
	perror(argv[0]);
	_exit(127);
}

void child_start(struct child *child, const char *const *argv, int columns, int rows)
{
	int fds[2];

	open_terminal(child);
	child_resize(child, columns, rows);
	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0)
		fail("pipe");
	child->idle = fds[0];
	child->pid = fork();
	if (child->pid < 0)
		fail("fork");
	if (!child->pid)
		become(argv, child->slave, fds[1]);
	setpgid(child->pid, child->pid);
	close(fds[1]);
}

void child_resize(const struct child *child, int columns, int rows)
{
	struct winsize size = {.ws_col = (unsigned short)columns, .ws_row = (unsigned short)rows};

	ioctl(child->master, TIOCSWINSZ, &size);
}

void child_write(const struct child *child, const char *data, size_t len)
{
	if (write_full(child->master, data, len) < 0)
		fail("writing to the terminal");
}

void child_hang_up(struct child *child)
{
	close(steal_fd(child->slave));
	close(steal_fd(child->master));
}

void child_forget_idle(struct child *child)
{
	char buf[256];

	while (child->idle >= 0 && read(child->idle, buf, sizeof(buf)) > 0)
		child->sends_idle = true;
}

void child_continue(struct child *child)
{
	child->stopped = false;
	tcsetpgrp(child->slave, child->pid);
	kill(-child->pid, SIGCONT);
}

/* ---- waiting ---- */

static void read_output(struct child *child, struct strbuf *output)
{
	ssize_t n;

	strbuf_grow(output, 65536);
	n = read(child->master, output->buf + output->len, 65536);
	if (n > 0)
		strbuf_setlen(output, output->len + (size_t)n);
	else if (n == 0 || errno != EINTR)
		close(steal_fd(child->master));
}

/* What it told before it read all of its input is not about that input. */
static bool read_idle(struct child *child)
{
	int waiting = 0;
	char buf[256];
	ssize_t n = read(child->idle, buf, sizeof(buf));

	if (n == 0)
		close(steal_fd(child->idle));
	if (n <= 0)
		return false;
	child->sends_idle = true;
	return child->slave < 0 || ioctl(child->slave, FIONREAD, &waiting) < 0 || !waiting;
}

static bool read_status(struct child *child)
{
	int status;

	if (!child->pid || waitpid(child->pid, &status, WNOHANG | WUNTRACED) <= 0)
		return false;
	child->status = status;
	child->stopped = WIFSTOPPED(status);
	if (!child->stopped)
		child->pid = 0;
	return true;
}

/* SIGCHLD, which tells of stops too, is blocked but here. */
bool child_poll(struct child *child, int64_t deadline_us, struct strbuf *output, bool *idle,
		bool *changed)
{
	struct pollfd fds[] = {
		{.fd = child->master, .events = POLLIN},
		{.fd = child->idle, .events = POLLIN},
	};
	int64_t left = deadline_us - clock_monotonic_us();
	struct timespec timeout = {left / 1000000, left % 1000000 * 1000};
	sigset_t none;
	int ready;

	*idle = false;
	*changed = read_status(child);
	if (left <= 0)
		return false;
	if (*changed)
		return true;
	sigemptyset(&none);
	ready = ppoll(fds, ARRAY_SIZE(fds), &timeout, &none);
	if (ready <= 0)
		return ready < 0 && errno == EINTR;
	if (fds[0].revents)
		read_output(child, output);
	else if (fds[1].revents)
		*idle = read_idle(child);
	return true;
}

static bool take_marker(struct strbuf *output, size_t from)
{
	char *at = memmem(output->buf + from, output->len - from, marker, sizeof(marker) - 1);
	size_t len = sizeof(marker) - 1;

	if (!at)
		return false;
	memmove(at, at + len, (size_t)(output->buf + output->len - at) - len);
	strbuf_setlen(output, output->len - len);
	return true;
}

/* The kernel hands over what is written to a pseudo-terminal a moment later, but in order. */
void child_drain(struct child *child, int64_t deadline_us, struct strbuf *output)
{
	size_t from = output->len;

	if (child->slave < 0 || child->master < 0)
		return;
	if (write_full(child->slave, marker, sizeof(marker) - 1) < 0)
		return;
	while (child->master >= 0 && !take_marker(output, from)) {
		struct pollfd fd = {.fd = child->master, .events = POLLIN};
		int64_t left = deadline_us - clock_monotonic_us();

		if (left <= 0 || poll(&fd, 1, (int)(left / 1000) + 1) == 0)
			return;
		read_output(child, output);
	}
}

size_t child_take_queued(struct child *child, struct strbuf *output)
{
	struct pollfd fd = {.fd = child->master, .events = POLLIN};
	const size_t from = output->len;
	int status;

	kill(child->pid, SIGSTOP);
	waitpid(child->pid, &status, WUNTRACED);
	while (child->master >= 0 && poll(&fd, 1, QUEUE_DELAY_MS) > 0)
		read_output(child, output);
	kill(child->pid, SIGCONT);
	return output->len - from;
}

/* ---- what it uses ---- */

/* The number behind the word that begins a line; 0: there is none. */
static unsigned long long number_of(const char *path, const char *word)
{
	cleanup_free char *line = NULL;
	unsigned long long number = 0;
	size_t cap = 0;
	FILE *file = fopen(path, "re");

	while (file && getline(&line, &cap, file) > 0) {
		if (!strncmp(line, word, strlen(word))) {
			number = strtoull(line + strlen(word), NULL, 10);
			break;
		}
	}
	if (file)
		fclose(file);
	return number;
}

static void add_thread(struct child_usage *usage, const char *task, const char *thread)
{
	cleanup_free char *stat = xasprintf("%s/%s/schedstat", task, thread);
	cleanup_free char *status = xasprintf("%s/%s/status", task, thread);

	usage->cpu_ms += (double)number_of(stat, "") / 1e6;
	usage->switches += number_of(status, "voluntary_ctxt_switches:");
}

bool child_usage(const struct child *child, struct child_usage *usage)
{
	cleanup_free char *task = xasprintf("/proc/%d/task", (int)child->pid);
	cleanup_free char *status = xasprintf("/proc/%d/status", (int)child->pid);
	DIR *dir = child->pid ? opendir(task) : NULL;
	const struct dirent *entry;

	*usage = (struct child_usage){0};
	if (!dir)
		return false;
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] != '.')
			add_thread(usage, task, entry->d_name);
	}
	closedir(dir);
	usage->peak_kib = number_of(status, "VmHWM:");
	return true;
}

/* ---- modes ---- */

static void add_difference(struct strbuf *sb, tcflag_t before, tcflag_t now, tcflag_t flag,
			   const char *name)
{
	if ((before ^ now) & flag)
		strbuf_addf(sb, "%s is %s\n", name, now & flag ? "on" : "off");
}

static bool same_modes(const struct termios *a, const struct termios *b)
{
	return a->c_iflag == b->c_iflag && a->c_oflag == b->c_oflag && a->c_cflag == b->c_cflag &&
	       a->c_lflag == b->c_lflag && !memcmp(a->c_cc, b->c_cc, sizeof(a->c_cc));
}

void child_add_modes(const struct child *child, struct strbuf *sb)
{
	const struct termios *before = &child->before;
	struct termios now;
	size_t from = sb->len;

	if (child->slave < 0 || tcgetattr(child->slave, &now) < 0)
		return;
	add_difference(sb, before->c_lflag, now.c_lflag, ICANON, "ICANON");
	add_difference(sb, before->c_lflag, now.c_lflag, ECHO, "ECHO");
	add_difference(sb, before->c_lflag, now.c_lflag, ISIG, "ISIG");
	add_difference(sb, before->c_iflag, now.c_iflag, ICRNL, "ICRNL");
	add_difference(sb, before->c_oflag, now.c_oflag, OPOST, "OPOST");
	if (sb->len == from && !same_modes(before, &now))
		strbuf_addstr(sb, "other modes of the terminal are changed\n");
}
