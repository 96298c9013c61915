/*
 * Command-line options: one table per command, parsed by getopt_long(3), from which the usage
 * text is made too, so that it can't go stale.
 *
 *	static const struct option_spec options[] = {
 *		{ 'q', "quiet", OPT_FLAG, &quiet, NULL, N_("print no output of the script") },
 *		{ 'j', "jobs", OPT_INT, &jobs, N_("N"), N_("run N commits at a time") },
 *		OPTIONS_END
 *	};
 *
 * Options and operands may be mixed; `--` ends the options. -h and --help are added to every table.
 */
#ifndef JCI_UTIL_OPTIONS_H
#define JCI_UTIL_OPTIONS_H

#include <stdbool.h>

#include "util/error.h"
#include "util/strbuf.h"

enum option_type {
	OPT_FLAG,     /* bool: true when given; --no-NAME makes it false */
	OPT_STRING,   /* const char *: points into argv */
	OPT_INT,      /* int: zero or more, decimal */
	OPT_DURATION, /* int64_t, microseconds (util/duration.h); `none` is 0 */
	OPT_AGE,      /* int64_t, microseconds: a duration without `m`, which could be months */
	OPT_OPTIONAL, /* const char *: "" for --NAME alone, else of --NAME=VALUE, not empty */
};

struct option_spec {
	char short_name;       /* 0: none */
	const char *long_name; /* NULL ends the table */
	enum option_type type;
	void *value;
	const char *arg;  /* name of the argument, translated; NULL for a flag */
	const char *help; /* translated */
	/*
	 * What the value can be, for completion: words and kinds as in the operands of a command
	 * (cmd/cmd.h), "ok|err|<branch>". NULL: anything, or what the type tells.
	 */
	const char *values;
};
#define OPTIONS_END                                       \
	{                                                 \
		0, NULL, OPT_FLAG, NULL, NULL, NULL, NULL \
	}

enum { OPTIONS_HELP = 1 }; /* returned by options_parse for -h and --help */

/*
 * Parses argv[1..]. What is no option is moved to the front of argv, from argv[1] on, and *argc
 * is set to 1 + their number. Returns 0, OPTIONS_HELP, or JCI_EINVALID with the message.
 */
int options_parse(int *argc, char **argv, const struct option_spec *specs, struct jci_error *err);

/* Whether a value has to follow: in the same word or in the next. */
bool options_needs_value(const struct option_spec *spec);
/* That of `len` bytes of a name, which may be shortened as on a command line; NULL: none. */
const struct option_spec *options_find_long(const struct option_spec *specs, const char *name,
					    size_t len);
const struct option_spec *options_find_short(const struct option_spec *specs, char name);

/* -h and --help, which every command has besides those of its table. */
extern const struct option_spec options_help;

/* Appends "usage: git jci NAME SYNOPSIS" lines and one line for each option. */
void options_usage(struct strbuf *sb, const char *name, const char *synopsis,
		   const struct option_spec *specs);

#endif
