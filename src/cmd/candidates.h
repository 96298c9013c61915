/*
 * Candidates for the word at the cursor (complete.c), and what a shell is told of them.
 *
 * A word may have a head, which stays: of `--status=o` or `main..fea` all up to the last part. The
 * text of a candidate is the whole word. Names are bytes; descriptions are safe lines.
 */
#ifndef JCI_CMD_CANDIDATES_H
#define JCI_CMD_CANDIDATES_H

#include <stdbool.h>

#include "util/shellwords.h"

/* The shell itself knows best how to complete names of files and folders, here. */
enum candidates_kind { CANDIDATES_WORDS, CANDIDATES_FILES, CANDIDATES_FOLDERS };

struct candidate {
	char *text, *about; /* about: the description, "" for none */
};

struct candidates {
	const char *word;
	size_t head;
	bool no_dash; /* what begins with a dash would be taken for an option */
	enum candidates_kind kind;
	struct candidate *items;
	size_t n, cap;
};
void candidates_release(struct candidates *list);
#define cleanup_candidates cleanup(candidates_release)

/* What is typed of the last part. */
const char *candidates_typed(const struct candidates *list);
/*
 * Adds it, behind the head, where it begins with what is typed and isn't there yet. about: safe,
 * translated; NULL: nothing.
 */
void candidates_add(struct candidates *list, const char *text, size_t len, const char *about);

/*
 * What follows: "words", "files" or "folders". Then each word and its description with TAB between
 * and a newline behind; words with a control character, which would break that form or the screen,
 * are left out. nul: NUL in place of all three, and no word is left out.
 */
void candidates_print(const struct candidates *list, bool nul);
/*
 * For readline, which replaces a part of the word: the rest of each word on a line, quoted as the
 * word on the command line is, and a blank behind it unless it goes on ('/', '='). The first line
 * is as above, or "quoted" where readline is to close the quote itself. columns: with descriptions
 * on lines of at most this width, for reading; 0: without.
 */
void candidates_print_readline(const struct candidates *list, const struct shell_words *words,
			       int columns);

#endif
