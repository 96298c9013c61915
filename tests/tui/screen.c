/*
 * Plays a script of keys to a program on a pseudo-terminal, and prints what its screen shows.
 * README in the folder above has the commands; each is a line of standard input.
 */
#include <ctype.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "keybytes.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "view.h"

static const int64_t SECOND_US = 1000000;
enum { STALL_KEY_MS = 3 };

static struct {
	struct child child;
	struct view *view;
	int columns, rows;
	struct strbuf raw; /* since the mark */
	size_t shown;      /* of it, in the view */
	int64_t mark_us, deadline_us;
	const char *command; /* the line of the script */
} play = {.child = {.master = -1, .slave = -1, .idle = -1},
	  .columns = 80,
	  .rows = 24,
	  .raw = STRBUF_INIT};

/* ---- failing ---- */

static void print_screen(FILE *to, bool attributes)
{
	cleanup_strbuf struct strbuf sb = STRBUF_INIT;

	view_add_screen(play.view, attributes, &sb);
	fwrite(sb.buf, 1, sb.len, to);
}

static void give_up(const char *why)
{
	fflush(stdout);
	fprintf(stderr, "screen: %s: %s\n", play.command, why);
	if (play.view)
		print_screen(stderr, false);
	exit(1);
}

/* ---- the program's output ---- */

static void show(void)
{
	cleanup_strbuf struct strbuf answer = STRBUF_INIT;
	const char *data = play.raw.buf + play.shown;

	view_write(play.view, data, play.raw.len - play.shown, &answer);
	play.shown = play.raw.len;
	if (answer.len && play.child.master >= 0)
		child_write(&play.child, answer.buf, answer.len);
}

static void drain(void)
{
	child_drain(&play.child, play.deadline_us, &play.raw);
	show();
}

/* Once; *idle and *changed as of child_poll(). */
static void wait_once(bool *idle, bool *changed)
{
	if (!play.view)
		give_up("nothing was started");
	if (!child_poll(&play.child, play.deadline_us, &play.raw, idle, changed))
		give_up("waited too long");
	show();
}

static void wait_idle(void)
{
	bool idle = false, changed = false;

	while (!idle && !changed && play.child.pid)
		wait_once(&idle, &changed);
	drain();
}

/* Of programs that tell it. */
static void settle(void)
{
	if (play.child.sends_idle)
		wait_idle();
}

/* ---- commands: each gets the rest of its line ---- */

static void do_size(char *arg)
{
	if (sscanf(arg, "%d %d", &play.columns, &play.rows) != 2)
		give_up("size COLUMNS ROWS");
}

static void do_env(char *arg)
{
	char *equals = strchr(arg, '=');

	if (!equals) {
		unsetenv(arg);
		return;
	}
	*equals = '\0';
	setenv(arg, equals + 1, 1);
}

/* With a shell, for its quotes; it becomes the program. */
static void do_start(char *arg)
{
	cleanup_free char *script = xasprintf("exec %s", arg);
	const char *const argv[] = {"sh", "-c", script, NULL};

	if (play.view)
		give_up("something was started already");
	play.view = view_new(play.columns, play.rows);
	play.mark_us = clock_monotonic_us();
	child_start(&play.child, argv, play.columns, play.rows);
}

static void do_idle(char *arg)
{
	(void)arg;
	wait_idle();
	if (!play.child.pid)
		give_up("the program has ended");
}

static void do_wait(char *arg)
{
	bool idle, changed;

	while (!play.view || !view_contains(play.view, arg))
		wait_once(&idle, &changed);
}

static void do_gone(char *arg)
{
	bool idle, changed;

	while (!play.view || view_contains(play.view, arg))
		wait_once(&idle, &changed);
}

static void send_only(const struct strbuf *keys)
{
	if (!play.child.pid || play.child.master < 0)
		give_up("the program has ended");
	child_forget_idle(&play.child);
	child_write(&play.child, keys->buf, keys->len);
}

static void send_keys(const struct strbuf *keys)
{
	send_only(keys);
	settle();
}

static const char *terminal_type(void)
{
	const char *type = getenv("TERM");

	return type ? type : "dumb";
}

/* "..." as it is, else a key; returns what is behind it. */
static char *add_word(struct strbuf *keys, char *arg, bool *is_escape)
{
	char *end = *arg == '"' ? strchr(arg + 1, '"') : NULL;

	*is_escape = false;
	if (end) {
		strbuf_add(keys, arg + 1, (size_t)(end - arg) - 1);
		return end + 1;
	}
	end = arg + strcspn(arg, " ");
	if (*end)
		*end++ = '\0';
	if (!keybytes_add(keys, terminal_type(), arg))
		give_up("no such key");
	*is_escape = !strcasecmp(arg, "<Esc>");
	return end;
}

