#include "cmd/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "util/alloc.h"

static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
static volatile sig_atomic_t first, count;
static int event = -1;
static char *hint; /* for a terminal; NULL: none */

static void on_signal(int number)
{
	int saved = errno;
	uint64_t one = 1;

	if (!first && hint && write(2, hint, strlen(hint)) < 0)
		errno = saved; /* whoever does not see it misses nothing */
	if (!first)
		first = number;
	count++;
	if (write(event, &one, sizeof(one)) < 0)
		errno = saved; /* it is readable already */
	errno = saved;
}

int interrupt_begin(const char *text)
{
	if (text && isatty(2))
		hint = xasprintf("git-jci: %s\n", text);
	event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (event < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
		struct sigaction old, new = {.sa_handler = on_signal};

		sigemptyset(&new.sa_mask);
		if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			sigaction(signals[i], &new, NULL);
	}
	signal(SIGPIPE, SIG_IGN);
	return event;
}

void interrupt_forked(void)
{
	uint64_t one = 1;
	int own;

	setpgid(0, 0);
	own = event < 0 ? -1 : eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (own < 0)
		return;
	dup3(own, event, O_CLOEXEC);
	close(own);
	if (first && write(event, &one, sizeof(one)) < 0)
		return; /* it is readable already */
}

int interrupt_signal(void)
{
	return first;
}

int interrupt_count(void)
{
	return count;
}

int interrupt_end(int status)
{
	if (!first)
		return status;
	signal(first, SIG_DFL);
	raise(first);
	return 128 + first;
}
