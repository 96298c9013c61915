#include "tui/task.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "tui/actenv.h"
#include "tui/acts.h"
#include "tui/term.h"
#include "util/alloc.h"
#include "util/gettext.h"
#include "util/io.h"
#include "util/program.h"

enum { MAX_OUTPUT = 64 * 1024, MAX_AT_END = 1024 * 1024 };

struct running {
	struct tasks *tasks;
	struct task task; /* without argv and the strings below */
	char *title, *left;
	pid_t pid;
	int pidfd;
	int out; /* a pipe; of a detached one the file that is its standard error */
	struct strbuf output;
	struct running *next;
};

struct tasks {
	struct tui *tui;
	struct running *first; /* the newest */
};

struct tasks *tasks_new(struct tui *tui)
{
	struct tasks *tasks = xcalloc(1, sizeof(*tasks));

	tasks->tui = tui;
	return tasks;
}

static void running_free(struct running *r)
{
	struct loop *loop = r->tasks->tui->loop;

	if (r->pidfd >= 0) {
		loop_unwatch(loop, r->pidfd);
		close(r->pidfd);
	}
	if (r->out >= 0) {
		if (!r->task.detached)
			loop_unwatch(loop, r->out);
		close(r->out);
	}
	if (r->task.release)
		r->task.release(r->task.ctx);
	strbuf_release(&r->output);
	free(r->title);
	free(r->left);
	free(r);
}

/* Its children are told too: it leads a group. */
static void leave_or_end(struct running *r)
{
	if (!r->task.detached)
		kill(-r->pid, SIGTERM);
	else if (r->left)
		fprintf(stderr, "git-jci: %s\n", r->left);
}

void tasks_free(struct tasks *tasks)
{
	while (tasks && tasks->first) {
		struct running *r = tasks->first;

		tasks->first = r->next;
		leave_or_end(r);
		running_free(r);
	}
	free(tasks);
}

unsigned task_count(const struct tui *tui)
{
	unsigned n = 0;

	for (const struct running *r = tui->acts->tasks->first; r; r = r->next)
		n += !r->task.detached;
	return n;
}

/* ---- what they print ---- */

char *task_last_line(const char *output)
{
	size_t end = strlen(output), start;

	while (end > 0 && strchr("\r\n \t", output[end - 1]))
		end--;
	for (start = end; start > 0 && !strchr("\r\n", output[start - 1]); start--)
		;
	if (start == end)
		return NULL;
	if (strncmp(output + start, "git-jci: ", 9) == 0)
		start += 9;
	return xstrndup(output + start, end - start);
}

/* Of lines that wrote over themselves, what was left to see. */
static void add_as_seen(struct strbuf *sb, const char *output)
{
	while (*output) {
		size_t len = strcspn(output, "\n"), shown = len;
		const char *line = output, *cr;

		while (shown > 0 && line[shown - 1] == '\r')
			shown--;
		cr = memrchr(line, '\r', shown);
		if (cr) {
			shown -= (size_t)(cr + 1 - line);
			line = cr + 1;
		}
		if (shown >= 9 && strncmp(line, "git-jci: ", 9) == 0) {
			line += 9;
			shown -= 9;
		}
		strbuf_add(sb, line, shown);
		strbuf_addch(sb, '\n');
		output += len + (output[len] == '\n');
	}
	while (sb->len && strchr("\n ", sb->buf[sb->len - 1]))
		strbuf_setlen(sb, sb->len - 1);
}

void task_fail(struct tui *tui, const char *title, const struct task_result *result)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	const int signal = result->status - 128;

	add_as_seen(&text, result->output);
	if (text.len)
		jci_error_set(&err, JCI_EFAIL, strchr(text.buf, '\n') ? "%s:\n%s" : "%s: %s", title,
			      text.buf);
	else if (signal > 0 && signal < NSIG)
		jci_error_set(&err, JCI_EFAIL, _("%s: ended by signal %d (%s)"), title, signal,
			      strsignal(signal));
	else
		jci_error_set(&err, JCI_EFAIL, _("%s: failed with status %d"), title,
			      result->status);
	tui_fail(tui, &err);
}