/* All at once, but for what follows Esc: it would be taken for Alt. */
static void press(char *arg, void (*send)(const struct strbuf *keys))
{
	cleanup_strbuf struct strbuf keys = STRBUF_INIT;
	bool is_escape;

	for (arg += strspn(arg, " "); *arg; arg += strspn(arg, " ")) {
		arg = add_word(&keys, arg, &is_escape);
		if (is_escape || !*arg) {
			send(&keys);
			strbuf_reset(&keys);
		}
	}
	if (keys.len)
		send(&keys);
}

static void do_keys(char *arg)
{
	press(arg, send_keys);
}

static void do_send(char *arg)
{
	press(arg, send_only);
}

static void do_type(char *arg)
{
	cleanup_strbuf struct strbuf keys = STRBUF_INIT;

	strbuf_addstr(&keys, arg);
	send_keys(&keys);
}

static void do_paste(char *arg)
{
	cleanup_strbuf struct strbuf keys = STRBUF_INIT;

	strbuf_addf(&keys, "\033[200~%s\033[201~", arg);
	send_keys(&keys);
}

static void do_mouse(char *arg)
{
	static const struct {
		const char *name;
		int button;
	} buttons[] = {{"left", 0}, {"middle", 1}, {"right", 2}, {"up", 64}, {"down", 65}};
	cleanup_strbuf struct strbuf keys = STRBUF_INIT;
	size_t len = strcspn(arg, " ");
	int row, column;

	if (sscanf(arg + len, "%d %d", &row, &column) != 2)
		give_up("mouse BUTTON ROW COLUMN");
	for (size_t i = 0; i < ARRAY_SIZE(buttons); i++) {
		if (strlen(buttons[i].name) == len && !strncmp(arg, buttons[i].name, len))
			keybytes_add_mouse(&keys, buttons[i].button, row, column);
	}
	if (!keys.len)
		give_up("buttons are left, middle, right, up and down");
	send_keys(&keys);
}

static void do_screen(char *arg)
{
	(void)arg;
	drain();
	print_screen(stdout, false);
}

static void do_attributes(char *arg)
{
	(void)arg;
	drain();
	print_screen(stdout, true);
}

static void do_row(char *arg)
{
	cleanup_strbuf struct strbuf sb = STRBUF_INIT;
	int row = atoi(arg);

	drain();
	if (row < 0)
		row += play.rows + 1;
	if (row < 1 || row > play.rows)
		give_up("no such row");
	view_add_row(play.view, row - 1, &sb);
	puts(sb.buf);
}

static void do_resize(char *arg)
{
	do_size(arg);
	drain();
	view_resize(play.view, play.columns, play.rows);
	child_forget_idle(&play.child);
	child_resize(&play.child, play.columns, play.rows);
	settle();
}

static int signal_number(const char *name)
{
	for (int sig = 1; sig < NSIG; sig++) {
		const char *abbreviation = sigabbrev_np(sig);

		if (abbreviation && !strcmp(abbreviation, name))
			return sig;
	}
	give_up("no such signal");
	return 0;
}

static void do_signal(char *arg)
{
	int sig = signal_number(arg);

	if (!play.child.pid)
		give_up("the program has ended");
	child_forget_idle(&play.child);
	if (sig == SIGCONT) {
		child_continue(&play.child);
		settle();
	} else {
		kill(-play.child.pid, sig);
	}
}

static void do_hangup(char *arg)
{
	(void)arg;
	drain();
	child_hang_up(&play.child);
}

static void print_leftovers(void)
{
	cleanup_strbuf struct strbuf sb = STRBUF_INIT;

	child_add_modes(&play.child, &sb);
	view_add_leftovers(play.view, &sb);
	fputs(sb.len ? sb.buf : "terminal restored\n", stdout);
}

static void do_stopped(char *arg)
{
	bool idle, changed;

	(void)arg;
	while (play.child.pid && !play.child.stopped)
		wait_once(&idle, &changed);
	if (!play.child.pid)
		give_up("the program has ended");
	drain();
	print_leftovers();
}

static void do_status(char *arg)
{
	bool idle, changed;
	int status;

	(void)arg;
	while (play.child.pid)
		wait_once(&idle, &changed);
	drain();
	status = play.child.status;
	if (WIFEXITED(status))
		printf("exit %d\n", WEXITSTATUS(status));
	else
		printf("signal %s\n", sigabbrev_np(WTERMSIG(status)));
	if (play.child.slave >= 0)
		print_leftovers();
}

static void do_mark(char *arg)
{
	(void)arg;
	drain();
	strbuf_reset(&play.raw);
	play.shown = 0;
	play.mark_us = clock_monotonic_us();
}

static void do_bytes(char *arg)
{
	(void)arg;
	drain();
	printf("%zu\n", play.raw.len);
}

static void save_raw(const char *path)
{
	FILE *to = fopen(path, "w");

	if (!to || fwrite(play.raw.buf, 1, play.raw.len, to) != play.raw.len || fclose(to) != 0)
		give_up("cannot write the file");
}

/* Control characters as ^X, those of C1 as \xNN: not to be taken for escapes that the program
 * shows. */
