/* Which commits the pane shows: the words of `:filter`. */
#ifndef JCI_TUI_COMMITFILTER_H
#define JCI_TUI_COMMITFILTER_H

#include <stdbool.h>

#include "util/error.h"
#include "util/strbuf.h"

enum commit_filter_kind {
	FILTER_ALL,
	FILTER_RUNS,    /* that have runs */
	FILTER_FAILED,  /* whose newest run is red */
	FILTER_RUNNING, /* of runs that go on */
	FILTER_AUTHOR,  /* git-log(1), --author */
	FILTER_PATH,    /* a pathspec of gitglossary(7) */
};
enum { FILTER_MAX = FILTER_PATH + 1 };

struct commit_filter {
	enum commit_filter_kind kind;
	char *pattern; /* of FILTER_AUTHOR and FILTER_PATH; else NULL */
};
#define COMMIT_FILTER_INIT       \
	{                        \
		FILTER_ALL, NULL \
	}
void commit_filter_release(struct commit_filter *f);
void commit_filter_copy(struct commit_filter *to, const struct commit_filter *from);
#define cleanup_commit_filter cleanup(commit_filter_release)

/* "failed", "author jane"; JCI_EINVALID says what it could be. f is unchanged then. */
int commit_filter_parse(struct commit_filter *f, const char *text, struct jci_error *err);
/* The same text; "" for all. */
void commit_filter_add(struct strbuf *sb, const struct commit_filter *f);

bool commit_filter_has_pattern(enum commit_filter_kind kind);
/* Whether runs decide what it shows. */
bool commit_filter_is_of_runs(enum commit_filter_kind kind);
/* The word of the command line; and, translated, what it shows. */
const char *commit_filter_word(enum commit_filter_kind kind);
const char *commit_filter_title(enum commit_filter_kind kind);

#endif
