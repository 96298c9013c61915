/*
 * measure [-n TIMES] [-p COMMAND] COMMAND [ARG]...
 *
 * Runs the command TIMES times (default 1), its output going to /dev/null, and prints the median of
 * the wall times in milliseconds and the largest peak memory in KiB: "12.34 5678". -p: a shell
 * command that is run before each, outside the measurement. -o FILE: its standard output goes
 * there.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void fail(const char *what)
{
	fprintf(stderr, "measure: %s: %s\n", what, strerror(errno));
	exit(125);
}

static void child(char **argv, const char *out)
{
	int fd = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0666);

	if (fd < 0)
		_exit(125);
	dup2(fd, 1);
	dup2(open("/dev/null", O_WRONLY), 2);
	execvp(argv[0], argv);
	_exit(127);
}

/* Runs argv once; its time, and its peak memory if that is larger than *rss_kib. */
static double once(char **argv, const char *out, long *rss_kib)
{
	double start = now_ms();
	pid_t pid = fork();
	struct rusage usage;
	int status;

	if (pid == 0)
		child(argv, out);
	if (pid < 0 || wait4(pid, &status, 0, &usage) < 0)
		fail("cannot run");
	start = now_ms() - start;
	if (!WIFEXITED(status) || WEXITSTATUS(status) > 1) {
		fprintf(stderr, "measure: '%s' failed\n", argv[0]);
		exit(125);
	}
	if (usage.ru_maxrss > *rss_kib)
		*rss_kib = usage.ru_maxrss;
	return start;
}

static int by_size(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

int main(int argc, char **argv)
{
	char *shell[] = {(char *)"sh", (char *)"-c", NULL, NULL};
	const char *out = "/dev/null";
	int times = 1, option;
	long rss = 0, ignored = 0;
	double *ms;

	while ((option = getopt(argc, argv, "+n:p:o:")) != -1) {
		if (option == 'n')
			times = atoi(optarg);
		else if (option == 'p')
			shell[2] = optarg;
		else if (option == 'o')
			out = optarg;
		else
			return 2;
	}
	if (optind == argc || times < 1)
		return 2;
	ms = calloc((size_t)times, sizeof(*ms));
	if (!ms)
		fail("memory");
	for (int i = 0; i < times; i++) {
		if (shell[2])
			once(shell, "/dev/null", &ignored);
		ms[i] = once(argv + optind, out, &rss);
	}
	qsort(ms, (size_t)times, sizeof(*ms), by_size);
	printf("%.2f %ld\n", times % 2 ? ms[times / 2] : (ms[times / 2 - 1] + ms[times / 2]) / 2,
	       rss);
	free(ms);
	return 0;
}
