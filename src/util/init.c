#include "util/init.h"

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/alloc.h"
#include "util/clock.h"
#include "util/gettext.h"
#include "util/io.h"

enum { KILL_US = 10 * 1000 * 1000, LOOK_MS = 2 };

/*
 * 0: there is none yet. As it was before the fork: whether all processes may be killed does not
 * depend on who the parent has become.
 */
static pid_t init;

static const int passed_on[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

/* ---- ending others ---- */

struct other {
	pid_t pid, parent;
	char state;
};

/* /proc/PID/stat (proc(5)): "PID (NAME) STATE PARENT ..."; the name may hold anything. */
static bool read_stat(int proc, const char *name, struct other *other)
{
	cleanup_free char *file = xasprintf("%s/stat", name);
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	const char *end;

	if (!isdigit((unsigned char)*name) || read_file_at(proc, file, &text, 0) < 0)
		return false;
	end = strrchr(text.buf, ')');
	if (!end || strlen(end) < 5)
		return false;
	*other = (struct other){.pid = atoi(name), .parent = atoi(end + 4), .state = end[2]};
	return true;
}

static bool is_meant(const struct other *other)
{
	if (other->pid == getpid() || other->pid == init || other->state == 'Z' ||
	    other->state == 'X')
		return false;
	return init == 1 || other->parent == init || other->parent == getpid();
}

/* Whether there were any that could be killed. */
static bool kill_some(void)
{
	cleanup_dir DIR *dir = opendir("/proc");
	const struct dirent *entry;
	struct other other;
	bool any = false;

	if (init == 1)
		kill(-1, SIGKILL);
	while (dir && (entry = readdir(dir)))
		if (read_stat(dirfd(dir), entry->d_name, &other) && is_meant(&other))
			any |= kill(other.pid, SIGKILL) == 0;
	return any;
}

static void kill_all(void)
{
	int64_t end = clock_monotonic_us() + KILL_US;

	while (kill_some() && clock_monotonic_us() < end)
		poll(NULL, 0, LOOK_MS);
}

void init_kill_others(void)
{
	if (init)
		kill_all();
}

/* ---- the init ---- */

/* Whether the worker is among those that have ended. */
static bool reap(pid_t worker, int *status)
{
	bool ended = false;
	int how;
	pid_t pid;

	while ((pid = waitpid(-1, &how, WNOHANG)) > 0) {
		if (pid != worker)
			continue;
		*status = WIFSIGNALED(how) ? 128 + WTERMSIG(how) : WEXITSTATUS(how);
		ended = true;
	}
	return ended;
}

static void watch(pid_t worker, const sigset_t *set, int *status)
{
	do {
		int number = sigwaitinfo(set, NULL);

		if (number > 0 && number != SIGCHLD)
			kill(worker, number);
	} while (!reap(worker, status));
	if (init == 1) /* all others end with it */
		return;
	kill_all();
	reap(worker, status);
}

int init_begin(int *status, struct jci_error *err)
{
	sigset_t set, old;
	pid_t worker;

	init = getpid();
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	for (size_t i = 0; i < ARRAY_SIZE(passed_on); i++)
		sigaddset(&set, passed_on[i]);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	sigprocmask(SIG_BLOCK, &set, &old);
	worker = fork();
	if (worker < 0) {
		sigprocmask(SIG_SETMASK, &old, NULL);
		return jci_error_errno(err, JCI_EFAIL, _("cannot start a process"));
	}
	if (worker > 0) {
		watch(worker, &set, status);
		return 1;
	}
	setpgid(0, 0);
	sigprocmask(SIG_SETMASK, &old, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != init)
		_exit(1);
	return 0;
}
