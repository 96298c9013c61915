#include "tui/term.h"

#include <errno.h>
#include <langinfo.h>
#include <libintl.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <curses.h>

#include "tui/crash.h"
#include "tui/pace.h"
#include "tui/termtype.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/gettext.h"
#include "util/io.h"
#include "util/strbuf.h"

#define PASTE_ON  "\033[?2004h"
#define PASTE_OFF "\033[?2004l"
#define QUESTION  "\033[5n" /* see tui/pace.h */
#define ANSWER    "\033[0n"

enum { ESCAPE_DELAY_MS = 25, ESCAPE = 27 };
/* Bytes of one sequence come closer together than keys. */
static const int64_t sequence_gap_us = 100 * 1000;

static struct {
	struct loop *loop;
	const struct term_ops *ops;
	void *ctx;
	SCREEN *screen; /* NULL: not begun */
	WINDOW *input;  /* a pad: reading from it never draws */
	struct termios saved;
	struct pace pace;
	bool paste, away;
	bool gone, told; /* the terminal; and ops->hangup() called */
	enum {
		SEQUENCE_NONE,
		SEQUENCE_ESCAPE, /* which may be a key */
		SEQUENCE_CSI,
		SEQUENCE_SS3,
	} sequence; /* that curses doesn't know */
	int64_t sequence_us;
} term = {.screen = NULL};

/* ---- signals: noted by the handler, done by the loop ---- */

static const int loop_signals[] = {SIGWINCH, SIGCONT, SIGTSTP, SIGINT, SIGHUP, SIGTERM};
static struct sigaction signals_before[ARRAY_SIZE(loop_signals)];
static volatile sig_atomic_t seen[ARRAY_SIZE(loop_signals)];
static int signal_wake = -1;

static void on_signal(int sig)
{
	const uint64_t one = 1;
	int saved = errno;

	for (size_t i = 0; i < ARRAY_SIZE(loop_signals); i++) {
		if (loop_signals[i] == sig)
			seen[i] = 1;
	}
	(void)!write(signal_wake, &one, sizeof(one));
	errno = saved;
}

static bool take_signal(int sig)
{
	for (size_t i = 0; i < ARRAY_SIZE(loop_signals); i++) {
		if (loop_signals[i] == sig && seen[i]) {
			seen[i] = 0;
			return true;
		}
	}
	return false;
}

static void handle(int sig, void (*handler)(int))
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};

	sigemptyset(&action.sa_mask);
	sigaction(sig, &action, NULL);
}

/* SIGHUP that is ignored (nohup) stays so: that the terminal has gone is seen anyhow. */
static void signals_begin(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(loop_signals); i++) {
		seen[i] = 0;
		sigaction(loop_signals[i], NULL, &signals_before[i]);
		if (loop_signals[i] != SIGHUP || signals_before[i].sa_handler != SIG_IGN)
			handle(loop_signals[i], on_signal);
	}
}

static void signals_end(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(loop_signals); i++)
		sigaction(loop_signals[i], &signals_before[i], NULL);
}

/* ---- sequences that curses has no call for ---- */

static void send(const char *s)
{
	fflush(stdout);
	if (write_full(STDOUT_FILENO, s, strlen(s)) < 0 && errno == EIO)
		term.gone = true;
}

static void keys_begin(void)
{
	if (term.pace.asks)
		define_key(ANSWER, TERM_ANSWER);
	if (!term.paste)
		return;
	define_key("\033[200~", TERM_PASTE_BEGIN);
	define_key("\033[201~", TERM_PASTE_END);
}

static void arm(void)
{
	cleanup_strbuf struct strbuf sb = STRBUF_INIT;

	if (term.paste)
		strbuf_addstr(&sb, PASTE_OFF);
	termtype_add_restore(&sb, LINES - 1);
	crash_arm(&term.saved, &sb);
}

/* ---- size ---- */

static void take_size(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || !size.ws_row || !size.ws_col)
		return;
	if (size.ws_row != LINES || size.ws_col != COLS)
		resize_term(size.ws_row, size.ws_col);
	clearok(curscr, TRUE);
	arm();
}

/* ---- away and back ---- */

static bool output_is_stuck(void)
{
	struct pollfd fd = {.fd = STDOUT_FILENO, .events = POLLOUT};

	return poll(&fd, 1, 0) <= 0 || !(fd.revents & POLLOUT);
}

static void read_answers(void)
{
	wint_t c;
	int ret;

	while ((ret = wget_wch(term.input, &c)) != ERR) {
		if (ret == KEY_CODE_YES && c == TERM_ANSWER)
			pace_answered(&term.pace);
	}
}