static void show_progress(const struct tasks *tasks)
{
	const struct running *r = tasks->first;
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	cleanup_free char *line = NULL;

	while (r && (r->task.detached || !r->title))
		r = r->next;
	if (r) {
		line = task_last_line(r->output.buf);
		strbuf_addf(&text, line ? "%s: %s" : "%s", r->title, line);
	}
	tui_progress(tasks->tui, text.buf);
}

static void keep_last(struct strbuf *sb)
{
	size_t extra;

	if (sb->len <= 2 * MAX_OUTPUT)
		return;
	extra = sb->len - MAX_OUTPUT;
	memmove(sb->buf, sb->buf + extra, MAX_OUTPUT);
	strbuf_setlen(sb, MAX_OUTPUT);
}

/* One read; false where nothing came. */
static bool read_some(struct running *r)
{
	ssize_t n;

	strbuf_grow(&r->output, MAX_OUTPUT);
	errno = 0;
	n = read(r->out, r->output.buf + r->output.len, MAX_OUTPUT);
	if (n > 0) {
		strbuf_setlen(&r->output, r->output.len + (size_t)n);
		keep_last(&r->output);
	}
	return n > 0 || (n < 0 && errno == EINTR);
}

static void on_output(void *ctx, short revents)
{
	struct running *r = ctx;

	if (!read_some(r) && errno != EAGAIN) {
		loop_unwatch(r->tasks->tui->loop, r->out);
		return;
	}
	if (revents)
		show_progress(r->tasks);
}

/* What it left behind may go on writing: that much and no more. */
static void read_rest(struct running *r)
{
	struct stat st;
	off_t start = 0;
	ssize_t n;

	if (!r->task.detached) {
		for (int i = 0; i < MAX_AT_END / MAX_OUTPUT && read_some(r); i++)
			;
		return;
	}
	if (fstat(r->out, &st) == 0 && st.st_size > MAX_OUTPUT)
		start = st.st_size - MAX_OUTPUT;
	strbuf_grow(&r->output, MAX_OUTPUT);
	n = pread_full(r->out, r->output.buf, MAX_OUTPUT, start);
	if (n > 0)
		strbuf_setlen(&r->output, (size_t)n);
}

/* ---- their end ---- */