static void do_raw(char *arg)
{
	const unsigned char *data;

	drain();
	data = (const unsigned char *)play.raw.buf;
	if (*arg) {
		save_raw(arg);
		return;
	}
	for (size_t i = 0; i < play.raw.len; i++) {
		if (data[i] < 0x20 || data[i] == 0x7f)
			printf("^%c", data[i] ^ 0x40);
		else if (data[i] == 0xc2 && data[i + 1] < 0xa0)
			printf("\\x%02x", data[++i]);
		else
			putchar(data[i]);
	}
	putchar('\n');
}

static void do_elapsed(char *arg)
{
	int64_t us = clock_monotonic_us() - play.mark_us;

	(void)arg;
	printf("%lld.%03lld\n", (long long)us / 1000, (long long)us % 1000);
}

static void do_pause(char *arg)
{
	const int64_t until = clock_monotonic_us() + (int64_t)(atof(arg) * (double)SECOND_US);
	bool idle, changed;

	while (play.child.pid && clock_monotonic_us() < until) {
		child_poll(&play.child, until, &play.raw, &idle, &changed);
		show();
	}
}

/* The key again and again while nobody reads the terminal: how much it holds then. */
static void do_stall(char *arg)
{
	const int count = atoi(arg);
	char *key = arg + strcspn(arg, " ");
	cleanup_strbuf struct strbuf keys = STRBUF_INIT;
	bool is_escape;

	add_word(&keys, key + strspn(key, " "), &is_escape);
	drain();
	for (int i = 0; i < count; i++) {
		send_only(&keys);
		poll(NULL, 0, STALL_KEY_MS);
	}
	printf("%zu\n", child_take_queued(&play.child, &play.raw));
	show();
}

static void do_usage(char *arg)
{
	struct child_usage usage;

	(void)arg;
	if (!child_usage(&play.child, &usage))
		give_up("the program has ended");
	printf("%.3f %llu %llu\n", usage.cpu_ms, usage.switches, usage.peak_kib);
}

static void do_print(char *arg)
{
	puts(arg);
}

/* Another process does something meanwhile: a run, a fetch. */
static void do_shell(char *arg)
{
	pid_t pid;
	int status;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		sigset_t none;

		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		execl("/bin/sh", "sh", "-c", arg, NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || status != 0)
		give_up("the command failed");
}

/* ---- the script ---- */

static const struct {
	const char *name;
	void (*fn)(char *arg);
} commands[] = {
	{"size", do_size},       {"env", do_env},         {"start", do_start},
	{"idle", do_idle},       {"wait", do_wait},       {"gone", do_gone},
	{"keys", do_keys},       {"type", do_type},       {"paste", do_paste},
	{"mouse", do_mouse},     {"screen", do_screen},   {"attributes", do_attributes},
	{"row", do_row},         {"resize", do_resize},   {"signal", do_signal},
	{"hangup", do_hangup},   {"stopped", do_stopped}, {"status", do_status},
	{"mark", do_mark},       {"bytes", do_bytes},     {"raw", do_raw},
	{"elapsed", do_elapsed}, {"print", do_print},     {"shell", do_shell},
	{"send", do_send},       {"pause", do_pause},     {"stall", do_stall},
	{"usage", do_usage},
};

static void run_line(char *line)
{
	size_t len = strcspn(line, " ");
	char *arg = line[len] ? line + len + 1 : line + len;

	if (!*line || *line == '#')
		return;
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		if (strlen(commands[i].name) == len && !strncmp(commands[i].name, line, len)) {
			commands[i].fn(arg);
			return;
		}
	}
	give_up("no such command");
}

static int run_script(void)
{
	cleanup_free char *line = NULL;
	size_t cap = 0;
	ssize_t len;

	while ((len = getline(&line, &cap, stdin)) > 0) {
		cleanup_free char *copy = NULL;

		if (line[len - 1] == '\n')
			line[len - 1] = '\0';
		copy = xstrdup(line);
		play.command = copy;
		run_line(line + strspn(line, " \t"));
	}
	if (play.child.pid)
		kill(-play.child.pid, SIGKILL);
	return 0;
}

static void wake_up(int sig)
{
	(void)sig;
}

/* In a session of its own, whose terminal will be ours. */
static int run_in_session(void)
{
	sigset_t child;
	const char *limit = getenv("SCREEN_TIMEOUT");

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (setsid() < 0)
		perror("setsid");
	signal(SIGHUP, SIG_IGN); /* by the terminal's end */
	signal(SIGTTOU, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, wake_up);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	play.deadline_us = clock_monotonic_us() + (limit ? atoi(limit) : 180) * SECOND_US;
	run_script();
	view_free(play.view);
	strbuf_release(&play.raw);
	return 0;
}

int main(void)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return 2;
	if (!pid)
		exit(run_in_session());
	if (waitpid(pid, &status, 0) < 0)
		return 2;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 2;
}