/* Answers that are on their way would be typed into the next program. */
static void await_answers(void)
{
	struct pollfd fd = {.fd = STDIN_FILENO, .events = POLLIN};
	int64_t left;

	while (!term.told && (left = pace_expects(&term.pace, clock_monotonic_us())) > 0) {
		if (poll(&fd, 1, (int)(left / 1000) + 1) > 0 && fd.revents != POLLIN)
			break;
		read_answers();
	}
	pace_forget(&term.pace);
}

/* Who was told to end does not wait for a terminal that takes nothing. */
static void give_terminal(void)
{
	await_answers();
	if (!term.told || !output_is_stuck()) {
		if (term.paste)
			send(PASTE_OFF);
		endwin();
	}
	tcsetattr(STDIN_FILENO, TCSANOW, &term.saved);
	crash_disarm();
}

/* The rest of what endwin(3X) ended, the next doupdate(3X) begins once more. */
static void take_terminal(void)
{
	reset_prog_mode();
	take_size();
	if (term.paste)
		send(PASTE_ON);
	take_signal(SIGCONT);
	take_signal(SIGWINCH);
	take_signal(SIGINT);
	term.ops->resumed(term.ctx);
}

void term_leave(void)
{
	if (!term.screen || term.away)
		return;
	term.away = true;
	give_terminal();
	loop_unwatch(term.loop, STDIN_FILENO);
	handle(SIGTSTP, SIG_DFL);
	handle(SIGQUIT, on_signal); /* of that program, as ^C */
}

/* The whole group stops, git in front of us too, as the terminal would have it. */
void term_suspend(void)
{
	if (!term.screen || term.away)
		return;
	give_terminal();
	handle(SIGTSTP, SIG_DFL);
	kill(0, SIGTSTP);
	handle(SIGTSTP, on_signal);
	take_terminal();
}

/* ---- keys ---- */

static void hang_up(void)
{
	if (term.told)
		return;
	term.told = true;
	loop_unwatch(term.loop, STDIN_FILENO);
	term.ops->hangup(term.ctx);
}

/* Ready to read, and nothing there: the end of the file. */
static bool input_has_ended(void)
{
	struct pollfd fd = {.fd = STDIN_FILENO, .events = POLLIN};
	int waiting = 0;

	if (poll(&fd, 1, 0) <= 0)
		return false;
	return ioctl(STDIN_FILENO, FIONREAD, &waiting) < 0 || waiting == 0;
}

static bool has_keys(void)
{
	return term.screen && !term.away;
}

static void pass_escape(void)
{
	term.sequence = SEQUENCE_NONE;
	term.ops->key(term.ctx, ESCAPE, false);
}

/* Keys of other terminals, and answers to what others asked, are no keys: is this a byte of such a
 * sequence? The byte that ends one is from '@' on, those before it are below. */
static bool swallow(wint_t c)
{
	bool ends = c < ' ' || c >= '@';

	switch (term.sequence) {
	case SEQUENCE_ESCAPE:
		if (c != '[' && c != 'O')
			return false;
		term.sequence = c == '[' ? SEQUENCE_CSI : SEQUENCE_SS3;
		return true;
	case SEQUENCE_CSI:
	case SEQUENCE_SS3:
		if (ends)
			term.sequence = SEQUENCE_NONE;
		return c >= ' ';
	default:
		return false;
	}
}

static void take_key(wint_t c, bool is_key)
{
	if (is_key && c == TERM_ANSWER) {
		pace_answered(&term.pace);
		return;
	}
	if (!is_key && swallow(c))
		return;
	if (term.sequence == SEQUENCE_ESCAPE)
		pass_escape();
	term.sequence = SEQUENCE_NONE;
	if (!has_keys())
		return;
	if (!is_key && c == ESCAPE)
		term.sequence = SEQUENCE_ESCAPE;
	else
		term.ops->key(term.ctx, (int)c, is_key);
}

static void on_input(void *ctx, short revents)
{
	int64_t now_us = clock_monotonic_us();
	wint_t c;
	int ret;

	(void)ctx;
	if (now_us - term.sequence_us > sequence_gap_us)
		term.sequence = SEQUENCE_NONE;
	term.sequence_us = now_us;
	while (has_keys() && (ret = wget_wch(term.input, &c)) != ERR) {
		if (ret != KEY_CODE_YES || c != KEY_RESIZE)
			take_key(c, ret == KEY_CODE_YES);
	}
	if (has_keys() && term.sequence == SEQUENCE_ESCAPE)
		pass_escape();
	if (!has_keys())
		return;
	if ((revents & (POLLHUP | POLLERR | POLLNVAL)) || term.gone || input_has_ended())
		hang_up();
}

void term_return(void)
{
	if (!term.screen || !term.away)
		return;
	term.away = false;
	handle(SIGQUIT, SIG_DFL);
	handle(SIGTSTP, on_signal);
	loop_watch(term.loop, STDIN_FILENO, POLLIN, on_input, NULL);
	take_terminal();
}

/* ---- signals: done ---- */

