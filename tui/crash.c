#include "tui/crash.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "util/alloc.h"
#include "util/cleanup.h"

enum { RESTORE_MAX = 1024, STACK_SIZE = 64 * 1024 };

static const int crash_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGQUIT};

/* What the handler uses: nothing else is safe there. */
static struct termios saved_modes;
static char restore_text[RESTORE_MAX];
static size_t restore_len;
static volatile sig_atomic_t armed;

static void restore(void)
{
	if (!armed)
		return;
	armed = 0;
	(void)!write(STDOUT_FILENO, restore_text, restore_len);
	tcsetattr(STDIN_FILENO, TCSANOW, &saved_modes);
}

/* By SA_RESETHAND the signal comes again, to its default action, when this returns. */
static void on_crash(int sig)
{
	int saved = errno;

	restore();
	raise(sig);
	errno = saved;
}

/* Where somebody else catches it (a sanitizer), it is left to him. */
static void catch_signals(void)
{
	struct sigaction action = {.sa_handler = on_crash, .sa_flags = SA_RESETHAND | SA_ONSTACK};
	struct sigaction before;

	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < ARRAY_SIZE(crash_signals); i++) {
		if (!sigaction(crash_signals[i], NULL, &before) && before.sa_handler == SIG_DFL)
			sigaction(crash_signals[i], &action, NULL);
	}
}

static void release_signals(void)
{
	struct sigaction action = {.sa_handler = SIG_DFL}, before;

	for (size_t i = 0; i < ARRAY_SIZE(crash_signals); i++) {
		if (!sigaction(crash_signals[i], NULL, &before) && before.sa_handler == on_crash)
			sigaction(crash_signals[i], &action, NULL);
	}
}

void crash_arm(const struct termios *modes, const struct strbuf *text)
{
	armed = 0;
	saved_modes = *modes;
	restore_len = text->len <= RESTORE_MAX ? text->len : 0;
	memcpy(restore_text, text->buf, restore_len);
	armed = 1;
	catch_signals();
	before_out_of_memory = restore;
}

void crash_disarm(void)
{
	armed = 0;
	before_out_of_memory = NULL;
	release_signals();
}

static _Thread_local void *own_stack;

/* A sanitizer has given the thread one already. */
void crash_stack_begin(void)
{
	stack_t stack, before;
	void *p;

	if (own_stack || sigaltstack(NULL, &before) < 0 || !(before.ss_flags & SS_DISABLE))
		return;
	p = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return;
	stack = (stack_t){.ss_sp = p, .ss_size = STACK_SIZE};
	if (sigaltstack(&stack, NULL) < 0)
		munmap(p, STACK_SIZE);
	else
		own_stack = p;
}

void crash_stack_end(void)
{
	stack_t none = {.ss_flags = SS_DISABLE};

	if (own_stack && !sigaltstack(&none, NULL))
		munmap(steal_ptr(own_stack), STACK_SIZE);
}
