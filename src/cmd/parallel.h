/*
 * Several runs side by side (`git jci run -j N`): each in a process of its own, its output put on
 * ours line by line behind the short hash of its commit.
 */
#ifndef JCI_CMD_PARALLEL_H
#define JCI_CMD_PARALLEL_H

#include <git2.h>
#include <stdbool.h>
#include <stddef.h>

/* Does one run in the new process; its output goes to out_fd (-1: nowhere). Its exit status. */
typedef int parallel_run(void *ctx, const git_oid *commit, int out_fd);

struct parallel {
	const git_oid *commits;
	size_t n;
	int jobs;      /* at most so many at a time */
	bool quiet;    /* no output */
	int cancel_fd; /* readable: start no more, and pass the signal on to those that go on */
	parallel_run *run;
	void *ctx;
};

/* The worst exit status of all (the largest number). */
int parallel_runs(const struct parallel *p);

#endif