static int exit_status(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void unlink_running(struct running *r)
{
	struct running **at = &r->tasks->first;

	while (*at != r)
		at = &(*at)->next;
	*at = r->next;
}

static void on_exit_of(void *ctx, short revents)
{
	struct running *r = ctx;
	struct tasks *tasks = r->tasks;
	struct task_result result;
	int status = 0;

	(void)revents;
	if (waitpid(r->pid, &status, WNOHANG) == 0)
		return;
	read_rest(r);
	unlink_running(r);
	show_progress(tasks);
	if (r->output.len > MAX_OUTPUT) {
		memmove(r->output.buf, r->output.buf + r->output.len - MAX_OUTPUT, MAX_OUTPUT);
		strbuf_setlen(&r->output, MAX_OUTPUT);
	}
	result = (struct task_result){exit_status(status), r->output.buf};
	if (r->task.done)
		r->task.done(tasks->tui, &result, r->task.ctx);
	else if (result.status != 0)
		task_fail(tasks->tui, r->title ? r->title : "", &result);
	running_free(r);
}

/* ---- starting ---- */

static bool is_own(const char *const *argv)
{
	return strcmp(argv[0], "git-jci") == 0;
}

/* The caller frees it. */
static char *program(const char *const *argv)
{
	return is_own(argv) ? program_self() : xstrdup(argv[0]);
}

struct spawn {
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
};

static void spawn_init(struct spawn *s, short flags)
{
	static const int defaults[] = {SIGINT,  SIGQUIT, SIGTERM, SIGPIPE,  SIGTSTP,
				       SIGTTIN, SIGTTOU, SIGCONT, SIGWINCH, SIGCHLD};
	sigset_t set;

	if (posix_spawn_file_actions_init(&s->actions) || posix_spawnattr_init(&s->attr))
		out_of_memory();
	sigemptyset(&set);
	posix_spawnattr_setsigmask(&s->attr, &set);
	for (size_t i = 0; i < ARRAY_SIZE(defaults); i++)
		sigaddset(&set, defaults[i]);
	posix_spawnattr_setsigdefault(&s->attr, &set);
	flags |= POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
	posix_spawnattr_setflags(&s->attr, flags);
}

static void spawn_release(struct spawn *s)
{
	posix_spawn_file_actions_destroy(&s->actions);
	posix_spawnattr_destroy(&s->attr);
}

static int spawn_start(struct spawn *s, const char *const *argv, const struct actenv *env,
		       pid_t *pid, struct jci_error *err)
{
	cleanup_free char *file = program(argv);
	int error;

	if (posix_spawn_file_actions_addclosefrom_np(&s->actions, 3))
		out_of_memory();
	error = posix_spawnp(pid, file, &s->actions, &s->attr, (char *const *)argv, env->vars);
	spawn_release(s);
	if (!error)
		return 0;
	errno = error;
	return jci_error_errno(err, JCI_EFAIL, _("cannot run '%s'"), argv[0]);
}

/* Where standard output and error go; *theirs is the caller's to close. */
static int open_output(struct running *r, int *theirs, struct jci_error *err)
{
	int fds[2];

	if (r->task.detached) {
		r->out = memfd_create("git-jci", MFD_CLOEXEC);
		*theirs = r->out < 0 ? -1 : fcntl(r->out, F_DUPFD_CLOEXEC, 3);
	} else if (pipe2(fds, O_CLOEXEC) == 0) {
		r->out = fds[0];
		*theirs = fds[1];
		fcntl(r->out, F_SETFL, O_NONBLOCK);
	}
	return *theirs < 0 ? jci_error_errno(err, JCI_EFAIL, _("cannot make a pipe")) : 0;
}

static int start(struct running *r, const char *const *argv, struct jci_error *err)
{
	cleanup_actenv struct actenv env = ACTENV_INIT;
	cleanup_close int theirs = -1;
	struct spawn s;

	if (open_output(r, &theirs, err) < 0)
		return err->code;
	spawn_init(&s, POSIX_SPAWN_SETSID);
	posix_spawn_file_actions_addopen(&s.actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&s.actions, theirs, 2);
	if (r->task.detached)
		posix_spawn_file_actions_addopen(&s.actions, 1, "/dev/null", O_WRONLY, 0);
	else
		posix_spawn_file_actions_adddup2(&s.actions, theirs, 1);
	if (is_own(argv)) /* a run's script is not to know what is selected */
		actenv_copy(&env, environ);
	else
		actenv_of_tui(&env, r->tasks->tui);
	actenv_set(&env, "GIT_TERMINAL_PROMPT", "0"); /* nobody could answer */
	if (spawn_start(&s, argv, &env, &r->pid, err) < 0)
		return err->code;
	r->pidfd = pidfd_open(r->pid, 0);
	if (r->pidfd >= 0)
		return 0;
	jci_error_errno(err, JCI_EFAIL, _("cannot watch '%s'"), argv[0]);
	kill(-r->pid, SIGKILL);
	waitpid(r->pid, NULL, 0);
	return err->code;
}

int task_start(struct tui *tui, const struct task *task, struct jci_error *err)
{
	struct tasks *tasks = tui->acts->tasks;
	struct running *r = xcalloc(1, sizeof(*r));

	r->tasks = tasks;
	r->task = *task;
	r->title = task->title ? xstrdup(task->title) : NULL;
	r->left = task->left ? xstrdup(task->left) : NULL;
	r->pidfd = r->out = -1;
	r->output = (struct strbuf)STRBUF_INIT;
	if (start(r, task->argv, err) < 0) {
		running_free(r);
		return err->code;
	}
	r->next = tasks->first;
	tasks->first = r;
	loop_watch(tui->loop, r->pidfd, POLLIN, on_exit_of, r);
	if (!task->detached)
		loop_watch(tui->loop, r->out, POLLIN, on_output, r);
	show_progress(tasks);
	return 0;
}

/* ---- in the foreground ---- */

/* From a group in the background, which would be stopped for it. */
static void take_terminal(pid_t group, const struct termios *modes)
{
	sigset_t set, old;

	sigemptyset(&set);
	sigaddset(&set, SIGTTOU);
	pthread_sigmask(SIG_BLOCK, &set, &old);
	tcsetpgrp(STDIN_FILENO, group);
	if (modes)
		tcsetattr(STDIN_FILENO, TCSADRAIN, modes);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

/*
 * ^Z stops us with the child, so that the user is where he was before he started us; nothing
 * happens where no shell could let us go on.
 */
static void stop_with(pid_t pid, const struct termios *modes)
{
	struct sigaction old, ours = {.sa_handler = SIG_DFL};
	struct termios theirs;
	bool known = tcgetattr(STDIN_FILENO, &theirs) == 0;

	take_terminal(getpgrp(), modes);
	sigemptyset(&ours.sa_mask);
	sigaction(SIGTSTP, &ours, &old);
	kill(0, SIGTSTP);
	sigaction(SIGTSTP, &old, NULL);
	take_terminal(pid, known ? &theirs : NULL);
	kill(-pid, SIGCONT);
}

static int wait_for(pid_t pid, const struct termios *modes)
{
	int status;

	for (;;) {
		pid_t got = waitpid(pid, &status, WUNTRACED);

		if (got == pid && WIFSTOPPED(status))
			stop_with(pid, modes);
		else if (got == pid)
			return exit_status(status);
		else if (errno != EINTR)
			return 127;
	}
}

static void await_enter(int status)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	char c = 0;

	strbuf_addch(&text, '\n');
	if (status)
		strbuf_addf(&text, _("[status %d] "), status);
	strbuf_addstr(&text, _("press Enter to go on "));
	if (write_full(STDOUT_FILENO, text.buf, text.len) < 0)
		return;
	while (c != '\n' && c != '\r') {
		ssize_t n = read(STDIN_FILENO, &c, 1);

		if (n == 0 || (n < 0 && errno != EINTR))
			return;
	}
}

/* What it printed is to be read. ^C, and a pager that is left early, are the user's wish. */
static bool has_failed(int status)
{
	return status && status != 128 + SIGINT && status != 128 + SIGPIPE;
}

static int foreground(struct tui *tui, const char *const *argv, int input, bool wait,
		      const struct termios *modes, struct jci_error *err)
{
	cleanup_actenv struct actenv env = ACTENV_INIT;
	struct spawn s;
	pid_t pid;
	int status;

	actenv_of_tui(&env, tui);
	if (!wait)
		actenv_hold_less(&env);
	spawn_init(&s, POSIX_SPAWN_SETPGROUP);
	posix_spawn_file_actions_addtcsetpgrp_np(&s.actions, STDIN_FILENO);
	if (input >= 0)
		posix_spawn_file_actions_adddup2(&s.actions, input, STDIN_FILENO);
	status = spawn_start(&s, argv, &env, &pid, err) < 0 ? err->code : wait_for(pid, modes);
	take_terminal(getpgrp(), modes);
	if (status >= 0 && (wait || has_failed(status)))
		await_enter(status);
	return status;
}

int task_foreground(struct tui *tui, const char *const *argv, int input, bool wait,
		    struct jci_error *err)
{
	struct termios modes;
	bool known;
	int status;

	term_leave();
	known = tcgetattr(STDIN_FILENO, &modes) == 0;
	status = foreground(tui, argv, input, wait, known ? &modes : NULL, err);
	term_return();
	return status;
}