static void on_signals(void *ctx, short revents)
{
	uint64_t count;
	bool resumed, resized;

	(void)ctx;
	(void)revents;
	(void)!read(signal_wake, &count, sizeof(count));
	if (take_signal(SIGHUP) || take_signal(SIGTERM)) {
		hang_up();
		return;
	}
	if (term.away)
		return;
	if (take_signal(SIGTSTP))
		term_suspend();
	resumed = take_signal(SIGCONT);
	resized = take_signal(SIGWINCH);
	if (resumed) { /* was stopped unasked: what the shell did to the terminal is not known */
		endwin();
		take_terminal();
	} else if (resized) {
		take_size();
		term.ops->resized(term.ctx);
	}
	if (take_signal(SIGINT))
		term.ops->key(term.ctx, 'C' & 0x1f, false);
}

/* ---- beginning and end ---- */

static int check_streams(struct jci_error *err)
{
	if (!isatty(STDIN_FILENO))
		return jci_error_set(err, JCI_EINVALID, _("standard input is not a terminal"));
	if (!isatty(STDOUT_FILENO))
		return jci_error_set(err, JCI_EINVALID, _("standard output is not a terminal"));
	return 0;
}

static void screen_modes(void)
{
	raw();
	noecho();
	nonl();
	typeahead(-1); /* a screen is drawn whole */
	curs_set(0);
	if (!getenv("ESCDELAY"))
		set_escdelay(ESCAPE_DELAY_MS);
	term.input = newpad(1, 1);
	if (!term.input)
		out_of_memory();
	nodelay(term.input, TRUE);
	keypad(term.input, TRUE);
	meta(term.input, TRUE);
	mouseinterval(0); /* a click is told when the button goes down */
}

int term_begin(struct loop *loop, const struct term_ops *ops, void *ctx, bool mouse,
	       struct jci_error *err)
{
	if (check_streams(err) < 0 || termtype_check(err) < 0)
		return err->code;
	if (tcgetattr(STDIN_FILENO, &term.saved) < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot read the terminal's modes"));
	signal_wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (signal_wake < 0)
		out_of_memory();
	fflush(stdout);
	use_tioctl(TRUE); /* LINES and COLUMNS of the environment may be those of another time */
	term.screen = newterm(NULL, stdout, stdin);
	if (!term.screen) {
		close(steal_fd(signal_wake));
		return jci_error_set(err, JCI_EFAIL, _("cannot use terminal '%s'"), getenv("TERM"));
	}
	bind_textdomain_codeset(PACKAGE, "UTF-8"); /* what tui/draw.h takes */
	term.loop = loop;
	term.ops = ops;
	term.ctx = ctx;
	term.gone = term.told = term.away = false;
	term.paste = termtype_knows_paste();
	term.pace = (struct pace){.asks = termtype_is_ansi()};
	screen_modes();
	keys_begin();
	signals_begin();
	crash_stack_begin();
	arm();
	if (term.paste)
		send(PASTE_ON);
	term_set_mouse(mouse);
	loop_watch(loop, STDIN_FILENO, POLLIN, on_input, NULL);
	loop_watch(loop, signal_wake, POLLIN, on_signals, NULL);
	return 0;
}

void term_end(void)
{
	if (!term.screen)
		return;
	if (!term.away)
		give_terminal();
	loop_unwatch(term.loop, STDIN_FILENO);
	loop_unwatch(term.loop, signal_wake);
	signals_end();
	handle(SIGQUIT, SIG_DFL);
	close(steal_fd(signal_wake));
	crash_stack_end();
	delwin(term.input);
	delscreen(term.screen);
	term.screen = NULL;
	bind_textdomain_codeset(PACKAGE, nl_langinfo(CODESET));
}

/* ---- what curses has no word for ---- */

bool term_writable(void)
{
	struct pollfd fd = {.fd = STDOUT_FILENO, .events = POLLOUT};

	if (!term.screen || term.away || term.gone || poll(&fd, 1, 0) <= 0)
		return false;
	if (fd.revents & (POLLERR | POLLHUP | POLLNVAL)) {
		hang_up();
		return false;
	}
	return fd.revents & POLLOUT && pace_allows(&term.pace, LINES, clock_monotonic_us());
}

/* Before they are drawn, newscr knows which rows differ. */
void term_update(void)
{
	int rows = 0;

	for (int y = 0; y < LINES; y++)
		rows += is_linetouched(newscr, y);
	doupdate();
	if (pace_drawn(&term.pace, rows, LINES, clock_monotonic_us()))
		send(QUESTION);
}

bool term_is_behind(void)
{
	return term.screen && pace_expects(&term.pace, clock_monotonic_us()) > 0;
}

void term_set_mouse(bool on)
{
	if (term.screen && termtype_has_mouse())
		mousemask(on ? BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED : 0, NULL);
}

void term_bell(void)
{
	if (term_writable())
		beep();
}
